"""The names in a zip: which encoding they are in, and which paths they mean.

A zip says of a name that it is UTF-8, or it says nothing: then it is in whatever the computer used that made it.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import zlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from zipfile import ZipInfo

#: Encodings that can be chosen, by Python's name.
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp932": "Japanese (Shift-JIS)",
    "euc-kr": "Korean (EUC-KR)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
    "cp866": "Cyrillic (DOS)",
    "cp1251": "Cyrillic (Windows)",
    "cp437": "Western (DOS)",
    "cp1252": "Western (Windows)",
}

MOST_BYTES_OF_A_NAME = 255  # on the file systems of Linux, macOS and Windows
_IS_UTF8 = 0x800
_UNICODE_PATH = 0x7075  # Info-ZIP's extra field
_KANA, _KANJI, _FULL_WIDTH = "\u3041-\u30ff", "\u4e00-\u9fff", "\u3000-\u303f\uff01-\uff5e"
_ASCII = "\x00-\x7f"
_BESIDE_LATIN = re.compile(rf"[A-Za-z][^{_ASCII}]|[^{_ASCII}][A-Za-z]")

#: Tried in this order: an encoding, what all of a name then consists of, and what must be in one of them if such
#: letters stand beside Latin ones. For ö before n is the first byte of 馬 and the second, but two of them in a row
#: come from no Western word.
_GUESSES = (
    ("utf-8", r"[\s\S]*", ""),
    ("cp932", rf"[{_ASCII}{_KANA}{_KANJI}{_FULL_WIDTH}]*", rf"[{_KANA}{_KANJI}]{{2}}"),
    ("euc-kr", rf"[{_ASCII}\uac00-\ud7a3]*", r"[\uac00-\ud7a3]{2}"),
    ("gb2312", rf"[{_ASCII}{_KANJI}{_FULL_WIDTH}]*", rf"[{_KANJI}]{{2}}"),
    ("cp866", rf"[{_ASCII}\u0400-\u045f№]*", "(?!)"),
    ("cp1252", rf"[{_ASCII}\u00c0-\u00ff]*", ""),
)


def guessed(names: Iterable[bytes]) -> str:
    """The encoding that names which do not say are most likely in, one of ENCODINGS; "" where all are ASCII."""
    foreign = [name for name in set(names) if not name.isascii()]
    if not foreign:
        return ""
    found = next((encoding for encoding, *rules in _GUESSES if _fits(foreign, encoding, *rules)), "cp437")
    return {"gb2312": "gb18030"}.get(found, found)


def undeclared(entry: ZipInfo) -> bytes | None:
    """An entry's name as it stands in the zip, where it is not said to be UTF-8."""
    declared = entry.flag_bits & _IS_UTF8 or _unicode_path(entry)
    return None if declared else entry.orig_filename.encode("cp437")


def path_of(entry: ZipInfo, encoding: str) -> str:
    r"""An entry's path, with "/" between folders, where some zips have "\".

    encoding: of a name that does not say; "" for ASCII. Raises UnicodeDecodeError: it is in another one.
    """
    raw = undeclared(entry)
    name = raw.decode(encoding or "ascii") if raw is not None else _unicode_path(entry) or entry.orig_filename
    return name.replace("\\", "/")


def fitting(path: str) -> str:
    """A path whose parts are short enough for a file system: those too long are cut, and stay different."""
    return "/".join(map(_fitting, path.split("/")))


def _fitting(part: str) -> str:
    raw = os.fsencode(part)
    if len(raw) <= MOST_BYTES_OF_A_NAME:
        return part
    ending = PurePosixPath(part).suffix
    ending = ending if len(ending) < 8 else ""
    return f"{raw[:200].decode(errors='ignore')}-{hashlib.sha256(raw).hexdigest()[:8]}{ending}"


def _fits(names: list[bytes], encoding: str, letters: str, proof: str) -> bool:
    try:
        text = [name.decode(encoding) for name in names]
    except UnicodeDecodeError:
        return False
    mixed = any(map(_BESIDE_LATIN.search, text))
    return all(re.fullmatch(letters, name) for name in text) and not (
        mixed and not any(re.search(proof, name) for name in text)
    )


def _unicode_path(entry: ZipInfo) -> str:
    """The name in UTF-8 that some programs write beside the other; "" where there is none for this name."""
    extra = entry.extra
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == _UNICODE_PATH and len(field) > 5 and not entry.flag_bits & _IS_UTF8:
            checksum = int.from_bytes(field[1:5], "little")
            if checksum == zlib.crc32(entry.orig_filename.encode("cp437")):
                return field[5:].decode(errors="replace")
    return ""
