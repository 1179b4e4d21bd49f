"""What the tests of bad run folders share: each way in which one can be bad, and how it comes about."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from tiny import fresh, tiny

from ganlab.data import fingerprint
from ganlab.runs import Run, Runs
from ganlab.runs.files import append
from ganlab.training.batches import Batches
from ganlab.training.loop import one_step

Break = Callable[[Path], object]
NEWER: dict[str, Any] = {"changes": {"new_knob": [1, 2]}}


def stopped_run(runs: Runs, name: str) -> Run:
    """A run with a step, a grid, measures, an edit and a snapshot."""
    run = runs.create(tiny(max_steps=9), name=name)
    data, state = fresh(run.config)
    one_step(state, Batches(data, state))
    run.log("start", time=0.0, step=0, device="CPU")
    run.log("data", **asdict(fingerprint(data)))
    run.log("tick", step=1, seconds=0.5, images=10, series={"loss_d": [0.5], "loss_g": [1.5]})
    run.log("measures", step=1, values={"diversity": 0.5})
    run.save_sample(1, np.zeros((2, 16, 16, 1), np.uint8), {"real": [1], "fake": [2]})
    run.save_snapshot(1, state.to_tensors())
    run.log("edit", time=1.0, step=1, changes={"lr_g": [2e-4, 1e-4], "batch_size": [5, 4]})
    run.log("stop", time=2.0, step=1)
    return run


def logs(**fields: Any) -> Break:
    """A line at the end of the log."""
    return lambda folder: append(folder / "history.jsonl", orjson.dumps(fields) + b"\n")


def becomes_folder(name: str) -> Break:
    def replace(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return replace


def becomes_file(name: str) -> Break:
    def replace(folder: Path) -> None:
        shutil.rmtree(folder / name)
        (folder / name).write_text("no folder")

    return replace


def becomes_link(name: str) -> Break:
    """The same, but elsewhere: in the folder 'outside' beside the checkpoints."""

    def replace(folder: Path) -> None:
        outside = folder.parent.parent / "outside"
        outside.mkdir(exist_ok=True)
        part = folder / name
        if part.exists():
            shutil.move(part, outside / name)
        elif name == "orders":
            (outside / name).mkdir()
        else:
            (outside / name).write_bytes(b"[]")
        part.symlink_to(outside / name)

    return replace


def config_holds(content: bytes) -> Break:
    return lambda folder: (folder / "config.json").write_bytes(content)


def of_newer_version(folder: Path) -> None:
    content = orjson.loads((folder / "config.json").read_bytes())
    content["ganlab"], content["config"]["new_knob"] = "99.0.0", 1
    (folder / "config.json").write_bytes(orjson.dumps(content))


#: What is done to a run folder → what is then said of it. It cannot be used as a run.
UNUSABLE: dict[str, tuple[Break, str]] = {
    "newer edit": (logs(type="edit", step=1, **NEWER), "unknown setting 'new_knob'"),
    "newer fork": (logs(type="fork", step=1, parent="a", **NEWER), "unknown setting 'new_knob'"),
    "edit to text": (logs(type="edit", step=1, changes={"lr_g": [1e-4, "fast"]}), "lr_g must be a number, got 'fast'"),
    "edit from text": (logs(type="edit", step=1, changes={"lr_g": ["x", 1e-4]}), "lr_g must be a number, got 'x'"),
    "edit from a list": (logs(type="edit", step=1, changes={"loss": [[], "hinge"]}), "loss"),
    "edit to a number as text": (logs(type="edit", step=1, changes={"batch_size": [5, "4"]}), "cannot be '4'"),
    "edit out of range": (logs(type="edit", step=1, changes={"lr_g": [1e-4, -1]}), "lr_g must be greater than 0"),
    "log a folder": (becomes_folder("history.jsonl"), "its history.jsonl is no file"),
    "config a folder": (becomes_folder("config.json"), "its config.json is no file"),
    "config damaged": (config_holds(b'{"config": {'), "its config.json is damaged"),
    "config a list": (config_holds(b"[1]"), "its config.json is damaged"),
    "config of text": (config_holds(b'{"config": "x"}'), "its config.json is damaged"),
    "config newer": (of_newer_version, "use ganlab 99.0.0, which made it"),
    "snapshots a file": (becomes_file("snapshots"), "its snapshots is no folder"),
    "samples a file": (becomes_file("samples"), "its samples is no folder"),
    "orders a file": (lambda folder: (folder / "orders").write_text("x"), "its orders is no folder"),
    **{
        f"{name} a link": (becomes_link(name), f"its {name} is a link")
        for name in ("config.json", "history.jsonl", "samples", "snapshots", "orders", "run.lock", "directions.json")
    },
}
if hasattr(os, "mkfifo"):
    UNUSABLE["lock a pipe"] = (lambda folder: os.mkfifo(folder / "run.lock"), "its run.lock is no file")

#: What is done to a run folder that costs a line of its log.
LEFT_OUT: dict[str, Break] = {
    "step too large": logs(type="tick", step=99999999999999999999999.0, seconds=1, images=1, series={"loss_d": [1]}),
    "step of text": logs(type="tick", step="2", seconds=1, images=1, series={"loss_d": [1]}),
    "seconds too large": logs(type="tick", step=2, seconds=1e300, images=1, series={"loss_d": [1]}),
    "edit of one value": logs(type="edit", step=1, changes={"lr_g": 7}),
    "edit without changes": logs(type="edit", step=1, changes="lr_g"),
    "snapshot elsewhere": logs(type="snapshot", step=2, file="../../../outside/precious.txt"),
    "snapshot of no name": logs(type="snapshot", step=2, file=["000002.safetensors"]),
    "data of no number": logs(type="data", class_names=[], count=0, digest=""),
    "alarm without a step": logs(type="alarm", name="mode-collapse", step=1e30),
    "no record": lambda folder: append(folder / "history.jsonl", b"\x00\xff{\n"),
}


def fuzzed(seed: int, log: bytes) -> bytes:
    """A log with a few values, bytes or lines of it changed."""
    rng = random.Random(seed)
    lines = log.splitlines(keepends=True)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(lines))
        lines[place] = rng.choice([_with_other_value, _with_other_byte, _twice])(rng, lines[place])
    return b"".join(lines)


#: JSON of each kind, most of it where none of that kind is expected.
_ODD = b'null true -1 1e30 1e308 18446744073709551615 "x" "../../x" [] {} [[1]] {"a":[1,2]} 0.5 7'.split()


def _with_other_value(rng: random.Random, line: bytes) -> bytes:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return line
    places = list(_places(record))
    holder, key = rng.choice(places)
    holder[key] = orjson.Fragment(rng.choice(_ODD))
    return orjson.dumps(record) + b"\n"


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from _places(value[key])


def _with_other_byte(rng: random.Random, line: bytes) -> bytes:
    place = rng.randrange(len(line))
    return line[:place] + bytes([rng.randrange(256)]) + line[place + 1 :]


def _twice(rng: random.Random, line: bytes) -> bytes:
    return line + line


def one_of_each(root: Path) -> dict[str, str]:
    """A good run called 'good' and one bad run of each kind; returns their ids → what is said of each."""
    good = stopped_run(Runs(root), "good").path
    kinds = UNUSABLE | {kind: (break_it, "1 line is damaged") for kind, break_it in LEFT_OUT.items()}
    said = {}
    for kind, (break_it, words) in kinds.items():
        name = "bad-" + kind.replace(" ", "-")
        shutil.copytree(good, root / name)
        break_it(root / name)
        shutil.rmtree(root.parent / "outside", ignore_errors=True)  # each link dangles, as in a folder that was moved
        said[name] = words
    return said
