"""Looking around in what a run has learnt: any snapshot, any latent, and the ways between them."""

from ganlab.explore.checks import FARTHEST_MOVE, MOST_SEED
from ganlab.explore.copying import Diversity, Neighbours, diversity, neighbours
from ganlab.explore.drawing import Classes, classes_of, draw, samples, shares_of
from ganlab.explore.explorer import MOST_IMAGES, MOST_LOADED, Explorer, Live, Snapshot
from ganlab.explore.features import MEASURES, MeasureName, brightness_and_edges, classifier_of, has_classifier
from ganlab.explore.films import FORMS, FormName, film, sheet, write_film
from ganlab.explore.grids import as_trained
from ganlab.explore.inversion import MOST_PICTURE_BYTES, Inversion, find, finding, looks_inverted, prepared
from ganlab.explore.keys import key_from_json, key_to_json
from ganlab.explore.labels import check_classes, class_direction, picked_direction
from ganlab.explore.loading import WEIGHTS, Loaded, WeightsName, directions_of, load_file, space_of
from ganlab.explore.timelapse import Ages, ages, film_of_ages, film_of_grids, side_by_side
from ganlab.explore.walks import (
    MOST_KEYS,
    MOST_WALK_FRAMES,
    WALKS,
    Key,
    Walk,
    corner_pictures,
    key_of_seed,
    key_of_sum,
    key_shares,
    random_keys,
    walk_latents,
    walk_pictures,
)

__all__ = [
    "FARTHEST_MOVE",
    "FORMS",
    "MEASURES",
    "MOST_IMAGES",
    "MOST_KEYS",
    "MOST_LOADED",
    "MOST_PICTURE_BYTES",
    "MOST_SEED",
    "MOST_WALK_FRAMES",
    "WALKS",
    "WEIGHTS",
    "Ages",
    "Classes",
    "Diversity",
    "Explorer",
    "FormName",
    "Inversion",
    "Key",
    "Live",
    "Loaded",
    "MeasureName",
    "Neighbours",
    "Snapshot",
    "Walk",
    "WeightsName",
    "ages",
    "as_trained",
    "brightness_and_edges",
    "check_classes",
    "class_direction",
    "classes_of",
    "classifier_of",
    "corner_pictures",
    "directions_of",
    "diversity",
    "draw",
    "film",
    "film_of_ages",
    "film_of_grids",
    "find",
    "finding",
    "has_classifier",
    "key_from_json",
    "key_of_seed",
    "key_of_sum",
    "key_shares",
    "key_to_json",
    "load_file",
    "looks_inverted",
    "neighbours",
    "picked_direction",
    "prepared",
    "random_keys",
    "samples",
    "shares_of",
    "sheet",
    "side_by_side",
    "space_of",
    "walk_latents",
    "walk_pictures",
    "write_film",
]
