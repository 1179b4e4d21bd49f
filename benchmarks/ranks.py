"""One run on several ranks: what torchrun costs one rank, and what two tell each other in a step."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from benchmarks.figures import Figure, Section, at_least, say
from ganlab.runs import Runs

#: Steps of each run; those before the first look are warming up.
_STEPS = {"wgan-gp": 150, "wgan-gp-mnist": 45, "dcgan-mnist": 45}
_WARM_SHARE = 3
_TORCHRUN = ("-m", "torch.distributed.run", "--nproc-per-node")


def measure(*, repeats: int = 3) -> Section:
    """Every process has one thread. Recipes whose files are not here are left out."""
    figures: list[Figure] = []
    for recipe in (name for name in _STEPS if "mnist" not in name or _has_mnist()):
        say(f"{recipe} on one and two ranks, {repeats} times")
        ways = ((), (*_TORCHRUN, "1"), (*_TORCHRUN, "2"))
        rounds = [[_run(recipe, way) for way in ways] for _ in range(repeats)]
        told = [share for _, _, two in rounds for share in two.told]
        times = [1000 * share / two.pace for _, _, two in rounds for share in two.told]
        figures += [
            Figure(
                f"{recipe}: speed kept by one rank under torchrun",
                [one.pace / alone.pace for alone, one, _ in rounds],
                "",
                at_least(0.98),
            ),
            Figure(f"{recipe}: speed of two ranks over one", [two.pace / alone.pace for alone, _, two in rounds]),
            Figure(f"{recipe}: share of a step that is communication", told),
            Figure(f"{recipe}: time of that", times, "ms"),
            Figure(f"{recipe}: gradients of a step", [rounds[0][0].size / 1e6], "MB"),
        ]
    return Section("Several ranks", figures, ["Communication is sending and waiting for the slower rank."])


@dataclass(frozen=True)
class _Found:
    """Of one run: steps per second after warming up, share of communication at each look, bytes of gradients a step."""

    pace: float
    told: list[float]
    size: int


def _run(recipe: str, way: tuple[str, ...]) -> _Found:
    steps = _STEPS[recipe]
    warm = steps // _WARM_SHARE
    with tempfile.TemporaryDirectory() as folder:
        words = ("train", "--recipe", recipe, f"--max-steps={steps}", f"--preview-every={warm}", "--score-count=0")
        others = (f"--snapshot-every={steps}", f"--checkpoints={folder}", "--quiet", "--device=cpu")
        env = os.environ | {"OMP_NUM_THREADS": "1"}
        command = [sys.executable, *way, "-m", "ganlab", *words, *others]
        subprocess.run(command, env=env, check=True, capture_output=True)
        [run] = Runs(Path(folder)).all()
        history, held = run.history(), run.load_snapshot(steps)
        trained = history.training_s - history.seconds(warm)
        told = [values["communication"] for _, values in history.measures if "communication" in values]
    of_g, of_d = (_bytes(held, prefix) for prefix in ("opt_g.", "opt_d."))
    return _Found((steps - warm) / trained, told[1:], of_g + run.config.d_steps * of_d)


def _bytes(held: Mapping[str, Tensor], prefix: str) -> int:
    """Of one network's gradients: as many as its first moments."""
    moments = [value for name, value in held.items() if name.startswith(prefix) and name.endswith("exp_avg")]
    return sum(moment.nbytes for moment in moments)


def _has_mnist() -> bool:
    from ganlab.data import DATASETS, data_dir

    return not DATASETS["mnist"].missing(data_dir())
