"""`python -m benchmarks [PART …]` (--help names them): measure, print a table, keep it as JSON if asked."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson

from benchmarks.figures import Section, number, show
from benchmarks.machine import describe, warning_of
from ganlab.errors import GanlabError

#: What part engine measures unless told otherwise; kept here, since importing that part imports torch.
ENGINE_RECIPES = ("dcgan-mnist", "wgan-gp-mnist", "wgan-gp")
_THREADS = "of torch; may be given again. By default those that the app takes, and all cores."
PARTS = (
    "first-minute",
    "opening",
    "exploring",
    "walking",
    "pace",
    "memory",
    "long-logs",
    "loading",
    "scores",
    "steering",
    "ranks",
    "many-runs",
    "plane",
    "page-generator",
    "engine",
)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Keep all values here, too.")
@click.option("--recipe", default="wgan-gp", help="first-minute: what is trained.")
@click.option("--seconds", default=60.0, help="first-minute: when samples are judged, from Start.")
@click.option("--opens", default=5, help="opening: how often the app is started and opened.")
@click.option("--moves", default=40, help="exploring: tenths of a second of dragging, each way.")
@click.option("--pictures", default=10, help="walking: pictures whose z is looked for.")
@click.option("--rounds", default=4, help="pace: pairs of blocks, beside a reader and beside a page.")
@click.option("--block-seconds", default=12.0, help="pace: length of a block.")
@click.option("--refreshes", default=1000, help="memory: refreshes; compared with a tenth of them.")
@click.option("--opens-of-logs", default=3, help="long-logs: how often each is opened.")
@click.option("--loads", default=5, help="loading: how often each is done.")
@click.option("--steer", default="dcgan-mnist", help="steering: the recipe that is edited, rewound and forked.")
@click.option("--draws", default=4.0, help="page-generator: seconds for each thing that is drawn.")
@click.option("--train", multiple=True, default=ENGINE_RECIPES, help="engine: a recipe; may be given again.")
@click.option("--device", default="auto", type=click.Choice(["auto", "cpu", "cuda"]), help="engine: where to train.")
@click.option("--threads", multiple=True, type=click.IntRange(1), help=f"engine: {_THREADS}")
@click.option("--engine-rounds", default=5, help="engine: rounds in which all are timed in turn.")
def main(parts: tuple[str, ...], json_file: Path | None, **options: Any) -> None:
    """Measure what ganlab promises, on this machine, now. Without PARTS all of it: about twenty minutes.

    The figures hold for this machine, as quiet as it was; nothing is sent anywhere, and no run of yours is touched.
    """
    # So that the server and the browser are ended as well when this process is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    machine = describe()
    click.echo(" · ".join(f"{name} {value}" for name, value in machine.items()))
    if warning := warning_of(machine):
        click.secho(warning, fg="yellow")
    sections: list[Section] = []
    try:
        for section in _measure(parts or PARTS, options):
            show(section)
            sections.append(section)
    except GanlabError as error:
        raise click.ClickException(str(error)) from None
    finally:
        if json_file is not None:
            content = {"machine": machine, "sections": [section.to_json() for section in sections]}
            json_file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY))
    failed = [figure for section in sections for figure in section.figures if figure.met is False]
    goals = sum(figure.goal is not None for section in sections for figure in section.figures)
    click.echo(f"\n{goals - len(failed)} of {goals} goals met, load at the end {number(describe()['load'])}.")


def _measure(parts: tuple[str, ...], options: dict[str, Any]) -> Iterator[Section]:
    """The sections as they are done. Imports stand where they are needed: they would warm what is to be cold."""
    if "first-minute" in parts:
        from benchmarks import first_minute

        yield first_minute.measure(options["recipe"], seconds=options["seconds"])
    if "opening" in parts:
        from benchmarks import opening
        from benchmarks.browser import chromium

        with chromium() as browser:
            yield opening.measure(browser, repeats=options["opens"])
    if "exploring" in parts:
        from benchmarks import exploring
        from benchmarks.browser import chromium

        with chromium() as browser:
            yield exploring.measure(browser, moves=options["moves"])
    if "walking" in parts:
        from benchmarks import walking

        yield walking.measure(pictures=options["pictures"])
    if "pace" in parts:
        from benchmarks import pace
        from benchmarks.browser import chromium

        with chromium() as browser:
            yield pace.measure(browser, rounds=options["rounds"], block_s=options["block_seconds"])
    if "memory" in parts:
        from benchmarks import memory
        from benchmarks.browser import chromium

        with chromium() as browser:
            yield memory.measure(browser, refreshes=options["refreshes"])
        yield memory.measure_histories()
    if "long-logs" in parts:
        from benchmarks import long_logs

        yield long_logs.measure(repeats=options["opens_of_logs"])
    if "loading" in parts:
        from benchmarks import loading

        yield loading.measure(repeats=options["loads"])
    if "scores" in parts:
        from benchmarks import scores

        yield scores.measure()
    if "steering" in parts:
        from benchmarks import steering

        yield steering.measure(options["steer"])
    if "ranks" in parts:
        from benchmarks import ranks

        yield ranks.measure()
    if "plane" in parts:
        from benchmarks import plane
        from benchmarks.browser import chromium

        with chromium() as browser:
            yield plane.measure(browser)
    if "many-runs" in parts:
        from benchmarks import many_runs

        yield many_runs.measure()
    if "page-generator" in parts:
        from benchmarks import page_generator
        from benchmarks.browser import chromium

        with chromium() as browser:
            yield page_generator.measure(browser, seconds=options["draws"])
    if "engine" in parts:
        from benchmarks import engine

        for name in options["train"]:
            yield engine.measure(
                name, device=options["device"], threads=options["threads"], rounds=options["engine_rounds"]
            )


if __name__ == "__main__":
    main()
