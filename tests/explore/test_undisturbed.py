"""A run that somebody looks around in trains as if nobody did, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from tiny import differing, fresh, joined, tiny

from ganlab.explore import (
    WEIGHTS,
    Explorer,
    Loaded,
    Walk,
    class_direction,
    directions_of,
    find,
    key_of_seed,
    neighbours,
    samples,
    walk_pictures,
)
from ganlab.explore import features as features_module
from ganlab.explore import labels as labels_module
from ganlab.gan.latent import DIRECTIONS, Search, latent_at
from ganlab.runs import Runs
from ganlab.training import TrainState, train


def look_around(runs: Runs, run_id: str, state: TrainState, data) -> None:
    """All that there is, on copies of the weights of the run in progress, averaged and as trained."""
    explorer = Explorer(runs, live=lambda _, weights: (state.step, state.generator_tensors(weights)))
    for weights in WEIGHTS:
        look_through(explorer.load(run_id, "live", weights=weights), data)


def look_through(loaded: Loaded, data) -> None:
    walk_pictures(loaded, [key_of_seed(loaded, seed) for seed in (1, 2)], Walk(5))
    for kind in DIRECTIONS:
        directions_of(loaded, kind)
    latent_at(0.4, 0.6, loaded.space)
    find(loaded, samples(loaded, loaded.space.of_seed(3))[0], search=Search(drawn=4, starts=2, kept=1, steps=4))
    neighbours(data, samples(loaded, loaded.space.of_seed(3, 2)), by="features", nearest=2)
    class_direction(loaded, data, "3", "5", count=120)


def test_a_training_that_is_looked_into_all_the_time_is_bit_equal_to_one_that_is_not(checkpoints: Path, monkeypatch):
    classify = features_module.train_classifier
    monkeypatch.setattr(features_module, "train_classifier", lambda data, **given: classify(data, steps=5, **given))
    monkeypatch.setattr(labels_module, "names_of", lambda classifier, images: torch.arange(len(images)) % 10)
    runs = Runs(checkpoints)
    config = tiny(max_steps=6)
    run = runs.create(config)
    left_alone, looked_into = [], []
    data, alone = fresh(config)
    left_alone.extend(train(data, alone, tick_s=0))
    data, watched = fresh(config)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    for tick in train(data, watched, tick_s=0):
        looked_into.append(tick)
        if tick.step in (2, 5):
            look_around(runs, run.id, watched, data)
    assert not differing(joined(left_alone), joined(looked_into))
    assert not differing(alone.to_tensors(), watched.to_tensors())
    assert torch.equal(before, torch.get_rng_state()) and torch.get_num_threads() == threads
    assert np.isfinite(joined(looked_into)["loss_d"]).all()
