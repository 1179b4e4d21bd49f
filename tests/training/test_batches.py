"""The order of the data: every epoch holds every image once, in an order of its own, or each is drawn anew."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from tiny import some_data, tiny
from torch import Tensor

from ganlab.training import new_state
from ganlab.training.batches import Batches
from ganlab.training.preview import to_pixels

COUNT = 23


def drawn(batches: Batches, count: int, images: Tensor) -> list[int]:
    """Indices of the images in the next `count` batches."""
    found = torch.cat([batches.next().real for _ in range(count)])
    pixels = torch.from_numpy(to_pixels(found)).permute(0, 3, 1, 2)
    return [int((images == each).flatten(1).all(1).nonzero().item()) for each in pixels]


@pytest.mark.parametrize("batch_size", [2, 5, 22, 23])
def test_every_epoch_is_a_permutation_of_its_own(batch_size: int):
    config = tiny(batch_size=batch_size)
    data = some_data(config, COUNT)
    state = new_state(config, data)
    order = drawn(Batches(data, state), -(-3 * COUNT // batch_size), data.examples)
    epochs = [order[begin : begin + COUNT] for begin in range(0, 3 * COUNT, COUNT)]
    assert all(sorted(epoch) == list(range(COUNT)) for epoch in epochs)
    assert all(one != other for one, other in pairwise([*epochs, list(range(COUNT))]))
    assert state.images_seen == len(order)


def test_the_order_depends_on_seed_and_images_seen_alone():
    config = tiny(batch_size=7)
    data = some_data(config, COUNT)
    order = drawn(Batches(data, new_state(config, data)), 8, data.examples)
    for seen in (0, 7, 21, 28, 49):
        state = new_state(config, data)
        state.images_seen = seen
        left = (len(order) - seen) // 7
        assert drawn(Batches(data, state), left, data.examples) == order[seen : seen + left * 7]
    other = new_state(config.with_changes(seed=1), data)
    assert drawn(Batches(data, other), 8, data.examples) != order


def test_with_replacement_each_image_is_drawn_from_all_and_the_order_still_depends_on_images_seen_alone():
    config = tiny(batch_size=7, replacement=True)
    data = some_data(config, COUNT)
    order = drawn(Batches(data, new_state(config, data)), 300, data.examples)
    counts = torch.tensor(order).bincount(minlength=COUNT)
    expected = len(order) / COUNT
    chi_square = float((counts - expected).square().sum() / expected)
    assert 6 < chi_square < 45, "22 degrees of freedom; whole epochs would come to 0"
    again = sum(one == other for one, other in pairwise(order)) / len(order)
    assert again == pytest.approx(1 / COUNT, abs=0.015), "also at once, across the ends of batches"
    state = new_state(config, data)
    state.images_seen = 210 * 7
    assert drawn(Batches(data, state), 90, data.examples) == order[210 * 7 :]


def test_every_grey_level_becomes_a_number_from_minus_1_to_1_and_back():
    config = tiny(batch_size=2)
    data = some_data(config, 2)
    data.examples[0] = torch.arange(256, dtype=torch.uint8).view(1, 16, 16)
    data.examples[1] = 0
    batch = Batches(data, new_state(config, data)).next().real
    assert batch.dtype == torch.float32
    levels = batch[batch.flatten(1).amax(1) > -1].flatten()
    assert (levels[0].item(), levels[-1].item()) == (-1.0, 1.0)
    assert levels.diff().min() > 0
    assert torch.from_numpy(to_pixels(levels.view(1, 1, 16, 16))).flatten().tolist() == list(range(256))


def test_labels_stay_with_their_images():
    config = tiny(batch_size=7, conditional=True)
    data = some_data(config, COUNT)
    batches = Batches(data, new_state(config, data))
    assert data.labels is not None
    for batch in (batches.next() for _ in range(5)):
        assert batch.labels is not None
        pixels = torch.from_numpy(to_pixels(batch.real)).permute(0, 3, 1, 2)
        found = [int((data.examples == each).flatten(1).all(1).nonzero().item()) for each in pixels]
        assert batch.labels.tolist() == data.labels[found].tolist()


def test_labels_are_left_out_of_runs_that_are_not_conditional():
    data = some_data(tiny(), COUNT)
    assert Batches(data, new_state(tiny(), data)).next().labels is None


def test_a_flip_mirrors_about_every_second_image_left_to_right_and_changes_no_order():
    config = tiny(batch_size=23)
    data = some_data(config, COUNT)
    plain = Batches(data, new_state(config, data))
    flipped = Batches(data, new_state(config.with_changes(flip=True), data))
    mirrored = 0
    for _ in range(20):
        before, after = plain.next().real, flipped.next().real
        same = (before == after).flatten(1).all(1)
        turned = (before.flip(-1) == after).flatten(1).all(1)
        assert bool((same ^ turned).all())
        mirrored += int(turned.sum())
    assert mirrored == pytest.approx(230, abs=50)


def test_points_come_as_they_are():
    config = tiny(dataset="gaussians-ring", network="mlp", batch_size=23)
    data = some_data(config, COUNT)
    batch = Batches(data, new_state(config, data)).next().real
    assert sorted(map(tuple, batch.tolist())) == sorted(map(tuple, data.examples.tolist()))
