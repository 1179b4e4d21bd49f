"""`recipes`: the named, complete settings that a run can begin with."""

from __future__ import annotations

import click

from ganlab.cli.table import in_columns
from ganlab.recipes import RECIPES


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab recipes""",
)
def recipes() -> None:
    """List the recipes, a line each."""
    for line in in_columns([(name, row.summary) for name, row in RECIPES.items()]):
        click.echo(line)
