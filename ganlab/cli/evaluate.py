"""`evaluate`: the scores of a run's generator, at one snapshot or at all of them, or of a folder of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson
from click.core import ParameterSource

from ganlab.cli.exploring import FILE_ENDING, load, loading, showing
from ganlab.cli.folder import checkpoints_option, runs_in
from ganlab.cli.table import in_columns
from ganlab.errors import ConfigError, SnapshotError
from ganlab.paths import given_path

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab.config import TrainConfig
    from ganlab.data import Dataset
    from ganlab.evaluation import Evaluation
    from ganlab.explore import Loaded
    from ganlab.metrics import ScoreName


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab evaluate 20261121-104300-wgan-gp
      python -m ganlab evaluate 20261121-104300-wgan-gp --at best --count 500
      python -m ganlab evaluate 20261121-104300-wgan-gp --at all --with legible,frechet --json
      python -m ganlab evaluate --folder data/holiday --dataset digits"""
)
@click.argument("run", metavar="[RUN]", required=False)
@click.option("--at", metavar="STEP|last|best|all", default="last", show_default=True, help="Which snapshots.")
@click.option("--with", "names", metavar="NAME,…", help="Scores, with commas between.  [default: all there are]")
@click.option("--count", type=int, default=2000, show_default=True, metavar="N", help="Samples, 10 to 50000.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Of the samples.")
@click.option("--weights", type=click.Choice(["average", "generator"]), default="average", show_default=True)
@click.option(
    "--network",
    metavar="NAME",
    help="What looks at images: inception (that of FID; its 96 MB are downloaded once), classifier (of the dataset's "
    "labels), none.  [default: the best of these that is here]",
)
@click.option("--folder", metavar="PATH", help="Judge the pictures in a folder instead of a run.")
@click.option("--dataset", metavar="NAME", help="With --folder: the dataset that they are held against.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@checkpoints_option
@click.pass_context
def evaluate(ctx: click.Context, run: str | None, **options: Any) -> None:
    """Judge a generator: Fréchet distance, precision, recall and more, each with an interval.

    RUN is a run's id or a snapshot file. Samples are held against the run's training data: as a small classifier of it
    sees both, which is trained first, or the FID network; without either, patch by patch. The column at the right has
    the same scores of real images that training never sees: nothing to be expected is better. docs/scores.md says what
    each is.
    """
    from ganlab.evaluation import FEATURE_NETWORKS, MOST_COUNT
    from ganlab.explore.checks import check_one_of, check_whole

    names = score_names(options["names"])
    if options["network"] is not None:
        check_one_of("--network", options["network"], tuple(FEATURE_NETWORKS))
    check_whole("count", options["count"], 10, MOST_COUNT)
    if (run is None) == (options["folder"] is None):
        raise ConfigError("give either a run or --folder, the pictures to judge")
    _check_unused(ctx, ("dataset",) if options["folder"] is None else ("at", "weights"))
    if options["folder"] is not None:
        found = [_of_folder(names, options)]
    else:
        assert run is not None
        found = _of_run(ctx, run, names, options)
    if options["as_json"]:
        click.echo(orjson.dumps([each.to_json() for each in found], option=orjson.OPT_INDENT_2))
    elif len(found) == 1:
        _print_one(found[0])
    else:
        _print_all(found)


def _check_unused(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Raises ConfigError where one of these options is given, which would change nothing."""
    judged = "a folder has no snapshots" if "at" in names else "a run is held against its own data"
    for name in names:
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise ConfigError(f"--{name} has no effect here, since {judged}: leave it out")


def score_names(words: str | None) -> tuple[ScoreName, ...]:
    from ganlab.explore.checks import check_one_of
    from ganlab.metrics import SCORES

    names: Any = tuple(word.strip() for word in (words or "").split(",") if word.strip())
    for name in names:
        check_one_of("--with", name, tuple(SCORES))
    return names


def _of_run(ctx: click.Context, run: str, names: tuple[ScoreName, ...], options: dict[str, Any]) -> list[Evaluation]:
    at, several = options["at"], options["at"] in ("best", "all")
    if several and run.endswith(FILE_ENDING):
        raise ConfigError(f"--at {at} needs a whole run, got the file {run!r}: give the run's id")
    if not several:
        loaded = load(ctx, run, at, options["weights"])
        return [_judged(loaded, _data_of(loaded.config, names, options), names, options)]
    data = _data_of(runs_in(ctx).get(run).config, names, options)
    found = list(_at_each(ctx, run, data, names, options))
    return found if at == "all" and found else [_best(ctx, run, found, data, names, options)]


def _at_each(
    ctx: click.Context, run: str, data: Dataset, names: tuple[ScoreName, ...], options: dict[str, Any]
) -> Iterator[Evaluation]:
    """Evaluations without intervals, which would take ten times as long; damaged snapshots are named and left out."""
    from ganlab.explore import Explorer

    explorer = Explorer(runs_in(ctx))
    for step in explorer.snapshots(run):
        try:
            loaded = explorer.load(run, step, weights=options["weights"])
        except SnapshotError:
            click.echo(f"Warning: the snapshot of step {step} is damaged and left out", err=True)
            continue
        yield _judged(loaded, data, names, options, interval=False)


def _best(
    ctx: click.Context,
    run: str,
    found: list[Evaluation],
    data: Dataset,
    names: tuple[ScoreName, ...],
    options: dict[str, Any],
) -> Evaluation:
    from ganlab.evaluation import best_of
    from ganlab.metrics.scores import DECIDING

    if not found:
        return _judged(load(ctx, run, "last", options["weights"]), data, names, options)
    there: list[ScoreName] = [each.name for each in found[0].scores]
    by: ScoreName = names[0] if names else next(name for name in DECIDING if name in there)
    best = best_of(found, by)
    if not options["quiet"]:
        click.echo(f"The best of {len(found)} snapshots by {best.title_of(by)} is that of step {best.step}", err=True)
    return _judged(load(ctx, run, str(best.step), options["weights"]), data, names, options)


def _data_of(config: TrainConfig, names: tuple[ScoreName, ...], options: dict[str, Any]) -> Dataset:
    from ganlab.data import load_for

    data = load_for(config)
    _prepare(data, names, options)
    return data


def _prepare(data: Dataset, names: tuple[ScoreName, ...], options: dict[str, Any]) -> None:
    """Fetch or train what has to look, and look at the real images, with lines of their own."""
    from ganlab.evaluation import reference_of

    with loading(quiet=options["quiet"] or options["as_json"]) as told:
        reference_of(data, names, options["network"], progress=told)


def _judged(
    loaded: Loaded, data: Dataset, names: tuple[ScoreName, ...], options: dict[str, Any], *, interval: bool = True
) -> Evaluation:
    from ganlab.evaluation import evaluate as judge

    with showing(f"Judging step {loaded.step}", quiet=options["quiet"] or options["as_json"]) as told:
        count, seed, network = options["count"], options["seed"], options["network"]
        return judge(
            loaded, data, names=names, network=network, count=count, seed=seed, interval=interval, progress=told
        )


def _of_folder(names: tuple[ScoreName, ...], options: dict[str, Any]) -> Evaluation:
    from ganlab.data import DATASETS, load_dataset
    from ganlab.evaluation import evaluate_images

    if options["dataset"] is None:
        raise ConfigError("--folder needs --dataset, the one that its pictures are held against")
    if options["dataset"] in DATASETS and DATASETS[options["dataset"]].origin == "your own":
        raise ConfigError("--dataset cannot be your own pictures: name one that has a split to be held against")
    data = load_dataset(options["dataset"])
    if len(data.shape) != 3:
        raise ConfigError(f"dataset {data.name!r} has points of the plane, which pictures are not held against")
    place = given_path(options["folder"], "--folder").absolute()
    images = _pictures(place, data.shape, options)
    _prepare(data, names, options)
    with showing("Judging the pictures", quiet=options["quiet"] or options["as_json"]) as told:
        network, seed = options["network"], options["seed"]
        return evaluate_images(place.name, images, data, names=names, network=network, seed=seed, progress=told)


def _pictures(place: Path, shape: tuple[int, ...], options: dict[str, Any]) -> Tensor:
    """At most --count pictures of a folder, at even distances, in the shape of a dataset; those left out are named."""
    import torch

    from ganlab.data import data_dir, load_dataset
    from ganlab.data.folder import prepare_folder, resolve_folder
    from ganlab.data.pick import spread
    from ganlab.evaluation.seen_reals import as_samples

    with loading(quiet=options["quiet"] or options["as_json"]) as told:
        prepared = prepare_folder(resolve_folder(str(place), data_dir()), size=shape[-1], crop="centre", progress=told)
        pictures = load_dataset("folder", folder=str(place), size=shape[-1], progress=told)
    for skipped in prepared.skipped:
        click.echo(f"Warning: left out {skipped.name}: {skipped.reason}", err=True)
    parts = [pictures.examples] if pictures.held_out is None else [pictures.examples, pictures.held_out]
    total = sum(map(len, parts))
    images = as_samples(torch.cat(parts)[spread(min(options["count"], total), total)])
    return images.mean(1, keepdim=True) if shape[0] == 1 else images


def _print_one(found: Evaluation) -> None:
    from ganlab.metrics import SCORES

    count, floors = found.scores[0].count, {each.name: each for each in found.floor}
    held = f"HELD OUT ({found.floor[0].count:,})" if floors else ""
    rows = [("SCORE", "VALUE", "95 %", held, "BETTER")]
    for each in found.scores:
        interval = f"{_number(each.low)} – {_number(each.high)}" if each.low == each.low else ""
        floor = _number(floors[each.name].value) if each.name in floors else ""
        row = SCORES[each.name]
        rows.append(
            (found.title_of(each.name), f"{_number(each.value)} {row.unit}".rstrip(), interval, floor, row.better)
        )
    step = (
        ""
        if found.step is None
        else f", step {found.step:,}, {'averaged' if found.weights == 'average' else 'as trained'}"
    )
    click.echo(f"{found.source}{step}: {count:,} samples against {found.reference}")
    click.echo("\n".join(in_columns(rows)))
    if floors and found.floor[0].count != count:
        click.echo(
            f"Fréchet distance, coverage and Inception score depend on how many images there are: take --count "
            f"{found.floor[0].count} to compare with those held out."
        )
    if all(each.value != each.value for each in found.scores):
        click.echo(
            "The generator makes values that are no numbers, so there is nothing to score: take another snapshot."
        )
    if any(each.name == "sliced-wasserstein" for each in found.scores) and not found.network:
        click.echo(
            "Only pixels and patches were compared: --network inception judges by the FID network, whose 96 MB are "
            "downloaded once, and --network classifier by the labels, where there are some."
        )


def _print_all(found: list[Evaluation]) -> None:
    names: list[ScoreName] = [each.name for each in found[0].scores]
    rows = [("STEP", *names), *((f"{one.step:,}", *(_number(one.value_of(name)) for name in names)) for one in found)]
    click.echo(f"{found[0].source}: {found[0].scores[0].count:,} samples each against {found[0].reference}")
    click.echo("\n".join(in_columns(rows)))
    if found[0].network:
        click.echo(f"Seen by: {found[0].network} ({found[0].network_key})")


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
