"""A run folder from a stranger: whatever its files are called or point to, nothing outside of it is touched."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from broken import Break, becomes_link, logs, stopped_run

from ganlab.errors import GanlabError
from ganlab.explore import Explorer
from ganlab.export.files import Options, take_away
from ganlab.runs import Run, Runs, ask, drive, driving, edit_at_rest, fork, orders, rewind_at_rest, snapshots
from ganlab.runs.directions import KeptDirection, forget_direction, keep_direction, kept_directions
from ganlab.runs.fork import children
from ganlab.runs.thinning import thin
from ganlab.status import status_on_disk

pytestmark = [
    pytest.mark.usefixtures("made_up_data"),
    pytest.mark.skipif(os.name != "posix", reason="links need rights of their own here"),
]

#: What is opened, listed, made or removed in this folder is written down, while there is one.
_watched: list[str] = []
_touched: list[str] = []
#: Which arguments of the events that Python tells of are paths.
_PATHS = {"open": 1, "os.listdir": 1, "os.scandir": 1, "os.remove": 1, "os.rename": 2, "os.mkdir": 1, "os.rmdir": 1}


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if _watched and event in _PATHS and not (event == "open" and isinstance(args[1], str)):  # those: see `untouched`
        for path in args[: _PATHS[event]]:
            # To open, remove or rename a link without following it touches what it stands for as little as a file.
            _note(
                path, follows=event in ("os.listdir", "os.scandir") or (event == "open" and not args[2] & os.O_NOFOLLOW)
            )


def _note(path: Any, *, follows: bool) -> None:
    if _watched and isinstance(path, str | bytes | os.PathLike):
        folder, name = os.path.split(os.fsdecode(path))
        real = os.path.realpath(os.fsdecode(path)) if follows else os.path.join(os.path.realpath(folder), name)
        if real.startswith(_watched[0]):
            _touched.append(real)


@pytest.fixture(scope="module", autouse=True)
def hook() -> None:
    sys.addaudithook(_hook)  # for good; it is idle where nothing is watched


@contextlib.contextmanager
def untouched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails when anything in a folder is read, written or removed in the block."""

    def opened(path: Any, *args: Any, opener: Any = None, **options: Any) -> Any:
        if opener is None:  # else it is the opener that opens, and Python tells of that
            _note(path, follows=True)
        return real_open(path, *args, opener=opener, **options)

    def safely_opened(path: Path, **options: Any) -> Any:
        _note(path, follows=True)
        return safe_open(path, **options)

    real_open, safe_open = open, snapshots.safe_open
    before = contents(folder)
    _touched.clear()
    _watched.append(str(folder))
    try:
        with monkeypatch.context() as patch:
            patch.setattr("io.open", opened)
            patch.setattr("builtins.open", opened)
            patch.setattr(snapshots, "safe_open", safely_opened)
            yield
    finally:
        _watched.clear()
    assert _touched == []
    assert contents(folder) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in sorted(folder.rglob("*"))}


def leaf_link(name: str) -> Break:
    """A file of a run that is a link to the same, but outside."""

    def replace(folder: Path) -> None:
        outside = folder.parent.parent / "outside" / Path(name).name
        if (folder / name).exists():
            shutil.move(folder / name, outside)
        else:
            outside.write_bytes(orjson.dumps({"kind": "stop"}))
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(outside)

    return replace


def config_says(**fields: Any) -> Break:
    def write(folder: Path) -> None:
        content = orjson.loads((folder / "config.json").read_bytes())
        (folder / "config.json").write_bytes(orjson.dumps(content | fields))

    return write


def snapshots_called(name: str) -> Break:
    """The log says that the snapshots of all steps to come, and of the last one, have this name."""

    def write(folder: Path) -> None:
        for step in range(1, 10):
            logs(type="snapshot", step=step, file=name.format(root=folder.parent.parent))(folder)

    return write


_PARTS = ("config.json", "history.jsonl", "samples", "snapshots", "orders", "run.lock", "directions.json")
#: Every place where a name, or what it stands for, comes out of a folder.
TRAPS: dict[str, Break] = {
    **{f"{name} a link": becomes_link(name) for name in (*_PARTS, "directions.lock")},
    **{
        f"{name} a link": leaf_link(name)
        for name in (
            "samples/000001.webp",
            "samples/000001.json",
            "samples/.writing-x",
            "snapshots/000001.safetensors",
            "snapshots/000002.safetensors",
            "orders/1.json",
        )
    },
    "snapshot above": snapshots_called("../../../outside/precious.safetensors"),
    "snapshot beside": snapshots_called("../samples/000001.webp"),
    "snapshot anywhere": snapshots_called("{root}/outside/precious.safetensors"),
    "parent above": config_says(parent={"run": "../../outside", "step": 1}),
    "fork of one above": logs(type="fork", step=1, changes={}, parent="../../outside"),
    "order of a path": lambda folder: orders.send(folder / "orders", {"kind": "rewind", "step": "../../outside"}),
    "order called so": lambda folder: orders.send(folder / "orders", {"kind": "../../outside", "changes": "../../x"}),
}


def train_with_orders(runs: Runs, run: Run) -> None:
    with driving(run, tick_s=0) as driver:
        driver.single("both")
        driver.save()
        orders.send(run.orders_folder, {"kind": "edit", "changes": {"lr_d": 0.1}})
        driver.tick()
        driver.rewind(1)
        driver.save()


def train_to_the_end(runs: Runs, run: Run) -> None:
    for _ in drive(run, tick_s=0):
        pass


def look(runs: Runs, run: Run) -> None:
    status_on_disk(run)
    run.curves()
    run.last_values()
    run.scores(1)
    run.size_bytes()
    children(runs, run)
    "".join(run.csv())
    with contextlib.suppress(GanlabError):
        run.sample(1)
    kept_directions(run)


def export(runs: Runs, run: Run) -> None:
    take_away(Explorer(runs).load(run.id), "safetensors", Options())


def name_directions(runs: Runs, run: Run) -> None:
    keep_direction(run, KeptDirection("slant", (1.0, 0.0, 0.0)))
    forget_direction(run, "slant")


def thin_out(runs: Runs, run: Run) -> None:
    with run.locked():
        thin(run.path / "snapshots", run.history(), 0)


def send_order(runs: Runs, run: Run) -> None:
    ask(run, {"kind": "stop"}, wait_s=0.1)


def delete(runs: Runs, run: Run) -> None:
    runs.delete(run.id)
    runs.restore(run.id)
    runs.delete(run.id)
    runs.forget_deleted()


#: All that is done to runs; each is tried on a folder of its own.
ACTIONS: list[Callable[[Runs, Run], object]] = [
    look,
    export,
    train_with_orders,
    train_to_the_end,
    thin_out,
    send_order,
    name_directions,
    delete,
    lambda runs, run: rewind_at_rest(run, 1),
    lambda runs, run: edit_at_rest(run, {"lr_d": 0.1}),
    lambda runs, run: fork(runs, run, 1, {}),
    lambda runs, run: fork(runs, run, 0, {}),
    lambda runs, run: fork(runs, run, 0, {}, name="../outside/x"),
    lambda runs, run: run.rename("other"),
    lambda runs, run: run.annotate("other"),
    lambda runs, run: run.slim(),
]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stopped_run(Runs(tmp_path_factory.mktemp("template")), "run").path


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("known", [False, True], ids=["new", "known before"])
def test_nothing_outside_a_run_folder_is_touched(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch, trap: str, known: bool
):
    outside = tmp_path / "outside"
    for number, act in enumerate(ACTIONS):
        root = tmp_path / f"checkpoints-{number}"
        shutil.copytree(template, root / "run")
        shutil.rmtree(outside, ignore_errors=True)
        outside.mkdir()
        shutil.copy(template / "snapshots" / "000001.safetensors", outside / "precious.safetensors")
        runs = Runs(root)
        run = runs.get("run")
        TRAPS[trap](run.path)
        with untouched(outside, monkeypatch), contextlib.suppress(GanlabError):
            act(runs, run if known else Runs(root).get("run"))


def test_the_watch_sees_what_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("x")
    (tmp_path.parent / "link").symlink_to(tmp_path / "file")
    for touch in (
        lambda: (tmp_path.parent / "link").read_text(),
        lambda: (tmp_path / "new").mkdir(),
        lambda: os.listdir(tmp_path),
    ):
        with pytest.raises(AssertionError), untouched(tmp_path, monkeypatch):
            touch()


def test_a_run_folder_that_is_a_link_is_a_run_and_deleting_it_removes_the_link_alone(tmp_path: Path, template: Path):
    (tmp_path / "checkpoints" / "here").symlink_to(shutil.copytree(template, tmp_path / "disk"))
    runs = Runs(tmp_path / "checkpoints")
    train_to_the_end(runs, runs.get("here"))
    before = contents(tmp_path / "disk")
    runs.delete("here")
    runs.restore("here")
    assert runs.get("here").history().ending == "finish"
    runs.delete("here")
    runs.forget_deleted()
    assert (runs.all(), runs.deleted()) == ([], ())
    assert contents(tmp_path / "disk") == before
