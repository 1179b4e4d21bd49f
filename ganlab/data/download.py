"""Files from the internet: where they are kept, and how they get there whole or not at all."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from ganlab.data.dataset import Progress
from ganlab.errors import DataError

_TIMEOUTS_S = (10, 30)  # to connect, and between two pieces of the answer
_CHUNK_BYTES = 1 << 16


def data_dir() -> Path:
    """Where datasets are kept: $GANLAB_DATA, else ganlab's folder in the user's cache. It need not exist yet."""
    if chosen := os.environ.get("GANLAB_DATA"):
        return Path(chosen).expanduser()
    import pooch

    return Path(pooch.os_cache("ganlab"))


def fetch(files: Mapping[str, str], *, mirrors: Sequence[str], folder: Path, progress: Progress) -> list[Path]:
    """Paths in `folder` of the named files, each downloaded if absent, in the order given.

    files: name → MD5 in hex; mirrors: addresses ending in "/" to which a name is appended, tried in order.
    A file appears under its name only when whole and right: a download that is broken off leaves nothing there.
    Files that are already there are checked and never changed.
    Raises DataError: a file that is there has another checksum; no mirror gave the file; the folder cannot be written.
    """
    paths = [folder / name for name in files]
    for path in paths:
        if path.exists():
            _check(path, files[path.name])
    missing = [path for path in paths if not path.exists()]
    for done, path in enumerate(missing):
        try:
            _download(path, files[path.name], mirrors, progress)
        except _NoMirrorError as error:
            names = " and ".join(left.name for left in missing[done:])
            raise DataError(
                f"could not download {path.name} ({error}): check the network and try again, "
                f"or put {names} into {folder} yourself"
            ) from None
    return paths


class _NoMirrorError(Exception):
    """No mirror gave the file; the text is the reason of the last one, in a few words."""


def _check(path: Path, md5: str) -> None:
    import pooch

    try:
        found = pooch.file_hash(str(path), alg="md5")
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check that it is a file of yours") from None
    if found != md5:
        raise DataError(
            f"{path} has the wrong checksum (MD5 {found} instead of {md5}): delete it so that it is downloaded again"
        )


def _download(path: Path, md5: str, mirrors: Sequence[str], progress: Progress) -> None:
    """Fetch one file from the first mirror that has it. Raises _NoMirrorError; DataError if it cannot be written."""
    import pooch
    import requests

    pooch.get_logger().setLevel(logging.WARNING)  # it would announce each download on stderr
    bar = _Bar(f"Downloading {path.name}", progress)
    # Any, since pooch declares both narrower than what its manual lets one pass.
    downloader: Any = pooch.HTTPDownloader(progressbar=cast(Any, bar), chunk_size=_CHUNK_BYTES, timeout=_TIMEOUTS_S)
    reason = "no address to try"
    for mirror in mirrors:
        bar.begin()
        try:
            # Into a temporary file beside it, which takes the name once its checksum is right.
            pooch.retrieve(mirror + path.name, f"md5:{md5}", fname=path.name, path=path.parent, downloader=downloader)
        except requests.RequestException as error:
            reason = f"{urlsplit(mirror).hostname}: {_in_short(error)}"
        except ValueError:  # pooch's word for a checksum that differs
            reason = f"{urlsplit(mirror).hostname}: it sent a file with the wrong checksum"
        except OSError as error:
            raise DataError(
                f"{path} cannot be written ({error.strerror}): make room or rights there, "
                "or name another folder in GANLAB_DATA"
            ) from None
        else:
            path.chmod(0o644)  # pooch's temporary file is its owner's alone, but the folder may be shared
            return
    raise _NoMirrorError(reason)


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
        self.total = 0  # bytes; pooch sets it when the answer begins, 0 when the server does not say
        self._label = label
        self._progress = progress
        self._done = 0

    def begin(self) -> None:
        """A new attempt."""
        self.total = self._done = 0
        self._progress(self._label, None)

    def update(self, n: int) -> None:
        self._done += n
        self._progress(self._label, min(self._done / self.total, 1.0) if self.total else None)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass
