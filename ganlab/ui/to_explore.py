"""From a sample of the grid on Train to its place on Explore."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import torch

from ganlab.runs import Run
from ganlab.training.state import fixed_latents, labels_in_turn
from ganlab.ui.choose import remember_run
from ganlab.ui.lab import lab
from ganlab.ui.places import go_to


def explore_sample(run: Run, wish: Mapping[str, Any]) -> None:
    """Show Explore with the latent of a sample, in the weights that drew it or the last snapshot before them.

    wish: place of the sample in the grid, or None for the run alone; step of the grid; following: whether it is the
    newest; raw: whether G itself drew it, not its average. Nothing happens where there are no weights yet.
    """
    asked = {"run": run.id, "weights": "generator" if wish.get("raw") else "average"}
    snapshots = lab().service.status(run.id).snapshots
    before = [step for step in snapshots if step <= int(wish["step"])] or snapshots[:1]
    if wish.get("following") and lab().service.live_generator(run.id) is not None:
        asked["snapshot"] = "live"
    elif before:
        asked["snapshot"] = str(before[-1])
    else:
        return
    place = wish.get("place")
    if isinstance(place, int) and 0 <= place < run.config.preview_count:
        asked |= _latent(run, place)
    remember_run(run.id)
    go_to("Explore", **asked)


def _latent(run: Run, place: int) -> dict[str, str]:
    """As a link to Explore has it (see place.js)."""
    z = fixed_latents(run.config)[place].numpy().astype("<f4").tobytes()
    told = {"base": base64.urlsafe_b64encode(z).decode().rstrip("=")}
    data = run.history().data
    if run.config.conditional and data is not None:
        labels = labels_in_turn(place + 1, len(data.class_names), torch.device("cpu"))
        told |= {} if labels is None else {"class": str(int(labels[place]))}
    return told
