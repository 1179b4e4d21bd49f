from __future__ import annotations

import errno
import io
import os
import re
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from drawing import draw, noise, png_that_claims, silent
from PIL import Image

from ganlab.config import CropName, parse_config
from ganlab.data import Dataset, Split, filling, listing, load_dataset
from ganlab.data.folder import (
    collections,
    forget_prepared,
    names_in,
    prepare_folder,
    prepared_folders,
    resolve_folder,
)
from ganlab.data.listing import Skipped
from ganlab.data.preflight import preflight
from ganlab.errors import DataError
from ganlab.paths import printable, real_name


def load(folder: Path, *, size: int = 24, split: Split = "train") -> Dataset:
    return load_dataset("folder", folder=str(folder), size=size, split=split)


def prepare(folder: Path, *, size: int = 24, crop: CropName = "centre", progress=silent):
    return prepare_folder(folder, size=size, crop=crop, progress=progress)


def colours(data: Dataset) -> set[bytes]:
    return {image.numpy().tobytes() for image in data.examples}


def test_pictures_come_as_they_are_in_the_order_of_their_names(tmp_path: Path):
    data = load(draw(tmp_path / "pictures", 17))
    assert data.labels is None and data.class_names == () and data.name == "folder"
    expected = np.stack([noise(number) for number in [*range(9), *range(10, 17), 9]]).transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(data.examples.numpy(), expected)


def test_nothing_is_written_into_the_folder(tmp_path: Path):
    folder = draw(tmp_path / "pictures", 16)
    before = [(path, path.stat().st_mtime_ns) for path in [folder, *folder.iterdir()]]
    load(folder)
    assert [(path, path.stat().st_mtime_ns) for path in [folder, *folder.iterdir()]] == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "checkpoints", "pictures"]


def test_hidden_files_and_other_kinds_are_ignored(tmp_path: Path):
    folder = draw(tmp_path / "pictures", 16)
    for name in (".hidden.png", "notes.txt", ".trash/0.png", "__MACOSX/0.png", "no-suffix", "archive.zip", "film.mp4"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"something")
    Image.fromarray(noise(99)).save(folder / "CAPITALS.JPG")
    prepared = prepare(folder)
    assert prepared.count == 17 and prepared.skipped == ()


def test_what_is_of_another_kind_is_counted_and_told(tmp_path: Path):
    folder = draw(tmp_path / "pictures", 16)
    for name in ("a.heic", "inner/b.HEIC", "notes.txt", "README", ".hidden.heic"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"something")
    prepared = prepare(folder)
    assert prepared.left_out == ((".heic", 2), (".txt", 1), ("without an ending", 1))
    (told,) = [each for each in preflight(load(folder), batch_size=8, prepared=prepared) if ".heic" in each.sentence]
    assert told.level == "warning" and "2 .heic" in told.sentence


def test_a_file_of_another_kind_is_counted_without_preparing_anew(tmp_path: Path, decoded: list[str]):
    folder = draw(tmp_path / "pictures", 16)
    prepare(folder)
    (folder / "a.heic").write_bytes(b"something")
    again = prepare(folder)
    assert len(decoded) == 16 and again.left_out == ((".heic", 1),)
    assert prepared_folders() == (again,)
    assert len(load(folder)) == 16


def test_a_folder_of_unread_kinds_alone_says_which(tmp_path: Path):
    (tmp_path / "a.heic").write_bytes(b"something")
    with pytest.raises(DataError, match=r"has none \(files of other kinds: 1 \.heic\)"):
        prepare(tmp_path)


# Broken pictures


def not_utf8(folder: Path) -> Path:
    return Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9\n.png"))


def truncated(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(noise(0, width=64, height=64)).save(buffer, kind)
    return buffer.getvalue()[: buffer.tell() // 2]


BROKEN = {
    "a text file named .png": (b"Dear diary", "not a picture"),
    "an empty file": (b"", "not a picture"),
    "a web page": (b"<!DOCTYPE html><html>", "not a picture"),
    "a program for another reader": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
    "a PNG of 30,000×30,000": (png_that_claims(30_000, 30_000), "at most 50 million"),
    "a PNG of 12,000×12,000": (png_that_claims(12_000, 12_000), "at most 50 million"),
    "a PNG of 8,000×7,000": (png_that_claims(8_000, 7_000), "it has 8,000×7,000 pixels, .* at most 50 million"),
    "half a JPEG": (truncated("jpeg"), "ends too early"),
    "half a PNG": (truncated("png"), "ends too early"),
    "half a WebP": (truncated("webp"), "damaged|not a picture|ends too early"),
    "a header without pixels": (png_that_claims(20, 20), "ends too early|damaged"),
}


@pytest.mark.parametrize(("content", "says"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_picture_is_skipped_and_listed_with_the_reason(tmp_path: Path, content: bytes, says: str):
    folder = draw(tmp_path / "pictures", 16)
    (folder / "broken.png").write_bytes(content)
    (skipped,) = prepare(folder).skipped
    assert skipped.name == "broken.png"
    assert re.search(says, skipped.reason), skipped.reason
    assert "\n" not in skipped.reason


def test_links_out_of_the_folder_and_what_is_no_file_are_skipped(tmp_path: Path):
    folder, outside = draw(tmp_path / "pictures", 16), draw(tmp_path / "outside", 2)
    (folder / "a.png").symlink_to(folder / "0003.png")
    (folder / "b.png").symlink_to(outside / "0000.png")
    (folder / "c.png").symlink_to("../outside/0001.png")
    (folder / "d.png").symlink_to("nowhere.png")
    (folder / "e.png").symlink_to("e.png")
    (folder / "f.png").symlink_to(outside)
    (folder / "linked").symlink_to(outside)
    os.mkfifo(folder / "g.png")  # opening it would wait for ever
    prepared = prepare(folder)
    assert prepared.count == 17 and names_in(prepared)[-2] == "a.png"
    assert [(each.name, each.reason.partition(" (")[0]) for each in prepared.skipped] == [
        ("b.png", "a link to something outside the folder"),
        ("c.png", "a link to something outside the folder"),
        ("d.png", "cannot be read"),
        ("e.png", "cannot be read"),
        ("f.png", "a link to a folder, which is not followed"),
        ("g.png", "not a file"),
        ("linked", "a link to a folder, which is not followed"),
    ]


@pytest.mark.skipif(os.name != "posix", reason="names are always text here")
def test_a_name_that_is_no_text_is_fit_for_the_screen(tmp_path: Path):
    folder = draw(tmp_path / "pictures", 16)
    try:
        not_utf8(folder).write_bytes(b"?")
    except OSError:
        pytest.skip("this file system keeps only names that are text")
    assert [each.name for each in prepare(folder).skipped] == [r"caf\xe9\n.png"]


def test_a_picture_that_could_not_be_read_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = draw(tmp_path / "pictures", 17)
    (folder / "broken.png").write_text("text")
    opened, refused = Image.open, [0]

    def no_rights(path: Path, **options):
        if path.name == "0003.png":
            refused[0] += 1
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, **options)

    monkeypatch.setattr(Image, "open", no_rights)
    for prepared in (prepare(folder), prepare(folder)):
        assert (prepared.count, len(prepared.skipped)) == (16, 2)
        assert Skipped("0003.png", "it cannot be read (Permission denied)", passing=True) in prepared.skipped
    assert refused == [3]  # twice to prepare it, once to see whether it is read now
    monkeypatch.setattr(Image, "open", opened)
    assert (prepare(folder).count, len(load(folder))) == (17, 17)
    (skipped,) = prepare(folder).skipped
    assert skipped.name == "broken.png" and not skipped.passing


@pytest.mark.parametrize(("top", "white"), [(4000, 4095), (900, 1023), (60_000, 65_535), (1, 1)])
def test_greys_of_many_bits_have_one_scale_in_a_folder(tmp_path: Path, top: int, white: int):
    for number in range(16):
        values = np.full((16, 16), top * number // 15, np.uint16)
        Image.fromarray(values).save(tmp_path / f"{number:02}.tif")
    prepared = prepare(tmp_path, size=16)
    assert prepared.limits == {"TIFF": (0, top)}
    seen = load(tmp_path, size=16).examples[:, 0, 0, 0].tolist()
    assert sorted(seen) == [round((top * number // 15) / white * 255) for number in range(16)]
    told = [each.sentence for each in preflight(load(tmp_path, size=16), batch_size=8, prepared=prepared)]
    assert any(f"{white:,} is white" in sentence for sentence in told)


def test_a_folder_of_fewer_than_16_usable_pictures_is_refused_with_reasons(tmp_path: Path):
    folder = draw(tmp_path / "pictures", 15)
    for number in range(5):
        (folder / f"x{number}.png").write_text("text")
    with pytest.raises(DataError, match=r"at least 16 .*pictures has only 15 .*\(5 left out, such as x0\.png: not a"):
        prepare(folder)
    assert prepared_folders() == ()
    draw(folder, 1, first=15)
    assert prepare(folder).count == 16


@pytest.mark.parametrize("files", [[], ["notes.txt"], ["text.png"], ["inner/folder/notes.txt"]])
def test_an_empty_folder_is_refused_by_name(tmp_path: Path, files: list[str]):
    folder = tmp_path / "empty one"
    folder.mkdir()
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("text")
    with pytest.raises(DataError, match=r"at least 16 pictures are needed and .*empty one has none") as caught:
        load(folder)
    assert "\n" not in str(caught.value)


def test_too_many_pictures_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = draw(tmp_path / "pictures", 20)
    monkeypatch.setattr(listing, "MOST_ENTRIES", 19)
    with pytest.raises(DataError, match="pictures holds more than 19 files"):
        prepare(folder)
    monkeypatch.setattr(listing, "MOST_ENTRIES", 20)
    monkeypatch.setattr(listing, "MOST_PICTURES", 19)
    with pytest.raises(DataError, match="pictures holds more than 19 pictures"):
        prepare(folder)


@pytest.mark.parametrize("size", [15, 257])
def test_other_sizes_than_16_to_256_are_refused(tmp_path: Path, size: int):
    with pytest.raises(DataError, match=f"16 to 256 pixels a side, got {size}"):
        prepare(draw(tmp_path / "pictures", 16), size=size)


# Classes and splits


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["cat/{}.png", "dog/{}.png"], ["cat", "dog"]),
        (["cat/{}.png", "dog/old/{}.png", "dog/new/{}.png"], ["cat", "dog"]),
        (["all/cat/{}.png", "all/dog/{}.png"], ["cat", "dog"]),
        (["b/{}.png", "a/{}.png", "10/{}.png"], ["10", "a", "b"]),
        (["{}.png", "cat/{}.png", "dog/{}.png"], []),
        (["{}.png"], []),
        (["only/{}.png"], []),
        (["all/{}.png", "all/cat/{}.png"], []),
    ],
)
def test_sub_folders_are_classes_where_all_pictures_lie_in_them(tmp_path: Path, names, classes: list[str]):
    for number in range(18):
        path = tmp_path / "pictures" / names[number % len(names)].format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 9), (100 * (number % len(names)), 0, 0)).save(path)
    data = load(tmp_path / "pictures")
    assert list(data.class_names) == classes
    if not classes:
        assert data.labels is None
        return
    assert data.labels is not None
    for image, label in zip(data.examples, data.labels.tolist(), strict=True):
        made_as = names[int(image[0, 0, 0]) // 100]
        assert classes[label] in made_as.split("/")


def test_classes_are_told_apart_by_their_real_names_and_shown_apart(tmp_path: Path):
    real = [b"\x83\x65\x83\x58", b"\x83\x67\x83\x62", b"a\tb", b"a\nb", b"a\\tb", b"a,b", "é".encode()]
    for name in real:
        try:
            draw(tmp_path / "pictures" / os.fsdecode(name), 4)
        except OSError:
            pytest.skip("this file system keeps only names that are text")
    prepared = prepare(tmp_path / "pictures")
    assert set(prepared.class_counts) == {4} and all(name.isprintable() for name in prepared.class_names)
    shown = [r"\x83e\x83X", r"\x83g\x83b", r"a\tb", r"a\nb", r"a\\tb", "a,b", "é"]
    assert sorted(prepared.class_names) == sorted(shown)
    assert {os.fsencode(real_name(name)) for name in shown} == set(real)
    chosen = parse_config({"classes": r'\x83g\x83b,"a,b"'}).classes
    data = load_dataset("folder", folder=str(tmp_path / "pictures"), size=24, classes=chosen)
    assert data.class_names == (r"\x83g\x83b", "a,b") and len(data) == 8


def test_a_folder_whose_own_path_is_no_text_is_found_by_its_shown_path(tmp_path: Path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\x83\x65\x83\x58"))
    try:
        draw(folder, 16)
    except OSError:
        pytest.skip("this file system keeps only names that are text")
    prepared = prepare(folder)
    assert prepared.folder == folder
    shown = printable(str(prepared.folder))
    assert shown.endswith(r"/\x83e\x83X") and resolve_folder(shown, tmp_path / "data") == folder
    assert len(load_dataset("folder", folder=shown, size=24)) == 16


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["{}.png"], "there are no sub-folders"),
        (["only/{}.png"], "all of them lie in one sub-folder"),
        (["{}.png", "cat/{}.png", "dog/{}.png"], "6 pictures lie beside the sub-folders cat, dog"),
        (["all/{}.png", "all/cat/{}.png"], "9 pictures lie beside the sub-folder cat"),
        (["cat/{}.png", "dog/{}.png"], ""),
    ],
)
def test_why_there_are_no_classes_is_said(tmp_path: Path, names: list[str], why: str):
    for number in range(18):
        path = tmp_path / names[number % len(names)].format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise(number)).save(path)
    assert prepare(tmp_path).why_no_classes == why


def test_a_class_of_which_nothing_can_be_used_is_none(tmp_path: Path):
    for name in "abc":
        draw(tmp_path / "pictures" / name, 8)
    for path in (tmp_path / "pictures" / "b").iterdir():
        path.write_text("text")
    prepared = prepare(tmp_path / "pictures")
    assert prepared.class_names == ("a", "c") and prepared.class_counts == (8, 8) and len(prepared.skipped) == 8
    assert load(tmp_path / "pictures").labels is not None


@pytest.mark.parametrize(("count", "train", "test"), [(199, 199, 0), (200, 180, 20), (205, 185, 20)])
def test_every_tenth_picture_is_held_out_from_200_on(tmp_path: Path, count: int, train: int, test: int):
    for number in range(count):
        draw(tmp_path / "pictures" / "ab"[number % 2], 1, first=number, size=16)
    data = load(tmp_path / "pictures", size=16)
    assert len(data) == train
    if not test:
        assert data.held_out is None
        with pytest.raises(DataError, match=r"pictures has 199 pictures, .* at least 200"):
            load(tmp_path / "pictures", size=16, split="test")
        return
    held_out = load(tmp_path / "pictures", size=16, split="test")
    assert len(held_out) == test and not colours(data) & colours(held_out)
    assert len(colours(data) | colours(held_out)) == count
    assert held_out.labels is not None and set(held_out.labels.tolist()) == {0, 1}
    assert data.held_out is not None and torch.equal(data.held_out, held_out.examples)
    assert data.held_out_labels is not None and torch.equal(data.held_out_labels, held_out.labels)


# The cache


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the pictures that were decoded."""
    names: list[str] = []

    def spy(path: Path, **options):
        names.append(path.name)
        return decode(path, **options)

    decode = filling.decode
    monkeypatch.setattr(filling, "decode", spy)
    return names


def test_a_folder_is_decoded_once_for_each_size_and_crop(tmp_path: Path, decoded: list[str]):
    folder = draw(tmp_path / "pictures", 16)
    first = prepare(folder)
    assert len(decoded) == 16
    assert prepare(folder) == first and len(load(folder)) == 16 and prepare(folder / ".") == first
    assert len(decoded) == 16
    prepare(folder, size=32)
    prepare(folder, crop="letterbox")
    assert len(decoded) == 48
    assert {(each.size, each.crop) for each in prepared_folders()} == {
        (24, "centre"),
        (32, "centre"),
        (24, "letterbox"),
    }


def add(folder: Path) -> None:
    draw(folder, 1, first=50)


def remove(folder: Path) -> None:
    (folder / "0003.png").unlink()


def rename(folder: Path) -> None:
    (folder / "0003.png").rename(folder / "0003b.png")


def rewrite(folder: Path) -> None:
    """Other pixels, the same length, another time."""
    content = (folder / "0003.png").read_bytes()
    os.utime(folder / "0003.png", (5, 5))
    assert (folder / "0003.png").read_bytes() == content


def move(folder: Path) -> None:
    (folder / "class").mkdir()
    (folder / "0003.png").rename(folder / "class" / "0003.png")


@pytest.mark.parametrize("change", [add, remove, rename, rewrite, move])
def test_a_changed_folder_is_prepared_anew_in_place_of_the_old(tmp_path: Path, change, decoded: list[str]):
    folder = draw(tmp_path / "pictures", 20)
    old = prepare(folder)
    change(folder)
    decoded.clear()
    new = prepare(folder)
    assert len(decoded) == new.count and new.path != old.path
    assert prepared_folders() == (new,)


def test_two_folders_of_one_name_do_not_share(tmp_path: Path):
    one, other = draw(tmp_path / "a" / "same", 16), draw(tmp_path / "b" / "same", 16, first=100)
    assert not colours(load(one)) & colours(load(other))


def test_what_was_prepared_can_be_forgotten(tmp_path: Path, decoded: list[str]):
    folder = draw(tmp_path / "pictures", 16)
    forget_prepared(prepare(folder))
    assert prepared_folders() == () and len(list(folder.iterdir())) == 16
    prepare(folder)
    assert len(decoded) == 32


def test_what_was_met_is_kept(tmp_path: Path):
    folder = draw(tmp_path / "pictures", 14, size=40)
    Image.new("RGBA", (10, 50)).save(folder / "a.png")
    Image.new("L", (60, 30)).save(folder / "b.png")
    (folder / "c.png").write_text("text")
    prepared = prepare(folder, size=32)
    assert prepared.modes == {"RGB": 14, "RGBA": 1, "L": 1}
    assert (prepared.count, prepared.transparent, prepared.enlarged) == (16, 1, 2)
    assert (prepared.smallest_side, prepared.median_side) == (10, 40)
    assert prepared.size_bytes > 16 * 3 * 32 * 32 and prepared.folder == folder
    assert prepare(folder, size=32, crop="letterbox").enlarged == 0
    assert sorted(names_in(prepared)) == [*(f"{number:04}.png" for number in range(14)), "a.png", "b.png"]
    assert prepared_folders()[-1] == prepared


class CancelledError(Exception):
    pass


@pytest.mark.parametrize("error", [CancelledError, InterruptedError])
def test_cancelling_leaves_no_cache_and_no_thread(tmp_path: Path, error: type[Exception], cache: Path):
    def cancel(label: str, fraction: float | None) -> None:
        if fraction and fraction > 0.3:
            raise error

    folder = draw(tmp_path / "pictures", 200)
    with pytest.raises(error):
        prepare(folder, progress=cancel)
    assert prepared_folders() == ()
    assert [path.name for path in cache.rglob("*") if path.is_file()] == [".lock"]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ganlab-pictures")]


def test_progress_rises_in_small_steps_to_the_end(tmp_path: Path):
    told: list[float] = []

    def tell(label: str, fraction: float | None) -> None:
        assert "pictures" in label
        if fraction is not None:
            told.append(fraction)

    folder = draw(tmp_path / "pictures", 200)
    (folder / "0000.png").write_text("text")
    prepare(folder, progress=tell)
    assert told == sorted(told) and told[0] == 0 and told[-1] == 1
    assert max(np.diff(told)) < 0.2


# Which folder


def test_a_name_means_a_collection_first_then_a_folder_of_the_data_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("folders/cats", "cats", "flags", "home/mine"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert resolve_folder("cats", tmp_path) == tmp_path / "folders" / "cats"
    assert resolve_folder("flags", tmp_path) == tmp_path / "flags"
    assert resolve_folder(str(tmp_path / "flags"), Path("/nowhere")) == tmp_path / "flags"
    assert resolve_folder("~/mine", tmp_path) == tmp_path / "home" / "mine"
    assert collections(tmp_path) == ("cats",) and collections(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "no folder of pictures is named"),
        ("cat", "no collection or folder 'cat' in .*did you mean 'cats'"),
        ("../outside", r"no collection or folder '\.\./outside'"),
        ("/nowhere/at/all", "there is no folder /nowhere/at/all"),
        ("~nobody-here/x", "no collection or folder|there is no folder"),
        ("a\0b", "no collection or folder"),
        ("x" * 4000, "no collection or folder"),
    ],
)
def test_a_folder_that_is_not_there_is_named(tmp_path: Path, name: str, says: str):
    (tmp_path / "data" / "folders" / "cats").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    with pytest.raises(DataError, match=says):
        resolve_folder(name, tmp_path / "data")


def test_a_file_is_no_folder(tmp_path: Path):
    (tmp_path / "file").write_text("text")
    with pytest.raises(DataError, match=r"there is no folder .*file"):
        load(tmp_path / "file")


def test_images_may_be_written_to_without_a_warning(tmp_path: Path):
    data = load(draw(tmp_path / "pictures", 16))
    data.examples.zero_()
    assert load(tmp_path / "pictures").examples.any()


def test_the_default_size_is_the_one_in_the_table(tmp_path: Path):
    from ganlab.data import DATASETS

    assert load(draw(tmp_path / "pictures", 16), size=0).shape == DATASETS["folder"].shape
