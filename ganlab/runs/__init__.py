"""Run folders: the only package that touches checkpoints/."""

from ganlab.runs import orders
from ganlab.runs.ask import ask, ask_to_stop
from ganlab.runs.drive import drive, driving
from ganlab.runs.driver import REST_S, Driver, log_failure
from ganlab.runs.explain import device_title, explain
from ganlab.runs.files import read_json, write_atomically
from ganlab.runs.folder import Run
from ganlab.runs.fork import children, fork, parent_of
from ganlab.runs.history import Edit, Ending, History
from ganlab.runs.lock import writing
from ganlab.runs.logged import PREFIX
from ganlab.runs.resume import (
    EXPLORE_ONLY,
    check_resumable,
    check_whole,
    edit_at_rest,
    rewind_at_rest,
    rewound,
    undo_at_rest,
    undoing,
)
from ganlab.runs.root import Damaged, Runs, default_root
from ganlab.runs.scored import Best, Judge, Scores, best_of

__all__ = [
    "EXPLORE_ONLY",
    "PREFIX",
    "REST_S",
    "Best",
    "Damaged",
    "Driver",
    "Edit",
    "Ending",
    "History",
    "Judge",
    "Run",
    "Runs",
    "Scores",
    "ask",
    "ask_to_stop",
    "best_of",
    "check_resumable",
    "check_whole",
    "children",
    "default_root",
    "device_title",
    "drive",
    "driving",
    "edit_at_rest",
    "explain",
    "fork",
    "log_failure",
    "orders",
    "parent_of",
    "read_json",
    "rewind_at_rest",
    "rewound",
    "undo_at_rest",
    "undoing",
    "write_atomically",
    "writing",
]
