"""docs/steering.md tells of what there is."""

from __future__ import annotations

import re
from pathlib import Path

from ganlab.alarms import ALARMS, FAILURES
from ganlab.config import KNOBS

TEXT = (Path(__file__).parent.parent / "docs" / "steering.md").read_text(encoding="utf-8")


def test_every_alarm_and_no_other_stands_in_the_table_in_its_order():
    assert re.findall(r"^\| `([a-z-]+)` \|", TEXT, re.MULTILINE) == [*ALARMS, *FAILURES]


def test_the_number_of_knobs_is_true():
    assert len(KNOBS) == 20
    assert "Twenty settings are *knobs*" in TEXT
