"""docs/steering.md tells of what there is."""

from __future__ import annotations

import re
from pathlib import Path

from ganlab.alarms import ALARMS, FAILURES

TEXT = (Path(__file__).parent.parent / "docs" / "steering.md").read_text(encoding="utf-8")


def test_every_alarm_and_no_other_stands_in_the_table_in_its_order():
    assert re.findall(r"^\| `([a-z-]+)` \|", TEXT, re.MULTILINE) == [*ALARMS, *FAILURES]
