"""TrainConfig: every setting of a run, declared once.

Each field carries its title, meaning, range, unit and group; the Train page, the
command line and the docs are drawn from these declarations. Names of table rows
(datasets, losses, networks …) are listed here as `Literal`s, so that a config can be
validated without importing torch; a test checks that each table has exactly these rows.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ganlab.errors import ConfigError

DatasetName = Literal["digits", "mnist"]
LossName = Literal["wasserstein", "non-saturating"]
PenaltyName = Literal["none", "gradient"]
NetworkName = Literal["dcgan", "dcgan-article"]
PriorName = Literal["normal", "uniform"]
InitName = Literal["normal", "xavier", "torch"]
DeviceName = Literal["auto", "cpu", "cuda"]

#: Headings of the settings on screen and in `--help`, in order.
GROUPS = ("Data", "Method", "Networks", "Optimisers", "Run")


def _field(
    default: Any,
    group: str,
    title: str,
    description: str,
    *,
    unit: str = "",
    needs: tuple[str, str] | None = None,
    **limits: Any,
) -> Any:
    """A setting. needs: (field, value) without which it has no effect."""
    extra: dict[str, Any] = {"group": group, "unit": unit, "needs": needs}
    return Field(default, title=title, description=description, json_schema_extra=extra, **limits)


class TrainConfig(BaseModel):
    """One complete, frozen, JSON-serialisable description of a training run."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    recipe: str = Field(
        default="", pattern=r"^[A-Za-z0-9._-]{0,64}$", description="The recipe that this config began as; a label only."
    )

    dataset: DatasetName = _field("digits", "Data", "Dataset", "The real images to imitate.")
    batch_size: int = _field(
        64, "Data", "Batch size", "Real images (and as many fakes) per update.", unit="images", ge=2, le=1024
    )

    loss: LossName = _field("wasserstein", "Method", "Loss", "What D and G minimise, as functions of D's scores.")
    penalty: PenaltyName = _field(
        "gradient", "Method", "Penalty", "What keeps D smooth; the Wasserstein loss needs one."
    )
    penalty_weight: float = _field(
        10.0,
        "Method",
        "Penalty weight",
        "λ, the factor of the penalty in D's loss.",
        ge=0,
        le=1000,
        needs=("penalty", "gradient"),
    )
    d_steps: int = _field(
        5, "Method", "D steps", "Updates of D (the critic) per update of G; n_critic.", unit="updates", ge=1, le=50
    )

    network: NetworkName = _field("dcgan", "Networks", "Network", "The pair of G and D.")
    width: int = _field(
        32,
        "Networks",
        "Width",
        "Channels at the highest resolution, doubled at each halving.",
        unit="channels",
        needs=("network", "dcgan"),
        ge=4,
        le=256,
    )
    head_width: int = _field(
        0,
        "Networks",
        "Head width of D",
        "Units of a hidden dense layer before D's score, which sees the whole image at once; 0 has none.",
        unit="units",
        ge=0,
        le=4096,
    )
    z_dim: int = _field(64, "Networks", "Latent size", "Length of the latent vector z.", unit="numbers", ge=1, le=1024)
    prior: PriorName = _field("normal", "Networks", "Prior", "Distribution that z is drawn from.")
    prior_half_width: float = _field(
        1.0, "Networks", "Prior half-width", "z is uniform on ± this.", gt=0, le=10, needs=("prior", "uniform")
    )
    dropout: float = _field(
        0.0, "Networks", "Dropout in D", "Share of D's activations dropped after each convolution.", ge=0, le=0.9
    )
    init: InitName = _field(
        "torch",
        "Networks",
        "Initialisation",
        "normal: N(0, 0.02) as in the DCGAN paper; xavier: Glorot uniform; torch: PyTorch's own default.",
    )

    lr_d: float = _field(2e-4, "Optimisers", "Learning rate of D", "Adam's step size for D.", gt=0, le=1)
    lr_g: float = _field(2e-4, "Optimisers", "Learning rate of G", "Adam's step size for G.", gt=0, le=1)
    beta1: float = _field(0.5, "Optimisers", "Adam β₁", "Decay of the gradient's running mean.", ge=0, lt=1)
    beta2: float = _field(0.9, "Optimisers", "Adam β₂", "Decay of the gradient's running square.", ge=0, lt=1)
    ema_decay: float = _field(
        0.999,
        "Optimisers",
        "EMA decay",
        "Decay of the averaged copy of G that every picture comes from, per step; 0 shows G itself.",
        ge=0,
        lt=1,
    )

    max_steps: int = _field(
        2000, "Run", "Steps", "Updates of G after which the run is finished.", unit="steps", ge=1, le=10_000_000
    )
    seed: int = _field(0, "Run", "Seed", "Fixes weights, latents and the order of the data.", ge=0, le=2**31 - 1)
    preview_every: int = _field(
        25, "Run", "Samples every", "Steps between two grids of samples.", unit="steps", ge=1, le=100_000
    )
    preview_count: int = _field(
        64, "Run", "Samples per grid", "Samples in a grid, from latents that stay fixed.", unit="images", ge=1, le=256
    )
    snapshot_every: int = _field(
        500, "Run", "Snapshot every", "Steps between two snapshots on disk.", unit="steps", ge=1, le=1_000_000
    )
    device: DeviceName = _field("auto", "Run", "Device", "Where to train; auto takes a CUDA GPU if there is one.")

    def with_changes(self, **changes: Any) -> TrainConfig:
        """A validated copy with some fields replaced. Raises ConfigError."""
        return parse_config(self.model_dump() | changes)


def parse_config(values: Mapping[str, Any]) -> TrainConfig:
    """Validate settings from any door. Raises ConfigError: one sentence with name, value and way out."""
    try:
        return TrainConfig(**values)
    except ValidationError as error:
        raise ConfigError("; ".join(_sentence(detail) for detail in error.errors())) from None


def warnings_of(config: TrainConfig) -> tuple[str, ...]:
    """Sentences about combinations that are allowed and seldom wanted."""
    found = []
    if config.loss == "wasserstein" and config.penalty == "none":
        found.append(
            "Loss 'wasserstein' with penalty 'none' has no lower bound, so the critic's loss runs away: "
            "choose penalty 'gradient' unless you want to see just that."
        )
    if config.loss == "wasserstein" and config.dropout > 0:
        found.append(
            f"Dropout {config.dropout:g} makes the critic a different function at each pass, "
            "so its loss no longer estimates a distance: set dropout to 0 for loss 'wasserstein'."
        )
    return tuple(found)


def field_choices(name: str) -> tuple[str, ...]:
    """The names that a field of TrainConfig admits; empty when it is not a choice."""
    return get_args(TrainConfig.model_fields[name].annotation) if _is_choice(name) else ()


def field_group(name: str) -> str:
    """The heading a field stands under; empty for fields that are not settings."""
    extra = TrainConfig.model_fields[name].json_schema_extra
    return str(extra.get("group", "")) if isinstance(extra, dict) else ""


def field_needs(name: str) -> tuple[str, str] | None:
    """(other field, value) without which a setting has no effect; None when it always has one."""
    extra = TrainConfig.model_fields[name].json_schema_extra
    return cast("tuple[str, str] | None", extra.get("needs")) if isinstance(extra, dict) else None


def suggest(name: str, known: list[str]) -> str:
    """' Did you mean …?' or the list of what is known, to end a sentence about an unknown name."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(known)}"


def _is_choice(name: str) -> bool:
    return getattr(TrainConfig.model_fields[name].annotation, "__origin__", None) is Literal


#: What a field wants, where pydantic's own words do not follow "must be".
_WISHES = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "text",
    "string_pattern_mismatch": "at most 64 letters, digits, dots, dashes and underscores",
}


def _sentence(detail: Any) -> str:
    """One pydantic error in words."""
    if not detail["loc"]:
        return str(detail["ctx"]["error"])
    name, value = str(detail["loc"][0]), detail["input"]
    if detail["type"] == "extra_forbidden":
        return f"unknown setting {name!r}: {suggest(name, list(TrainConfig.model_fields))}"
    if detail["type"] == "literal_error":
        return f"{name} cannot be {value!r}: {suggest(str(value), list(field_choices(name)))}"
    wish = _WISHES.get(detail["type"], detail["msg"].removeprefix("Input should be "))
    return f"{name} must be {wish}, got {value!r}"
