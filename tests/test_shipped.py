"""The finished runs that come with ganlab: whole, small, and what the pages say of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ganlab.data import DATASETS, Dataset, data_dir, load_dataset
from ganlab.errors import RunError
from ganlab.explore import Explorer, draw, samples
from ganlab.metrics.classifier import legibility, train_classifier
from ganlab.recipes import RECIPES
from ganlab.runs import Run, Runs, check_resumable
from ganlab.status import status_on_disk

ROOT = Path(__file__).parent.parent / "checkpoints"
SHIPPED = {
    "digits-quick": "quick-digits",
    "digits-wgan-gp": "wgan-gp",
    "mnist-wgan-gp": "wgan-gp-mnist",
    "mnist-dcgan": "dcgan-mnist",
}
CRITICS = ("digits-quick", "digits-wgan-gp", "mnist-wgan-gp")
#: Where not every grid could be kept: those that its article shows.
GRIDS = {"mnist-dcgan": {0, 100, 500, 1000, 3000}}


@pytest.fixture(params=SHIPPED)
def run(request: pytest.FixtureRequest) -> Run:
    return Runs(ROOT).get(request.param)


def test_it_is_the_recipe_trained_to_its_end(run: Run):
    assert run.config == RECIPES[SHIPPED[run.id]].config
    status = status_on_disk(run)
    assert (status.state, status.step) == ("finished", run.config.max_steps)
    assert run.curves().steps == run.config.max_steps


def test_it_is_under_six_megabytes(run: Run):
    assert run.size_bytes() < 6_000_000


@pytest.mark.parametrize("name", CRITICS)
def test_its_critic_fell_and_then_rose_towards_zero(name: str):
    records = map(json.loads, (ROOT / name / "history.jsonl").read_text().splitlines())
    loss = np.concatenate([each["series"]["loss_d"] for each in records if each["type"] == "tick"])
    smooth = np.convolve(loss, np.ones(25) / 25, "valid")
    lowest = int(smooth.argmin())
    assert smooth[lowest] < loss[0] - 1
    assert lowest < len(smooth) / 4
    assert abs(loss[-len(loss) // 4 :].mean()) < abs(smooth[lowest]) / 2


def test_the_dcgans_discriminator_is_in_balance_to_the_end():
    """D(x) above D(G(z)), both near 0.5, and neither side ever lost: what the article's curves show."""
    curves = Runs(ROOT).get("mnist-dcgan").curves().part()
    last = {name: float(table[0][-100:].mean()) for name, table in curves.series.items()}
    assert 0.4 < last["d_fake"] < last["d_real"] < 0.6
    assert 0.5 < last["accuracy_real"] < 0.8
    assert 0.5 < last["accuracy_fake"] < 0.8
    assert last["loss_d"] == pytest.approx(2 * np.log(2), abs=0.15)


@pytest.mark.slow
def test_the_dcgans_digits_are_legible_and_of_all_ten_classes():
    images = load_mnist()
    classifier = train_classifier(images, seed=0)
    loaded = Explorer(Runs(ROOT)).load("mnist-dcgan")
    found = legibility(classifier, samples(loaded, loaded.space.of_seed(0, 1000)))
    assert found.confident > 0.45  # of held-out digits it is of 94 %, and it refuses what is broken
    assert found.rejected < 0.1
    assert min(found.class_shares) > 0.05


def load_mnist() -> Dataset:
    missing = DATASETS["mnist"].missing(data_dir())
    if missing:
        pytest.skip(f"the files of MNIST are not in the data directory: {', '.join(map(str, missing))}")
    return load_dataset("mnist", max_images=20_000)


def test_it_can_be_explored_and_not_resumed(run: Run):
    explorer = Explorer(Runs(ROOT))
    steps = explorer.snapshots(run.id)
    assert steps[-1] == run.config.max_steps
    assert len(steps) >= 3 or run.id not in CRITICS
    loaded = [explorer.load(run.id, step) for step in steps]
    pictures = [draw(each, each.space.of_seed(1)) for each in loaded]
    assert all(picture.std() > 20 for picture in pictures), "some picture is empty"
    assert len({picture.tobytes() for picture in pictures}) == len(steps), "it looks the same at every age"
    with pytest.raises(RunError):
        check_resumable(run)


def test_it_has_grids_from_the_first_to_the_last_step(run: Run):
    steps = run.sample_steps()
    assert (steps[0], steps[-1]) == (0, run.config.max_steps)
    assert GRIDS.get(run.id, set(range(0, run.config.max_steps, run.config.preview_every))) <= set(steps)
