"""Uploads on the Data page: pictures, or a zip of them, become a collection, which can be deleted again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ganlab.data import Progress, data_dir
from ganlab.data.folder import collections, delete_collection
from ganlab.data.preflight import of_other_kinds
from ganlab.data.upload import Stored, store_pictures, unpack_zip
from ganlab.data.zipnames import ENCODINGS
from ganlab.errors import DataError, GanlabError
from ganlab.ui.sentences import as_sentence

_PICTURE_TYPES = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff")
#: How often pictures were uploaded, since a new key empties the box; what there is to say of the last collection.
_COUNT, _SAID = "uploads so far", "said of an upload"
_WARNING = "Its pictures are deleted, for good. Runs that were trained on them can be explored, but not resumed."


@dataclass(frozen=True)
class Upload:
    """What is in the boxes. encoding: of the names in a zip, "" to guess."""

    name: str
    files: Sequence[UploadedFile]
    encoding: str


def draw_upload() -> Upload:
    """The boxes for files and name, and for the names in a zip where there is one."""
    files = st.file_uploader(
        "Pictures, or one zip of them",
        type=("zip", *_PICTURE_TYPES),
        accept_multiple_files=True,
        key=f"uploads {st.session_state.get(_COUNT, 0)}",
        help="Folders inside the zip count as classes.",
    )
    name = st.text_input(
        "Name of the collection",
        key="upload name",
        placeholder="cats",
        help="They are kept under this name in ganlab's data folder, and the Train page offers it.",
    )
    encoding = ""
    if any(map(_is_zip, files)):
        encoding = st.selectbox(
            "Names in the zip, where it does not say",
            ["", *ENCODINGS],
            format_func=lambda each: ENCODINGS.get(each, "guess what they are in"),
            key="upload encoding",
            help="Many zips do not say which encoding the names of folders and files are in.",
        )
    return Upload(name.strip(), files, encoding)


def store(upload: Upload, progress: Progress) -> Path:
    """The folder that uploaded pictures, or one zip of them, become in the data directory. Raises DataError."""
    if not upload.files:
        raise DataError("Nothing is uploaded yet: drop pictures, or one zip of them, into the box above")
    zips = list(filter(_is_zip, upload.files))
    if zips and len(upload.files) > 1:
        raise DataError(f"{zips[0].name} came with {len(upload.files) - 1} more: upload one zip, or pictures, not both")
    place = data_dir()
    if zips:
        stored = unpack_zip(zips[0], upload.name, data_dir=place, progress=progress, encoding=upload.encoding)
    else:
        stored = store_pictures(((file.name, file.getvalue()) for file in upload.files), upload.name, data_dir=place)
    st.session_state[_SAID] = stored.folder, list(_sayings(stored, guessed=not upload.encoding))
    return stored.folder


def empty_boxes() -> None:
    """At the next rerun."""
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1


def draw_said(folder: Path) -> None:
    """What became of the last upload, where this is it."""
    place, sentences = st.session_state.get(_SAID, (None, []))
    if place == folder:
        for sentence in sentences:
            st.info(sentence)


def draw_collections() -> None:
    """Those that were uploaded, each with a button that deletes it."""
    names = collections(data_dir())
    if not names:
        return
    with st.expander(f"Uploaded collections ({len(names):,})"):
        for name in names:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(name, width="stretch")
                with st.popover("", icon=":material/delete:", help="Delete it."):
                    st.markdown(_WARNING)
                    st.button("Delete", type="primary", key=f"delete {name}", on_click=_delete, args=(name,))


def _delete(name: str) -> None:
    try:
        delete_collection(name, data_dir())
    except GanlabError as error:
        st.error(as_sentence(error))


def _sayings(stored: Stored, *, guessed: bool) -> Iterator[str]:
    if stored.encoding and guessed:
        yield (
            f"The names in the zip were read as {ENCODINGS[stored.encoding]}. If they are wrong, delete the collection "
            "and upload it again with another encoding."
        )
    yield from (finding.sentence for finding in of_other_kinds(stored.left_out))


def _is_zip(file: UploadedFile) -> bool:
    return file.name.lower().endswith(".zip")
