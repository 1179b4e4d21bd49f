"""Frames as a file that can be shown anywhere: GIF, WebP, MP4, a strip as PNG, or a folder of PNGs."""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ganlab.errors import ConfigError, GanlabError
from ganlab.explore.checks import check_whole
from ganlab.pictures import encode, enlarge, make_grid
from ganlab.runs.files import TEMPORARY_PREFIX, write_atomically

FormName = Literal["mp4", "gif", "webp", "png"]
Told = Callable[[float], object]

SMALLEST, LARGEST = 16, 1024  # pixels per side of a frame
MOST_FPS = 60
STRIP_COLUMNS = 16
_PAPER, _INK = 250, 60  # of a caption
_MOST_BYTES = 10**9  # of enlarged frames, which all forms but MP4 hold at once


def film(
    frames: np.ndarray, form: FormName, *, fps: int = 30, size: int = 512, progress: Told = lambda share: None
) -> bytes:
    """The file that shows frames, uint8 (N, H, W, C), each enlarged to a width of `size` pixels without smoothing.

    form: "mp4" (H.264), "gif" (pauses are whole hundredths of a second, so 30 frames a second become 33), "webp"
    (lossless), both played again and again, or "png", a strip of rows of 16. progress: called with the share done.
    Raises ConfigError; GanlabError where there is no ffmpeg or it fails.
    """
    check_whole("fps", fps, 1, MOST_FPS)
    check_whole("size", size, SMALLEST, LARGEST)
    if form not in FORMS:
        raise ConfigError(f"a film cannot be {form!r}: choose one of {', '.join(FORMS)}")
    if form != "mp4" and len(frames) * enlarged(frames[0], size).nbytes > _MOST_BYTES:
        raise ConfigError(
            f"{len(frames)} frames of {size} pixels are too many for {form}: choose mp4, or a smaller size"
        )
    return FORMS[form](frames, fps, size, progress)


def write_film(
    path: Path, frames: np.ndarray, *, fps: int = 30, size: int = 512, progress: Told = lambda share: None
) -> None:
    """`film`, in the form that the file's name ends in, or a folder of frames where it has no ending.

    What stood there is replaced, whole or not at all; a folder must be new. Raises what `film` raises, and OSError.
    """
    if path.suffix:
        form: FormName = path.suffix[1:].lower()  # pyright: ignore[reportAssignmentType]
        write_atomically(path, film(frames, form, fps=fps, size=size, progress=progress))
    else:
        check_whole("size", size, SMALLEST, LARGEST)
        _write_folder(path, frames, size, progress)


def sheet(frames: np.ndarray, *, size: int = 112, columns: int = 0) -> bytes:
    """A PNG of frames (N, H, W, C) row by row, each `size` pixels a side. Raises ConfigError."""
    check_whole("size", size, SMALLEST, LARGEST)
    if len(frames) * size * size * frames.shape[3] > _MOST_BYTES:
        raise ConfigError(f"{len(frames)} pictures of {size} pixels are too many for one PNG: choose a smaller size")
    return encode(make_grid(np.stack([enlarged(frame, size) for frame in frames]), columns=columns or None), "png")


def enlarged(frame: np.ndarray, size: int) -> np.ndarray:
    """(H, W, C) → (size · H / W, size, C), each pixel the nearest one."""
    height, width = frame.shape[:2]
    tall = round(size * height / width)
    return frame[np.arange(tall) * height // tall][:, np.arange(size) * width // size]


def fitted(frame: np.ndarray, size: int) -> np.ndarray:
    """(H, W, C) as wide as `size` allows: enlarged by whole pixels, or made smaller. Raises ConfigError."""
    check_whole("size", size, SMALLEST, LARGEST)
    height, width, channels = frame.shape
    if width <= size:
        return enlarge(frame, size // width)
    picture = Image.fromarray(frame[..., 0] if channels == 1 else frame)
    small = picture.resize((size, max(1, round(size * height / width))), Image.Resampling.LANCZOS)
    return np.asarray(small).reshape(small.height, small.width, channels)


def captioned(frames: Sequence[np.ndarray], words: Sequence[str]) -> np.ndarray:
    """uint8 (N, H', W, 3) of frames (H, W, C) of one shape, each with its words in a band below it."""
    width = frames[0].shape[1]
    letters = max(8, width // 16)
    font = ImageFont.load_default(letters)
    rows = []
    for frame, text in zip(frames, words, strict=True):
        band = Image.new("L", (width, 2 * letters), _PAPER)
        ImageDraw.Draw(band).text((width / 2, letters), text, fill=_INK, font=font, anchor="mm")
        coloured = [np.broadcast_to(part, (*part.shape[:2], 3)) for part in (frame, np.asarray(band)[..., None])]
        rows.append(np.concatenate(coloured))
    return np.stack(rows)


def _pillow(frames: np.ndarray, fps: int, size: int, progress: Told, **options: object) -> bytes:
    buffer = io.BytesIO()
    first, *others = _images(frames, size, progress)
    first.save(buffer, save_all=True, append_images=others, duration=1000 / fps, loop=0, **options)  # pyright: ignore
    return buffer.getvalue()


def _gif(frames: np.ndarray, fps: int, size: int, progress: Told) -> bytes:
    return _pillow(frames, fps, size, progress, format="GIF", disposal=1)


def _webp(frames: np.ndarray, fps: int, size: int, progress: Told) -> bytes:
    return _pillow(frames, fps, size, progress, format="WEBP", lossless=True, method=0, quality=0)


def _strip(frames: np.ndarray, fps: int, size: int, progress: Told) -> bytes:
    content = sheet(frames, size=size, columns=min(len(frames), STRIP_COLUMNS))
    progress(1.0)
    return content


def _mp4(frames: np.ndarray, fps: int, size: int, progress: Told) -> bytes:
    """ffmpeg does the enlarging, so that small frames go through the pipe; an MP4's end needs a file to seek in."""
    count, height, width, channels = frames.shape
    wide, tall = (side + side % 2 for side in (size, round(size * height / width)))  # H.264 asks for even ones
    given = ("-f", "rawvideo", "-pix_fmt", "gray" if channels == 1 else "rgb24", "-s", f"{width}x{height}")
    wanted = ("-vf", f"scale={wide}:{tall}:flags=neighbor", "-pix_fmt", "yuv420p", *_H264)
    with tempfile.TemporaryDirectory() as folder:
        film, said = Path(folder) / "film.mp4", Path(folder) / "said"
        command = [_ffmpeg(), "-loglevel", "error", *given, "-r", f"{fps}", "-i", "-", *wanted, str(film)]
        with said.open("wb") as errors, subprocess.Popen(command, stdin=subprocess.PIPE, stderr=errors) as process:
            assert process.stdin is not None
            with suppress(BrokenPipeError):  # it has said why
                for number, frame in enumerate(frames, 1):
                    process.stdin.write(frame.tobytes())
                    process.stdin.flush()
                    progress(number / count)
        if process.returncode:
            lines = said.read_text(errors="replace").strip().splitlines() or ["it did not say why"]
            raise GanlabError(f"ffmpeg could not write the film ({lines[-1].strip()}): choose .gif or .webp")
        return film.read_bytes()


def _ffmpeg() -> str:
    """Path of imageio-ffmpeg's own program, or of one that is installed. Raises GanlabError."""
    try:
        import imageio_ffmpeg

        return imageio_ffmpeg.get_ffmpeg_exe()
    except (ImportError, RuntimeError):
        raise GanlabError(
            "an MP4 film needs ffmpeg, and there is none on this machine: install it, or choose .gif or .webp"
        ) from None


_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-movflags", "+faststart")

#: (frames, fps, size, progress) → the file.
FORMS: dict[FormName, Callable[[np.ndarray, int, int, Told], bytes]] = {
    "mp4": _mp4,
    "gif": _gif,
    "webp": _webp,
    "png": _strip,
}


def _images(frames: np.ndarray, size: int, progress: Told) -> Iterator[Image.Image]:
    for number, frame in enumerate(frames, 1):
        large = enlarged(frame, size)
        yield Image.fromarray(large[..., 0] if large.shape[2] == 1 else large)
        progress(number / len(frames))


def _write_folder(path: Path, frames: np.ndarray, size: int, progress: Told) -> None:
    if path.exists():
        raise ConfigError(f"{str(path)!r} exists already: name a new folder for the frames")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=TEMPORARY_PREFIX) as folder:
        whole = Path(folder) / "frames"
        whole.mkdir()
        for number, frame in enumerate(frames):
            (whole / f"{number:04d}.png").write_bytes(encode(enlarged(frame, size), "png"))
            progress((number + 1) / len(frames))
        os.rename(whole, path)
