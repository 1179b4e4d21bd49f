"""`python -m ganlab`: the command line."""

from __future__ import annotations

from ganlab.cli import main

if __name__ == "__main__":
    main()
