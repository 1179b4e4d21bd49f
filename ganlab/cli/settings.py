"""Options for the settings of a run, drawn from the declarations in TrainConfig."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

from ganlab.config import GROUPS, SETTINGS, Setting
from ganlab.errors import DataError
from ganlab.paths import given_path, printable
from ganlab.recipes import RECIPES

#: It fits whatever dataset is named; the quick recipes want classes.
DEFAULT_RECIPE = "wgan-gp"


class SettingOption(click.Option):
    """An option for a field of TrainConfig. Its text is checked by `parse_config` alone, like any other door's."""


class GroupedCommand(click.Command):
    """A command whose help shows the settings under their headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        others = [param for param in self.get_params(ctx) if not isinstance(param, SettingOption)]
        _write(ctx, formatter, "Options", others)
        formatter.write_paragraph()
        formatter.write_text(f"Settings, with the defaults of recipe {DEFAULT_RECIPE}; another recipe has its own:")
        for group in GROUPS:
            settings = [param for param in self.params if isinstance(param, SettingOption)]
            _write(ctx, formatter, group, [param for param in settings if SETTINGS[param.name or ""].group == group])


def _write(ctx: click.Context, formatter: click.HelpFormatter, title: str, params: list[click.Parameter]) -> None:
    records = [record for param in params if (record := param.get_help_record(ctx)) is not None]
    if records:
        with formatter.section(title):
            formatter.write_dl(records)


def setting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds an option for every setting; those that are given arrive as keyword arguments, the others as None."""
    for setting in reversed(SETTINGS.values()):
        command = setting_option(setting, _help(setting))(command)
    return command


def setting_option(setting: Setting, text: str) -> Callable[..., Any]:
    """Adds an option for one setting, with `text` as its help."""
    name, choices = setting.name, "|".join(map(str, setting.choices))
    metavar = f"[{choices}]" if choices else _METAVARS["file" if name == "points" else setting.kind]
    return click.option(flag(name), name, cls=SettingOption, metavar=metavar, help=text)


def recipe_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --recipe."""
    text = f"The settings to begin with; `python -m ganlab recipes` lists them.  [default: {DEFAULT_RECIPE}]"
    return click.option("--recipe", metavar="NAME", default=DEFAULT_RECIPE, help=text)(command)


def given(settings: dict[str, str | None]) -> dict[str, Any]:
    """The settings that were given, numbers as numbers where they can be read as such."""
    return {name: _value(name, text) for name, text in settings.items() if text is not None}


_NO_TEXT = re.compile(r"[\udc80-\udcff]")  # bytes of a path, which no config can keep as they are


def flag(name: str) -> str:
    """batch_size → --batch-size"""
    return "--" + name.replace("_", "-")


def _value(name: str, text: str) -> Any:
    if name == "points":
        return _points_in(text)
    if SETTINGS[name].kind not in ("whole", "number"):
        return printable(text) if _NO_TEXT.search(text) else text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _points_in(name: str) -> str:
    """What a config keeps of the points in a CSV file; "" for none. What is changed of them is said."""
    if not name:
        return ""
    from ganlab.data.own_points import as_setting, read_points

    try:
        text = given_path(name, "--points").read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{printable(name)} cannot be read ({error.strerror}): name a CSV file of x,y") from None
    except UnicodeDecodeError:
        raise DataError(f"{printable(name)} is no text: name a CSV file of x,y") from None
    kept, said = as_setting(read_points(text))
    for sentence in said:
        click.echo(sentence, err=True)
    return kept


_METAVARS = {"flag": "[true|false]", "whole": "N", "number": "X", "names": "A,B,…", "text": "TEXT", "file": "FILE.csv"}


def _help(setting: Setting) -> str:
    needs = setting.needs
    only = f" Used only with {flag(needs[0])} {' or '.join(needs[1])}." if needs else ""
    return f"{setting.title}. {setting.description}{only}  [default: {_default(setting)}{_range(setting)}]"


def _default(setting: Setting) -> str:
    value = getattr(RECIPES[DEFAULT_RECIPE].config, setting.name)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | str):
        return (value if isinstance(value, str) else ",".join(value)) or "none"
    return f"{value:g} {setting.unit}".strip()


def _range(setting: Setting) -> str:
    """'; 2 to 1024', with 'above' and 'below' for ends that are left out."""
    ends = setting.limits
    low = str(ends["ge"]) if "ge" in ends else f"above {ends['gt']}" if "gt" in ends else ""
    high = str(ends["le"]) if "le" in ends else f"below {ends['lt']}" if "lt" in ends else ""
    if not low and not high:
        return ""
    return f"; {low} to {high}" if low and high else f"; {low or high}"
