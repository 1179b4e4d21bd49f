"""What may be asked for, and the sentence that refuses the rest."""

from __future__ import annotations

import math

from ganlab.config import suggest
from ganlab.errors import ConfigError

MOST_SEED = 2**31 - 1
#: How far a latent may be moved; sliders end long before, and float32 is still far from overflowing.
FARTHEST_MOVE = 1000.0


def check_whole(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ConfigError(f"{name} must be a whole number from {low} to {high}, got {value}")


def check_number(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise ConfigError(f"{name} must be a number from {_short(low)} to {_short(high)}, got {value:g}")


def check_one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"{name} cannot be {value!r}: {suggest(value, list(known))}")


def _short(value: float) -> str:
    return f"{value:g}".replace("-", "−")
