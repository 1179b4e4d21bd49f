"""The first article: a DCGAN whose discriminator becomes a critic."""

from __future__ import annotations

from ganlab.recipes.recipe import Recipe, settings

_ARTICLE = "WGAN-GP with Keras"
_FOUND = (
    "Without its sigmoid the discriminator becomes a critic: it minimises mean D(fake) − mean D(real) + 10 × the "
    "gradient penalty, the generator −mean D(G(z)). With five updates of the critic for each of the generator, "
    "the losses climb towards zero."
)
_SLIPS = (
    "The interpolation weight of the penalty is drawn from a normal distribution; the paper's is uniform on [0, 1]. "
    "Its `step % c_step` never counts, so the generator is trained at every step and not at every fifth. "
)
_OURS = (
    "From the paper are the loss, the penalty and its weight, five critic steps, β₁ 0 and β₂ 0.9. Learning rates (the "
    "paper's are 1e-4), the small networks and the averaged generator are our choice."
)

_WGAN_GP = settings(
    "wgan-gp",
    width=16,
    head_width=512,
    z_dim=32,
    lr_d=1e-3,
    lr_g=1e-3,
    beta1=0.0,
    ema_decay=0.995,
    preview_every=20,
)

ROWS = (
    Recipe(
        _WGAN_GP,
        "WGAN-GP on the built-in digits: the first readable ones within a minute on a laptop, no download.",
        "The first readable digits within a minute on two CPU cores. The critic's loss falls for the first seconds, "
        "then rises towards zero, quickly and then slowly. After some 900 steps it falls again a little, although the "
        "samples still improve, since the critic goes on learning. " + _OURS,
        _ARTICLE,
        _FOUND,
        _SLIPS + "Here these two are as in the paper; recipe wgan-gp-article has them as the article ran them.",
    ),
    Recipe(
        settings(
            "wgan-gp-mnist",
            dataset="mnist",
            width=24,
            head_width=256,
            lr_d=5e-4,
            lr_g=5e-4,
            beta1=0.0,
            ema_decay=0.995,
            max_steps=5000,
            preview_every=100,
        ),
        "WGAN-GP on MNIST, 28×28.",
        "Strokes after some hundred steps, digits after two thousand: about five minutes on two CPU cores; "
        "all 5,000 steps take about 13, 20 without bfloat16. " + _OURS,
        _ARTICLE,
        _FOUND,
        _SLIPS + "Here these two are as in the paper.",
    ),
    Recipe(
        _WGAN_GP.with_changes(recipe="wgan-gp-article", interpolation="normal", d_steps=1),
        "WGAN-GP as the article's code really ran it: normal interpolation, one critic step.",
        "A step takes two fifths of the time of wgan-gp's. The critic, with one update where the paper has five, lags "
        "behind: its loss is near zero by step 200, long before the samples are good, and then moves away from zero "
        "as the critic catches up. So a loss near zero says little here. Compare the grids with those of wgan-gp.",
        _ARTICLE,
        _FOUND,
        _SLIPS + "This recipe keeps both; all else is as in wgan-gp.",
    ),
)
