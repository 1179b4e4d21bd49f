from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ganlab.data
from ganlab.config import SETTINGS
from ganlab.data import DATASETS, data_dir, load_dataset
from ganlab.errors import DataError


def test_the_table_has_the_rows_that_the_config_names():
    assert tuple(DATASETS) == SETTINGS["dataset"].choices
    assert all(name == spec.name for name, spec in DATASETS.items())


@pytest.mark.parametrize("name", [name for name, spec in DATASETS.items() if spec.origin != "your own"])
def test_a_row_tells_the_truth_about_its_examples(name: str):
    spec = DATASETS[name]
    if spec.missing(data_dir()):
        pytest.skip(f"the files of {name} are not in data_dir()")
    dataset = load_dataset(name)
    assert dataset.name == name
    assert dataset.examples.shape == (spec.count, *spec.shape)
    assert dataset.class_count == len(spec.class_names)
    if dataset.labels is not None:
        assert dataset.class_names == spec.class_names
        assert set(dataset.labels.tolist()) == set(range(len(spec.class_names)))


@pytest.mark.parametrize("spec", DATASETS.values(), ids=lambda spec: spec.name)
def test_a_row_describes_itself_to_people(spec):
    assert spec.description.endswith(".") and "\n" not in spec.description
    if spec.origin == "download":
        assert "Source: " in spec.description
        assert "downloaded once (" in spec.description  # and how much
        assert all(path.count("/") == 1 for path in spec.files)
    assert bool(spec.files) == (spec.origin == "download")
    assert spec.has_images == (spec.origin != "generated" and spec.name != "own-points")


def test_an_unknown_name_is_answered_with_the_closest():
    with pytest.raises(DataError, match="unknown dataset 'minst': did you mean 'mnist'"):
        load_dataset("minst")


def test_an_unknown_split_is_refused():
    with pytest.raises(DataError, match="unknown split 'all' of dataset 'digits'"):
        load_dataset("digits", split="all")  # pyright: ignore[reportArgumentType]


def test_the_data_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    assert data_dir() == tmp_path
    monkeypatch.setenv("GANLAB_DATA", "~/pictures")
    assert data_dir() == Path.home() / "pictures"
    monkeypatch.delenv("GANLAB_DATA")
    assert data_dir().is_absolute() and "ganlab" in data_dir().parts


def test_the_exports_are_there_and_sorted_out():
    assert all(hasattr(ganlab.data, name) for name in ganlab.data.__all__)


def test_importing_the_package_leaves_the_slow_libraries_alone():
    code = "import sys, ganlab.data; print([m for m in ('sklearn', 'scipy', 'pooch', 'requests') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
