"""A run that several ranks train is the run that one trains, to rounding."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from ranks import calculating_in, outcome, train_on
from safetensors.torch import save_file
from tiny import some_data, tiny
from torch import Tensor

from ganlab.config import TrainConfig
from ganlab.data import Dataset, fingerprint
from ganlab.errors import ConfigError, DataError
from ganlab.gan.losses import LOSSES
from ganlab.gan.penalties import PENALTIES
from ganlab.gan.ranks import Ranks
from ganlab.training import check_shares, follow, lead

SHORT: dict[str, Any] = {"batch_size": 6, "max_steps": 5, "preview_every": 100}
NORMS = ("none", "batch", "layer", "instance", "spectral")
#: Each penalty, norm and loss at least once, and all that draws at random or goes by the batch.
CHOSEN: list[dict[str, Any]] = [
    *({"penalty": name, "norm_d": norm} for name, norm in zip(PENALTIES, (*NORMS, "batch", "none"), strict=True)),
    *({"loss": name, "norm_d": "batch", "penalty": "dragan"} for name in LOSSES),
    {"penalty": "gradient", "norm_d": "batch", "conditional": True, "flip": True, "dropout": 0.3},
    {"loss": "non-saturating", "penalty": "none", "dropout": 0.3, "d_steps": 1},
    {"network": "mlp", "dropout": 0.2, "norm_g": "batch"},
    {"d_update": "apart", "prior": "uniform"},
    {"d_update": "halved", "replacement": True},
]


def short(**changes: Any) -> TrainConfig:
    return tiny(**(SHORT | changes))


def apart(found: dict[str, Tensor], wanted: dict[str, Tensor], *, but: str = "no part") -> dict[str, float]:
    """How far tensors are from those wanted, relative to their length, by name, the random generators bit for bit."""
    assert found.keys() == wanted.keys()
    for name in (name for name in wanted if name.startswith(("rng.", "position"))):
        assert torch.equal(found[name], wanted[name]), name
    weighed = [name for name in wanted if wanted[name].is_floating_point() and not name.startswith(but)]
    lengths = {name: max(wanted[name].double().norm().item(), 1e-30) for name in weighed}
    return {name: (found[name].double() - wanted[name].double()).norm().item() / lengths[name] for name in weighed}


def check_equal(changes: list[dict[str, Any]], folder: Path) -> None:
    configs = [short(**each) for each in changes]
    two = train_on(2, configs, folder)
    with calculating_in("float64"):
        for config, found in zip(configs, two, strict=True):
            _check(config, found, outcome(config))


def _check(config: TrainConfig, found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    # Where only differences of scores count, the head's bias has no gradient but rounding, which Adam makes large.
    cancels = LOSSES[config.loss].paired
    ours = {name: value for name, value in wanted.items() if not (cancels and value.numel() == 1)}
    distances = apart({name: found[name] for name in ours}, ours, but="series.")
    assert max(distances.values()) <= 1e-12, max(distances, key=lambda name: distances[name])
    for name in (name for name in wanted if name.startswith("series.")):
        torch.testing.assert_close(found[name], wanted[name], rtol=1e-5, atol=1e-6)


def test_two_ranks_come_to_what_one_comes_to(tmp_path: Path):
    check_equal(CHOSEN, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_penalty_and_norm(loss: str, tmp_path: Path):
    check_equal([{"loss": loss, "penalty": name, "norm_d": norm} for name, norm in product(PENALTIES, NORMS)], tmp_path)


def test_from_one_rank_to_two_and_back(tmp_path: Path):
    (tmp_path / "two").mkdir()
    one, two, three = (short(max_steps=steps) for steps in (3, 6, 9))
    with calculating_in("float64"):
        save_file(outcome(one), tmp_path / "one.safetensors")
        [found] = train_on(2, [two], tmp_path / "two", start=tmp_path / "one.safetensors")
        save_file(found, tmp_path / "two.safetensors")
        found, wanted = outcome(three, start=tmp_path / "two.safetensors"), outcome(three)
    weights = [{name: held[name] for name in held if not name.startswith("series.")} for held in (found, wanted)]
    assert max(apart(*weights).values()) <= 1e-12


@pytest.mark.slow
def test_200_steps_in_32_bits_stay_as_close_as_rounding_lets_them(tmp_path: Path):
    """Two orders of adding up the same numbers part by no more than a change of the last bit of one weight does."""
    config = short(max_steps=200, batch_size=22, width=8, z_dim=16)
    [two] = train_on(2, [config], tmp_path, dtype="float32")
    one = outcome(config)
    for name in ("series.loss_d", "series.wasserstein"):
        difference = (two[name] - one[name]).abs().max() / one[name].abs().max()
        assert difference < 0.01, (name, difference)


@pytest.mark.parametrize(("size", "ranks", "fitting"), [(5, 2, "4"), (2, 3, "3"), (64, 3, "63")])
def test_a_batch_that_cannot_be_shared_is_refused(size: int, ranks: int, fitting: str):
    with pytest.raises(ConfigError, match=f"{ranks} processes cannot share equally: choose {fitting}"):
        check_shares(tiny(batch_size=size), ranks)


class Told(Ranks):
    """Rank 1 of two, which is told this and no more. said: what it told the others."""

    def __init__(self, *orders: tuple[str, bytes]) -> None:
        super().__init__(1, 2)
        self.orders, self.said = list(orders), b""

    def next_order(self) -> tuple[str, bytes]:
        return self.orders.pop(0)

    def everyones(self, word: bytes) -> list[bytes]:
        self.said = word
        return [b"", word]


class Heard(Ranks):
    """Rank 0 of two; orders: what it told the other."""

    def __init__(self) -> None:
        super().__init__(0, 2)
        self.orders: list[tuple[str, bytes]] = []

    def order(self, kind: str, content: bytes = b"") -> None:
        self.orders.append((kind, content))

    def everyones(self, word: bytes) -> list[bytes]:
        return [word, b""]


def test_a_rank_with_other_data_is_refused_by_name():
    config, heard = tiny(), Heard()
    lead(heard, config, fingerprint(some_data(config)))
    alike = Told(*heard.orders, ("end", b""))
    follow(alike, some_data)
    assert alike.said == b""
    with pytest.raises(ConfigError, match="process 1 cannot train along: it has data count 9 for 23"):
        follow(Told(*heard.orders), lambda config: some_data(config, count=9))


def test_a_rank_without_the_data_says_why():
    config, heard = tiny(), Heard()
    lead(heard, config, fingerprint(some_data(config)))

    def not_here(config: TrainConfig) -> Dataset:
        raise DataError("there is no folder 'faces' here")

    with pytest.raises(ConfigError, match="process 1 cannot train along: there is no folder 'faces' here"):
        follow(Told(*heard.orders), not_here)
