"""The settings of a run: their declarations, their validation, and what can be read off them. No torch."""

from ganlab.config.declare import GROUPS, Needs, listed, whole_of
from ganlab.config.edits import KNOBS, Changes, changes_between, edited
from ganlab.config.fields import field_group, field_is_knob, field_kind, field_needs, field_unit, has_effect
from ganlab.config.given import check_effect, with_implied
from ganlab.config.model import TrainConfig, field_choices, parse_config
from ganlab.config.names import (
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
    "TrainConfig",
    "UpsampleName",
    "WeightsName",
    "changes_between",
    "check_effect",
    "edited",
    "field_choices",
    "field_group",
    "field_is_knob",
    "field_kind",
    "field_needs",
    "field_unit",
    "has_effect",
    "listed",
    "parse_config",
    "suggest",
    "warnings_of",
    "whole_of",
    "with_implied",
]
