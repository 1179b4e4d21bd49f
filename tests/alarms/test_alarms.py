"""Each alarm by itself, on series made up so that one thing is wrong, or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import ArrayLike
from tiny import tiny

from ganlab.alarms import ALARMS, Alarm, Recent, Remedy, alarm_of, as_record, look
from ganlab.alarms.readings import READINGS, standing
from ganlab.alarms.remedies import edit, rewind, start_over
from ganlab.config import KNOBS, LossName, edited

STEPS = 200


def wave(middle: float, reach: float, *, period: int = 60, count: int = STEPS) -> np.ndarray:
    return middle + reach * np.sin(np.arange(count) * 2 * np.pi / period)


def recent(
    series: Mapping[str, ArrayLike],
    *,
    step: int = STEPS,
    looks: Mapping[str, list[float]] | None = None,
    snapshots: tuple[int, ...] = (0, 50, 100, 150, 200),
    edited_at: int = 0,
    disk_free: int | None = None,
    snapshot_bytes: int = 0,
    images: int = 0,
    different: int = 0,
    **settings: Any,
) -> Recent:
    """A run of STEPS steps: a number stands for a series that is flat. looks: measured at equal distances."""
    arrays = {name: np.broadcast_to(np.asarray(values, np.float32), STEPS).copy() for name, values in series.items()}
    rows = [dict(zip(looks, row, strict=True)) for row in zip(*looks.values(), strict=True)] if looks else []
    steps = np.linspace(0, step, len(rows) + 1, dtype=int)[1:].tolist()
    return Recent(
        tiny(**{"d_steps": 4, "max_steps": 2 * STEPS, **settings}),
        step,
        arrays,
        tuple(zip(steps, rows, strict=True)),
        snapshots,
        edited_at,
        disk_free,
        snapshot_bytes,
        images,
        different,
    )


LOG: dict[str, Any] = {"loss": "non-saturating", "penalty": "none"}
HINGE: dict[str, Any] = {"loss": "hinge", "penalty": "none"}

#: What must make one alarm fire, by the name that it gets.
#: Scores that come down and stay, with chance in them.
STAYS = [9.0, 6.0, 4.0, 3.1, 2.9, 3.0, 3.2, 2.8, 3.1, 2.9, 3.0, 3.1, 2.8, 3.0, 2.9, 3.2, 3.0, 2.9, 3.1, 3.0]
RISES = [*STAYS[:10], *(3.0 + 0.3 * n for n in range(1, 15))]

TROUBLE: dict[str, tuple[str, Recent]] = {
    "samples that were better long ago": ("quality-falls", recent({}, looks={"score_frechet": RISES})),
    "points that were better long ago": ("quality-falls", recent({}, looks={"score_earth-mover": RISES})),
    "samples nearer than held-out images": (
        "copies-images",
        recent({}, looks={"score_frechet": STAYS, "floor_frechet": [5.0] * len(STAYS)}, max_images=100),
    ),
    "log loss at 0": ("d-wins", recent({"loss_d": 0.005, "loss_g": 7}, **LOG)),
    "hinge loss at 0": ("d-wins", recent({"loss_d": 0.005, "loss_g": 3}, **HINGE)),
    "all of D's loss is penalty": (
        "d-wins",
        recent({"loss_d": 0.5, "penalty": 0.05, "loss_g": 3}, loss="hinge", penalty="r1", penalty_weight=10),
    ),
    "log loss at the floor that smoothing leaves": (
        "d-wins",
        recent({"loss_d": 0.326, "loss_g": 6}, label_smoothing=0.1, **LOG),
    ),
    "D worse than chance": ("d-loses", recent({"loss_d": 1.6, "loss_g": 0.4, "d_real": 0.4, "d_fake": 0.5}, **LOG)),
    "D scores all alike": ("d-loses", recent({"loss_d": 1.386, "loss_g": 0.7, "d_real": 0.5, "d_fake": 0.5}, **LOG)),
    "critic takes fakes for real": ("d-loses", recent({"loss_d": 3, "loss_g": 1, "wasserstein": -3, "penalty": 0.01})),
    "log loss far above chance": ("runaway", recent({"loss_d": 30, "loss_g": 60, "d_real": 0.5, "d_fake": 0.5}, **LOG)),
    "penalty outweighs the distance": ("runaway", recent({"loss_d": 9e4, "wasserstein": 50, "penalty": 9e3})),
    "critic that nothing holds": (
        "runaway",
        recent({"loss_d": 0, "wasserstein": np.geomspace(1, 1e5, STEPS)}, penalty="none"),
    ),
    "D and G take turns": (
        "oscillation",
        recent({"loss_d": 1.2, "score_real": 0.5, "score_fake": wave(0, 3)}, **HINGE),
    ),
    "probabilities that swing": (
        "oscillation",
        recent({"loss_d": 1.2, "d_real": 0.6, "d_fake": wave(0.5, 0.45)}, **LOG),
    ),
    "distance that changes sign": ("oscillation", recent({"loss_d": 1, "wasserstein": wave(1, 4), "penalty": 0.01})),
    "samples that have become alike": (
        "mode-collapse",
        recent({"loss_d": 1.2}, looks={"diversity": [0.6, 0.9, 0.9, 0.8, 0.2, 0.1]}, **LOG),
    ),
    "samples that do not move": (
        "stands-still",
        recent({"loss_d": 1.2, "grad_norm_g": 1e-7}, looks={"moved": [0.1, 0.1, 1e-4, 1e-4, 1e-4]}, **LOG),
    ),
    "critic that knows its images": (
        "critic-over-fits",
        recent(
            {"wasserstein": 4, "loss_d": -4},
            looks={"critic_gap": [0, -1, -4, -5, -6], "critic_gap_error": [0.3, 0.3, 0.3, 0.3, 0.3]},
        ),
    ),
    "critic that has come to know a quarter": (
        "critic-over-fits",
        recent({"wasserstein": 1.2, "loss_d": -1}, looks={"critic_gap": [-0.35] * 8, "critic_gap_error": [0.1] * 8}),
    ),
    "a G whose rate is next to nothing": (
        "stands-still",
        recent(
            {"wasserstein": 22, "loss_d": -20, "grad_norm_g": 11.5},
            looks={"moved": [0.3, 0.0033, 0.0022, 0.002], "stride_g": [1e-8] * 4},
            lr_g=1e-9,
        ),
    ),
    "a few pictures, each much unlike the others": (
        "mode-collapse",
        recent(
            {"loss_d": 1.2},
            looks={"diversity": [0.9] * 4, "spacing_g": [1.2, 0.2, 0.2, 0.1], "energy_g": [0.3] * 4},
            **LOG,
        ),
    ),
    "some pictures, and far from the data": (
        "mode-collapse",
        recent(
            {"loss_d": 1.2},
            looks={"diversity": [0.5] * 4, "spacing_g": [1.2, 0.5, 0.6, 0.6], "energy_g": [1, 1.6, 1.4, 0.9]},
            **LOG,
        ),
    ),
    "batch norm under a gradient penalty": (
        "batch-norm-in-critic",
        recent({"wasserstein": 4, "loss_d": -4, "penalty": 0.02}, norm_d="batch"),
    ),
    "two images": ("few-images", recent({}, images=2, batch_size=2)),
    "two images by choice": ("few-images", recent({}, max_images=2, batch_size=2)),
    "two pictures in thirty copies each": ("few-images", recent({}, images=60, different=2)),
    "a disk for three more snapshots": (
        "disk-nearly-full",
        recent({}, disk_free=300_000_000, snapshot_bytes=100_000_000),
    ),
}

#: Where it looks like trouble and is none.
HEALTHY: dict[str, Recent] = {
    "scores that stay": recent({}, looks={"score_frechet": STAYS, "floor_frechet": [2.0] * len(STAYS)}),
    "scores that rose lately": recent({}, looks={"score_frechet": RISES[:17]}),
    "scores that rise by chance": recent({}, looks={"score_frechet": [3.0, 6.0, 1.0, 7.0, 2.0] * 2 + [6.0, 3.0] * 8}),
    "nothing yet": recent({}, step=0),
    "log loss in balance": recent({"loss_d": 1.3, "loss_g": 0.75, "d_real": 0.53, "d_fake": 0.47}, **LOG),
    "D ahead": recent({"loss_d": 0.3, "loss_g": 2.5, "d_real": 0.9, "d_fake": 0.1}, **LOG),
    "D at the balance that smoothing leaves": recent(
        {"loss_d": 1.35, "d_real": 0.5, "d_fake": 0.46}, label_smoothing=0.3, **LOG
    ),
    "noise without swings": recent(
        {"loss_d": 1.2, "d_real": 0.6, "d_fake": 0.5 + 0.4 * (-1.0) ** np.arange(STEPS)}, **LOG
    ),
    "a critic at its goal": recent({"loss_d": 0, "wasserstein": wave(0.05, 0.02), "penalty": 0.01}),
    "a critic that has just begun": recent(
        {"loss_d": 0, "wasserstein": 40 * np.exp(-np.arange(STEPS) / 50), "penalty": 0.1}
    ),
    "samples that are varied": recent({"loss_d": 1.2}, looks={"diversity": [0.4, 0.6, 0.9, 1.0, 0.9]}, **LOG),
    "samples that are not varied yet": recent({"loss_d": 1.2}, looks={"diversity": [0.1, 0.1, 0.1, 0.1]}, **LOG),
    "one poor look": recent({"loss_d": 1.2}, looks={"diversity": [0.9, 0.9, 0.9, 0.9, 0.1]}, **LOG),
    "slow samples and a gradient": recent(
        {"loss_d": 1.2, "grad_norm_g": 1}, looks={"moved": [1e-4, 1e-4, 1e-4, 1e-4]}, **LOG
    ),
    "held-out images a little lower": recent(
        {"wasserstein": 4, "loss_d": -4},
        looks={"critic_gap": [-0.5, -0.9, -0.9, -0.9, -1.0], "critic_gap_error": [0.1] * 5},
    ),
    "one gap that is large among many that are not": recent(
        {"wasserstein": 4, "loss_d": -4},
        looks={"critic_gap": [0, 0.3, -0.3, 0, -3], "critic_gap_error": [0.1] * 5},
    ),
    "a gap that may be chance": recent(
        {"wasserstein": 4, "loss_d": -4},
        looks={"critic_gap": [-1.2] * 5, "critic_gap_error": [0.7] * 5},
    ),
    "gaps of a version that knew no error": recent(
        {"wasserstein": 4, "loss_d": -4}, looks={"critic_gap": [0, -1, -4, -5, -6]}
    ),
    "a run that has converged, or a long average": recent(
        {"wasserstein": 1.2, "loss_d": -1, "grad_norm_g": 0.5}, looks={"moved": [1e-4] * 5, "stride_g": [3e-3] * 5}
    ),
    "a small rate": recent(
        {"wasserstein": 9, "loss_d": -9, "grad_norm_g": 5}, looks={"moved": [1e-3] * 5, "stride_g": [1e-5] * 5}
    ),
    "few kinds of pictures where the data have no more": recent(
        {"loss_d": 1.2}, looks={"diversity": [0.9] * 5, "spacing_g": [0.3] * 5, "energy_g": [0.01] * 5}, **LOG
    ),
    "a G without a norm that has begun": recent(
        {"loss_d": 1.2},
        looks={"diversity": [0.2] * 5, "spacing_g": [0.25, 0.3, 0.4, 0.5, 0.5], "energy_g": [1, 1, 0.8, 0.6, 0.4]},
        **LOG,
    ),
    "a dip of the spacing on the way to the data": recent(
        {"loss_d": 1.2},
        looks={
            "diversity": [0.5] * 5,
            "spacing_g": [0.76, 0.55, 0.45, 0.5, 0.55],
            "energy_g": [1.3, 0.8, 0.4, 0.2, 0.2],
        },
        **LOG,
    ),
    "crowded for two looks": recent(
        {"loss_d": 1.2},
        looks={"diversity": [0.9] * 5, "spacing_g": [1, 1, 1, 0.3, 0.3], "energy_g": [0.5] * 5},
        **LOG,
    ),
    "batch norm and clipping": recent({"wasserstein": 1, "loss_d": -1}, norm_d="batch", penalty="clip"),
    "many images": recent({}, images=60_000, different=256),
    "some copies": recent({}, images=300, different=150),
    "a large disk": recent({}, disk_free=10**12, snapshot_bytes=10**8),
}


@pytest.mark.parametrize(("name", "run"), TROUBLE.values(), ids=TROUBLE)
def test_it_fires(name: str, run: Recent):
    alarms = {alarm.name: alarm for alarm in look(run)}
    assert list(alarms) == [name]
    alarm = alarms[name]
    assert alarm.step == run.step
    assert any(letter.isdigit() for letter in alarm.evidence), "evidence has numbers"
    assert all(text.endswith(".") and len(text) > 20 for text in (alarm.cause, alarm.evidence))
    assert alarm.remedies


@pytest.mark.parametrize("run", HEALTHY.values(), ids=HEALTHY)
def test_it_keeps_quiet(run: Recent):
    assert [alarm.name for alarm in look(run)] == []


def test_each_alarm_has_trouble_to_fire_at():
    """no-progress wants more steps than all others and has a test of its own."""
    assert {name for name, _ in TROUBLE.values()} == ALARMS.keys() - {"no-progress"}


@pytest.mark.parametrize(("name", "run"), TROUBLE.values(), ids=TROUBLE)
def test_what_came_before_an_edit_is_not_judged(name: str, run: Recent):
    """Settings and the disk are as they are, whatever was edited when."""
    if name in ("batch-norm-in-critic", "few-images", "disk-nearly-full"):
        return
    assert [alarm.name for alarm in look(replace(run, edited_at=run.step - 15))] == []


@pytest.mark.parametrize(("name", "run"), TROUBLE.values(), ids=TROUBLE)
def test_an_alarm_survives_the_log(name: str, run: Recent):
    (alarm,) = look(run)
    line = json.loads(json.dumps({"type": "alarm"} | as_record(alarm)))
    assert alarm_of(line) == alarm


def test_a_line_that_is_no_alarm_is_refused():
    record = as_record(Alarm("d-wins", "t", "c", "e", 3, (Remedy("l", "edit", {"d_steps": 1}),)))
    record["remedies"][0]["kind"] = "delete"
    for wrong in ({}, {"name": "d-wins"}, record):
        with pytest.raises((KeyError, TypeError, ValueError)):
            alarm_of(wrong)


@pytest.mark.parametrize(("name", "run"), TROUBLE.values(), ids=TROUBLE)
def test_each_remedy_can_be_done_and_changes_something(name: str, run: Recent):
    for remedy in look(run)[0].remedies:
        check_remedy(remedy, run.config, run.snapshots)


def check_remedy(remedy: Remedy, config: Any, snapshots: tuple[int, ...]) -> None:
    assert remedy.changes
    change = config.with_changes if remedy.kind == "fork" else lambda **changes: edited(config, changes)
    after = change(**remedy.changes)
    assert all(getattr(after, name) != getattr(config, name) for name in remedy.changes)
    assert (remedy.step is None) == (remedy.kind == "edit")
    assert remedy.kind != "rewind" or remedy.step in snapshots
    assert remedy.kind == "fork" or remedy.changes.keys() <= set(KNOBS)


def test_the_way_back_leads_before_the_trouble():
    loss = np.r_[np.full(120, 1.0), np.full(80, 0.001)]
    (alarm,) = look(recent({"loss_d": loss, "loss_g": 7}, **LOG))
    (back,) = [remedy for remedy in alarm.remedies if remedy.kind == "rewind"]
    assert back.step == 100
    assert "since step 13" in alarm.evidence


def test_no_way_back_is_offered_without_a_snapshot():
    (alarm,) = look(recent({"loss_d": 0.005, "loss_g": 7}, snapshots=(), **LOG))
    assert {remedy.kind for remedy in alarm.remedies} == {"edit", "fork"}


def test_a_change_that_is_impossible_or_none_is_not_offered():
    run = recent({}, lr_d=0.5, d_steps=1, **LOG)
    assert edit(run.config, "too large", lr_d=2.0) == ()
    assert edit(run.config, "the same", d_steps=1) == ()
    assert edit(run.config, "fixed while it trains", norm_d="spectral") == ()
    assert edit(run.config, "without effect", penalty_weight=20.0) == ()
    assert rewind(run, 150, "the same", d_steps=1) == ()
    assert [remedy.changes for remedy in start_over(run.config, "with", norm_d="spectral")] == [{"norm_d": "spectral"}]


def test_a_saturating_loss_is_told_of_the_other_one():
    (alarm,) = look(recent({"loss_d": 1e-9, "loss_g": -1e-9}, loss="saturating", penalty="none"))
    assert alarm.remedies[0].changes == {"loss": "non-saturating"}


def test_a_d_that_wins_explains_a_g_that_stands_still():
    series = {"loss_d": 1e-9, "loss_g": -1e-9, "grad_norm_g": 1e-9}
    run = recent(series, looks={"moved": [1e-5] * 5}, loss="saturating", penalty="none")
    assert ALARMS["stands-still"](run) is not None
    assert [alarm.name for alarm in look(run)] == ["d-wins"]


def test_after_an_edit_of_the_loss_the_series_of_the_new_one_count():
    before = np.r_[np.ones(STEPS - 120), np.full(120, np.nan)]
    after = np.r_[np.full(STEPS - 120, np.nan), np.ones(120)]
    series = {"loss_d": 1.6, "score_real": before, "score_fake": before, "d_real": 0.4 * after, "d_fake": 0.5 * after}
    assert [alarm.name for alarm in look(recent(series, edited_at=STEPS - 120, **LOG))] == ["d-loses"]


@pytest.mark.parametrize(
    ("images", "different", "batch_size", "told"),
    [
        (2, 2, 2, "There are 2 images to train on. D meets each picture about 4 times in every step."),
        (49, 49, 2, "There are 49 images to train on. D meets each picture about once every 6 steps."),
        (60, 2, 5, "There are 60 images to train on, of which only about 2 differ: the others are copies. "
         "D meets each picture about 10 times in every step."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("step", [0, STEPS])
def test_how_few_images_there_are_and_how_often_they_are_met(
    images: int, different: int, batch_size: int, told: str, step: int
):
    (alarm,) = look(recent({}, step=step, images=images, different=different, batch_size=batch_size))
    assert alarm.evidence == told


@pytest.mark.parametrize("loss", get_args(LossName))
def test_each_loss_has_its_marks(loss: LossName):
    assert loss in READINGS


@pytest.mark.parametrize(("loss", "floor", "balance"), [("saturating", 0, 1.386294), ("hinge", 0, 2)])
def test_standing_is_0_at_the_floor_and_1_where_d_cannot_tell(loss: str, floor: float, balance: float):
    ends = standing(recent({"loss_d": np.linspace(floor, balance, STEPS)}, loss=loss, penalty="none"))
    assert ends[[0, -1]] == pytest.approx([0, 1], abs=1e-5)


def long_run(series: Mapping[str, ArrayLike], **settings: Any) -> Recent:
    arrays = {name: np.broadcast_to(np.asarray(values, np.float32), 1000) for name, values in series.items()}
    looks = tuple((step, {"diversity": 0.9, "moved": 1e-3}) for step in range(0, 3001, 100))
    return Recent(tiny(**settings), 3000, arrays, looks)


def test_a_thousand_steps_at_the_same_distance_are_no_progress():
    rng = np.random.default_rng(0)
    flat = 2 + 0.1 * rng.standard_normal(1000)
    falling = flat - np.linspace(0, 0.2, 1000)
    assert [alarm.name for alarm in look(long_run({"wasserstein": flat}))] == ["no-progress"]
    assert look(long_run({"wasserstein": falling})) == ()
    assert look(replace(long_run({"wasserstein": flat}), edited_at=2100)) == ()


def test_a_thousand_steps_with_the_same_samples_are_no_progress():
    run = long_run({"loss_d": 1.2, "d_real": 0.6, "d_fake": 0.4}, **LOG)
    assert [alarm.name for alarm in look(run)] == ["no-progress"]
    moving = tuple((step, dict(values) | {"moved": 0.01}) for step, values in run.measures)
    assert look(replace(run, measures=moving)) == ()
    assert look(replace(run, measures=run.measures[-5:])) == (), "looks that reach back 400 steps tell too little"
