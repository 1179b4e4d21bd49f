"""Snapshots hold their bits; what is no snapshot is refused, and nothing in it runs."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import differing, fresh, run_through, tiny
from torch import Tensor

from ganlab.errors import SnapshotError
from ganlab.gan.networks import build_generator
from ganlab.runs.snapshots import free_name, is_name_of, read_config, read_snapshot, slim_snapshot, write_snapshot

CONFIG = tiny(max_steps=1)


@pytest.fixture(scope="module")
def tensors() -> dict[str, Tensor]:
    data, state = fresh(CONFIG)
    run_through(data, state)
    return state.to_tensors()


@pytest.fixture
def path(tmp_path: Path, tensors: dict[str, Tensor]) -> Path:
    folder = tmp_path / "a-run" / "snapshots"
    folder.mkdir(parents=True)
    written = folder / free_name(folder, 1)
    write_snapshot(written, tensors, CONFIG, 1)
    return written


class Trap:
    """Touches a file when it is unpickled."""

    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.victim),)


def test_every_bit_comes_back(path: Path, tensors: dict[str, Tensor]):
    read = read_snapshot(path)
    assert not differing(read, tensors)
    assert {name: value.dtype for name, value in read.items()} == {name: value.dtype for name, value in tensors.items()}


def test_a_prefix_reads_only_what_begins_with_it(path: Path, tensors: dict[str, Tensor]):
    assert read_snapshot(path, prefix="average.").keys() == {name for name in tensors if name.startswith("average.")}
    assert read_snapshot(path, prefix="position").keys() == {"position"}
    assert read_snapshot(path, prefix="nothing") == {}


def test_a_snapshot_never_takes_the_name_of_another(path: Path, tensors: dict[str, Tensor]):
    names = [path.name]
    for _ in range(2):
        names.append(free_name(path.parent, 1))
        write_snapshot(path.parent / names[-1], tensors, CONFIG, 1)
    assert names == ["000001.safetensors", "000001-2.safetensors", "000001-3.safetensors"]
    assert free_name(path.parent, 1_000_000) == "1000000.safetensors"


def test_a_snapshot_tells_what_settings_it_was_made_with(path: Path, tensors: dict[str, Tensor]):
    assert read_config(path) == CONFIG
    write_snapshot(path, tensors, CONFIG.with_changes(lr_g=0.5), 1)
    assert read_config(path).lr_g == 0.5


@pytest.mark.parametrize("share", [0.0, 1e-4, 0.01, 0.5, 0.999])
def test_a_truncated_snapshot_is_refused_with_its_name(path: Path, share: float):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(SnapshotError, match=r"^snapshot 000001.safetensors of run 'a-run' is damaged .*choose another"):
        read_snapshot(path)


@pytest.mark.parametrize("form", ["pickle", "torch"])
def test_a_pickle_in_disguise_is_refused_and_never_run(path: Path, tmp_path: Path, form: str):
    victim = tmp_path / "victim"
    content = pickle.dumps(Trap(victim))
    if form == "pickle":
        path.write_bytes(content)
    else:  # a file as torch.save writes it
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", content)
            archive.writestr("archive/version", "3\n")
    with pytest.raises(SnapshotError, match=r"000001\.safetensors .*no safetensors file.*nothing in it was run$"):
        read_snapshot(path)
    with pytest.raises(SnapshotError):
        slim_snapshot(path)
    assert not victim.exists()
    pickle.loads(content)
    assert victim.exists(), "the trap works"


def test_a_missing_snapshot_and_one_of_something_else_are_refused(path: Path):
    with pytest.raises(SnapshotError, match=r"000002\.safetensors of run 'a-run' is missing: choose another one"):
        read_snapshot(path.parent / "000002.safetensors")
    write_snapshot(path, {"weight": torch.zeros(2)}, CONFIG, 1)
    with pytest.raises(SnapshotError, match=r"000001\.safetensors holds nothing that ganlab wrote"):
        read_snapshot(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(SnapshotError, match=r"000001\.safetensors of run 'a-run' cannot be read \(it is no file\)"):
        read_snapshot(path)


def test_a_snapshot_copied_over_the_name_of_another_is_refused(path: Path):
    other = path.parent / "000002.safetensors"
    other.write_bytes(path.read_bytes())
    refusal = r"000002\.safetensors of run 'a-run' holds step 1, so another file was put in its place: choose another"
    for read in (read_snapshot, read_config, slim_snapshot):
        with pytest.raises(SnapshotError, match=refusal):
            read(other)
    again = path.parent / "000001-2.safetensors"
    again.write_bytes(path.read_bytes())
    assert read_snapshot(again), "a name of step 1, too"


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("000500.safetensors", True),
        ("000500-2.safetensors", True),
        ("000501.safetensors", False),
        ("500.safetensors", False),
        ("../snapshots/000500.safetensors", False),
        ("/000500.safetensors", False),
        ("000500.safetensors\n", False),
        ("000500.txt", False),
        ("000500-2/../000500.safetensors", False),
        ("", False),
    ],
)
def test_only_names_that_ganlab_gives_are_names_of_snapshots(name: str, fits: bool):
    assert is_name_of(500, name) is fits


def test_a_snapshot_that_cannot_be_written_leaves_the_old_one(
    path: Path, tensors: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
):
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_snapshot(path, {"average.x": torch.zeros(1)}, CONFIG, 1)
    assert not differing(read_snapshot(path), tensors)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_slim_snapshot_is_smaller_and_still_draws(path: Path, tensors: dict[str, Tensor]):
    before = path.stat().st_size
    slim_snapshot(path)
    slim_snapshot(path)
    assert path.stat().st_size < before / 3
    kept = read_snapshot(path)
    assert kept.keys() == {name for name in tensors if name.startswith("average.")}
    generator = build_generator(CONFIG, (1, 16, 16))
    generator.load_state_dict({name.removeprefix("average."): value for name, value in kept.items()})
    assert generator(torch.zeros(1, CONFIG.z_dim)).shape == (1, 1, 16, 16)
