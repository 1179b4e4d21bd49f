from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab.config import TrainConfig
from ganlab.data import DATASETS, Dataset, data_dir, load_dataset
from ganlab.errors import DataError
from ganlab.metrics import Classifier, legibility, train_classifier
from ganlab.metrics.classifier import FEATURES
from ganlab.training import new_state


def as_real(dataset: Dataset) -> Tensor:
    return dataset.examples.float() / 127.5 - 1


def blobs(*, count: int = 200, channels: int = 3, size: int = 20) -> Dataset:
    """Two classes, bright in the upper or the lower half."""
    noise = torch.randint(0, 100, (count, channels, size, size), generator=torch.Generator().manual_seed(0))
    labels = torch.arange(count) % 2
    noise[labels == 0, :, : size // 2] += 100
    noise[labels == 1, :, size // 2 :] += 100
    return Dataset("blobs", noise.to(torch.uint8), labels, ("up", "down"))


@pytest.fixture(scope="module")
def trained() -> Classifier:
    return train_classifier(load_dataset("digits"), seed=0)


@pytest.fixture(scope="module")
def held_out() -> Dataset:
    return load_dataset("digits", split="test")


def unseen_noise(data: Dataset, count: int = 300) -> dict[str, Tensor]:
    """Pictures of nothing, none of a kind that the classifier was shown, (count, C, H, W) each."""
    rng = torch.Generator().manual_seed(7)
    channels, height, width = data.shape
    down, right = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    angle, waves = torch.rand(2, count, 1, 1, 1, generator=rng) * torch.tensor([math.tau, 8]).view(2, 1, 1, 1, 1)
    ramp = angle.cos() * right + angle.sin() * down
    blurred = F.avg_pool2d(torch.rand(count, channels, height + 4, width + 4, generator=rng) * 2 - 1, 5, 1)
    state = new_state(TrainConfig(dataset=data.name, network="dcgan"), data)  # pyright: ignore[reportArgumentType]
    with torch.no_grad():
        untrained = torch.cat([state.make(state.draw_z()) for _ in range(count // 50)])[:count]
    return {
        "constant": torch.linspace(-1, 1, count)[:, None, None, None].expand(-1, *data.shape),
        "gradient": ramp.clamp(-1, 1),
        "stripes": ((6 + waves) * ramp).sin(),
        "checkerboard": (((2 + waves) * right).sin() * ((2 + waves) * down).sin()).sign(),
        "salt and pepper": (torch.rand(count, *data.shape, generator=rng) < waves / 8).float() * 2 - 1,
        "dark Gaussian": (torch.randn(count, *data.shape, generator=rng) / 5 - 1).clamp(-1, 1),
        "blurred": (blurred * 2.5).clamp(-1, 1),
        "untrained generator": untrained,
    }


def accuracy(classifier: Classifier, data: Dataset) -> float:
    """Of the answers among the classes."""
    assert data.labels is not None
    with torch.no_grad():
        return (classifier(as_real(data))[:, :-1].argmax(1) == data.labels).float().mean().item()


def check_it_knows_digits_and_nothing_else(classifier: Classifier, data: Dataset, held_out: Dataset) -> None:
    assert accuracy(classifier, held_out) >= 0.97
    real = legibility(classifier, as_real(held_out))
    assert real.confident > 0.88 and real.rejected < 0.03
    sure = {name: legibility(classifier, images).confident for name, images in unseen_noise(data).items()}
    assert max(sure.values()) <= 0.05, sure


def test_held_out_digits_are_recognised_and_noise_of_unseen_kinds_is_refused(trained: Classifier, held_out: Dataset):
    check_it_knows_digits_and_nothing_else(trained, load_dataset("digits"), held_out)
    noise = torch.rand(500, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert legibility(trained, noise).rejected > 0.99


@pytest.mark.slow
def test_the_same_of_mnist():
    if DATASETS["mnist"].missing(data_dir()):
        pytest.skip("the files of MNIST are not in the data directory")
    data = load_dataset("mnist")
    check_it_knows_digits_and_nothing_else(train_classifier(data, seed=0), data, load_dataset("mnist", split="test"))


def test_real_digits_are_legible_and_two_on_top_of_each_other_are_not(trained: Classifier, held_out: Dataset):
    real = as_real(held_out)
    assert legibility(trained, real).confident > 0.88
    assert legibility(trained, (real + real.roll(1, 0)) / 2).confident < 0.25


def test_the_logits_are_the_heads_of_the_features(trained: Classifier, held_out: Dataset):
    seen = trained.features(as_real(held_out))
    assert seen.shape == (len(held_out), FEATURES)
    assert torch.equal(trained.head(seen), trained(as_real(held_out)))


def test_shares_show_a_missing_class(trained: Classifier, held_out: Dataset):
    assert held_out.labels is not None
    shares = legibility(trained, as_real(held_out)[held_out.labels != 3]).class_shares
    assert len(shares) == 10 and sum(shares) == pytest.approx(1)
    assert shares[3] < 0.02 and min(shares[:3] + shares[4:]) > 0.05


def test_legibility_counts_what_the_classifier_says():
    class Told(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images[:, :, 0, 0].log()

    answers = [[0.95, 0.03, 0.02], [0.3, 0.69, 0.01], [0.02, 0.96, 0.02], [0.5, 0.3, 0.2], [0.02, 0.03, 0.95]]
    got = legibility(Told(), torch.tensor(answers)[:, :, None, None])
    assert (got.confident, got.rejected, got.class_shares) == (0.4, 0.2, (0.5, 0.5))
    assert legibility(Told(), torch.tensor(answers)[:, :, None, None], confidence=0.65).confident == 0.6
    nothing = legibility(Told(), torch.tensor(answers)[4:, :, None, None])
    assert (nothing.confident, nothing.rejected, nothing.class_shares) == (0, 1, (0, 0))


def test_the_process_stays_as_it_was_and_only_the_seed_counts():
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    first = train_classifier(blobs(), seed=1, steps=3)
    assert torch.equal(torch.get_rng_state(), before) and torch.get_num_threads() == threads
    torch.rand(7)  # another global state must give the same network
    second = train_classifier(blobs(), seed=1, steps=3)
    third = train_classifier(blobs(), seed=2, steps=3)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(next(first.parameters()), next(third.parameters()))


@pytest.mark.parametrize(("channels", "size"), [(3, 16), (1, 20), (3, 32)])
def test_other_sizes_and_channels_are_learnt_too(channels: int, size: int):
    data = blobs(channels=channels, size=size)
    net = train_classifier(data, seed=0, steps=30)
    assert accuracy(net, data) > 0.95


def test_it_tells_how_far_it_is_and_ends_with_what_that_raises():
    told: list[float] = []
    train_classifier(blobs(), seed=0, steps=4, progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1]
    threads = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError):
        train_classifier(blobs(), seed=0, progress=lambda share: 1 // (share < 0.01))
    assert torch.get_num_threads() == threads


def test_without_labels_there_is_nothing_to_learn():
    data = Dataset("folder", blobs().examples, None, ())
    with pytest.raises(DataError, match="'folder' has no labels"):
        train_classifier(data, seed=0)
