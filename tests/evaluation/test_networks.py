"""The networks that scores rest on: which is taken, what it is called, and what is kept of its look at real images."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import torch
from tiny import data_of_shape
from torch import Tensor

from ganlab.data import Dataset
from ganlab.errors import ConfigError, DataError
from ganlab.evaluation import FEATURE_NETWORKS, evaluate_images, network_for, reference_of, which_network
from ganlab.evaluation import networks as table
from ganlab.evaluation.judge import watching
from ganlab.evaluation.networks import FeatureNetworkName, Network, Told
from ganlab.evaluation.seen_reals import as_samples, seen_reals
from ganlab.metrics.inception import Inception
from ganlab.metrics.inception_weights import NAMES
from ganlab.metrics.scores import FID_NETWORK, called
from ganlab.metrics.seen import Seen

CPU = torch.device("cpu")


def colour(side: int = 32, *, labels: bool = False, count: int = 24) -> Dataset:
    data = data_of_shape((3, side, side), "folder", count=count)
    rest = data_of_shape((3, side, side), "folder", count=16).examples.flip(0)
    classes = (torch.arange(count) % 2, ("a", "b")) if labels else (None, ())
    rest_classes = torch.arange(16) % 2 if labels else None
    return Dataset("folder", data.examples, *classes, held_out=rest, held_out_labels=rest_classes)


@pytest.fixture
def weights(no_inception: Path) -> None:
    """Something lies where they would be."""
    no_inception.mkdir()
    (no_inception / NAMES[0]).touch()


@pytest.fixture(scope="module")
def drawn() -> Inception:
    """The FID network with weights that were drawn; its maps neither vanish nor grow."""
    rng = torch.Generator().manual_seed(0)
    with torch.device("meta"):
        net = Inception()
    net = net.to_empty(device="cpu").eval().requires_grad_(False)
    for name, tensor in net.state_dict().items():
        if tensor.dim() > 1:
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=rng)
        else:
            tensor.fill_(name.endswith(("bn.weight", "running_var")))
    return net


@pytest.fixture
def at_hand(drawn: Inception, weights: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its weights are here; images are brought to its smallest size, a sixteenth of the work."""
    monkeypatch.setattr(table, "inception", lambda progress: drawn)
    monkeypatch.setattr(table, "_inceptions", {})
    monkeypatch.setattr("ganlab.metrics.inception.SIDE", 75)


def test_each_name_has_a_row():
    assert tuple(FEATURE_NETWORKS) == get_args(FeatureNetworkName)


def test_without_weights_a_dataset_is_judged_by_its_labels_or_patch_by_patch():
    assert which_network(colour(labels=True)) == "classifier"
    assert which_network(colour()) == "none"
    assert which_network(data_of_shape((2,), "moons", count=20)) == "none"


@pytest.mark.usefixtures("weights")
def test_with_weights_colour_images_of_32_pixels_and_more_are_judged_by_the_fid_network():
    assert which_network(colour()) == which_network(colour(96)) == which_network(colour(labels=True)) == "inception"
    assert which_network(colour(16)) == "none" and which_network(colour(28, labels=True)) == "classifier"
    grey = data_of_shape((1, 32, 32), "folder", count=20)
    assert which_network(Dataset("folder", grey.examples, torch.arange(20) % 2, ("a", "b"))) == "classifier"
    assert which_network(colour(labels=True), ("frechet", "legible")) == "classifier", "it knows no classes of the data"
    assert which_network(colour(labels=True), ("sliced-wasserstein",)) == "none"


@pytest.mark.usefixtures("weights")
def test_a_cpu_that_trains_is_not_held_up_by_it():
    assert watching(colour(), CPU) == "none" and watching(colour(labels=True), CPU) == "classifier"
    assert watching(colour(), torch.device("cuda")) == "inception"


@pytest.mark.parametrize(
    ("which", "data", "sentence"),
    [
        ("classifier", colour(), "network 'classifier' cannot judge dataset 'folder', for want of labelled images"),
        ("inception", data_of_shape((2,), "moons", count=20), "for want of images: these are points"),
        ("vgg", colour(), "network cannot be 'vgg'"),
    ],
)
def test_what_cannot_look_is_refused_in_one_sentence(which: FeatureNetworkName, data: Dataset, sentence: str):
    with pytest.raises(ConfigError, match=sentence):
        network_for(data, (), which)


def test_named_without_weights_and_without_a_network_it_says_what_to_do(
    closed_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ganlab.metrics.inception_weights.MIRRORS", (closed_url,))
    with pytest.raises(DataError, match="check the network and try again, or put"):
        evaluate_images("x", as_samples(colour().examples), colour(), network="inception")


def test_only_the_fid_network_makes_a_distance_fid():
    assert called("frechet", FID_NETWORK) == "FID"
    assert called("frechet-infinity", FID_NETWORK) == "FID at infinite N"
    assert called("inception", FID_NETWORK) == "Inception score (FID network)"
    assert called("frechet", "digits classifier, 99 %") == "Fréchet distance (digits classifier, 99 %)"
    assert called("sliced-wasserstein", FID_NETWORK) == "Sliced Wasserstein distance"


@pytest.mark.usefixtures("at_hand")
def test_images_are_scored_by_the_fid_network():
    data = colour()
    shares: list[float] = []
    names = ("kernel", "inception", "coverage")
    same = evaluate_images("x", as_samples(data.examples), data, names=names, progress=shares.append)
    assert (same.network, same.network_key) == (FID_NETWORK, "6726825d")
    assert same.title_of("frechet") == "FID"
    assert same.value_of("coverage") == 1 and 1 <= same.value_of("inception") <= 1008
    assert {each.name for each in same.floor} == set(names)
    assert shares == sorted(shares) and shares[-1] == 1
    dark = evaluate_images("x", as_samples(data.examples // 4), data, names=("kernel",))
    assert dark.value_of("kernel") > same.value_of("kernel")
    with pytest.raises(ConfigError, match="for want of the dataset's own classifier"):
        evaluate_images("x", as_samples(data.examples), data, names=("legible",))


@pytest.mark.slow  # roots of 2048 × 2048 numbers
@pytest.mark.usefixtures("at_hand")
def test_fid_is_0_for_the_images_themselves_and_grows_with_the_distance():
    data = colour(count=20)
    same, dark = (
        evaluate_images("x", as_samples(data.examples // share), data, names=("frechet",)) for share in (1, 4)
    )
    assert same.value_of("frechet") == 0
    assert dark.value_of("frechet") > same.floor[0].value > 0


@pytest.mark.usefixtures("at_hand")
def test_neither_the_batch_nor_autocast_has_influence_on_features(monkeypatch: pytest.MonkeyPatch):
    network, images = network_for(colour(), (), "inception"), as_samples(colour().examples[:6])
    whole = network.see(images, lambda share: None)
    monkeypatch.setattr(table, "_FEW", {"cpu": 1})
    with torch.autocast("cpu", torch.bfloat16):
        single = network.see(images, lambda share: None)
    assert whole.features is not None and single.features is not None
    assert single.features.dtype == torch.float32
    assert torch.allclose(whole.features, single.features, rtol=1e-4, atol=1e-5)
    grey, alike = (network.see(each, lambda share: None) for each in (images[:, :1], images[:, [0, 0, 0]]))
    assert grey.features is not None and alike.features is not None
    assert torch.equal(grey.features, alike.features)


class Counting:
    """A network that remembers how many images it looked at."""

    def __init__(self, key: str = "abc") -> None:
        self.looked = 0
        self.network = Network("a network", key, self.see)

    def see(self, images: Tensor, told: Told) -> Seen:
        self.looked += len(images)
        told(1.0)
        return Seen(images=images, features=images.flatten(1)[:, :4], taken=torch.zeros(len(images), dtype=torch.int64))


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganlab.evaluation.seen_reals.BLOCK", 10)


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "reals").glob("*.safetensors"))


@pytest.mark.usefixtures("blocks")
def test_real_images_are_looked_at_once(tmp_path: Path):
    examples, first = colour().examples, Counting()
    seen = seen_reals(first.network, examples)
    assert first.looked == 24 and len(files(tmp_path)) == 3
    again = Counting()
    kept = seen_reals(again.network, examples)
    assert again.looked == 0
    for name in ("images", "features", "taken"):
        assert torch.equal(getattr(seen, name), getattr(kept, name))
    assert kept.classes is None
    other = Counting("other weights")
    seen_reals(other.network, examples)
    seen_reals(again.network, examples.flip(0))
    assert (other.looked, again.looked) == (24, 24)


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("damage", [lambda body: body[:40], lambda body: body[:-3] + b"abc", lambda body: b""])
def test_what_is_damaged_is_calculated_again(damage: object, tmp_path: Path):
    examples, counting = colour().examples, Counting()
    before = seen_reals(counting.network, examples).features
    broken = files(tmp_path)[0]
    broken.write_bytes(damage(broken.read_bytes()))  # pyright: ignore[reportCallIssue]
    after = seen_reals(counting.network, examples).features
    assert counting.looked in (24 + 10, 24 + 4), "that block alone"
    assert before is not None and after is not None and torch.equal(before, after)
    seen_reals(counting.network, examples)
    assert counting.looked <= 24 + 10, "and kept again"


@pytest.mark.usefixtures("blocks")
def test_what_is_cancelled_keeps_what_is_done():
    class CancelledError(Exception):
        pass

    def cancel(share: float) -> None:
        if share > 0.5:
            raise CancelledError

    counting = Counting()
    with pytest.raises(CancelledError):
        seen_reals(counting.network, colour().examples, progress=cancel)
    assert counting.looked == 20
    seen_reals(counting.network, colour().examples)
    assert counting.looked == 20 + 14, "the block at which it was cancelled was not kept"


@pytest.mark.usefixtures("blocks")
def test_the_files_are_few_and_a_place_that_cannot_be_written_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ganlab.evaluation.seen_reals._MOST", 2)
    seen_reals(Counting().network, colour().examples)
    assert len(files(tmp_path)) == 2
    (tmp_path / "a file").touch()
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path / "a file"))
    counting = Counting()
    assert seen_reals(counting.network, colour().examples).features is not None and counting.looked == 24


def test_held_out_images_are_looked_at_as_far_as_they_are_needed(monkeypatch: pytest.MonkeyPatch):
    counting = Counting()
    monkeypatch.setattr("ganlab.evaluation.reference.network_for", lambda *rest, **more: counting.network)
    reference = reference_of(colour(), (), "none")
    assert counting.looked == 24
    held = reference.held_out(10)
    assert held is not None and len(held) == 10 and counting.looked == 34
    assert reference.held_out(10) is held and len(reference.held_out(99) or ()) == 16
    assert reference_of(Dataset("folder", colour().examples, None, ()), (), "none").held_out(10) is None
