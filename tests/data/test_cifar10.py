"""CIFAR-10 from archives of a few images each, made here."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlab.data import DATASETS, cifar10, load_dataset
from ganlab.errors import DataError

BATCHES = (*cifar10.MEMBERS["train"], *cifar10.MEMBERS["test"])


def records(count: int, seed: int) -> np.ndarray:
    """Images with labels 0, 1, 2, …"""
    rng = np.random.default_rng(seed)
    found = rng.integers(0, 256, (count, 3073), dtype=np.uint8)
    found[:, 0] = (np.arange(count) + seed) % 10
    return found


CONTENTS = {name: records(4, seed) for seed, name in enumerate(BATCHES)}


def packed(contents: Mapping[str, bytes]) -> bytes:
    """An archive as its author packs it: a folder, and a text file that nobody reads."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        folder = tarfile.TarInfo("cifar-10-batches-bin")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in {"readme.html": b"<html>", **contents}.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


WHOLE = {name: content.tobytes() for name, content in CONTENTS.items()}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "cifar10" / cifar10.ARCHIVE


def load(archive: Path, content: bytes, monkeypatch: pytest.MonkeyPatch, split: str = "train"):
    """As if `content` were what its author published."""
    archive.parent.mkdir(exist_ok=True)
    archive.write_bytes(content)
    monkeypatch.setattr(cifar10, "MD5", hashlib.md5(content).hexdigest())
    monkeypatch.setattr(cifar10, "MIRRORS", ())
    return load_dataset("cifar10", split=split, data_dir=archive.parent.parent)  # pyright: ignore[reportArgumentType]


def test_records_become_images_and_labels_in_order(archive: Path, monkeypatch: pytest.MonkeyPatch):
    data = load(archive, packed(WHOLE), monkeypatch)
    expected = np.concatenate([CONTENTS[name] for name in cifar10.MEMBERS["train"]])
    assert data.examples.shape == (20, 3, 32, 32) and data.class_names[6] == "frog"
    assert data.labels is not None and data.labels.tolist() == expected[:, 0].tolist()
    # The first 1,024 bytes after the label are the red channel, row by row (the format's own description).
    assert data.examples[7, 0, 1, 2] == expected[7, 1 + 32 + 2]
    assert data.examples[7, 2, 31, 31] == expected[7, -1]
    assert {path.name for path in archive.parent.iterdir()} == {cifar10.ARCHIVE}


def test_the_order_in_the_archive_does_not_matter(archive: Path, monkeypatch: pytest.MonkeyPatch):
    usual = load(archive, packed(WHOLE), monkeypatch)
    turned = load(archive, packed(dict(reversed(WHOLE.items()))), monkeypatch)
    assert torch.equal(usual.examples, turned.examples)


def test_the_test_split_is_the_test_batch(archive: Path, monkeypatch: pytest.MonkeyPatch):
    data = load(archive, packed(WHOLE), monkeypatch, split="test")
    assert data.labels is not None and data.labels.tolist() == CONTENTS["test_batch.bin"][:, 0].tolist()


def test_the_test_batch_is_held_out_from_training(archive: Path, monkeypatch: pytest.MonkeyPatch):
    data, test = (load(archive, packed(WHOLE), monkeypatch, split=split) for split in ("train", "test"))
    assert data.held_out is not None and data.held_out_labels is not None and test.labels is not None
    assert torch.equal(data.held_out, test.examples) and torch.equal(data.held_out_labels, test.labels)
    assert test.held_out is None


def changed(name: str, content: bytes) -> bytes:
    return packed(WHOLE | {name: content})


LABEL_10 = b"\x0a" + WHOLE["data_batch_2.bin"][1:]
FAULTS = {
    "a byte missing": (
        changed("data_batch_3.bin", WHOLE["data_batch_3.bin"][:-1]),
        r"data_batch_3\.bin .*12,291 bytes",
    ),
    "an empty file": (changed("data_batch_3.bin", b""), r"data_batch_3\.bin .* 0 bytes"),
    "a label out of range": (changed("data_batch_2.bin", LABEL_10), r"data_batch_2\.bin .* a label 10, outside 0 to 9"),
    "files missing": (
        packed({name: WHOLE[name] for name in BATCHES[1:4]}),
        r"lacks data_batch_1\.bin and data_batch_5\.bin",
    ),
    "an archive cut short": (packed(WHOLE)[:30_000], "not a whole archive"),
    "no archive at all": (b"<html>Log in to this network</html>", "not a whole archive"),
    "nothing": (b"", "not a whole archive"),
}


@pytest.mark.parametrize(("content", "says"), FAULTS.values(), ids=FAULTS.keys())
def test_a_damaged_archive_is_named_with_its_fault_and_the_way_out(
    archive: Path, content: bytes, says: str, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(DataError, match=says) as caught:
        load(archive, content, monkeypatch)
    message = str(caught.value)
    assert str(archive) in message and "delete" in message and "\n" not in message


def test_a_file_that_claims_gigabytes_is_not_unpacked(archive: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cifar10, "_MOST_BYTES", 2 * 3073)
    with pytest.raises(DataError, match=r"data_batch_1\.bin of 12,292 bytes, far more than CIFAR-10 has"):
        load(archive, packed(WHOLE), monkeypatch)


def test_a_folder_or_link_of_that_name_is_no_file(archive: Path, monkeypatch: pytest.MonkeyPatch):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packing:
        link = tarfile.TarInfo("cifar-10-batches-bin/test_batch.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        packing.addfile(link)
    with pytest.raises(DataError, match=r"lacks test_batch\.bin"):
        load(archive, buffer.getvalue(), monkeypatch, split="test")


def test_without_a_network_the_sentence_names_file_and_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cifar10, "MIRRORS", ("http://127.0.0.1:9/",))
    with pytest.raises(DataError, match=f"put {cifar10.ARCHIVE} into {tmp_path / 'cifar10'} yourself"):
        load_dataset("cifar10", data_dir=tmp_path)


def test_the_row_names_the_file_that_is_looked_for(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert DATASETS["cifar10"].missing(tmp_path) == (archive,)
    load(archive, packed(WHOLE), monkeypatch)
    assert DATASETS["cifar10"].missing(tmp_path) == ()
