"""Blends of classes are what the generator makes of them, and sums of latents have the classes that are left."""

from __future__ import annotations

import torch

from ganlab.gan.latent import class_shares, share_arithmetic


def of(*labels: int) -> torch.Tensor:
    return class_shares(torch.tensor(labels), 4)


def test_a_smiling_woman_less_a_woman_plus_a_man_is_a_man():
    woman, man = of(1, 1, 1), of(2, 2)
    assert share_arithmetic([woman, man], [woman]).tolist() == [0, 0, 1, 0]


def test_shares_sum_to_one_and_none_is_below_zero():
    blends = torch.tensor([[0.2, 0.8, 0, 0], [0, 0.5, 0.5, 0]])
    for plus, minus in (([blends], []), ([blends, of(3)], [of(1)]), ([blends], [of(0, 1, 2)]), ([of(2)], [blends])):
        found = share_arithmetic(plus, minus)
        assert found.sum().item() == 1 or abs(found.sum().item() - 1) < 1e-6
        assert (found >= 0).all()
    assert torch.allclose(share_arithmetic([blends], []), torch.tensor([0.1, 0.65, 0.25, 0]))


def test_where_nothing_is_left_it_is_what_is_added():
    third = torch.full((3, 4), 0.1) + 0.6 * of(0, 0, 0)
    assert torch.allclose(share_arithmetic([third], [third]), third[0])
    assert share_arithmetic([of(3)], [of(3)]).tolist() == [0, 0, 0, 1]
