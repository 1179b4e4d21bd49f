"""`invert`: the latent of a picture, to walk from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ganlab.cli.exploring import generator_options, load, showing
from ganlab.cli.files import picture_path, write_file
from ganlab.errors import ConfigError, DataError
from ganlab.paths import given_path

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from ganlab.explore import Inversion, Loaded


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab invert 20261121-104300-wgan-gp --example 3
      python -m ganlab invert 20261121-104300-wgan-gp data/holiday/4.png --steps 100 --out found.png --latent found.json
    Then walk from it: python -m ganlab walk RUN --keys found.json,1,2 --loop""",
)
@generator_options
@click.argument("picture", metavar="[PICTURE]", required=False)
@click.option("--example", type=int, metavar="N", help="Look for the dataset's example N instead, from 0.")
@click.option(
    "--invert-colours/--keep-colours", "inverted", default=None, help="Of PICTURE.  [default: where it looks negative]"
)
@click.option("--label", type=int, metavar="N", help="Class to look in; without it in all that there are.")
@click.option("--steps", type=int, metavar="N", default=600, show_default=True, help="Steps of gradient descent.")
@click.option(
    "--starts", type=int, metavar="N", default=8, show_default=True, help="Latents that are followed at first."
)
@click.option("--seed", type=int, metavar="N", default=0, show_default=True, help="Seed of the latents to start from.")
@click.option("--latent", "latent_out", metavar="FILE.json", help="Where to write the latent.  [default: no file]")
@click.option("--out", metavar="FILE.png", help="Where to write the picture beside what was found.  [default: no file]")
@click.option("--force", is_flag=True, help="Overwrite files that there are.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.pass_context
def invert(
    ctx: click.Context,
    run: str,
    snapshot: str,
    weights: str,
    picture: str | None,
    example: int | None,
    inverted: bool | None,
    label: int | None,
    steps: int,
    starts: int,
    seed: int,
    latent_out: str | None,
    out: str | None,
    force: bool,
    quiet: bool,
) -> None:
    """Find the z of a picture by gradient descent, and say how near it comes.

    PICTURE may be of any size and kind; its centred square is taken. RUN is a run's id or a snapshot file.
    """
    if (picture is None) == (example is None):
        raise ConfigError("give either a PICTURE or an --example of the dataset to look for")
    named = None if out is None else picture_path(out)
    if latent_out is not None and not latent_out.endswith(".json"):
        raise ConfigError(f"--latent must end in .json, got {latent_out!r}")
    from ganlab.explore import find, key_to_json, sheet
    from ganlab.gan.latent import Search

    loaded = load(ctx, run, snapshot, weights)
    target = _example(loaded, example) if picture is None else _picture(loaded, picture, inverted)
    search = Search(drawn=max(128, starts), starts=starts, kept=min(2, starts), steps=steps)
    with showing("Looking for z", quiet=quiet) as told:
        found = find(
            loaded, target, search=search, seed=seed, label=label, watch=lambda each: told(each.step / max(steps, 1))
        )
    if named is not None:
        write_file(named, sheet(_pair(found), columns=2), force=force)
    if latent_out is not None:
        content = key_to_json(found.key, source=loaded.source, step=loaded.step, psnr_db=found.psnr_db)
        write_file(given_path(latent_out, "--latent"), content, force=force, option="--latent")
    _report(found, [str(name) for name in (named, latent_out) if name is not None])


def _report(found: Inversion, written: list[str]) -> None:
    near = "hard to tell apart" if found.psnr_db > 30 else "alike" if found.psnr_db > 20 else "not alike"
    of = "" if found.key.classes is None else f", class {found.key.classes}"
    click.echo(f"Found to {found.psnr_db:.1f} dB{of}: the two are {near} (30 dB and more: hard to tell apart)")
    for name in written:
        click.echo(f"Wrote {name}")


def _pair(found: Inversion) -> np.ndarray:
    import numpy as np

    return np.stack([found.target, found.picture])


def _picture(loaded: Loaded, name: str, inverted: bool | None) -> Tensor:
    from ganlab.explore import MOST_PICTURE_BYTES, looks_inverted, prepared

    try:
        with given_path(name, "PICTURE").open("rb") as file:
            content = file.read(MOST_PICTURE_BYTES + 1)
    except OSError as error:
        raise DataError(f"{name} cannot be read ({error.strerror}): name a picture file") from None
    target = prepared(content, loaded, name=name)
    if inverted is None and (inverted := looks_inverted(loaded, target)):
        click.echo("Its colours are inverted, since it looks like a negative (--keep-colours leaves them).", err=True)
    return -target if inverted else target


def _example(loaded: Loaded, index: int | None) -> Tensor:
    from ganlab.data import load_for
    from ganlab.explore.checks import check_whole

    examples = load_for(loaded.config).examples
    assert index is not None
    check_whole("--example", index, 0, len(examples) - 1)
    return examples[index].float() / 127.5 - 1
