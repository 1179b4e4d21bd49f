"""Runs of a recipe, started from any page: all of them or none, and one click is one wish."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

import streamlit as st

from ganlab.config import TrainConfig
from ganlab.training import check_fit
from ganlab.ui.choose import show_run
from ganlab.ui.lab import lab

_LAST_START = "last start"
#: Clicks on Start that follow each other more quickly are one: nobody wants the same run twice.
_ONE_CLICK_S = 2.0


def start(configs: Sequence[TrainConfig]) -> None:
    """Queue a run of each and show the first; all or none of them. Raises ConfigError, RunError."""
    for config in configs:
        check_fit(config)
    request = _request(configs)
    first, *_ = [lab().service.start(config, request=f"{request} {n}") for n, config in enumerate(configs)]
    show_run(first)


def _request(configs: Sequence[TrainConfig]) -> str:
    """A name for what a click on Start wishes: the same one for clicks on the same settings in quick succession."""
    before, request, at = st.session_state.get(_LAST_START, (None, "", 0.0))
    now = time.monotonic()
    if before != configs or now - at > _ONE_CLICK_S:
        request = secrets.token_hex(8)
    st.session_state[_LAST_START] = configs, request, now
    return request
