"""The log and its fold: every bit kept, torn lines dropped, no step counted twice."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from ganlab.curves import Curves
from ganlab.runs.files import drop_torn_line
from ganlab.runs.history import History, encode_record
from ganlab.runs.log import LogReader, read_records

Fold = Callable[[Iterable[dict[str, Any]]], History]


def tick(step: int, *values: float, seconds: float = 1.0) -> dict[str, Any]:
    return {"type": "tick", "step": step, "seconds": seconds, "images": 10, "series": {"loss_d": list(values)}}


def begin(kind: str, step: int) -> dict[str, Any]:
    return {"type": kind, "step": step, "device": "CPU"}


def logged(history: History) -> list[float]:
    return [float(value) for _, _, series in history.ticks for value in series["loss_d"]]


def looks(step: int, **values: float) -> dict[str, Any]:
    return {"type": "measures", "step": step, "values": values}


def as_lines(records: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def append(path: Path, *records: dict[str, Any]) -> None:
    with path.open("ab") as log:
        log.write(as_lines(records))


def same_curves(one: Curves, other: Curves) -> None:
    ours, theirs = one.part(), other.part()
    assert (one.steps, ours.bucket, ours.timeline) == (other.steps, theirs.bucket, theirs.timeline)
    assert ours.series.keys() == theirs.series.keys()
    for name, table in ours.series.items():
        assert np.allclose(table, theirs.series[name], rtol=1e-6, equal_nan=True), name


@pytest.fixture
def folded(tmp_path: Path) -> Fold:
    """The state that a log of these records amounts to."""
    numbers = itertools.count()

    def fold(records: Iterable[dict[str, Any]]) -> History:
        path = tmp_path / f"{next(numbers)}.jsonl"
        path.write_bytes(as_lines(records))
        return LogReader(path).read()

    return fold


def test_float32_values_come_back_bit_for_bit(tmp_path: Path):
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**32, 20_000, dtype=np.uint64).astype(np.uint32).view(np.float32)
    values = np.concatenate([bits[np.isfinite(bits)], np.array([0.0, -0.0, 1e-45, 3.4028235e38, 1 / 3], np.float32)])
    path = tmp_path / "log"
    path.write_bytes(encode_record("tick", {"step": 5, "seconds": 0.1, "images": 3, "series": {"loss_d": values}}))
    (record,) = read_records(path)
    assert record["step"] == 5
    history = LogReader(path).read()
    assert history.ticks[0][2]["loss_d"].tobytes() == values.tobytes()


def test_a_last_line_torn_anywhere_is_dropped_and_the_next_append_starts_clean(tmp_path: Path):
    whole = encode_record("start", {"step": 0}) + encode_record("tick", tick(1, 0.5) | {"type": "tick"})
    last = encode_record("tick", {"step": 2, "seconds": 1.0, "images": 1, "series": {"loss_d": [0.25]}})
    path = tmp_path / "log"
    for length in range(len(last)):
        path.write_bytes(whole + last[:length])
        assert [record["type"] for record in read_records(path)] == ["start", "tick"]
        drop_torn_line(path)
        with path.open("ab") as log:
            log.write(encode_record("stop", {"step": 1}))
        assert [record["type"] for record in read_records(path)] == ["start", "tick", "stop"]
    path.write_bytes(whole + last)
    assert len(list(read_records(path))) == 3


def test_a_value_that_was_not_finite_is_no_number_in_the_curves(tmp_path: Path):
    path = tmp_path / "log"
    values = np.array([1.0, np.nan], np.float32)
    path.write_bytes(encode_record("tick", {"step": 2, "seconds": 1.0, "images": 1, "series": {"loss_d": values}}))
    assert np.array_equal(LogReader(path).read().ticks[0][2]["loss_d"], values, equal_nan=True)
    assert np.array_equal(LogReader(path).curves().part().series["loss_d"][0], values, equal_nan=True)


def test_places_are_read_in_blocks_and_none_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganlab.runs.logged._PLACES_AT_ONCE", 3)
    path = tmp_path / "log"
    append(path, *(tick(step, float(step)) for step in range(1, 12)))
    assert logged(LogReader(path).read()) == list(range(1, 12))


@pytest.mark.parametrize("damage", [b"{\n", b"\x00\xff\n", b"[1]\n", b"{}\n", b'{"type": 3}\n', b"\n"])
def test_a_damaged_line_in_the_middle_is_left_out(tmp_path: Path, damage: bytes):
    path = tmp_path / "log"
    path.write_bytes(encode_record("start", {"step": 0}) + damage + encode_record("stop", {"step": 0}))
    assert [record["type"] for record in read_records(path)] == ["start", "stop"]


def test_no_log_is_a_run_that_has_not_begun(tmp_path: Path):
    history = LogReader(tmp_path / "nothing").read()
    assert (history.begun, history.ending, history.step, list(history.ticks)) == (False, None, 0, [])
    assert LogReader(tmp_path / "nothing").curves().steps == 0


def test_the_fold_of_a_run_by_hand(folded: Fold):
    history = folded([begin("start", 0), tick(1, 3.0), {"type": "snapshot", "step": 1}, tick(3, 2.0, 1.5, seconds=0.5)])
    assert (history.begun, history.ending, history.step, history.device) == (True, None, 3, "CPU")
    assert history.training_s == 1.5
    assert logged(history) == [3.0, 2.0, 1.5]
    assert folded([begin("start", 0), {"type": "fail", "message": "Oh."}]).message == "Oh."
    assert folded([begin("start", 0), {"type": "fail", "message": "Oh."}]).ending == "fail"


def test_a_resume_clears_the_ending_and_its_message(folded: Fold):
    history = folded([begin("start", 0), tick(1, 3.0), {"type": "fail", "message": "Oh."}, begin("resume", 1)])
    assert (history.ending, history.message, history.step) == (None, "", 1)


def test_a_resume_at_an_earlier_step_takes_back_what_came_after(folded: Fold):
    cut_off = [begin("start", 0), tick(2, 1.0, 2.0), tick(5, 3.0, 4.0, 5.0), tick(6, 6.0)]
    history = folded([*cut_off, begin("resume", 2)])
    assert (history.step, logged(history), history.training_s) == (2, [1.0, 2.0], 1.0)
    history = folded([*cut_off, begin("resume", 4), tick(6, 50.0, 60.0)])
    assert (history.step, logged(history)) == (6, [1.0, 2.0, 3.0, 4.0, 50.0, 60.0])
    history = folded([*cut_off, begin("resume", 0), tick(1, 10.0)])
    assert (history.step, logged(history), history.training_s) == (1, [10.0], 1.0)
    history = folded([*cut_off, begin("resume", 6), tick(7, 70.0)])
    assert (history.step, logged(history)) == (7, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 70.0])


@pytest.mark.parametrize("seed", range(10))
def test_however_often_a_run_is_cut_off_each_step_stands_in_the_fold_once(folded: Fold, seed: int):
    rng = np.random.default_rng(seed)
    records, step, snapshot = [begin("start", 0)], 0, 0
    while step < 60:
        count = int(rng.integers(1, 6))
        step += count
        records.append(tick(step, *range(step - count + 1, step + 1)))
        if rng.random() < 0.3:
            snapshot = int(rng.integers(snapshot, step + 1))
        if rng.random() < 0.3:
            records.append(begin("resume", snapshot))
            step = snapshot
    history = folded(records)
    assert logged(history) == list(range(1, history.step + 1))
    assert history.curves().steps == history.step == step


def test_curves_until_a_step_hold_the_steps_up_to_it(folded: Fold):
    history = folded([begin("start", 0), tick(2, 1.0, 2.0), tick(5, 3.0, 4.0, 5.0), tick(6, 6.0)])
    for until in range(7):
        assert history.curves(until).part().series.get("loss_d", np.zeros((3, 0)))[0].tolist() == [
            1.0, 2.0, 3.0, 4.0, 5.0, 6.0,
        ][:until]  # fmt: skip
    assert history.curves().steps == 6


def test_seconds_count_up_to_a_step_only(folded: Fold):
    """What a resume takes back is not counted as training."""
    ticks = [
        {"type": "tick", "step": step, "seconds": seconds, "series": {"loss_d": [0.0]}}
        for step, seconds in ((1, 5.0), (2, 7.0), (3, 100.0))
    ]
    history = folded(ticks)
    assert (history.seconds(until=0), history.seconds(until=2), history.seconds(until=9)) == (0, 12, 112)


def test_a_record_without_its_fields_is_left_out_alone(folded: Fold):
    good = {"type": "tick", "step": 1, "seconds": 1.0, "series": {"loss_d": [3.0]}}
    broken = [
        {"type": "tick"},
        {"type": "tick", "step": 2, "series": 7},
        {"type": "start"},
        {"type": "tick", "step": "x"},
        *({**good, "step": step} for step in (99999999999999999999999.0, 10**13, -1, True, "7", None)),
        *({**good, "seconds": seconds} for seconds in (1e300, "1", None)),
        {"type": "measures", "step": 1e30, "values": {}},
        {"type": "snapshot", "step": 1e30, "file": "000001.safetensors"},
        {"type": "rewind", "step": 1e30, "changes": {}},
    ]
    history = folded([good, *broken, {"type": "stop"}])
    assert (history.step, history.ending, history.curves().steps) == (1, "stop", 1)


#: One record of each kind, whole.
WHOLE = [
    begin("start", 0),
    begin("resume", 0),
    tick(1, 3.0),
    looks(1, diversity=0.5),
    {
        "type": "score",
        "step": 1,
        "values": {"frechet": 2.0},
        "floor": {"frechet": 1.0},
        "seconds": 1.0,
        "network": "classifier",
        "reference": "held out",
        "count": "100",
    },
    *({"type": kind, "step": 1, "changes": {"lr_g": [1.0, 2.0]}, "time": 1.0} for kind in ("edit", "rewind", "fork")),
    {"type": "data", "class_names": ["cat"], "count": 3, "digest": "ab"},
    {"type": "snapshot", "step": 1, "file": "000001.safetensors", "interim": True},
    {"type": "alarm", "name": "no-gradient", "step": 1, "message": "", "remedies": []},
    {"type": "clear", "name": "no-gradient", "step": 1},
    *({"type": kind, "text": "words"} for kind in ("name", "note")),
    *({"type": kind, "order": "1", "step": 1, "message": "words"} for kind in ("refused", "lost")),
    *({"type": kind, "step": 1, "time": 1.0} for kind in ("pause", "unpause", "interrupt", "stop", "finish", "fail")),
]
WILD = [
    None,
    True,
    -1,
    0.5,
    1e308,
    2**63,
    10**30,
    "",
    "x",
    "../x",
    [],
    [[]],
    [[1, 2]],
    [None],
    {},
    {"": {}},
    [["a", 1]],
]


def told(history: History) -> dict[str, Any]:
    """All that it says; of ticks and looks how many there are."""
    return {**vars(history), "ticks": len(history.ticks), "measures": len(history.measures)}


@pytest.mark.parametrize("record", WHOLE, ids=[str(record["type"]) for record in WHOLE])
def test_any_value_anywhere_is_taken_whole_or_leaves_all_as_it_was(record: dict[str, Any], tmp_path: Path):
    """No log, whatever is in it, may raise what the listing of all runs does not expect."""
    for name, value in itertools.product(record, WILD):
        changed = {**record, name: value}
        history = History.of_nothing(tmp_path / "log")
        before = deepcopy(told(history))
        try:
            history.take(changed, 0)
        except (KeyError, TypeError, ValueError):
            assert told(history) == before, changed


def a_long_log(seed: int, steps: int) -> list[dict[str, Any]]:
    """Ticks and looks as a run writes them, cut off and taken up again now and then; the values name the step."""
    rng = np.random.default_rng(seed)
    records, step, snapshot = [begin("start", 0)], 0, 0
    while step < steps:
        count = int(rng.integers(1, 50))
        step += count
        records.append(tick(step, *range(step - count + 1, step + 1), seconds=0.25))
        if rng.random() < 0.3:
            records.append(looks(step, diversity=step / 2))
        if rng.random() < 0.1:
            snapshot = int(rng.integers(snapshot, step + 1))
        if rng.random() < 0.1:
            kind = "resume" if rng.random() < 0.5 else "rewind"
            records.append({**begin(kind, snapshot), "changes": {}})
            step = snapshot
    return records


@pytest.mark.parametrize("seed", range(5))
def test_a_log_that_grows_is_folded_as_if_it_were_read_at_once(tmp_path: Path, seed: int):
    """Whatever was added between two looks, torn lines included; curves as well."""
    rng = np.random.default_rng(seed)
    lines = as_lines(a_long_log(seed, 6000))
    path = tmp_path / "log"
    path.touch()
    reader, written = LogReader(path), 0
    while written < len(lines):
        written += int(rng.integers(1, 20_000))
        path.write_bytes(lines[:written])
        if rng.random() < 0.7:
            history, at_once = reader.read(), LogReader(path).read()
            assert (history.step, history.timeline) == (at_once.step, at_once.timeline)
            assert (len(history.ticks), history.training_s) == (len(at_once.ticks), at_once.training_s)
        if rng.random() < 0.5:
            same_curves(reader.curves(), LogReader(path).curves())
    history = reader.read()
    assert logged(history) == list(range(1, history.step + 1))
    assert all(values["diversity"] == step / 2 for step, values in history.measures)
    same_curves(reader.curves(), history.curves())
    assert reader.curves() is reader.curves()


def test_what_was_read_stays_as_it_was_while_the_log_goes_on(tmp_path: Path):
    path = tmp_path / "log"
    append(path, begin("start", 0), tick(2, 1.0, 2.0), looks(2, moved=0.5), tick(5, 3.0, 4.0, 5.0))
    reader = LogReader(path)
    before = reader.read()
    append(path, begin("resume", 3), tick(5, 40.0, 50.0), looks(5, moved=0.25))
    after = reader.read()
    assert (logged(before), before.step, [*before.measures]) == ([1, 2, 3, 4, 5], 5, [(2, {"moved": 0.5})])
    assert logged(after) == [1, 2, 3, 40, 50]
    assert [*after.measures] == [(2, {"moved": 0.5}), (5, {"moved": 0.25})]
    assert (before.timeline, after.timeline) == (0, 1)
    assert logged(before) == [1, 2, 3, 4, 5], "also after the next ticks were taken in"


def test_measures_stand_in_the_curves_at_their_steps(folded: Fold):
    history = folded([begin("start", 0), looks(0, moved=9.0), tick(3, 1.0, 2.0, 3.0), looks(3, moved=0.5)])
    moved = history.curves().part().series["moved"]
    assert np.isnan(moved[:, :2]).all() and moved[:, 2].tolist() == [0.5] * 3
    assert "moved" not in history.curves(until=2).names


@pytest.mark.parametrize(
    "damage", [b'"series":{"loss_d":[2.0,oops]}}', b'"series":{"loss_d":[2.0,' + b"\0" * 9 + b"]}}"]
)
def test_steps_whose_line_was_damaged_within_are_a_gap_in_the_curves(tmp_path: Path, damage: bytes):
    path = tmp_path / "log"
    append(path, begin("start", 0), tick(1, 1.0))
    with path.open("ab") as log:
        log.write(b'{"type":"tick","step":3,"seconds":1.0,"images":4,"series":{"loss_d":[2.0,' + damage + b"]}}\n")
    append(path, tick(4, 4.0))
    curves = LogReader(path).curves()
    assert curves.steps == 4
    assert [None if np.isnan(value) else value for value in curves.part().series["loss_d"][0]] == [1, None, None, 4]
    assert logged(LogReader(path).read()) == [1, 4]


def test_a_torn_tick_that_ran_into_the_next_one_is_no_tick(tmp_path: Path):
    path = tmp_path / "log"
    whole = as_lines([tick(2, 2.0)])
    path.write_bytes(as_lines([begin("start", 0), tick(1, 1.0)]) + whole[:-7] + as_lines([tick(3, 3.0)]))
    history = LogReader(path).read()
    assert (history.step, logged(history)) == (1, [1.0])


def test_another_log_in_its_place_is_read_anew_and_readers_are_told(tmp_path: Path):
    path = tmp_path / "log"
    append(path, begin("start", 0), tick(3, 1.0, 2.0, 3.0))
    reader = LogReader(path)
    first = reader.curves()
    (tmp_path / "other").write_bytes(as_lines([begin("start", 0), tick(5, 5.0, 6.0, 7.0, 8.0, 9.0)]))
    (tmp_path / "other").rename(path)
    assert logged(reader.read()) == [5, 6, 7, 8, 9]
    assert reader.curves().timeline != first.timeline
    assert reader.curves().part().series["loss_d"][0].tolist() == [5, 6, 7, 8, 9]
    path.unlink()
    assert (reader.read().begun, reader.curves().steps) == (False, 0)


def test_memory_does_not_grow_with_the_steps_of_a_tick(tmp_path: Path):
    """A long run's values stay in its log: 24 bytes a tick are kept."""
    path = tmp_path / "log"
    append(path, begin("start", 0), *(tick(1000 * number, *[0.5] * 1000) for number in range(1, 51)))
    reader = LogReader(path)
    history, curves = reader.read(), reader.curves()
    assert (history.step, curves.steps) == (50_000, 50_000)
    assert history.ticks._table.nbytes < 5000


def test_curves_are_read_by_many_while_the_log_grows(tmp_path: Path):
    path = tmp_path / "log"
    append(path, begin("start", 0))
    reader, done = LogReader(path), threading.Event()
    wrong: list[str] = []

    def look() -> None:
        while not done.is_set():
            part = reader.curves().part()
            means = part.series.get("loss_d", np.zeros((3, 0)))[0]
            if part.count > 1 and not (np.diff(means[:-1]) == part.bucket).all():
                wrong.append(f"bucket {part.bucket}: {means.tolist()}")

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    try:
        for number in range(200):
            append(path, tick(10 * number + 10, *range(10 * number + 1, 10 * number + 11)))
    finally:
        done.set()
        for looker in lookers:
            looker.join()
    assert not wrong
    assert reader.curves().steps == 2000


def test_pace_is_that_of_the_last_ticks(folded: Fold):
    slow = [tick(step, 0.0, seconds=10.0) for step in range(1, 11)]
    fast = [tick(10 + 2 * number, 0.0, 0.0, seconds=0.5) for number in range(1, 21)]
    assert folded([begin("start", 0)]).pace() is None
    assert folded([begin("start", 0), *slow]).pace() == 0.1
    assert folded([begin("start", 0), *slow, *fast]).pace() == 4


def test_communication_is_that_of_the_last_look_behind_which_a_score_may_stand(folded: Fold):
    told = [looks(1, diversity=1.0, communication=0.3), looks(2, diversity=1.0, communication=0.2)]
    score = {"type": "score", "step": 2, "values": {"frechet": 1.0}, "floor": {}, "network": "", "reference": ""}
    assert folded([begin("start", 0), looks(1, diversity=1.0)]).communication() is None
    assert folded([begin("start", 0), *told]).communication() == 0.2
    assert folded([begin("start", 0), *told, score | {"count": 1}]).communication() == 0.2


def test_a_run_whose_rank_is_lost_has_no_ending_and_says_why_until_it_goes_on(folded: Fold):
    lost = [begin("start", 0), tick(1, 0.0), {"type": "interrupt", "step": 1, "message": "a process has ended"}]
    history = folded(lost)
    assert (history.ending, history.message) == (None, "a process has ended")
    assert folded([*lost, begin("resume", 0)]).message == ""
