"""`experiment` and `compare`: runs that differ in a setting, and whether that makes a difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from math import isnan
from typing import TYPE_CHECKING, Any

import click
import orjson

from ganlab.cli.exploring import showing
from ganlab.cli.folder import checkpoints_option, command_line, runs_in
from ganlab.cli.settings import GroupedCommand, given, setting_options
from ganlab.cli.table import in_columns
from ganlab.cli.train import Ended, follow, quiet_option, signals_to
from ganlab.config import check_effect, warnings_of, with_implied
from ganlab.errors import ConfigError, GanlabError, RunError

if TYPE_CHECKING:
    from ganlab.experiments import Compared, Experiment, Shelf
    from ganlab.metrics import ScoreName
    from ganlab.runs import Run

#: Scores that are compared, of those that can be had.
_COMPARED: tuple[ScoreName, ...] = (
    *("frechet", "inception", "legible", "classes", "precision", "recall"),
    *("sliced-wasserstein", "earth-mover", "jensen-shannon", "modes", "good", "mode-divergence"),
)


def _share(ctx: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """What a run takes of a machine, as Ray can give it. Raises BadParameter."""
    if value is not None and (isnan(value) or (option.name == "gpus_per_run" and value > 1 and value % 1)):
        raise click.BadParameter(f"{value:g} cannot be had: take a whole number, or a part of one.")
    return None if value is None else round(value, 2)


_CORES, _GPUS = click.FloatRange(0.01, 10_000), click.FloatRange(0, 10_000)


@click.command(
    cls=GroupedCommand,
    epilog="""\b
    Examples:
      python -m ganlab experiment quick-digits --vary loss=wasserstein,hinge --seeds 3
      python -m ganlab experiment wgan-gp --vary d_steps=1,3,5 --vary lr_g=1e-3,2e-3 --seeds 0,1 --max-steps 500
      python -m ganlab experiment generator-loss-race-digits --seeds 5
      python -m ganlab compare quick-digits-loss""",
)
@click.argument("recipe")
@click.option("--vary", metavar="SETTING=A,B,…", multiple=True, help="A setting and its values; may be given again.")
@click.option("--seeds", metavar="N|A,B,…", default="3", show_default=True, help="How many seeds, or which.")
@click.option("--name", metavar="NAME", help="What it is called.  [default: the recipe and what varies]")
@click.option("--on", type=click.Choice(["ray"]), help="Train on a Ray cluster, several at a time, not here in turn.")
@click.option("--cpus-per-run", metavar="N", type=_CORES, callback=_share, help="CPU cores a run takes.  [default: 1]")
@click.option(
    "--gpus-per-run", metavar="N", type=_GPUS, callback=_share, help="GPUs, such as 0.5.  [default: 1 if any]"
)
@setting_options
@checkpoints_option
@quiet_option
@click.pass_context
def experiment(
    ctx: click.Context,
    recipe: str,
    vary: tuple[str, ...],
    seeds: str,
    name: str | None,
    on: str | None,
    cpus_per_run: float | None,
    gpus_per_run: float | None,
    quiet: bool,
    **settings: Any,
) -> None:
    """Train a recipe with different settings and seeds, to be compared.

    All settings of one seed begin with the same weights and see the same data. Ctrl-C stops with a snapshot; the same
    command goes on. With further values or seeds it is extended. A recipe that stands for several runs needs no --vary.
    """
    from ganlab.experiments import Experiment, Shelf, arms_of
    from ganlab.experiments.experiment import seeds_of
    from ganlab.training import check_fit

    varied = dict(_varied(each) for each in vary)
    changes = with_implied(given(settings))
    if on is None and (cpus_per_run, gpus_per_run) != (None, None):
        raise ConfigError("--cpus-per-run and --gpus-per-run say what a run takes on Ray: add --on ray")
    called = name or "-".join([recipe, *(name.replace("_", "-") for name in varied)])
    wanted = Experiment(called, recipe, arms_of(varied, recipe), seeds_of(seeds), changes)
    shelf = Shelf(runs_in(ctx))
    whole = shelf.get(called).extended(wanted) if called in shelf.names() else wanted
    configs = [cell.config for cell in whole.cells()]
    check_effect({name: value for name, value in changes.items() if name not in varied}, *configs)
    for sentence in dict.fromkeys(sentence for config in configs for sentence in warnings_of(config)):
        click.echo(f"Warning: {sentence}", err=True)
    for config in configs:
        check_fit(config)
    if on is None:
        shelf.put(whole)
        failed = _train_all(ctx, shelf, whole, quiet=quiet)
    else:
        failed = _train_on_ray(ctx, shelf, whole, cpus_per_run, gpus_per_run, quiet=quiet)
    click.echo(f"Compare them with: {command_line(ctx, 'compare', called)}", err=True)
    if failed:
        raise RunError(f"{len(failed)} of {len(configs)} runs failed, {', '.join(failed)}: the others are trained")


def _varied(text: str) -> tuple[str, list[Any]]:
    """'loss=hinge,wasserstein' → name and values. Raises ConfigError."""
    name, _, values = text.partition("=")
    name = name.strip().removeprefix("--").replace("-", "_")
    words = [word.strip() for word in values.split(",") if word.strip()]
    if not name or not words:
        raise ConfigError(f"--vary must be a setting and its values, such as loss=hinge,wasserstein: got {text!r}")
    from ganlab.experiments import arms_of

    arms_of({name: words}, "wgan-gp")  # that there is such a setting
    return name, [given({name: word})[name] for word in words]


def _train_all(ctx: click.Context, shelf: Shelf, whole: Experiment, *, quiet: bool) -> list[str]:
    """Train what is not finished, one run after the other; returns the ids of those that failed."""
    failed = []
    cells = list(whole.cells())
    for number, cell in enumerate(cells, start=1):
        run = shelf.run_of(cell)
        if run is None:
            whole, run = shelf.begin(whole, cell)
        if not _left(run):
            continue
        click.echo(f"[{number} of {len(cells)}] {cell.arm.title}, seed {cell.seed}", err=True)
        try:
            follow(ctx, run, quiet=quiet)
        except GanlabError as error:
            click.echo(f"Warning: run {run.id} failed: {error}", err=True)
            failed.append(run.id)
    return failed


def _train_on_ray(
    ctx: click.Context, shelf: Shelf, whole: Experiment, cpus: float | None, gpus: float | None, *, quiet: bool
) -> list[str]:
    """The same by Ray's tasks; all runs are begun at once."""
    from ganlab.experiments import Cluster

    failed = []
    with closing(Cluster()) as cluster, signals_to(Ended()) as ended:
        shelf.put(whole)
        cells = {}
        for cell in whole.cells():
            run = shelf.run_of(cell)
            if run is None:
                whole, run = shelf.begin(whole, cell)
            cells[run] = cell
        waiting = [run for run in cells if _left(run)]
        click.echo(f"{len(waiting)} of {len(cells)} runs to train on Ray ({cluster})", err=True)
        needs = {run: cluster.needs(run.config, cpus, gpus) for run in waiting}
        if not all(map(cluster.fits, needs.values())):
            click.echo("Warning: no machine there has what a run takes; it waits for one that has", err=True)
        with closing(cluster.train(needs, lambda: ended.signal is not None)) as ends:
            for number, (run, why) in enumerate(ends, start=1):
                how = f"failed: {why}" if why else "stopped" if _left(run) else f"finished, {run.history().step} steps"
                cell = cells[run]
                click.echo(run.id if quiet else f"Run {run.id} in {run.path}")
                click.echo(f"[{number} of {len(waiting)}] {cell.arm.title}, seed {cell.seed}: {how}", err=True)
                failed += [run.id] * bool(why)
    if ended.signal is not None:
        click.echo("Stopped; the same command goes on.", err=True)
        ctx.exit(128 + ended.signal)
    return failed


def _left(run: Run) -> bool:
    """Whether there are steps to do."""
    from ganlab.status import status_on_disk

    return status_on_disk(run).state != "finished"


@click.command(
    epilog="""\b
    Examples:
      python -m ganlab compare quick-digits-loss
      python -m ganlab compare digits-quick digits-wgan-gp --count 1000
      python -m ganlab compare quick-digits-loss --logged best --json"""
)
@click.argument("names", metavar="EXPERIMENT|RUN…", nargs=-1, required=True)
@click.option("--count", type=int, default=2000, show_default=True, metavar="N", help="Samples of each last snapshot.")
@click.option("--logged", type=click.Choice(["last", "best"]), help="Take the scores in the logs; draw no samples.")
@click.option("--with", "wanted", metavar="SCORE,…", help="Scores, with commas between.  [default: the usual ones]")
@click.option("--report", "file", metavar="FILE", help="Write it all, with curves and samples, as one HTML file.")
@click.option("--csv", "table", metavar="FILE", help="Write the scores as CSV, a line a run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@checkpoints_option
@click.pass_context
def compare(ctx: click.Context, names: tuple[str, ...], **options: Any) -> None:
    """Compare runs, or the runs of an experiment: settings that differ, scores, and what may be concluded.

    Differences are taken seed by seed, with an interval: a verdict says whether seeds alone explain them.
    """
    from ganlab.experiments import report, scores_csv

    rows = list(_rows(ctx, names, options))
    if not rows:
        remedy = "leave --logged out" if options["logged"] else "train the runs first"
        raise RunError(f"there is nothing to compare in {', '.join(names)} yet: {remedy}")
    scores = _scores(rows, options["wanted"])
    if options["file"]:
        _write(options["file"], report(" and ".join(names), rows, scores))
    if options["table"]:
        _write(options["table"], scores_csv(rows, scores))
    if options["as_json"]:
        click.echo(orjson.dumps(_as_json(rows, scores), option=orjson.OPT_INDENT_2))
        return
    _print_settings(rows)
    _print_scores(rows, scores)
    _print_verdicts(rows, scores)


def _write(name: str, text: str) -> None:
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"Wrote {name}", err=True)


def _rows(ctx: click.Context, names: Sequence[str], options: dict[str, Any]) -> Iterator[Compared]:
    """The runs that have scores, or can be judged; of the others a word."""
    from ganlab.experiments import Compared, Shelf, of_logged, of_snapshots
    from ganlab.explore import Explorer
    from ganlab.explore.checks import check_whole

    check_whole("count", options["count"], 10, 50_000)
    runs = runs_in(ctx)
    explorer = Explorer(runs)
    chosen, gone = Shelf(runs).chosen(names)
    for words in gone:
        click.echo(f"Warning: {words}", err=True)
    for run, arm in chosen:
        try:
            if options["logged"]:
                found = of_logged(run, options["logged"])
                if found is None:
                    raise RunError(f"run {run.id!r} has no scores in its log: leave --logged out")
            else:
                wanted = _wanted(options["wanted"])
                with showing(f"Judging {run.id}", quiet=options["quiet"] or options["as_json"]) as told:
                    found = of_snapshots(explorer, run, wanted, count=options["count"], progress=told)
        except GanlabError as error:
            click.echo(f"Warning: left out: {error}", err=True)
            continue
        yield Compared(run, arm, run.config.seed, *found)


def _wanted(words: str | None) -> tuple[ScoreName, ...]:
    from ganlab.cli.evaluate import score_names

    return score_names(words)


def _scores(rows: Sequence[Compared], words: str | None) -> tuple[ScoreName, ...]:
    """Those that are asked for, or the usual ones, as far as some run has them."""
    return tuple(name for name in _wanted(words) or _COMPARED if any(name in row.values for row in rows))


def _print_settings(rows: Sequence[Compared]) -> None:
    from ganlab.experiments import differing_settings, on_one_scale

    arms = {row.arm: row.run.now for row in reversed(rows)}
    arms = {arm: arms[arm] for arm in dict.fromkeys(row.arm for row in rows)}
    table = differing_settings(list(arms.values()))
    if not on_one_scale(rows):
        click.echo("Note: the runs are trained on different datasets, so their scores have no common scale.")
    if table:
        lines = [("SETTING", *arms), *((name, *map(str, values)) for name, values in table.items())]
        click.echo("\n".join([*in_columns(lines), ""]))


def _print_scores(rows: Sequence[Compared], scores: Sequence[ScoreName]) -> None:
    from ganlab.experiments import compared, mean_and_spread
    from ganlab.metrics import SCORES

    lines = [("RUN", "OF", "SEED", "STEP", *(SCORES[name].title.upper() for name in scores))]
    for row in rows:
        values = (_number(row.values[name]) if name in row.values else "" for name in scores)
        lines.append((row.run.id, row.arm, str(row.seed), f"{row.step:,}", *values))
    click.echo("\n".join(in_columns(lines)))
    tables = {name: compared(rows, name) for name in scores}
    arms = list(dict.fromkeys(row.arm for row in rows))
    if len(rows) > len(arms):
        means = [("MEAN ± DEVIATION", "SEEDS", *(SCORES[name].title.upper() for name in scores))]
        for arm in arms:
            found = [tuple(tables[name].get(arm, {}).values()) for name in scores]
            cells = ("{:.3g} ± {:.2g}".format(*mean_and_spread(each)) if each else "" for each in found)
            means.append((arm, str(max(map(len, found), default=0)), *cells))
        click.echo("\n".join(["", *in_columns(means)]))


def _print_verdicts(rows: Sequence[Compared], scores: Sequence[ScoreName]) -> None:
    from ganlab.experiments import sentence, verdicts
    from ganlab.metrics import SCORES

    lines = [f"{SCORES[name].title}: {sentence(held)}." for name in scores for held in verdicts(rows, name)]
    if lines:
        click.echo("\n".join(["", *lines]))


def _as_json(rows: Sequence[Compared], scores: Sequence[ScoreName]) -> dict[str, Any]:
    from ganlab.experiments import differing_settings, sentence, verdicts

    configs = [row.run.now for row in rows]
    held = {name: verdicts(rows, name) for name in scores}
    return {
        "settings": differing_settings(configs),
        "runs": [
            {"run": row.run.id, "arm": row.arm, "seed": row.seed, "step": row.step, "scores": dict(row.values)}
            for row in rows
        ],
        "verdicts": [
            {
                "score": name,
                "best": each.best,
                "other": each.other,
                "difference": each.difference.mean,
                "low": each.difference.low,
                "high": each.difference.high,
                "seeds": each.difference.count,
                "clear": each.difference.clear,
                "words": sentence(each),
            }
            for name, found in held.items()
            for each in found
        ],
    }


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
