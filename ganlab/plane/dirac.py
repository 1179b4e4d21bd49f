"""The Dirac-GAN: one number for G, one for D, and why GANs circle, spiral or settle (Mescheder et al. 2018, sec. 2).

The data is the point 0, G makes the point θ, and D(x) = ψ x. Losses and penalties are those of our own tables, so what
the plane of (θ, ψ) shows is what a run would do if its networks were one number each.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ganlab.config import TrainConfig
from ganlab.gan.losses import loss_d, loss_g
from ganlab.gan.penalties import PENALTIES, Draw, penalise

Way = Literal["simultaneous", "alternating"]
#: Nodes of the quadrature that stands for instance noise, in each of its two dimensions.
_NODES = 16


@dataclass(frozen=True)
class DiracGame:
    """The game of a config's loss and penalty. Of the config it reads loss, penalty and their options alone.

    noise: standard deviation of the instance noise that is added to real and fake before D (Sønderby et al. 2017).
    """

    config: TrainConfig
    noise: float = 0.0

    def field(self, theta: np.ndarray, psi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(−∂L_G/∂θ, −∂L_D/∂ψ): where each player is pushed, float64 of the shape of theta and psi.

        A bound on weights (clipping) is no slope; `paths` obey it.
        """
        shape = np.broadcast_shapes(np.shape(theta), np.shape(psi))
        places = [torch.as_tensor(np.broadcast_to(value, shape).copy(), dtype=torch.float64) for value in (theta, psi)]
        pushed = self._pushes(*(place.flatten() for place in places))
        return pushed[0].numpy().reshape(shape), pushed[1].numpy().reshape(shape)

    def paths(
        self, starts: np.ndarray, *, rate: float, steps: int, way: Way = "alternating", d_steps: int = 1
    ) -> np.ndarray:
        """(θ, ψ) before and after each step of gradient descent, from each of the starts (N, 2): (steps + 1, N, 2).

        simultaneous: both are pushed from where they stand. alternating: D makes d_steps updates, then G one.
        NaN from where a path overflows.
        """
        theta, psi = torch.as_tensor(np.asarray(starts, np.float64)).unbind(1)
        stops = [torch.stack([theta, psi], 1)]
        for _ in range(steps):
            if way == "simultaneous":
                push_g, push_d = self._pushes(theta, psi)
                theta, psi = theta + rate * push_g, self._bounded(psi + rate * push_d)
            else:
                for _ in range(d_steps):
                    psi = self._bounded(psi + rate * self._pushes(theta, psi)[1])
                theta = theta + rate * self._pushes(theta, psi)[0]
            stops.append(torch.stack([theta, psi], 1))
        path = torch.stack(stops).numpy()
        path[~np.isfinite(path).all(2)] = np.nan
        return path

    def eigenvalues(self) -> np.ndarray:
        """Of the field's Jacobian at (0, 0), where both are at rest: complex (2,), by real part, then imaginary.

        Negative real parts: it settles; an imaginary part: it turns on the way (Mescheder et al. 2018, theorem 3.1).
        NaN where the field has a kink there, as with a penalty on the slope's distance from 1.
        """
        nothing = torch.zeros(2, dtype=torch.float64)
        jacobian = torch.autograd.functional.jacobian(
            lambda both: torch.stack([push[0] for push in self._pushes(both[:1], both[1:], graph=True)]), nothing
        )
        if not jacobian.isfinite().all():
            return np.full(2, complex(math.nan, math.nan))
        return np.sort_complex(np.linalg.eigvals(np.asarray(jacobian)))

    def _bounded(self, psi: Tensor) -> Tensor:
        limit = self.config.clip_value if PENALTIES[self.config.penalty].clips else math.inf
        return psi.clamp(-limit, limit)

    def _pushes(self, theta: Tensor, psi: Tensor, *, graph: bool = False) -> tuple[Tensor, Tensor]:
        """Of N places, (N,) each. Losses are means, and each place has the same share of them."""
        if not graph:
            theta, psi = theta.detach().requires_grad_(), psi.detach().requires_grad_()
        noise_real, noise_fake = self._noise
        steep = psi[:, None].expand(-1, len(noise_real)).flatten()
        real = noise_real.expand(len(theta), -1).flatten()
        fake = (theta[:, None] + noise_fake).flatten()

        def critic(points: Tensor) -> Tensor:
            return steep * points[:, 0]

        scores = critic(real[:, None]), critic(fake[:, None])
        value_d = loss_d(self.config, real=scores[0], fake=scores[1])
        rng = torch.Generator()  # no penalty's slope depends on where it is taken: D is a straight line
        penalty = penalise(self.config, critic, real=real[:, None], fake=fake[:, None], draw=Draw(rng))
        if penalty is not None:
            value_d = value_d + self.config.penalty_weight * penalty
        value_g = loss_g(self.config, real=scores[0], fake=scores[1])
        (slope_g,) = torch.autograd.grad(value_g, theta, create_graph=graph, retain_graph=True)
        (slope_d,) = torch.autograd.grad(value_d, psi, create_graph=graph)
        return -slope_g * len(theta), -slope_d * len(theta)

    @cached_property
    def _noise(self) -> tuple[Tensor, Tensor]:
        """Added to real and to fake, all pairs of a few values that stand for equal shares of a normal distribution.

        They are scaled such that mean and variance are those of the noise.
        """
        if not self.noise:
            return torch.zeros(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
        shares = (torch.arange(_NODES, dtype=torch.float64) + 0.5) / _NODES
        nodes = math.sqrt(2) * torch.erfinv(2 * shares - 1)
        nodes = self.noise * nodes / nodes.square().mean().sqrt()
        pairs = torch.tensor(list(itertools.product(nodes.tolist(), repeat=2)), dtype=torch.float64)
        return pairs[:, 0], pairs[:, 1]
