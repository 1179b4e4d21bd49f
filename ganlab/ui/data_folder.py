"""One's own pictures on the Data page: from a folder of this computer or uploaded, prepared once, then shown."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import streamlit as st

from ganlab.config import CropName, ImageSize
from ganlab.data import data_dir
from ganlab.data.folder import (
    Prepared,
    forget_prepared,
    or_nothing,
    prepare_folder,
    prepared_folders,
    resolve_folder,
)
from ganlab.errors import DataError, GanlabError
from ganlab.paths import printable
from ganlab.ui.prepared import folder_names, name_of
from ganlab.ui.presence import byte_words
from ganlab.ui.sentences import as_sentence
from ganlab.ui.shown import draw_shown, load_shown
from ganlab.ui.train_on import draw_folder_button
from ganlab.ui.uploads import Upload, draw_collections, draw_said, draw_upload, empty_boxes, store
from ganlab.ui.working import draw_cancelled, working

_SIZES = tuple(size for size in get_args(ImageSize) if size)
_USUAL_SIZE = 64
_CROP_TITLES: dict[CropName, str] = {"centre": "cut out the middle", "letterbox": "keep all of it, on white"}

#: Which prepared folder is shown.
_CHOSEN = "prepared folder shown"
#: The box that a path is typed into.
_PATH = "folder path"


def draw_own_pictures() -> None:
    """Prepare a folder at the left, those prepared at the right, the chosen one below."""
    st.header("Your own pictures")
    st.markdown(
        "Any pictures will do: of any size, in colour or grey, with or without transparency. Preparing makes them "
        "square and equally large, once; from then on they open at once. The pictures themselves stay as they are."
    )
    cancelled = draw_cancelled()
    left, right = st.columns([3, 2], gap="large")
    with left:
        _draw_form()
    with right:
        chosen = _draw_prepared()
        draw_collections()
    if chosen is not None and not cancelled:
        st.divider()
        _draw_chosen(chosen)


def _draw_form() -> None:
    source = st.segmented_control(
        "Where they are",
        ("A folder on this computer", "Upload"),
        default="A folder on this computer",
        required=True,
        key="pictures from",
        persist_state="session",
    )
    given = draw_upload() if source == "Upload" else _draw_path()
    with st.container(horizontal=True):
        size = st.selectbox(
            "Size",
            _SIZES,
            index=_SIZES.index(_USUAL_SIZE),
            format_func=lambda side: f"{side} × {side} pixels",
            key="folder size",
            persist_state="session",
            width=200,
            help="What the generator will make. Each doubling takes about four times as long to train; "
            "64 is a good start.",
        )
        crop = st.selectbox(
            "Pictures that are not square",
            list(_CROP_TITLES),
            format_func=_CROP_TITLES.__getitem__,
            key="folder crop",
            persist_state="session",
            width=270,
            help="Cutting out the middle loses the edges; keeping all of it leaves white bars, which G learns as well.",
        )
    if st.button("Prepare", type="primary", icon=":material/auto_fix_high:"):
        try:
            _prepare(given, size or _USUAL_SIZE, crop)
        except GanlabError as error:
            st.error(as_sentence(error))
            return
        st.rerun()


def _draw_path() -> str:
    typed = st.session_state.get(_PATH)
    path = st.selectbox(
        "Folder",
        dict.fromkeys([*([typed] if typed else []), *folder_names()]),
        index=None,
        accept_new_options=True,
        key=_PATH,
        persist_state="session",
        placeholder="Type a path, such as ~/Pictures/cats, and press Enter",
        help="The path of the folder with the pictures, as this computer writes it, or one that you gave before. "
        "Sub-folders count as classes.",
    )
    return str(path or "").strip()


def _prepare(given: Upload | str, size: int, crop: CropName) -> None:
    """Make the cache of an upload or a folder, with a bar, and choose it to be shown. Raises DataError."""
    name = given.name if isinstance(given, Upload) else given
    if not name:
        missing = "a name for the collection" if isinstance(given, Upload) else "the path of a folder"
        raise DataError(f"Nothing to prepare yet: give {missing} above")
    with working(f"Preparing {name}") as progress:
        if isinstance(given, Upload):
            with or_nothing(store(given, progress)) as folder:
                prepared = prepare_folder(folder, size=size, crop=crop, progress=progress)
            empty_boxes()
        else:
            prepared = prepare_folder(resolve_folder(name, data_dir()), size=size, crop=crop, progress=progress)
    st.session_state[_CHOSEN] = str(prepared.path)


def _draw_prepared() -> Prepared | None:
    """Those that are prepared, and the one to show."""
    known = {str(each.path): each for each in prepared_folders()}
    st.markdown("**Prepared**")
    if not known:
        st.caption("None yet. What you prepare is listed here, and on the Train page under dataset *folder*.")
        return None
    if st.session_state.get(_CHOSEN) not in known:
        st.session_state[_CHOSEN] = next(iter(known))
    with st.container(height=330 if len(known) > 4 else "content", border=True):
        for key, each in known.items():
            _draw_row(key, each)
    return known[st.session_state[_CHOSEN]]


def _draw_row(key: str, prepared: Prepared) -> None:
    chosen = st.session_state[_CHOSEN] == key
    name = Path(name_of(prepared.folder)).name
    crop = "" if prepared.crop == "centre" else f" · {prepared.crop}"
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{name}**" if chosen else name, help=printable(str(prepared.folder)))
            st.caption(f"{prepared.size} px{crop} · {prepared.count:,} pictures · {byte_words(prepared.size_bytes)}")
        st.button("Show", key=f"show {key}", on_click=_choose, args=(key,), disabled=chosen)
        st.button(
            "",
            icon=":material/delete:",
            key=f"forget {key}",
            on_click=_forget,
            args=(prepared,),
            help="Forget: deletes the prepared copy. The pictures themselves stay.",
        )


def _choose(key: str) -> None:
    st.session_state[_CHOSEN] = key


def _forget(prepared: Prepared) -> None:
    try:
        forget_prepared(prepared)
    except GanlabError as error:
        st.error(as_sentence(error))


def _draw_chosen(prepared: Prepared) -> None:
    name = name_of(prepared.folder)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.header(Path(name).name, width="content")
        draw_folder_button(prepared)
    classes = len(prepared.class_names)
    facts = (
        f"**{prepared.count:,}** pictures of {prepared.size} × {prepared.size}",
        f"{prepared.held_out:,} of them are kept from training, to test with" if prepared.held_out else "",
        f"**{classes}** classes" if classes else f"no classes, since {prepared.why_no_classes}",
    )
    st.markdown("  ·  ".join(fact for fact in facts if fact))
    draw_said(prepared.folder)
    if prepared.skipped:
        _draw_skipped(prepared)
    try:
        shown = load_shown("folder", label=f"Opening {name}", folder=printable(str(prepared.folder)), prepared=prepared)
    except GanlabError as error:
        st.error(as_sentence(error))
        return
    draw_shown(shown)


def _draw_skipped(prepared: Prepared) -> None:
    count = len(prepared.skipped)
    with st.expander(f"{count:,} {'file was' if count == 1 else 'files were'} skipped"):
        st.dataframe(
            {"File": [each.name for each in prepared.skipped], "Why": [each.reason for each in prepared.skipped]},
            hide_index=True,
            width="stretch",
        )
