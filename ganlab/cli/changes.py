"""Changes of a run's settings: as they are typed, and as they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from ganlab.cli.folder import command_line
from ganlab.cli.settings import SETTINGS, given
from ganlab.config import listed
from ganlab.errors import ConfigError
from ganlab.words import shortened

if TYPE_CHECKING:
    from ganlab.alarms import Alarm, Remedy
    from ganlab.runs import Edit

#: Characters of a value that is told.
_LONGEST = 200


def changes_argument(*, required: bool = False) -> Callable[..., Any]:
    """Adds `[NAME=VALUE]…`; what was typed arrives as `changes`, for `parsed`."""
    return click.argument(
        "changes", metavar="NAME=VALUE…" if required else "[NAME=VALUE]…", nargs=-1, required=required
    )


def parsed(words: Iterable[str]) -> dict[str, Any]:
    """('lr_g=1e-4', 'd-steps=3') → {'lr_g': 0.0001, 'd_steps': 3}. Raises ConfigError: no setting and value."""
    texts: dict[str, str | None] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name:
            raise ConfigError(f"{word!r} is no change of a setting: write its name and its value, such as lr_g=1e-4")
        texts[name.strip().replace("-", "_")] = text.strip()
    known = {name: text for name, text in texts.items() if name in SETTINGS}
    return texts | given(known)  # what is no setting is refused by the config, like from any other door


def typed(changes: Mapping[str, Any]) -> list[str]:
    """{'lr_g': 0.0001} → ['lr_g=0.0001']: what `parsed` reads."""
    return [f"{name}={_text(value)}" for name, value in changes.items()]


def told(changes: Mapping[str, tuple[Any, Any]]) -> str:
    """'lr_g 0.0002 → 0.0001, d_steps 1 → 3'; empty where nothing changes."""
    return ", ".join(f"{name} {_told(before)} → {_told(after)}" for name, (before, after) in changes.items())


def _told(value: Any) -> str:
    return shortened(_text(value), _LONGEST)


def edit_line(edit: Edit) -> str:
    """'step 1,234: edited lr_g 0.0002 → 0.0001'."""
    what = {"edit": "edited", "undo": "undone:", "rewind": "gone back to here,", "fork": "forked,"}[edit.kind]
    return f"step {edit.step:,}: {what} {told(edit.changes)}".rstrip(" ,")


def alarm_line(ctx: click.Context, run_id: str, alarm: Alarm) -> str:
    """What is wrong, what shows it, and the first remedy as a command."""
    line = f"Alarm at step {alarm.step:,}: {alarm.title}. {alarm.evidence}"
    return f"{line} Try: {_remedy_line(ctx, run_id, alarm.remedies[0])}" if alarm.remedies else line


def _remedy_line(ctx: click.Context, run_id: str, remedy: Remedy) -> str:
    step = [] if remedy.kind == "edit" else [str(remedy.step or 0)]
    train = [] if remedy.kind == "edit" else ["--and-train"]
    return command_line(ctx, remedy.kind, run_id, *step, *typed(remedy.changes), *train)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return listed(map(str, value))
    return str(value)
