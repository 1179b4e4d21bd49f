"""What a newcomer meets first: digits that can be read within seconds, and a critic whose loss climbs towards zero."""

from __future__ import annotations

from ganlab.recipes.recipe import Recipe, settings

_HOW = (
    "What makes it quick is that G and the critic are told which digit it is to be, so each learns ten small tasks in "
    "place of one large one; higher learning rates and fewer updates of the critic do the rest. In Explore the digit "
    "is yours to choose. Loss and penalty are those of WGAN-GP (Gulrajani et al. 2017); the critic is told the class "
    "by a product with its embedding (Miyato and Koyama 2018)."
)
_PAPER = "Mirza and Osindero 2014, Conditional Generative Adversarial Nets (arXiv 1411.1784)"
_FOUND = "Told the class, both networks learn the distribution of each, and G makes what it is asked for."
_QUICK = {"conditional": True, "beta1": 0.0, "ema_decay": 0.995, "preview_every": 20}

ROWS = (
    Recipe(
        settings(
            "quick-digits",
            **_QUICK,
            width=16,
            head_width=512,
            z_dim=32,
            d_steps=3,
            lr_d=2e-3,
            lr_g=2e-3,
            max_steps=1500,
        ),
        "Digits that can be read after a few seconds on any laptop, no download.",
        "Within ten seconds on one CPU core two thirds of the samples can be read, within a minute nine of ten; each "
        "column is a digit. The critic's loss falls for the first steps, then climbs towards zero, ever more slowly. "
        + _HOW,
        _PAPER,
        _FOUND,
    ),
    Recipe(
        settings(
            "quick-mnist",
            **_QUICK,
            dataset="mnist",
            width=24,
            head_width=256,
            z_dim=64,
            d_steps=2,
            lr_d=1e-3,
            lr_g=1e-3,
            max_steps=5000,
        ),
        "MNIST's digits, 28×28, that can be read within a minute on one CPU core.",
        "Digits within half a minute on one CPU core, nine of ten legible after some minutes. "
        "The critic's loss falls for the first steps, then climbs towards zero. " + _HOW,
        _PAPER,
        _FOUND,
    ),
)
