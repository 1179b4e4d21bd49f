"""`recipes`: the named, complete settings that a run can begin with."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import click

from ganlab.cli.settings import SETTINGS, flag
from ganlab.cli.table import in_columns
from ganlab.config import TrainConfig, listed
from ganlab.recipes import RECIPES, Recipe, recipe


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab recipes
      python -m ganlab recipes dcgan-digits-3-5""",
)
@click.argument("name", required=False)
def recipes(name: str | None) -> None:
    """List the recipes, a line each; with NAME, what there is to say of one, and its settings."""
    lines = _about(recipe(name)) if name else in_columns([(row.name, row.summary) for row in RECIPES.values()])
    for line in lines:
        click.echo(line)


def _about(row: Recipe) -> list[str]:
    """Text, settings and the command that starts it."""
    texts = {"From": row.article, "Found": row.found, "Expect": row.expect, "Wrong in it": row.slips}
    told = [textwrap.fill(f"{heading}: {text}", 100, break_on_hyphens=False) for heading, text in texts.items() if text]
    changed = [(f"  {flag(name)}", _text(getattr(row.config, name))) for name in _changed(row.config)]
    runs = ["", "Its runs, one after the other:", *(f"  {_options(rival)}" for rival in row.rivals)]
    folder = " --folder PATH" if row.config.dataset == "folder" else ""
    return [
        row.summary,
        *(line for text in told for line in ("", text)),
        *("", "Settings that differ from the defaults:", *in_columns(changed)),
        *(runs if row.rivals else ()),
        *("", "To start it:", f"  python -m ganlab train --recipe {row.name}{folder}"),
    ]


def _options(rival: Mapping[str, Any]) -> str:
    return " ".join(f"{flag(name)} {_text(value)}" for name, value in rival.items())


def _changed(config: TrainConfig) -> list[str]:
    defaults = TrainConfig()
    return [name for name in SETTINGS if getattr(config, name) != getattr(defaults, name)]


def _text(value: Any) -> str:
    """As it is typed after its option."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return listed(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
