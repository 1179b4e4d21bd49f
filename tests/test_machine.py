"""What was measured of the computer is measured once, and a damaged or unwritable memory of it harms nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ganlab import machine

CPU = torch.device("cpu")


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Gains that the coming trials will find, first to last."""
    machine._gain.cache_clear()
    found: list[float] = []
    monkeypatch.setattr(machine, "bfloat16_gain", lambda device: found.pop(0))
    return found


@pytest.mark.parametrize(("gain", "precision"), [(2.5, "bfloat16"), (1.05, "float32"), (0.2, "float32")])
def test_auto_is_what_the_trial_found_to_be_worth_it(trials: list[float], gain: float, precision: str):
    trials.append(gain)
    assert machine.fastest_precision(CPU) == precision
    machine._gain.cache_clear()
    assert machine.fastest_precision(CPU) == precision, "another process finds it written down"


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b'{"x": "y"}'])
def test_a_damaged_memory_is_written_anew(trials: list[float], content: bytes):
    file = machine._file()
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    trials.append(3.0)
    assert machine.fastest_precision(CPU) == "bfloat16"
    machine._gain.cache_clear()
    assert machine.fastest_precision(CPU) == "bfloat16"


def test_where_nothing_can_be_written_it_is_measured_again(
    trials: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path / "file" / "cache"))
    trials += [3.0, 0.5]
    assert machine.fastest_precision(CPU) == "bfloat16"
    machine._gain.cache_clear()
    assert machine.fastest_precision(CPU) == "float32"


@pytest.mark.parametrize(("gain", "precision"), [(1.6, "bfloat16"), (1.05, "tf32")])
def test_a_gpu_is_tried_for_itself(trials: list[float], monkeypatch: pytest.MonkeyPatch, gain: float, precision: str):
    monkeypatch.setattr("torch.cuda.get_device_name", lambda device: "A GPU")
    trials += [0.2, gain]
    assert machine.fastest_precision(CPU) == "float32"
    assert machine.fastest_precision(torch.device("cuda")) == precision


def test_a_gpu_without_room_for_the_trial_is_asked_again_another_time(monkeypatch: pytest.MonkeyPatch):
    def full(device: torch.device) -> float:
        raise torch.OutOfMemoryError

    machine._gain.cache_clear()
    monkeypatch.setattr("torch.cuda.get_device_name", lambda device: "A GPU")
    monkeypatch.setattr(machine, "bfloat16_gain", full)
    assert machine.fastest_precision(torch.device("cuda")) == "tf32"
    assert not machine._file().exists()
