"""What a generator shows: samples of the fixed latents as pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ganlab.data import Dataset
from ganlab.pictures import scatter
from ganlab.training.measure import Measures, measure
from ganlab.training.plane import plane_look
from ganlab.training.state import TrainState

_BACKDROP = 2000  # real points drawn behind the generated ones


@dataclass(frozen=True)
class Preview:
    """Samples from the fixed latents after `step` updates: uint8 (N, H, W, C); points of the plane are one picture.

    measures: what was measured at that look; plane: of a run on points, see `plane_look`.
    """

    step: int
    images: np.ndarray
    measures: Measures | None = None
    plane: Mapping[str, Tensor] | None = None


@torch.no_grad()
def preview(state: TrainState, data: Dataset) -> Preview:
    """The averaged generator's samples of the run's fixed latents (and labels), with what they measure.

    `state.shown` holds them until the next look; nothing else of the state changes.
    """
    samples = state.average(state.fixed_z, state.fixed_labels)
    measures = measure(state, data, samples)
    state.shown, state.shown_at = samples, state.step
    plane = plane_look(state, data) if samples.dim() == 2 else None
    return Preview(state.step, to_pictures(samples, data.examples[:_BACKDROP]), measures, plane)


def to_pictures(samples: Tensor, backdrop: Tensor | None = None) -> np.ndarray:
    """Images (N, C, H, W) → uint8 (N, H, W, C); points (N, 2) → one picture of them, over a backdrop (M, 2)."""
    if samples.dim() == 4:
        return to_pixels(samples)
    behind = None if backdrop is None else backdrop.cpu().numpy()
    return scatter(samples.cpu().numpy(), behind)[None]


def to_pixels(images: Tensor) -> np.ndarray:
    """Float (N, C, H, W) in [−1, 1] → uint8 (N, H, W, C)."""
    return images.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
