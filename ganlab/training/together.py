"""Several ranks on one run: what rank 0 tells the others, and what they do.

Rank 0 trains as any process does (`train`), and writes, measures and takes orders alone. The others hold the same
weights: they are given the state, do each step beside it, and are told of edits and rewinds before the next.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import torch

from ganlab.config import TrainConfig, parse_config
from ganlab.data import Dataset, Fingerprint, fingerprint
from ganlab.errors import ConfigError, GanlabError
from ganlab.gan.ranks import Ranks
from ganlab.training.batches import Batches
from ganlab.training.loop import one_step
from ganlab.training.precision import tensor_cores
from ganlab.training.state import decode_state
from ganlab.version import VERSION

Load = Callable[[TrainConfig], Dataset]


def lead(ranks: Ranks, config: TrainConfig, found: Fingerprint) -> None:
    """Rank 0, before the first step: have the others load the data. Raises ConfigError where theirs are not alike."""
    if ranks.alone:
        return
    ranks.order("data", json.dumps([config.model_dump_json(), _described(found)]).encode())
    _all_agree(ranks, "")


def follow(ranks: Ranks, load: Load) -> None:
    """Any other rank: do what rank 0 does, until it says that this was all.

    load: the data of a config. Raises ConfigError: data or versions are not those of rank 0; LostRankError.
    """
    data, state, batches = None, None, None
    while True:
        kind, content = ranks.next_order()
        if kind == "end":
            return
        if kind == "data":
            data, wrong = _loaded(load, content)
            _all_agree(ranks, wrong and f"process {ranks.rank} cannot train along: {wrong}")
        elif kind == "state":
            assert data is not None
            state = decode_state(content, data, ranks)
            batches = Batches(data, state)
        else:
            assert state is not None and batches is not None
            if kind == "rest":
                continue
            if kind == "config":
                state.take_config(parse_config(json.loads(content)))
                continue
            with tensor_cores(state.device, state.precision):
                one_step(state, batches)


def _loaded(load: Load, content: bytes) -> tuple[Dataset | None, str]:
    """The data that rank 0 trains on, or a sentence that says what is in the way."""
    config, theirs = json.loads(content)
    try:
        data = load(parse_config(json.loads(config)))
        mine = _described(fingerprint(data))
    except GanlabError as error:
        return None, str(error)
    differing = ", ".join(f"{name} {mine[name]!r} for {theirs[name]!r}" for name in mine if mine[name] != theirs[name])
    return data, differing and f"it has {differing}: all need the same"


def _described(found: Fingerprint) -> dict[str, Any]:
    """What must be alike on all ranks, by name."""
    versions = {"ganlab": VERSION, "torch": torch.__version__.partition("+")[0], "machine": platform.machine()}
    return versions | {f"data {name}": value for name, value in json.loads(json.dumps(asdict(found))).items()}


def _all_agree(ranks: Ranks, wrong: str) -> None:
    """Raises ConfigError on every rank with what is wrong on the first."""
    found = [said.decode() for said in ranks.everyones(wrong.encode()) if said]
    if found:
        raise ConfigError(found[0])
