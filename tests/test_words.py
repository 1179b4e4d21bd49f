"""One way to write per cent, and one to cut what is long."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ganlab
from ganlab.words import percent, shortened


@pytest.mark.parametrize(
    ("share", "digits", "written"), [(0.414, 0, "41 %"), (0.0, 0, "0 %"), (1.0, 1, "100.0 %"), (0.98883, 1, "98.9 %")]
)
def test_a_share_is_written_with_a_space(share: float, digits: int, written: str):
    assert percent(share, digits) == written


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("", ""),
        ("ten signs!", "ten signs!"),
        ("eleven sign", "eleven…"),
        ("uncuttable-word", "uncuttable…"),
        ("a\n b", "a b"),
    ],
)
def test_what_is_long_is_cut_between_words(text: str, cut: str):
    assert shortened(text, 10) == cut
    assert len(cut) <= 11


def test_no_other_way_is_used():
    """Python's own format puts the sign close."""
    sources = Path(ganlab.__file__).parent.rglob("*.py")
    assert not [file.name for file in sources if re.search(r":\.\d%\}", file.read_text(encoding="utf-8"))]
