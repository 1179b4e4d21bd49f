"""How many CPU threads a training may take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def spare_one_core() -> Iterator[None]:
    """All cores but one for the calling thread's tensor work, given back afterwards.

    With every core taken, OpenMP's threads spin at each barrier while page or browser holds one of them:
    on two cores beside a browser, two threads trained at a quarter of the speed of one.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, before - 1))
    try:
        yield
    finally:
        torch.set_num_threads(before)
