"""`python -m ganlab`: the command line."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line of this process and exit. Ctrl-C ends it with a word also while its modules are loaded."""
    try:
        os.getcwd()
    except FileNotFoundError:  # torch's libraries would end the process with a riddle
        sys.stderr.write("Error: the current folder was deleted: change to one that is there\n")
        sys.exit(1)
    try:
        from ganlab.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(130)
    except SystemExit as end:
        if "TORCHELASTIC_RUN_ID" in os.environ:  # torchrun started this process
            from ganlab.launch import leave

            leave(end.code)
        raise


if __name__ == "__main__":
    main()
