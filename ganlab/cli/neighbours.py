"""`neighbours`: whether samples are copies of training pictures, and how varied they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganlab.cli.exploring import classifier_first, generator_options, load, showing
from ganlab.cli.files import picture_path, write_file
from ganlab.cli.table import in_columns
from ganlab.words import percent

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab.data import Dataset
    from ganlab.explore import Diversity, Loaded, Neighbours


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab neighbours 20261121-104300-wgan-gp
      python -m ganlab neighbours 20261121-104300-wgan-gp --count 4 --nearest 3 --out nearest.png
    How varied samples are, class by class: python -m ganlab neighbours RUN --diversity""",
)
@generator_options
@click.option("--seed", type=int, metavar="N", default=0, show_default=True, help="Seed of the samples.")
@click.option("--count", type=int, metavar="N", help="Samples.  [default: 16; with --diversity 1000]")
@click.option("--nearest", type=int, metavar="N", default=5, show_default=True, help="Training pictures each, 1 to 32.")
@click.option(
    "--by",
    type=click.Choice(["pixels", "features"]),
    default="pixels",
    show_default=True,
    help="Compare pixels, or what a small classifier sees, which is trained first.",
)
@click.option("--diversity", "varied", is_flag=True, help="Say instead which classes samples are of, and how varied.")
@click.option("--out", metavar="FILE.png", help="Draw each sample at the left, its nearest ones beside it.")
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.pass_context
def neighbours(ctx: click.Context, run: str, snapshot: str, weights: str, **options: Any) -> None:
    """Ask whether samples are copies: their nearest training pictures, and how near those of held-out pictures are.

    RUN is a run's id or a snapshot file. Distances are 0 for the same picture, 1 for two pictures taken at random.
    """
    named = None if options["out"] is None else picture_path(options["out"])
    from ganlab.data import load_for
    from ganlab.explore import diversity, has_classifier
    from ganlab.explore.checks import MOST_SEED, check_whole

    check_whole("--seed", options["seed"], 0, MOST_SEED)
    check_whole("--count", 1 if options["count"] is None else options["count"], 1, 10_000)
    loaded = load(ctx, run, snapshot, weights)
    data = load_for(loaded.config)
    if options["varied"] or (options["by"] == "features" and has_classifier(data)):
        classifier_first(data, quiet=options["quiet"])
    with showing("Looking at the training pictures", quiet=options["quiet"]) as told:
        if options["varied"]:
            found = diversity(loaded, data, count=options["count"] or 1000, seed=options["seed"], progress=told)
            _report_diversity(found)
            return
        _nearest(loaded, data, options, named, told)


def _nearest(loaded: Loaded, data: Dataset, options: dict[str, Any], named: Path | None, told: Any) -> None:
    from ganlab.explore import neighbours as look
    from ganlab.explore import samples

    made = samples(loaded, loaded.space.of_seed(options["seed"], options["count"] or 16))
    found = look(data, made, by=options["by"], nearest=options["nearest"], progress=told)
    _report_nearest(found)
    if named is not None:
        _draw(data, made, found, named, force=options["force"])
        click.echo(f"Wrote {named}: each sample, then its nearest training pictures")


def _report_nearest(found: Neighbours) -> None:
    header = ("SAMPLE", "NEAREST PICTURE", "DISTANCE", "NEARER THAN")
    rows = [
        (f"{number}", f"{indices[0]}", f"{distances[0]:.3f}", percent(share))
        for number, (indices, distances, share) in enumerate(
            zip(found.indices.tolist(), found.distances.tolist(), found.nearer_than(), strict=True)
        )
    ]
    click.echo("\n".join(in_columns([header, *rows])))
    click.echo(f"Compared by {found.measure}. {found.verdict()}.")


def _report_diversity(found: Diversity) -> None:
    header = ("CLASS", "SAMPLES", "REAL", "SPREAD")
    rows = [
        (
            row.name,
            percent(row.share, 1),
            percent(row.real_share, 1),
            "–" if row.spread is None else f"{row.spread:.2f}",
        )
        for row in found.classes
    ]
    click.echo("\n".join(in_columns([header, *rows])))
    click.echo(
        f"A small classifier is sure of {percent(found.confident)} of {found.count} samples "
        f"and takes {percent(found.rejected)} for none of the classes; "
        f"of {found.real_words} it is sure of {percent(found.real_confident)}, "
        f"and {percent(found.real_rejected)} are none to it. "
        "Shares are of what it takes for a class; spread 1 is as varied as real pictures of the class."
    )


def _draw(data: Dataset, made: Tensor, found: Neighbours, target: Path, *, force: bool) -> None:
    import numpy as np

    from ganlab.explore import sheet
    from ganlab.training import to_pictures

    nearest = data.examples[found.indices.flatten()].permute(0, 2, 3, 1).numpy()
    rows = nearest.reshape(len(made), -1, *nearest.shape[1:])
    pictures = np.concatenate([to_pictures(made)[:, None], rows], axis=1)
    write_file(target, sheet(pictures.reshape(-1, *nearest.shape[1:]), columns=pictures.shape[1]), force=force)
