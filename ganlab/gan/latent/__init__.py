"""Walking in latent space: latents of a seed, a plane of seeds, paths, directions found in a generator."""

from ganlab.gan.latent.directions import Directions, move, principal_directions
from ganlab.gan.latent.pad import latent_at, mixed, pad_corners, seed_at
from ganlab.gan.latent.paths import (
    PATHS,
    PathName,
    WalkName,
    along,
    arc_lengths,
    between_corners,
    even_times,
    lerp,
    slerp,
    spline,
    times_of,
    wander,
)
from ganlab.gan.latent.space import Space, latents_of_seed

__all__ = [
    "PATHS",
    "Directions",
    "PathName",
    "Space",
    "WalkName",
    "along",
    "arc_lengths",
    "between_corners",
    "even_times",
    "latent_at",
    "latents_of_seed",
    "lerp",
    "mixed",
    "move",
    "pad_corners",
    "principal_directions",
    "seed_at",
    "slerp",
    "spline",
    "times_of",
    "wander",
]
