"""Recipes as a newcomer meets them: in groups, each with a plain title."""

from __future__ import annotations

from collections.abc import Iterable

#: Group → name of a recipe → its title on a card.
GROUPS: dict[str, dict[str, str]] = {
    "Start here": {
        "quick-digits": "Small digits, quickly",
        "quick-mnist": "MNIST digits, quickly",
        "ring-wgan-gp": "Eight spots in the plane",
        "generator-loss-race-digits": "Three losses race",
    },
    "The five articles": {
        "wgan-gp": "WGAN-GP on small digits",
        "wgan-gp-mnist": "WGAN-GP on MNIST",
        "wgan-gp-article": "WGAN-GP as its code ran",
        "dcgan-mnist": "DCGAN on MNIST, PyTorch",
        "dcgan-mnist-keras": "DCGAN on MNIST, Keras",
        "dcgan-digits-3-5": "DCGAN on the digits 3 and 5",
        "dcgan-digits-all": "DCGAN on all ten digits",
        "generator-loss-race": "Two losses race on CIFAR-10",
        "generator-loss-race-stl10": "Three losses race on STL-10",
    },
    "Ablations of the digits 3 and 5": {
        "dcgan-digits-3-5-z-100": "A longer z",
        "dcgan-digits-all-z-100": "A longer z, all ten digits",
        "dcgan-digits-3-5-narrow-prior": "z from a narrow range",
        "dcgan-digits-3-5-normal-prior": "z from a normal distribution",
        "dcgan-digits-3-5-no-weight-decay": "No weight decay",
        "dcgan-digits-3-5-batch-norm-d": "Batch norm in D",
        "dcgan-digits-3-5-average-pooling": "Average pooling in D",
        "dcgan-digits-3-5-pooled-linear": "Average pooling, then a linear layer",
        "dcgan-paper-28": "The DCGAN paper's network at 28×28",
    },
    "Papers": {
        "wgan": "The first Wasserstein GAN",
        "lsgan": "Least squares GAN",
        "r3gan-digits": "R3GAN on small digits",
        "dcgan-paper-64": "The DCGAN paper at 64×64",
        "hinge-sn-cifar10": "Spectral normalisation on CIFAR-10",
        "wgan-gp-cifar10": "WGAN-GP on CIFAR-10",
    },
    "Your own pictures": {
        "folder-dcgan-64": "Your pictures at 64×64",
        "folder-dcgan-256": "Your pictures at 256×256",
    },
}
_TITLES = {name: title for group in GROUPS.values() for name, title in group.items()}


def title_of(recipe: str) -> str:
    """The plain title of a recipe; one that is in no group goes by its name."""
    return _TITLES.get(recipe, recipe)


def grouped(recipes: Iterable[str]) -> dict[str, list[str]]:
    """These recipes by group, in the order of the groups; those in none come last, under 'More'."""
    recipes = list(recipes)
    groups = {group: [name for name in names if name in recipes] for group, names in GROUPS.items()}
    groups["More"] = [name for name in recipes if name not in _TITLES]
    return {group: names for group, names in groups.items() if names}
