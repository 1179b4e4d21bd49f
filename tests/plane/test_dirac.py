"""The Dirac-GAN has the radii, eigenvalues and ends that its paper proves, with our losses and penalties."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np
import pytest

from ganlab.config import TrainConfig
from ganlab.gan.losses import LOSSES
from ganlab.gan.penalties import PENALTIES
from ganlab.plane import DiracGame
from ganlab.plane.dirac import Way


def game(loss: Any, penalty: Any = "none", *, noise: float = 0.0, **more: Any) -> DiracGame:
    return DiracGame(TrainConfig(loss=loss, penalty=penalty, **more), noise)


def path(played: DiracGame, *start: float, rate: float, steps: int, way: Way = "alternating") -> np.ndarray:
    return played.paths(np.array([start]), rate=rate, steps=steps, way=way)[:, 0]


def radii(path: np.ndarray) -> np.ndarray:
    return np.hypot(path[:, 0], path[:, 1])


@pytest.mark.parametrize("rate", [0.01, 0.1, 1.0])
def test_a_simultaneous_wgan_leaves_by_an_exact_factor(rate: float):
    """Lemma 2.4 of Mescheder et al. 2018, for the linear loss exactly: the radius grows by √(1 + h²) a step."""
    found = path(game("wasserstein"), 1.0, 0.5, rate=rate, steps=50, way="simultaneous")
    assert np.allclose(radii(found)[1:] / radii(found)[:-1], math.sqrt(1 + rate**2), rtol=1e-12)


def test_an_alternating_wgan_goes_round_for_ever():
    """Lemma 2.5: its step is a rotation of another basis, so that the radius stays within bounds."""
    found = path(game("wasserstein"), 1.0, 0.0, rate=0.1, steps=1500)
    assert 0.9 < radii(found)[-500:].min() <= radii(found).max() < 1.2


@pytest.mark.parametrize("loss", ["non-saturating", "saturating"])
@pytest.mark.parametrize("weight", [0.1, 0.5, 0.999, 1.0, 1.5, 4.0])
def test_with_r1_its_eigenvalues_are_the_papers(loss: str, weight: float):
    """Lemma 3.1 there, with f′(0) = ½: −γ/2 ± √(γ²/4 − ¼), so it spirals below γ = 1 and not above."""
    root = cmath.sqrt(weight**2 / 4 - 0.25)
    expected = np.sort_complex(np.array([-weight / 2 - root, -weight / 2 + root]))
    assert np.allclose(game(loss, "r1", penalty_weight=weight).eigenvalues(), expected, rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize("loss", LOSSES)
def test_without_a_penalty_nothing_draws_it_in(loss: str):
    """Its eigenvalues lie on the imaginary axis (lemma 2.3 there)."""
    assert np.allclose(np.real(game(loss).eigenvalues()), 0, atol=1e-12)


@pytest.mark.parametrize("penalty", ["r1", "r2", "r1+r2"])
@pytest.mark.parametrize("loss", sorted(LOSSES.keys() - {"least-squares"}))
def test_slopes_flattened_at_the_data_let_it_settle(loss: str, penalty: str):
    """Theorem 4.1 there. Not by least squares, whose targets a D through the origin cannot meet."""
    found = path(game(loss, penalty, penalty_weight=0.5), 0.8, 0.3, rate=0.4, steps=300)
    assert radii(found)[-1] < 0.02 * radii(found)[0]


def test_instance_noise_lets_it_settle_as_r1_does():
    """Section 3.2 there: noise acts like a penalty, and its real parts are negative."""
    assert np.real(game("non-saturating", noise=0.7).eigenvalues()).max() < -0.01
    found = path(game("non-saturating", noise=0.7), 0.8, 0.0, rate=0.4, steps=300)
    assert radii(found)[-1] < 0.05


def test_a_gradient_penalty_does_not_let_it_settle():
    """Section 3.1 there: WGAN-GP's D is kept steep at the data, where it should be flat."""
    found = path(game("wasserstein", "gradient", penalty_weight=1.0), 0.8, 0.5, rate=0.4, steps=300)
    assert radii(found)[-500:].max() > 0.2


def test_clipping_bounds_d():
    found = path(game("wasserstein", "clip", clip_value=0.1), 1.0, 1.0, rate=0.2, steps=100)
    assert np.abs(found[1:, 1]).max() <= 0.1


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_field_is_what_a_small_step_does(loss: str, penalty: str):
    """Losses are differentiated once for many places and once for one: both agree, and with a finite difference."""
    played = game(loss, penalty, penalty_weight=0.7, clip_value=9.0)
    theta, psi = np.meshgrid(np.linspace(-0.9, 0.8, 4), np.linspace(-0.7, 1.1, 5))
    push_g, push_d = played.field(theta, psi)
    assert push_g.shape == push_d.shape == theta.shape
    starts = np.stack([theta.ravel(), psi.ravel()], 1)
    moved = played.paths(starts, rate=1e-6, steps=1, way="simultaneous")[1]
    assert np.allclose((moved - starts) / 1e-6, np.stack([push_g.ravel(), push_d.ravel()], 1), atol=1e-6)
    alone = np.concatenate([played.paths(start[None], rate=1e-6, steps=1, way="simultaneous")[1] for start in starts])
    assert np.allclose(alone, moved, rtol=1e-12)


def test_a_path_that_overflows_is_no_number_from_there():
    starts = np.array([[1e300, 1e300], [0.1, 0.1]])
    found = game("wasserstein").paths(starts, rate=1e10, steps=3, way="simultaneous")
    assert np.isnan(found[1:, 0]).all()
    assert np.isfinite(found[:, 1]).all()
