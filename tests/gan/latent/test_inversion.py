"""The search finds a latent that it cannot have known, under either prior and in the right class."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from ganlab.gan.latent import Search, Space, invert, psnr_db

SPACES = [Space(5), Space(5, "uniform", 0.4)]
QUICK = Search(drawn=16, starts=4, kept=2, steps=160)
WEIGHT = torch.randn(2, 36, 5, generator=torch.Generator().manual_seed(1))


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(latents: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
    """A small nonlinear generator of two classes."""
    chosen = WEIGHT[torch.zeros(len(latents), dtype=torch.int64) if labels is None else labels]
    return torch.tanh((chosen @ latents[:, :, None]).squeeze(2)).reshape(-1, 1, 6, 6)


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_a_picture_of_the_generator_s_own_is_found(space: Space):
    latent = space.of_seed(7)
    target = pictures(latent, None)[0]
    *_, found = invert(pictures, target, space, QUICK, rng=rng())
    assert found.psnr_db > 40
    assert psnr_db(pictures(found.latent[None], None)[0], target) == pytest.approx(found.psnr_db, abs=0.5)
    assert torch.allclose(found.latent, latent[0], atol=0.05)
    if space.prior == "uniform":
        assert found.latent.abs().max() <= space.half_width


def test_the_class_is_found_as_well():
    space = Space(5)
    target = pictures(space.of_seed(8), torch.tensor([1]))[0]
    *_, found = invert(pictures, target, space, QUICK, rng=rng(), labels=torch.arange(16) % 2)
    assert found.label == 1
    assert found.psnr_db > 40


def test_each_step_is_told_and_the_loss_falls():
    space = Space(5)
    target = pictures(space.of_seed(9), None)[0]
    told = list(invert(pictures, target, space, QUICK, rng=rng()))
    assert [found.step for found in told] == list(range(161))
    assert told[-1].loss < told[0].loss / 100


def test_the_same_generator_of_random_numbers_finds_the_same_and_the_global_one_is_left_alone():
    space, target = Space(5), torch.zeros(1, 6, 6)
    before = torch.get_rng_state()
    *_, one = invert(pictures, target, space, QUICK, rng=rng(3))
    *_, again = invert(pictures, target, space, QUICK, rng=rng(3))
    assert torch.equal(one.latent, again.latent)
    assert torch.equal(before, torch.get_rng_state())


def test_the_prior_s_weight_keeps_a_latent_near_that_a_picture_would_pull_far_out():
    """A white picture is only reached at infinity."""
    white = torch.ones(1, 6, 6)
    WIDE = replace(QUICK, steps=400)
    ends = [
        list(
            invert(
                lambda z, _: torch.tanh(z.sum(1))[:, None, None, None].expand(-1, 1, 6, 6),
                white,
                Space(5),
                search,
                rng=rng(),
            )
        )[-1]
        for search in (replace(WIDE, prior_weight=0.0), replace(WIDE, prior_weight=0.1))
    ]
    assert ends[1].latent.norm() < ends[0].latent.norm() * 0.6


def test_psnr():
    assert psnr_db(torch.ones(2, 2), torch.ones(2, 2)) == math.inf
    assert psnr_db(torch.ones(2, 2), -torch.ones(2, 2)) == pytest.approx(0)
    assert psnr_db(torch.zeros(2, 2), torch.full((2, 2), 0.2)) == pytest.approx(20)
