"""`sample`: a grid of samples, or a strip between two seeds, as a PNG file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from ganlab.cli.exploring import generator_options, load, name_of
from ganlab.cli.files import picture_path, write_file
from ganlab.config import WeightsName
from ganlab.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from ganlab.explore import Loaded

#: Images in a strip.
MOST_FRAMES = 64


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab sample 20261121-104300-wgan-gp
      python -m ganlab sample 20261121-104300-wgan-gp --snapshot 500 --seed 7 --count 16 --out digits.png
      python -m ganlab sample 20261121-104300-wgan-gp --seed 7 --to 8 --frames 12 --out strip.png""",
)
@generator_options
@click.option("--seed", type=int, metavar="N", default=0, show_default=True, help="Seed of the latents.")
@click.option("--count", type=int, metavar="N", help="Images in the grid, 1 to 256.  [default: 64]")
@click.option("--to", type=int, metavar="SEED", help="Draw a strip from --seed to this seed instead of a grid.")
@click.option("--frames", type=int, metavar="N", help="Images in the strip, 2 to 64.  [default: 9]")
@click.option("--path", metavar="[slerp|lerp]", help="Way of the strip: great circle or straight.  [default: slerp]")
@click.option("--label", metavar="N|N+N", help="Class of all images, from 0, or some of several (3+5, 3:1+5:3).")
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
@click.pass_context
def sample(
    ctx: click.Context,
    run: str,
    snapshot: str,
    weights: WeightsName,
    seed: int,
    count: int | None,
    to: int | None,
    frames: int | None,
    path: str | None,
    label: str | None,
    scale: int,
    out: str | None,
    force: bool,
) -> None:
    """Write samples of a run as a PNG file.

    RUN is its id, or a snapshot file; `python -m ganlab runs` lists them. The same run, snapshot and seed always give
    the same samples.
    """
    _check_combination(to=to, count=count, frames=frames, path=path)
    named = None if out is None else picture_path(out)
    from ganlab.explore import classes_of
    from ganlab.pictures import encode, enlarge, make_grid

    loaded = load(ctx, run, snapshot, weights)
    classes = None if label is None else classes_of(loaded, label, "--label")
    if to is None:
        images = _grid(loaded, seed, 64 if count is None else count, classes)
        sheet, seeds = make_grid(images), f"{seed}"
    else:
        images = _strip(loaded, (seed, to), 9 if frames is None else frames, path or "slerp", classes)
        sheet, seeds = make_grid(images, columns=len(images)), f"{seed}-{to}"
    target = named or Path(f"{name_of(run)}-step{loaded.step}-seed{seeds}.png")
    write_file(target, encode(enlarge(sheet, scale), "png"), force=force)
    click.echo(f"Wrote {target}: {len(images)} images of step {loaded.step}")


def _grid(loaded: Loaded, seed: int, count: int, classes: int | Tensor | None) -> np.ndarray:
    """The first images of a seed; points of the plane come as one."""
    from ganlab.explore import MOST_IMAGES, MOST_SEED, draw
    from ganlab.explore.checks import check_whole

    check_whole("--seed", seed, 0, MOST_SEED)
    check_whole("--count", count, 1, MOST_IMAGES)
    shares = classes if classes is None or isinstance(classes, int) else classes.expand(count, -1)
    return draw(loaded, loaded.space.of_seed(seed, count), shares)


def _strip(loaded: Loaded, ends: tuple[int, int], frames: int, path: str, classes: int | Tensor | None) -> np.ndarray:
    """The way from the first image of a seed to that of another."""
    from ganlab.explore import Walk, key_of_seed, walk_pictures
    from ganlab.explore.checks import check_one_of, check_whole
    from ganlab.gan.latent import PATHS, PathName

    check_whole("--frames", frames, 2, MOST_FRAMES)
    check_one_of("--path", path, tuple(PATHS))
    keys = [key_of_seed(loaded, end, classes) for end in ends]
    return walk_pictures(loaded, keys, Walk(frames, cast(PathName, path), even=False))


def _check_combination(*, to: int | None, count: int | None, frames: int | None, path: str | None) -> None:
    if to is None and not (frames is None and path is None):
        raise ConfigError("--frames and --path belong to a strip: give the seed it leads to with --to")
    if to is not None and count is not None:
        raise ConfigError("--count belongs to a grid and --to to a strip: give one of the two, or --frames with --to")
