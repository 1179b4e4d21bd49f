"""The fourth article: what it took to make a DCGAN learn MNIST, and one recipe for each of its ablations."""

from __future__ import annotations

from typing import Any

from ganlab.config import TrainConfig
from ganlab.recipes.recipe import DCGAN_PAPER, Recipe, settings

_ARTICLE = "DCGAN in TensorFlow"
_FOUND = (
    "The paper's network did not work on MNIST. What did: fewer units, a z of 50 rather than 100 numbers for a "
    "subset of the digits (3 and 5), no batch normalisation in D, a dense head instead of average pooling, and "
    "weight decay. z is uniform on ±1 or on ±0.2."
)
_OURS = (
    "The article names no optimiser: learning rates are the DCGAN paper's, Adam's β₁ of 0.2 and Xavier weights are "
    "the MNIST article's, since with the paper's 0.5 and N(0, 0.02) every sample was the same digit after 800 steps; "
    "the weight decay of 2.5e-5 on both networks is our choice."
)

_DIGITS_3_5 = settings(
    "dcgan-digits-3-5",
    **DCGAN_PAPER
    | {
        "dataset": "mnist",
        "classes": ("3", "5"),
        "network": "dcgan-small",
        "z_dim": 50,
        "init": "xavier",
        "beta1": 0.2,
        "batch_size": 64,
        "weight_decay_d": 2.5e-5,
        "weight_decay_g": 2.5e-5,
        "max_steps": 3000,
        "preview_every": 100,
        "snapshot_every": 1000,
    },
)
_DIGITS_ALL = _DIGITS_3_5.with_changes(recipe="dcgan-digits-all", classes=())


def _ablation(suffix: str, summary: str, claim: str, base: TrainConfig = _DIGITS_3_5, **changes: Any) -> Recipe:
    """The base with some settings changed and nothing else. claim: what the article said of them."""
    return Recipe(
        base.with_changes(recipe=f"{base.recipe}-{suffix}", **changes),
        summary,
        f"Compare with {base.recipe} at equal steps: all else is the same, the seed and the order of the images "
        "as well.",
        _ARTICLE,
        claim,
    )


_PAPER = DCGAN_PAPER | {"dataset": "mnist", "norm_d": "batch", "preview_every": 100, "snapshot_every": 1000}

ROWS = (
    Recipe(
        _DIGITS_3_5,
        "The TensorFlow article's working DCGAN on the digits 3 and 5 of MNIST.",
        "Threes and fives, some of them half-way between. D(x) stays above D(G(z)), and the losses hover. " + _OURS,
        _ARTICLE,
        _FOUND,
    ),
    _ablation(
        "z-100",
        "dcgan-digits-3-5 with a z of 100 numbers rather than 50.",
        "For two digits a z of 50 numbers worked better than the paper's 100, and mattered far more than its range.",
        z_dim=100,
    ),
    _ablation(
        "narrow-prior",
        "dcgan-digits-3-5 with z uniform on ±0.2 rather than ±1.",
        "A prior uniform on ±0.2 worked as well as one on ±1, with which it learnt sooner.",
        prior_half_width=0.2,
    ),
    _ablation(
        "normal-prior",
        "dcgan-digits-3-5 with z from N(0, 1) rather than uniform on ±1.",
        "Its closing question: would a normal prior do worse than the uniform one? It was not tried.",
        prior="normal",
    ),
    _ablation(
        "no-weight-decay",
        "dcgan-digits-3-5 without weight decay.",
        "Without weight decay the digits were clearly worse after 50 epochs.",
        weight_decay_d=0.0,
        weight_decay_g=0.0,
    ),
    _ablation(
        "batch-norm-d",
        "dcgan-digits-3-5 with batch normalisation in D.",
        "It worked without batch normalisation in D.",
        norm_d="batch",
    ),
    _ablation(
        "average-pooling",
        "dcgan-digits-3-5 with the mean over positions and channels as D's score, without weights.",
        "It worked with a dense head instead of average pooling, whose head has no weights at all.",
        head="mean",
    ),
    _ablation(
        "pooled-linear",
        "dcgan-digits-3-5 with average pooling and a linear layer before D's score.",
        "Its average-pooling head has no weights at all; this one, more usual, has one for each channel.",
        head="pool",
    ),
    Recipe(
        _DIGITS_ALL,
        "dcgan-digits-3-5 on all ten digits, with a z of 50 numbers.",
        "Digits of all kinds, though 3,000 steps are 3 epochs where the article trained 100. Compare with "
        "dcgan-digits-3-5: all but the classes is the same.",
        _ARTICLE,
        "All ten digits could be learnt as well, with a z of 50 numbers and of 100.",
    ),
    _ablation(
        "z-100",
        "dcgan-digits-all with a z of 100 numbers rather than 50.",
        "For all ten digits a z of 100 numbers gave sharper digits than one of 50, in a run that was cut short.",
        base=_DIGITS_ALL,
        z_dim=100,
    ),
    Recipe(
        settings("dcgan-paper-28", **_PAPER | {"width": 128, "head": "mean", "max_steps": 3000}),
        "The DCGAN paper's kind of network on MNIST at 28×28, which did not work for the article.",
        "See for yourself whether it fails here: batch normalisation in D, average pooling, a z of 100 numbers, and "
        "the paper's 128 channels at the highest resolution, doubled at each of the two halvings that 28 pixels allow.",
        _ARTICLE,
        _FOUND,
    ),
    Recipe(
        settings("dcgan-paper-64", **_PAPER | {"image_size": 64, "width": 128, "max_steps": 5000}),
        "The DCGAN paper's layers, 1,024 to 128 channels, on MNIST resized to 64×64; wants a GPU.",
        "Each step is some seventy times the work of one of dcgan-digits-3-5: for a GPU. The samples are smoother than "
        "at 28×28, since the images were enlarged. D(x) stays above D(G(z)). Kernels are 4×4, the "
        "authors' 5×5.",
        _ARTICLE,
        "The article's later idea: resize MNIST to 64×64 and use the paper's network as it is.",
    ),
)
