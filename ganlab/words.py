"""How numbers are written for people, the same everywhere."""

from __future__ import annotations


def percent(share: float, digits: int = 0) -> str:
    """0.41 as "41 %", with so many digits behind the point."""
    return f"{100 * share:.{digits}f} %"


def shortened(text: str, most: int) -> str:
    """The text on one line, cut between two words where it has more than `most` signs: then it ends with "…"."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    begin = line[:most]
    return f"{begin.rpartition(' ')[0] or begin}…"
