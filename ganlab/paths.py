"""Paths as a user gives them, and names of files as text for the screen."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ganlab.errors import ConfigError

_WORDS = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
if os.sep != "\\":
    _WORDS["\\"] = "\\\\"  # so that what is written for a tab cannot be a name of its own
_LETTERS = {word: letter for letter, word in _WORDS.items()}
_BYTES = range(0xDC80, 0xDD00)  # how Python keeps a byte that is no text, PEP 383
_WRITTEN = re.compile(r"\\(?:[\\tnr]|x[89a-f][0-9a-f]|u[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4})")


def given_path(text: str, what: str) -> Path:
    """The path that a user has given, ~ being their home. what: the option or box, for the refusal.

    Raises ConfigError: nothing is given, which is not to mean the current folder.
    """
    if not text.strip():
        raise ConfigError(f"{what} must be a path, got {text!r}: name a file or folder, . for the current one")
    return Path(os.path.expanduser(text))


def path_from(variable: str) -> Path | None:
    """The path in an environment variable; None where it is absent or empty, which mean the same."""
    text = os.environ.get(variable, "")
    return given_path(text, variable) if text.strip() else None


def printable(name: str) -> str:
    r"""A name for the screen, another one for every name: tab is \t, the byte 0x83 where it is no text \x83.

    A backslash is doubled, but on Windows, where it stands between folders.
    """
    if name.isprintable() and "\\" not in name:
        return name
    return "".join(map(_written, name))


def real_name(shown: str) -> str:
    """The name that `printable` shows so."""
    return _WRITTEN.sub(lambda found: _read(found[0]), shown)


def _written(letter: str) -> str:
    code = ord(letter)
    if letter in _WORDS:
        return _WORDS[letter]
    if letter.isprintable():
        return letter
    if code in _BYTES:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"


def _read(written: str) -> str:
    if written in _LETTERS:
        return _LETTERS[written]
    code = int(written[2:], 16)
    return chr(code + 0xDC00 if written[1] == "x" else code)
