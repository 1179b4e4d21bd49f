"""Names of the rows of every table.

They stand here as `Literal`s, so that a config can be validated and `--help` printed without importing torch;
tests check that each table has exactly these rows.
"""

from __future__ import annotations

from typing import Literal, get_args

DatasetName = Literal[
    "digits",
    "mnist",
    "fashion-mnist",
    "kmnist",
    "cifar10",
    "stl10",
    "folder",
    "gaussians-ring",
    "gaussians-grid",
    "swiss-roll",
    "moons",
    "line",
    "circle",
    "checkerboard",
    "two-disjoint",
    "own-points",
    "formula",
]
#: Pixels per side; 0 stands for the dataset's own.
ImageSize = Literal[0, 16, 28, 32, 48, 64, 96, 128, 256]
CropName = Literal["centre", "letterbox"]
#: Those that score each image by itself.
UnpairedLossName = Literal["wasserstein", "non-saturating", "saturating", "hinge", "least-squares"]
LossName = Literal[UnpairedLossName, "relativistic"]
#: How D is updated by its loss on reals and on fakes.
UpdateName = Literal["together", "halved", "apart"]
#: Those on D's slope at single images, which have a weight.
SlopePenaltyName = Literal["gradient", "r1", "r2", "r1+r2", "dragan"]
SLOPE_PENALTIES = get_args(SlopePenaltyName)
PenaltyName = Literal["none", SlopePenaltyName, "clip"]
InterpolationName = Literal["uniform", "normal"]
NetworkName = Literal["dcgan", "dcgan-article", "dcgan-article-keras", "dcgan-small", "resnet", "mlp"]
NormName = Literal["none", "batch", "layer", "instance", "spectral"]
HeadName = Literal["dense", "pool", "mean"]
UpsampleName = Literal["transposed", "resize"]
PriorName = Literal["normal", "uniform"]
InitName = Literal["normal", "xavier", "torch", "article"]
#: Which scores are taken while a run trains.
ScoresName = Literal["usual", "wide", "all"]
DeviceName = Literal["auto", "cpu", "cuda"]
PrecisionName = Literal["auto", "float32", "tf32", "bfloat16"]
#: The averaged copy of the generator, from which every picture comes unless one asks for the other; or as trained.
WeightsName = Literal["average", "generator"]
