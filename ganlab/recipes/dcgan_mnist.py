"""The third article: a DCGAN on MNIST, layer by layer, in PyTorch and in Keras."""

from __future__ import annotations

from ganlab.recipes.recipe import Recipe, settings

_ARTICLE = "DCGAN on MNIST with Keras and PyTorch"
_FOUND = (
    "Nearly the same network in both libraries. Over 3,001 steps of 128 images it records the losses, D's accuracy, "
    "D(x), and D(G(z)) before and after each update of D, and draws a 16×16 grid of samples every 100 steps."
)
_SLIPS = (
    "The text gives a learning rate of 2e-4 and β₁ 0.5; the Keras code has 2e-5, and both codes have β₁ 0.2. The "
    "PyTorch code draws the norms' scales from N(0, 1), so that half of them begin below 0. The losses that it prints "
    "as those of fake and real images are D's and G's. The recipes follow the code."
)

_PYTORCH = settings(
    "dcgan-mnist",
    dataset="mnist",
    replacement=True,
    loss="non-saturating",
    penalty="none",
    d_steps=1,
    d_update="halved",
    network="dcgan-article",
    dropout=0.25,
    init="article",
    z_dim=100,
    batch_size=128,
    beta1=0.2,
    beta2=0.999,
    adam_eps=1e-7,
    max_steps=3001,
    preview_every=100,
    preview_count=256,
    snapshot_every=1000,
)

ROWS = (
    Recipe(
        _PYTORCH,
        "The DCGAN of the MNIST article as its PyTorch code has it, to the layer.",
        "Digits after about a thousand steps; all 3,001 take about 20 minutes on two CPU cores, 40 without bfloat16. "
        "D(x) and D(G(z)) stay on either side of 0.5; "
        "the losses hover and say little about quality.",
        _ARTICLE,
        _FOUND,
        _SLIPS,
    ),
    Recipe(
        _PYTORCH.with_changes(
            recipe="dcgan-mnist-keras",
            network="dcgan-article-keras",
            init="xavier",
            d_update="apart",
            lr_d=2e-5,
            lr_g=2e-5,
        ),
        "The DCGAN of the MNIST article as its Keras code has it: smaller kernels, D updated twice.",
        "Slower than dcgan-mnist: its rate is a tenth of that one's, and at step 300 the samples are still specks "
        "about the middle. D first takes nearly all images for real; D(x) stays above D(G(z)).",
        _ARTICLE,
        _FOUND,
        _SLIPS,
    ),
)
