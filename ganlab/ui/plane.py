"""The Plane page: a GAN on points, where all that it does can be seen."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st
from safetensors.torch import load, save

from ganlab.config import SETTINGS, LossName, TrainConfig, has_effect
from ganlab.data import DATASETS, load_for
from ganlab.errors import ConfigError, GanlabError, RunError
from ganlab.gan.losses import LOSSES
from ganlab.metrics.scores import SCORES
from ganlab.plane import transport
from ganlab.recipes import RECIPES
from ganlab.runs import Run
from ganlab.training.plane import reals
from ganlab.ui.choose import choose_run
from ganlab.ui.components.plane import dirac, plane
from ganlab.ui.knobs import plane_schema
from ganlab.ui.lab import Lab, lab
from ganlab.ui.live import plane_words, steering_view
from ganlab.ui.own_points import draw_formula, draw_own_points
from ganlab.ui.places import draw_link
from ganlab.ui.sentences import as_sentence
from ganlab.ui.settings import help_of, limits_of, step_of
from ganlab.ui.starting import start

#: Points of the plane, by the name of their dataset.
POINTS = [name for name, spec in DATASETS.items() if not spec.has_images]
#: What else a loss wants here, beside what the recipe of points has for Wasserstein.
_PLAIN: dict[str, Any] = {"penalty": "none", "d_steps": 1, "beta1": 0.5, "lr_d": 5e-4, "lr_g": 5e-4}
#: Curves beside the picture, and of how many points at most each is.
_LOSSES, _STRETCHES = ("loss_d", "loss_g"), 128
#: Drawn points stand for a distribution without gaps.
_OWN_SPREAD = 0.02


def page() -> None:
    """Start at the top, the plane below."""
    st.header("Plane", anchor=False)
    st.caption(
        "A GAN on points instead of images: what D thinks of every place, where G puts its points, and where D pulls "
        "them. It is a run like any other: Train has its curves and knobs."
    )
    _draw_start()
    run = choose_run("Nothing has been trained on points yet: press Start.", fits=on_points)
    if run is not None:
        other = _choose_other(run)
        shown = [run] if other is None else [run, other]
        for column, each in zip(st.columns(len(shown)), shown, strict=True):
            with column:
                state = lab().service.status(each.id).state
                plane(run_id=each.id, token=lab().token, state=state, settings=plane_schema())
        draw_link("Train", "Curves, and all that can be changed while it trains", run=run.id)
    st.subheader("One number each: the Dirac-GAN", anchor=False)
    st.caption(
        "The smallest GAN there is shows why some circle for ever, others leave, and what a penalty or noise does "
        "about it (Mescheder et al. 2018). Nothing is trained here: it is computed at once."
    )
    dirac(token=lab().token, losses=SETTINGS["loss"].choices, penalties=SETTINGS["penalty"].choices)


def _choose_other(run: Run) -> Run | None:
    """A second run beside the first; a slider moves both to the same step."""
    others = {each.id: each for each in lab().runs.all() if on_points(each) and each.id != run.id}
    if not others:
        return None
    chosen = st.selectbox(
        "Beside it",
        list(others),
        index=None,
        key=f"plane beside {run.id}",
        placeholder="Another run, such as one with the same seed and another loss",
        format_func=lambda id: f"{others[id].title}  ·  {id}",
    )
    return others.get(chosen) if chosen else None


def on_points(run: Run) -> bool:
    return not DATASETS[run.config.dataset].has_images


def config_for(dataset: str, loss: LossName, **more: Any) -> TrainConfig:
    """A run on points with this loss, and other settings. Raises ConfigError."""
    base = RECIPES["ring-wgan-gp"].config
    changes = {} if loss == "wasserstein" else _PLAIN
    return base.with_changes(dataset=dataset, loss=loss, preview_every=10, max_steps=3000, **changes | more)


def plane_view(lab: Lab, run_id: str) -> dict[str, Any]:
    """What the page asks for again and again: how far a run is, which looks there are, its scores. Raises RunError."""
    run, status = lab.runs.get(run_id), lab.service.status(run_id)
    history = run.history()
    return {
        "state": status.state,
        "live": status.live or status.state == "paused",
        "title": run.title,
        "message": as_sentence(status.message) if status.state == "failed" else status.message,
        "step": status.step,
        "max_steps": status.max_steps,
        "steps_per_s": status.steps_per_s,
        "actions": status.actions,
        "losses": _losses(lab, run_id),
        "samples": status.samples,
        "timeline": history.timeline,
        **plane_words(status.config),
        "scores": [{"step": step, "values": _named(values)} for step, values in sorted(history.scores.items())],
        **steering_view(status),
    }


def update_view(lab: Lab, run_id: str) -> bytes:
    """The plane after the last single update, a file like those of the looks. Raises RunError when there was none."""
    reports = lab.service.status(run_id).reports
    if not reports or reports[-1].plane is None:
        raise RunError(f"run {run_id!r} has done no single update here: pause it, and step D or G")
    return save(dict(reports[-1].plane))


def _losses(lab: Lab, run_id: str) -> dict[str, list[float]]:
    """Means of at most 128 stretches of the run, of equal length: what is drawn beside the picture."""
    series = lab.service.curves(run_id, bucket=0, start=0).series
    every = {name: max(1, math.ceil(series[name].shape[1] / _STRETCHES)) for name in _LOSSES if name in series}
    return {name: series[name][0, ::step].tolist() for name, step in every.items()}


def moves_view(lab: Lab, run_id: str, step: int) -> dict[str, Any]:
    """The earth mover's plan of a look: the real point that each generated one goes to, and the mean way.

    floor: the mean way between the real points and as many others. Raises RunError, ConfigError.
    """
    run = lab.runs.get(run_id)
    look = load(run.plane(step))
    if not look["fake"].isfinite().all():
        raise ConfigError(f"the generated points of step {step} are no numbers, so they cannot be moved")
    real, fake = (look[name].double().numpy() for name in ("real", "fake"))
    plan = transport(fake, real)
    others = reals(load_for(run.config), later=0.5).double().numpy()
    return {"to": plan.moves.tolist(), "distance": plan.distance, "floor": transport(others, real).distance}


def _named(values: dict[str, float]) -> list[dict[str, Any]]:
    known = ((row, values[name]) for name, row in SCORES.items() if name in values)
    return [{"title": row.title, "value": value, "unit": row.unit} for row, value in known]


def _draw_start() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        dataset = st.selectbox("Points", POINTS, key="plane points", format_func=lambda name: DATASETS[name].title)
        loss = st.selectbox("Loss", list(LOSSES), key="plane loss", format_func=lambda name: LOSSES[name].title)
        more = _draw_parameters(dataset)
        formula = draw_formula() if dataset == "formula" else None
        startable = formula is not None if dataset == "formula" else dataset != "own-points"
        if formula is not None:
            more["formula"] = formula
        if startable and st.button("Start", icon=":material/play_arrow:", type="primary"):
            try:
                start([config_for(dataset, loss, **more)])
            except GanlabError as error:
                st.error(as_sentence(str(error)))
    if dataset == "own-points":
        draw_own_points(lambda points: start([config_for(dataset, loss, points=points, **more)]))


def _draw_parameters(dataset: str) -> dict[str, Any]:
    """Number of modes, spread and imbalance, as far as these points have them."""
    names = [name for name in ("modes", "spread", "imbalance") if has_effect(name, {"dataset": dataset})]
    if not names:
        return {}
    values = {}
    with st.popover("Parameters", icon=":material/tune:"):
        for name in names:
            setting = SETTINGS[name]
            low, high = limits_of(setting)
            least = _OWN_SPREAD if (dataset, name) == ("own-points", "spread") else setting.default
            values[name] = st.number_input(
                setting.title, low, high, least, step_of(setting), key=f"plane {name} {dataset}", help=help_of(setting)
            )
    return values
