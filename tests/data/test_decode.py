from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from drawing import noise, png_that_claims
from PIL import Image, ImageOps

from ganlab.config import CropName
from ganlab.data.decode import UnreadableError, decode, grey_limits, quiet_pillow
from ganlab.data.greys import together

GREY = np.arange(256, dtype=np.uint8).reshape(16, 16)
COLOUR = noise(0, width=16, height=16)


def decoded(path: Path, *, size: int = 16, crop: CropName = "centre") -> np.ndarray:
    """(S, S, 3), as Pillow has it."""
    pixels, _ = decode(path, size=size, crop=crop)
    assert pixels.dtype == np.uint8 and pixels.shape == (3, size, size)
    return pixels.transpose(1, 2, 0)


def kept(path: Path, image: Image.Image, **options) -> np.ndarray:
    image.save(path, **options)
    return decoded(path)


def in_grey(values: np.ndarray) -> np.ndarray:
    return np.repeat(values[:, :, None], 3, axis=2)


EXACT = {
    "RGB": (Image.fromarray(COLOUR), "png", COLOUR),
    "grey": (Image.fromarray(GREY), "png", in_grey(GREY)),
    "two colours": (Image.fromarray(GREY > 99), "png", in_grey(np.where(GREY > 99, 255, 0))),
    "palette": (Image.fromarray(GREY).quantize(256), "png", in_grey(GREY)),
    "grey of 16 bits in PNG": (Image.fromarray(GREY.astype(np.uint16) * 257), "png", in_grey(GREY)),
    "grey of 16 bits in TIFF": (Image.fromarray(GREY.astype(np.uint16) * 257), "tiff", in_grey(GREY)),
    "grey of 32 bits up to 65535": (Image.fromarray(GREY.astype(np.int32) * 257), "tiff", in_grey(GREY)),
    "real numbers up to 1": (Image.fromarray(GREY.astype(np.float32) / 255), "tiff", in_grey(GREY)),
    "real numbers up to 255": (Image.fromarray(GREY.astype(np.float32)), "tiff", in_grey(GREY)),
    "real numbers without a bound": (Image.fromarray(np.full((16, 16), np.inf, np.float32)), "tiff", 255),
    "lossless WebP": (Image.fromarray(COLOUR), "webp", COLOUR),
    "BMP": (Image.fromarray(COLOUR), "bmp", COLOUR),
    "PPM": (Image.fromarray(COLOUR), "ppm", COLOUR),
}


@pytest.mark.parametrize(("image", "suffix", "expected"), EXACT.values(), ids=EXACT.keys())
def test_a_picture_of_the_right_size_keeps_its_pixels(tmp_path: Path, image: Image.Image, suffix: str, expected):
    options = {"lossless": True} if suffix == "webp" else {}
    np.testing.assert_array_equal(kept(tmp_path / f"picture.{suffix}", image, **options), expected)


def test_a_colour_png_of_16_bits_is_scaled(tmp_path: Path):
    deep = COLOUR.astype(">u2") * 256 + 77
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in deep)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 16, 2, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    (tmp_path / "deep.png").write_bytes(content)
    np.testing.assert_array_equal(decoded(tmp_path / "deep.png"), COLOUR)


@pytest.mark.parametrize("kind", [b"zTXt", b"tEXt", b"iTXt", b"eXIf", b"iCCP", b"pHYs", b"tIME"])
def test_a_png_with_broken_words_beside_the_picture_is_read(tmp_path: Path, kind: bytes):
    file = tmp_path / "picture.png"
    Image.fromarray(COLOUR).save(file)
    content = file.read_bytes()
    words = b"Comment\0\0junk"
    for checksum in (0, zlib.crc32(kind + words)):
        chunk = struct.pack(">I4s", len(words), kind) + words + struct.pack(">I", checksum)
        file.write_bytes(content[:33] + chunk + content[33:])
        np.testing.assert_array_equal(decoded(file), COLOUR)


def test_a_png_that_ends_within_a_chunk_is_not_read(tmp_path: Path):
    file = tmp_path / "picture.png"
    Image.fromarray(COLOUR).save(file)
    content = file.read_bytes()
    for length in (8, 12, 20, 33, 45):
        file.write_bytes(content[:length])
        with pytest.raises(UnreadableError):
            decoded(file)


def test_real_numbers_below_0_are_kept(tmp_path: Path):
    values = np.linspace(-2, 3, 256, dtype=np.float32).reshape(16, 16)
    values[0, 1] = np.nan
    seen = kept(tmp_path / "picture.tif", Image.fromarray(values))[:, :, 0]
    assert seen[0, 0] == 0 and seen[0, 1] == 0 and seen[-1, -1] == 255 and abs(int(seen[8, 0]) - 128) <= 1


def test_a_dark_picture_stays_dark_beside_a_bright_one(tmp_path: Path):
    for name, top in (("dark", 1000), ("bright", 4095)):
        Image.fromarray(np.full((16, 16), top, np.uint16)).save(tmp_path / f"{name}.tif")
    limits = {}
    for name in ("dark", "bright"):
        kind, found = grey_limits(tmp_path / f"{name}.tif") or ("", (0, 0))
        limits[kind] = together([found, limits.get(kind, found)])
    assert limits == {"TIFF": (1000, 4095)}
    dark, bright = (
        decode(tmp_path / f"{name}.tif", size=16, crop="centre", limits=limits)[0] for name in ("dark", "bright")
    )
    assert (dark.max(), bright.min()) == (62, 255)


def test_a_grey_png_of_16_bits_is_white_where_it_is_transparent(tmp_path: Path):
    values = np.full((16, 16), 1000, np.uint16)
    values[:8] = 60_000
    image = Image.fromarray(values)
    image.save(tmp_path / "picture.png", transparency=1000)
    seen = decoded(tmp_path / "picture.png")[:, :, 0]
    assert (seen[8:] == 255).all() and (seen[:8] == round(60_000 / 65_535 * 255)).all()


def test_a_pgm_says_itself_what_is_white(tmp_path: Path):
    (tmp_path / "picture.pgm").write_bytes(b"P5 16 16 4095 " + np.full(256, 819, ">u2").tobytes())
    assert (decoded(tmp_path / "picture.pgm") == 51).all()


def test_a_cmyk_jpeg_keeps_its_colours(tmp_path: Path):
    for colour in ((200, 30, 40), (20, 180, 60), (250, 250, 250)):
        image = Image.new("RGB", (16, 16), colour).convert("CMYK")
        got = kept(tmp_path / "print.jpg", image, quality=95)
        assert np.abs(got.astype(int) - colour).max() < 12, colour


def test_of_an_animation_the_first_picture_counts(tmp_path: Path):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    for suffix in ("gif", "webp", "png", "tiff"):
        options = {"lossless": True} if suffix == "webp" else {}
        got = kept(tmp_path / f"film.{suffix}", frames[0], save_all=True, append_images=frames[1:], **options)
        assert (got == (255, 0, 0)).all(), suffix


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white_and_shows_no_hidden_colour(tmp_path: Path, mode: str):
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 32, 64))
    image.convert(mode).save(tmp_path / "half.png")
    got = decoded(tmp_path / "half.png", size=16)
    assert (got[:, :7] == 0).all() and (got[:, 9:] == 255).all()


def test_half_transparent_is_half_white(tmp_path: Path):
    got = kept(tmp_path / "half.png", Image.new("RGBA", (16, 16), (255, 0, 0, 128)))
    assert np.abs(got.astype(int) - (255, 127, 127)).max() <= 1


@pytest.mark.parametrize("image", [Image.fromarray(COLOUR), Image.fromarray(GREY)], ids=["RGB", "grey"])
def test_a_colour_that_counts_as_transparent_is_white(tmp_path: Path, image: Image.Image):
    colour = image.getpixel((3, 2))
    got = kept(tmp_path / "keyed.png", image, transparency=colour)
    assert (got[2, 3] == 255).all()
    np.testing.assert_array_equal(got[5], np.asarray(image.convert("RGB"))[5])


@pytest.mark.parametrize("crop", ["centre", "letterbox"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_exif_data_say(tmp_path: Path, orientation: int, crop: CropName):
    image = Image.fromarray(noise(1, width=40, height=24))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "turned.png", exif=exif)
    with Image.open(tmp_path / "turned.png") as turned:
        ImageOps.exif_transpose(turned).save(tmp_path / "upright.png", exif=None)
    size = 24 if crop == "centre" else 40  # nothing is to be resized, so that all pixels stay
    got, expected = (decoded(tmp_path / f"{name}.png", size=size, crop=crop) for name in ("turned", "upright"))
    np.testing.assert_array_equal(got, expected)


def stripes(width: int, height: int, *, across: bool) -> Image.Image:
    image = Image.new("RGB", (width, height), "red")
    box = (width // 3, 0, 2 * width // 3, height) if across else (0, height // 3, width, 2 * height // 3)
    image.paste((0, 255, 0), box)
    return image


@pytest.mark.parametrize(("width", "height"), [(96, 32), (32, 96), (48, 16), (600, 200)])
def test_the_centre_is_the_largest_square_in_the_middle(tmp_path: Path, width: int, height: int):
    got = kept(tmp_path / "wide.png", stripes(width, height, across=width > height))
    assert (got == (0, 255, 0)).all()


def test_a_letterbox_shows_all_on_white(tmp_path: Path):
    stripes(90, 30, across=True).save(tmp_path / "wide.png")
    got = decoded(tmp_path / "wide.png", size=30, crop="letterbox")
    assert (got[:10] == 255).all() and (got[20:] == 255).all()
    assert (got[11:19, 1:8] == (255, 0, 0)).all() and (got[11:19, 12:18] == (0, 255, 0)).all()


@pytest.mark.parametrize("crop", ["centre", "letterbox"])
@pytest.mark.parametrize("sides", [(1, 1), (1, 4000), (4000, 1), (3, 2)])
def test_the_smallest_pictures_are_enlarged(tmp_path: Path, crop: CropName, sides: tuple[int, int]):
    Image.new("RGB", sides, (10, 20, 30)).save(tmp_path / "small.png")
    got = decoded(tmp_path / "small.png", crop=crop)
    shown = (got == (10, 20, 30)).all(axis=2)
    assert shown.all() if crop == "centre" or sides == (1, 1) else shown.sum() >= 16


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_shrinking_averages_rather_than_picks(tmp_path: Path, suffix: str):
    board = np.indices((1000, 1000)).sum(axis=0) % 2 * 255
    Image.fromarray(board.astype(np.uint8)).save(tmp_path / f"board.{suffix}")
    got = decoded(tmp_path / f"board.{suffix}")
    assert np.abs(got.astype(int) - 127).max() <= 2


def test_a_large_jpeg_that_is_decoded_small_looks_like_the_whole(tmp_path: Path):
    slope = np.linspace(0, 255, 1600).astype(np.uint8)
    Image.fromarray(np.stack([np.tile(slope, (1200, 1))] * 3, axis=2)).save(tmp_path / "photo.jpg", quality=95)
    got = decoded(tmp_path / "photo.jpg", size=64)[:, :, 0].astype(float)
    expected = np.interp((np.arange(64) + 0.5) * 1200 / 64 + 200, np.arange(1600), slope)
    assert np.abs(got - expected).max() < 3


def test_more_than_50_million_pixels_are_not_even_read(tmp_path: Path):
    for width, height in ((30_000, 30_000), (10_000, 10_000), (50_000_001, 1)):
        (tmp_path / "huge.png").write_bytes(png_that_claims(width, height))
        with quiet_pillow(), pytest.raises(UnreadableError, match="at most 50 million are read"):
            decode(tmp_path / "huge.png", size=16, crop="centre")


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "webp", "tiff", "ppm", "avif"])
def test_whatever_is_broken_in_a_file_it_is_a_picture_or_unreadable(tmp_path: Path, kind: str):
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise(0)).save(buffer, kind, **({} if kind in ("bmp", "gif", "ppm") else {"exif": exif}))
    rng = np.random.default_rng(0)
    path, reasons = tmp_path / "broken", []
    for _ in range(60):
        content = np.frombuffer(buffer.getvalue(), np.uint8).copy()
        places = rng.integers(0, min(len(content), rng.choice([40, 400, len(content)])), rng.integers(1, 4))
        content[places] = rng.integers(0, 256, len(places))
        path.write_bytes(content.tobytes()[: rng.integers(1, len(content)) if rng.random() < 0.2 else None])
        try:
            with quiet_pillow():
                decode(path, size=16, crop="letterbox")
        except UnreadableError as error:
            reasons.append(str(error))
    assert reasons and not any("\n" in reason for reason in reasons)
