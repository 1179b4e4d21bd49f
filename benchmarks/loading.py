"""How long data take to be ready: MNIST from its files, a folder of pictures into the cache, and from there."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks.figures import Figure, Section, at_most, say
from benchmarks.pictures import cache_in, make_pictures

PICTURES, SIDE = 10_000, 32
#: JPEGs of CIFAR-10 in the data directory, if somebody has put them there.
ARCHIVE = "cifar10-jpeg-train.tar.xz"
_LOOKS = 20

_T = TypeVar("_T")

# In a process of its own, so that all that happens once happens each time; what is imported is ready before.
_MNIST = """
import time, torch
from ganlab.data import load_dataset
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.zeros(1, device=device)
begun = time.perf_counter()
load_dataset("mnist").examples.to(device)
if device == "cuda":
    torch.cuda.synchronize()
print(time.perf_counter() - begun)
"""


def measure(*, repeats: int = 5) -> Section:
    """The files are in the system's file cache, as after a download; a disk's own slowness is not in it."""
    figures, notes = [], ["MNIST: 60,000 images and labels, checksums of the files included."]
    if seconds := _mnist(repeats):
        figures.append(Figure("MNIST, gz → device", seconds, "s", at_most(1.5)))
    else:
        notes[0] = "MNIST: not measured, its files are not here (python -m ganlab data fetch mnist)."
    with tempfile.TemporaryDirectory() as place, cache_in(Path(place) / "cache"):
        pictures = Path(place) / "pictures"
        notes.append(f"Pictures: {PICTURES:,} JPEGs of {SIDE}×{SIDE}, {_put_pictures(pictures)}.")
        figures += _folder(pictures, repeats)
    return Section("Loading data", figures, notes)


def _mnist(repeats: int) -> list[float]:
    """Seconds of each load; none where the files are absent."""
    from ganlab.data import DATASETS, data_dir

    if DATASETS["mnist"].missing(data_dir()):
        return []
    say(f"MNIST, {repeats} times")
    command = [sys.executable, "-c", _MNIST]
    return [float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(repeats)]


def _folder(pictures: Path, repeats: int) -> list[Figure]:
    """Preparing into an empty cache, and opening what was prepared."""
    from ganlab.data import load_dataset
    from ganlab.data.folder import forget_prepared, prepare_folder

    preparing: list[float] = []
    for number in range(1, repeats + 1):
        say(f"preparing {PICTURES:,} pictures, {number} of {repeats}")
        seconds, prepared = _timed(lambda: prepare_folder(pictures, size=SIDE, crop="centre", progress=_silent))
        assert prepared.count == PICTURES, prepared.count
        preparing.append(seconds)
        if number < repeats:
            forget_prepared(prepared)
    opening = [_timed(lambda: load_dataset("folder", folder=str(pictures), size=SIDE))[0] for _ in range(_LOOKS)]
    return [
        Figure(f"{PICTURES:,} JPEGs → cache", preparing, "s", at_most(10)),
        Figure("cached folder → open", opening, "s", at_most(0.3, "p95")),
    ]


def _put_pictures(folder: Path) -> str:
    """Fill a folder with as many pictures as are measured, and say which."""
    from ganlab.data import data_dir

    folder.mkdir()
    if (data_dir() / ARCHIVE).exists():
        say(f"unpacking {PICTURES:,} pictures of {ARCHIVE}")
        if _unpack(data_dir() / ARCHIVE, folder) == PICTURES:
            return f"the first of {ARCHIVE}"
    say(f"making {PICTURES:,} pictures")
    make_pictures(folder, PICTURES, SIDE)
    return "made up: smooth colours with noise"


def _unpack(archive: Path, folder: Path) -> int:
    """How many JPEGs there were of those wanted; each is called by its number."""
    count = 0
    with tarfile.open(archive, "r|xz") as packed:
        for member in packed:
            if member.isfile() and member.name.lower().endswith((".jpg", ".jpeg")):
                content = packed.extractfile(member)
                assert content is not None, member.name
                (folder / f"{count:05}.jpg").write_bytes(content.read())
                count += 1
                if count == PICTURES:
                    break
    return count


def _timed(action: Callable[[], _T]) -> tuple[float, _T]:
    begun = time.perf_counter()
    result = action()
    return time.perf_counter() - begun, result


def _silent(label: str, share: float | None) -> None: ...
