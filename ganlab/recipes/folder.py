"""The second article: the theory, then a DCGAN on one's own pictures."""

from __future__ import annotations

from ganlab.recipes.recipe import DCGAN_PAPER, Recipe, settings

_ARTICLE = "GAN theory, then a DCGAN on hand-picked pictures"
_FOUND = (
    "The theory: for a given generator the best discriminator is D* = p_data / (p_data + p_g); with it the value of "
    "the game is V(G) = 2·JSD − log 4, lowest where both distributions agree and D is 0.5 everywhere. "
    "The practice: hand-picked pictures of one character at 256×256, from a folder."
)
_PICTURES = DCGAN_PAPER | {"dataset": "folder", "norm_d": "batch", "prior": "normal", "snapshot_every": 1000}

ROWS = (
    Recipe(
        settings(
            "folder-dcgan-256",
            **_PICTURES
            | {
                "image_size": 256,
                "width": 16,
                "batch_size": 32,
                "max_steps": 30_000,
                "preview_every": 200,
                "preview_count": 16,
            },
        ),
        "A DCGAN on a folder of your own pictures at 256×256; wants a GPU.",
        "Choose a folder with hundreds of pictures or more, of one kind and framed alike. Blotches of the right "
        "colours first, then shapes, details last. D(x) stays above D(G(z)); at 1 and 0 D has won, which comes soon "
        "with few pictures, and the samples then repeat themselves. Without a GPU take folder-dcgan-64.",
        _ARTICLE,
        _FOUND,
    ),
    Recipe(
        settings(
            "folder-dcgan-64",
            **_PICTURES | {"image_size": 64, "width": 32, "batch_size": 64, "max_steps": 10_000, "preview_every": 50},
        ),
        "A DCGAN on a folder of your own pictures at 64×64.",
        "Choose a folder with hundreds of pictures or more. The colours and the layout of your pictures come first, "
        "shapes after some thousand steps. D(x) stays above D(G(z)); at 1 and 0 D has won.",
        _ARTICLE,
        _FOUND,
    ),
)
