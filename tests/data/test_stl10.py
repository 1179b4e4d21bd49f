from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlab.data import DATASETS, data_dir, load_dataset, stl10
from ganlab.data.dataset import Dataset
from ganlab.data.pick import resized
from ganlab.errors import DataError

RNG = np.random.default_rng(0)
COUNTS = {"u": 7, "l": 5, "t": 6}  # without labels, with, to test
IMAGES = {name: RNG.integers(0, 256, (count, 3, 96, 96), dtype=np.uint8) for name, count in COUNTS.items()}
LABELS = np.array([1, 2, 10, 4, 5, 1], np.uint8)


def stored(images: np.ndarray) -> bytes:
    """As the archive has them: each channel column by column."""
    return b"".join(channel.tobytes(order="F") for image in images for channel in image)


PARTS = {
    "test_X.bin": stored(IMAGES["t"]),
    "test_y.bin": LABELS.tobytes(),
    "train_X.bin": stored(IMAGES["l"]),
    "unlabeled_X.bin": stored(IMAGES["u"]),
    "train_y.bin": bytes(5),
    "class_names.txt": b"airplane\n",
}


def archive(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as tar:
        for name, content in parts.items():
            member = tarfile.TarInfo(f"stl10_binary/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return file.getvalue()


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put an archive where it would be downloaded to, with counts and checksum to match."""
    monkeypatch.setattr(stl10, "MIRRORS", ())  # there is nothing to download
    monkeypatch.setattr(stl10, "_CHUNK", 2)
    monkeypatch.setattr(stl10, "PARTS", {"train": {"unlabeled_X.bin": 7, "train_X.bin": 5}, "test": {"test_X.bin": 6}})

    def put(content: bytes) -> None:
        (tmp_path / "stl10").mkdir(exist_ok=True)
        (tmp_path / "stl10" / "stl10_binary.tar.gz").write_bytes(content)
        monkeypatch.setattr(stl10, "FILES", {"stl10_binary.tar.gz": hashlib.md5(content).hexdigest()})

    return put


def test_train_is_all_but_the_test_set_upright_and_without_labels(tmp_path: Path, put):
    put(archive(PARTS))
    data = load_dataset("stl10", data_dir=tmp_path)
    assert data.labels is None and data.name == "stl10"
    np.testing.assert_array_equal(data.examples.numpy(), np.concatenate([IMAGES["l"], IMAGES["u"]]))


@pytest.mark.parametrize("order", [list(PARTS), list(PARTS)[::-1]], ids=["labels last", "labels first"])
def test_test_has_its_labels_from_0(tmp_path: Path, put, order: list[str]):
    put(archive({name: PARTS[name] for name in order}))
    data = load_dataset("stl10", data_dir=tmp_path, split="test")
    np.testing.assert_array_equal(data.examples.numpy(), IMAGES["t"])
    assert data.labels is not None and data.labels.tolist() == (LABELS - 1).tolist()
    assert [data.class_names[label] for label in data.labels[:3]] == ["airplane", "bird", "truck"]


def test_another_size_is_resized_on_the_way(tmp_path: Path, put):
    put(archive(PARTS))
    data = load_dataset("stl10", data_dir=tmp_path, split="test", size=48)
    whole = Dataset("stl10", torch.from_numpy(IMAGES["t"]), None, ())
    assert torch.equal(data.examples, resized(whole, 48).examples)


def test_once_prepared_the_archive_is_not_needed(tmp_path: Path, put):
    put(archive(PARTS))
    first = load_dataset("stl10", data_dir=tmp_path)
    (tmp_path / "stl10" / "stl10_binary.tar.gz").unlink()
    again = load_dataset("stl10", data_dir=tmp_path)
    assert torch.equal(again.examples, first.examples)
    assert again.held_out is not None and again.held_out_labels is None
    np.testing.assert_array_equal(again.held_out.numpy(), IMAGES["t"])
    with pytest.raises(DataError, match=r"could not download stl10_binary\.tar\.gz"):
        load_dataset("stl10", data_dir=tmp_path, size=48)


def test_a_test_set_that_cannot_be_read_is_no_reason_not_to_train(tmp_path: Path, put):
    put(archive(PARTS | {"test_y.bin": bytes([1, 2, 3, 11, 4, 5])}))
    data = load_dataset("stl10", data_dir=tmp_path)
    assert len(data) == 12 and data.held_out is None


WHOLE = archive(PARTS)

FAULTS = {
    "cut short": (WHOLE[: len(WHOLE) // 10], "is not a whole archive|ends test_X.bin within"),
    "cut within the header": (WHOLE[:30], "is not a whole archive"),
    "no archive": (b"<!DOCTYPE html><title>404</title>", "is not a whole archive"),
    "nothing": (b"", "is not a whole archive"),
    "noise": (WHOLE[:2000] + bytes(2000) + WHOLE[4000:], "is not a whole archive|ends test_X.bin within|has no test"),
    "one byte missing": (
        archive(PARTS | {"test_X.bin": PARTS["test_X.bin"][:-1]}),
        r"ends test_X\.bin within image 5 of 6",
    ),
    "an image missing": (archive(PARTS | {"test_X.bin": stored(IMAGES["t"][:-1])}), "ends test_X.bin within image 5"),
    "an image too many": (archive(PARTS | {"test_X.bin": stored(IMAGES["u"])}), "has more than 6 images in test_X.bin"),
    "a label missing": (archive(PARTS | {"test_y.bin": LABELS[:-1].tobytes()}), "does not have 6 labels"),
    "a label too many": (archive(PARTS | {"test_y.bin": bytes([1] * 7)}), "does not have 6 labels"),
    "a label 11": (
        archive(PARTS | {"test_y.bin": bytes([1, 2, 3, 11, 4, 5])}),
        "a label 11 in test_y.bin, outside 1 to",
    ),
    "a label 0": (
        archive(PARTS | {"test_y.bin": bytes([1, 2, 3, 0, 4, 5])}),
        "a label 0 in test_y.bin, outside 1 to 10",
    ),
    "no labels": (archive({"test_X.bin": PARTS["test_X.bin"]}), "has no test_y.bin in it"),
    "empty": (archive({}), "has no test_X.bin and no test_y.bin in it"),
}


@pytest.mark.parametrize(("content", "says"), FAULTS.values(), ids=FAULTS.keys())
def test_a_bad_archive_is_one_sentence_and_leaves_nothing(tmp_path: Path, put, cache: Path, content: bytes, says: str):
    put(content)
    with pytest.raises(DataError, match=says) as caught:
        load_dataset("stl10", data_dir=tmp_path, split="test")
    message = str(caught.value)
    assert "stl10_binary.tar.gz" in message and "delete it" in message and "\n" not in message
    assert [path.name for path in cache.rglob("*") if path.is_file()] == [".lock"]


def test_a_part_that_is_a_link_is_no_part(tmp_path: Path, put):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        member = tarfile.TarInfo("stl10_binary/test_X.bin")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    put(file.getvalue())
    with pytest.raises(DataError, match=r"has no test_X\.bin"):
        load_dataset("stl10", data_dir=tmp_path, split="test")


def test_progress_tells_how_far_it_is_and_may_end_it(tmp_path: Path, put, cache: Path):
    class EndedError(Exception):
        pass

    def end(label: str, fraction: float | None) -> None:
        assert fraction is not None and label == "Preparing STL-10 at 96×96"
        if fraction > 0.5:
            raise EndedError

    put(archive(PARTS))
    with pytest.raises(EndedError):
        load_dataset("stl10", data_dir=tmp_path, progress=end)
    assert [path.name for path in cache.rglob("*") if path.is_file()] == [".lock"]


def test_the_table_names_its_file():
    assert DATASETS["stl10"].files == ("stl10/stl10_binary.tar.gz",)
    assert DATASETS["stl10"].count == sum(stl10.PARTS["train"].values())


@pytest.mark.slow
def test_the_official_archive_is_read_as_published():
    if not (data_dir() / "stl10" / "stl10_binary.tar.gz").exists():
        pytest.skip("the official STL-10 archive is not in data_dir()")
    data = load_dataset("stl10", split="test", size=48)
    assert data.labels is not None and data.labels.bincount().tolist() == [800] * 10
