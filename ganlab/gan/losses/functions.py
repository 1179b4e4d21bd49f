"""Adversarial losses: pure functions of raw scores.

Scores have shape (N,); high means "looks real"; there is no sigmoid inside D.
Each function returns a scalar to be minimised. The logarithms are written with softplus(x) = log(1 + eˣ), which is
exact far out where log σ(x) would be log 0: −log σ(x) = softplus(−x) and −log(1 − σ(x)) = softplus(x).
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def d_wasserstein(*, real: Tensor, fake: Tensor) -> Tensor:
    """mean D(fake) − mean D(real), minus the estimated earth mover's distance (Arjovsky et al. 2017, eq. 3)."""
    return fake.mean() - real.mean()


def g_wasserstein(*, fake: Tensor) -> Tensor:
    """−mean D(G(z)) (Arjovsky et al. 2017, algorithm 1)."""
    return -fake.mean()


def d_log(*, real: Tensor, fake: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """−mean log σ(real) − mean log(1 − σ(fake)) (Goodfellow et al. 2014, eq. 1, negated).

    label_smoothing s: the target for reals is 1 − s, so that D is best where σ(real) = 1 − s; fakes keep their
    target 0 (one-sided, Salimans et al. 2016, sec. 3.4).
    """
    # −(1 − s) log σ(x) − s log(1 − σ(x)) = (1 − s) softplus(−x) + s softplus(x), and softplus(x) = x + softplus(−x).
    return (F.softplus(-real) + label_smoothing * real).mean() + F.softplus(fake).mean()


def g_saturating(*, fake: Tensor) -> Tensor:
    """mean log(1 − σ(fake)); its slope per score, −σ(fake), dies where D rejects (Goodfellow et al. 2014, eq. 1)."""
    return -F.softplus(fake).mean()


def g_non_saturating(*, fake: Tensor) -> Tensor:
    """−mean log σ(fake); its slope per score, −σ(−fake), is full where D rejects (Goodfellow et al. 2014, sec. 3)."""
    return F.softplus(-fake).mean()


def d_hinge(*, real: Tensor, fake: Tensor) -> Tensor:
    """mean max(0, 1 − real) + mean max(0, 1 + fake), flat beyond the margin (Miyato et al. 2018, eq. 16).

    After Lim & Ye 2017, whose discriminator is a support vector machine.
    """
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def g_hinge(*, fake: Tensor) -> Tensor:
    """−mean D(G(z)): G has no margin, its slope never ends (Lim & Ye 2017; Miyato et al. 2018, eq. 17)."""
    return -fake.mean()


def d_least_squares(*, real: Tensor, fake: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """½ mean (real − b)² + ½ mean (fake − a)² with a = 0 and b = 1 (Mao et al. 2017, eq. 9).

    label_smoothing s: b = 1 − s.
    """
    return ((real - (1 - label_smoothing)).square().mean() + fake.square().mean()) / 2


def g_least_squares(*, fake: Tensor) -> Tensor:
    """½ mean (fake − c)² with c = 1, the score of a real image (Mao et al. 2017, eq. 9)."""
    return (fake - 1).square().mean() / 2


def d_relativistic(*, real: Tensor, fake: Tensor) -> Tensor:
    """−mean log σ(real − fake) over pairs: each real above its fake (Jolicoeur-Martineau 2018; Huang et al. 2024).

    real, fake: (N,) of one length.
    """
    assert real.shape == fake.shape, f"scores come in pairs, got {tuple(real.shape)} and {tuple(fake.shape)}"
    return F.softplus(fake - real).mean()


def g_relativistic(*, real: Tensor, fake: Tensor) -> Tensor:
    """−mean log σ(fake − real) over pairs: each fake above its real; the same function with the roles swapped."""
    return d_relativistic(real=fake, fake=real)
