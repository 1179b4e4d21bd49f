"""A comparison as one HTML file that opens without a network: settings, curves, samples, scores, verdicts."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence

import numpy as np

from ganlab.errors import RunError
from ganlab.experiments.comparison import Compared, compared, differing_settings, mean_and_spread, verdicts
from ganlab.experiments.verdict import sentence
from ganlab.metrics.scores import SCORES, ScoreName
from ganlab.runs import Run

_COLOURS = ("#2f81c9", "#d55e00", "#009e73", "#c2649a", "#a8780a", "#8a6fd1")
_WIDE, _HIGH, _MARGIN = 640, 240, 44
_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{border:1px solid #ddd;padding:.25rem .7rem;text-align:left}
figure{display:inline-block;margin:0 1rem 1rem 0;vertical-align:top}figure img{width:16rem;image-rendering:pixelated}
svg{max-width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:#666}
@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}td,th{border-color:#444}}"""


def report(title: str, rows: Sequence[Compared], scores: Sequence[ScoreName]) -> str:
    """rows: the runs, each with what it scored; scores: those that are told, in this order."""
    arms = {row.arm: row.run.now for row in rows}
    settings = differing_settings(list(arms.values()))
    held = [
        f"<b>{SCORES[name].title}</b>: {html.escape(sentence(each))}."
        for name in scores
        for each in verdicts(rows, name)
    ]
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        _heading("Settings that differ", _table(("Setting", *arms), ((n, *map(str, v)) for n, v in settings.items())))
        if settings
        else "",
        _heading("Verdict", f"<ul>{''.join(f'<li>{each}</li>' for each in held)}</ul>") if held else "",
        _heading("Scores", _scores(rows, scores)) if scores else "",
        _heading("While they trained", "".join(_chart(rows, name) for name in scores)),
        _heading("Last samples", "".join(map(_samples, rows))),
    ]
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><title>{html.escape(title)}</title>"
    return (
        f"<!doctype html><html lang=en><head>{head}<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _heading(title: str, content: str) -> str:
    return f"<h2>{title}</h2>{content}" if content else ""


def _table(titles: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{''.join(f'<th>{html.escape(each)}</th>' for each in titles)}</tr>{''.join(lines)}</table>"


def _scores(rows: Sequence[Compared], scores: Sequence[ScoreName]) -> str:
    titles = [f"{SCORES[name].title} {SCORES[name].unit}".strip() for name in scores]
    each = (
        (row.arm, row.run.id, str(row.seed), f"{row.step:,}", *(_number(row.values.get(name)) for name in scores))
        for row in rows
    )
    told = _table(("Of", "Run", "Seed", "Step", *titles), each)
    tables = {name: compared(rows, name) for name in scores}
    arms = list(dict.fromkeys(row.arm for row in rows))
    if len(rows) == len(arms):
        return told
    means = []
    for arm in arms:
        found = [tuple(tables[name].get(arm, {}).values()) for name in scores]
        means.append(
            (arm, *("{:.3g} ± {:.2g}".format(*mean_and_spread(values)) if values else "–" for values in found))
        )
    return told + _table(("Mean ± deviation", *titles), means)


def _chart(rows: Sequence[Compared], name: ScoreName) -> str:
    """The logged values of a score, a line for each run in the colour of its arm; nothing where no run has two."""
    arms = list(dict.fromkeys(row.arm for row in rows))
    lines = [(row, _points(row.run, name)) for row in rows]
    lines = [(row, points) for row, points in lines if len(points) > 1]
    if not lines:
        return ""
    every = np.concatenate([points for _, points in lines])
    (left, low), (right, high) = every.min(0), every.max(0)
    room = np.array([_WIDE, -_HIGH]) - np.array([2, -2]) * _MARGIN
    scale = room / np.maximum([right - left, high - low], 1e-12)
    shift = np.array([_MARGIN, _HIGH - _MARGIN])
    paths = []
    for row, points in lines:
        places = (points - [left, low]) * scale + shift
        where = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        colour = _COLOURS[arms.index(row.arm) % len(_COLOURS)]
        paths.append(f'<polyline points="{where}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
    words = [
        (4, _MARGIN, f"{high:.3g}"),
        (4, _HIGH - _MARGIN, f"{low:.3g}"),
        (_MARGIN, _HIGH - 22, f"step {left:,.0f}"),
        (_WIDE - 2 * _MARGIN, _HIGH - 22, f"step {right:,.0f}"),
        (_MARGIN, 20, SCORES[name].title),
        *((_MARGIN + 150 * n, _HIGH - 6, f"■ {arm}") for n, arm in enumerate(arms)),
    ]
    texts = "".join(f'<text x="{x}" y="{y}"{_tint(arms, text)}>{html.escape(text)}</text>' for x, y, text in words)
    return f'<svg viewBox="0 0 {_WIDE} {_HIGH}" width="{_WIDE}" role="img">{"".join(paths)}{texts}</svg>'


def _tint(arms: Sequence[str], text: str) -> str:
    arm = text.removeprefix("■ ")
    return f' style="fill:{_COLOURS[arms.index(arm) % len(_COLOURS)]}"' if text.startswith("■ ") else ""


def _points(run: Run, name: ScoreName) -> np.ndarray:
    """(n, 2) of step and value, rising."""
    scores = run.history().scores
    return np.array([(step, scores[step][name]) for step in sorted(scores) if name in scores[step]]).reshape(-1, 2)


def _samples(row: Compared) -> str:
    steps = row.run.sample_steps()
    try:
        picture = base64.b64encode(row.run.sample(steps[-1])).decode() if steps else ""
    except RunError:
        return ""
    words = html.escape(f"{row.arm}, seed {row.seed}")
    source = f"data:image/webp;base64,{picture}"
    return f'<figure><img alt="" src="{source}"><figcaption>{words}</figcaption></figure>' if picture else ""


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
