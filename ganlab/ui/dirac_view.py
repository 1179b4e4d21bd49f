"""The Dirac-GAN for its panel: where both players are pushed, the way from one start, and what the theory says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ganlab.config import parse_config
from ganlab.errors import ConfigError
from ganlab.explore.checks import check_one_of
from ganlab.plane import DiracGame

#: The picture goes from −REACH to REACH in both directions, with ARROWS a side.
REACH, ARROWS = 2.0, 17
STEPS = 300
_WAYS = ("simultaneous", "alternating")
#: Real parts of eigenvalues that count as 0.
_STILL = 1e-9


def dirac_view(asked: Mapping[str, str]) -> dict[str, Any]:
    """asked: loss, penalty, weight, noise, rate, way, theta, psi, as text. Raises ConfigError."""
    way = asked.get("way", "alternating")
    check_one_of("way", way, _WAYS)
    rate, noise = _number(asked, "rate", 0.1, 1e-4, 2.0), _number(asked, "noise", 0.0, 0.0, 2.0)
    weight = _number(asked, "weight", 1.0, 0.0, 1000.0)
    chosen = {"loss": asked.get("loss", "wasserstein"), "penalty": asked.get("penalty", "none")}
    game = DiracGame(parse_config({**chosen, "penalty_weight": weight}), noise)
    start = np.array([[_number(asked, name, 1.0, -REACH, REACH) for name in ("theta", "psi")]])
    places = np.linspace(-REACH, REACH, ARROWS)
    theta, psi = np.meshgrid(places, places)
    pushed = game.field(theta, psi)
    path = game.paths(start, rate=rate, steps=STEPS, way="simultaneous" if way == "simultaneous" else "alternating")
    path = path[:, 0][np.isfinite(path[:, 0]).all(1)]
    eigenvalues = game.eigenvalues()
    return {
        "places": places,
        "theta": pushed[0],
        "psi": pushed[1],
        "path": path,
        "words": _words(path, eigenvalues),
    }


def _words(path: np.ndarray, eigenvalues: np.ndarray) -> str:
    """What the path does, and what the flow would do near the end, where steps are small."""
    radii = np.hypot(path[:, 0], path[:, 1])
    begin, end = radii[0], radii[-len(radii) // 5 :].max()
    did = "comes to rest" if end < 0.05 * begin else "leaves" if end > 1.3 * begin else "circles"
    if did == "circles" and end < 0.75 * begin:
        did = "spirals in slowly"
    if np.isnan(eigenvalues).any():
        return f"From here it {did}. At (0, 0) the field has a kink, so no eigenvalues tell what the flow does near it."
    real, imaginary = float(np.real(eigenvalues).max()), float(np.abs(np.imag(eigenvalues)).max())
    turns = "in circles" if imaginary > _STILL else "straight"
    theory = "draws it in" if real < -_STILL else "drives it away" if real > _STILL else "neither draws nor drives it"
    return f"From here it {did}. Near (0, 0) the flow {theory}, {turns}: eigenvalues {_listed(eigenvalues)}."


def _listed(eigenvalues: np.ndarray) -> str:
    parts = zip(np.real(eigenvalues).tolist(), np.imag(eigenvalues).tolist(), strict=True)
    return ", ".join(f"{real:.3g} {imaginary:+.3g}i".replace("-", "−") for real, imaginary in parts)


def _number(asked: Mapping[str, str], name: str, otherwise: float, least: float, most: float) -> float:
    text = asked.get(name, str(otherwise))
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise ConfigError(f"{name} must be a number from {least:g} to {most:g}, got {text[:40]!r}")
    return value
