"""bfloat16 follows the float32 reference from the same weights and batches; auto takes what the caller measured."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
import torch
from tiny import data_of_shape, differing, fresh, joined, run_through, small_recipe, tiny, weights_of
from torch import Tensor, nn

from ganlab.data import load_for
from ganlab.recipes import RECIPES
from ganlab.training import Precision, new_state, restore_state
from ganlab.training.precision import bfloat16_gain, tensor_cores

CPU = torch.device("cpu")


def test_auto_is_the_reference_unless_the_caller_knows_better():
    config = tiny(precision="auto")
    data, state = fresh(config)
    assert state.precision == "float32"
    assert new_state(config, data, auto="bfloat16").precision == "bfloat16"
    assert new_state(tiny(precision="float32"), data, auto="bfloat16").precision == "float32"
    assert new_state(tiny(precision="bfloat16"), data).precision == "bfloat16"


def test_weights_moments_samples_and_scores_stay_in_32_bits():
    data, state = fresh(tiny(precision="bfloat16", max_steps=2))
    run_through(data, state)
    tensors = state.to_tensors()
    assert not {value.dtype for value in tensors.values()} & {torch.bfloat16, torch.float16}
    assert state.make(state.fixed_z).dtype == state.judge(data.examples[:2].float()).dtype == torch.float32


def test_both_start_from_the_same_weights_latents_and_images():
    (_, plain), (_, mixed) = fresh(tiny()), fresh(tiny(precision="bfloat16"))
    for net in ("generator", "discriminator"):
        assert not differing(weights_of(getattr(plain, net)), weights_of(getattr(mixed, net)))
    assert torch.equal(plain.fixed_z, mixed.fixed_z)


@pytest.mark.parametrize("steps", [1, 3])
def test_going_on_from_a_snapshot_is_exact_in_bfloat16_too(steps: int):
    config = tiny(precision="bfloat16", max_steps=2 * steps, batch_size=5)
    data, straight = fresh(config)
    run_through(data, half := fresh(config.with_changes(max_steps=steps))[1])
    run_through(data, straight)
    restored = restore_state(config, data, half.to_tensors())
    run_through(data, restored)
    assert not differing(restored.to_tensors(), straight.to_tensors())


@pytest.mark.parametrize("name", RECIPES)
def test_the_first_step_of_every_recipe_is_that_of_the_reference(name: str):
    """From the same weights, to the eight bits of bfloat16's fraction; later on small nets go their own ways.

    A gradient of five images has been through more roundings on its way back, in batch norms above all.
    """
    curves = {}
    for precision in ("float32", "bfloat16"):
        config, data = small_recipe(name, max_steps=1, d_steps=1, precision=precision)
        curves[precision] = joined(run_through(data, new_state(config, data)))
    for series, (reference,) in curves["float32"].items():
        if not series.startswith("accuracy"):  # a score near the border falls on one side or the other
            near = pytest.approx(reference, rel=0.1 if series.startswith("grad_norm") else 0.02, abs=0.02)
            assert curves["bfloat16"][series][0] == near, series


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wgan-gp", "lsgan", "r3gan-digits", "ring-wgan-gp", "wgan"])
def test_200_steps_on_real_data_end_where_the_reference_ends(name: str):
    """Means of the last 50 steps, within a quarter of what the reference moved over the run.

    Accuracies that have hardly moved, near 1, within one image of a batch. Not the generator's loss under a
    Wasserstein critic: adding a number to all scores changes nothing but that.
    """
    curves: dict[str, dict[str, np.ndarray]] = {}
    for precision in ("float32", "bfloat16"):
        config = RECIPES[name].config.with_changes(max_steps=200, precision=precision, device="cpu")
        data = load_for(config)
        curves[precision] = joined(run_through(data, new_state(config, data), tick_s=5))
    anchored = set(curves["float32"]) - ({"loss_g"} if config.loss == "wasserstein" else set())
    for series in anchored:
        reference = curves["float32"][series]
        reach = float(np.percentile(reference, 95) - np.percentile(reference, 5))
        apart = abs(float(reference[-50:].mean() - curves["bfloat16"][series][-50:].mean()))
        one_image = 1 / RECIPES[name].config.batch_size if series.startswith("accuracy") else 0.0
        assert apart < max(0.25 * reach, one_image), (series, apart, reach)


def test_the_gain_is_how_much_longer_float32_takes():
    """By a clock that the calculations themselves move on: float32 by 3 s, bfloat16 by 2 s."""
    now, lasts = [0.0], {False: 3.0, True: 2.0}

    class Counted(nn.Module):
        def __init__(self, net: nn.Module) -> None:
            super().__init__()
            self.net = net

        def forward(self, images: Tensor) -> Tensor:
            now[0] += lasts[torch.is_autocast_enabled("cpu")]
            return self.net(images)

    def made(device: torch.device, *, channels_last: bool) -> nn.Module:
        return Counted(nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 1)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganlab.training.precision._discriminator", made)
        assert bfloat16_gain(CPU, lambda: now[0]) == pytest.approx(1.5)
    assert now[0] == 10, "it takes so long that two rounds must do"
    assert bfloat16_gain(CPU) > 0


def test_a_conditional_net_with_every_norm_trains_in_bfloat16():
    for norm in ("batch", "layer", "instance", "spectral"):
        data = data_of_shape((3, 16, 16))
        config = tiny(precision="bfloat16", conditional=True, norm_g=norm, norm_d=norm, penalty="r1+r2")
        series = joined(run_through(data, new_state(config, data)))
        assert all(np.isfinite(values).all() for values in series.values()), norm


@pytest.mark.parametrize(("precision", "word"), [("float32", "ieee"), ("tf32", "tf32"), ("bfloat16", "tf32")])
def test_the_processs_setting_of_tensor_cores_is_changed_for_a_gpu_alone_and_comes_back(
    precision: Precision, word: str
):
    def settings() -> list[str | bool]:
        backends = torch.backends
        return [backends.cuda.matmul.fp32_precision, backends.cudnn.conv.fp32_precision]  # pyright: ignore[reportAttributeAccessIssue]

    before = settings()
    with tensor_cores(CPU, precision):
        assert settings() == before
    within: list[list[str | bool]] = []
    with suppress(ZeroDivisionError), tensor_cores(torch.device("cuda"), precision):
        within.append(settings())
        raise ZeroDivisionError
    assert within == [[word, word]]
    assert settings() == before
