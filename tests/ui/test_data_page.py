"""The Data page: what it says of each dataset, its samples, and the way of one's own pictures into training."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from ganlab.config import parse_config
from ganlab.data import DATASETS, Dataset, Progress, Wanted
from ganlab.data.folder import prepare_folder, prepared_folders
from ganlab.errors import DataError
from ganlab.paths import printable
from ganlab.recipes import RECIPES
from ganlab.training import check_fit
from ganlab.ui.lab import Lab
from ganlab.ui.train_on import folder_settings, recipe_for

MAIN = Path(__file__).parents[2] / "ganlab" / "ui" / "main.py"
DOWNLOADS = [name for name, spec in DATASETS.items() if spec.origin == "download"]


def data_page(dataset: str, *, path: Path | None = None) -> AppTest:
    """The page with a dataset chosen, and a path typed in: AppTest knows no box that takes more than its options."""

    def script() -> None:
        from ganlab.ui import data

        data.page()

    page = AppTest.from_function(script, default_timeout=60)
    page.query_params["dataset"] = dataset
    if path is not None:
        page.session_state["folder path"] = str(path)
    return page.run()


def button(page: AppTest, label: str):
    assert not page.exception
    return next(each for each in page.button if each.label == label)


def labels_of(page: AppTest) -> list[str]:
    return [each.label for each in page.button]


def text_of(page: AppTest) -> str:
    return "\n".join(each.value for each in [*page.markdown, *page.caption, *page.info, *page.header, *page.subheader])


def picture(page: AppTest) -> str:
    assert not page.exception
    return next(each.proto.body for each in page.get("html") if "ganlab-picture" in each.proto.body)


def a_few(wanted: Wanted, *, progress: Progress) -> Dataset:
    """In place of a download: 40 images of two classes, the first dark, the second bright."""
    for done in range(3):
        progress("Downloading", done / 2)
    labels = torch.arange(40) % 2
    images = (labels * 200).to(torch.uint8)[:, None, None, None] + torch.randint(0, 40, (40, 1, 28, 28)).byte()
    return Dataset("mnist", images, labels, ("dark", "bright"))


@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_dataset_that_is_not_here_offers_its_download(name: str) -> None:
    page = data_page(name)
    assert page.header[0].value == DATASETS[name].title
    assert "not on this machine yet" in page.info[0].value
    assert "Download" in labels_of(page)
    assert not page.get("html")


@pytest.mark.parametrize("name", [name for name, spec in DATASETS.items() if spec.origin != "download"])
def test_what_needs_no_download_is_shown_at_once(name: str) -> None:
    page = data_page(name)
    assert not page.exception
    assert page.header[0].value == DATASETS[name].title
    if name == "own-points":
        assert not page.get("html") and not page.error
    elif name != "folder":
        assert picture(page)
        assert "Before you train" in text_of(page)
        assert "Train on this" in labels_of(page)


def test_a_link_to_no_dataset_says_so() -> None:
    assert "There is no dataset “nothing”" in data_page("nothing").warning[0].value


def test_a_download_ends_in_samples(monkeypatch: pytest.MonkeyPatch, data_folders: Path) -> None:
    def fetched(wanted: Wanted, *, progress: Progress) -> Dataset:
        for path in DATASETS["mnist"].missing(wanted.data_dir):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"here")
        return a_few(wanted, progress=progress)

    monkeypatch.setitem(DATASETS, "mnist", replace(DATASETS["mnist"], load=fetched))
    page = data_page("mnist")
    button(page, "Download").click().run()
    assert picture(page)
    assert "Download" not in labels_of(page)


def test_a_download_that_fails_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(wanted: Wanted, *, progress: Progress) -> Dataset:
        progress("Downloading", 0.5)
        raise DataError("could not download a.gz: check the network and try again, or put a.gz into there yourself")

    monkeypatch.setitem(DATASETS, "mnist", replace(DATASETS["mnist"], load=failing))
    page = data_page("mnist")
    button(page, "Download").click().run()
    assert "put a.gz into there yourself" in page.error[0].value
    assert "Download" in labels_of(page)
    assert not page.get("progress")


def test_samples_by_class_and_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], load=a_few))
    page = data_page("digits")
    both = picture(page)
    box = next(each for each in page.selectbox if each.label == "Class")
    assert box.options == ["all classes", "dark", "bright"]
    box.set_value("bright").run()
    bright = picture(page)
    assert bright != both
    assert "20 of 20 pictures" in text_of(page)
    button(page, "Other samples").click().run()
    assert picture(page) != bright


def test_a_dataset_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def counted(wanted: Wanted, *, progress: Progress) -> Dataset:
        asked.append(wanted)
        return a_few(wanted, progress=progress)

    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], load=counted))
    page = data_page("digits")
    page.run()
    button(page, "Other samples").click().run()
    assert len(asked) == 1


@pytest.mark.parametrize("name", [name for name in DATASETS if name not in ("folder", "own-points")])
def test_train_on_this_opens_settings_that_fit(name: str) -> None:
    """Whatever recipe is taken, with this dataset it can start, but for a download."""
    found = recipe_for(DATASETS[name])
    assert found is not None
    recipe, changes = found
    assert changes["dataset"] == name
    check_fit(RECIPES[recipe].config.with_changes(**changes))


def test_train_on_this_carries_the_dataset_over(fresh_lab: Lab) -> None:
    page = data_page("moons")
    button(page, "Train on this").click().run()
    recipe = page.session_state["recipe"]
    train = AppTest.from_file(str(MAIN), default_timeout=60)
    for key in ("recipe", f"settings of {recipe}"):
        train.session_state[key] = page.session_state[key]
    train.run()
    assert not train.exception
    assert train.selectbox(key="recipe").value == recipe
    assert train.selectbox(key=f"{recipe}.dataset").value == "moons"


def test_a_folder_is_prepared_shown_and_trained_on(pictures: Callable[..., Path]) -> None:
    folder = pictures("animals", count=20, classes=("cat", "dog"))
    (folder / "cat" / "torn.png").write_text("no picture")
    page = data_page("folder", path=folder)
    assert "None yet" in text_of(page)
    page.selectbox(key="folder size").set_value(32).run()
    button(page, "Prepare").click().run()
    assert not page.exception
    assert not page.error
    assert picture(page)
    assert "**20** pictures of 32 × 32" in text_of(page)
    assert "**2** classes" in text_of(page)
    assert any("torn.png" in str(each.value["File"].tolist()) for each in page.dataframe)
    button(page, "Train on these").click().run()
    assert not page.exception
    values = page.session_state["settings of folder-dcgan-64"]
    assert page.session_state["recipe"] == "folder-dcgan-64"
    assert (values["folder"], values["image_size"], values["crop"]) == (str(folder), 32, "centre")
    assert values["batch_size"] <= 20
    check_fit(parse_config(values))


def test_a_folder_that_is_not_there_gets_a_sentence() -> None:
    page = data_page("folder")
    button(page, "Prepare").click().run()
    assert "give the path of a folder" in page.error[0].value
    page = data_page("folder", path=Path("/no/such/place"))
    button(page, "Prepare").click().run()
    assert "/no/such/place" in page.error[0].value
    assert not prepared_folders()


def test_too_few_pictures_get_a_sentence(pictures: Callable[..., Path]) -> None:
    page = data_page("folder", path=pictures("few", count=5))
    button(page, "Prepare").click().run()
    assert "16" in page.error[0].value
    assert not page.get("progress")


def test_forgetting_leaves_the_pictures(pictures: Callable[..., Path]) -> None:
    folder = pictures("kept", count=16)
    prepared = prepare_folder(folder, size=16, crop="letterbox", progress=lambda *_: None)
    page = data_page("folder")
    page.button(key=f"forget {prepared.path}").click().run()
    assert not page.exception
    assert "None yet" in text_of(page)
    assert not prepared_folders()
    assert len(list(folder.glob("*.png"))) == 16


def test_of_several_prepared_folders_one_is_shown(pictures: Callable[..., Path]) -> None:
    one, other = (
        prepare_folder(pictures(name, count=count), size=16, crop="centre", progress=lambda *_: None)
        for name, count in (("one", 16), ("other", 17))
    )
    page = data_page("folder")
    page.button(key=f"show {one.path}").click().run()
    assert "**16** pictures" in text_of(page)
    page.button(key=f"show {other.path}").click().run()
    assert "**17** pictures" in text_of(page)


def upload_page() -> AppTest:
    page = data_page("folder")
    source: Any = page.get("button_group")[0]
    return source.set_value("Upload").run()


def a_png(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 24), (shade * 10, 255 - shade * 10, 90)).save(buffer, "png")
    return buffer.getvalue()


def a_zip(count: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for index in range(count):
            archive.writestr(f"{'warm' if index % 2 else 'cold'}/{index}.png", a_png(index))
    return buffer.getvalue()


@pytest.mark.parametrize("zipped", [True, False])
def test_uploads_become_a_collection(data_folders: Path, zipped: bool) -> None:
    page = upload_page()
    if zipped:
        page.file_uploader[0].upload("shades.zip", a_zip(18), "application/zip")
    else:
        for index in range(18):
            page.file_uploader[0].upload(f"{index}.png", a_png(index), "image/png")
    page.text_input(key="upload name").set_value("shades")
    page.run()
    button(page, "Prepare").click().run()
    assert not page.exception
    assert not page.error
    assert "**18** pictures" in text_of(page)
    assert ("**2** classes" in text_of(page)) == zipped
    (prepared,) = prepared_folders()
    assert prepared.folder == data_folders / "folders" / "shades"
    assert folder_settings(RECIPES["folder-dcgan-64"].config, prepared)["folder"] == "shades"
    assert not page.file_uploader[0].value


def test_an_upload_that_cannot_be_used_gets_a_sentence(data_folders: Path) -> None:
    page = upload_page()
    page.text_input(key="upload name").set_value("mixed").run()
    button(page, "Prepare").click().run()
    assert "Nothing is uploaded yet" in page.error[0].value
    page.file_uploader[0].upload("a.zip", a_zip(18), "application/zip").upload("b.png", a_png(1), "image/png")
    page.run()
    button(page, "Prepare").click().run()
    assert "upload one zip, or pictures, not both" in page.error[0].value
    assert not list(data_folders.glob("folders/*"))


def test_an_upload_whose_pictures_cannot_be_used_leaves_its_name_free(data_folders: Path) -> None:
    page = upload_page()
    page.text_input(key="upload name").set_value("few")
    page.file_uploader[0].upload("few.zip", a_zip(9), "application/zip")
    page.run()
    for _ in range(2):
        button(page, "Prepare").click().run()
        assert "“few” has only 9 that can be used" in page.error[0].value
        assert str(data_folders) not in page.error[0].value
    assert not list(data_folders.glob("folders/[!.]*"))


def test_what_was_read_and_left_out_of_a_zip_is_said_and_the_collection_deleted(data_folders: Path) -> None:
    packed = io.BytesIO(a_zip(18))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("a.heic", b"something")
    content = packed.getvalue().replace(b"cold/", "猫x".encode("cp932") + b"a/").replace(b"warm/", b"dogs/")
    page = upload_page()
    page.text_input(key="upload name").set_value("mine")
    page.file_uploader[0].upload("mine.zip", content, "application/zip")
    page.run()
    assert page.selectbox(key="upload encoding").value == ""
    page.selectbox(key="upload encoding").set_value("cp932").run()
    button(page, "Prepare").click().run()
    assert not page.exception and not page.error
    assert [info.value for info in page.info] == [
        "Files of other kinds are left out: 1 .heic. To use pictures that are .heic, save them as JPEG or PNG."
    ]
    (prepared,) = prepared_folders()
    assert prepared.class_names == ("dogs", "猫xa")
    page.button(key="delete mine").click().run()
    assert not page.exception and not page.error
    assert not list(data_folders.glob("folders/[!.]*")) and prepared_folders() == ()


def test_why_there_are_no_classes_is_shown(pictures: Callable[..., Path]) -> None:
    folder = pictures("mixed", classes=("cats", "dogs", ""))
    prepare_folder(folder, size=16, crop="centre", progress=lambda *_: None)
    assert "no classes, since 6 pictures lie beside the sub-folders cats, dogs" in text_of(data_page("folder"))


def test_a_folder_whose_path_is_no_text_is_shown(pictures: Callable[..., Path], tmp_path: Path) -> None:
    try:
        folder = pictures(os.fsdecode(b"\x83\x65"), classes=("a", os.fsdecode(b"\x83\x58")))
    except OSError:
        pytest.skip("this file system keeps only names that are text")
    page = data_page("folder", path=Path(printable(str(folder))))
    button(page, "Prepare").click().run()
    assert not page.exception
    assert not [error.value for error in page.error]
    assert "**2** classes" in text_of(page)
