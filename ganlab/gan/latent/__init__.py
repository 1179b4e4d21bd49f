"""Walking in latent space: latents of a seed, a plane of seeds, paths, directions found in a generator."""

from ganlab.gan.latent.classes import class_shares, generate, share_arithmetic
from ganlab.gan.latent.directions import (
    DIRECTIONS,
    Directions,
    DirectionsName,
    activation_directions,
    arithmetic,
    mean_difference,
    principal_directions,
    raw_directions,
    weight_directions,
)
from ganlab.gan.latent.inversion import Found, Search, invert, psnr_db
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
    "DIRECTIONS",
    "PATHS",
    "Directions",
    "DirectionsName",
    "Found",
    "PathName",
    "Search",
    "Space",
    "WalkName",
    "activation_directions",
    "along",
    "arc_lengths",
    "arithmetic",
    "between_corners",
    "class_shares",
    "even_times",
    "generate",
    "invert",
    "latent_at",
    "latents_of_seed",
    "lerp",
    "mean_difference",
    "mixed",
    "pad_corners",
    "principal_directions",
    "psnr_db",
    "raw_directions",
    "seed_at",
    "share_arithmetic",
    "slerp",
    "spline",
    "times_of",
    "wander",
    "weight_directions",
]
