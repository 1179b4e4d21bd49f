"""First weights, drawn from the generator that is given."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from ganlab.config import InitName
from ganlab.gan.networks.pair import Projection
from ganlab.gan.networks.spectral import SpectralNorm, raw_weight


@torch.no_grad()
def initialise(net: nn.Module, scheme: InitName, rng: torch.Generator) -> None:
    """Fill every weight, bias, running statistic and start vector of `net` in place, drawing from `rng`.

    With every scheme norms begin at scale 1 (normal: N(1, 0.02), as DCGAN's code does; article: N(0, 1)) and shift 0,
    and the vectors that stand for classes beside z at N(0, 1), like z itself.
    """
    for module in net.modules():
        if isinstance(module, (_NormBase, nn.GroupNorm, nn.LayerNorm)):
            _norm(module, scheme, rng)
        elif isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, Projection)):
            weight = raw_weight(module)
            INITIALISERS[scheme](weight, rng)
            if not isinstance(module, Projection) and module.bias is not None:
                _bias(module.bias, weight, scheme, rng)
        elif isinstance(module, nn.Embedding):
            module.weight.normal_(generator=rng)
        elif isinstance(module, SpectralNorm):
            module.u.copy_(F.normalize(module.u.normal_(generator=rng), dim=0))


def _norm(module: _NormBase | nn.GroupNorm | nn.LayerNorm, scheme: InitName, rng: torch.Generator) -> None:
    if isinstance(module, _NormBase):
        module.reset_running_stats()
    if scheme in _SCALES:
        module.weight.normal_(*_SCALES[scheme], generator=rng)
    else:
        module.weight.fill_(1)
    module.bias.zero_()


def _bias(bias: Tensor, weight: Tensor, scheme: InitName, rng: torch.Generator) -> None:
    if scheme == "torch" or (scheme == "article" and weight.dim() == 2):
        bound = 1 / math.sqrt(_fan_in(weight))
        bias.uniform_(-bound, bound, generator=rng)
    else:
        bias.zero_()


def _fan_in(weight: Tensor) -> int:
    return nn.init._calculate_fan_in_and_fan_out(weight)[0]


INITIALISERS: dict[InitName, Callable[[Tensor, torch.Generator], Tensor]] = {
    "normal": lambda weight, rng: weight.normal_(0, 0.02, generator=rng),
    "xavier": lambda weight, rng: nn.init.xavier_uniform_(weight, generator=rng),
    "torch": lambda weight, rng: nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=rng),
    "article": lambda weight, rng: INITIALISERS["torch" if weight.dim() == 2 else "xavier"](weight, rng),
}
#: Mean and deviation of norms' scales, where they are not 1.
_SCALES: dict[InitName, tuple[float, float]] = {"normal": (1, 0.02), "article": (0, 1)}
