"""The exception tree. Every message is one sentence with name, value and way out.

GanlabError
├── ConfigError          a setting is unknown, out of range or does not fit another
├── DataError            a dataset is absent, damaged or unreadable
├── TrainingError        a step could not be done (not finite, out of memory)
│   └── LostRankError    one of the processes that train a run together is gone or does not answer
└── RunError             a run folder is missing, incomplete or cannot be written
    ├── RunBusyError     another process is writing to the run
    ├── ChangedError     a run's data or files are not as it left them
    └── SnapshotError    a snapshot is missing, damaged or of another network
"""


class GanlabError(Exception):
    """Something the user can mend; `str(error)` is fit for the screen."""


class ConfigError(GanlabError, ValueError):
    """A setting is unknown, out of range or does not fit another."""


class DataError(GanlabError):
    """A dataset is absent, damaged or unreadable."""


class TrainingError(GanlabError):
    """A training step could not be done."""


class LostRankError(TrainingError):
    """One of the processes that train a run together is gone or does not answer."""


class RunError(GanlabError):
    """A run folder is missing, incomplete or cannot be written."""


class RunBusyError(RunError):
    """Another process is writing to the run."""


class ChangedError(RunError):
    """A run's data or files are not as it left them; it may go on all the same if that is meant."""


class SnapshotError(RunError):
    """A snapshot is missing, damaged or made by another network."""
