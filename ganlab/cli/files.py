"""Files that a command writes for the user."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ganlab.errors import ConfigError, GanlabError
from ganlab.paths import given_path


def picture_path(out: str) -> Path:
    """What --out names. Raises ConfigError for anything but a PNG file."""
    if not out.lower().endswith(".png"):
        raise ConfigError(f"--out must end in .png, got {out!r}")
    return given_path(out, "--out")


def write_file(target: Path, content: bytes | Iterable[bytes], *, force: bool, option: str = "--out") -> None:
    """Raises GanlabError when the file is there already or cannot be written. option: which one named it."""
    from ganlab.runs.files import write_atomically

    if target.exists() and not force:
        raise GanlabError(f"{target} exists already: name another file with {option}, or overwrite it with --force")
    try:
        write_atomically(target, content)
    except OSError as error:
        raise GanlabError(f"{target} cannot be written ({error.strerror}): name another file with {option}") from error
