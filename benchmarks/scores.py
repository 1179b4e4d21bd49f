"""What scores cost: of samples against real images, and to a training that is scored."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, Section, at_least, at_most, say

if TYPE_CHECKING:
    from ganlab.runs import Driver

#: Steps of a run in each block, and how many of them are warmed up with.
_STEPS, _WARM = {"wgan-gp": 120, "wgan-gp-mnist": 40}, 10
_SAMPLES = 2000
#: Images that the FID network takes at once, as an evaluation does, and how often.
_AT_ONCE, _LOOKS = 10, 5
# In a process of its own: what it took at most, the images themselves among it, is what the scores took.
_MEMORY = """
import resource, torch
from ganlab.metrics import Seen, possible, scored
rng = torch.Generator().manual_seed(0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def seen(count):
    images = torch.rand(count, 3, 32, 32, generator=rng).mul_(2).sub_(1)
    classes = torch.randn(count, 10, generator=rng).softmax(1).double()
    return Seen(images=images, features=torch.randn(count, 64, generator=rng), classes=classes, taken=classes.argmax(1))
real, fake = seen(10_000), seen(50_000)
scored(possible(real, fake), real, fake, interval=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def measure(*, repeats: int = 3) -> Section:
    """MNIST where its files are here, else the digits alone."""
    say("scores of samples")
    figures, notes = list(_scores()), ["Scores: with intervals, which take them ten times more; features aside."]
    for recipe, steps in _STEPS.items():
        if recipe == "wgan-gp-mnist" and not _has_mnist():
            continue
        say(f"{recipe}, scored and not, {repeats} times")
        figures.append(Figure(f"{recipe}: speed kept while scored", _kept(recipe, steps, repeats), "", at_least(0.95)))
    say("the FID network")
    figures.append(_by_inception())
    notes.append("The FID network with weights that were drawn, which takes as long; from 3×32×32, on all cores.")
    say("memory")
    found = subprocess.run([sys.executable, "-c", _MEMORY], capture_output=True, text=True, check=True).stdout
    figures.append(Figure("50,000 against 10,000 images of 3×32×32: memory", [int(found) / 1e6], "GB", at_most(1.5)))
    notes.append("Speed kept: median step time of a run without scores over that of one with, in blocks in turn.")
    return Section("Scores", figures, notes)


def _scores() -> list[Figure]:
    from ganlab.data import load_dataset
    from ganlab.evaluation import Judge, reference_of
    from ganlab.explore.features import classifier_of
    from ganlab.metrics import ScoreName, possible, scored

    name = "mnist" if _has_mnist() else "digits"
    data = load_dataset(name)
    begun = time.perf_counter()
    classifier_of(data)
    prepared = time.perf_counter() - begun
    begun = time.perf_counter()
    reference = reference_of(data)
    seen = time.perf_counter() - begun
    fake = reference.real.first(_SAMPLES)
    names: list[ScoreName] = [each for each in possible(reference.real, fake) if each != "sliced-wasserstein"]
    begun = time.perf_counter()
    scored(names, reference.real, fake, interval=False)
    once = time.perf_counter() - begun
    begun = time.perf_counter()
    Judge(data)
    found = time.perf_counter() - begun
    return [
        Figure(f"classifier of {name}, from disk or trained", [prepared], "s"),
        Figure(f"features of {len(reference.real):,} and the held-out images of {name}", [seen], "s", at_most(3)),
        Figure(f"all scores of {_SAMPLES:,} samples by the classifier", [once], "s", at_most(5)),
        Figure("to find that the classifier is there", [found], "s"),
    ]


def _by_inception() -> Figure:
    import torch

    from ganlab.metrics.inception import Inception, prepared

    before = torch.get_num_threads()
    torch.set_num_threads(os.cpu_count() or 1)
    network, images = Inception().eval(), torch.rand(_AT_ONCE, 3, 32, 32) * 2 - 1
    speeds = []
    with torch.no_grad():
        network(prepared(images))
        for _ in range(_LOOKS):
            begun = time.perf_counter()
            network(prepared(images))
            speeds.append(_AT_ONCE / (time.perf_counter() - begun))
    torch.set_num_threads(before)
    return Figure("the FID network", speeds, "images/s", at_least(10))


def _kept(recipe: str, steps: int, repeats: int) -> list[float]:
    """Of each block: seconds of a run without scores over seconds of one with."""
    from ganlab.evaluation import Judge
    from ganlab.recipes import RECIPES
    from ganlab.runs import Runs, driving

    config = RECIPES[recipe].config.with_changes(max_steps=10_000, snapshot_every=10_000)
    kept = []
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder))
        with (
            driving(runs.create(config.with_changes(score_count=0)), judge=Judge) as plain,
            driving(runs.create(config), judge=Judge) as judged,
        ):
            for driver in (plain, judged):
                _until(driver, _WARM)
            for number in range(1, repeats + 1):
                seconds = []
                for driver in (plain, judged):
                    begun = time.perf_counter()
                    _until(driver, _WARM + number * steps)
                    seconds.append(time.perf_counter() - begun)
                kept.append(seconds[0] / seconds[1])
    return kept


def _until(driver: Driver, step: int) -> None:
    while driver.state.step < step:
        driver.tick()


def _has_mnist() -> bool:
    from ganlab.data import DATASETS, data_dir

    return not DATASETS["mnist"].missing(data_dir())
