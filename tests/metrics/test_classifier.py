from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ganlab.data import Dataset, load_dataset
from ganlab.errors import DataError
from ganlab.metrics import legibility, train_classifier


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
def trained() -> nn.Module:
    return train_classifier(load_dataset("digits"), seed=0)


@pytest.fixture(scope="module")
def held_out() -> Dataset:
    return load_dataset("digits", split="test")


def test_held_out_digits_are_recognised(trained: nn.Module, held_out: Dataset):
    assert held_out.labels is not None
    with torch.no_grad():
        hits = trained(as_real(held_out)).argmax(1) == held_out.labels
    assert hits.float().mean() >= 0.97


def test_real_digits_are_legible_and_smudged_ones_less(trained: nn.Module, held_out: Dataset):
    real = as_real(held_out)
    assert legibility(trained, real).confident > 0.93
    assert legibility(trained, (real + real.roll(1, 0)) / 2).confident < 0.75  # two digits on top of each other


def test_shares_show_a_missing_class(trained: nn.Module, held_out: Dataset):
    assert held_out.labels is not None
    shares = legibility(trained, as_real(held_out)[held_out.labels != 3]).class_shares
    assert len(shares) == 10 and sum(shares) == pytest.approx(1)
    assert shares[3] < 0.02 and min(shares[:3] + shares[4:]) > 0.05


def test_legibility_counts_what_the_classifier_says():
    class Told(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images[:, :, 0, 0].log()

    probabilities = torch.tensor([[0.95, 0.05, 0.0], [0.3, 0.7, 0.0], [0.02, 0.98, 0.0], [0.6, 0.4, 0.0]])
    got = legibility(Told(), probabilities[:, :, None, None])
    assert got.confident == 0.5 and got.class_shares == (0.5, 0.5, 0.0)
    assert legibility(Told(), probabilities[:, :, None, None], confidence=0.65).confident == 0.75


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
    assert data.labels is not None
    assert (net(as_real(data)).argmax(1) == data.labels).float().mean() > 0.95


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
