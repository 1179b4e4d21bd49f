"""Ways from one latent to another and through many, as fast at every place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from ganlab.gan.latent.space import Space

PathName = Literal["lerp", "slerp"]
#: Ways through key frames.
WalkName = Literal["lerp", "slerp", "spline"]

_FINER = 16  # points per frame where a length along a way is measured


def lerp(start: Tensor, end: Tensor, t: Tensor) -> Tensor:
    """Straight line. start, end: (z_dim,) or (frames, z_dim); t: (frames,) in [0, 1]. Returns (frames, z_dim)."""
    return torch.lerp(start, end, t[:, None])


def slerp(start: Tensor, end: Tensor, t: Tensor) -> Tensor:
    """Great circle, so that a normal prior's typical length is kept on the way (White 2016).

    start, end: (z_dim,) or (frames, z_dim); t: (frames,) in [0, 1]. Lengths change linearly; ends are met exactly.
    Where the two are parallel or opposite, or one is zero, no circle is defined and the straight line is taken.
    """
    start, end = (latents.expand(len(t), -1) for latents in (start, end))
    length_start, length_end = start.norm(dim=1), end.norm(dim=1)
    cosine = (start * end).sum(1) / (length_start * length_end).clamp_min(1e-12)
    angle = torch.acos(cosine.clamp(-1, 1))
    undefined = (angle.sin() < 1e-4) | (length_start == 0) | (length_end == 0)
    angle = torch.where(undefined, 1.0, angle)
    share_start = torch.sin((1 - t) * angle) / angle.sin() / length_start.clamp_min(1e-12)
    share_end = torch.sin(t * angle) / angle.sin() / length_end.clamp_min(1e-12)
    length = torch.lerp(length_start, length_end, t)
    circle = (share_start * length)[:, None] * start + (share_end * length)[:, None] * end
    return torch.where(undefined[:, None], lerp(start, end, t), circle)


PATHS: dict[PathName, Callable[[Tensor, Tensor, Tensor], Tensor]] = {"lerp": lerp, "slerp": slerp}


def spline(before: Tensor, start: Tensor, end: Tensor, after: Tensor, t: Tensor) -> Tensor:
    """From start to end without a kink at either, knowing the keys before and after: Catmull and Rom's on the sphere.

    All (frames, z_dim); t: (frames,) in [0, 1]. Directions follow Barry and Goldman's pyramid with great circles in
    place of straight lines (Schlag 1991); lengths change smoothly and stay between those of start and end.
    """
    length_start, length_end = (key.norm(dim=1, keepdim=True) for key in (start, end))
    a, b, c, d = (key / key.norm(dim=1, keepdim=True).clamp_min(1e-12) for key in (before, start, end, after))
    to_b, to_c, to_d = slerp(a, b, t + 1), slerp(b, c, t), slerp(c, d, t - 1)
    direction = slerp(slerp(to_b, to_c, (t + 1) / 2), slerp(to_c, to_d, t / 2), t)
    smooth = (t * t * (3 - 2 * t))[:, None]
    return direction * torch.lerp(length_start, length_end, smooth)


def along(keys: Tensor, times: Tensor, space: Space, *, how: WalkName = "slerp", loop: bool = False) -> Tensor:
    """Latents (frames, z_dim) on the way through `keys` (K, z_dim), K ≥ 2; time k is at key k, exactly.

    times: (frames,) from 0 to K − 1, in a loop to K, where key 0 is met again. "lerp" is straight in z itself. The
    others run in the prior's Gaussian coordinates, so that under a uniform prior, too, every point on the way is
    typical of it, and none leaves its cube. What a slider moved out of the cube is put back on as a straight line.
    """
    if how == "lerp":
        return _through(keys, times, "lerp", loop)
    coordinates = space.to_gaussian(keys)
    beyond = keys - space.from_gaussian(coordinates)
    latents = space.from_gaussian(_through(coordinates, times, how, loop)) + _through(beyond, times, "lerp", loop)
    whole = times.round().long()
    at_key = (whole == times)[:, None]
    return torch.where(at_key, keys[whole % len(keys)], latents)


def _through(keys: Tensor, times: Tensor, how: WalkName, loop: bool) -> Tensor:
    last = len(keys) if loop else len(keys) - 1
    index = times.floor().long().clamp(0, last - 1)
    t = times - index

    def key(offset: int) -> Tensor:
        place = index + offset
        return keys[place % len(keys) if loop else place.clamp(0, len(keys) - 1)]

    if how == "spline":
        return spline(key(-1), key(0), key(1), key(2), t)
    return PATHS[how](key(0), key(1), t)


def times_of(count: int, frames: int, *, loop: bool = False) -> Tensor:
    """Times of `frames` frames through `count` keys, as many between any two; a loop's last is not its first again."""
    return torch.linspace(0, count, frames + 1)[:-1] if loop else torch.linspace(0, count - 1, frames)


def even_times(
    keys: Tensor,
    frames: int,
    space: Space,
    *,
    how: WalkName = "slerp",
    loop: bool = False,
    shares: Tensor | None = None,
) -> Tensor:
    """Times at which each frame is as far from the one before as any other is, measured along the way in z.

    shares: of classes at each key (K, classes), which go from key to key in a straight line. A whole change of class
    counts as much as the way to an independent sample, so that it has its time even where z stays.
    Where all keys are one, nothing moves, and the times are those of `times_of`.
    """
    end = len(keys) if loop else len(keys) - 1
    fine = torch.linspace(0, end, _FINER * max(frames, len(keys)) + 1)
    way = along(keys, fine, space, how=how, loop=loop)
    if shares is not None:
        as_long = space.deviation * space.z_dim**0.5
        way = torch.cat([way, as_long * along(shares, fine, space, how="lerp", loop=loop)], dim=1)
    gone = arc_lengths(way)
    if gone[-1] == 0:
        return times_of(len(keys), frames, loop=loop)
    wanted = gone[-1] * times_of(2, frames, loop=loop) / (2 if loop else 1)
    right = torch.searchsorted(gone, wanted).clamp(1, len(gone) - 1)
    step = (gone[right] - gone[right - 1]).clamp_min(1e-12)
    share = ((wanted - gone[right - 1]) / step).clamp(0, 1)
    return torch.lerp(fine[right - 1], fine[right], share)


def arc_lengths(latents: Tensor) -> Tensor:
    """How far each latent (N, z_dim) lies from the first along the way through all before it, (N,) float32."""
    steps = latents.double().diff(dim=0).norm(dim=1)
    return torch.cat([steps.new_zeros(1), steps.cumsum(0)]).float()


def wander(seed: int, count: int, space: Space, *, angle: float = 0.8) -> Tensor:
    """Keys (count, z_dim) of a random walk that never leaves the prior: each is a sample of it.

    angle: how far one key lies from the next, in radians; π/2 makes them independent. In Gaussian coordinates
    g' = cos(angle) g + sin(angle) ε, ε standard normal: a discrete Ornstein–Uhlenbeck process.
    """
    noise = Space(space.z_dim).of_seed(seed, count)
    cos, sin = torch.tensor(angle).cos(), torch.tensor(angle).sin()
    keys = [noise[0]]
    for fresh in noise[1:]:
        keys.append(cos * keys[-1] + sin * fresh)
    return space.from_gaussian(torch.stack(keys))


def between_corners(corners: Tensor, rows: int, columns: int, space: Space, *, how: PathName = "slerp") -> Tensor:
    """A grid (rows · columns, z_dim) between four latents (4, z_dim): upper left, upper right, lower left, lower right.

    With "lerp" bilinear; with "slerp" great circles in the prior's Gaussian coordinates take the straight lines'
    place, so that lengths are right throughout and each edge is the way between its two corners.
    """
    across, down = torch.linspace(0, 1, columns), torch.linspace(0, 1, rows)
    edges = [along(corners[pair], across, space, how=how) for pair in ([0, 1], [2, 3])]
    cells = [along(torch.stack(ends), down, space, how=how) for ends in zip(*edges, strict=True)]
    return torch.stack(cells, dim=1).flatten(0, 1)
