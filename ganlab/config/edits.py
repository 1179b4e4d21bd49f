"""Changes of a run's settings while it trains: which are admitted, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganlab.config.model import SETTINGS, TrainConfig
from ganlab.config.refusals import suggest
from ganlab.errors import ConfigError

#: A setting → its value before and after.
Changes = dict[str, tuple[Any, Any]]

#: Settings that may change while a run trains.
KNOBS = tuple(name for name, setting in SETTINGS.items() if setting.knob)


def edited(config: TrainConfig, changes: Mapping[str, Any]) -> TrainConfig:
    """`config` with some knobs at other values.

    Raises ConfigError: unknown, out of range, or a setting that is fixed while a run trains and was to change.
    """
    for name in changes:
        if name not in TrainConfig.model_fields:
            raise ConfigError(f"unknown setting {name!r}: {suggest(name, list(KNOBS))}")
    after = config.with_changes(**changes)
    for name in changes_between(config, after):
        if name not in KNOBS:
            raise ConfigError(
                f"{name} is fixed while a run trains ({getattr(config, name)!r} here): "
                "fork the run, or start another one with it"
            )
    return after


def changes_between(before: TrainConfig, after: TrainConfig) -> Changes:
    """The settings that differ, in the order of their declaration."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}
