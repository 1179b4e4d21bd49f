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

#: What learns from few pictures on a CPU: a D that spectral normalisation keeps smooth, and no checkerboards.
_SMALL = {
    "dataset": "folder",
    "image_size": 64,
    "flip": True,
    "loss": "hinge",
    "penalty": "none",
    "d_steps": 1,
    "norm_d": "spectral",
    "upsample": "resize",
    "init": "xavier",
    "z_dim": 100,
    "lr_d": 8e-4,
    "lr_g": 4e-4,
    "beta1": 0.0,
    "beta2": 0.9,
    "ema_decay": 0.99,
    "max_steps": 10_000,
    "preview_every": 50,
    "snapshot_every": 1000,
}

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
        settings("folder-dcgan-64", **_SMALL),
        "A DCGAN on a folder of your own pictures at 64×64, with hinge loss and spectral normalisation.",
        "Choose a folder with hundreds of pictures or more. Colours and layout come within some minutes on two CPU "
        "cores, shapes after some thousand steps. D(x) goes to about 2 and D(G(z)) to −1.5: with few pictures D is "
        "ahead. Pictures are mirrored at random: turn Flip off where left and right matter. "
        "With the article's own settings D won within 700 steps on 230 flags, and the samples stayed noise; "
        "folder-dcgan-256 has them.",
        _ARTICLE,
        _FOUND,
    ),
)
