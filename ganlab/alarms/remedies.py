"""Buttons: what can be done, with numbers from the run's own settings.

Each function returns no remedy, or one: none where the change is out of the setting's range, has no effect beside the
others, or changes nothing, and none to rewind to where there is no snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ganlab.alarms.alarm import Recent, Remedy
from ganlab.config import SETTINGS, TrainConfig, edited, has_effect
from ganlab.errors import ConfigError

#: Datasets where a mirrored picture is a picture of the same kind.
MAY_FLIP = ("cifar10", "stl10", "folder")

Remedies = tuple[Remedy, ...]
Change = Callable[[TrainConfig, Mapping[str, Any]], TrainConfig]


def edit(config: TrainConfig, label: str, **changes: Any) -> Remedies:
    """Go on with changed knobs."""
    possible = _possible(config, changes, edited)
    return (Remedy(_with_numbers(label, possible), "edit", possible),) if possible else ()


def rewind(recent: Recent, before: int, label: str, **changes: Any) -> Remedies:
    """Go back to the last snapshot before a step, and on from there with changed knobs."""
    return rewind_to(recent.config, recent.snapshots, before, label, **changes)


def rewind_to(config: TrainConfig, snapshots: tuple[int, ...], before: int, label: str, **changes: Any) -> Remedies:
    """The same, outside a run that trains. Where no change is asked for, going back is the remedy."""
    target = max((step for step in snapshots if step < min(before, config.max_steps)), default=None)
    possible = _possible(config, changes, edited)
    if target is None or (changes and not possible):
        return ()
    return (Remedy(_with_numbers(f"Back to step {target:,}, {label}", possible), "rewind", possible, target),)


def start_over(config: TrainConfig, label: str, **changes: Any) -> Remedies:
    """A new run from the start; any setting may change."""
    possible = _possible(config, changes, lambda config, changes: config.with_changes(**changes))
    return (Remedy(_with_numbers(f"New run {label}", possible), "fork", possible, 0),) if possible else ()


def _possible(config: TrainConfig, changes: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """Those that change something; none at all when one is out of range."""
    try:
        after = change(config, changes).model_dump()
    except ConfigError:
        return {}
    return {name: after[name] for name in changes if after[name] != getattr(config, name) and has_effect(name, after)}


def less_on_disk(config: TrainConfig) -> Remedies:
    """For a disk that is full, or will be."""
    seldom = edit(config, "Write snapshots less often", snapshot_every=config.snapshot_every * 2)
    return seldom + edit(config, "Keep fewer snapshots", snapshot_space_mb=max(1, config.snapshot_space_mb // 2))


def scaled(config: TrainConfig, factor: float, *names: str) -> dict[str, float]:
    """Settings times a factor, to three digits."""
    return {name: float(f"{getattr(config, name) * factor:.3g}") for name in names}


def no_saturation(config: TrainConfig) -> dict[str, str]:
    """For a G whose gradient dies where D rejects."""
    return {"loss": "non-saturating"} if config.loss == "saturating" else {}


def fewer_d_steps(config: TrainConfig) -> dict[str, int]:
    return {"d_steps": max(1, config.d_steps // 2)}


def more_d_steps(config: TrainConfig) -> dict[str, int]:
    return {"d_steps": min(50, max(config.d_steps * 2, 2))}


def _with_numbers(label: str, changes: Mapping[str, Any]) -> str:
    """'Slow D down: Learning rate of D 0.0001'"""
    told = ", ".join(f"{SETTINGS[name].title} {_say(name, value)}" for name, value in changes.items())
    return f"{label}: {told}" if told else label


#: A value that a number does not tell.
_WORDS = {("max_images", 0): "all", ("flip", True): "on"}


def _say(name: str, value: Any) -> str:
    return _WORDS.get((name, value), f"{value:g}" if isinstance(value, float) else str(value))
