"""The fifth article: two losses for the generator, and hinge beside them."""

from __future__ import annotations

from ganlab.recipes.recipe import DCGAN_PAPER, Recipe, settings

_ARTICLE = "min log(1 − D) against max log D, and hinge"
_FOUND = (
    "Both losses on CIFAR-10 and on STL-10, 300 epochs each: the Inception Scores hardly differ. On STL-10 the network "
    "was one whose D's loss goes to 0, where the two should part, and an earlier run with hinge loss scored better."
)
_SLIPS = (
    "The pseudo-code has the two the wrong way round: BCE(D(fake), 1) is −log D, the non-saturating loss, and "
    "−BCE(D(fake), 0) is log(1 − D), the saturating one. Here they are named by their mathematics."
)
_EXPECT = (
    "{count} runs, one after the other, with the same first weights, latents and order of the images; compare the "
    "grids at equal steps, since losses of different kinds have no common scale. "
)
_WATCH = "Watch the saturating one: while D rejects everything, its generator's loss is 0 and nothing moves. "
_TWO = ({"loss": "saturating"}, {"loss": "non-saturating"})
_THREE = (*_TWO, {"loss": "hinge"})
_RACE = DCGAN_PAPER | _TWO[0] | {"norm_d": "batch", "prior": "normal"}
_LONG = _RACE | {"width": 64, "max_steps": 20_000, "preview_every": 200, "snapshot_every": 2000}

ROWS = (
    Recipe(
        settings("generator-loss-race", **_LONG | {"dataset": "cifar10"}),
        "Saturating against non-saturating loss on CIFAR-10, two runs on one seed; wants a GPU.",
        _EXPECT.format(count="Two")
        + _WATCH
        + "The article's 300 epochs are about 117,000 steps; 20,000 are 51 epochs.",
        _ARTICLE,
        _FOUND,
        _SLIPS,
        _TWO,
    ),
    Recipe(
        settings("generator-loss-race-stl10", **_LONG | {"dataset": "stl10", "image_size": 48}),
        "Saturating, non-saturating and hinge loss on STL-10 at 48×48, three runs; wants a GPU.",
        _EXPECT.format(count="Three") + _WATCH + "There are 105,000 images: 20,000 steps are 24 epochs. The article "
        "does not give its network, so D's loss need not go to 0 here as it did there.",
        _ARTICLE,
        _FOUND,
        _SLIPS,
        _THREE,
    ),
    Recipe(
        settings(
            "generator-loss-race-digits",
            **_RACE
            | {
                "dataset": "digits",
                "width": 16,
                "batch_size": 64,
                "ema_decay": 0.99,
                "max_steps": 800,
                "preview_every": 20,
                "snapshot_every": 400,
            },
        ),
        "A race where D wins at once, on the built-in digits: the saturating loss fails. No download.",
        _EXPECT.format(count="Three") + "D is far ahead within a hundred steps. With the saturating loss it stays "
        "there: its loss goes to 0, G's gradient with it, and the samples stay blots. With the other two losses G "
        "catches up, and digits come. Half a minute a run on two CPU cores.",
        _ARTICLE,
        _FOUND,
        _SLIPS,
        _THREE,
    ),
)
