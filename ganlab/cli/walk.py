"""`walk`: a film through latent space or over the training of a run, or a grid between four places."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganlab.cli.exploring import FILE_ENDING, generator_options, keys_of, load, name_of, showing, spelt, whole_numbers
from ganlab.cli.files import write_file
from ganlab.cli.folder import runs_in
from ganlab.errors import ConfigError, GanlabError
from ganlab.paths import given_path

if TYPE_CHECKING:
    import numpy as np

    from ganlab.explore import Key, Loaded

_SIZE = 512
_FPS, _FPS_OVER_TIME = 30, 4
#: What can be asked for instead of a walk: its option, and how its file ends if none is named.
_KINDS = {
    "over_time": ("--ages", "ages.png"),
    "grid": ("--grid", "grid.png"),
    "kept": ("--samples", "samples.mp4"),
}


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab walk 20261121-104300-wgan-gp
      python -m ganlab walk 20261121-104300-wgan-gp --keys 4,8,15 --loop --seconds 1 --out walk.gif
      python -m ganlab walk 20261121-104300-wgan-gp --random 6 --seed 3 --frames 12 --out strip.png
      python -m ganlab walk 20261121-104300-wgan-gp --keys 1,2,3,4 --grid 7,7 --out grid.png
      python -m ganlab walk 20261121-104300-wgan-gp --keys 1,2,3 --ages --out ages.png
      python -m ganlab walk 20261121-104300-wgan-gp --keys 1 --ages --out ages.gif
      python -m ganlab walk 20261121-104300-wgan-gp --samples --out training.mp4""",
)
@generator_options
@click.option(
    "--keys",
    metavar="KEY,KEY…",
    help="Seeds, sums (7+8-9), SEED@CLASS, SEED@CLASS+CLASS, files of invert.  [default: 0,1,2,3]",
)
@click.option("--random", "wandered", type=int, metavar="N", help="A random walk of N keys instead, from --seed.")
@click.option("--seed", type=int, metavar="N", default=0, show_default=True, help="Seed of --random.")
@click.option(
    "--path", metavar="[spline|slerp|lerp]", default="spline", show_default=True, help="Way between the keys."
)
@click.option("--loop", is_flag=True, help="Come back to the first key.")
@click.option("--by-key", is_flag=True, help="As many frames between any two keys, instead of an even pace.")
@click.option("--seconds", type=float, metavar="S", default=5.0, show_default=True, help="Length of the film.")
@click.option("--fps", type=int, metavar="N", help="Frames a second, 1 to 60.  [default: 30; over the training 4]")
@click.option("--frames", type=int, metavar="N", help="Frames in all, instead of --seconds; 16 for a strip.")
@click.option(
    "--truncation", type=float, metavar="X", default=1.0, show_default=True, help="Draw keys to the mean, 0 to 1."
)
@click.option("--grid", metavar="ROWS,COLUMNS", help="The grid between four keys, as a PNG.")
@click.option("--ages", "over_time", is_flag=True, help="The keys at every snapshot: a film, or a row each as a PNG.")
@click.option("--samples", "kept", is_flag=True, help="The grids that the run kept while it trained, as a film.")
@click.option("--size", type=int, metavar="N", help="Pixels per side of a frame.  [default: 512; in a PNG 112]")
@click.option("--out", metavar="FILE", help="mp4, gif, webp or png; without ending a folder.  [default: RUN-walk.mp4]")
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.pass_context
def walk(ctx: click.Context, run: str, snapshot: str, weights: str, **options: Any) -> None:
    """Walk through the latent space of a run, or over its training, and keep what is seen as a film.

    RUN is its id, or a snapshot file (.safetensors) from anywhere. The walk is as fast at every place; under a uniform
    prior it runs through Gaussian coordinates, so that each frame is as typical of the prior as the keys. Classes
    blend in a straight line from key to key; 4@3:1+5:3 is seed 4 as a quarter of class 3 and three of class 5.
    """
    target = _target(run, options)
    if options["fps"] is None:
        options["fps"] = _FPS_OVER_TIME if options["over_time"] or options["kept"] else _FPS
    if options["kept"]:
        _film_of_samples(ctx, run, options, target)
        return
    with showing("Walking", quiet=options["quiet"]) as told:
        loaded = load(ctx, run, snapshot, weights)
        keys = _keys(loaded, options)
        if options["over_time"]:
            _check_run(run)
            frames, columns = _over_time(ctx, run, loaded, keys, options, target, told)
        elif options["grid"]:
            frames, columns = _grid(loaded, keys, options)
        else:
            frames, columns = _walk(loaded, keys, options, target, told), 0
        _write(target, frames, columns, options, told)
    click.echo(f"Wrote {target}: {len(frames)} pictures of {loaded.source}, step {loaded.step}")


def _target(run: str, options: dict[str, Any]) -> Path:
    """Where to write; refused at once, before anything is drawn."""
    asked = [kind for kind in _KINDS if options[kind]]
    if len(asked) > 1:
        raise ConfigError(f"{' and '.join(_KINDS[kind][0] for kind in asked)} are two things: give one of the two")
    if options["kept"] and (options["keys"] or options["wandered"] is not None):
        raise ConfigError("--samples shows grids of the run's own latents: leave out --keys and --random")
    kind = _KINDS[asked[0]][1] if asked else "walk.mp4"
    out = options["out"]
    target = Path(f"{spelt(name_of(run))}-{kind}") if out is None else given_path(out, "--out")
    if options["grid"] and target.suffix.lower() != ".png":
        raise ConfigError(f"--grid makes one picture: --out must end in .png, got {str(target)!r}")
    if target.suffix.lower() not in ("", ".mp4", ".gif", ".webp", ".png"):
        raise ConfigError(f"--out must end in .mp4, .gif, .webp or .png, or name a folder, got {str(target)!r}")
    if target.is_dir():
        raise GanlabError(f"{target} is a folder that exists already: name a new one with --out")
    if target.exists() and not options["force"]:
        raise GanlabError(f"{target} exists already: name another one with --out, or overwrite it with --force")
    return target


def _keys(loaded: Loaded, options: dict[str, Any]) -> list[Key]:
    from ganlab.explore import Key, random_keys
    from ganlab.explore.checks import check_number

    check_number("--truncation", options["truncation"], 0, 1)
    if options["wandered"] is not None:
        if options["keys"]:
            raise ConfigError("--keys and --random are two ways to choose the keys: give one of the two")
        keys = random_keys(loaded, options["seed"], options["wandered"])
    else:
        keys = keys_of(loaded, options["keys"] or "0,1,2,3")
    return [Key(loaded.space.truncated(key.latent, options["truncation"]), key.classes) for key in keys]


def _walk(loaded: Loaded, keys: list[Key], options: dict[str, Any], target: Path, told: Any) -> np.ndarray:
    from ganlab.explore import MOST_WALK_FRAMES, Walk, walk_pictures
    from ganlab.explore.checks import check_number

    check_number("--seconds", options["seconds"], 0.1, MOST_WALK_FRAMES)
    strip = target.suffix.lower() == ".png"
    frames = options["frames"] or (16 if strip else max(2, round(options["seconds"] * options["fps"])))
    plan = Walk(frames, options["path"], loop=options["loop"], even=not options["by_key"])
    return walk_pictures(loaded, keys, plan, progress=lambda share: told(share / 2))


def _grid(loaded: Loaded, keys: list[Key], options: dict[str, Any]) -> tuple[np.ndarray, int]:
    from ganlab.explore import corner_pictures

    rows, columns = whole_numbers("--grid", options["grid"], 2)
    return corner_pictures(loaded, keys, rows, columns, "lerp" if options["path"] == "lerp" else "slerp"), columns


def _over_time(
    ctx: click.Context, run: str, loaded: Loaded, keys: list[Key], options: dict[str, Any], target: Path, told: Any
) -> tuple[np.ndarray, int]:
    """In a PNG a row for each key and a column for each snapshot; in a film a frame for each snapshot."""
    import torch

    from ganlab.explore import Explorer, ages, film_of_ages, key_shares

    latents, shares = torch.stack([key.latent for key in keys]), key_shares(loaded, keys)
    found = ages(Explorer(runs_in(ctx)), run, latents, shares, weights=loaded.weights, progress=told)
    for step in found.left_out:
        click.echo(f"Warning: the snapshot of step {step} is damaged and left out", err=True)
    if target.suffix.lower() != ".png":
        frames = film_of_ages(found, options["size"] or _SIZE)
        options["size"] = frames.shape[2]
        return frames, 0
    return found.pictures.swapaxes(0, 1).reshape(-1, *found.pictures.shape[2:]), len(found.steps)


def _film_of_samples(ctx: click.Context, run: str, options: dict[str, Any], target: Path) -> None:
    from ganlab.explore import film_of_grids

    _check_run(run)
    with showing("Making the film", quiet=options["quiet"]) as told:
        frames = film_of_grids(runs_in(ctx).get(run), options["size"] or _SIZE)
        _write(target, frames, 0, options | {"size": frames.shape[2]}, told)
    click.echo(f"Wrote {target}: {len(frames)} grids of run {run!r}")


def _check_run(run: str) -> None:
    if run.endswith(FILE_ENDING):
        raise ConfigError(f"--ages and --samples need a whole run, got the file {run!r}: give the run's id")


def _write(target: Path, frames: np.ndarray, columns: int, options: dict[str, Any], told: Any) -> None:
    from ganlab.explore import sheet, write_film

    size = options["size"] or (112 if target.suffix.lower() == ".png" else _SIZE)
    try:
        if columns:
            write_file(target, sheet(frames, size=size, columns=columns), force=True)
            return
        write_film(target, frames, fps=options["fps"], size=size, progress=lambda share: told(0.5 + share / 2))
    except OSError as error:
        raise GanlabError(f"{target} cannot be written ({error.strerror}): name another file with --out") from error
