from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections import namedtuple
from pathlib import Path

import numpy as np
import orjson
import pytest
import torch
from drawing import silent

from ganlab.data import cache as caches
from ganlab.data.whole import UNFINISHED, alone_in
from ganlab.errors import DataError

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 3, 16, 16), dtype=np.uint8)


def fill_with(images: np.ndarray, index: dict | None = None):
    def fill(writer: caches.Writer) -> dict:
        for begin in range(0, len(images), 3):
            writer.add(images[begin : begin + 3])
        return index or {"labels": None}

    return fill


def make(slot: str = "slot", version: str = "1", *, fill=None, progress=silent) -> caches.Entry:
    return caches.find_or_make(
        slot, version, image=(3, 16, 16), at_most=10, fill=fill or fill_with(IMAGES), progress=progress
    )


def must_not_fill(writer: caches.Writer) -> dict:
    raise AssertionError("it was there already")


def left_in(folder: Path) -> list[str]:
    """Names of all that is in a slot but its lock."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_what_was_written_is_read_back_and_written_once():
    made = make(fill=fill_with(IMAGES, {"labels": [3], "name": "é"}))
    again = make(fill=must_not_fill)
    assert again.index == made.index == {"labels": [3], "name": "é"}
    assert again.shape == IMAGES.shape
    np.testing.assert_array_equal(again.images(), IMAGES)


def test_anybody_can_read_the_file_as_npy():
    np.testing.assert_array_equal(np.load(make().path / "images.npy"), IMAGES)


def test_a_tensor_of_them_may_be_written_to_and_never_changes_the_file():
    entry = make()
    images = torch.from_numpy(entry.images())  # warns, and so fails, where the array is read-only
    images.zero_()
    np.testing.assert_array_equal(entry.images(), IMAGES)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets memory aside for a private mapping")
def test_a_file_larger_than_the_memory_opens():
    entry = make()
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    shape = (2 * memory // (3 * 16 * 16), 3, 16, 16)
    with (entry.path / "images.npy").open("r+b") as file:
        file.write(caches._header(shape))
        file.truncate(128 + int(np.prod(shape)))  # a hole, which takes no room
    images = caches.Entry(entry.path, shape, {}).images()
    assert images.shape == shape and not images[-1].any()


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def say_more(path: Path) -> None:
    stored = orjson.loads(path.read_bytes())
    stored["shape"][0] += 1
    path.write_bytes(orjson.dumps(stored))


DAMAGES = {
    "images cut": ("images.npy", cut),
    "images too long": ("images.npy", lengthen),
    "no byte of images": ("images.npy", empty),
    "images gone": ("images.npy", Path.unlink),
    "index cut": ("index.json", cut),
    "index empty": ("index.json", empty),
    "index gone": ("index.json", Path.unlink),
    "index of other images": ("index.json", say_more),
    "index of no shape": ("index.json", lambda path: path.write_bytes(b"{}")),
    "index of another kind": ("index.json", lambda path: path.write_bytes(b'["shape"]')),
}


@pytest.mark.parametrize(("name", "damage"), DAMAGES.values(), ids=DAMAGES.keys())
def test_what_is_damaged_is_made_anew(name: str, damage):
    entry = make()
    damage(entry.path / name)
    assert caches.find("slot", "1") is None
    np.testing.assert_array_equal(make().images(), IMAGES)


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), InterruptedError("a kind of OSError")])
def test_an_exception_on_the_way_passes_through_and_leaves_nothing(cache: Path, error: BaseException):
    def fill(writer: caches.Writer) -> dict:
        writer.add(IMAGES)
        raise error

    with pytest.raises(type(error)) as caught:
        make(fill=fill)
    assert caught.value is error
    assert left_in(cache / "slot") == []


SCRIPT = """
import os, signal, sys, time
import numpy as np
from ganlab.data import cache

def fill(writer):
    print("filling", flush=True)
    writer.add(np.zeros((5, 3, 16, 16), np.uint8))
    {middle}
    writer.add(np.zeros((2, 3, 16, 16), np.uint8))
    return {{}}

cache.find_or_make("slot", "1", image=(3, 16, 16), at_most=10, fill=fill, progress=lambda *_: None)
print("done")
"""


def start(middle: str) -> subprocess.Popen[str]:
    script = SCRIPT.format(middle=middle)
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)


def test_a_writer_killed_half_way_leaves_nothing_that_counts_and_is_cleaned_up_after(cache: Path):
    with start("os.kill(os.getpid(), signal.SIGKILL)") as process:
        assert process.wait(60) == -signal.SIGKILL
    assert left_in(cache / "slot")[0].startswith(UNFINISHED)
    assert caches.find("slot", "1") is None and caches.entries() == []
    make("another slot")
    assert left_in(cache / "slot") == []
    assert len(make().images()) == 7


def test_two_processes_make_it_once():
    both = [start("time.sleep(0.3)") for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert sorted(said) == ["done\n", "filling\ndone\n"]


def test_waiting_for_another_is_said_and_can_be_ended(cache: Path):
    class EndedError(Exception):
        pass

    def end(label: str, fraction: float | None) -> None:
        assert "Waiting" in label
        raise EndedError

    def hold() -> None:
        with alone_in(cache / "slot", silent):
            held.set()
            over.wait(60)

    held, over = threading.Event(), threading.Event()
    other = threading.Thread(target=hold)
    other.start()
    try:
        assert held.wait(60)
        with pytest.raises(EndedError):
            make(progress=end)
        (cache / "slot" / f"{UNFINISHED}of-the-other").mkdir()
        make("another slot")
        assert left_in(cache / "slot") == [f"{UNFINISHED}of-the-other"]  # it is at work
    finally:
        over.set()
        other.join()


def test_a_full_disk_is_one_sentence_and_leaves_nothing(cache: Path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))  # no file may grow beyond, like on a full disk
    try:
        with pytest.raises(DataError, match=r"cache cannot be written \(File too large\): make room"):
            make()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert left_in(cache / "slot") == []


def test_too_little_room_is_said_before_anything_is_read(monkeypatch: pytest.MonkeyPatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10 * 3 * 16 * 16 - 1))
    with pytest.raises(DataError, match="slot needs 0 MB of room and the disk has 0 MB: make room"):
        make(fill=must_not_fill)


def test_a_cache_that_cannot_be_written_is_named(cache: Path):
    cache.write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"slot cannot be written .*GANLAB_CACHE"):
        make()


def test_a_new_version_replaces_the_old_one(cache: Path):
    old = make(version="1")
    images = torch.from_numpy(old.images())
    make(version="2")
    assert left_in(cache / "slot") == ["2"]
    np.testing.assert_array_equal(images.numpy(), IMAGES)  # who had the old one open keeps it


def test_what_is_forgotten_is_gone(cache: Path):
    entry = make()
    make("other")
    caches.forget(entry.path)
    caches.forget(entry.path)
    assert left_in(cache / "slot") == []
    assert [each.path.parent.name for each in caches.entries()] == ["other"]
    with pytest.raises(DataError, match="cannot be opened"):
        entry.images()


def test_entries_come_newest_first():
    for name, time in (("b", 2), ("c", 3), ("a", 1)):
        os.utime(make(name).path, (time, time))
    assert [entry.path.parent.name for entry in caches.entries()] == ["c", "b", "a"]


def test_the_place_is_the_users_choice_or_a_cache_folder(monkeypatch: pytest.MonkeyPatch, cache: Path):
    assert caches.cache_dir() == cache
    monkeypatch.delenv("GANLAB_CACHE")
    assert caches.cache_dir().name == "ganlab-prepared"
