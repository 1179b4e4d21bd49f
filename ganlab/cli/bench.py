"""`bench`: the measurements of a checkout, which are no part of the installed package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from ganlab.errors import GanlabError

#: Where the package lies: a checkout, or the place that packages are installed to.
_ROOT = Path(__file__).resolve().parents[2]


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
    Examples:
      python -m ganlab bench engine --json engine.json
      python -m ganlab bench engine --train wgan-gp-mnist --device cpu""",
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[PART]...")
@click.pass_context
def bench(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Measure this computer: training, pages, memory, loading.

    Does what `python -m benchmarks` does in the checkout, and needs one. Without PARTS it measures all, for about
    twenty minutes; `python -m ganlab bench -- --help` names the parts and their options. The exit code is the
    measurement's.
    """
    if not (_ROOT / "benchmarks" / "__main__.py").exists():
        raise GanlabError(
            f"there is no folder 'benchmarks' beside the package in {str(_ROOT)!r}: "
            "it is not installed with ganlab, so call this in a checkout of its repository"
        )
    ctx.exit(_run(words))


def _run(words: tuple[str, ...]) -> int:
    """In the current folder, so that files named in `words` are the caller's."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    with subprocess.Popen([sys.executable, "-m", "benchmarks", *words], env=environment) as process:
        code = _end_of(process)
    return code if code >= 0 else 128 - code


def _end_of(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C reaches it as well as us, and it has a server and a browser to end first."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
