"""How training shows on stderr: a bar on a terminal, a line now and then elsewhere, nothing when asked to be quiet."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import click

from ganlab.words import percent

if TYPE_CHECKING:
    import numpy as np

    from ganlab.training import Tick

#: Seconds between two lines, and those that the shown speed is averaged over.
LINE_EVERY_S = 5.0
SHOWN = ("loss_d", "loss_g")


class Reporter(Protocol):
    """What a training tells whoever watches."""

    def loading(self, label: str, share: float | None) -> None:
        """What is done before the first step, and how far it is (0 to 1, or None)."""
        ...

    def begin(self, step: int, max_steps: int) -> None:
        """The steps begin."""
        ...

    def tick(self, tick: Tick) -> None:
        """Some steps are done."""
        ...

    def say(self, sentence: str) -> None:
        """Something happened that is no step."""
        ...

    def close(self) -> None:
        """Leave the screen ready for other lines. May be called twice."""
        ...


def reporter(*, quiet: bool) -> Reporter:
    """The one that fits where stderr goes."""
    if quiet:
        return Silence()
    return Bar() if sys.stderr.isatty() else Lines()


class Silence:
    """Tells nothing."""

    def loading(self, label: str, share: float | None) -> None: ...

    def begin(self, step: int, max_steps: int) -> None: ...

    def tick(self, tick: Tick) -> None: ...

    def say(self, sentence: str) -> None: ...

    def close(self) -> None: ...


class Lines:
    """A line for each thing that is loaded, for the first steps, and then about every 5 s."""

    def __init__(
        self,
        write: Callable[[str], object] = lambda line: click.echo(line, err=True),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._clock = clock
        self._label = ""
        self._written_s = 0.0
        self._max_steps = 0
        self._since: dict[str, list[np.ndarray]] = {}
        self._recent: deque[tuple[int, float]] = deque()

    def loading(self, label: str, share: float | None) -> None:
        if label != self._label or self._clock() - self._written_s >= LINE_EVERY_S:
            self._put(f"{label} …" if share is None else f"{label} … {percent(share)}")
            self._label = label

    def begin(self, step: int, max_steps: int) -> None:
        self._max_steps = max_steps
        self._written_s = float("-inf")

    def tick(self, tick: Tick) -> None:
        if not tick.series:
            return
        for name, values in tick.series.items():
            self._since.setdefault(name, []).append(values)
        self._recent.append((steps_in(tick.series), tick.seconds))
        while len(self._recent) > 1 and sum(seconds for _, seconds in self._recent) > LINE_EVERY_S:
            self._recent.popleft()
        if tick.step >= self._max_steps or self._clock() - self._written_s >= LINE_EVERY_S:
            self._put(self._line(tick.step))
            self._since.clear()

    def say(self, sentence: str) -> None:
        self._write(sentence)

    def close(self) -> None: ...

    def _line(self, step: int) -> str:
        seconds = sum(seconds for _, seconds in self._recent)
        speed = sum(steps for steps, _ in self._recent) / seconds if seconds else 0.0
        parts = [f"step {step}/{self._max_steps}", *means(self._since)]
        if speed:
            parts.append(f"{speed:.1f} steps/s")
        if speed and step < self._max_steps:
            parts.append(f"{in_words((self._max_steps - step) / speed)} left")
        return "  ".join(parts)

    def _put(self, line: str) -> None:
        self._write(line)
        self._written_s = self._clock()


class Bar:
    """A progress bar: one for each thing that is loaded, one for the steps."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._label = ""

    def loading(self, label: str, share: float | None) -> None:
        if label != self._label:
            self._label = label
            self._open(
                desc=label, total=1.0, bar_format="{desc} … {percentage:3.0f} %" if share is not None else "{desc} …"
            )
        if share is not None:
            self._bar.bar_format = "{desc} {percentage:3.0f} % |{bar}| {remaining} left"
            self._bar.update(share - self._bar.n)

    def begin(self, step: int, max_steps: int) -> None:
        self._open(initial=step, total=max_steps, unit=" steps", leave=True)

    def tick(self, tick: Tick) -> None:
        if tick.series:
            shown = "  ".join(means({name: [values] for name, values in tick.series.items()}))
            self._bar.set_postfix_str(shown, refresh=False)
        self._bar.update(tick.step - self._bar.n)

    def say(self, sentence: str) -> None:
        from tqdm import tqdm

        tqdm.write(sentence, file=sys.stderr)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _open(self, *, leave: bool = False, **options: Any) -> None:
        from tqdm import tqdm

        self.close()
        tqdm.monitor_interval = 0  # its own thread, for loops that stall: not wanted beside a trainer
        self._bar = tqdm(file=sys.stderr, dynamic_ncols=True, leave=leave, **options)


def steps_in(series: Mapping[str, np.ndarray]) -> int:
    """Steps that a tick's series cover."""
    return max((len(values) for values in series.values()), default=0)


def means(series: Mapping[str, list[np.ndarray]]) -> list[str]:
    """'loss_d −3.21', 'loss_g 0.40': means over all values."""
    shown = []
    for name in SHOWN:
        if name in series:
            values = [float(value) for part in series[name] for value in part]
            shown.append(f"{name} {number(sum(values) / len(values))}")
    return shown


def number(value: float) -> str:
    """Two decimals, or three digits for what is large, with a real minus sign."""
    text = f"{value:.2f}" if abs(value) < 1000 else f"{value:.3g}"
    return text.replace("-", "−")


def in_words(seconds: float) -> str:
    """'about 40 s', 'about 3 min', 'about 2 h 10 min'."""
    if seconds < 60:
        return f"about {max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 90 else f"about {minutes // 60} h {minutes % 60} min"
