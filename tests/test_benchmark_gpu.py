"""The script for a machine with a GPU: it runs without one too, and what breaks or finds no time is said."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks is not installed

from benchmarks import gpu


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_part_is_rehearsed_without_a_gpu(tmp_path: Path):
    assert gpu.measure_all(list(gpu.PARTS), gpu.Wish("cpu", tmp_path), minutes=9) == 0
    for part in gpu.PARTS:
        found = json.loads((tmp_path / f"{part}.json").read_text())
        assert found
        assert "error" not in json.dumps(found).replace('"errors"', "")


def test_a_part_that_fails_leaves_what_it_had_and_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def breaks(wish: gpu.Wish) -> Iterator[tuple[str, float]]:
        yield "first", 1.5
        raise RuntimeError("illegal memory access")

    monkeypatch.setitem(gpu.PARTS, "run", (breaks, 5.0))
    with pytest.raises(RuntimeError, match="illegal"):
        gpu.measure("run", gpu.Wish("cpu", tmp_path))
    found = json.loads((tmp_path / "run.json").read_text())
    assert found["first"] == 1.5
    assert "illegal memory access" in found["error"]


def test_parts_for_which_no_time_is_left_are_named(tmp_path: Path):
    assert gpu.measure_all(["environment", "resume"], gpu.Wish("cpu", tmp_path), minutes=0) == 2
    ends = json.loads((tmp_path / "summary.json").read_text())["ends"]
    assert set(ends.values()) == {"no time was left"}
