"""What does not fit is refused before anything is loaded; what fits trains, whatever is combined."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import data_of_shape, differing, joined, run_through, small_recipe, some_data, tiny, weights_of

from ganlab.config import SETTINGS, NetworkName, TrainConfig
from ganlab.data import DATASETS, Dataset
from ganlab.errors import ConfigError, DataError
from ganlab.gan.losses import LOSSES, SHARED_CHARTS
from ganlab.gan.networks import NETWORKS, check_network
from ganlab.gan.penalties import PENALTIES
from ganlab.recipes import RECIPES
from ganlab.training import check_fit, new_state
from ganlab.training.fit import pick_device

#: Every network at every size that it makes, and points.
NETS = [(name, (channels, size, size)) for name, row in NETWORKS.items() for size in row.sizes for channels in (1, 3)]
NETS += [("mlp", (2,))]
SMALLEST = {name: (1, min(row.sizes), min(row.sizes)) for name, row in NETWORKS.items()}


def trains(config: TrainConfig, data: Dataset) -> None:
    """Two steps, finite and not still, with every series that the loss's charts show."""
    state = new_state(config.with_changes(max_steps=2, d_steps=1), data)
    nets = {name: getattr(state, name) for name in ("generator", "discriminator", "average")}
    before = {name: weights_of(net) for name, net in nets.items()}
    series = joined(run_through(data, state))
    for name, net in nets.items():
        assert differing(before[name], weights_of(net)), f"{name} did not learn"
    assert all(values.shape == (2,) and np.isfinite(values).all() for values in series.values())
    shown = {each.name for chart in LOSSES[config.loss].charts for each in chart.series}
    assert shown - set(series) <= ({"penalty"} if PENALTIES[config.penalty].value is None else set())
    shared = {each.name for chart in SHARED_CHARTS for each in chart.series}
    assert set(series) <= shown | shared, "nothing is measured that no chart shows"


def trains_or_is_refused(config: TrainConfig, shape: tuple[int, ...]) -> None:
    data = data_of_shape(shape)
    try:
        check_network(config, shape)
    except ConfigError:
        with pytest.raises(ConfigError, match="choose"):
            new_state(config, data)
    else:
        trains(config, data)


@pytest.mark.parametrize(("loss", "penalty"), list(product(LOSSES, PENALTIES)))
def test_every_loss_trains_with_every_penalty(loss: str, penalty: str):
    trains(tiny(loss=loss, penalty=penalty), data_of_shape((1, 16, 16)))


@pytest.mark.parametrize(("network", "shape"), NETS, ids=str)
def test_every_network_trains_at_every_size_and_number_of_channels(network: str, shape: tuple[int, ...]):
    trains(tiny(network=network, batch_size=2), data_of_shape(shape, count=4))


@pytest.mark.parametrize(
    ("network", "field", "value"),
    [
        (network, field, value)
        for network in NETWORKS
        for field in ("penalty", "norm_g", "norm_d", "head", "upsample", "init", "prior")
        for value in SETTINGS[field].choices
    ],
)
def test_every_choice_trains_in_every_network_or_is_refused(network: str, field: str, value: str):
    trains_or_is_refused(tiny(**{"network": network, "batch_size": 3, field: value}), SMALLEST[network])


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_can_be_conditional(network: str):
    trains(tiny(network=network, conditional=True), data_of_shape(SMALLEST[network]))


@pytest.mark.slow
@pytest.mark.parametrize(("network", "shape"), NETS, ids=str)
@pytest.mark.parametrize(("loss", "penalty"), list(product(LOSSES, PENALTIES)))
def test_the_full_product_trains_or_is_refused(loss: str, penalty: str, network: str, shape: tuple[int, ...]):
    config = tiny(loss=loss, penalty=penalty, network=network, batch_size=2, preview_count=1)
    trains(config, data_of_shape(shape, count=4))


@pytest.mark.parametrize(("network", "dataset"), list(product(NETWORKS, DATASETS)))
def test_a_network_is_refused_for_a_dataset_of_another_shape(network: NetworkName, dataset: str, tmp_path: Path):
    config = tiny(network=network, dataset=dataset, folder=str(tmp_path), points="0,0\n1,1")
    shape = DATASETS[dataset].shape
    fits = (len(shape) == 3 or network == "mlp") and (len(shape) == 1 or shape[-1] in NETWORKS[network].sizes)
    if fits:
        check_fit(config)
    else:
        with pytest.raises(ConfigError, match=rf"network '{network}' makes .* choose network"):
            check_fit(config)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dataset": "mnist", "classes": "3,eight"}, r"classes names 'eight'.*'mnist' does not have: .*choose one of"),
        ({"dataset": "stl10", "classes": "cat"}, r"classes names 'cat', but dataset 'stl10' has no classes: leave it"),
        ({"dataset": "circle", "network": "mlp", "conditional": True}, r"conditional is on.*'circle' has no classes"),
        ({"dataset": "circle", "network": "mlp", "image_size": 64}, r"image_size is 64.*holds points: leave it at 0"),
        ({"dataset": "circle", "network": "mlp", "flip": True}, r"flip is on.*holds points, not images: turn it off"),
        ({"max_images": 3}, r"batch_size is 5, but dataset 'digits' has only 3"),
        ({"network": "mlp", "norm_d": "instance"}, r"norm_d.*'instance'.*choose"),
    ],
)
def test_what_a_dataset_or_network_does_not_admit_is_refused_with_the_reason(changes: dict[str, Any], sentence: str):
    with pytest.raises(ConfigError, match=sentence):
        check_fit(tiny(**changes))


@pytest.mark.parametrize("folder", ["", "/nowhere/at/all"])
def test_a_folder_that_is_not_there_is_refused_before_the_start(folder: str):
    with pytest.raises(DataError, match="folder"):
        check_fit(tiny(dataset="folder", folder=folder))


def test_a_conditional_run_on_data_without_labels_is_refused_once_they_are_loaded():
    data = data_of_shape((1, 16, 16))
    with pytest.raises(ConfigError, match="conditional is on"):
        new_state(tiny(conditional=True), Dataset("folder", data.examples, None, ()))


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_fits_and_trains(name: str):
    config = RECIPES[name].config
    if config.dataset != "folder":  # which folder is for the user to say
        check_fit(config)
    trains(*small_recipe(name))


def test_a_batch_larger_than_the_dataset_is_refused_with_both_numbers():
    config = tiny(batch_size=24)
    with pytest.raises(ConfigError, match=r"batch_size is 24, but dataset 'digits' has only 23 images: choose 23 or"):
        new_state(config, some_data(config, 23))
    assert new_state(config, some_data(config, 24)).step == 0


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
    assert pick_device(tiny(device="auto", precision="tf32")).type == "cuda"
    with pytest.raises(ConfigError, match=r"precision 'tf32' is an NVIDIA GPU's.*choose 'auto'"):
        pick_device(tiny(device="cpu", precision="tf32"))
