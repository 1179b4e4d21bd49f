"""Run folders: the only package that touches checkpoints/."""

from ganlab.runs.drive import check_resumable, device_title, drive, explain
from ganlab.runs.folder import Run, Runs, default_root
from ganlab.runs.history import Ending, History

__all__ = ["Ending", "History", "Run", "Runs", "check_resumable", "default_root", "device_title", "drive", "explain"]
