"""Subsets and other sizes."""

from __future__ import annotations

import pytest
import torch
from tiny import tiny

from ganlab.data import Dataset, load_dataset, load_for, shape_for
from ganlab.data.dataset import MOST_HELD_OUT
from ganlab.data.pick import pick, places_by_class, resized
from ganlab.errors import DataError


def dataset(labels: list[int], side: int = 4, channels: int = 1) -> Dataset:
    """Images whose every pixel is their place in the dataset."""
    images = torch.arange(len(labels), dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, channels, side, side)
    return Dataset("some", images.contiguous(), torch.tensor(labels), tuple("0123456789"))


def places(data: Dataset) -> list[int]:
    return data.examples[:, 0, 0, 0].tolist()


def test_three_and_five_become_classes_0_and_1():
    picked = pick(dataset([5, 3, 9, 3, 0, 5]), classes=("3", "5"))
    assert places(picked) == [0, 1, 3, 5]
    assert picked.labels is not None and picked.labels.tolist() == [1, 0, 0, 1]
    assert picked.class_names == ("3", "5") and picked.class_count == 2


def test_classes_are_numbered_in_the_order_given_and_once():
    picked = pick(dataset([5, 3]), classes=("5", "3", "5"))
    assert picked.labels is not None and picked.labels.tolist() == [0, 1]
    assert picked.class_names == ("5", "3")


def test_an_image_without_a_label_belongs_to_no_class():
    assert places(pick(dataset([-1, 9, 3]), classes=("9",))) == [1]


def test_digits_three_and_five_are_those_digits():
    whole, some = load_dataset("digits"), load_dataset("digits", classes=("3", "5"))
    assert whole.labels is not None and some.labels is not None
    for number, digit in enumerate((3, 5)):
        assert torch.equal(some.examples[some.labels == number], whole.examples[whole.labels == digit])
    assert len(some) == int(((whole.labels == 3) | (whole.labels == 5)).sum())


def test_fewer_images_are_spread_over_all():
    assert places(pick(dataset([0] * 10), max_images=4)) == [0, 2, 5, 7]
    one_class_after_another = dataset([place // 10 for place in range(100)])
    few = pick(one_class_after_another, max_images=20)
    assert few.labels is not None and few.labels.bincount().tolist() == [2] * 10


def test_samples_of_each_class_are_spread_over_it():
    data = dataset([0, 2, 2, 2, 2, 2, 2, -1, 9])
    found = [places.tolist() for places in places_by_class(data, 3)]
    assert found == [[0], [], [1, 3, 5], *[[]] * 6, [8]]
    (all_as_one,) = places_by_class(Dataset("some", data.examples, None, ()), 3)
    assert all_as_one.tolist() == [0, 3, 6]


@pytest.mark.parametrize("many", [0, 10, 11, 10_000])
def test_no_limit_and_one_not_reached_keep_all(many: int):
    assert places(pick(dataset([0] * 10), max_images=many)) == list(range(10))


def test_the_limit_counts_what_the_classes_leave():
    assert places(pick(dataset([0, 1] * 5), classes=("1",), max_images=2)) == [1, 5]


@pytest.mark.parametrize(
    ("data", "classes", "says"),
    [
        (dataset([0]), ("ten",), "dataset 'some' has no class 'ten': choose one of 0, 1"),
        (dataset([0]), ("0", "7"), "dataset 'some' has no examples of class '7': leave it out"),
        (
            Dataset("some", dataset([0]).examples, None, ()),
            ("0",),
            "dataset 'some' has no classes: leave classes empty",
        ),
    ],
    ids=["unknown", "empty", "no labels"],
)
def test_a_class_that_is_not_there_is_refused(data: Dataset, classes: tuple[str, ...], says: str):
    with pytest.raises(DataError) as caught:
        pick(data, classes=classes)
    assert says in str(caught.value)


@pytest.mark.parametrize("size", [8, 11, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_another_size_keeps_the_brightness_and_what_is_where(size: int, channels: int):
    rng = torch.Generator().manual_seed(0)
    images = torch.zeros(5, channels, 28, 28, dtype=torch.uint8)
    images[:, :, 4:14, 14:24] = torch.randint(100, 256, (5, channels, 1, 1), generator=rng, dtype=torch.uint8)
    data = resized(Dataset("some", images, None, ()), size)
    assert data.examples.dtype == torch.uint8 and data.shape == (channels, size, size)
    before, after = images.float().mean((2, 3)), data.examples.float().mean((2, 3))
    assert (after - before).abs().max() < 0.06 * before.max()
    middle = data.examples[:, :, round(9 / 28 * size), round(19 / 28 * size)].float()
    assert (middle / images[:, :, 9, 19] - 1).abs().max() < 0.05
    assert (data.examples[:, :, -2:, :2] <= 2).all()  # the dark corner


def test_more_images_than_are_resized_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganlab.data.pick._CHUNK", 3)
    shares: list[float | None] = []
    data = resized(dataset(list(range(8))), 8, progress=lambda label, share: shares.append(share))
    assert places(data) == list(range(8)) and data.labels is not None and data.labels.tolist() == list(range(8))
    assert shares == [0, 3 / 8, 6 / 8]


@pytest.mark.parametrize("size", [0, 4])
def test_its_own_size_leaves_it_alone(size: int):
    data = dataset([0, 1])
    assert resized(data, size) is data


def test_points_have_no_size():
    with pytest.raises(DataError, match="dataset 'moons' holds points, which have no size: leave image_size at 0"):
        load_dataset("moons", size=32)


@pytest.mark.parametrize("changes", [{}, {"image_size": 32}, {"dataset": "moons"}], ids=str)
def test_a_config_gets_the_shape_that_was_foretold(changes: dict[str, object]):
    config = tiny(**changes)
    assert load_for(config).shape == shape_for(config)


def split(train: list[int], test: list[int]) -> Dataset:
    return dataset(train).beside(dataset(test))


def held_out(data: Dataset) -> tuple[list[int], list[int]]:
    """Places and labels."""
    assert data.held_out is not None and data.held_out_labels is not None
    return data.held_out[:, 0, 0, 0].tolist(), data.held_out_labels.tolist()


def test_the_held_out_are_of_the_same_classes_with_the_same_numbers():
    assert held_out(pick(split([5, 3], [9, 5, 3, 3, 5]), classes=("3", "5"))) == ([1, 2, 3, 4], [1, 0, 0, 1])


def test_classes_of_which_nothing_is_held_out_leave_nothing_held_out():
    picked = pick(split([5, 3], [9, 9]), classes=("3", "5"))
    assert picked.held_out is None and picked.held_out_labels is None


def test_the_limit_is_of_those_to_train_on_and_the_held_out_have_their_own():
    data = pick(split([0] * 10, [place // 200 for place in range(2000)]), max_images=4)
    assert len(data) == 4 and data.held_out is not None and len(data.held_out) == MOST_HELD_OUT
    assert set(held_out(data)[1]) == set(range(10)), "spread over all"
    assert held_out(pick(split([0], [7, 8]), max_images=1)) == ([0, 1], [7, 8])


def test_the_held_out_are_resized_as_the_others():
    data = load_dataset("digits", size=24)
    test = load_dataset("digits", size=24, split="test")
    assert data.held_out is not None and torch.equal(data.held_out, test.examples) and data.held_out.shape[-1] == 24


def test_without_labels_to_train_with_the_held_out_have_none_either():
    images = dataset([0, 0]).examples
    data = Dataset("some", images, None, ()).beside(dataset([1, 2]))
    assert data.held_out is not None and data.held_out_labels is None


@pytest.mark.parametrize("name", ["digits", "moons", "line"])
def test_training_never_sees_what_is_held_out(name: str):
    data = load_dataset(name)
    assert data.held_out is not None and 100 < len(data.held_out) <= MOST_HELD_OUT
    seen = {example.numpy().tobytes() for example in data.examples}
    assert not any(example.numpy().tobytes() in seen for example in data.held_out)
    assert load_dataset(name, split="test").held_out is None


def test_a_config_gets_the_subset_it_asks_for():
    data = load_for(tiny(classes="3,5", max_images=40))
    assert len(data) == 40 and data.class_names == ("3", "5")
