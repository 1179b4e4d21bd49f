"""TrainState: all that a step reads and changes, and its way into tensors and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from ganlab.config import KNOBS, TrainConfig, WeightsName, changes_between, parse_config
from ganlab.data import Dataset
from ganlab.errors import SnapshotError, TrainingError
from ganlab.gan.ema import averaged_copy
from ganlab.gan.networks import build_networks, spread_over
from ganlab.gan.priors import PRIORS
from ganlab.gan.ranks import ALONE, Ranks
from ganlab.training.fit import check_data, check_knobs, check_shares, pick_device
from ganlab.training.knobs import Knobs, LiveKnobs
from ganlab.training.precision import Precision


@dataclass
class TrainState:
    """Networks, optimisers, random generators and position of one run. Consistent whenever a tick is out.

    class_count, fixed_labels: of a conditional run; else 0 and None. precision: of `make` and `judge`.
    example_count: of the data it trains on. knobs: the settings that a step reads; on a GPU, where
    steps are recorded, live ones.
    stepping: how the device is given its steps, in words; empty where that goes without saying.
    shown: the last preview's samples, which the next is compared with; shown_at: its step, or −1 where the average was
    changed since without a step. ranks: the processes that train it together, as this one sees them.
    """

    config: TrainConfig
    device: torch.device
    generator: nn.Module
    discriminator: nn.Module
    average: nn.Module
    opt_g: torch.optim.Adam
    opt_d: torch.optim.Adam
    knobs: Knobs
    rngs: dict[str, torch.Generator]
    fixed_z: Tensor
    fixed_labels: Tensor | None
    example_count: int
    class_count: int = 0
    precision: Precision = "float32"
    step: int = 0
    images_seen: int = 0
    stepping: str = ""
    shown: Tensor | None = None
    shown_at: int = -1
    ranks: Ranks = ALONE

    def __post_init__(self) -> None:
        self._turn_optimisers()

    def draw_z(self) -> Tensor:
        """Fresh latents (N, z_dim) on the run's device, one for each example of a batch here."""
        config = self.config
        latents = PRIORS[config.prior].draw(
            config.batch_size, config.z_dim, config.prior_half_width, self.rngs["latent"]
        )
        return self.ranks.share(latents)

    def take_config(self, config: TrainConfig) -> None:
        """Go on with other knobs. Adam's moments stay; nothing is built anew.

        Raises ConfigError when they do not fit what the run trains on.
        """
        assert not [name for name in changes_between(self.config, config) if name not in KNOBS]
        check_knobs(config, self.example_count, self.ranks.count)
        self.ranks.order("config", config.model_dump_json().encode())
        self.config = config
        self.knobs.take(config)
        self._turn_optimisers()

    def _turn_optimisers(self) -> None:
        """The knobs into Adam, and the batch to the ranks that share it."""
        if not self.ranks.alone:
            self.ranks.batch = self.config.batch_size
        for optimiser, of_net in ((self.opt_g, self.knobs.of_adam("g")), (self.opt_d, self.knobs.of_adam("d"))):
            for group in optimiser.param_groups:
                group.update(of_net)

    def make(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """G's samples of latents, in full precision."""
        with self._mixed():
            samples = self.generator(z, labels)
        return samples.to(z.dtype)

    def judge(self, examples: Tensor, labels: Tensor | None = None) -> Tensor:
        """D's scores (N,), in full precision."""
        with self._mixed():
            scores = self.discriminator(examples, labels)
        return scores.to(examples.dtype)

    def _mixed(self) -> AbstractContextManager[Any]:
        if self.precision != "bfloat16":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def nets(self) -> dict[str, list[Tensor]]:
        """Each network's weights and running statistics: those that a step changes in place, not copies."""
        return {part: list(net.state_dict().values()) for part, net in self._nets()}

    def moments(self) -> dict[str, list[Tensor]]:
        """Adam's moments and counts of each network, in place as well; none before the first step."""
        return {
            part: [value for moments in optimiser.state.values() for value in moments.values()]
            for part, optimiser in self._optimisers()
        }

    def to_tensors(self) -> dict[str, Tensor]:
        """Everything needed to go on, as copies on the CPU under flat names.

        Raises TrainingError when some weight is not finite: nothing could go on from there.
        """
        flat = self._weights()
        if name := _not_finite(flat):
            raise TrainingError(
                f"{name} was not finite after step {self.step}: the training diverged; "
                "go on from the last snapshot with a lower learning rate or a larger penalty weight"
            )
        for part, optimiser in self._optimisers():
            for index, moments in optimiser.state_dict()["state"].items():
                flat |= {f"{part}.{index}.{name}": value for name, value in moments.items()}
        flat |= {f"rng.{purpose}": rng.get_state() for purpose, rng in self.rngs.items()}
        flat["position"] = torch.tensor([self.step, self.images_seen, self.shown_at])
        if self.shown is not None and self.shown_at != self.step:  # else the average draws them again
            flat |= {"shown.samples": self.shown, "shown.z": self.fixed_z}
        return {name: value.detach().cpu().clone().contiguous() for name, value in flat.items()}

    def generator_tensors(self, weights: WeightsName = "average") -> dict[str, Tensor]:
        """A copy of the averaged generator's weights on the CPU, or of those as trained, named as in `to_tensors`."""
        named = (self.average if weights == "average" else self.generator).state_dict().items()
        return {f"{weights}.{name}": value.detach().cpu().clone() for name, value in named}

    def _weights(self) -> dict[str, Tensor]:
        return {f"{part}.{name}": value for part, net in self._nets() for name, value in net.state_dict().items()}

    def _nets(self) -> list[tuple[str, nn.Module]]:
        return [("generator", self.generator), ("discriminator", self.discriminator), ("average", self.average)]

    def _optimisers(self) -> list[tuple[str, torch.optim.Adam]]:
        return [("opt_g", self.opt_g), ("opt_d", self.opt_d)]


def seed_for(seed: int, purpose: str, index: int = 0) -> int:
    """An independent seed for each purpose (and epoch) of a run, in [0, 2⁶³)."""
    digest = hashlib.blake2b(f"{seed}/{purpose}/{index}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def new_state(
    config: TrainConfig, data: Dataset, *, auto: Precision = "float32", live: bool = False, ranks: Ranks = ALONE
) -> TrainState:
    """A run before its first step; auto: what the config's precision "auto" stands for.

    live: knobs that recorded steps can read, which a run on a GPU always has; ranks: who trains it together.

    Raises ConfigError when config and data do not fit.
    """
    check_data(config, data)
    check_shares(config, ranks.count)
    device = pick_device(config)
    class_count = data.class_count if config.conditional else 0
    rngs = {
        purpose: torch.Generator(device).manual_seed(seed_for(config.seed, purpose))
        for purpose in ("latent", "penalty", "dropout", "flip")
    }
    generator, discriminator = build_networks(
        config,
        data.shape,
        class_count=class_count,
        init_rng=torch.Generator().manual_seed(seed_for(config.seed, "weights")),
        dropout_rng=rngs["dropout"],
        device=device,
    )
    precision = auto if config.precision == "auto" else config.precision
    if precision != "float32":
        # The layout that convolutions in fewer bits are quickest in; the reference keeps torch's usual one.
        generator, discriminator = (_channels_last(net) for net in (generator, discriminator))
    average = averaged_copy(generator)
    for net in (generator, discriminator):
        spread_over(ranks, net)
    return TrainState(
        config=config,
        device=device,
        generator=generator,
        discriminator=discriminator,
        average=average,
        opt_g=_adam(generator),
        opt_d=_adam(discriminator),
        knobs=LiveKnobs(config, device) if device.type == "cuda" or live else Knobs(config),
        rngs=rngs,
        fixed_z=fixed_latents(config).to(device),
        fixed_labels=labels_in_turn(config.preview_count, class_count, device),
        example_count=len(data),
        class_count=class_count,
        precision=precision,
        ranks=ranks,
    )


def _channels_last(net: nn.Module) -> nn.Module:
    return net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue, reportUnknownVariableType]


def _adam(net: nn.Module) -> torch.optim.Adam:
    """Adam with L2 regularisation in the gradients, as in Kingma & Ba 2015 (not AdamW's decoupled decay).

    Its knobs are turned by the state.
    """
    weights = list(net.parameters())
    return torch.optim.Adam(weights, fused=True, capturable=weights[0].device.type == "cuda")


def fixed_latents(config: TrainConfig) -> Tensor:
    """The latents (preview_count, z_dim) that a run shows samples of at each look."""
    rng = torch.Generator().manual_seed(seed_for(config.seed, "fixed_z"))
    return PRIORS[config.prior].draw(config.preview_count, config.z_dim, config.prior_half_width, rng)


def labels_in_turn(count: int, class_count: int, device: torch.device) -> Tensor | None:
    """0, 1, 2 … and again from 0: the classes of `count` samples that are shown; None without classes."""
    return torch.arange(count, device=device) % class_count if class_count else None


def encode_state(state: TrainState) -> bytes:
    """All of a state for another rank, as the bytes of a safetensors file; nothing where there is none."""
    if state.ranks.alone:
        return b""
    return save(state.to_tensors(), {"config": state.config.model_dump_json(), "precision": state.precision})


def decode_state(content: bytes, data: Dataset, ranks: Ranks) -> TrainState:
    """What `encode_state` gave."""
    length = int.from_bytes(content[:8], "little")
    told = json.loads(content[8 : 8 + length])["__metadata__"]
    config = parse_config(json.loads(told["config"]))
    return restore_state(config, data, load(content), auto=told["precision"], ranks=ranks)


def restore_state(
    config: TrainConfig,
    data: Dataset,
    tensors: Mapping[str, Tensor],
    *,
    auto: Precision = "float32",
    live: bool = False,
    ranks: Ranks = ALONE,
) -> TrainState:
    """The state that `to_tensors` gave, bit for bit; auto, live and ranks as for `new_state`.

    Raises SnapshotError when parts are missing, of other shapes, or weights not finite.
    """
    state = new_state(config, data, auto=auto, live=live, ranks=ranks)
    try:
        for part, net in state._nets():
            _restore_net(net, part, _part(tensors, part))
        for purpose, rng in state.rngs.items():
            rng.set_state(tensors[f"rng.{purpose}"])
        state.step, state.images_seen, *shown_at = tensors["position"].tolist()
        for part, optimiser in state._optimisers():
            _restore_optimiser(optimiser, _part(tensors, part), stepped=state.step > 0)
        state._turn_optimisers()  # torch has put copies of live knobs in their place
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(":")
        raise SnapshotError(
            f"the snapshot does not fit the run's config ({reason}): was it copied from another run, written by "
            "an earlier version of ganlab, or does it hold the generator alone?"
        ) from None
    if name := _not_finite(state._weights()):
        raise SnapshotError(
            f"the snapshot of step {state.step} holds weights that are not finite ({name}): "
            "rewind the run to an earlier one"
        )
    _show_again(state, shown_at[0] if shown_at else -1, tensors)  # a snapshot of long ago does not tell
    return state


@torch.no_grad()
def _show_again(state: TrainState, shown_at: int, tensors: Mapping[str, Tensor]) -> None:
    """Restore the samples of the last look; none where a fork has other fixed latents, or the first look is to come."""
    if not state.step:
        return
    if shown_at == state.step:
        state.shown = state.average(state.fixed_z, state.fixed_labels)
    elif "shown.z" in tensors and torch.equal(tensors["shown.z"], state.fixed_z.cpu()):
        state.shown = tensors["shown.samples"].to(state.device)
    else:
        return
    state.shown_at = shown_at


def _not_finite(weights: Mapping[str, Tensor]) -> str:
    """Name of the first that holds something else than numbers; "" where none does."""
    return next((name for name, value in weights.items() if not value.isfinite().all()), "")


def _part(tensors: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    prefix = f"{part}."
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _restore_net(net: nn.Module, part: str, found: Mapping[str, Tensor]) -> None:
    """Raises ValueError: names the first weight that is missing, left over or of another shape."""
    wanted = {name: value.shape for name, value in net.state_dict().items()}
    given = {name: value.shape for name, value in found.items()}
    for name in sorted(wanted.keys() | given.keys()):
        if wanted.get(name) != given.get(name):
            what = "missing" if name not in given else "left over" if name not in wanted else "of another shape"
            raise ValueError(f"{part}.{name} is {what}")
    net.load_state_dict(found)


def _restore_optimiser(optimiser: torch.optim.Adam, flat: Mapping[str, Tensor], *, stepped: bool) -> None:
    """flat: 'index.moment' → tensor; copied, since the optimiser changes them in place. None before the first step."""
    weights = optimiser.param_groups[0]["params"] if stepped else []
    moments: dict[int, dict[str, Tensor]] = {}
    for index, weight in enumerate(weights):
        found = {name: flat[f"{index}.{name}"] for name in ("step", "exp_avg", "exp_avg_sq")}
        if any(found[name].shape != weight.shape for name in ("exp_avg", "exp_avg_sq")):
            raise ValueError(f"Adam's moments of weight {index} have another shape than the weight")
        # In the weight's own memory layout, since the fused update goes through both side by side.
        moments[index] = {name: torch.empty_like(weight).copy_(found[name]) for name in ("exp_avg", "exp_avg_sq")}
        moments[index]["step"] = found["step"].clone()
    optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})
