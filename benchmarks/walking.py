"""What exploring costs without a browser: walks as films, the latent of a picture, directions, neighbours."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.figures import Figure, Section, at_least, at_most, say
from ganlab.explore import Explorer, Key, Loaded, Walk, directions_of, film, find, key_of_seed, samples, walk_pictures
from ganlab.gan.latent import DIRECTIONS, latent_at
from ganlab.runs import Runs

#: Shipped runs at 28×28.
RUNS = ("mnist-wgan-gp", "mnist-dcgan")
_SHIPPED = Path(__file__).parent.parent / "checkpoints"
_FRAMES = 150  # 5 s at 30 a second
_PLACES = 300
_FIRST_SEED = 5000


def measure(*, pictures: int = 10) -> Section:
    """On the shipped runs. Wall clock, so other work counts."""
    explorer = Explorer(Runs(_SHIPPED))
    figures: list[Figure] = []
    for run_id in RUNS:
        loaded = explorer.load(run_id)
        say(f"walking in {run_id}, {pictures} pictures to find")
        figures += [*_films(loaded, run_id), *_inversions(loaded, run_id, pictures), *_directions(loaded, run_id)]
        figures.append(Figure(f"place on the pad → latent, {run_id}", _pad(loaded), "ms"))
    notes = [
        f"Film: {_FRAMES} frames along a spline through 5 seeds, drawn, enlarged to 512 pixels a side and encoded.",
        "Found: pictures that the generator itself made, of which the search knows nothing but the pixels.",
    ]
    return Section("Walking, without a browser", figures, notes)


def _films(loaded: Loaded, run_id: str) -> list[Figure]:
    keys: list[Key] = [key_of_seed(loaded, seed) for seed in range(5)]

    def made(form: str) -> Callable[[], object]:
        return lambda: film(walk_pictures(loaded, keys, Walk(_FRAMES)), form)  # pyright: ignore[reportArgumentType]

    return [
        Figure(f"5 s as MP4, {run_id}", [_seconds(made("mp4")) for _ in range(3)], "s", at_most(5)),
        Figure(f"5 s as GIF, {run_id}", [_seconds(made("gif"))], "s"),
        Figure(f"5 s as WebP, {run_id}", [_seconds(made("webp"))], "s"),
    ]


def _inversions(loaded: Loaded, run_id: str, pictures: int) -> list[Figure]:
    near, took, worked = [], [], []
    for number in range(pictures):
        target = samples(loaded, loaded.space.of_seed(_FIRST_SEED + number))[0]
        begun, worked_before = time.perf_counter(), time.process_time()
        near.append(find(loaded, target, seed=number).psnr_db)
        took.append(time.perf_counter() - begun)
        worked.append(time.process_time() - worked_before)
    share = 100 * sum(psnr > 30 for psnr in near) / len(near)
    return [
        Figure(f"found to over 30 dB, {run_id}", [share], "%", at_least(90)),
        Figure(f"how near, {run_id}", near, "dB"),
        Figure(f"one search, {run_id}", took, "s", at_most(10, "p95")),
        Figure(f"… its CPU time, {run_id}", worked, "s"),
    ]


def _directions(loaded: Loaded, run_id: str) -> list[Figure]:
    found = []
    for kind in DIRECTIONS:
        directions_of.cache_clear()
        found.append(
            Figure(
                f"directions of the {kind}, {run_id}", [_seconds(lambda kind=kind: directions_of(loaded, kind))], "s"
            )
        )
    return found


def _pad(loaded: Loaded) -> list[float]:
    return [
        1000 * _seconds(lambda place=place: latent_at(place / 7, place / 11, loaded.space)) for place in range(_PLACES)
    ]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
