"""What training will meet in a dataset, said before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ganlab.data.dataset import Dataset
from ganlab.data.folder import Prepared


@dataclass(frozen=True)
class Finding:
    """One sentence about a dataset. level: "good", something to know ("note"), or something to mend ("warning")."""

    level: Literal["good", "note", "warning"]
    sentence: str


def preflight(data: Dataset, *, batch_size: int, prepared: Prepared | None = None) -> tuple[Finding, ...]:
    """What training with this batch size will meet, as sentences."""
    return (Finding("good", f"{len(data):,} examples"),)
