"""What an experiment is: a recipe, the settings that its runs differ in, and seeds."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ganlab.config import SETTINGS, TrainConfig, suggest
from ganlab.errors import ConfigError
from ganlab.recipes import recipe as find_recipe

#: The title of an arm that changes nothing.
AS_IT_IS = "as it is"
#: Runs that one experiment may have.
MOST_RUNS = 200


@dataclass(frozen=True)
class Arm:
    """Settings that some of the runs have in common, and others not."""

    changes: Mapping[str, Any]

    @property
    def title(self) -> str:
        """'hinge', or 'loss hinge, d_steps 2' where more than one setting is varied."""
        if len(self.changes) == 1:
            return str(*self.changes.values())
        return ", ".join(f"{name} {value}" for name, value in self.changes.items()) or AS_IT_IS


@dataclass(frozen=True)
class Cell:
    """One run of an experiment, begun or not. run_id: "" before it is."""

    arm: Arm
    seed: int
    config: TrainConfig
    run_id: str


@dataclass(frozen=True)
class Experiment:
    """A run for each arm and seed. Runs of one seed have the same first weights, latents and order of the data.

    changes: of the recipe, in all runs; runs: ids of those that were begun, by title of the arm and seed.
    """

    name: str
    recipe: str
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)
    runs: Mapping[tuple[str, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises ConfigError: a setting or value that there is not, no seed, one arm twice, or too many runs."""
        titles = [arm.title for arm in self.arms]
        twice = sorted({title for title in titles if titles.count(title) > 1})
        if twice:
            raise ConfigError(f"experiment {self.name!r} has {twice[0]!r} twice: name each value once")
        if not self.seeds or not self.arms:
            raise ConfigError(f"experiment {self.name!r} has no runs: give it a seed at least")
        if len(self.arms) * len(self.seeds) > MOST_RUNS:
            raise ConfigError(
                f"experiment {self.name!r} has {len(self.arms) * len(self.seeds):,} runs: vary fewer settings, "
                f"up to {MOST_RUNS} runs"
            )
        for arm in self.arms:
            self.config(arm, self.seeds[0])

    def config(self, arm: Arm, seed: int) -> TrainConfig:
        """Raises ConfigError."""
        return find_recipe(self.recipe).config.with_changes(**{**self.changes, **arm.changes, "seed": seed})

    def cells(self) -> Iterator[Cell]:
        """All arms of a seed before the next seed, so that what is there can be compared early on."""
        for seed, arm in itertools.product(self.seeds, self.arms):
            yield Cell(arm, seed, self.config(arm, seed), self.runs.get((arm.title, seed), ""))

    def extended(self, other: Experiment) -> Experiment:
        """With the arms and seeds of another one of the same recipe. Raises ConfigError."""
        if (other.recipe, dict(other.changes)) != (self.recipe, dict(self.changes)):
            raise ConfigError(
                f"experiment {self.name!r} exists with recipe {self.recipe!r} and other settings: "
                "give the new one another --name"
            )
        arms = (*self.arms, *(arm for arm in other.arms if arm.title not in {each.title for each in self.arms}))
        return replace(self, arms=arms, seeds=tuple(dict.fromkeys((*self.seeds, *other.seeds))))

    def begun(self, cell: Cell, run_id: str) -> Experiment:
        """With the run of a cell."""
        return replace(self, runs={**self.runs, (cell.arm.title, cell.seed): run_id})

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "recipe": self.recipe,
            "changes": dict(self.changes),
            "arms": [dict(arm.changes) for arm in self.arms],
            "seeds": list(self.seeds),
            "runs": [{"arm": arm, "seed": seed, "run": run_id} for (arm, seed), run_id in self.runs.items()],
        }

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> Experiment:
        """Raises KeyError, TypeError, ValueError or ConfigError when it is damaged."""
        return Experiment(
            str(told["name"]),
            str(told["recipe"]),
            tuple(Arm(dict(each)) for each in told["arms"]),
            tuple(int(seed) for seed in told["seeds"]),
            dict(told["changes"]),
            {(str(each["arm"]), int(each["seed"])): str(each["run"]) for each in told["runs"]},
        )


def arms_of(varied: Mapping[str, Sequence[Any]], recipe: str) -> tuple[Arm, ...]:
    """One for each choice among the values of each setting; none varied means the runs that the recipe stands for.

    Raises ConfigError: no recipe, no setting, or one that cannot be varied.
    """
    rivals = find_recipe(recipe).rivals
    for name in varied:
        if name not in SETTINGS:
            raise ConfigError(f"there is no setting {name!r} to vary: {suggest(name, list(SETTINGS))}")
        if name == "seed" or SETTINGS[name].kind == "names":
            raise ConfigError(f"{name} cannot be varied: --seeds makes runs with other seeds, and lists are not taken")
    if not varied:
        return tuple(map(Arm, rivals)) or (Arm({}),)
    return tuple(Arm(dict(zip(varied, values, strict=True))) for values in itertools.product(*varied.values()))


def seeds_of(text: str) -> tuple[int, ...]:
    """'3' is the first three, 0 to 2; '0,5,7' these. Raises ConfigError."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() and len(part) < 10 for part in parts):
        raise ConfigError(f"--seeds must be a number of seeds, such as 3, or a list, such as 0,1,2: got {text!r}")
    numbers: Iterable[int] = map(int, parts)
    if len(parts) > 1 or text.rstrip().endswith(","):
        return tuple(dict.fromkeys(numbers))
    return tuple(range(min(int(parts[0]), MOST_RUNS + 1)))
