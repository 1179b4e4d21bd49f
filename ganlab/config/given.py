"""Settings that somebody gave by name: what they imply, and a word where they would do nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ganlab.config.declare import Needs
from ganlab.config.model import SETTINGS, TrainConfig
from ganlab.errors import ConfigError

#: A setting that is of one dataset, and that dataset.
_OF_ONE = {"folder": "folder", "points": "own-points", "formula": "formula"}


def with_implied(given: Mapping[str, Any]) -> dict[str, Any]:
    """The same, and the dataset that a folder, points or a formula are for where none is named."""
    meant = next((dataset for name, dataset in _OF_ONE.items() if given.get(name)), None)
    return ({"dataset": meant} if meant else {}) | dict(given)


def check_effect(given: Iterable[str], *configs: TrainConfig) -> None:
    """Raises ConfigError for a setting that does nothing in any of the configs that it was given for.

    A recipe or a link may well carry such settings; of who names one it is asked what it is for.
    """
    for name in given:
        lacks = [_lack(name, config) for config in configs]
        if None not in lacks and lacks[0] is not None:
            other, values = lacks[0]
            raise ConfigError(
                f"{name} has no effect with {other} {getattr(configs[0], other)!r}: leave it out, or choose {other} "
                + " or ".join(map(repr, values))
            )


def _lack(name: str, config: TrainConfig) -> Needs | None:
    """The setting, and those of its values, without which `name` does nothing; None where it does something."""
    needs = SETTINGS[name].needs
    if needs is None:
        return None
    return _lack(needs[0], config) or (None if getattr(config, needs[0]) in needs[1] else needs)
