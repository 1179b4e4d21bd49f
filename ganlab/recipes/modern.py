"""Methods of papers beside the articles."""

from __future__ import annotations

from ganlab.recipes.recipe import Recipe, settings

#: What WGAN-GP and SNGAN share on CIFAR-10.
_RESNET = {
    "dataset": "cifar10",
    "flip": True,
    "network": "resnet",
    "width": 128,
    "head": "pool",
    "slope": 0.0,
    "init": "xavier",
    "z_dim": 128,
    "batch_size": 64,
    "d_steps": 5,
    "beta1": 0.0,
    "beta2": 0.9,
    "ema_decay": 0.9999,
    "max_steps": 50_000,
    "preview_every": 200,
    "snapshot_every": 5000,
}
#: The built-in digits with the networks of wgan-gp.
_DIGITS = {"dataset": "digits", "width": 16, "head_width": 512, "z_dim": 32, "ema_decay": 0.995, "preview_every": 20}

ROWS = (
    Recipe(
        settings(
            "wgan",
            **_DIGITS
            | {
                "head_width": 0,
                "penalty": "clip",
                "clip_value": 0.01,
                "norm_d": "batch",
                "lr_d": 5e-5,
                "lr_g": 5e-5,
                "beta1": 0.0,
                "beta2": 0.99,
                "max_steps": 5000,
            },
        ),
        "The first Wasserstein GAN, with clipped weights, on the built-in digits.",
        "Slow, since the paper's learning rate is small: noise for some hundred steps, strokes after a thousand, rough "
        "digits after two thousand. The critic's loss falls at first and then rises towards zero, on a tiny scale that "
        "the clip value decides. Adam with β₁ 0 and β₂ 0.99 stands in for the paper's RMSprop, from which it "
        "differs in the correction of its first steps alone.",
        "Arjovsky, Chintala, Bottou 2017, Wasserstein GAN (arXiv 1701.07875)",
        "The critic's loss follows the quality of the samples, and training does not collapse where a DCGAN's does. "
        "Clipping itself is called a clearly terrible way to bound the critic's slope.",
    ),
    Recipe(
        settings(
            "lsgan",
            **_DIGITS | {"loss": "least-squares", "penalty": "none", "d_steps": 1, "lr_d": 5e-4, "lr_g": 5e-4},
        ),
        "Least squares in place of the logarithms, on the built-in digits.",
        "D wins the first two hundred steps: its loss goes near 0 and the generator's to 0.5. Then G catches up, and "
        "D(x) and D(G(z)) settle near 0.7 and 0.3. Digits after about five hundred steps, within a minute on two "
        "CPU cores.",
        "Mao et al. 2017, Least Squares Generative Adversarial Networks (arXiv 1611.04076)",
        "Samples of higher quality than with the logarithms, and steadier training, since generated images far from "
        "the border still have a slope.",
    ),
    Recipe(
        settings("hinge-sn-cifar10", **_RESNET | {"loss": "hinge", "penalty": "none", "norm_d": "spectral"}),
        "Hinge loss with spectral normalisation and a residual network on CIFAR-10; wants a GPU.",
        "Colours within some hundred steps, objects after some ten thousand. D's loss stays between 0 and 2; spectral "
        "normalisation keeps it from winning. The learning rates stay where the paper lowers them to 0, and G has 128 "
        "channels to the paper's 256.",
        "Miyato et al. 2018, Spectral Normalization for Generative Adversarial Networks (arXiv 1802.05957)",
        "Bounding each layer's largest singular value in D alone gives an Inception Score of 8.22 and an FID of 21.7.",
    ),
    Recipe(
        settings("wgan-gp-cifar10", **_RESNET),
        "WGAN-GP with its residual network on CIFAR-10; wants a GPU.",
        "The critic's loss falls far below zero within the first hundred steps, then rises, ever more slowly; "
        "objects after some ten thousand steps. The learning rates stay where the paper lowers them to 0.",
        "Gulrajani et al. 2017, Improved Training of Wasserstein GANs (arXiv 1704.00028)",
        "One setting trains many networks, and the residual one reaches an Inception Score of 7.86 on CIFAR-10.",
    ),
    Recipe(
        settings(
            "r3gan-digits",
            **_DIGITS
            | {
                "loss": "relativistic",
                "penalty": "r1+r2",
                "penalty_weight": 1.0,
                "d_steps": 1,
                "lr_d": 1e-3,
                "lr_g": 1e-3,
                "beta1": 0.0,
            },
        ),
        "R3GAN's relativistic loss with R1 and R2 on the built-in digits.",
        "Digits after about a thousand steps, a minute or so on two CPU cores. Both losses come to rest near log 2 "
        "within the first two or three hundred steps, D's just below and G's above, and D then tells more than eight "
        "of ten pairs apart.",
        "Huang et al. 2024, The GAN is dead; long live the GAN! (arXiv 2501.05441)",
        "A relativistic loss whose D is flattened at real and at generated images converges and covers all modes, "
        "without the tricks that had gathered around GANs.",
    ),
    Recipe(
        settings(
            "ring-wgan-gp",
            dataset="gaussians-ring",
            network="mlp",
            width=128,
            norm_g="none",
            z_dim=2,
            batch_size=256,
            penalty_weight=0.1,
            lr_d=1e-3,
            lr_g=1e-3,
            max_steps=2000,
            preview_count=256,
        ),
        "WGAN-GP on eight spots in the plane: every step can be watched, and every lost mode seen.",
        "All eight spots are found within the first hundred steps; after six hundred, half a minute or so on two CPU "
        "cores, four of five points lie on one. The critic's loss rises to zero, as an estimate of a distance should. "
        "The penalty's weight is 0.1: with 10, right for images, the critic is too stiff for points this close.",
        "Gulrajani et al. 2017, Improved Training of Wasserstein GANs (arXiv 1704.00028)",
        "On toy distributions the gradient penalty's critic has seen the whole shape, where a clipped one sees "
        "almost nothing but its mean.",
    ),
)
