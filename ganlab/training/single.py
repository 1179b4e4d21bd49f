"""One update of D, of G, or one whole step, with what it did: numbers before and after, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from ganlab.config import TrainConfig
from ganlab.data import Dataset
from ganlab.errors import ConfigError
from ganlab.gan.losses import LOSSES
from ganlab.training.batches import Batches
from ganlab.training.knobs import Net
from ganlab.training.loop import Tick, read_series, train
from ganlab.training.measure import look
from ganlab.training.plane import plane_look
from ganlab.training.precision import tensor_cores
from ganlab.training.state import TrainState
from ganlab.training.step import update_d, update_g
from ganlab.words import percent

#: Which network is updated.
Single = Literal["d", "g", "both"]


@dataclass(frozen=True)
class Report:
    """What a single update did. score_real, score_fake: D's mean scores before and after, always of the same images.

    values: the update's own series (losses, gradient norms …); moved: mean |change| of G's own samples of the fixed
    latents, in [0, 2]; sentence: the same in words; plane: what the networks then do, of a run on points.
    """

    what: Single
    step: int
    values: Mapping[str, float]
    score_real: tuple[float, float]
    score_fake: tuple[float, float]
    moved: float
    sentence: str
    plane: Mapping[str, Tensor] | None = None


def single(state: TrainState, data: Dataset, what: Single) -> tuple[Report, Tick]:
    """Do one update and look at what it did. "both" is a step like any other; "d" and "g" train one net alone.

    The tick holds the series of a whole step; none for one net alone, which is no step: the step count stays, and
    batches, latents and moments move on. Raises ConfigError for another word, TrainingError as `train` does.
    """
    if what not in ("d", "g", "both"):
        raise ConfigError(f"a single step is of 'd', 'g' or 'both', got {what!r}")
    assert state.ranks.alone, "single updates are for a run that one process trains"
    real_before, fake_before, shown_before = look(state, data)
    tick = _step(state, data) if what == "both" else _alone(state, data, what)
    real_after, fake_after, shown_after = look(state, data)
    values = {name: float(found[-1]) for name, found in tick.series.items()}
    real, fake = (real_before, real_after), (fake_before, fake_after)
    moved = float((shown_after - shown_before).abs().mean())
    sentence = _sentence(state.config, what, real, fake, moved)
    plane = plane_look(state, data) if len(data.shape) == 1 else None
    report = Report(what, state.step, values, real, fake, moved, sentence, plane)
    return report, tick if what == "both" else replace(tick, series={})


def _step(state: TrainState, data: Dataset) -> Tick:
    return next(tick for tick in train(data, state, tick_s=0) if tick.series)


def _alone(state: TrainState, data: Dataset, net: Net) -> Tick:
    batches = Batches(data, state)
    seen = state.images_seen
    with tensor_cores(state.device, state.precision):
        state.knobs.begin_step(state.step)
        read = {"d": update_d, "g": update_g}[net](state, batches.next())
    state.shown_at = -1  # what was shown at this step is no longer what the average draws
    series = read_series(tuple(read), torch.stack(list(read.values())).unsqueeze(0), state.step)
    return Tick(state.step, series, 0.0, state.images_seen - seen)


def _sentence(
    config: TrainConfig, what: Single, real: tuple[float, float], fake: tuple[float, float], moved: float
) -> str:
    d_title = LOSSES[config.loss].d_title
    scores = (
        f"mean score of real images went from {real[0]:.3g} to {real[1]:.3g}, "
        f"of generated ones from {fake[0]:.3g} to {fake[1]:.3g}"
    )
    before, after = real[0] - fake[0], real[1] - fake[1]
    words = "tells them apart better" if after > before else "tells them apart less"
    if what == "d":
        return f"The {d_title} took one step: its {scores}. It {words} (gap {before:.3g} → {after:.3g})."
    drawn = f"its samples moved by {percent(moved / 2, 2)} of the range of a pixel"
    if what == "g":
        liked = "more" if fake[1] > fake[0] else "less"
        return (
            f"The generator took one step: the {d_title} likes its images {liked} "
            f"(mean score {fake[0]:.3g} → {fake[1]:.3g}), and {drawn}."
        )
    times = "once" if config.d_steps == 1 else f"{config.d_steps} times"
    return (
        f"The {d_title} was updated {times}, the generator once: the {d_title}'s {scores} "
        f"(gap {before:.3g} → {after:.3g}), and {drawn.replace('its', 'the')}."
    )
