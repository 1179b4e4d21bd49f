"""Spectral normalisation (Miyato et al. 2018), without torch's global random generator.

torch's own parametrization draws its start vectors from there; ours are drawn in `initialise`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ganlab.gan.networks.pair import Projection


class SpectralNorm(nn.Module):
    """Divides a weight by the estimate of its largest singular value, as a matrix (outputs, everything else).

    The estimate is one power iteration from `u`, which training keeps for the next time: it is exact after some
    steps. In eval mode nothing is kept, and `u` may have any length, so that averaged copies work. Until
    `initialise` has drawn it, `u` means nothing.
    """

    u: Tensor

    def __init__(self, outputs: int, output_dim: int) -> None:
        super().__init__()
        self.output_dim = output_dim
        self.register_buffer("u", torch.empty(outputs))

    def forward(self, weight: Tensor) -> Tensor:
        matrix = weight.movedim(self.output_dim, 0).flatten(1)
        with torch.no_grad():
            v = F.normalize(matrix.T @ self.u, dim=0)
            u = F.normalize(matrix @ v, dim=0)
            if self.training:
                # autograd keeps the new tensor u, not the buffer: a second forward changes nothing that it needs.
                self.u.copy_(u)
        return weight / torch.dot(u, matrix @ v)


def spectral(net: nn.Module) -> None:
    """Put spectral norm on the weight of every convolution, linear layer and projection of `net`."""
    for module in list(net.modules()):
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, Projection)):
            output_dim = 1 if isinstance(module, nn.ConvTranspose2d) else 0
            outputs = raw_weight(module).shape[output_dim]
            parametrize.register_parametrization(module, "weight", SpectralNorm(outputs, output_dim))


def raw_weight(module: nn.Module) -> Tensor:
    """The weight that is trained: with spectral norm it is not the one that is used."""
    name = "parametrizations.weight.original" if parametrize.is_parametrized(module, "weight") else "weight"
    return module.get_parameter(name)
