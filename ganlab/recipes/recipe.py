"""What a recipe is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ganlab.config import TrainConfig, parse_config


@dataclass(frozen=True)
class Recipe:
    """A row of the table: a complete config, one line about it, and what a page says before Start.

    expect: what the curves and pictures will look like. article: the article or paper that it comes from, empty when
    there is none; found: what that found; slips: what was wrong in it, empty when nothing was.
    rivals: changes of the config, one for each run that the recipe stands for, all on one seed; empty when it is
    the config alone.
    """

    config: TrainConfig
    summary: str
    expect: str
    article: str = ""
    found: str = ""
    slips: str = ""
    rivals: tuple[Mapping[str, Any], ...] = ()

    @property
    def name(self) -> str:
        return self.config.recipe

    @property
    def decided(self) -> frozenset[str]:
        """The settings that the rivals differ in."""
        return frozenset(setting for rival in self.rivals for setting in rival)

    @property
    def configs(self) -> tuple[TrainConfig, ...]:
        """Of every run that it stands for, in the order in which they are queued."""
        return self.configs_with()

    def configs_with(self, **changes: Any) -> tuple[TrainConfig, ...]:
        """The same with some settings changed; a change of what the rivals differ in leaves one run."""
        config = self.config.with_changes(**changes)
        rivals = self.rivals if not changes.keys() & self.decided else ()
        return tuple(config.with_changes(**rival) for rival in rivals) or (config,)


#: What the DCGAN paper sets beside its layers (Radford et al. 2015, section 4), which most articles took over.
DCGAN_PAPER: dict[str, Any] = {
    "loss": "non-saturating",
    "penalty": "none",
    "d_steps": 1,
    "network": "dcgan",
    "init": "normal",
    "z_dim": 100,
    "prior": "uniform",
    "batch_size": 128,
    "lr_d": 2e-4,
    "lr_g": 2e-4,
    "beta1": 0.5,
    "beta2": 0.999,
}


def settings(name: str, **values: Any) -> TrainConfig:
    """The config of the recipe `name`: these values, and the defaults of TrainConfig for the rest."""
    return parse_config({"recipe": name} | values)
