"""The third article: a DCGAN on MNIST, layer by layer."""

from __future__ import annotations

from ganlab.recipes.recipe import Recipe, settings

ROWS = (
    Recipe(
        settings(
            "dcgan-mnist",
            dataset="mnist",
            loss="non-saturating",
            penalty="none",
            d_steps=1,
            network="dcgan-article",
            dropout=0.25,
            init="xavier",
            z_dim=100,
            batch_size=128,
            beta1=0.2,
            beta2=0.999,
            max_steps=3001,
            preview_every=100,
            preview_count=256,
            snapshot_every=1000,
        ),
        "The DCGAN of the MNIST article: its networks, dropout, Xavier weights and 3,001 steps.",
        "Digits after about a thousand steps; all 3,001 take about 20 minutes on two CPU cores, 40 without bfloat16. "
        "D(x) and D(G(z)) stay on either side of 0.5; "
        "the losses hover and say little about quality.",
        "DCGAN on MNIST with Keras and PyTorch",
        "The same network in both libraries. Over 3,001 steps of 128 images it records the losses, D's accuracy, "
        "D(x), and D(G(z)) before and after each update of D, and draws a 16×16 grid of samples every 100 steps.",
    ),
)
