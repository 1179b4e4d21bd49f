"""What the commands that look around in a generator share: which one, which latents, and how it shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ganlab.cli.folder import checkpoints_option, runs_in
from ganlab.cli.progress import reporter
from ganlab.config import whole_of
from ganlab.errors import ConfigError
from ganlab.paths import given_path

if TYPE_CHECKING:
    from ganlab.data import Dataset
    from ganlab.explore import Key, Loaded

FILE_ENDING = ".safetensors"
_SUM = re.compile(r"[0-9]{1,18}([+-][0-9]{1,18})*")


def generator_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds RUN, --snapshot, --weights and --checkpoints, which `load` understands."""
    for add in (
        checkpoints_option,
        click.option(
            "--weights",
            type=click.Choice(["average", "generator"]),
            default="average",
            show_default=True,
            help="The averaged generator, or the one as trained.",
        ),
        click.option("--snapshot", metavar="STEP|last", default="last", show_default=True, help="Step of the weights."),
        click.argument("run", metavar="RUN"),
    ):
        command = add(command)
    return command


def load(ctx: click.Context, run: str, snapshot: str, weights: Any) -> Loaded:
    """The generator of a run, or of a snapshot file. Raises GanlabError."""
    from ganlab.explore import Explorer, load_file

    if run.endswith(FILE_ENDING):
        return load_file(given_path(run, "RUN"), weights=weights)
    return Explorer(runs_in(ctx)).load(run, _snapshot_of(snapshot), weights=weights)


def name_of(run: str) -> str:
    """What files that come of a run, or of a snapshot file, are named after."""
    return Path(run).name.removesuffix(FILE_ENDING)


def keys_of(loaded: Loaded, words: str) -> list[Key]:
    """Key frames as typed: '1,2@5,3+4-8,three.json' are seed 1, seed 2 as class 5, the latents of seeds 3 and 4 added
    and that of 8 subtracted, and a latent that `invert` wrote; behind @ stands what `ganlab.explore.classes_of` takes.
    Raises ConfigError.
    """
    return [_key_of(loaded, word.strip()) for word in words.split(",") if word.strip()]


def _snapshot_of(text: str) -> int | Literal["last"]:
    """What --snapshot names. Raises ConfigError."""
    if text == "last":
        return "last"
    step = whole_of(text)
    if step is None or step < 0:
        raise ConfigError(f"--snapshot must be a step or 'last', got {text!r}")
    return step


def _key_of(loaded: Loaded, word: str) -> Key:
    from ganlab.explore import Key, classes_of, key_from_json, key_of_sum

    place, at, words = word.partition("@")
    if not (_SUM.fullmatch(place) or place.endswith(".json")):
        raise ConfigError(f"--keys must be seeds, sums of them, SEED@CLASS or files of invert (.json), got {word!r}")
    chosen = classes_of(loaded, words, "--keys behind @") if at else None
    if _SUM.fullmatch(place):
        terms = re.findall(r"([+-]?)([0-9]+)", place)
        plus, minus = ([int(seed) for sign, seed in terms if (sign == "-") == less] for less in (False, True))
        return key_of_sum(loaded, plus, minus, chosen)
    try:
        key = key_from_json(given_path(place, "--keys").read_bytes(), name=place)
    except OSError as error:
        raise ConfigError(
            f"{place} cannot be read ({error.strerror}): give a file that `ganlab invert` wrote"
        ) from None
    return key if chosen is None else Key(key.latent, chosen)


def whole_numbers(option: str, text: str, count: int = 0) -> list[int]:
    """'3,4,5' → [3, 4, 5]. Raises ConfigError; also where there are not `count` of them."""
    words = [word.strip() for word in text.split(",")]
    numbers = [number for word in words if (number := whole_of(word)) is not None and number >= 0]
    if len(numbers) != len(words) or (count and len(words) != count):
        wanted = f"{count} whole numbers" if count else "whole numbers"
        raise ConfigError(f"{option} must be {wanted} with commas between, got {text!r}")
    return numbers


def spelt(name: str) -> str:
    """A name as a part of a file's name."""
    return "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in name).strip("-")


def classifier_first(data: Dataset, *, quiet: bool) -> None:
    """Train the classifier that the next thing needs, with its own line on stderr. Raises ConfigError."""
    from ganlab.explore import classifier_of

    with showing("Training a small classifier", quiet=quiet) as told:
        classifier_of(data, progress=told)


@contextmanager
def loading(*, quiet: bool) -> Iterator[Callable[[str, float | None], None]]:
    """A function to be called with what is being done and the share of it that is done, which shows it on stderr."""
    shown = reporter(quiet=quiet)
    try:
        yield shown.loading
    finally:
        shown.close()


@contextmanager
def showing(label: str, *, quiet: bool) -> Iterator[Callable[[float], None]]:
    """A function to be called with the share done, which shows it on stderr."""
    with loading(quiet=quiet) as told:
        yield lambda share: told(label, share)
