"""A formula makes the points it says, and nothing but a formula is read."""

from __future__ import annotations

import math
import time

import pytest
import torch

from ganlab.config import TrainConfig
from ganlab.data import InPlane, load_dataset
from ganlab.data.formula import check_formula
from ganlab.errors import DataError


def points(text: str) -> torch.Tensor:
    return load_dataset("formula", plane=InPlane(formula=text)).examples


def test_points_are_where_the_formula_puts_them():
    circle = points("cos(2*pi*u), sin(2*pi*u)")
    assert circle.norm(dim=1).tolist() == pytest.approx([1.0] * len(circle), abs=1e-6)
    square = points("u, v")
    assert square.min() >= 0 and square.max() < 1
    assert abs(torch.corrcoef(square.T)[0, 1]) < 0.03  # drawn apart
    heaps = points("floor(3*u) - 1 + 0.01*n, max(min(m, 0.5), -0.5)")
    assert torch.bincount((heaps[:, 0].round() + 1).long()).tolist() == pytest.approx([20_000 / 3] * 3, rel=0.05)


def test_the_same_formula_makes_the_same_points_and_others_to_test_with():
    plane = InPlane(formula="u, n/5")
    train, again = (load_dataset("formula", plane=plane) for _ in range(2))
    assert torch.equal(train.examples, again.examples) and train.held_out is not None
    assert not torch.isin(train.held_out[:, 0], train.examples[:, 0]).float().mean() > 0.05


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no formula"),
        ("u", "two parts, x and y, with a comma between: got 1"),
        ("u, v, n", "got 3"),
        ("u +, v", "is no formula"),
        ("u, w", "names 'w'"),
        ("u, sin", "names 'sin'"),
        ("u, sin(u, v)", "sin of the formula takes 1"),
        ("u, max(u)", "max of the formula takes 2"),
        ("u, open('x')", "cannot hold"),
        ("u, (lambda: 1)()", "cannot hold"),
        ("u, ().__class__", "cannot hold"),
        ("u, [x for x in u]", "cannot hold"),
        ("u, sin(x=u)", "cannot hold"),
        ("u, u if v else n", "cannot hold"),
        ("u, 'text'", "cannot hold"),
        ("u, True", "cannot hold"),
        ("u, 1j", "cannot hold"),
        ("u, u/0", "y of the formula is no finite number"),
        ("sqrt(u - 0.5), v", r"x of the formula is no finite number for (5|4)\d.\d % of the points"),
        ("log(-1), v", "for 100.0 % of the points"),
        ("u, 9**9**9**9", "no finite number"),
        ("u, " + "9" * 400, "no finite number"),
        ("100*u, v", "x of the formula reaches 100"),
        ("0.5, 1", "all points of the formula are at one place"),
        ("u, " + "-" * 400 + "v", "use at most 200"),
        ("u, " + "(" * 240 + "v" + ")" * 240, "is no formula|parts"),
    ],
)
def test_what_is_no_use_is_refused_in_a_sentence_and_soon(text: str, said: str):
    begun = time.perf_counter()
    with pytest.raises(DataError, match=said) as error:
        check_formula(text)
    assert time.perf_counter() - begun < 1 and "\n" not in str(error.value)


def test_the_longest_formula_ends_soon():
    text = "u, " + "+".join(["exp(n)"] * 39) + "-39"
    begun = time.perf_counter()
    with pytest.raises(DataError, match="reaches"):
        check_formula(text)
    assert time.perf_counter() - begun < 1


def test_the_formula_that_stands_there_works():
    assert math.isfinite(points(TrainConfig().formula).abs().max())
