"""TrainConfig: every setting of a run, declared once.

Each field carries its title, meaning, range, unit and group; the Train page, the
command line and the docs are drawn from these declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ganlab.config.declare import Names, Needs, field, settings_of, whole
from ganlab.config.names import (
    SLOPE_PENALTIES,
    CropName,
    DatasetName,
    DeviceName,
    HeadName,
    ImageSize,
    InitName,
    InterpolationName,
    LossName,
    NetworkName,
    NormName,
    PenaltyName,
    PrecisionName,
    PriorName,
    ScoresName,
    UnpairedLossName,
    UpdateName,
    UpsampleName,
)
from ganlab.config.refusals import sentence_of
from ganlab.errors import ConfigError

_FOLDER: Needs = ("dataset", ("folder",))
_DCGANS = ("dcgan", "dcgan-article", "dcgan-article-keras", "dcgan-small")
_HEAPS = ("gaussians-ring", "gaussians-grid")
_MODES: Needs = ("dataset", (*_HEAPS, "moons", "two-disjoint"))
_SPREADING: Needs = ("dataset", (*_MODES[1], "swiss-roll", "line", "circle", "checkerboard", "own-points"))
_CONVOLUTIONAL: Needs = ("network", (*_DCGANS, "resnet"))


class TrainConfig(BaseModel):
    """One complete, frozen, JSON-serialisable description of a training run."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    recipe: str = Field(
        default="", pattern=r"^[A-Za-z0-9._-]{0,64}$", description="The recipe that this config began as; a label only."
    )

    dataset: DatasetName = field("digits", "Data", "Dataset", "The real images (or points) to imitate.")
    folder: str = field(
        "",
        "Data",
        "Folder",
        "Where the pictures are: a path, or the name of a collection on the Data page. Sub-folders count as classes.",
        needs=_FOLDER,
        max_length=4096,
    )
    image_size: Annotated[ImageSize, BeforeValidator(whole)] = field(
        0, "Data", "Image size", "Images are resized to this many pixels per side; 0 keeps the dataset's own."
    )
    crop: CropName = field(
        "centre",
        "Data",
        "Crop",
        "How a picture becomes square. centre: the middle is cut out; letterbox: all of it, on white.",
        needs=_FOLDER,
    )
    points: str = field(
        "",
        "Data",
        "Your own points",
        "Lines of x,y, at most 4,096, kept with the run; they are trained on as often as they stand there. "
        "On the command line the name of a CSV file. The Plane page draws them.",
        needs=("dataset", ("own-points",)),
        max_length=100_000,
    )
    formula: str = field(
        "0.8*cos(2*pi*u), 0.5*sin(4*pi*u)",
        "Data",
        "Formula",
        "x and y, with a comma between. u and v are drawn from [0, 1), n and m from a normal distribution, anew for "
        "each point; + - * / % **, pi, e, abs, ceil, cos, exp, floor, log, max, min, sign, sin, sqrt, tan, tanh.",
        needs=("dataset", ("formula",)),
        max_length=500,
    )
    modes: int = field(
        0,
        "Data",
        "Modes",
        "Number of heaps; 0 for the dataset's own.",
        unit="heaps",
        ge=0,
        le=100,
        needs=("dataset", _HEAPS),
    )
    spread: float = field(
        0.0,
        "Data",
        "Spread",
        "Standard deviation of each coordinate around heap, curve or drawn point; 0 for the dataset's own.",
        needs=_SPREADING,
        ge=0,
        le=0.5,
    )
    imbalance: float = field(
        1.0,
        "Data",
        "Imbalance",
        "How many times as frequent the first mode is as the last; those between fall evenly, by a factor each.",
        needs=_MODES,
        ge=1,
        le=100,
    )
    classes: Names = field(
        (),
        "Data",
        "Classes",
        "Only images of these classes, such as the digits 3 and 5; none means all of them. "
        'Typed, a name with a comma in it stands in double quotes: "a,b".',
    )
    max_images: int = field(
        0,
        "Data",
        "Number of images",
        "At most so many real images, spread evenly over the dataset; 0 takes all.",
        unit="images",
        ge=0,
        le=10_000_000,
    )
    flip: bool = field(
        False, "Data", "Flip", "Show every second real image mirrored, left to right, at random.", knob=True
    )
    replacement: bool = field(
        False,
        "Data",
        "With replacement",
        "Draw each image from all of them, so that some come sooner again than others. Otherwise all come once per "
        "epoch, in a new order.",
    )
    batch_size: int = field(
        64, "Data", "Batch size", "Real images (and as many fakes) per update.", unit="images", ge=2, le=1024, knob=True
    )

    loss: LossName = field(
        "wasserstein", "Method", "Loss", "What D and G minimise, as functions of D's scores.", knob=True
    )
    label_smoothing: float = field(
        0.0,
        "Method",
        "Label smoothing",
        "D's target for real images is 1 minus this (one-sided, Salimans et al. 2016).",
        ge=0,
        le=0.5,
        needs=("loss", ("non-saturating", "saturating", "least-squares")),
        knob=True,
    )
    penalty: PenaltyName = field(
        "gradient", "Method", "Penalty", "What keeps D smooth; the Wasserstein loss needs one.", knob=True
    )
    penalty_weight: float = field(
        10.0,
        "Method",
        "Penalty weight",
        "The factor of the penalty in D's loss: λ, or γ for r1 and r2.",
        ge=0,
        le=1000,
        needs=("penalty", SLOPE_PENALTIES),
        knob=True,
    )
    interpolation: InterpolationName = field(
        "uniform",
        "Method",
        "Interpolation",
        "How the points between real and fake are drawn where the gradient is measured. uniform: the paper's; "
        "normal: a factor from N(0, 1), which also leaves the segment.",
        needs=("penalty", ("gradient",)),
        knob=True,
    )
    clip_value: float = field(
        0.01,
        "Method",
        "Clip value",
        "After each update of D every weight is put back into ± this.",
        gt=0,
        le=10,
        needs=("penalty", ("clip",)),
        knob=True,
    )
    d_steps: int = field(
        5,
        "Method",
        "D steps",
        "Updates of D (the critic) per update of G; n_critic.",
        unit="updates",
        ge=1,
        le=50,
        knob=True,
    )
    d_update: UpdateName = field(
        "together",
        "Method",
        "Update of D",
        "together: one step on the sum of D's losses on reals and on fakes; halved: on half of that; apart: a step on "
        "reals and the penalty, then one on fakes. The curves show the sum, as it was before the update.",
        needs=("loss", get_args(UnpairedLossName)),
    )

    network: NetworkName = field("dcgan", "Networks", "Network", "The pair of G and D.")
    width: int = field(
        32,
        "Networks",
        "Width",
        "Channels at the highest resolution, doubled at each halving; of an mlp, units per hidden layer.",
        unit="channels",
        needs=("network", ("dcgan", "resnet", "mlp")),
        ge=4,
        le=1024,
    )
    depth: int = field(
        3,
        "Networks",
        "Depth",
        "Hidden layers of G and of D.",
        unit="layers",
        ge=1,
        le=8,
        needs=("network", ("mlp",)),
    )
    norm_g: NormName = field("batch", "Networks", "Normalisation in G", "What stands between the layers of G.")
    norm_d: NormName = field(
        "none",
        "Networks",
        "Normalisation in D",
        "What stands between the layers of D. With batch, D's score of an image depends on the others in its batch, "
        "so reals and fakes are judged apart.",
    )
    head: HeadName = field(
        "dense",
        "Networks",
        "Head of D",
        "From features to a score. dense: all positions have their own weights; pool: the mean over positions first, "
        "then a weight per channel; mean: the mean over positions and channels, without weights.",
        needs=_CONVOLUTIONAL,
    )
    head_width: int = field(
        0,
        "Networks",
        "Head width of D",
        "Units of a hidden dense layer before D's score, which sees the whole image at once; 0 has none.",
        unit="units",
        ge=0,
        le=4096,
    )
    dropout: float = field(
        0.0, "Networks", "Dropout in D", "Share of D's activations dropped after each hidden layer.", ge=0, le=0.9
    )
    slope: float = field(
        0.2, "Networks", "Slope in D", "Slope of D's leaky ReLU below zero; 0 is a plain ReLU.", ge=0, le=1
    )
    upsample: UpsampleName = field(
        "transposed",
        "Networks",
        "Up-sampling in G",
        "transposed: strided transposed convolutions, as in the DCGAN paper; "
        "resize: nearest neighbour, then a convolution, which leaves no checkerboard (Odena et al. 2016).",
        needs=("network", _DCGANS),
    )
    conditional: bool = field(
        False,
        "Networks",
        "Class-conditional",
        "G is told the class by an embedding beside z, D judges image and class together by projection "
        "(Miyato & Koyama 2018). Needs a dataset with classes.",
    )
    z_dim: int = field(64, "Networks", "Latent size", "Length of the latent vector z.", unit="numbers", ge=1, le=1024)
    prior: PriorName = field("normal", "Networks", "Prior", "Distribution that z is drawn from.")
    prior_half_width: float = field(
        1.0, "Networks", "Prior half-width", "z is uniform on ± this.", gt=0, le=10, needs=("prior", ("uniform",))
    )
    init: InitName = field(
        "torch",
        "Networks",
        "Initialisation",
        "normal: N(0, 0.02) as in the DCGAN paper; xavier: Glorot uniform; torch: PyTorch's own default; article: the "
        "MNIST article's in PyTorch, xavier for convolutions, torch for linear layers, N(0, 1) for norms' scales.",
    )

    lr_d: float = field(2e-4, "Optimisers", "Learning rate of D", "Adam's step size for D.", gt=0, le=1, knob=True)
    lr_g: float = field(2e-4, "Optimisers", "Learning rate of G", "Adam's step size for G.", gt=0, le=1, knob=True)
    beta1: float = field(0.5, "Optimisers", "Adam β₁", "Decay of the gradient's running mean.", ge=0, lt=1, knob=True)
    beta2: float = field(0.9, "Optimisers", "Adam β₂", "Decay of the gradient's running square.", ge=0, lt=1, knob=True)
    adam_eps: float = field(
        1e-8,
        "Optimisers",
        "Adam ε",
        "Added to the root of the gradient's running square before it divides the step.",
        gt=0,
        le=1,
    )
    weight_decay_d: float = field(
        0.0,
        "Optimisers",
        "Weight decay of D",
        "Factor of the weights that is added to D's gradients.",
        ge=0,
        le=1,
        knob=True,
    )
    weight_decay_g: float = field(
        0.0,
        "Optimisers",
        "Weight decay of G",
        "Factor of the weights that is added to G's gradients.",
        ge=0,
        le=1,
        knob=True,
    )
    ema_decay: float = field(
        0.999,
        "Optimisers",
        "EMA decay",
        "Decay of the averaged copy of G that every picture comes from, per step; 0 shows G itself.",
        ge=0,
        lt=1,
        knob=True,
    )

    max_steps: int = field(
        2000,
        "Run",
        "Steps",
        "Updates of G after which the run is finished.",
        unit="steps",
        ge=1,
        le=10_000_000,
        knob=True,
    )
    seed: int = field(0, "Run", "Seed", "Fixes weights, latents and the order of the data.", ge=0, le=2**31 - 1)
    preview_every: int = field(
        25, "Run", "Samples every", "Steps between two grids of samples.", unit="steps", ge=1, le=100_000, knob=True
    )
    preview_count: int = field(
        64, "Run", "Samples per grid", "Samples in a grid, from latents that stay fixed.", unit="images", ge=1, le=256
    )
    score_count: int = field(
        500,
        "Run",
        "Samples per score",
        "Samples that are scored at a time while it trains, with the grids; 0 for no scores.",
        unit="samples",
        ge=0,
        le=10_000,
        knob=True,
    )
    scores: ScoresName = field(
        "usual",
        "Run",
        "Scores",
        "Which scores are taken while it trains. usual: the cheap ones, by which the best is found; wide: with "
        "precision, recall, density and coverage; all: each that can be had.",
        knob=True,
    )
    score_share: float = field(
        0.05, "Run", "Time for scores", "Share of the time that scores may take.", gt=0, le=0.5, knob=True
    )
    snapshot_every: int = field(
        500,
        "Run",
        "Snapshot every",
        "Steps between two snapshots on disk.",
        unit="steps",
        ge=1,
        le=1_000_000,
        knob=True,
    )
    snapshot_space_mb: int = field(
        1000,
        "Run",
        "Snapshot space",
        "At most so much disk for a run's snapshots: older ones thin out, the last and those before edits go last.",
        unit="MB",
        ge=1,
        le=10_000_000,
        knob=True,
    )
    device: DeviceName = field("auto", "Run", "Device", "Where to train; auto takes a CUDA GPU if there is one.")
    precision: PrecisionName = field(
        "auto",
        "Run",
        "Precision",
        "Of convolutions and matrix products; weights and losses are always 32 bits. float32: the reference, the same "
        "to the last bit whenever it is repeated, operation by operation on a GPU too; tf32: 19 bits, on an NVIDIA "
        "GPU; bfloat16: 16 bits; auto: bfloat16 where this computer was measured to be faster with it.",
    )

    def with_changes(self, **changes: Any) -> TrainConfig:
        """A validated copy with some fields replaced. Raises ConfigError."""
        return parse_config(self.model_dump() | changes)


def parse_config(values: Mapping[str, Any]) -> TrainConfig:
    """Validate settings from any door. Raises ConfigError: one sentence with name, value and way out."""
    try:
        return TrainConfig(**values)
    except ValidationError as error:
        raise ConfigError("; ".join(sentence_of(detail, SETTINGS) for detail in error.errors())) from None


SETTINGS = settings_of(TrainConfig)


def has_effect(name: str, values: Mapping[str, object]) -> bool:
    """Whether a setting does anything beside the others as they stand; a setting that needs an idle one is idle."""
    needs = SETTINGS[name].needs
    return needs is None or (values[needs[0]] in needs[1] and has_effect(needs[0], values))
