"""The page on how it works inside names files that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_file_that_it_names_is_there():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.(?:py|js))`", text)
    assert len(named) > 25
    assert not [name for name in named if not (ROOT / "ganlab" / name).is_file()]
