"""Datasets as tensors: where they come from, how they are read and checked."""

from __future__ import annotations

from ganlab.data.dataset import Dataset, DatasetSpec, InPlane, Progress, Split, Wanted
from ganlab.data.download import data_dir
from ganlab.data.fingerprints import Fingerprint, differences, fingerprint
from ganlab.data.idx import read_idx
from ganlab.data.table import DATASETS, class_names_for, load_dataset, load_for, shape_for

__all__ = [
    "DATASETS",
    "Dataset",
    "DatasetSpec",
    "Fingerprint",
    "InPlane",
    "Progress",
    "Split",
    "Wanted",
    "class_names_for",
    "data_dir",
    "differences",
    "fingerprint",
    "load_dataset",
    "load_for",
    "read_idx",
    "shape_for",
]
