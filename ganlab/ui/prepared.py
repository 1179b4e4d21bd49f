"""What is known of one's own folders of pictures without opening them: their names, sizes and classes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganlab.data import DATASETS, data_dir
from ganlab.data.folder import Prepared, collections, prepared_folders, resolve_folder
from ganlab.errors import DataError
from ganlab.paths import printable


def folder_names() -> tuple[str, ...]:
    """Of all prepared folders, newest first, and of the other collections, as the setting `folder` takes them."""
    return tuple(dict.fromkeys([*(name_of(each.folder) for each in prepared_folders()), *collections(data_dir())]))


def name_of(folder: Path) -> str:
    """The shortest text that `folder` is found by: the name of a collection in the data directory, else its path."""
    for parent in (data_dir() / "folders", data_dir()):
        if folder.resolve().parent == parent.resolve():
            return printable(folder.name)
    return printable(str(folder))


def prepared_for(values: Mapping[str, Any]) -> Prepared | None:
    """The prepared form of the folder that settings ask for, any size of it if need be; None when there is none."""
    if not values["folder"]:
        return None
    try:
        folder = resolve_folder(values["folder"], data_dir()).resolve()
    except DataError:
        return None
    same = [each for each in prepared_folders() if each.folder.resolve() == folder]
    exact = [each for each in same if (each.size, each.crop) == (values["image_size"], values["crop"])]
    return next(iter(exact or same), None)


def class_names_of(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The classes that settings can choose from; of a folder that was never prepared they are not known."""
    if values["dataset"] != "folder":
        return DATASETS[values["dataset"]].class_names
    prepared = prepared_for(values)
    return prepared.class_names if prepared else ()
