"""Writing so that a crash, a kill or a full disk leaves either the old file or the new one, never half of one."""

from __future__ import annotations

import codecs
import errno
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

TEMPORARY_PREFIX = ".writing-"
_BLOCK = 2**16
#: What a system lacks of these is 0: then a link or a pipe is only looked for before it is opened.
_NO_LINK, _NO_WAIT = getattr(os, "O_NOFOLLOW", 0), getattr(os, "O_NONBLOCK", 0)


def write_atomically(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Put `content`, perhaps in parts, at `path`; it is on the disk when this returns. Raises OSError."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY_PREFIX)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` outlast a power cut, where the system allows it."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def plain(path: str, flags: int) -> int:
    """For `open`: no link is followed, and nothing but a file is opened. Raises OSError."""
    if os.path.islink(path):
        raise OSError(errno.ELOOP, "it is a link", path)
    handle = os.open(path, flags | _NO_LINK | _NO_WAIT, 0o644)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no file", path)
    return handle


def read(path: Path) -> bytes:
    """The content of a file that is no link. Raises OSError."""
    with open(path, "rb", opener=plain) as file:
        return file.read()


def read_json(path: Path) -> Any:
    """What a file says; a byte order mark, which some editors put in front, says nothing.

    Raises OSError; orjson.JSONDecodeError, a ValueError.
    """
    return orjson.loads(read(path).removeprefix(codecs.BOM_UTF8))


def append(path: Path, content: bytes) -> None:
    """Add to the end of a file, all or nothing. Raises OSError; then the file is as it was."""
    with open(path, "ab", buffering=0, opener=plain) as file:
        before = file.seek(0, os.SEEK_END)
        try:
            written = 0
            while written < len(content):  # a disk that fills up takes a part
                written += file.write(content[written:])
        except OSError:
            file.truncate(before)
            raise


def drop_torn_line(path: Path) -> None:
    """Cut an unfinished last line off a log, so that the next one starts on a line of its own."""
    if not path.exists():
        return
    with open(path, "rb+", opener=plain) as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:  # from the back, since a log may be long
            begin = max(0, end - _BLOCK)
            file.seek(begin)
            newline = file.read(end - begin).rfind(b"\n")
            if newline >= 0:
                file.truncate(begin + newline + 1)
                return
            end = begin
        file.truncate(0)


def drop_temporaries(folder: Path) -> None:
    """Remove what writes that were killed left behind in a folder and the folders in it."""
    for parent, _, names in os.walk(folder):  # follows no link
        for name in names:
            if name.startswith(TEMPORARY_PREFIX):
                Path(parent, name).unlink(missing_ok=True)
