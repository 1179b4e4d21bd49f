"""Points of one's own: what is read, what is kept, and what is learnt from it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganlab.config import TrainConfig, parse_config
from ganlab.data import InPlane, load_dataset
from ganlab.data.own_points import MOST_KEPT, as_setting, read_points
from ganlab.errors import ConfigError, DataError

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("text", ["1,2\n3,4", "x,y\n1,2\n\n3,4\n", "1;2\n3;4", " 1\t2\r\n3 4", "1, 2\n3 , 4.0"])
def test_a_table_is_read_however_it_is_separated(text: str):
    assert read_points(text).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there are no points yet"),
        ("x,y", "there are no points yet"),
        ("0.1,0.2", "only one point"),
        ("0.1,0.2\n" * 50, "all 50 points are at one place"),
        ("1,2\n3,nan", "line 2 of the points holds 'nan', which is not finite"),
        ("1,2\ninf,3", "line 2 of the points holds 'inf', which is not finite"),
        ("1,2\n3,four", "line 2 of the points holds 'four', which is no number"),
        ("1,2\n3,4,5", "line 2 of the points has 3 columns"),
        ("1\n2", "line 1 of the points has one column"),
        ("hello, world, again\n1,2", "line 1 of the points has 3 columns"),
        ("1," + "9" * 100 + "x\n1,2", "which is no number"),
    ],
)
def test_what_is_no_table_of_points_is_refused_in_a_sentence(text: str, said: str):
    with pytest.raises(DataError, match=said) as error:
        read_points(text)
    assert "\n" not in str(error.value) and len(str(error.value)) < 200


def test_a_hundred_thousand_points_are_thinned_evenly_and_it_is_said():
    points = RNG.uniform(-1, 1, (100_000, 2))
    points[:, 0].sort()
    text, said = as_setting(read_points("\n".join(f"{x},{y}" for x, y in points)))
    kept = read_points(text)
    assert len(kept) == MOST_KEPT and "100,000" in said[0] and len(said) == 1
    assert np.quantile(kept[:, 0], (0.1, 0.5, 0.9)) == pytest.approx([-0.8, 0, 0.8], abs=0.02)
    assert parse_config({"points": text}).points == text  # it fits


@pytest.mark.parametrize("scale", [1e-9, 300.0, 1e12])
def test_points_of_another_scale_fill_the_plane_in_their_own_proportions(scale: float):
    points = RNG.uniform(0, 1, (200, 2)) * (1, 0.5) * scale
    text, said = as_setting(points)
    kept = read_points(text)
    assert np.abs(kept).max() == pytest.approx(1, abs=1e-3) and "same factor" in said[0]
    assert np.ptp(kept, 0)[1] / np.ptp(kept, 0)[0] == pytest.approx(np.ptp(points, 0)[1] / np.ptp(points, 0)[0], 1e-2)


def test_what_is_drawn_stays_where_it_is():
    points = RNG.uniform(-1, 1, (50, 2))
    text, said = as_setting(points)
    assert not said and np.allclose(read_points(text), points, rtol=1e-3, atol=1e-4)


def test_points_are_trained_on_as_often_as_they_stand_there():
    data = load_dataset("own-points", plane=InPlane(points="0,0\n0,0\n0,0\n1,1"))
    assert set(map(tuple, data.examples.tolist())) == {(0.0, 0.0), (1.0, 1.0)}
    assert (data.examples[:, 0] == 1).float().mean() == pytest.approx(0.25, abs=0.02)
    assert data.held_out is not None


def test_the_spread_blurs_them():
    data = load_dataset("own-points", plane=InPlane(points="-1,0\n1,0", spread=0.1))
    offset = data.examples - torch.stack([data.examples[:, 0].sign(), torch.zeros(len(data))], 1)
    assert offset.std().item() == pytest.approx(0.1, rel=0.03)


def test_points_that_no_config_can_keep_are_refused_in_short():
    with pytest.raises(ConfigError, match="points must be shorter text") as error:
        parse_config({"points": "0.1,0.2\n" * 100_000})
    assert len(str(error.value)) < 300
    assert TrainConfig().points == ""
