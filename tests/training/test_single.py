"""Single updates: one net alone or a whole step, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny import differing, fresh, run_through, tiny

from ganlab.data import Dataset
from ganlab.errors import ConfigError
from ganlab.training import TrainState, single


def weights(state: TrainState, net: str) -> torch.Tensor:
    return torch.cat([weight.detach().flatten() for weight in getattr(state, net).parameters()])


def changed_by(what: Any, **changes: Any) -> set[str]:
    data, state = fresh(tiny(**changes))
    before = {net: weights(state, net) for net in ("generator", "discriminator", "average")}
    single(state, data, what)
    return {net for net, old in before.items() if not torch.equal(old, weights(state, net))}


def test_each_trains_what_it_names_and_nothing_else():
    assert changed_by("d") == {"discriminator"}
    assert changed_by("g") == {"generator", "average"}
    assert changed_by("both") == {"generator", "discriminator", "average"}
    with pytest.raises(ConfigError, match="'d', 'g' or 'both', got 'all'"):
        changed_by("all")


def test_single_whole_steps_are_the_steps_of_the_loop_bit_for_bit():
    """Looking at each step changes nothing; series, samples and snapshots fall due as ever."""
    config = tiny(max_steps=4, preview_every=3, snapshot_every=2, dropout=0.3)
    data, state = fresh(config)
    ticks = [single(state, data, "both")[1] for _ in range(4)]
    data, alone = fresh(config)
    expected = run_through(data, alone, tick_s=0)[1:]
    assert not differing(state.to_tensors(), alone.to_tensors())
    assert [tick.series for tick in ticks] == [tick.series for tick in expected]
    assert [tick.preview is not None for tick in ticks] == [False, False, True, True]
    assert [tick.snapshot_due for tick in ticks] == [tick.snapshot_due for tick in expected]


def test_one_net_alone_is_no_step_but_goes_on_through_the_data():
    data, state = fresh(tiny(batch_size=5))
    _, tick = single(state, data, "d")
    assert (state.step, state.images_seen, dict(tick.series)) == (0, 5, {})


def test_of_points_it_tells_what_the_networks_then_do():
    config = tiny(dataset="gaussians-ring", network="mlp", norm_g="none")
    data, state = fresh(config)
    first, second = (single(state, data, "d")[0].plane for _ in range(2))
    assert first is not None and second is not None
    assert torch.equal(first["fake"], second["fake"])  # G stays as it is
    assert not torch.equal(first["scores"], second["scores"])
    data, state = fresh(tiny())
    assert single(state, data, "both")[0].plane is None


def best_guess(data: Dataset, state: TrainState, what: Any, times: int) -> list[Any]:
    return [single(state, data, what)[0] for _ in range(times)]


def test_the_report_tells_which_way_the_scores_went():
    config = tiny(penalty="none", lr_d=1e-3, lr_g=1e-3, batch_size=20)
    data, state = fresh(config)
    reports = best_guess(data, state, "d", 10)
    gaps = [report.score_real[1] - report.score_fake[1] for report in reports]
    assert gaps[-1] > gaps[0]
    assert reports[0].moved == 0
    assert "critic took one step" in reports[-1].sentence and "better" in reports[-1].sentence
    assert reports[1].score_real[0] == reports[0].score_real[1]  # measured on the same images
    reports = best_guess(data, state, "g", 10)
    assert reports[-1].score_fake[1] > reports[0].score_fake[0]
    assert all(report.moved > 0 for report in reports)
    assert "likes its images more" in reports[-1].sentence
    assert {"loss_g", "grad_norm_g"} <= reports[0].values.keys()
