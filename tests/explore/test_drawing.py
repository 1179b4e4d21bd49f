"""Classes one by one, in turn and blended; many samples as few."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from drawn import TINY, make_run

from ganlab.errors import ConfigError
from ganlab.explore import Explorer, Loaded, samples
from ganlab.gan.latent import class_shares
from ganlab.runs import Runs


@pytest.fixture
def conditional(checkpoints: Path) -> Loaded:
    runs = Runs(checkpoints)
    return Explorer(runs).load(make_run(runs, 5, config=TINY.with_changes(conditional=True)).id, 5)


def test_a_class_is_what_the_generator_makes_of_its_label(conditional: Loaded):
    latents = conditional.space.of_seed(1, 3)
    with torch.no_grad():
        expected = conditional.generator(latents, torch.tensor([4, 4, 4]))
    assert torch.allclose(samples(conditional, latents, 4), expected, atol=1e-6)
    assert torch.allclose(samples(conditional, latents, class_shares(torch.tensor([4, 4, 4]), 10)), expected, atol=1e-6)


def test_a_blend_leads_from_one_class_to_the_other(conditional: Loaded):
    latents = conditional.space.of_seed(1, 1).expand(3, -1)
    shares = torch.zeros(3, 10)
    shares[:, 2], shares[:, 7] = torch.tensor([1.0, 0.5, 0.0]), torch.tensor([0.0, 0.5, 1.0])
    way = samples(conditional, latents, shares)
    assert torch.allclose(way[:1], samples(conditional, latents[:1], 2), atol=1e-6)
    assert torch.allclose(way[2:], samples(conditional, latents[:1], 7), atol=1e-6)
    assert (way[1] - way[0]).abs().max() > 1e-3


def test_without_a_class_all_come_in_turn(conditional: Loaded):
    latents = conditional.space.of_seed(1, 12)
    turns, fours = samples(conditional, latents), samples(conditional, latents, 4)
    assert [place for place in range(12) if torch.allclose(turns[place], fours[place], atol=1e-6)] == [4]


def test_shares_of_another_shape_are_refused(conditional: Loaded):
    with pytest.raises(ConfigError, match="shares of classes must be 2×10 numbers, got 2×9"):
        samples(conditional, conditional.space.of_seed(1, 2), torch.zeros(2, 9))


def test_many_samples_are_drawn_a_batch_at_a_time(conditional: Loaded):
    latents, told = conditional.space.of_seed(1, 150), []
    many = samples(conditional, latents, 3, progress=told.append)
    assert torch.allclose(many[100:], samples(conditional, latents[100:], 3), atol=1e-6)
    assert told == sorted(told)
    assert len(told) == 3
    assert told[-1] == 1
