"""Files from the internet: where they are kept, and how they get there whole or not at all.

A download that was broken off is gone on with by trying again, since some are of gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ganlab.data.dataset import Progress
from ganlab.errors import DataError
from ganlab.locks import Lock
from ganlab.paths import path_from

if TYPE_CHECKING:
    import requests
    from requests import Response

_TIMEOUTS_S = (10, 30)  # to connect, and between two pieces of the answer
_CHUNK_BYTES = 1 << 16
_LONG_TO_CHECK_BYTES = 100_000_000


def data_dir() -> Path:
    """Where datasets are kept: $GANLAB_DATA, else ganlab's folder in the user's cache. It need not exist yet."""
    if chosen := path_from("GANLAB_DATA"):
        return chosen
    import pooch

    return Path(pooch.os_cache("ganlab"))


@dataclass(frozen=True)
class Exactly:
    """What a file has to be. sha256: in hex; size: in bytes."""

    sha256: str
    size: int


def fetch(
    files: Mapping[str, str | Exactly], *, mirrors: Sequence[str], folder: Path, progress: Progress
) -> list[Path]:
    """Paths in `folder` of the named files, each downloaded if absent, in the order given.

    files: name → MD5 in hex, or what it is exactly; mirrors: addresses, tried in order, to which a name is appended
    where they end in "/".
    A file appears under its name only when whole and right. A download that is broken off leaves a hidden part, with
    which the next try goes on. Files that are already there are checked and never changed.
    Raises DataError: a file that is there has another checksum or size; no mirror gave the file; the folder cannot be
    written.
    """
    paths = [folder / name for name in files]
    for path in paths:
        if path.exists():
            _check(path, files[path.name], progress)
    missing = [path for path in paths if not path.exists()]
    for done, path in enumerate(missing):
        try:
            with _alone(folder, progress):
                if not path.exists():  # it may have come while another's download was waited for
                    _download(path, files[path.name], mirrors, progress)
        except _NoMirrorError as error:
            names = " and ".join(left.name for left in missing[done:])
            raise DataError(
                f"could not download {path.name} ({error}): check the network and try again, "
                f"or put {names} into {folder} yourself"
            ) from None
        except OSError as error:
            raise DataError(
                f"{path} cannot be written ({error.strerror}): make room or rights there, "
                "or name another folder in GANLAB_DATA"
            ) from None
    return paths


class _NoMirrorError(Exception):
    """No mirror gave the file; the text is the reason of the last one, in a few words."""


def _check(path: Path, wanted: str | Exactly, progress: Progress) -> None:
    try:
        if path.stat().st_size > _LONG_TO_CHECK_BYTES:
            progress(f"Checking {path.name}", None)
        fault = _fault(path, wanted)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check that it is a file of yours") from None
    if fault:
        raise DataError(f"{path} has {fault}: delete it so that it is downloaded again")


def _fault(path: Path, wanted: str | Exactly) -> str:
    """What a file has that is not as wanted, or "". Raises OSError."""
    import pooch

    if isinstance(wanted, Exactly) and (size := path.stat().st_size) != wanted.size:
        return f"the wrong size ({size:,} bytes instead of {wanted.size:,})"
    name, right = ("SHA-256", wanted.sha256) if isinstance(wanted, Exactly) else ("MD5", wanted)
    found = pooch.file_hash(str(path), alg=name.lower().replace("-", ""))
    return "" if found == right else f"the wrong checksum ({name} {found} instead of {right})"


@contextmanager
def _alone(folder: Path, progress: Progress) -> Iterator[None]:
    """No other process or thread downloads into the folder meanwhile: two would write into one part."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = Lock(folder / ".download.lock")
    while not lock.acquire(1):
        progress("Waiting for another download", None)
    try:
        yield
    finally:
        lock.release()


def _download(path: Path, wanted: str | Exactly, mirrors: Sequence[str], progress: Progress) -> None:
    """Fetch one file from the first mirror that has it. Raises _NoMirrorError; OSError if it cannot be written."""
    import requests

    part = path.with_name(f".{path.name}.part")
    reason = "no address to try"
    for mirror in mirrors:
        again = True
        while again:
            # A part may be of another file (a page to log in on, say), which shows only at its end: then from 0 again.
            again = part.exists()
            try:
                address = mirror + path.name if mirror.endswith("/") else mirror
                _transfer(address, part, _Bar(f"Downloading {path.name}", progress))
                fault = _fault(part, wanted)
                if not fault:
                    part.replace(path)
                    return
                reason = f"{urlsplit(mirror).hostname}: it sent a file with {fault.partition(' (')[0]}"
                part.unlink()
            except requests.RequestException as error:
                reason = f"{urlsplit(mirror).hostname}: {_in_short(error)}"
                if not _says_part_is_too_long(error):
                    break
                part.unlink()
    raise _NoMirrorError(reason)


def _transfer(url: str, part: Path, bar: _Bar) -> None:
    """Append to a part what it lacks, or all of it where the server does not begin in the middle."""
    import pooch

    with part.open("ab") as file:
        here = file.tell()

        def begin(response: Response, **_: object) -> None:
            if response.status_code == 200 and here:
                file.truncate(0)
            bar.begin(here if response.status_code == 206 else 0)

        bar.begin(here)
        # identity: bytes of the file itself are counted, not of a packed form made for the way.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={here}-"} if here else {})
        # Any, since pooch declares these narrower than what its manual lets one pass.
        options: Any = {"headers": headers, "hooks": {"response": begin}, "timeout": _TIMEOUTS_S}
        pooch.HTTPDownloader(progressbar=cast(Any, bar), chunk_size=_CHUNK_BYTES, **options)(url, cast(Any, file), None)


def _says_part_is_too_long(error: requests.RequestException) -> bool:
    return error.response is not None and error.response.status_code == 416


def _in_short(error: Exception) -> str:
    """A network error in a few words; the text of requests' own runs over nested objects and addresses."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"it answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate was not accepted"
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return "the network or the server could not be reached"
    return type(error).__name__


class _Bar:
    """What pooch expects of a progress bar, turned into calls of `progress`."""

    def __init__(self, label: str, progress: Progress) -> None:
        self.total = 0  # bytes to come; pooch sets it when the answer begins, 0 when the server does not say
        self._label = label
        self._progress = progress
        self._here = self._done = 0

    def begin(self, here: int) -> None:
        """An attempt that has so many bytes already."""
        self._here, self._done, self.total = here, 0, 0
        self._progress(self._label, None)

    def update(self, n: int) -> None:
        self._done += n
        known = self._here + self.total if self.total else None
        self._progress(self._label, known and min((self._here + self._done) / known, 1.0))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass
