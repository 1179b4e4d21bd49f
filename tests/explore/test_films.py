"""Films show every frame, in order, at the size and speed asked for."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from ganlab.errors import ConfigError, GanlabError
from ganlab.explore import FORMS, FormName, film, write_film
from ganlab.explore.films import _ffmpeg, captioned, enlarged, fitted

GREY = (np.arange(12 * 10 * 10) * 37 % 256).astype(np.uint8).reshape(12, 10, 10, 1)
COLOURED = np.concatenate([GREY, 255 - GREY, GREY[::-1]], axis=3)


def test_the_forms_are_those_that_are_named():
    assert tuple(FORMS) == get_args(FormName)


@pytest.mark.parametrize("frames", [GREY, COLOURED], ids=["grey", "coloured"])
@pytest.mark.parametrize("form", ["gif", "webp"])
def test_moving_pictures_hold_each_frame_and_go_on_for_ever(form: FormName, frames: np.ndarray):
    told = []
    with Image.open(io.BytesIO(film(frames, form, fps=20, size=33, progress=told.append))) as picture:
        assert (picture.n_frames, picture.size) == (12, (33, 33))  # pyright: ignore[reportAttributeAccessIssue]
        assert picture.info["loop"] == 0
        for index in range(12):
            picture.seek(index)
            picture.load()
            assert round(picture.info["duration"]) == 50
            shown = np.asarray(picture.convert("RGB")).astype(int)
            # A GIF has 256 colours; a WebP is exact.
            assert np.abs(shown - enlarged(frames[index], 33)).max() <= (0 if form == "webp" or frames is GREY else 40)
    assert told == sorted(told)
    assert told[-1] == 1


@pytest.mark.parametrize("frames", [GREY, COLOURED], ids=["grey", "coloured"])
def test_an_mp4_holds_each_frame_at_its_size_and_speed(tmp_path: Path, frames: np.ndarray):
    write_film(tmp_path / "walk.mp4", frames, fps=25, size=65)
    reading = [_ffmpeg(), "-i", str(tmp_path / "walk.mp4"), "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    done = subprocess.run(reading, capture_output=True, check=True)
    assert b"66x66" in done.stderr
    assert b"25 fps" in done.stderr
    shown = np.frombuffer(done.stdout, np.uint8).reshape(12, 66, 66)
    if frames is GREY:
        for index in (0, 5, 11):
            assert np.abs(shown[index].astype(int) - enlarged(frames[index], 66)[..., 0]).mean() < 20


def test_a_strip_shows_the_frames_side_by_side():
    with Image.open(io.BytesIO(film(GREY, "png", size=20))) as picture:
        assert picture.size == (12 * 21 - 1, 20)
        assert np.array_equal(np.asarray(picture)[:, 21:41], enlarged(GREY[1], 20)[..., 0])


def test_a_folder_holds_a_picture_for_each_frame(tmp_path: Path):
    write_film(tmp_path / "frames", COLOURED, size=20)
    names = sorted(path.name for path in (tmp_path / "frames").iterdir())
    assert names == [f"{number:04d}.png" for number in range(12)]
    assert np.array_equal(np.asarray(Image.open(tmp_path / "frames" / "0007.png")), enlarged(COLOURED[7], 20))
    assert {path.name for path in tmp_path.iterdir()} == {"checkpoints", "frames"}, "nothing else is left behind"
    with pytest.raises(ConfigError, match="exists already: name a new folder"):
        write_film(tmp_path / "frames", COLOURED)


def test_enlarging_is_by_the_nearest_pixel():
    assert enlarged(np.array([[[1], [2]], [[3], [4]]], np.uint8), 5)[..., 0].tolist() == [
        [1, 1, 1, 2, 2],
        [1, 1, 1, 2, 2],
        [1, 1, 1, 2, 2],
        [3, 3, 3, 4, 4],
        [3, 3, 3, 4, 4],
    ]


@pytest.mark.parametrize(
    ("name", "wanted", "sentence"),
    [
        ("walk.avi", {}, "a film cannot be 'avi': choose one of mp4, gif, webp, png"),
        ("walk.gif", {"fps": 0}, "fps must be a whole number from 1 to 60, got 0"),
        ("walk.gif", {"size": 2000}, "size must be a whole number from 16 to 1024, got 2000"),
        ("frames", {"size": 2}, "size must be .* got 2"),
    ],
)
def test_a_film_that_cannot_be_is_refused(tmp_path: Path, name: str, wanted: dict, sentence: str):
    with pytest.raises(ConfigError, match=sentence):
        write_film(tmp_path / name, GREY, **wanted)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoints"], "nothing was written"


def test_what_would_not_fit_into_memory_is_refused_before_it_is_made():
    with pytest.raises(ConfigError, match="1800 frames of 1024 pixels are too many for gif: choose mp4"):
        film(np.zeros((1800, 2, 2, 1), np.uint8), "gif", size=1024)


def test_without_ffmpeg_one_sentence_says_what_else_there_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(GanlabError, match=r"^an MP4 film needs ffmpeg, .* choose \.gif or \.webp$"):
        film(GREY, "mp4")


def test_an_ffmpeg_that_fails_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganlab.explore.films._H264", ("-c:v", "nosuch"))
    with pytest.raises(GanlabError, match=r"^ffmpeg could not write the film \(.*\): choose \.gif or \.webp$"):
        film(GREY, "mp4")


@pytest.mark.parametrize(("size", "wide", "tall"), [(64, 60, 30), (20, 20, 10), (16, 16, 8)])
def test_a_frame_is_made_as_wide_as_fits_and_keeps_its_shape(size: int, wide: int, tall: int):
    frame = COLOURED[0, :, :5].swapaxes(0, 1).repeat(2, axis=0).repeat(2, axis=1)
    assert fitted(frame, size).shape == (tall, wide, 3)


def test_each_frame_is_captioned_below_and_stays_as_it_is():
    words = [f"step {number}" for number in range(12)]
    frames = captioned([enlarged(frame, 64) for frame in GREY], words)
    assert frames.shape == (12, 64 + 16, 64, 3)
    assert np.array_equal(frames[3, :64], np.broadcast_to(enlarged(GREY[3], 64), (64, 64, 3)))
    bands = frames[:, 64:]
    assert all(band.min() < 120 < 240 < band.max() for band in bands), "dark words on bright paper"
    assert len({band.tobytes() for band in bands}) == 12
    with Image.open(io.BytesIO(film(frames, "webp", fps=4, size=64))) as picture:
        assert picture.size == (64, 80)
