from __future__ import annotations

import io
import os
import random
import shutil
import stat
import struct
import subprocess
import sys
import zipfile
import zlib
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from drawing import draw, noise, silent
from PIL import Image

from ganlab.data import upload
from ganlab.data.folder import collections, delete_collection, or_nothing, prepare_folder, prepared_folders
from ganlab.data.upload import store_pictures, unpack_zip
from ganlab.data.whole import UNFINISHED
from ganlab.errors import DataError


def picture(seed: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(noise(seed)).save(buffer, "png")
    return buffer.getvalue()


PNG = picture()


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    file.name = "mine.zip"
    file.seek(0)
    return file


def special(name: str, kind: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (kind | 0o777) << 16
    return entry


def patched(file: io.BytesIO, *changes: tuple[bytes, bytes]) -> io.BytesIO:
    """With some bytes of the archive replaced by as many others."""
    content = file.getvalue()
    for old, new in changes:
        assert old in content and len(old) == len(new)
        content = content.replace(old, new)
    changed = io.BytesIO(content)
    changed.name = "mine.zip"
    return changed


def unpack(file: io.BytesIO, data_dir: Path, name: str = "mine") -> Path:
    return unpack_zip(file, name, data_dir=data_dir, progress=silent).folder


def everything(root: Path) -> list[str]:
    """All files below, but for locks."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir() and path.name != ".lock")


def test_pictures_are_unpacked_with_their_sub_folders_and_all_else_is_left_out(tmp_path: Path):
    entries = [(f"all/{kind}/{number}.PNG", picture(number)) for kind in ("a", "b") for number in range(8)]
    other = [("all/notes.txt", b"text"), ("all/inner.zip", zipped(("x.png", PNG)).getvalue()), ("all/.x.png", PNG)]
    mac = [("__MACOSX/all/a/._0.PNG", b"?"), ("all/", b""), ("all/ünïcode.png.exe", b"MZ")]
    folder = unpack(zipped(*entries, *other, *mac), tmp_path)
    assert folder == tmp_path / "folders" / "mine"
    assert everything(tmp_path) == sorted(f"folders/mine/{name}" for name, _ in entries)
    assert (folder / "all" / "a" / "3.PNG").read_bytes() == picture(3)
    assert collections(tmp_path) == ("mine",)
    assert prepare_folder(folder, size=16, crop="centre", progress=silent).class_names == ("a", "b")


def test_anybody_of_the_machine_may_read_a_collection(tmp_path: Path):
    folder = unpack(zipped(("a.png", PNG)), tmp_path)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


TRAVERSALS = [
    "../../x.png",
    "a/../../x.png",
    "/tmp/x.png",
    "//host/x.png",
    "C:/x.png",
    "c:x.png",
    "..\\..\\x.png",
    "./x.png",
    "a//x.png",
    "../notes.txt",
]


def under_any_name(name: str) -> zipfile.ZipInfo:
    """zipfile itself would tidy some names up."""
    entry = zipfile.ZipInfo("x")
    entry.filename = entry.orig_filename = name
    return entry


def foreign(encoding: str, *names: str) -> io.BytesIO:
    """A zip whose names are in that encoding, which it does not say."""
    entries, changes = [], []
    for number, name in enumerate(names):
        raw = name.encode(encoding)
        stand_in = f"{number}".encode().rjust(len(raw), b"x")
        entries.append((stand_in.decode(), picture(number)))
        changes.append((stand_in, raw))
    return patched(zipped(*entries), *changes)


FOREIGN = {
    "Shift-JIS": ("cp932", ["猫/テスト.png", "犬/写真1.png"]),
    "Shift-JIS with the byte of a backslash in it": ("cp932", ["表/ソ.png", "能/十.png"]),
    "UTF-8 that does not say so": ("utf-8", ["猫/é.png"]),
    "DOS": ("cp437", ["schön/Tür.png", "äpfel/größe.png", "château/été.png"]),
    "Windows": ("cp1252", ["schön/Tür.png", "château/été.png"]),
    "Cyrillic": ("cp866", ["Кошки/1.png"]),
    "Chinese": ("gb18030", ["中国/风景.png"]),
    "Korean": ("euc-kr", ["고양이/1.png"]),
}


@pytest.mark.parametrize(("encoding", "names"), FOREIGN.values(), ids=FOREIGN.keys())
def test_names_in_an_encoding_that_is_not_said_are_read(tmp_path: Path, encoding: str, names: list[str]):
    stored = unpack_zip(foreign(encoding, *names), "mine", data_dir=tmp_path, progress=silent)
    assert stored.encoding == encoding
    assert everything(stored.folder) == sorted(names)


def test_the_encoding_can_be_chosen_and_must_fit(tmp_path: Path):
    options = {"data_dir": tmp_path, "progress": silent}
    stored = unpack_zip(foreign("cp437", "öl.png"), "oil", **options, encoding="cp437")
    assert everything(stored.folder) == ["öl.png"]
    with pytest.raises(DataError, match=r"its names are not in UTF-8: choose another encoding"):
        unpack_zip(foreign("cp932", "テスト.png"), "mine", **options, encoding="utf-8")
    assert collections(tmp_path) == ("oil",)


def test_names_of_ascii_or_said_to_be_utf_8_are_not_guessed(tmp_path: Path):
    stored = unpack_zip(zipped(("猫/1.png", PNG), ("a.png", PNG)), "mine", data_dir=tmp_path, progress=silent)
    assert stored.encoding == "" and everything(stored.folder) == ["a.png", "猫/1.png"]


def test_the_name_that_some_programs_write_beside_counts(tmp_path: Path):
    entry = zipfile.ZipInfo("x.png")
    extra = b"\1" + zlib.crc32(b"x.png").to_bytes(4, "little") + "猫.png".encode()
    entry.extra = struct.pack("<HH", 0x7075, len(extra)) + extra
    assert everything(unpack(zipped((entry, PNG)), tmp_path)) == ["猫.png"]


def test_a_backslash_stands_between_folders(tmp_path: Path):
    names = ["cats\\1.png", "cats\\2.png", "dogs\\1.png", "dogs\\"]
    folder = unpack(zipped(*((under_any_name(name), PNG if name[-1] == "g" else b"") for name in names)), tmp_path)
    assert everything(folder) == ["cats/1.png", "cats/2.png", "dogs/1.png"]
    with pytest.raises(DataError, match=r"'cats/1\.png' in it is there twice"):
        unpack(zipped((under_any_name("cats\\1.png"), PNG), ("cats/1.png", PNG)), tmp_path, "twice")


def test_overlong_names_are_cut_and_stay_different(tmp_path: Path):
    long = ["猫" * 200 + "1.png", "猫" * 200 + "2.png", "x" * 300 + "/a.png"]
    folder = unpack(zipped(*((name, PNG) for name in long), ("a.png", PNG)), tmp_path)
    found = everything(folder)
    assert len(found) == 4 and all(name.endswith(".png") for name in found)
    assert sum(name.startswith("猫" * 60) for name in found) == 2
    stored = store_pictures([(name, PNG) for name in long[:2]], "loose", data_dir=tmp_path)
    assert len(everything(stored.folder)) == 2


def test_what_a_zip_holds_of_other_kinds_is_counted(tmp_path: Path):
    deep = "/".join(["x" * 200] * 6) + "/a.png"
    names = ["a.png", "b.heic", "in/c.HEIC", "notes.txt", ".hidden.txt", "__MACOSX/._a.png", deep]
    stored = unpack_zip(zipped(*((name, PNG) for name in names)), "mine", data_dir=tmp_path, progress=silent)
    assert stored.left_out == ((".heic", 2), (".txt", 1), ("with too long a path", 1))
    with pytest.raises(DataError, match=r"mine\.zip has no picture in it, but 1 \.heic: put jpg"):
        unpack(zipped(("a.heic", PNG)), tmp_path, "other")


def test_much_more_than_pictures_give_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(upload, "MOST_BYTES_UNASKED", 1_000_000)
    with pytest.raises(DataError, match="holds too much, for at most 100 times the size of the zip are taken"):
        unpack(zipped(("zeros.png", bytes(9_000_000))), tmp_path)
    assert everything(tmp_path) == []
    assert unpack(zipped(("zeros.png", bytes(900_000))), tmp_path)


def test_a_collection_that_cannot_be_used_is_not_kept(tmp_path: Path):
    folder = unpack(zipped(*((f"{number}.png", b"text") for number in range(20))), tmp_path)
    with pytest.raises(DataError, match="20 left out"), or_nothing(folder):
        prepare_folder(folder, size=16, crop="centre", progress=silent)
    assert collections(tmp_path) == () and everything(tmp_path / "folders") == []
    folder = unpack(zipped(*((f"{number}.png", picture(number)) for number in range(20))), tmp_path)
    with or_nothing(folder):
        prepare_folder(folder, size=16, crop="centre", progress=silent)
    assert collections(tmp_path) == ("mine",)


def test_a_collection_is_deleted_with_what_was_prepared_of_it(tmp_path: Path):
    for name in ("mine", "other"):
        folder = unpack(zipped(*((f"{number}.png", picture(number)) for number in range(16))), tmp_path, name)
        for size in (16, 32):
            prepare_folder(folder, size=size, crop="centre", progress=silent)
    delete_collection("mine", tmp_path)
    assert collections(tmp_path) == ("other",)
    assert {each.folder.name for each in prepared_folders()} == {"other"}
    for wrong in ("mine", "../other", "", "."):
        with pytest.raises(DataError, match="there is no collection"):
            delete_collection(wrong, tmp_path)
    assert len(everything(tmp_path / "folders")) == 16


def test_of_a_collection_that_is_a_link_only_the_link_is_deleted(tmp_path: Path):
    outside = draw(tmp_path / "outside", 2)
    (tmp_path / "folders").mkdir()
    (tmp_path / "folders" / "linked").symlink_to(outside)
    delete_collection("linked", tmp_path)
    assert collections(tmp_path) == () and len(everything(outside)) == 2


HOSTILE = {
    **{
        f"an entry {name}": (lambda name=name: zipped((under_any_name(name), PNG)), "path|out of")
        for name in TRAVERSALS
    },
    "a link": (lambda: zipped((special("link.png", stat.S_IFLNK), b"/etc/passwd")), "'link.png' in it is a link"),
    "a link to a folder": (
        lambda: zipped((special("up", stat.S_IFLNK), b"../.."), ("up/x.png", PNG)),
        "'up' in it is a link",
    ),
    "a device": (lambda: zipped((special("dev.png", stat.S_IFCHR), b"")), "'dev.png' in it is a link or no file"),
    "an encrypted entry": (
        lambda: patched(zipped(("key.png", PNG)), (b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0")),
        "'key.png' in it is encrypted",
    ),
    "an unusual compression": (lambda: zipped(("z.png", PNG), method=zipfile.ZIP_LZMA), "'z.png' in it is compressed"),
    "a name twice": (lambda: zipped(("A.png", PNG), ("a.png", PNG)), "'a.png' in it is there twice"),
    "a file that is a folder too": (
        lambda: zipped(("a.png", PNG), ("a.png/b.png", PNG)),
        "two entries .*'a.png/b.png'",
    ),
    "a name with a zero": (
        lambda: patched(zipped(("a.pngX.exe", PNG)), (b"a.pngX.exe", b"a.png\0.exe")),
        r"'a.png\\u0000.exe' in it",
    ),
    "no picture": (lambda: zipped(("notes.txt", b"text")), "mine.zip has no picture in it"),
    "nothing": (lambda: zipped(), "mine.zip has no picture in it"),
    "a wrong checksum": (
        lambda: patched(zipped(("a.png", b"x" * 99), method=zipfile.ZIP_STORED), (b"xxxxx" * 3, b"xxyxx" * 3)),
        "mine.zip is not a whole zip file",
    ),
    "noise instead of packed pixels": (
        lambda: patched(zipped(("a.png", PNG)), (zipped(("a.png", PNG)).getvalue()[60:80], b"\xff" * 20)),
        "mine.zip is not a whole zip file",
    ),
}


@pytest.mark.parametrize(("make", "says"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_bad_archive_is_one_sentence_and_leaves_nothing(tmp_path: Path, make, says: str):
    file = make()
    data_dir = tmp_path / "a" / "data"
    with pytest.raises(DataError, match=says) as caught:
        unpack(file, data_dir)
    assert "mine.zip" in str(caught.value) and "\n" not in str(caught.value)
    assert everything(tmp_path) == [] and collections(data_dir) == ()
    assert not Path("/tmp/x.png").exists()


@pytest.mark.parametrize("content", [b"", b"Dear diary", PNG, b"PK\3\4", b"PK\5\6" + bytes(18)])
def test_what_is_no_zip_is_refused_by_its_name(tmp_path: Path, content: bytes):
    file = io.BytesIO(content)
    file.name = "diary.zip"
    with pytest.raises(DataError, match=r"diary\.zip (is not a whole zip|has no picture)"):
        unpack(file, tmp_path)
    assert everything(tmp_path) == []


def test_any_bytes_changed_are_a_collection_or_one_sentence(tmp_path: Path):
    content, rng = zipped(("a/b.png", PNG), ("c.png", PNG[:200])).getvalue(), random.Random(0)
    refused = 0
    for number in range(300):
        changed = bytearray(content)
        for _ in range(rng.randint(1, 3)):
            end = len(changed) - rng.choice([0, 0, len(changed) - 60])
            changed[rng.randrange(max(end - 200, 0), end)] = rng.randrange(256)
        try:
            unpack(io.BytesIO(bytes(changed)), tmp_path / "data", f"n{number}")
        except DataError:
            refused += 1
    assert refused > 0
    assert {Path(name).parts[0] for name in everything(tmp_path)} <= {"data"}
    assert all(Path(name).suffix == ".png" for name in everything(tmp_path))


def test_a_bomb_is_refused_by_what_it_says_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    bomb = zipped(("zeros.png", bytes(9_000_000)))
    assert len(bomb.getvalue()) < 10_000
    monkeypatch.setattr(upload, "MOST_BYTES", 8_000_000)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)  # it is not even begun
    with pytest.raises(DataError, match=r"mine\.zip holds too much, for at most .*: upload fewer or smaller"):
        unpack(bomb, tmp_path)
    assert everything(tmp_path) == []


def test_a_bomb_that_says_it_is_small_is_stopped_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    size = 9_000_000
    honest = zipped(("a.png", PNG), ("zeros.png", bytes(size)))
    monkeypatch.setattr(upload, "MOST_BYTES", 1_000_000)
    bomb = patched(honest, (size.to_bytes(4, "little"), (800_000).to_bytes(4, "little")))
    with pytest.raises(DataError, match=r"mine\.zip (holds too much|is not a whole zip)"):
        unpack(bomb, tmp_path)
    assert everything(tmp_path) == []


def test_what_is_read_counts_whatever_was_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(upload, "MOST_BYTES", 3 * len(PNG))
    room = upload._Room(tmp_path, "mine.zip")
    for _ in range(3):
        room.take(len(PNG))
    with pytest.raises(DataError, match="holds too much"):
        room.take(1)


def test_more_than_the_disk_has_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(2_000_000))
    with pytest.raises(DataError, match="at most 2 MB are free"):
        unpack(zipped(("zeros.png", bytes(9_000_000))), tmp_path)
    assert everything(tmp_path) == []


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(upload, "MOST_PICTURES", 9)
    with pytest.raises(DataError, match=r"mine\.zip has 10 entries: upload at most 9"):
        unpack(zipped(*((f"{number}.txt", b"") for number in range(10))), tmp_path)


def test_too_long_a_list_of_entries_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(upload, "MOST_DIRECTORY_BYTES", 400)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    file = io.BytesIO(b"x" * 500 + b"PK\5\6" + bytes(8) + (500).to_bytes(4, "little") + bytes(6))
    file.name = "mine.zip"
    with pytest.raises(DataError, match=r"mine\.zip has too long a list of entries"):
        unpack(file, tmp_path)


def test_a_name_that_is_taken_is_refused_and_the_collection_stays(tmp_path: Path):
    unpack(zipped(("a.png", PNG)), tmp_path)
    with pytest.raises(DataError, match="a collection 'mine' already: choose another name"):
        unpack(zipped(("b.png", PNG)), tmp_path)
    with pytest.raises(DataError, match="already"):
        store_pictures([("b.png", PNG)], "mine", data_dir=tmp_path)
    assert everything(tmp_path) == ["folders/mine/a.png"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "../x", "a\\b", "ä", "a" * 65, "a.", "a ", " a", "-a", "a\n"]
)
def test_other_names_than_plain_ones_are_refused(tmp_path: Path, name: str):
    for store in (
        lambda: unpack(zipped(("a.png", PNG)), tmp_path, name),
        lambda: store_pictures([("a.png", PNG)], name, data_dir=tmp_path),
    ):
        with pytest.raises(DataError, match="a collection cannot be named") as caught:
            store()
        assert "\n" not in str(caught.value)
    assert everything(tmp_path) == []


@pytest.mark.parametrize("name", ["a", "7", "Cats and dogs 2.0", "a" * 64, "x-_.y"])
def test_plain_names_are_taken(tmp_path: Path, name: str):
    assert unpack(zipped(("a.png", PNG)), tmp_path, name).name == name


class CancelledError(Exception):
    pass


def test_cancelling_leaves_nothing(tmp_path: Path):
    def cancel(label: str, fraction: float | None) -> None:
        assert "mine.zip" in label and fraction is not None
        if fraction > 0.5:
            raise CancelledError

    file = zipped(*((f"{number}.png", picture(number)) for number in range(10)))
    with pytest.raises(CancelledError):
        unpack_zip(file, "mine", data_dir=tmp_path, progress=cancel)
    assert everything(tmp_path) == [] and not list(tmp_path.glob("folders/*/"))


def test_what_a_killed_upload_left_is_no_collection_and_goes_with_the_next(tmp_path: Path):
    script = (
        "import os, pathlib, signal, sys\nfrom ganlab.data.upload import unpack_zip\n"
        "die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "unpack_zip(open(sys.argv[1], 'rb'), 'dead', data_dir=pathlib.Path(sys.argv[2]), progress=die)"
    )
    (tmp_path / "up.zip").write_bytes(zipped(("a.png", PNG), ("b.png", PNG)).getvalue())
    subprocess.run([sys.executable, "-c", script, tmp_path / "up.zip", tmp_path / "data"], check=False)
    assert [name for name in os.listdir(tmp_path / "data" / "folders") if name.startswith(UNFINISHED)]
    assert collections(tmp_path / "data") == ()
    unpack(zipped(("a.png", PNG)), tmp_path / "data")
    assert sorted(os.listdir(tmp_path / "data" / "folders")) == [".lock", "mine"]


def test_loose_pictures_become_a_collection(tmp_path: Path):
    files = [
        ("a.png", picture(0)),
        ("a.png", picture(1)),
        ("../../b.JPG", picture(2)),
        ("C:\\Users\\me\\c.png", picture(3)),
        ("notes.txt", b"text"),
        (".png", PNG),
        ("/", PNG),
    ]
    stored = store_pictures(files, "mine", data_dir=tmp_path)
    folder = stored.folder
    assert stored.left_out == ((".txt", 1), ("without an ending", 1))
    assert everything(tmp_path) == [f"folders/mine/{name}" for name in ("a-2.png", "a.png", "b.JPG", "c.png")]
    assert (folder / "a-2.png").read_bytes() == picture(1)


def test_loose_files_without_a_picture_or_too_many_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(DataError, match="none of the files for mine has the name of a picture"):
        store_pictures([("notes.txt", b"text")], "mine", data_dir=tmp_path)
    monkeypatch.setattr(upload, "MOST_PICTURES", 2)
    with pytest.raises(DataError, match="the upload for mine holds more than 2 pictures"):
        store_pictures([(f"{number}.png", PNG) for number in range(3)], "mine", data_dir=tmp_path)
    monkeypatch.setattr(upload, "MOST_BYTES", len(PNG))
    with pytest.raises(DataError, match="the upload for mine holds too much"):
        store_pictures([(f"{number}.png", PNG) for number in range(2)], "mine", data_dir=tmp_path)
    assert everything(tmp_path) == []


def test_an_uploaded_collection_is_loaded_by_its_name(tmp_path: Path):
    from ganlab.data import load_dataset

    draw(tmp_path / "drawn", 16)
    files = [(path.name, path.read_bytes()) for path in (tmp_path / "drawn").iterdir()]
    store_pictures(files, "my own", data_dir=tmp_path)
    data = load_dataset("folder", folder="my own", size=24, data_dir=tmp_path)
    assert np.array_equal(data.examples[0].permute(1, 2, 0).numpy(), noise(0))
