"""What a look at the plane says is true of the networks, and it leaves no trace."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny import differing, fresh, run_through, tiny

from ganlab.gan.losses import loss_g
from ganlab.training.plane import CELLS, LATENTS, POINTS, plane_look

POINTS_OF: dict[str, Any] = {"dataset": "gaussians-ring", "network": "mlp", "norm_g": "none", "z_dim": 2}


def test_shapes_and_the_box_around_the_data():
    data, state = fresh(tiny(**POINTS_OF))
    look = plane_look(state, data)
    assert {name: tuple(value.shape) for name, value in look.items()} == {
        "box": (4,),
        "scores": (CELLS, CELLS),
        "real": (POINTS, 2),
        "fake": (POINTS, 2),
        "pull": (POINTS, 2),
        "latents": (LATENTS**2, 2),
    }
    assert all(value.dtype == torch.float32 and value.isfinite().all() for value in look.values())
    left, bottom, right, top = look["box"].tolist()
    assert right - left == pytest.approx(top - bottom)
    assert left < data.examples[:, 0].min() and data.examples[:, 1].max() < top


def test_the_first_row_lies_at_the_bottom():
    data, state = fresh(tiny(**POINTS_OF))
    look = plane_look(state, data)
    left, bottom, right, top = look["box"].tolist()
    side = (right - left) / CELLS
    for row, column in ((0, 0), (5, 40), (63, 63)):
        point = torch.tensor([[left + (column + 0.5) * side, bottom + (row + 0.5) * side]])
        score = state.discriminator(point, torch.zeros(1, dtype=torch.long)).item()
        assert look["scores"][row, column].item() == pytest.approx(score, abs=1e-5)
    assert top > bottom


@pytest.mark.parametrize("loss", ["wasserstein", "non-saturating", "saturating", "hinge", "relativistic"])
def test_points_are_pulled_where_gs_own_loss_falls(loss: str):
    penalty = "gradient" if loss == "wasserstein" else "none"
    data, state = fresh(tiny(**POINTS_OF, loss=loss, penalty=penalty))
    run_through(data, state)
    look = plane_look(state, data)
    reals = state.discriminator(look["real"]).detach()

    def of(points: torch.Tensor) -> float:
        with torch.no_grad():
            return loss_g(state.config, real=reals.double(), fake=state.discriminator(points).double()).item() * POINTS

    for number in (0, 100, 511):
        for axis in (0, 1):
            moved = [look["fake"].clone() for _ in range(2)]
            moved[0][number, axis] -= 1e-3
            moved[1][number, axis] += 1e-3
            slope = (of(moved[1]) - of(moved[0])) / 2e-3
            assert look["pull"][number, axis].item() == pytest.approx(-slope, rel=0.05, abs=2e-3)


@pytest.mark.parametrize("settings", [{}, {"dropout": 0.3}, {"norm_d": "spectral"}, {"norm_g": "batch"}, {"z_dim": 1}])
def test_a_look_leaves_no_trace(settings: dict[str, Any]):
    data, state = fresh(tiny(**{**POINTS_OF, "max_steps": 3, **settings}))
    run_through(data, state)
    before = state.to_tensors()
    random = torch.get_rng_state()
    first, second = plane_look(state, data), plane_look(state, data)
    assert not differing(before, state.to_tensors())
    assert torch.equal(random, torch.get_rng_state())
    assert all(torch.equal(first[name], second[name]) for name in first)
