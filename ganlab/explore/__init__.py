"""Looking around in what a run has learnt: any snapshot, any latent, and the ways between them."""

from ganlab.explore.checks import FARTHEST_MOVE, MOST_SEED
from ganlab.explore.drawing import Classes, draw, samples
from ganlab.explore.explorer import MOST_FRAMES, MOST_IMAGES, MOST_LOADED, Explorer, Live, Snapshot
from ganlab.explore.films import FORMS, FormName, film, write_film
from ganlab.explore.inversion import MOST_PICTURE_BYTES, Inversion, find, prepared
from ganlab.explore.loading import WEIGHTS, Loaded, WeightsName, directions_of, load_file, space_of
from ganlab.explore.walks import (
    MOST_KEYS,
    MOST_WALK_FRAMES,
    WALKS,
    Key,
    Walk,
    corner_pictures,
    key_of_seed,
    walk_latents,
    walk_pictures,
)

__all__ = [
    "FARTHEST_MOVE",
    "FORMS",
    "MOST_FRAMES",
    "MOST_IMAGES",
    "MOST_KEYS",
    "MOST_LOADED",
    "MOST_PICTURE_BYTES",
    "MOST_SEED",
    "MOST_WALK_FRAMES",
    "WALKS",
    "WEIGHTS",
    "Classes",
    "Explorer",
    "FormName",
    "Inversion",
    "Key",
    "Live",
    "Loaded",
    "Snapshot",
    "Walk",
    "WeightsName",
    "corner_pictures",
    "directions_of",
    "draw",
    "film",
    "find",
    "key_of_seed",
    "load_file",
    "prepared",
    "samples",
    "space_of",
    "walk_latents",
    "walk_pictures",
    "write_film",
]
