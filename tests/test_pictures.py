"""Grids and files hold the pixels they were given."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ganlab.pictures import GAP_GREY, encode, enlarge, grid_columns, make_grid, scatter, thumbnail


def images(count: int, channels: int = 1, height: int = 3, width: int = 3) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, height, width, channels), dtype=np.uint8)


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (4, 2), (5, 3), (64, 8), (65, 9), (256, 16)])
def test_a_grid_is_as_square_as_it_can_be(count: int, columns: int):
    assert grid_columns(count) == columns


@pytest.mark.parametrize("channels", [1, 3])
def test_a_grid_goes_row_by_row_with_a_gap_of_one_pixel(channels: int):
    several = images(5, channels)
    grid = make_grid(several)
    assert grid.shape == (7, 11, channels) and grid.dtype == np.uint8
    for index, (top, left) in enumerate([(0, 0), (0, 4), (0, 8), (4, 0), (4, 4)]):
        assert np.array_equal(grid[top : top + 3, left : left + 3], several[index])
    assert (grid[3] == GAP_GREY).all() and (grid[:, [3, 7]] == GAP_GREY).all()
    assert (grid[4:, 8:] == GAP_GREY).all(), "the missing cell"


def test_columns_may_be_given():
    assert make_grid(images(5), columns=5).shape == (3, 19, 1)
    assert make_grid(images(1)).shape == (3, 3, 1)


def test_enlarging_makes_squares_of_pixels():
    picture = np.array([[[1], [2]], [[3], [4]]], np.uint8)
    assert enlarge(picture, 1) is picture
    assert enlarge(picture, 2)[..., 0].tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]


@pytest.mark.parametrize("form", ["png", "webp"])
@pytest.mark.parametrize("channels", [1, 3])
def test_files_keep_every_pixel(form: str, channels: int):
    picture = images(1, channels, height=9, width=17)[0]
    encoded = encode(picture, form)
    opened = Image.open(io.BytesIO(encoded))
    assert opened.format == form.upper()
    read = np.asarray(opened.convert("RGB"))
    assert np.array_equal(read, np.broadcast_to(picture, (9, 17, 3)))


def test_a_scatter_puts_points_where_they_belong_with_y_upwards():
    picture = scatter(np.array([[0.75, 0.75]]), side=201, reach=1.5)
    rows, columns = np.nonzero((picture != picture[0, 0]).any(axis=2))
    assert (rows.mean(), columns.mean()) == (50, 150)
    assert len(rows) == 9


def test_a_scatter_shows_what_lies_outside_at_its_edge_and_leaves_out_what_is_not_finite():
    picture = scatter(np.array([[99.0, 0.0], [np.nan, 0.0], [0.0, np.inf]]), side=101)
    rows, columns = np.nonzero((picture != picture[0, 0]).any(axis=2))
    assert set(columns) == {98, 99, 100}
    assert rows.mean() == 50


def test_a_scatters_backdrop_lies_behind_and_looks_different():
    point = np.zeros((1, 2))
    alone, over = scatter(point), scatter(point, np.array([[0.0, 0.0], [1.0, 1.0]]))
    assert np.array_equal(alone[128, 128], over[128, 128])
    assert (over != alone).any(axis=2).sum() == 1


@pytest.mark.parametrize(("size", "columns", "shown"), [(16, 8, 5), (28, 8, 3), (64, 8, 1), (96, 3, 1), (16, 2, 2)])
def test_a_thumbnail_is_whole_images_from_the_corner_of_a_grid(size: int, columns: int, shown: int):
    images = np.random.default_rng(0).integers(0, 256, (columns * columns, size, size, 3), np.uint8)
    small = thumbnail(encode(make_grid(images), "webp"), columns)
    corner = images.reshape(columns, columns, size, size, 3)[:shown, :shown].reshape(-1, size, size, 3)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(small))), make_grid(corner, columns=shown))


def test_a_thumbnail_of_what_is_larger_is_made_smaller():
    image = np.zeros((1, 256, 256, 1), np.uint8)
    assert Image.open(io.BytesIO(thumbnail(encode(image[0], "webp"), 1))).size == (96, 96)
