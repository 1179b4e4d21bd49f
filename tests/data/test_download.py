"""Against a server on this machine: no test needs the internet."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import struct
import tarfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from serving import Server

from ganlab.data import DATASETS, cifar10, load_dataset
from ganlab.data.download import Exactly, fetch
from ganlab.data.mnist import FILE_NAMES, KMNIST
from ganlab.errors import DataError

BODY = bytes(range(256)) * 1024  # 256 KiB: several pieces
MD5 = hashlib.md5(BODY).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where downloads go, with nothing else in it."""
    path = tmp_path / "data"
    path.mkdir()
    return path


class Heard:
    """A `progress` that remembers."""

    def __init__(self) -> None:
        self.labels: list[str] = []
        self.fractions: list[float | None] = []

    def __call__(self, label: str, fraction: float | None) -> None:
        self.labels.append(label)
        self.fractions.append(fraction)


def names_in(folder: Path) -> set[str]:
    """What is in a folder, without the lock."""
    return {path.name for path in folder.iterdir()} - {".download.lock"}


def get(mirrors: list[str], folder: Path, heard: Heard | None = None, md5: str = MD5) -> Path:
    return fetch({"a.gz": md5}, mirrors=mirrors, folder=folder, progress=heard or Heard())[0]


def test_a_download_reports_its_share_up_to_one(server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    server.files["/one/a.gz"] = BODY
    heard = Heard()
    path = get([server.url("one")], tmp_path / "new" / "folder", heard)
    assert path == tmp_path / "new" / "folder" / "a.gz" and path.read_bytes() == BODY
    known = [fraction for fraction in heard.fractions if fraction is not None]
    assert known == sorted(known) and known[0] <= 0.5 and known[-1] == 1.0
    assert set(heard.labels) == {"Downloading a.gz"}
    assert capfd.readouterr() == ("", "")


def test_an_unknown_length_is_reported_as_such(server: Server, tmp_path: Path):
    server.files["/one/a.gz"] = BODY
    server.says_length = False
    heard = Heard()
    assert get([server.url("one")], tmp_path, heard).read_bytes() == BODY
    assert set(heard.fractions) == {None}


def test_what_is_there_is_not_downloaded_again(server: Server, tmp_path: Path):
    server.files["/one/a.gz"] = BODY
    for _ in range(2):
        get([server.url("one")], tmp_path)
    assert server.requests == ["/one/a.gz"]


def test_the_second_mirror_stands_in_for_the_first(server: Server, tmp_path: Path):
    server.files["/two/a.gz"] = BODY
    assert get([server.url("one"), server.url("two")], tmp_path).read_bytes() == BODY
    assert server.requests == ["/one/a.gz", "/two/a.gz"]


def test_the_second_mirror_stands_in_for_one_with_a_wrong_file(server: Server, tmp_path: Path):
    server.files |= {"/one/a.gz": b"<html>Log in to this network</html>", "/two/a.gz": BODY}
    assert get([server.url("one"), server.url("two")], tmp_path).read_bytes() == BODY


def test_a_wrong_file_from_the_server_is_not_kept(server: Server, tmp_path: Path):
    server.files["/one/a.gz"] = BODY[:-1]
    with pytest.raises(DataError, match="wrong checksum"):
        get([server.url("one")], tmp_path / "data")
    assert names_in(tmp_path / "data") == set()


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_connection_that_breaks_off_is_gone_on_with(server: Server, folder: Path, knows_ranges: bool):
    server.files["/one/a.gz"] = BODY
    server.breaks_off, server.knows_ranges = True, knows_ranges
    with pytest.raises(DataError, match="the connection broke off"):
        get([server.url("one")], folder)
    assert names_in(folder) == {".a.gz.part"}
    server.breaks_off = False
    heard = Heard()
    assert get([server.url("one")], folder, heard).read_bytes() == BODY
    assert names_in(folder) == {"a.gz"}
    assert server.sent == [len(BODY) // 2, len(BODY) // 2 if knows_ranges else len(BODY)]
    known = [fraction for fraction in heard.fractions if fraction is not None]
    assert known == sorted(known) and known[-1] == 1.0 and (known[0] > 0.5) == knows_ranges


def test_the_second_mirror_goes_on_where_the_first_broke_off(server: Server, folder: Path):
    server.files |= {"/one/a.gz": BODY, "/two/a.gz": BODY}
    server.breaks_off = True
    with pytest.raises(DataError):
        get([server.url("one"), server.url("two")], folder)
    assert (folder / ".a.gz.part").stat().st_size == len(BODY) * 3 // 4


@pytest.mark.parametrize(
    "left",
    [b"<html>Log in to this network</html>", BODY[:-1] + b"?", BODY, BODY + b"more"],
    ids=["another file", "the same length", "all of it", "too long"],
)
def test_a_part_that_is_of_no_use_is_not_mistaken_for_the_file(server: Server, folder: Path, left: bytes):
    server.files["/one/a.gz"] = BODY
    (folder / ".a.gz.part").write_bytes(left)
    assert get([server.url("one")], folder).read_bytes() == BODY
    assert names_in(folder) == {"a.gz"}


def test_a_download_given_up_half_way_is_gone_on_with(server: Server, folder: Path):
    class GivenUpError(Exception):
        pass

    def give_up(label: str, fraction: float | None) -> None:
        if fraction:
            raise GivenUpError

    server.files["/one/a.gz"] = BODY
    with pytest.raises(GivenUpError):
        fetch({"a.gz": MD5}, mirrors=[server.url("one")], folder=folder, progress=give_up)
    assert names_in(folder) == {".a.gz.part"}
    assert get([server.url("one")], folder).read_bytes() == BODY


def test_two_at_once_download_it_once(server: Server, folder: Path):
    server.files["/one/a.gz"] = BODY
    waited = threading.Event()
    lock = FileLock(folder / ".download.lock")
    lock.acquire()

    def progress(label: str, fraction: float | None) -> None:
        if label == "Waiting for another download":
            waited.set()

    def second() -> None:
        fetch({"a.gz": MD5}, mirrors=[server.url("one")], folder=folder, progress=progress)

    thread = threading.Thread(target=second)
    thread.start()
    assert waited.wait(10)
    (folder / "a.gz").write_bytes(BODY)  # what the first was at
    lock.release()
    thread.join(10)
    assert not thread.is_alive() and server.requests == []


def exactly(body: bytes) -> Exactly:
    return Exactly(hashlib.sha256(body).hexdigest(), len(body))


def get_exactly(wanted: Exactly, mirrors: list[str], folder: Path) -> Path:
    return fetch({"a.gz": wanted}, mirrors=mirrors, folder=folder, progress=Heard())[0]


def test_a_file_can_be_known_by_size_and_sha256_and_have_a_whole_address(server: Server, folder: Path):
    server.files["/one/of-another-name"] = BODY
    assert get_exactly(exactly(BODY), [server.url("one") + "of-another-name"], folder).read_bytes() == BODY
    assert get_exactly(exactly(BODY), [], folder).read_bytes() == BODY, "it is here"


@pytest.mark.parametrize(("sent", "fault"), [(BODY[:-1] + b"?", "wrong checksum"), (BODY + b"?", "wrong size")])
def test_what_is_not_exactly_that_is_refused_be_it_sent_or_here(server: Server, folder: Path, sent: bytes, fault: str):
    server.files["/one/a.gz"] = sent
    with pytest.raises(DataError, match=f"127.0.0.1: it sent a file with the {fault}"):
        get_exactly(exactly(BODY), [server.url("one")], folder)
    assert names_in(folder) == set()
    (folder / "a.gz").write_bytes(sent)
    with pytest.raises(DataError, match=f"has the {fault}") as caught:
        get_exactly(exactly(BODY), [server.url("one")], folder)
    number = f"instead of {len(BODY):,}" if fault == "wrong size" else f"instead of {exactly(BODY).sha256}"
    assert number in str(caught.value) and (folder / "a.gz").read_bytes() == sent


def test_a_file_of_the_user_is_reported_and_never_touched(server: Server, tmp_path: Path):
    server.files["/one/a.gz"] = BODY
    (tmp_path / "a.gz").write_bytes(b"mine")
    with pytest.raises(DataError, match="wrong checksum") as caught:
        get([server.url("one")], tmp_path)
    message = str(caught.value)
    assert str(tmp_path / "a.gz") in message and MD5 in message and hashlib.md5(b"mine").hexdigest() in message
    assert (tmp_path / "a.gz").read_bytes() == b"mine" and server.requests == []


def test_without_a_network_the_sentence_says_what_to_put_where(closed_url: str, tmp_path: Path):
    with pytest.raises(DataError, match="could not be reached") as caught:
        fetch({"a.gz": MD5, "b.gz": MD5}, mirrors=[closed_url] * 2, folder=tmp_path, progress=Heard())
    message = str(caught.value)
    assert f"put a.gz and b.gz into {tmp_path}" in message
    assert "\n" not in message and "object at 0x" not in message


def test_a_folder_that_cannot_be_written_is_named(server: Server, tmp_path: Path):
    server.files["/one/a.gz"] = BODY
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot be (written|read)") as caught:
        get([server.url("one")], tmp_path / "file")
    assert str(tmp_path / "file") in str(caught.value)


def test_a_dataset_comes_from_its_second_mirror_and_is_then_here(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    images = gzip.compress(struct.pack(">HBB3I", 0, 8, 3, 2, 28, 28) + bytes(range(224)) * 7)
    labels = gzip.compress(struct.pack(">HBBI", 0, 8, 1, 2) + bytes([7, 2]))
    server.files |= {f"/two/{name}": body for name, body in zip(FILE_NAMES["test"], (images, labels), strict=True)}
    md5s: tuple[str, str] = (hashlib.md5(images).hexdigest(), hashlib.md5(labels).hexdigest())
    source = replace(KMNIST, md5s={"test": md5s}, mirrors=(server.url("one"), server.url("two")))
    monkeypatch.setitem(DATASETS, "kmnist", replace(DATASETS["kmnist"], load=source.load))

    heard = Heard()
    dataset = load_dataset("kmnist", split="test", data_dir=folder, progress=heard)
    assert dataset.labels is not None and dataset.labels.tolist() == [7, 2]
    assert dataset.examples.flatten()[:224].tolist() == list(range(224))
    assert "Downloading t10k-images-idx3-ubyte.gz" in heard.labels
    assert names_in(folder / "kmnist") == set(FILE_NAMES["test"])
    assert len(DATASETS["kmnist"].missing(folder)) == 2  # those of the other split


def test_a_broken_download_of_an_archive_is_gone_on_with_by_loading_again(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    records = b"".join(bytes([6]) + random.Random(number).randbytes(3072) for number in range(100))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("cifar-10-batches-bin/test_batch.bin")
        member.size = len(records)
        archive.addfile(member, io.BytesIO(records))
    server.files[f"/one/{cifar10.ARCHIVE}"] = packed.getvalue()
    server.breaks_off = True
    monkeypatch.setattr(cifar10, "MIRRORS", (server.url("one"),))
    monkeypatch.setattr(cifar10, "MD5", hashlib.md5(packed.getvalue()).hexdigest())
    with pytest.raises(DataError, match=f"put {cifar10.ARCHIVE} into {folder / 'cifar10'} yourself"):
        load_dataset("cifar10", split="test", data_dir=folder)
    assert DATASETS["cifar10"].missing(folder)
    server.breaks_off = False
    dataset = load_dataset("cifar10", split="test", data_dir=folder)
    assert dataset.labels is not None and dataset.class_names[dataset.labels[0]] == "frog"
    assert sum(server.sent) - len(packed.getvalue()) < 1 << 16  # of the first try all but its last piece was kept
