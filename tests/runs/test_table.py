"""A run as a CSV table: a row for each step that stands, every bit of every value, and nothing else."""

from __future__ import annotations

import csv
import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny

from ganlab.runs import Run, Runs


@pytest.fixture
def run(checkpoints: Path) -> Run:
    run = Runs(checkpoints).create(tiny())
    run.log("start", time=0.0, step=0, device="CPU")
    return run


def tick(run: Run, step: int, **series: list[float] | np.ndarray) -> None:
    run.log("tick", step=step, seconds=1.0, images=1, series=series)


def rows(run: Run) -> list[dict[str, str]]:
    file = io.StringIO()
    run.write_csv(file)
    return list(csv.DictReader(io.StringIO(file.getvalue())))


def test_each_step_has_a_row_with_its_series_measures_and_edits(run: Run):
    run.log("measures", step=0, values={"diversity": 0.25})
    tick(run, 2, loss_d=[1.5, -2.0], loss_g=[0.0, 3.0])
    run.log("measures", step=2, values={"diversity": 0.5, "moved": 0.125})
    run.log("edit", time=0.0, step=2, changes={"lr_g": [2e-4, 1e-4], "d_steps": [5, 1]})
    run.log("undo", time=0.0, step=2, changes={"d_steps": [1, 5]})
    tick(run, 3, loss_d=[4.0], penalty=[9.0])
    header, *lines = "".join(run.csv()).splitlines()
    assert header == "step,loss_d,loss_g,penalty,diversity,moved,edit"
    assert lines == [
        "0,,,,0.25,,",
        "1,1.5,0.0,,,,",
        '2,-2.0,3.0,,0.5,0.125,"edit: lr_g 0.0002 -> 0.0001, d_steps 5 -> 1; undo: d_steps 1 -> 5"',
        "3,4.0,,9.0,,,",
    ]


def test_what_was_taken_back_is_not_in_the_table(run: Run):
    tick(run, 3, loss_d=[1.0, 2.0, 3.0])
    run.log("measures", step=3, values={"moved": 1.0})
    run.log("rewind", time=0.0, step=1, changes={})
    tick(run, 2, loss_d=[20.0])
    found = rows(run)
    assert [(row["step"], row["loss_d"], row["edit"]) for row in found] == [("1", "1.0", "rewind"), ("2", "20.0", "")]


def test_values_come_back_bit_for_bit(run: Run):
    values = np.random.default_rng(0).standard_normal(2000).astype(np.float32)
    tick(run, 2000, loss_d=values)
    back = np.array([row["loss_d"] for row in rows(run)]).astype(np.float64).astype(np.float32)
    assert back.tobytes() == values.tobytes()


def test_a_run_without_a_step_is_a_header(run: Run):
    assert "".join(run.csv()) == "step,edit\n"


def test_memory_does_not_grow_with_the_run(run: Run):
    values = np.random.default_rng(0).standard_normal(100).astype(np.float32)
    for number in range(1, 201):
        tick(run, 100 * number, loss_d=values, loss_g=values)
    run.curves()
    tracemalloc.start()
    size = sum(len(part) for part in run.csv())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 400_000 and peak < size / 2


@pytest.mark.parametrize(
    "series",
    [
        {"loss_d": ["x", 2.0]},
        {"loss_d": [[1.0], 2.0]},
        {"loss_d": [True, 2.0]},
        {"loss_d": 3.0},
        {"loss_d": {}},
        {"loss_d": []},
        {"loss_d": [1.0, 2.0], "loss_g": [1.0]},
    ],
)
def test_a_tick_with_a_wrong_value_is_left_out_and_the_others_stay(run: Run, series: dict[str, object]):
    tick(run, 2, loss_d=[1.5, -2.0])
    run.log("tick", step=4, seconds=1.0, images=1, series=series)
    run.log("measures", step=4, values={"diversity": "high", "moved": 0.5})
    tick(run, 5, loss_d=[4.0])
    found = [(row["step"], row["loss_d"], row["moved"]) for row in rows(run)]
    assert found == [("1", "1.5", ""), ("2", "-2.0", ""), ("4", "", "0.5"), ("5", "4.0", "")]
    assert [step for step, _, _ in run.ticks()] == [2, 5]
    assert run.curves().steps == 5


def test_a_value_too_large_for_32_bits_is_no_number(run: Run):
    tick(run, 2, loss_d=[1e39, 1.0])
    run.log("measures", step=2, values={"moved": 1e39, "diversity": 0.5})
    part = run.curves().part()
    assert np.array_equal(part.series["loss_d"][0], [np.nan, 1.0], equal_nan=True)
    assert "moved" not in part.series and part.series["diversity"][0, 1] == 0.5
