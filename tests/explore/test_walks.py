"""Walks begin and end at their keys, blend their classes, and say what they cannot do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from drawn import TINY, make_run

from ganlab.errors import ConfigError
from ganlab.explore import (
    WALKS,
    Explorer,
    Key,
    Loaded,
    Walk,
    classes_of,
    corner_pictures,
    draw,
    key_of_seed,
    key_shares,
    samples,
    shares_of,
    walk_latents,
    walk_pictures,
)
from ganlab.gan.latent import times_of
from ganlab.runs import Runs


def load(checkpoints: Path, **changes) -> Loaded:
    runs = Runs(checkpoints)
    return Explorer(runs).load(make_run(runs, 5, config=TINY.with_changes(**changes)).id, 5)


@pytest.mark.parametrize("prior", ["normal", "uniform"])
@pytest.mark.parametrize("how", WALKS)
def test_a_walk_s_ends_are_its_keys_and_a_loop_goes_on(checkpoints: Path, how, prior):
    loaded = load(checkpoints, prior=prior)
    keys = [key_of_seed(loaded, seed) for seed in (4, 5, 6)]
    latents, shares = walk_latents(loaded, keys, Walk(20, how))
    assert shares is None
    assert torch.equal(latents[0], keys[0].latent) and torch.equal(latents[-1], keys[2].latent)
    loop, _ = walk_latents(loaded, keys, Walk(20, how, loop=True))
    steps = torch.cat([loop, loop[:1]]).diff(dim=0).norm(dim=1)
    assert steps[-1] < 1.2 * steps.mean(), "from the last frame to the first it is one step like all others"
    told = []
    pictures = walk_pictures(loaded, keys, Walk(20, how), progress=told.append)
    assert pictures.shape == (20, 16, 16, 1)
    assert np.abs(pictures[[0, -1]].astype(int) - draw(loaded, latents[[0, -1]]).astype(int)).max() <= 1
    assert told[-1] == 1


def test_classes_blend_from_key_to_key(checkpoints: Path):
    loaded = load(checkpoints, conditional=True)
    keys = [key_of_seed(loaded, 1, 2), key_of_seed(loaded, 1, 7), key_of_seed(loaded, 2)]
    _, shares = walk_latents(loaded, keys, Walk(5, even=False))
    assert shares is not None
    assert shares[:, [0, 2, 7]].tolist() == [[0, 1, 0], [0, 0.5, 0.5], [0, 0, 1], [0.5, 0, 0.5], [1, 0, 0]]
    with pytest.raises(ConfigError, match=r"label is 10, but run .* has classes 0 to 9"):
        walk_latents(loaded, [key_of_seed(loaded, 1, 10), keys[0]], Walk())


@pytest.mark.parametrize("how", WALKS)
def test_a_key_s_blend_is_met_and_left_in_a_straight_line(checkpoints: Path, how):
    loaded = load(checkpoints, conditional=True)
    blends = [classes_of(loaded, text) for text in ("2:1+7:3", "7", "0+3:2+9")]
    keys = [key_of_seed(loaded, seed, classes) for seed, classes in enumerate(blends)]
    _, shares = walk_latents(loaded, keys, Walk(41, how, loop=True, even=False))
    assert shares is not None
    assert torch.allclose(shares.sum(1), torch.ones(41)) and (shares >= 0).all()
    ends = key_shares(loaded, keys)
    assert ends is not None
    assert ends.tolist() == [
        [0, 0, 0.25, 0, 0, 0, 0, 0.75, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 1, 0, 0],
        [0.25, 0, 0, 0.5, 0, 0, 0, 0, 0, 0.25],
    ]
    times = times_of(3, 41, loop=True)
    first = times < 1
    assert torch.allclose(shares[first], torch.lerp(ends[0], ends[1], times[first][:, None]), atol=1e-6)
    frames = walk_pictures(loaded, keys, Walk(2, how, even=False))
    assert np.abs(frames[0].astype(int) - draw(loaded, keys[0].latent[None], ends[:1])[0].astype(int)).max() <= 1


def test_a_change_of_class_has_its_time_where_z_stays(checkpoints: Path):
    loaded = load(checkpoints, conditional=True)
    keys = [key_of_seed(loaded, 1, 2), key_of_seed(loaded, 1, 7), key_of_seed(loaded, 2, 7)]
    _, shares = walk_latents(loaded, keys, Walk(100))
    assert shares is not None
    assert shares.diff(dim=0).abs().max() < 0.1, "the class jumps from one frame to the next"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10", "label is 10"),
        ("3+10", "label is 10, but run .* has classes 0 to 9"),
        ("3:0+5:0", "more than 0 of one"),
        ("3:-1+5", "label must be a class"),
        ("3+", "label must be a class"),
        ("x", "label must be a class .3., or some of several"),
        ("3:" + "9" * 400 + "+5", "more than 0 of one"),
    ],
)
def test_absurd_blends_are_refused_in_words(checkpoints: Path, text: str, said: str):
    loaded = load(checkpoints, conditional=True)
    with pytest.raises(ConfigError, match=said):
        samples(loaded, loaded.space.of_seed(1), shares_of(loaded, 1, classes_of(loaded, text)))


def test_a_class_of_a_generator_without_classes_is_refused(checkpoints: Path):
    loaded = load(checkpoints)
    with pytest.raises(ConfigError, match="no classes to choose from"):
        walk_latents(loaded, [key_of_seed(loaded, seed, 1) for seed in (1, 2)], Walk())


@pytest.mark.parametrize(
    ("count", "walk", "sentence"),
    [
        (1, Walk(), "the number of keys must be a whole number from 2 to 64, got 1"),
        (3, Walk(frames=1), "frames must be a whole number from 2 to 1800, got 1"),
        (3, Walk(frames=1801), "frames must be .* got 1801"),
        (3, Walk(how="splnie"), "path cannot be 'splnie': did you mean 'spline'"),  # pyright: ignore
    ],
)
def test_a_walk_that_cannot_be_is_refused(checkpoints: Path, count: int, walk: Walk, sentence: str):
    loaded = load(checkpoints)
    with pytest.raises(ConfigError, match=sentence):
        walk_latents(loaded, [key_of_seed(loaded, seed) for seed in range(count)], walk)


def test_a_key_of_another_size_is_refused(checkpoints: Path):
    loaded = load(checkpoints)
    with pytest.raises(ConfigError, match=r"key 2 has 7 numbers, but run .* has z_dim 6"):
        walk_latents(loaded, [key_of_seed(loaded, 1), Key(torch.zeros(7))], Walk())


def test_a_point_of_the_plane_leaves_its_way_behind(checkpoints: Path):
    loaded = load(checkpoints, dataset="circle", network="mlp")
    frames = walk_pictures(loaded, [key_of_seed(loaded, seed) for seed in (1, 2)], Walk(6))
    assert frames.shape == (6, 256, 256, 3)
    inked = [(frame != frame[0, 0]).any(axis=2).sum() for frame in frames]
    assert inked == sorted(inked)
    assert inked[-1] > inked[0]


def test_a_grid_lies_between_four_keys(checkpoints: Path):
    loaded = load(checkpoints)
    corners = [key_of_seed(loaded, seed) for seed in range(4)]
    grid = corner_pictures(loaded, corners, 3, 4).reshape(3, 4, 16, 16, 1)
    alone = draw(loaded, torch.stack([corner.latent for corner in corners]))
    assert np.abs(grid[[0, 0, 2, 2], [0, 3, 0, 3]].astype(int) - alone.astype(int)).max() <= 1
    with pytest.raises(ConfigError, match="a grid has four corners, got 3"):
        corner_pictures(loaded, corners[:3], 3, 4)
