"""How numbers are written for people, the same everywhere."""

from __future__ import annotations


def percent(share: float, digits: int = 0) -> str:
    """0.41 as "41 %", with so many digits behind the point."""
    return f"{100 * share:.{digits}f} %"
