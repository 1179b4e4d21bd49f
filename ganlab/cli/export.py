"""`export`: a generator as a file that needs no ganlab."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast, get_args

import click

from ganlab.cli.exploring import FILE_ENDING, generator_options, load, name_of
from ganlab.cli.files import write_file
from ganlab.cli.folder import runs_in
from ganlab.cli.table import in_megabytes
from ganlab.errors import ConfigError
from ganlab.export.names import FormName, PrecisionName
from ganlab.paths import given_path


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab export 20261121-104300-wgan-gp
      python -m ganlab export 20261121-104300-wgan-gp --as onnx --snapshot 500 --out generator.onnx
      python -m ganlab export 20261121-104300-wgan-gp --as png --seed 7 --count 16 --scale 8""",
)
@generator_options
@click.option(
    "--as",
    "form",
    type=click.Choice(get_args(FormName)),
    default="html",
    show_default=True,
    help="html: one page with sliders that opens offline; onnx; safetensors with the config; script: one Python file "
    "that needs PyTorch alone; png: samples.",
)
@click.option(
    "--seed", type=int, metavar="N", help="Seed of the samples, or the first that a page shows.  [default: 0]"
)
@click.option("--count", type=int, metavar="N", help="Samples in a PNG, 1 to 256.  [default: 1]")
@click.option(
    "--label",
    metavar="N|N+N",
    help="Class of a PNG's samples or of a page at first, from 0, or some of several (3+5, 3:1+5:3).",
)
@click.option("--scale", type=int, metavar="N", help="Pixels of a PNG per pixel of a sample, 1 to 64.  [default: 4]")
@click.option(
    "--precision",
    type=click.Choice(get_args(PrecisionName)),
    help="Of the weights in a page or script; auto: 16 bits for a page where that shows in no picture.",
)
@click.option(
    "--directions",
    type=click.Choice(["activations", "weights", "raw"]),
    help="Kind of a page's sliders, after those kept with the run.  [default: activations]",
)
@click.option("--out", metavar="FILE", help="Where to write.  [default: named after run and step]")
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@click.pass_context
def export(
    ctx: click.Context, run: str, form: str, snapshot: str, weights: str, out: str | None, force: bool, **given: Any
) -> None:
    """Take a generator away: as a page, an ONNX model, weights, a Python script or a picture.

    RUN is its id, or a snapshot file; `python -m ganlab runs` lists them.
    """
    from ganlab.explore import classes_of
    from ganlab.export.files import FORMS, Options, take_away
    from ganlab.runs.directions import kept_directions

    row = FORMS[cast(FormName, form)]
    if out is not None and not out.lower().endswith(row.suffix):
        raise ConfigError(f"--out must end in {row.suffix} for --as {form}, got {out!r}")
    wanted = {name: value for name, value in given.items() if value is not None}
    foreign = sorted(wanted.keys() - row.fields)
    if foreign:
        homes = [name for name, other in FORMS.items() if foreign[0] in other.fields]
        raise ConfigError(
            f"--{foreign[0]} means nothing for --as {form}: leave it out, or choose --as {' or '.join(homes)}"
        )
    loaded = load(ctx, run, snapshot, weights)
    target = given_path(out, "--out") if out is not None else _named(run, loaded.step, form, row.suffix)
    if "label" in wanted:
        wanted["label"] = classes_of(loaded, wanted["label"], "--label")
    if "kept" in row.fields and not run.endswith(FILE_ENDING):
        wanted["kept"] = kept_directions(runs_in(ctx).get(run))
    content = take_away(loaded, cast(FormName, form), Options(**wanted))
    write_file(target, content, force=force)
    click.echo(f"Wrote {target} ({in_megabytes(len(content))}): {row.title.lower()} of step {loaded.step}")


def _named(run: str, step: int, form: str, suffix: str) -> Path:
    stem = f"{name_of(run)}-step{step}"
    # A script can only be imported if its name is a name in Python.
    return Path("generator_" + re.sub(r"\W", "_", stem) + suffix if form == "script" else stem + suffix)
