"""What two networks do in the plane: D's scores on a grid, G's points and where D pulls them, the warped latents."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ganlab.data import Dataset
from ganlab.gan.losses import loss_g
from ganlab.gan.priors import PRIORS
from ganlab.training.measure import without_a_trace
from ganlab.training.state import TrainState, seed_for

#: Points of each kind, cells of D's grid a side, lines of the grid of latents a way.
POINTS, CELLS, LATENTS = 512, 64, 21
#: Room around the data, as a share of its extent on each side.
_MARGIN = 0.25
#: Latents of the grid reach from −2 to 2 deviations, where 95 % of a normal distribution lie.
_REACH = 2.0


def plane_look(state: TrainState, data: Dataset) -> Mapping[str, Tensor]:
    """Of a run on points, float32; the same latents and reals each time, and nothing of the run changes.

    box: (4,) left, bottom, right and top of the grid. scores: (CELLS, CELLS) of D at the middles of its cells, the
    first row at the bottom. real, fake: (POINTS, 2). pull: (POINTS, 2), minus the gradient of G's own loss at each
    fake: where the loss pulls it. latents: (LATENTS², 2), what G makes of a grid of its first two
    latents, the others 0; of the first alone, (LATENTS, 2), where there is one.
    """
    box = _box(data.examples)
    real = reals(data)
    with without_a_trace(state.generator, state.discriminator):
        fake, pull = _fakes(state, real)
        with torch.no_grad():
            scores = state.discriminator(_cells(box).to(state.device), _labels(state, CELLS**2)).float()
            grid = _grid_of_latents(state)
            latents = state.generator(grid, _labels(state, len(grid)))
    found = {"scores": scores.reshape(CELLS, CELLS), "real": real, "fake": fake, "pull": pull, "latents": latents}
    return {"box": box} | {name: value.detach().float().cpu().contiguous() for name, value in found.items()}


def reals(data: Dataset, *, later: float = 0) -> Tensor:
    """Real points of a look, (POINTS, 2) float32, at even distances; with `later` (0 to 1) others between them."""
    chosen = (torch.arange(POINTS) + later) * len(data.examples) / POINTS
    return data.examples[chosen.long()].float()


def _fakes(state: TrainState, real: Tensor) -> tuple[Tensor, Tensor]:
    """G's points, as D meets them, and where they are pulled."""
    config = state.config
    rng = torch.Generator().manual_seed(seed_for(config.seed, "plane"))
    z = PRIORS[config.prior].draw(POINTS, config.z_dim, config.prior_half_width, rng).to(state.device)
    labels = _labels(state, POINTS)
    with torch.no_grad():
        fake = state.generator(z, labels)
    fake = fake.detach().requires_grad_()
    with torch.enable_grad():
        scores = state.discriminator(fake, labels).float()
        reals = state.discriminator(real.to(state.device), labels).float().detach()
        (slope,) = torch.autograd.grad(loss_g(config, real=reals, fake=scores), fake)
    return fake, -slope * POINTS  # the loss is a mean


def _labels(state: TrainState, count: int) -> Tensor:
    return torch.arange(count, device=state.device) % max(state.class_count, 1)


def _box(examples: Tensor) -> Tensor:
    """A square around the data, with a margin."""
    points = examples.float()
    low, high = points.amin(0), points.amax(0)
    middle, half = (low + high) / 2, (high - low).max() / 2 * (1 + 2 * _MARGIN)
    half = half.clamp(min=0.5)
    return torch.cat([middle - half, middle + half])


def _cells(box: Tensor) -> Tensor:
    """Middles of the grid's cells, (CELLS², 2), row by row from the bottom."""
    left, bottom, right, top = box.tolist()
    places = (torch.arange(CELLS) + 0.5) / CELLS
    y, x = torch.meshgrid(bottom + (top - bottom) * places, left + (right - left) * places, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], 1)


def _grid_of_latents(state: TrainState) -> Tensor:
    config = state.config
    reach = config.prior_half_width if config.prior == "uniform" else _REACH
    line = torch.linspace(-reach, reach, LATENTS)
    rows = torch.cartesian_prod(line, line) if config.z_dim > 1 else line[:, None]
    z = torch.zeros(len(rows), config.z_dim)
    z[:, : rows.shape[1]] = rows
    return z.to(state.device)
