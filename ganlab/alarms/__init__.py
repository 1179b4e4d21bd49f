"""Alarms: what is wrong with a run, why, what shows it, and what to do. Pure functions of its last steps; no torch."""

from ganlab.alarms.alarm import Alarm, Recent, Remedy, RemedyKind, alarm_of, as_record
from ganlab.alarms.failure import FAILURES, FailureKind, after_failure
from ganlab.alarms.table import ALARMS, look
from ganlab.alarms.watch import MOST_LOOKS, MOST_STEPS, Watch

__all__ = [
    "ALARMS",
    "FAILURES",
    "MOST_LOOKS",
    "MOST_STEPS",
    "Alarm",
    "FailureKind",
    "Recent",
    "Remedy",
    "RemedyKind",
    "Watch",
    "after_failure",
    "alarm_of",
    "as_record",
    "look",
]
