"""The fifth article: two losses for the generator, and hinge."""

from __future__ import annotations

from ganlab.recipes.recipe import DCGAN_PAPER, Recipe, settings

_ARTICLE = "min log(1 − D) against max log D, and hinge"
_FOUND = (
    "Inception Scores over 300 epochs on CIFAR-10 and STL-10: no difference between the saturating and the "
    "non-saturating loss, and hinge better than both."
)
_SLIPS = (
    "The pseudo-code has the two the wrong way round: BCE(D(fake), 1) is −log D, the non-saturating loss, and "
    "−BCE(D(fake), 0) is log(1 − D), the saturating one. Here they are named by their mathematics."
)
_EXPECT = (
    "Three runs, one after the other, with the same first weights, latents and order of the images; compare the "
    "grids at equal steps, since losses of different kinds have no common scale. Watch the saturating one at the "
    "start: if D rejects everything, its generator's loss goes to 0 and nothing moves. "
)
_RIVALS = ({"loss": "saturating"}, {"loss": "non-saturating"}, {"loss": "hinge"})
_RACE = DCGAN_PAPER | _RIVALS[0] | {"norm_d": "batch", "prior": "normal", "snapshot_every": 2000, "preview_every": 200}

ROWS = (
    Recipe(
        settings("generator-loss-race", **_RACE | {"dataset": "cifar10", "width": 64, "max_steps": 20_000}),
        "Saturating, non-saturating and hinge loss on CIFAR-10, three runs on one seed; wants a GPU.",
        _EXPECT + "The article's 300 epochs are about 117,000 steps; 20,000 are 51 epochs.",
        _ARTICLE,
        _FOUND,
        _SLIPS,
        _RIVALS,
    ),
    Recipe(
        settings(
            "generator-loss-race-stl10",
            **_RACE | {"dataset": "stl10", "image_size": 48, "width": 64, "max_steps": 20_000},
        ),
        "The same race on STL-10 at 48×48; wants a GPU.",
        _EXPECT + "There are 105,000 images: 20,000 steps are 24 epochs.",
        _ARTICLE,
        _FOUND,
        _SLIPS,
        _RIVALS,
    ),
)
