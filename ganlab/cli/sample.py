"""`sample`: a grid of samples, or a strip between two seeds, as a PNG file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from ganlab.cli.files import picture_path, write_file
from ganlab.cli.folder import checkpoints_option, runs_in
from ganlab.errors import ConfigError


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab sample 20261121-104300-wgan-gp
      python -m ganlab sample 20261121-104300-wgan-gp --snapshot 500 --seed 7 --count 16 --out digits.png
      python -m ganlab sample 20261121-104300-wgan-gp --seed 7 --to 8 --frames 12 --out strip.png""",
)
@click.argument("run_id", metavar="RUN")
@click.option("--snapshot", metavar="STEP|last", default="last", show_default=True, help="Step of the weights.")
@click.option(
    "--weights",
    type=click.Choice(["average", "generator"]),
    default="average",
    show_default=True,
    help="The averaged generator, or the one as trained.",
)
@click.option("--seed", type=int, metavar="N", default=0, show_default=True, help="Seed of the latents.")
@click.option("--count", type=int, metavar="N", help="Images in the grid, 1 to 256.  [default: 64]")
@click.option("--to", type=int, metavar="SEED", help="Draw a strip from --seed to this seed instead of a grid.")
@click.option("--frames", type=int, metavar="N", help="Images in the strip, 2 to 64.  [default: 9]")
@click.option("--path", metavar="[slerp|lerp]", help="Way of the strip: great circle or straight.  [default: slerp]")
@click.option("--label", type=int, metavar="N", help="Class of all images of a conditional run, from 0.")
@click.option(
    "--scale",
    type=click.IntRange(1, 32),
    metavar="N",
    default=4,
    show_default=True,
    help="Screen pixels per image pixel, 1 to 32.",
)
@click.option("--out", metavar="FILE.png", help="Where to write.  [default: named after run, step and seeds]")
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@checkpoints_option
@click.pass_context
def sample(
    ctx: click.Context,
    run_id: str,
    snapshot: str,
    weights: Literal["average", "generator"],
    seed: int,
    count: int | None,
    to: int | None,
    frames: int | None,
    path: str | None,
    label: int | None,
    scale: int,
    out: str | None,
    force: bool,
) -> None:
    """Write samples of a run as a PNG file.

    RUN is its id; `python -m ganlab runs` lists them. The same run, snapshot and seed always give the same samples.
    """
    _check_combination(to=to, count=count, frames=frames, path=path)
    chosen = _snapshot(snapshot)
    named = None if out is None else picture_path(out)
    from ganlab.explore import Explorer
    from ganlab.pictures import encode, enlarge, make_grid

    explorer = Explorer(runs_in(ctx))
    if to is None:
        many = 64 if count is None else count
        images, step = explorer.walk(run_id, chosen, seed=seed, count=many, label=label, weights=weights)
        sheet, seeds = make_grid(images), f"{seed}"
    else:
        images, step = explorer.strip(
            run_id,
            chosen,
            seed=seed,
            to=to,
            frames=9 if frames is None else frames,
            path=path or "slerp",
            label=label,
            weights=weights,
        )
        sheet, seeds = make_grid(images, columns=len(images)), f"{seed}-{to}"
    target = named or Path(f"{run_id}-step{step}-seed{seeds}.png")
    write_file(target, encode(enlarge(sheet, scale), "png"), force=force)
    click.echo(f"Wrote {target}: {len(images)} images of step {step}")


def _check_combination(*, to: int | None, count: int | None, frames: int | None, path: str | None) -> None:
    if to is None and not (frames is None and path is None):
        raise ConfigError("--frames and --path belong to a strip: give the seed it leads to with --to")
    if to is not None and count is not None:
        raise ConfigError("--count belongs to a grid and --to to a strip: give one of the two, or --frames with --to")


def _snapshot(text: str) -> int | Literal["last"]:
    if text == "last":
        return "last"
    if text.isdecimal():
        return int(text)
    raise ConfigError(f"--snapshot must be a step or 'last', got {text!r}")
