"""What does not fit is refused before anything is loaded; what fits trains, whatever is combined."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from tiny import fresh, joined, run_through, some_images, tiny

from ganlab.config import TrainConfig, field_choices
from ganlab.data import DATASETS
from ganlab.errors import ConfigError
from ganlab.gan.losses import LOSSES
from ganlab.gan.networks import NETWORKS
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.priors import PRIORS
from ganlab.recipes import RECIPES
from ganlab.training import check_fit, new_state
from ganlab.training.fit import pick_device

METHODS = list(product(LOSSES, PENALTIES, NETWORKS, DATASETS))


def fits(config: TrainConfig) -> bool:
    return DATASETS[config.dataset].size in NETWORKS[config.network].sizes


def trains(config: TrainConfig) -> None:
    """Three steps, finite and not still, with every series that the loss's charts show."""
    data, state = fresh(config.with_changes(max_steps=3, d_steps=1))
    before = state.to_tensors()
    series = joined(run_through(data, state))
    after = state.to_tensors()
    for net in ("generator", "discriminator", "average"):
        moved = [name for name in before if name.startswith(net) and not torch.equal(before[name], after[name])]
        assert moved, f"{net} did not learn"
    assert all(values.shape == (3,) and np.isfinite(values).all() for values in series.values())
    shown = {each.name for chart in LOSSES[config.loss].charts for each in chart.series}
    assert shown - set(series) <= ({"penalty"} if config.penalty == "none" else set())
    assert set(series) <= shown, "nothing is measured that no chart shows"


@pytest.mark.parametrize(("loss", "penalty", "network", "dataset"), METHODS)
def test_every_combination_trains_or_is_refused(loss: str, penalty: str, network: str, dataset: str):
    config = tiny(loss=loss, penalty=penalty, network=network, dataset=dataset)
    if fits(config):
        check_fit(config)
        trains(config)
    else:
        with pytest.raises(ConfigError, match=rf"network '{network}' makes .* choose network"):
            check_fit(config)
        with pytest.raises(ConfigError, match=rf"network '{network}' makes .* choose network"):
            new_state(config, some_images(config))


@pytest.mark.parametrize(
    ("field", "value"), [*(("prior", name) for name in PRIORS), *(("init", name) for name in field_choices("init"))]
)
def test_every_prior_and_initialiser_trains(field: str, value: str):
    trains(tiny(**{field: value}))


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_fits_and_trains(name: str):
    config = RECIPES[name].config
    check_fit(config)
    trains(config.with_changes(width=4, batch_size=5, preview_count=2))


def test_a_batch_larger_than_the_dataset_is_refused_with_both_numbers():
    config = tiny(batch_size=24)
    with pytest.raises(ConfigError, match=r"batch_size is 24, but dataset 'digits' has only 23 images: choose 23 or"):
        new_state(config, some_images(config, 23))
    assert new_state(config, some_images(config, 24)).step == 0


def test_a_batch_larger_than_the_dataset_is_refused_before_it_is_loaded(monkeypatch: pytest.MonkeyPatch):
    small = {name: replace(spec, count=31) for name, spec in DATASETS.items()}
    monkeypatch.setattr("ganlab.training.fit.DATASETS", small)
    check_fit(tiny(batch_size=31))
    with pytest.raises(ConfigError, match=r"batch_size is 32.*only 31 images"):
        check_fit(tiny(batch_size=32))


def test_a_gpu_that_is_not_there_is_refused_and_auto_takes_what_there_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match=r"device 'cuda' was asked for.*choose 'auto' or 'cpu'"):
        check_fit(tiny(device="cuda"))
    assert pick_device(tiny(device="auto")).type == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_device(tiny(device="auto")).type == "cuda"
    assert pick_device(tiny(device="cpu")).type == "cpu"
