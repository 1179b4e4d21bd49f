"""`directions`: what a generator can be moved along, and names for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganlab.cli.exploring import FILE_ENDING, classifier_first, generator_options, load, showing, whole_numbers
from ganlab.cli.files import picture_path, write_file
from ganlab.cli.folder import runs_in
from ganlab.cli.table import in_columns
from ganlab.errors import ConfigError
from ganlab.words import percent

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab.explore import Loaded

_STEPS = 7  # pictures along a direction


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab directions 20261121-104300-wgan-gp
      python -m ganlab directions 20261121-104300-wgan-gp --kind weights --count 3 --out directions.png
      python -m ganlab directions 20261121-104300-wgan-gp --number 1 --keep slant
      python -m ganlab directions 20261121-104300-wgan-gp --have 1,5,8 --lack 2,3,4 --keep bold
    From class to class, by a classifier: python -m ganlab directions RUN --classes 3,5 --keep slant""",
)
@generator_options
@click.option(
    "--kind",
    type=click.Choice(["activations", "weights", "raw"]),
    default="activations",
    show_default=True,
    help="Of the first activations (GANSpace), the first weights (SeFa), or the numbers of z.",
)
@click.option("--count", type=int, metavar="N", default=8, show_default=True, help="Directions to list, 1 to 64.")
@click.option("--classes", metavar="FROM,TO", help="The direction from one class to another, by a classifier.")
@click.option("--have", metavar="SEED,SEED…", help="The direction to these samples, from those of --lack.")
@click.option("--lack", metavar="SEED,SEED…", help="Samples that --have is to be told from.")
@click.option("--number", type=int, metavar="N", help="The direction that --keep means, from 1.")
@click.option("--keep", metavar="NAME", help="Keep the direction with the run by this name.")
@click.option("--forget", metavar="NAME", help="Forget a kept direction, and nothing else.")
@click.option(
    "--seed", type=int, metavar="N", default=0, show_default=True, help="Seed of the sample that --out moves."
)
@click.option("--reach", type=float, metavar="X", default=3.0, show_default=True, help="Standard deviations of --out.")
@click.option("--out", metavar="FILE.png", help="Draw a row for each direction.")
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.pass_context
def directions(ctx: click.Context, run: str, snapshot: str, weights: str, **options: Any) -> None:
    """List the directions of a generator, with the share of variance that each explains.

    RUN is a run's id or a snapshot file. Those that were kept under a name are listed as well.
    """
    named = None if options["out"] is None else picture_path(options["out"])
    _check(run, options)
    if options["forget"] is not None:
        from ganlab.runs.directions import forget_direction

        forget_direction(runs_in(ctx).get(run), options["forget"])
        click.echo(f"Forgot {options['forget']}")
        return
    loaded = load(ctx, run, snapshot, weights)
    rows = _found(loaded, options)
    if options["keep"] is not None:
        rows = [_keep(ctx, run, loaded, rows, options)]
    elif not run.endswith(FILE_ENDING) and not _is_named(options):
        rows += _kept(ctx, run)
    header = ("NUMBER", "DIRECTION", "SHARE OF VARIANCE")
    click.echo("\n".join(in_columns([header, *((number, name, share) for number, name, share, _ in rows)])))
    if named is not None:
        _draw(loaded, [move for *_, move in rows], named, options)
        click.echo(
            f"Wrote {named}: a row each, from −{options['reach']:g} to +{options['reach']:g} standard deviations"
        )


#: Number, name, share in words, the move itself.
_Row = tuple[str, str, str, "Tensor"]


def _check(run: str, options: dict[str, Any]) -> None:
    from ganlab.explore.checks import check_number, check_whole

    check_whole("--count", options["count"], 1, 64)
    check_number("--reach", options["reach"], 0.1, 100)
    if options["keep"] is not None and options["number"] is None and not _is_named(options):
        raise ConfigError("--keep needs to know which direction: give its --number, --classes, or --have and --lack")
    if bool(options["have"]) != bool(options["lack"]):
        raise ConfigError("--have and --lack belong together: give the seeds of both")
    if options["have"] and options["classes"]:
        raise ConfigError("--classes and --have are two directions: give one of the two")
    if (options["keep"] or options["forget"]) and run.endswith(FILE_ENDING):
        raise ConfigError(f"a direction is kept with a run, and {run!r} is a single file: give the run's id")


def _is_named(options: dict[str, Any]) -> bool:
    """Whether the direction is one that was asked for, not one of a list."""
    return bool(options["classes"] or options["have"])


def _found(loaded: Loaded, options: dict[str, Any]) -> list[_Row]:
    from ganlab.explore import directions_of, picked_direction

    if options["classes"]:
        return [_between_classes(loaded, options)]
    if options["have"]:
        have, lack = (whole_numbers(f"--{name}", options[name]) for name in ("have", "lack"))
        return [("", f"seeds {options['lack']} → {options['have']}", "", picked_direction(loaded, lack, have))]
    found = directions_of(loaded, options["kind"], count=options["count"])
    rows = zip(found.names, found.shares, found.moves, strict=True)
    return [(f"{number}", name, percent(share, 1), move) for number, (name, share, move) in enumerate(rows, 1)]


def _between_classes(loaded: Loaded, options: dict[str, Any]) -> _Row:
    from ganlab.data import load_for
    from ganlab.explore import check_classes, class_direction

    lack, comma, have = options["classes"].partition(",")
    if not comma:
        raise ConfigError(f"--classes must be two classes with a comma between, got {options['classes']!r}")
    data = load_for(loaded.config)
    check_classes(data, lack.strip(), have.strip())
    classifier_first(data, quiet=options["quiet"])
    with showing("Naming samples", quiet=options["quiet"]) as told:
        move = class_direction(loaded, data, lack.strip(), have.strip(), progress=told)
    return "", f"classes {lack.strip()} → {have.strip()}", "", move


def _keep(ctx: click.Context, run: str, loaded: Loaded, rows: list[_Row], options: dict[str, Any]) -> _Row:
    from ganlab.explore.checks import check_whole
    from ganlab.runs.directions import KeptDirection, keep_direction

    if not _is_named(options):
        check_whole("--number", options["number"], 1, len(rows))
        rows = rows[options["number"] - 1 :]
    number, name, share, move = rows[0]
    where = f"{name} of the {options['kind']}" if number else name
    keep_direction(
        runs_in(ctx).get(run),
        KeptDirection(options["keep"], tuple(move.tolist()), f"{where}, step {loaded.step}"),
    )
    return number, f"{options['keep']} ({where}, step {loaded.step})", share, move


def _kept(ctx: click.Context, run: str) -> list[_Row]:
    import torch

    from ganlab.runs.directions import kept_directions

    kept = kept_directions(runs_in(ctx).get(run))
    return [
        ("", f"{each.name} ({each.about})" if each.about else each.name, "", torch.tensor(each.move)) for each in kept
    ]


def _draw(loaded: Loaded, moves: list[Tensor], target: Path, options: dict[str, Any]) -> None:
    import torch

    from ganlab.explore import draw, sheet
    from ganlab.explore.checks import MOST_SEED, check_whole

    check_whole("--seed", options["seed"], 0, MOST_SEED)
    start = loaded.space.of_seed(options["seed"])
    amounts = torch.linspace(-options["reach"], options["reach"], _STEPS)[:, None]
    latents = torch.cat([start + amounts * move for move in moves])
    pictures = draw(loaded, latents, 0 if loaded.class_count else None)
    write_file(target, sheet(pictures, columns=_STEPS), force=options["force"])
