"""Networks whose examples are spread over several ranks."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ganlab.gan.networks.fast import Dropout
from ganlab.gan.ranks import BatchNorm, Ranks


def spread_over(ranks: Ranks, net: nn.Module) -> None:
    """Let a network work on its part of each batch: batch norms share statistics, dropout is drawn for all."""
    if ranks.alone:
        return
    for part in list(net.modules()):
        for name, child in part.named_children():
            if isinstance(child, _BatchNorm):
                part.add_module(name, BatchNorm(child, ranks))
            elif isinstance(child, Dropout):
                child.ranks = ranks
