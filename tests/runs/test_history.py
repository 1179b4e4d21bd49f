"""The log and its fold: every bit kept, torn lines dropped, no step counted twice."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganlab.runs.files import drop_torn_line
from ganlab.runs.history import History, encode_record, fold, read_records


def tick(step: int, *values: float, seconds: float = 1.0) -> dict[str, Any]:
    return {"type": "tick", "step": step, "seconds": seconds, "images": 10, "series": {"loss_d": list(values)}}


def begin(kind: str, step: int) -> dict[str, Any]:
    return {"type": kind, "step": step, "device": "CPU"}


def logged(history: History) -> list[float]:
    return [float(value) for _, _, series in history.ticks for value in series["loss_d"]]


def folded(records: Iterable[dict[str, Any]]) -> History:
    return fold(iter(records))


def test_float32_values_come_back_bit_for_bit(tmp_path: Path):
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**32, 20_000, dtype=np.uint64).astype(np.uint32).view(np.float32)
    values = np.concatenate([bits[np.isfinite(bits)], np.array([0.0, -0.0, 1e-45, 3.4028235e38, 1 / 3], np.float32)])
    path = tmp_path / "log"
    path.write_bytes(encode_record("tick", {"step": 5, "seconds": 0.1, "images": 3, "series": {"loss_d": values}}))
    (record,) = read_records(path)
    assert record["step"] == 5
    history = folded([record])
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


@pytest.mark.parametrize("damage", [b"{\n", b"\x00\xff\n", b"[1]\n", b"{}\n", b'{"type": 3}\n', b"\n"])
def test_a_damaged_line_in_the_middle_is_left_out(tmp_path: Path, damage: bytes):
    path = tmp_path / "log"
    path.write_bytes(encode_record("start", {"step": 0}) + damage + encode_record("stop", {"step": 0}))
    assert [record["type"] for record in read_records(path)] == ["start", "stop"]


def test_no_log_is_a_run_that_has_not_begun(tmp_path: Path):
    history = fold(read_records(tmp_path / "nothing"))
    assert (history.begun, history.ending, history.step, history.ticks) == (False, None, 0, [])


def test_the_fold_of_a_run_by_hand():
    history = folded([begin("start", 0), tick(1, 3.0), {"type": "snapshot", "step": 1}, tick(3, 2.0, 1.5, seconds=0.5)])
    assert (history.begun, history.ending, history.step, history.device) == (True, None, 3, "CPU")
    assert history.training_s == 1.5
    assert logged(history) == [3.0, 2.0, 1.5]
    assert folded([begin("start", 0), {"type": "fail", "message": "Oh."}]).message == "Oh."
    assert folded([begin("start", 0), {"type": "fail", "message": "Oh."}]).ending == "fail"


def test_a_resume_clears_the_ending_and_its_message():
    history = folded([begin("start", 0), tick(1, 3.0), {"type": "fail", "message": "Oh."}, begin("resume", 1)])
    assert (history.ending, history.message, history.step) == (None, "", 1)


def test_a_resume_at_an_earlier_step_takes_back_what_came_after():
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
def test_however_often_a_run_is_cut_off_each_step_stands_in_the_fold_once(seed: int):
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


def test_curves_until_a_step_hold_the_steps_up_to_it():
    history = folded([begin("start", 0), tick(2, 1.0, 2.0), tick(5, 3.0, 4.0, 5.0), tick(6, 6.0)])
    for until in range(7):
        assert history.curves(until).part().series.get("loss_d", np.zeros((3, 0)))[0].tolist() == [
            1.0, 2.0, 3.0, 4.0, 5.0, 6.0,
        ][:until]  # fmt: skip
    assert history.curves().steps == 6


def test_seconds_count_up_to_a_step_only():
    """What a resume takes back is not counted as training."""
    ticks = [
        {"type": "tick", "step": step, "seconds": seconds, "series": {"loss_d": [0.0]}}
        for step, seconds in ((1, 5.0), (2, 7.0), (3, 100.0))
    ]
    history = fold(iter(ticks))
    assert (history.seconds(until=0), history.seconds(until=2), history.seconds(until=9)) == (0, 12, 112)


def test_a_record_without_its_fields_is_left_out_alone():
    good = {"type": "tick", "step": 1, "seconds": 1.0, "series": {"loss_d": [3.0]}}
    broken = [
        {"type": "tick"},
        {"type": "tick", "step": 2, "series": 7},
        {"type": "start"},
        {"type": "tick", "step": "x"},
    ]
    history = fold(iter([good, *broken, {"type": "stop"}]))
    assert (history.step, history.ending, history.curves().steps) == (1, "stop", 1)
