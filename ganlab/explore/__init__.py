"""Looking around in what a run has learnt: any snapshot, any latent, and the ways between them."""

from ganlab.explore.checks import FARTHEST_MOVE, MOST_SEED
from ganlab.explore.drawing import Classes, draw, samples
from ganlab.explore.explorer import MOST_FRAMES, MOST_IMAGES, MOST_LOADED, Explorer, Live, Snapshot
from ganlab.explore.loading import WEIGHTS, Loaded, WeightsName, directions_of, load_file, space_of

__all__ = [
    "FARTHEST_MOVE",
    "MOST_FRAMES",
    "MOST_IMAGES",
    "MOST_LOADED",
    "MOST_SEED",
    "WEIGHTS",
    "Classes",
    "Explorer",
    "Live",
    "Loaded",
    "Snapshot",
    "WeightsName",
    "directions_of",
    "draw",
    "load_file",
    "samples",
    "space_of",
]
