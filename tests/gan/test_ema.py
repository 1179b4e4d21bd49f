"""The averaged copy: exact on a hand example, running statistics included, and never trained."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ganlab.gan.ema import averaged_copy, averaging_rate, update_average


def net(value: float) -> nn.Sequential:
    """One weight and the statistics of a batch norm, all `value` (variance: `value` + 1)."""
    made = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1))
    for tensor in (*made.parameters(), *made.buffers()):
        tensor.data.fill_(value)
    return made


def numbers(of: nn.Module) -> set[float]:
    return {round(tensor.item(), 6) for tensor in (*of.parameters(), *of.buffers()) if tensor.is_floating_point()}


@pytest.mark.parametrize("rate", [0.25, torch.tensor(0.25)], ids=["a number", "a tensor"])
def test_the_average_by_hand_running_statistics_included(rate: float | Tensor):
    """0.75 · 2 + 0.25 · 10 = 4, then 0.75 · 4 + 0.25 · 10 = 5.5."""
    average, trained = averaged_copy(net(2.0)), net(10.0)
    update_average(average, trained, rate)
    assert numbers(average) == {4.0}
    update_average(average, trained, rate)
    assert numbers(average) == {5.5}
    assert numbers(trained) == {10.0}


@pytest.mark.parametrize(("step", "decay"), [(0, 1 / 10), (8, 9 / 18), (990, 0.99), (10**6, 0.99)])
def test_early_on_the_average_forgets_faster(step: int, decay: float):
    assert averaging_rate(0.99, step) == pytest.approx(1 - decay)


@pytest.mark.parametrize("step", [0, 5, 10**6])
@pytest.mark.parametrize("as_tensor", [False, True])
def test_decay_0_is_the_net_itself_to_the_bit(step: int, as_tensor: bool):
    trained = net(1 / 3)
    average = averaged_copy(net(-7.7))
    rate = averaging_rate(0.0, step)
    update_average(average, trained, torch.tensor(rate) if as_tensor else rate)
    for mine, theirs in zip(average.parameters(), trained.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_the_copy_is_apart_in_eval_mode_and_cannot_be_trained():
    trained = net(3.0)
    average = averaged_copy(trained)
    trained[0].weight.data.fill_(8.0)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    assert numbers(average) == {3.0}
    assert not average.training and trained.training
    assert not any(weight.requires_grad for weight in average.parameters())
    assert all(weight.requires_grad for weight in trained.parameters())
