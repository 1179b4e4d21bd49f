"""The settings of a run: their declarations, their validation, and what can be read off them. No torch."""

from ganlab.config.declare import GROUPS, Needs, Setting, listed, whole_of
from ganlab.config.edits import KNOBS, Changes, changes_between, edited
from ganlab.config.given import check_effect, with_implied
from ganlab.config.model import SETTINGS, TrainConfig, has_effect, parse_config
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
    UpsampleName,
    WeightsName,
)
from ganlab.config.refusals import suggest
from ganlab.config.warnings import warnings_of

__all__ = [
    "GROUPS",
    "KNOBS",
    "SETTINGS",
    "SLOPE_PENALTIES",
    "Changes",
    "CropName",
    "DatasetName",
    "DeviceName",
    "HeadName",
    "ImageSize",
    "InitName",
    "InterpolationName",
    "LossName",
    "Needs",
    "NetworkName",
    "NormName",
    "PenaltyName",
    "PrecisionName",
    "PriorName",
    "Setting",
    "TrainConfig",
    "UpsampleName",
    "WeightsName",
    "changes_between",
    "check_effect",
    "edited",
    "has_effect",
    "listed",
    "parse_config",
    "suggest",
    "warnings_of",
    "whole_of",
    "with_implied",
]
