"""The command line, drawn from the same config and tables as the screen.

Modules of commands import torch inside their functions only, so that help and bad usage answer at once.
"""

from __future__ import annotations

from ganlab.cli.root import main

__all__ = ["main"]
