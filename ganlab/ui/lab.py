"""What one server process holds: the service, the explorer, and the token that its own pages know."""

from __future__ import annotations

import functools
import secrets
from dataclasses import dataclass

from ganlab.explore import Explorer
from ganlab.runs import Runs
from ganlab.service import Service


@dataclass(frozen=True)
class Lab:
    """Shared by all pages, tabs and routes."""

    service: Service
    explorer: Explorer
    token: str

    @property
    def runs(self) -> Runs:
        return self.service.runs


@functools.cache
def lab() -> Lab:
    """The lab of this process, made at first use."""
    runs = Runs()
    service = Service(runs)
    return Lab(service, Explorer(runs, live=service.live_generator), secrets.token_urlsafe(24))
