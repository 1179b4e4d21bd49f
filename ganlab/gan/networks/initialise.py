"""First weights, drawn from the generator that is given."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ganlab.config import InitName


@torch.no_grad()
def initialise(net: nn.Module, scheme: InitName, rng: torch.Generator) -> None:
    """Fill every weight, bias and running statistic of `net` in place, drawing from `rng`."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.weight.normal_(1, 0.02, generator=rng) if scheme == "normal" else module.weight.fill_(1)
            module.bias.zero_()
        elif isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            INITIALISERS[scheme](module.weight, rng)
            if module.bias is not None:
                _bias(module, scheme, rng)


def _bias(module: nn.Linear | nn.Conv2d | nn.ConvTranspose2d, scheme: InitName, rng: torch.Generator) -> None:
    assert module.bias is not None
    if scheme == "torch":
        bound = 1 / math.sqrt(_fan_in(module.weight))
        module.bias.uniform_(-bound, bound, generator=rng)
    else:
        module.bias.zero_()


def _fan_in(weight: Tensor) -> int:
    return nn.init._calculate_fan_in_and_fan_out(weight)[0]


INITIALISERS: dict[InitName, Callable[[Tensor, torch.Generator], Tensor]] = {
    "normal": lambda weight, rng: weight.normal_(0, 0.02, generator=rng),
    "xavier": lambda weight, rng: nn.init.xavier_uniform_(weight, generator=rng),
    "torch": lambda weight, rng: nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=rng),
}
