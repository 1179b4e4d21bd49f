"""Named directions stay with their run, and a damaged file says so."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ganlab.config import TrainConfig
from ganlab.errors import ConfigError, RunError
from ganlab.runs import Run, Runs
from ganlab.runs import directions as directions_module
from ganlab.runs.directions import KeptDirection, forget_direction, keep_direction, kept_directions

SLANT = KeptDirection("slant", (0.1, -1 / 3, 2e-7), "direction 1 of the weights, step 500")
BOLD = KeptDirection("thin → bold", (1.0, 0.0, 0.0))


@pytest.fixture
def run(checkpoints: Path) -> Run:
    return Runs(checkpoints).create(TrainConfig(z_dim=3))


def test_what_is_kept_is_there_again_bit_for_bit_in_its_order(run: Run):
    assert kept_directions(run) == ()
    keep_direction(run, SLANT)
    keep_direction(run, BOLD)
    assert kept_directions(run) == (SLANT, BOLD)
    keep_direction(run, KeptDirection("slant", (1.0, 1.0, 1.0)))
    assert [each.name for each in kept_directions(run)] == ["thin → bold", "slant"]


def test_it_moves_with_the_folder_and_goes_while_the_run_is_trained(run: Run, tmp_path: Path):
    with run.locked():
        keep_direction(run, SLANT)
    run.path.rename(tmp_path / "moved")
    assert kept_directions(Runs(tmp_path).get("moved")) == (SLANT,)


def test_one_can_be_forgotten_and_none_that_is_not_there(run: Run):
    keep_direction(run, SLANT)
    with pytest.raises(ConfigError, match="has no direction 'slnat': did you mean 'slant'"):
        forget_direction(run, "slnat")
    forget_direction(run, "slant")
    assert kept_directions(run) == ()
    with pytest.raises(ConfigError, match="none is named yet"):
        forget_direction(run, "slant")


@pytest.mark.parametrize("name", ["", " slant", "a\nb", "x" * 41])
def test_a_name_that_cannot_be_shown_is_refused(run: Run, name: str):
    with pytest.raises(ConfigError, match="a direction cannot be named"):
        keep_direction(run, KeptDirection(name, (0.0, 0.0, 1.0)))


@pytest.mark.parametrize("move", [(1.0,), (1.0, 2.0, float("nan"))])
def test_a_direction_of_another_size_is_refused(run: Run, move: tuple[float, ...]):
    with pytest.raises(ConfigError, match="has z_dim 3: keep a direction of this run"):
        keep_direction(run, KeptDirection("slant", move))


@pytest.mark.parametrize(
    "content",
    ["{", "{}", "[3]", '[{"name": "a"}]', '[{"name": "a", "move": [1, 2]}]', '[{"name": 1, "move": [1, 2, 3]}]'],
)
def test_a_damaged_file_says_so(run: Run, content: str):
    (run.path / "directions.json").write_text(content)
    if content == "{}":
        assert kept_directions(run) == ()
        return
    with pytest.raises(RunError, match=r"directions.json of run .* is damaged: mend it or delete it"):
        kept_directions(run)


def test_a_full_disk_says_so_and_loses_nothing(run: Run, monkeypatch: pytest.MonkeyPatch):
    keep_direction(run, SLANT)

    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(directions_module, "write_atomically", full)
    with pytest.raises(RunError, match=r"cannot be written \(No space left on device\): make room"):
        keep_direction(run, BOLD)
    assert kept_directions(run) == (SLANT,)
