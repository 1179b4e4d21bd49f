"""`runs`: what is in the checkpoints folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ganlab.cli.files import write_file
from ganlab.cli.folder import checkpoints_option, command_line, on_run, runs_in
from ganlab.cli.progress import in_words, number
from ganlab.cli.table import in_columns, in_megabytes
from ganlab.errors import RunError
from ganlab.paths import given_path

if TYPE_CHECKING:
    from ganlab.runs import Run, Runs


@click.group(
    invoke_without_command=True,
    epilog="""\b
    Examples:
      python -m ganlab runs
      python -m ganlab runs show 20261121-104300-wgan-gp
      python -m ganlab runs csv 20261121-104300-wgan-gp --to losses.csv
      python -m ganlab runs rename 20261121-104300-wgan-gp "the first one"
      python -m ganlab runs note 20261121-104300-wgan-gp "sevens look like ones"
      python -m ganlab runs slim 20261121-104300-wgan-gp --yes
      python -m ganlab runs delete 20261121-104300-wgan-gp --yes
      python -m ganlab runs restore 20261121-104300-wgan-gp""",
)
@checkpoints_option
@click.pass_context
def runs(ctx: click.Context) -> None:
    """List runs, show one, name, export, slim or delete it."""
    if ctx.invoked_subcommand is None:
        _print_list(ctx, runs_in(ctx))


@runs.command("list")
@checkpoints_option
@click.pass_context
def list_runs(ctx: click.Context) -> None:
    """All runs, the newest first (what `runs` alone does)."""
    _print_list(ctx, runs_in(ctx))


@runs.command()
@on_run
def show(ctx: click.Context, run: Run) -> None:
    """Everything that is known of one run."""
    for line in _as_lines(_description(runs_in(ctx), run)):
        click.echo(line)


@runs.command()
@on_run
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def slim(ctx: click.Context, run: Run, yes: bool) -> None:
    """Keep the generators of a run and drop what only training needs.

    Curves, grids and the averaged generator of every snapshot stay, so that the run can be explored.
    Discriminator, raw generator, optimisers and random states go: it cannot be resumed any more.
    """
    count = len(run.snapshot_steps())
    if not count:
        raise RunError(f"run {run.id!r} has no snapshots, so there is nothing to drop")
    if not yes:
        click.confirm(
            f"This drops discriminator, raw generator, optimisers and random states from {count} snapshots of "
            f"{run.id}: it can be explored afterwards, but never resumed. Go on?",
            abort=True,
        )
    before = run.size_bytes()
    run.slim()
    click.echo(f"{run.id}: {in_megabytes(before)} before, {in_megabytes(run.size_bytes())} now")


@runs.command()
@on_run
@click.option("--to", metavar="FILE", help="Write to this file.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
def csv(ctx: click.Context, run: Run, to: str | None, force: bool) -> None:
    """Print all series of a run as a table, or write it to a file.

    A row for each step that stands: every series, the measures taken at that step, and what was edited after it.
    """
    if to is None:
        for part in run.csv():
            click.echo(part, nl=False)
        return
    target = given_path(to, "--to")
    write_file(target, (part.encode() for part in run.csv()), force=force, option="--to")
    click.echo(f"Wrote {target}")


@runs.command()
@on_run
@click.argument("name")
def rename(ctx: click.Context, run: Run, name: str) -> None:
    """Give a run a name of your own; "" takes it away. Its folder keeps its name."""
    run.rename(name)
    click.echo(f"{run.id} is called {run.title!r} now")


@runs.command()
@on_run
@click.argument("text")
def note(ctx: click.Context, run: Run, text: str) -> None:
    """Keep a note with a run, in place of the one before; "" takes it away."""
    run.annotate(text)
    click.echo(f"The note of {run.id} is kept" if run.history().note else f"{run.id} has no note now")


@runs.command()
@on_run
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(ctx: click.Context, run: Run, yes: bool) -> None:
    """Put a run away. It can be brought back until the app next removes what was deleted."""
    if not yes:
        click.confirm(f"This deletes {run.id} ({run.title}, {in_megabytes(run.size_bytes())}). Go on?", abort=True)
    runs_in(ctx).delete(run.id)
    click.echo(f"Deleted {run.id}; bring it back with {command_line(ctx, 'runs', 'restore', run.id)}")


@runs.command()
@click.argument("run_id", metavar="RUN")
@checkpoints_option
@click.pass_context
def restore(ctx: click.Context, run_id: str) -> None:
    """Bring a deleted run back."""
    run = runs_in(ctx).restore(run_id)
    click.echo(f"{run.id} is back")


def _print_list(ctx: click.Context, found: Runs) -> None:
    from ganlab.service import Service

    service = Service(found)
    rows = []
    for run in found.all():
        status = service.status(run.id)
        steps = f"{status.step}/{status.max_steps}"
        size = in_megabytes(run.size_bytes())
        rows.append((run.id, status.state, steps, run.config.loss, run.config.dataset, size, run.history().name))
    rows += [(each.id, "damaged", "", "", "", "", "") for each in found.damaged()]
    for sentence in found.problems():
        click.echo(f"Warning: {sentence}", err=True)
    if not rows:
        click.echo(f"No runs in {found.root} yet: start one with {command_line(ctx, 'train')}")
        return
    named = any(name for *_, name in rows)
    header = ("RUN", "STATE", "STEP", "LOSS", "DATASET", "SIZE", "NAME" if named else "")
    for line in in_columns([header, *rows]):
        click.echo(line)


def _description(found: Runs, run: Run) -> dict[str, Any]:
    from ganlab.service import Service

    status, history = Service(found).status(run.id), run.history()
    described: dict[str, Any] = {
        "run": run.id,
        "name": history.name,
        "note": " ".join(history.note.split()),
        "parent": "{} at step {}".format(*run.parent) if run.parent else "",
        "folder": run.path,
        "state": status.state,
        "message": status.message,
        "step": f"{status.step} of {status.max_steps}",
        "device": status.device,
        "training": in_words(history.training_s) if history.training_s else "",
        "snapshots": ", ".join(map(str, run.snapshot_steps())) or "none",
        "grids": f"{len(status.sample_steps)}",
        "size": in_megabytes(run.size_bytes()),
    }
    if (last := run.last_values()) is not None:
        step, values = last
        described[f"values at step {step}"] = {name: number(value) for name, value in values.items()}
    return described | {"config": run.config.model_dump()}


def _as_lines(described: dict[str, Any], indent: str = "") -> list[str]:
    """'name: value' lines, deeper ones indented; what is empty is left out."""
    lines = []
    for name, value in described.items():
        if isinstance(value, dict):
            lines += [f"{indent}{name}:", *_as_lines(value, indent + "  ")]
        elif value != "":
            lines.append(f"{indent}{name}: {value}")
    return lines
