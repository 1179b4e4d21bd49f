"""`data`: the datasets, where they are, and getting those that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ganlab.cli.progress import reporter
from ganlab.cli.table import in_columns

if TYPE_CHECKING:
    from ganlab.data import DatasetSpec


@click.group(
    invoke_without_command=True,
    epilog="""\b
    Examples:
      python -m ganlab data
      python -m ganlab data fetch mnist""",
)
@click.pass_context
def data(ctx: click.Context) -> None:
    """List datasets, fetch one.

    Files are kept in $GANLAB_DATA, or in a cache folder of yours.
    """
    if ctx.invoked_subcommand is None:
        _print_list()


@data.command("list")
def list_datasets() -> None:
    """All datasets (what `data` alone does)."""
    _print_list()


@data.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Download a dataset if it is not there, and check it."""
    from ganlab.data import load_dataset

    report = reporter(quiet=False)
    try:
        train = load_dataset(name, split="train", progress=report.loading)
        test = load_dataset(name, split="test", progress=report.loading)
    finally:
        report.close()
    click.echo(f"{name} is ready: {len(train):,} images to train on and {len(test):,} to test with")


def _print_list() -> None:
    from ganlab.data import DATASETS

    rows = [
        (spec.name, spec.title, f"{spec.count:,} images", f"{spec.size}×{spec.size}", _whereabouts(spec))
        for spec in DATASETS.values()
    ]
    for line in in_columns([("NAME", "TITLE", "TO TRAIN ON", "SIZE", "WHERE"), *rows]):
        click.echo(line)


def _whereabouts(spec: DatasetSpec) -> str:
    from ganlab.data import data_dir

    if not spec.files:
        return "built in"
    paths = [data_dir() / name for name in spec.files]
    if all(path.exists() for path in paths):
        return f"in {paths[0].parent}"
    return f"not here yet, will be downloaded to {paths[0].parent}"
