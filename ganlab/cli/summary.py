"""`summary`: the layers of the networks that some settings make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ganlab.cli.settings import GroupedCommand, given, recipe_option, setting_options
from ganlab.cli.table import in_columns
from ganlab.config import check_effect, with_implied
from ganlab.recipes import recipe as find_recipe

if TYPE_CHECKING:
    from ganlab.config import TrainConfig
    from ganlab.gan.summary import Layers


@click.command(
    cls=GroupedCommand,
    epilog="""\b
    Examples:
      python -m ganlab summary
      python -m ganlab summary --recipe dcgan-mnist
      python -m ganlab summary --network dcgan --image-size 64 --width 128""",
)
@recipe_option
@setting_options
def summary(recipe: str, **settings: str | None) -> None:
    """Print the layers of G and D.

    Takes the same recipe and settings as `train`. For each layer: its output shape, its trained parameters, and
    the floating-point operations (FLOPs) of one example, which are 2 × the multiply-adds with its weights.
    """
    changes = with_implied(given(settings))
    config = find_recipe(recipe).config.with_changes(**changes)
    check_effect(changes, config)
    from ganlab.data import shape_for
    from ganlab.gan.summary import summarise

    found = summarise(config, shape_for(config), _class_count(config))
    _print("Generator", found.generator)
    click.echo()
    _print("Discriminator", found.discriminator)


def _class_count(config: TrainConfig) -> int:
    """Of the config's dataset; only a folder must be read to know them, and nothing is downloaded for that."""
    from ganlab.data import DATASETS
    from ganlab.data.table import load_for

    if not config.conditional:
        return 0
    spec = DATASETS[config.dataset]
    known = len(config.classes or spec.class_names)
    return known if known or spec.files else load_for(config).class_count


def _print(title: str, layers: Layers) -> None:
    rows = [
        (row.name, row.kind, "×".join(map(str, row.output)), f"{row.parameters:,}", _in_millions(row.flops))
        for row in layers.rows
    ]
    total = ("total", "", "", f"{layers.parameters:,}", _in_millions(layers.flops))
    table = in_columns([(title.upper(), "LAYER", "OUTPUT", "PARAMETERS", "MFLOPS"), *rows, total])
    for line in table:
        click.echo(line)


def _in_millions(flops: int) -> str:
    return f"{flops / 1e6:,.3f}" if flops else "0"
