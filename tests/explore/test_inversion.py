"""Any picture is made ready or refused in a sentence; a search can be watched and ended."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn import TINY, make_run
from PIL import Image

from ganlab.errors import ConfigError, DataError
from ganlab.explore import (
    MOST_PICTURE_BYTES,
    Explorer,
    Inversion,
    Loaded,
    draw,
    find,
    looks_inverted,
    prepared,
    samples,
)
from ganlab.gan.latent import Found, Search
from ganlab.runs import Runs

SHIPPED = Path(__file__).parents[2] / "checkpoints"
QUICK = Search(drawn=16, starts=4, kept=2, steps=60)


def load(checkpoints: Path, **changes) -> Loaded:
    runs = Runs(checkpoints)
    return Explorer(runs).load(make_run(runs, 5, config=TINY.with_changes(**changes)).id, 5)


def as_file(mode: str, sides: tuple[int, int], form: str = "png", fill: object = None) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, sides, fill).save(buffer, form)  # pyright: ignore[reportArgumentType]
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["png", "gif", "webp", "bmp"])
@pytest.mark.parametrize("sides", [(16, 16), (300, 40), (1, 1), (7, 500)])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_of_any_size_and_kind_becomes_the_network_s_own(
    checkpoints: Path, form: str, sides: tuple[int, int], channels: int
):
    loaded = load(checkpoints) if channels == 1 else load(checkpoints, dataset="cifar10", network="dcgan")
    image = prepared(as_file("RGB", sides, form, (255, 255, 255)), loaded)
    assert image.shape == ((1, 16, 16) if channels == 1 else (3, 32, 32))
    assert torch.allclose(image, torch.ones(1), atol=0.02)


def test_a_picture_is_cropped_to_its_middle_and_keeps_its_grey(checkpoints: Path):
    wide = np.full((20, 60), 255, np.uint8)
    wide[:, 20:40] = 51
    buffer = io.BytesIO()
    Image.fromarray(wide).save(buffer, "png")
    image = prepared(buffer.getvalue(), load(checkpoints))
    assert torch.allclose(image, torch.tensor(51 / 127.5 - 1), atol=0.02)


def test_the_generator_s_own_picture_comes_back_as_it_was(checkpoints: Path):
    loaded = load(checkpoints)
    pixels = draw(loaded, loaded.space.of_seed(1))[0, ..., 0]
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png")
    assert torch.allclose(
        prepared(buffer.getvalue(), loaded)[0], torch.from_numpy(pixels).float() / 127.5 - 1, atol=2e-2
    )


def test_a_negative_of_what_the_generator_makes_is_known_for_one():
    runs = Runs(SHIPPED)
    loaded = Explorer(runs).load("digits-quick")
    made = samples(loaded, loaded.space.of_seed(1000, 40))
    inverted = [looks_inverted(loaded, each) for each in made]
    assert not any(inverted)
    assert sum(looks_inverted(loaded, -each) for each in made) >= 38
    assert not looks_inverted(loaded, -made[0].expand(3, 16, 16)), "colours are left as they are"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"^three.png cannot be used \(not a picture, whatever its name says\): choose a PNG"),
        (b"hello", r"^three.png cannot be used \(not a picture"),
        (as_file("L", (200, 200))[:-60], r"^three.png cannot be used \(it (ends too early|is damaged)"),
        (b"\0" * (MOST_PICTURE_BYTES + 1), r"^three.png has 30 MB, and at most 30 are read: save it smaller first$"),
        (as_file("1", (9000, 9000)), r"^three.png cannot be used \(it has 9,000×9,000 pixels, and at most 50 million"),
    ],
    ids=["empty", "text", "truncated", "huge", "many pixels"],
)
def test_what_is_no_picture_is_refused_in_a_sentence(checkpoints: Path, content: bytes, sentence: str):
    with pytest.raises(DataError, match=sentence):
        prepared(content, load(checkpoints), name="three.png")


def test_points_of_the_plane_have_no_picture_to_look_for(checkpoints: Path):
    loaded = load(checkpoints, dataset="circle", network="mlp")
    for attempt in (lambda: prepared(as_file("L", (9, 9)), loaded), lambda: find(loaded, torch.zeros(2))):
        with pytest.raises(ConfigError, match="makes points of the plane"):
            attempt()


def test_a_search_is_watched_and_says_what_it_found(checkpoints: Path):
    loaded, told = load(checkpoints), list[Found]()
    target = samples(loaded, loaded.space.of_seed(3))[0]
    found = find(loaded, target, search=QUICK, watch=told.append)
    assert len(told) == len(found.losses) == QUICK.steps + 1
    assert found.finished
    assert found.psnr_db == max(each.psnr_db for each in told)
    assert found.target.shape == found.picture.shape == (16, 16, 1)
    assert torch.equal(found.key.latent, find(loaded, target, search=QUICK).key.latent), "the same seed finds the same"


def test_a_search_ends_when_it_is_no_longer_wanted(checkpoints: Path):
    loaded = load(checkpoints)
    target = samples(loaded, loaded.space.of_seed(3))[0]
    found = find(loaded, target, search=QUICK, watch=lambda found: found.step < 9)
    assert len(found.losses) == 10
    assert not found.finished

    def enough(found: Found) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find(loaded, target, search=QUICK, watch=enough)


def test_a_search_in_a_conditional_generator_looks_in_the_class_asked_for_or_in_all(checkpoints: Path):
    loaded = load(checkpoints, conditional=True)
    target = samples(loaded, loaded.space.of_seed(3), 7)[0]
    assert find(loaded, target, search=QUICK, label=2).key.classes == 2
    assert find(loaded, target, search=QUICK).key.classes in range(10)
    with pytest.raises(ConfigError, match="label must be a whole number from 0 to 9, got 10"):
        find(loaded, target, label=10)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"target": torch.zeros(1, 8, 8)}, r"the picture is \(1, 8, 8\), but run .* makes \(1, 16, 16\)"),
        ({"search": Search(steps=0)}, "steps must be a whole number from 1 to 10000, got 0"),
        ({"seed": -1}, "seed must be"),
        ({"label": 1}, "no classes to choose from"),
    ],
)
def test_a_search_that_cannot_be_is_refused(checkpoints: Path, wrong: dict, sentence: str):
    with pytest.raises(ConfigError, match=sentence):
        find(load(checkpoints), **(dict[str, Any](target=torch.zeros(1, 16, 16)) | wrong))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("run", ["mnist-wgan-gp", "mnist-dcgan"])
def test_nine_of_ten_pictures_of_a_shipped_generator_are_found_to_30_db(run: str):
    """How long it takes is measured by `python -m benchmarks exploring`."""
    loaded = Explorer(Runs(SHIPPED)).load(run, "last")
    targets = samples(loaded, loaded.space.of_seed(2026, 10))
    found: list[Inversion] = [find(loaded, target) for target in targets]
    assert sum(each.psnr_db > 30 for each in found) >= 9
