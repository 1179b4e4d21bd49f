"""`data`: the datasets, where they are, getting those that are not, looking into them, and adding one's own."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ganlab.cli.files import picture_path, write_file
from ganlab.cli.progress import Reporter, reporter
from ganlab.cli.settings import given, setting_option
from ganlab.cli.table import in_columns
from ganlab.config import SETTINGS, CropName, parse_config, suggest
from ganlab.errors import ConfigError, DataError
from ganlab.paths import given_path, printable

if TYPE_CHECKING:
    import numpy as np

    from ganlab.data import Dataset, DatasetSpec
    from ganlab.data.folder import Prepared
    from ganlab.data.listing import LeftOut
    from ganlab.data.upload import Stored

#: Settings that say which examples a run sees.
_CHOOSING = ("folder", "image_size", "crop", "classes", "max_images")
_MOST_ROWS = 20  # classes that get a row of their own in a picture grid
_ROW, _GRID = 10, 64  # examples in a row, and in a grid without rows of classes
_MOST_POINTS = 5000


@click.group(
    invoke_without_command=True,
    epilog="""\b
    Examples:
      python -m ganlab data
      python -m ganlab data fetch mnist
      python -m ganlab data show mnist --classes 3,5 --out digits.png
      python -m ganlab data add holiday.zip --image-size 64
      python -m ganlab data check folder --folder holiday
      python -m ganlab data remove holiday""",
)
@click.pass_context
def data(ctx: click.Context) -> None:
    """List datasets, fetch one, look into it, add your own.

    Files are kept in $GANLAB_DATA, or in a cache folder of yours.
    """
    if ctx.invoked_subcommand is None:
        _print_list()


def _choosing_options(*more: str) -> Callable[..., Any]:
    """Adds options for the settings that choose examples, and `more` of the others."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed((*_CHOOSING, *more)):
            command = setting_option(SETTINGS[name], SETTINGS[name].description)(command)
        return command

    return add


@data.command("list")
def list_datasets() -> None:
    """All datasets (what `data` alone does)."""
    _print_list()


@data.command()
@click.argument("name")
def fetch(name: str) -> None:
    """Download a dataset if it is not there, and check it."""
    from ganlab.data import DATASETS, load_dataset

    if name in DATASETS and DATASETS[name].origin == "your own":
        raise DataError(f"dataset {name!r} is made of your own pictures: add some with python -m ganlab data add PATH")
    with _reporting() as report:
        train = load_dataset(name, split="train", progress=report.loading)
        test = load_dataset(name, split="test", progress=report.loading)
    click.echo(f"{name} is ready: {_counted(train)} to train on and {len(test):,} to test with")


@data.command()
@click.argument("name")
@_choosing_options()
@click.option("--split", type=click.Choice(["train", "test"]), default="train", show_default=True)
@click.option("--out", metavar="FILE.png", help="Draw samples into this file, a row for each class.")
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
def show(name: str, split: Any, out: str | None, force: bool, **settings: str | None) -> None:
    """Count the examples of each class, and draw some.

    NAME is a dataset; the options choose from it as they do for `train`.
    """
    config = parse_config({"dataset": name} | given(settings))
    target = picture_path(out) if out is not None else None
    from ganlab.data import load_for

    with _reporting() as report:
        chosen = load_for(config, split=split, progress=report.loading)
    purpose = "to train on" if split == "train" else "to test with"
    click.echo(f"{name}: {_counted(chosen)}{_size_words(chosen.shape)}, {purpose}")
    for line in _histogram(chosen):
        click.echo(line)
    if target is not None:
        from ganlab.pictures import encode

        write_file(target, encode(_drawn(chosen), "png"), force=force)
        click.echo(f"Wrote {target}")


@data.command()
@click.argument("path", metavar="FOLDER|FILE.zip")
@click.option("--name", metavar="NAME", help="Name of the collection that a zip becomes.  [default: the file's]")
@click.option(
    "--encoding",
    metavar="NAME",
    help="Of names in a zip that do not say what they are in, such as cp932 for Japanese.  [default: guessed]",
)
@click.option("--image-size", type=int, metavar="N", help="Pixels per side, 16 to 256.  [default: 64]")
@click.option("--crop", type=click.Choice(SETTINGS["crop"].choices), default="centre", show_default=True)
def add(path: str, name: str | None, encoding: str | None, image_size: int | None, crop: CropName) -> None:
    """Prepare pictures of your own: a folder, or a zip, which is unpacked into a collection.

    Sub-folders count as classes. Broken pictures are skipped and listed, files of other kinds are counted; a folder
    itself is never changed. Of a zip nothing is kept where its pictures cannot be used.
    """
    from ganlab.data.folder import DEFAULT_SIZE, prepare_folder

    size = parse_config({"image_size": image_size}).image_size if image_size else DEFAULT_SIZE
    source = given_path(path, "FOLDER|FILE.zip")
    with _reporting() as report, _folder_of(source, name, encoding, report) as (folder, left_out):
        prepared = prepare_folder(folder, size=size, crop=crop, progress=report.loading)
    shown = printable(str(folder))
    click.echo(f"{shown}: {prepared.count:,} pictures ready at {size}×{size}{_classes_words(prepared)}")
    for line in _left_out_words(prepared, left_out):
        click.echo(line, err=True)
    meant = shown if source.is_dir() else folder.name
    words = ["train", "--dataset", "folder", "--folder", meant, "--image-size", str(size)]
    words += ["--crop", crop] if crop != "centre" else []
    click.echo(f"Train on them with: {shlex.join(['python', '-m', 'ganlab', *words])}")


@data.command()
@click.argument("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Delete a collection that was made of a zip or an upload, with all its pictures.

    Runs that were trained on it can be explored afterwards, but not resumed.
    """
    from ganlab.data import data_dir
    from ganlab.data.folder import collections, delete_collection

    if not yes and name in collections(data_dir()):
        click.confirm(f"This deletes {data_dir() / 'folders' / name} and its pictures for good. Go on?", abort=True)
    delete_collection(name, data_dir())
    click.echo(f"Deleted {name}")


@data.command()
@click.argument("name")
@_choosing_options("batch_size")
def check(name: str, **settings: str | None) -> None:
    """Say what training on a dataset will meet.

    NAME is a dataset; the options choose from it as they do for `train`.
    """
    config = parse_config({"dataset": name} | given(settings))
    from ganlab.data import data_dir, load_for
    from ganlab.data.folder import DEFAULT_SIZE, prepare_folder, resolve_folder
    from ganlab.data.preflight import preflight

    with _reporting() as report:
        chosen, prepared = load_for(config, progress=report.loading), None
        if config.dataset == "folder":
            folder, size = resolve_folder(config.folder, data_dir()), config.image_size or DEFAULT_SIZE
            prepared = prepare_folder(folder, size=size, crop=config.crop, progress=report.loading)
        findings = preflight(chosen, batch_size=config.batch_size, prepared=prepared)
    for finding in findings:
        click.echo(f"{finding.level:<8} {finding.sentence}")


@contextmanager
def _reporting() -> Iterator[Reporter]:
    report = reporter(quiet=False)
    try:
        yield report
    finally:
        report.close()


@contextmanager
def _folder_of(path: Path, name: str | None, encoding: str | None, report: Reporter) -> Iterator[tuple[Path, LeftOut]]:
    """Where the pictures to prepare lie, and what of a zip is not there; what is unpacked stays if that succeeds."""
    from ganlab.data.folder import or_nothing

    if path.is_dir():
        for option, value in (("--name", name), ("--encoding", encoding)):
            if value is not None:
                raise ConfigError(f"{option} is for a zip, and {printable(str(path))} is a folder: leave it out")
        yield path.resolve(), ()
        return
    stored = _unpacked(path, name, encoding, report)
    with or_nothing(stored.folder):
        yield stored.folder, stored.left_out


def _unpacked(path: Path, name: str | None, encoding: str | None, report: Reporter) -> Stored:
    """A zip as a collection; says how its names were read, where it had to be guessed."""
    from ganlab.data import data_dir
    from ganlab.data.upload import unpack_zip
    from ganlab.data.zipnames import ENCODINGS

    shown = printable(str(path))
    if encoding is not None and encoding not in ENCODINGS:
        raise ConfigError(f"unknown --encoding {encoding!r}: {suggest(encoding, list(ENCODINGS))}")
    if path.suffix.lower() != ".zip" or not path.is_file():
        fault = "is neither a folder nor a zip" if path.exists() else "is not there"
        raise DataError(f"{shown} {fault}: name a folder of pictures, or a .zip file of them")
    meant = path.stem if name is None else name
    try:
        with path.open("rb") as file:
            stored = unpack_zip(file, meant, data_dir=data_dir(), progress=report.loading, encoding=encoding or "")
    except OSError as error:
        raise DataError(f"{shown} cannot be read ({error.strerror}): check that it is yours to read") from None
    if stored.encoding and encoding is None:
        click.echo(
            f"Names in {shown} were read as {ENCODINGS[stored.encoding]}; if they are wrong, remove the collection "
            f"with {shlex.join(['python', '-m', 'ganlab', 'data', 'remove', meant])} and add it with --encoding",
            err=True,
        )
    return stored


def _left_out_words(prepared: Prepared, left_out: LeftOut) -> Iterator[str]:
    """left_out: of a zip, of which it was not stored."""
    from ganlab.data.preflight import of_other_kinds

    yield from (f"Skipped {skipped.name}: {skipped.reason}" for skipped in prepared.skipped)
    yield from (finding.sentence for finding in of_other_kinds(left_out or prepared.left_out))


def _counted(chosen: Dataset) -> str:
    return f"{len(chosen):,} {'images' if len(chosen.shape) == 3 else 'points'}"


def _size_words(shape: tuple[int, ...]) -> str:
    return f" of {shape[2]}×{shape[1]} pixels" if len(shape) == 3 else " of the plane"


def _size(shape: tuple[int, ...]) -> str:
    """'28×28', '32×32 colour', 'plane'."""
    if len(shape) != 3:
        return "plane"
    return f"{shape[2]}×{shape[1]}{' colour' if shape[0] == 3 else ''}"


def _classes_words(prepared: Prepared) -> str:
    if not prepared.class_names:
        return f", no classes, since {prepared.why_no_classes}"
    counts = zip(prepared.class_names, prepared.class_counts, strict=True)
    return " in classes " + ", ".join(f"{name} ({count:,})" for name, count in counts)


def _histogram(chosen: Dataset) -> list[str]:
    if chosen.labels is None:
        return ["It has no classes."]
    counts = chosen.labels[chosen.labels >= 0].bincount(minlength=chosen.class_count).tolist()
    rows = [(name, f"{count:,}") for name, count in zip(chosen.class_names, counts, strict=True)]
    if without := len(chosen) - sum(counts):
        rows.append(("(no class)", f"{without:,}"))
    return in_columns([("CLASS", "HOW MANY"), *rows])


def _drawn(chosen: Dataset) -> np.ndarray:
    """Samples as one picture (H, W, C): a row for each class, a grid where there are none or many, or a scatter."""
    import torch

    from ganlab.data.pick import places_by_class
    from ganlab.pictures import enlarge, grid_columns, make_grid, scatter

    if len(chosen.shape) != 3:
        return scatter(chosen.examples[:_MOST_POINTS].numpy(), side=512)
    if 0 < chosen.class_count <= _MOST_ROWS:
        rows = [row for row in places_by_class(chosen, _ROW) if len(row)]
        columns = _ROW
        places = torch.cat([torch.nn.functional.pad(row, (0, _ROW - len(row)), value=-1) for row in rows])
    else:
        (places,) = places_by_class(_unlabelled(chosen), _GRID)
        columns = grid_columns(len(places))
    images = chosen.examples[places.clamp(min=0)]
    images[places < 0] = 128  # the grey of the gaps, where a class has fewer
    sheet = make_grid(images.permute(0, 2, 3, 1).numpy(), columns=columns)
    return enlarge(sheet, max(1, 64 // chosen.shape[1]))


def _unlabelled(chosen: Dataset) -> Dataset:
    from ganlab.data import Dataset

    return Dataset(chosen.name, chosen.examples, None, ())


def _print_list() -> None:
    from ganlab.data import DATASETS

    rows = [
        (spec.name, spec.title, _count_words(spec), _size(spec.shape), _whereabouts(spec)) for spec in DATASETS.values()
    ]
    for line in in_columns([("NAME", "TITLE", "TO TRAIN ON", "SIZE", "WHERE"), *rows]):
        click.echo(line)


def _count_words(spec: DatasetSpec) -> str:
    if not spec.count:
        return "as many as there are"
    return f"{spec.count:,} {'images' if spec.has_images else 'points'}"


def _whereabouts(spec: DatasetSpec) -> str:
    from ganlab.data import data_dir

    if spec.origin == "your own":
        return "your own pictures: python -m ganlab data add PATH"
    if spec.origin != "download":
        return spec.origin
    folder = (data_dir() / spec.files[0]).parent
    return f"not downloaded, will be downloaded to {folder}" if spec.missing(data_dir()) else f"in {folder}"
