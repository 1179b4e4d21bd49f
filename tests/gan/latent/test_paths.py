"""Paths keep what they promise: their ends, lengths, pace, and the prior."""

from __future__ import annotations

import math

import pytest
import torch

from ganlab.gan.latent import (
    PATHS,
    Space,
    WalkName,
    along,
    arc_lengths,
    between_corners,
    even_times,
    lerp,
    slerp,
    times_of,
    wander,
)

SPACES = [Space(24), Space(24, "uniform", 1.0), Space(24, "uniform", 0.2)]
WALKS: list[WalkName] = ["lerp", "slerp", "spline"]


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", PATHS)
def test_a_path_meets_its_ends(name):
    start, end = normal(6), 2 * normal(6, seed=1)
    path = PATHS[name](start, end, torch.tensor([0.0, 0.3, 1.0]))
    assert path.shape == (3, 6)
    assert torch.allclose(path[0], start, atol=1e-6) and torch.allclose(path[2], end, atol=1e-6)


def test_lerp_is_straight_and_slerp_keeps_the_length():
    start, end = torch.tensor([3.0, 0.0]), torch.tensor([0.0, 3.0])
    middle = torch.tensor([0.5])
    assert lerp(start, end, middle)[0].tolist() == pytest.approx([1.5, 1.5])
    assert slerp(start, end, middle)[0].tolist() == pytest.approx([3 / math.sqrt(2)] * 2)
    third = slerp(start, end, torch.tensor([1 / 3]))[0]
    assert third.tolist() == pytest.approx([3 * math.cos(math.pi / 6), 3 * math.sin(math.pi / 6)], rel=1e-5)


def test_slerp_between_lengths_1_and_5_is_3_long_half_way():
    start, end = normal(8), normal(8, seed=2)
    start, end = start / start.norm(), 5 * end / end.norm()
    assert slerp(start, end, torch.tensor([0.5]))[0].norm().item() == pytest.approx(3, rel=1e-5)


@pytest.mark.parametrize("factor", [0.0, 1.0, 2.5, -1.0, -0.4])
def test_slerp_between_parallel_opposite_or_zero_latents_is_straight(factor: float):
    start = normal(5, seed=3)
    t = torch.tensor([0.0, 0.25, 1.0])
    assert torch.allclose(slerp(start, factor * start, t), lerp(start, factor * start, t))


def test_slerp_takes_many_pairs_at_once():
    starts, ends, t = normal(5, 6), normal(5, 6, seed=1), torch.linspace(0, 1, 5)
    together = slerp(starts, ends, t)
    for index in range(5):
        assert torch.allclose(together[index], slerp(starts[index], ends[index], t[index : index + 1])[0], atol=1e-6)


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("how", WALKS)
@pytest.mark.parametrize("space", SPACES, ids=str)
def test_a_walk_meets_each_key_exactly_and_a_loop_comes_back(space: Space, how: WalkName, loop: bool):
    keys = space.of_seed(3, 5)
    last = 5 if loop else 4
    walk = along(keys, torch.arange(last + 1.0), space, how=how, loop=loop)
    assert torch.equal(walk, torch.cat([keys, keys[:1]]) if loop else keys)


@pytest.mark.parametrize("how", WALKS)
@pytest.mark.parametrize("space", SPACES, ids=str)
def test_a_walk_is_continuous_also_where_keys_lie_outside_of_the_prior(space: Space, how: WalkName):
    keys = space.of_seed(4, 4)
    keys[1] += 3 * space.deviation
    keys[2, 0] = -7 * space.half_width
    fine = along(keys, torch.linspace(0, 3, 30_001), space, how=how)
    steps = fine.diff(dim=0).norm(dim=1)
    assert torch.isfinite(fine).all()
    assert steps.max() < 12 * steps.mean()


@pytest.mark.parametrize("how", ["slerp", "spline"])
def test_a_walk_under_the_uniform_prior_stays_in_its_cube_and_as_typical_as_its_keys(how: WalkName):
    """A straight line's middle has a third less deviation; through the Gaussian coordinates it keeps all of it."""
    space = Space(400, "uniform", 0.5)
    keys = space.of_seed(5, 6)
    walk = along(keys, torch.linspace(0, 5, 51), space, how=how)
    assert walk.abs().max() <= 0.5
    assert (walk.std(dim=1) / space.deviation - 1).abs().max() < 0.1
    straight = along(keys, torch.tensor([0.5]), space, how="lerp")
    assert straight.std() / space.deviation < 0.8


def test_a_spline_keeps_the_length_and_has_no_kink_where_slerp_has_one():
    space = Space(64)
    keys = normal(5, 64, seed=6)
    keys = 8 * keys / keys.norm(dim=1, keepdim=True)
    h = 1e-2

    def turn(how: WalkName, at: float) -> float:
        before, here, after = along(keys, torch.tensor([at - h, at + 1e-6, at + h]), space, how=how)
        return torch.cosine_similarity(here - before, after - here, dim=0).item()

    walk = along(keys, torch.linspace(0, 4, 101), space, how="spline")
    assert torch.allclose(walk.norm(dim=1), torch.tensor(8.0), rtol=1e-4)
    for key in (1, 2, 3):
        assert turn("spline", key) > 0.99
        assert turn("slerp", key) < 0.7


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("how", WALKS)
@pytest.mark.parametrize("space", SPACES, ids=str)
def test_even_times_make_each_step_as_long_as_any_other(space: Space, how: WalkName, loop: bool):
    keys = space.of_seed(7, 4)
    keys[3] = keys[2] + 0.1 * (keys[1] - keys[2])  # a short way, on which a walk by the clock would crawl
    frames = 200
    times = even_times(keys, frames, space, how=how, loop=loop)
    fine = along(keys, times, space, how=how, loop=loop)
    assert times[0] == 0
    if not loop:
        assert times[-1] == 3
    # Along the way, not across: a step over a kink at a key is shorter than the way around it.
    steps = fine.diff(dim=0).norm(dim=1).sort().values
    assert steps[-1] / steps[10] < 1.03
    by_clock = along(keys, times_of(4, frames, loop=loop), space, how=how, loop=loop).diff(dim=0).norm(dim=1)
    assert by_clock.max() / by_clock.min() > 3


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_a_whole_change_of_class_takes_as_long_as_the_way_to_another_sample(space: Space):
    keys = space.of_seed(3, 2)[[0, 0, 1]]
    shares = torch.eye(2)[[0, 1, 1]]
    times = even_times(keys, 1001, space, how="lerp", shares=shares)
    assert 0.35 < (times < 1).float().mean() < 0.65
    assert even_times(keys, 5, space, how="lerp")[1:].min() > 0.99


def test_keys_that_are_all_one_stand_still():
    keys = torch.ones(3, 4)
    for how in WALKS:
        times = even_times(keys, 7, Space(4), how=how)
        assert torch.allclose(along(keys, times, Space(4), how=how), torch.ones(7, 4))


def test_times_of_a_loop_end_one_frame_before_its_beginning():
    assert times_of(4, 4).tolist() == [0, 1, 2, 3]
    assert times_of(4, 4, loop=True).tolist() == [0, 1, 2, 3]
    assert times_of(2, 8, loop=True).tolist() == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]


def test_arc_lengths_add_up():
    corners = torch.tensor([[0.0, 0.0], [3.0, 4.0], [3.0, 5.0]])
    assert arc_lengths(corners).tolist() == [0, 5, 6]


@pytest.mark.parametrize("space", [Space(2000), Space(2000, "uniform", 0.5)], ids=str)
def test_a_random_walk_stays_in_the_prior_with_keys_as_near_as_asked(space: Space):
    keys = wander(8, 30, space, angle=0.5)
    assert (keys.std(dim=1) / space.deviation - 1).abs().max() < 0.08
    gaussian = space.to_gaussian(keys)
    cosines = torch.cosine_similarity(gaussian[:-1], gaussian[1:])
    assert torch.allclose(cosines, torch.tensor(math.cos(0.5)), atol=0.06)
    assert torch.equal(keys[:4], wander(8, 4, space, angle=0.5))
    assert not torch.equal(keys[0], wander(9, 1, space)[0])


@pytest.mark.parametrize("how", PATHS)
@pytest.mark.parametrize("space", SPACES, ids=str)
def test_a_grid_has_its_corners_in_the_corners_and_ways_at_its_edges(space: Space, how):
    corners = space.of_seed(9, 4)
    grid = between_corners(corners, 3, 5, space, how=how).unflatten(0, (3, 5))
    assert torch.equal(grid[[0, 0, 2, 2], [0, 4, 0, 4]], corners)
    top = along(corners[:2], torch.linspace(0, 1, 5), space, how=how)
    left = along(corners[[0, 2]], torch.linspace(0, 1, 3), space, how=how)
    assert torch.allclose(grid[0], top, atol=1e-6)
    assert torch.allclose(grid[:, 0], left, atol=1e-6)


def test_the_middle_of_a_grid_is_as_long_as_its_corners():
    corners = normal(4, 500, seed=10)
    corners = 20 * corners / corners.norm(dim=1, keepdim=True)
    middle = between_corners(corners, 3, 3, Space(500))[4]
    assert middle.norm().item() == pytest.approx(20, rel=1e-4)
    assert between_corners(corners, 3, 3, Space(500), how="lerp")[4].norm().item() == pytest.approx(10, rel=0.1)
