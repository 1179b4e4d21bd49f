"""A run's log as one table, for spreadsheets and other programs."""

from __future__ import annotations

import csv
import heapq
import io
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from ganlab.runs.history import Edit, History

#: What a step has beside its series: measures, and what was edited after it.
Extras = dict[str, Any]


def csv_parts(history: History, names: Sequence[str]) -> Iterator[str]:
    """The lines of a CSV file, many at once: a header, then a row for each step that still stands.

    names: of the series and measures, a column each; a step without a value has an empty cell. The last column says
    what was edited after that step. A step that has only measures or an edit, such as step 0, has a row as well.
    """
    columns = [*names, "edit"]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["step", *columns])
    for rows in _rows(history, columns):
        writer.writerows(rows)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _rows(history: History, columns: Sequence[str]) -> Iterator[Iterator[tuple[Any, ...]]]:
    """The rows of a tick after the other; extras that no tick has a row for stand alone."""
    extras = _extras(history)
    waiting = next(extras, None)
    for last, series in history.ticks.values():
        count = max(map(len, series.values()), default=0)
        table = {name: list(series.get(name, [""] * count)) for name in columns}
        first = last - count + 1
        while waiting is not None and waiting[0] <= last:
            step, found = waiting
            if step < first:
                yield _alone(step, found, columns)
            else:
                for name, value in found.items():
                    table[name][step - first] = value
            waiting = next(extras, None)
        yield zip(range(first, last + 1), *table.values(), strict=False)
    while waiting is not None:
        yield _alone(*waiting, columns)
        waiting = next(extras, None)


def _alone(step: int, found: Extras, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return iter([(step, *(found.get(name, "") for name in columns))])


def _extras(history: History) -> Iterator[tuple[int, Extras]]:
    """The measures and edits of each step that has some, rising."""
    edits = ((edit.step, {"edit": _in_words(edit)}) for edit in history.edits)
    entries = heapq.merge(history.measures, edits, key=_step_of)
    for step, found in itertools.groupby(entries, key=_step_of):
        extras: Extras = {}
        for _, each in found:
            if "edit" in extras and "edit" in each:
                each = {"edit": f"{extras['edit']}; {each['edit']}"}
            extras |= each
        yield step, extras


def _step_of(entry: tuple[int, Extras]) -> int:
    return entry[0]


def _in_words(edit: Edit) -> str:
    changes = ", ".join(f"{name} {before} -> {after}" for name, (before, after) in edit.changes.items())
    return f"{edit.kind}: {changes}" if changes else edit.kind
