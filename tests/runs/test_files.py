"""Whatever goes wrong while writing, the old file or the new one is there, never half of one."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from ganlab.runs.files import TEMPORARY_PREFIX, drop_temporaries, drop_torn_line, write_atomically


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_file_is_written_and_written_over(tmp_path: Path):
    path = tmp_path / "a.bin"
    for content in (b"first", b"", b"x" * 100_000):
        write_atomically(path, content)
        assert path.read_bytes() == content
    assert names(tmp_path) == ["a.bin"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644, "others may read a run"


@pytest.mark.parametrize("where", ["fdopen", "fsync", "chmod", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_half_way_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, error: BaseException
):
    path = tmp_path / "a.bin"
    write_atomically(path, b"old")

    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(os, where, fail)
        with pytest.raises(type(error)):
            write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.bin"]


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        *((b"", b""), (b"a\nb\n", b"a\nb\n"), (b"a\nb", b"a\n"), (b"torn", b""), (b"a\n\xff", b"a\n"), (b"\n", b"\n")),
        *((b"a\nb\n" + b"x" * count, b"a\nb\n") for count in (2**16 - 1, 2**16, 2**16 + 1, 2**17 - 1, 200_000)),
        (b"x" * 200_000, b""),
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_a_torn_last_line_is_cut_off(tmp_path: Path, content: bytes, kept: bytes):
    path = tmp_path / "log"
    path.write_bytes(content)
    drop_torn_line(path)
    assert path.read_bytes() == kept


def test_a_log_that_is_not_there_is_not_made(tmp_path: Path):
    drop_torn_line(tmp_path / "log")
    assert names(tmp_path) == []


def test_what_killed_writes_left_is_removed_in_every_folder_and_nothing_else(tmp_path: Path):
    (tmp_path / "samples").mkdir()
    for folder in (tmp_path, tmp_path / "samples"):
        (folder / f"{TEMPORARY_PREFIX}abc").write_bytes(b"half")
        (folder / "kept").write_bytes(b"whole")
    drop_temporaries(tmp_path)
    assert names(tmp_path) == names(tmp_path / "samples") == ["kept"]
