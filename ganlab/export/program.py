"""A generator as a flat program: a list of operations and their weights, which other runtimes can carry out.

The browser, ONNX and the standalone script are written from one and the same program. Values are numbered: 0 is z,
operation i makes value i + 1, the last one is the picture. Everything is float32, one example at a time, channels
first. Only what a trained generator does when it draws is left: batch norm and spectral norm are in the weights.

| kind | inputs → output | weights | settings |
|---|---|---|---|
| embed | z (D) → z and the row of the class (D + E) | table (classes, E) | |
| linear | flat → any shape with as many numbers | matrix (outputs, inputs), bias | |
| convolve | map → map of the same size | kernel (outputs, inputs, k, k), bias | padding |
| enlarge | map → larger map, stride 2, padding 1 | kernel (inputs, outputs, k, k), bias | |
| nearest | map → map of another size | | |
| scale | any → the same, per channel | factor, shift | |
| normalise | any → mean 0, variance 1, then per channel | factor, shift | groups: 1 or one for each channel; eps |
| leaky | any → x, or slope · x where negative | | slope |
| tanh | any | | |
| add | two of one shape | | |
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import orjson

Kind = Literal["embed", "linear", "convolve", "enlarge", "nearest", "scale", "normalise", "leaky", "tanh", "add"]
Precision = Literal["float32", "float16"]

#: Of the JSON; a runtime refuses another.
FORMAT = 1


@dataclass(frozen=True)
class Op:
    """One operation: the values that it takes, the shape that it makes, its weights (see the module's table)."""

    kind: Kind
    inputs: tuple[int, ...]
    shape: tuple[int, ...]
    weights: tuple[np.ndarray, ...] = ()
    settings: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class Program:
    """What a generator does. shape: of one picture (C, H, W) or point (2,); class_count: 0 unless conditional."""

    z_dim: int
    class_count: int
    ops: tuple[Op, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.ops[-1].shape

    def weight_count(self) -> int:
        return sum(weight.size for op in self.ops for weight in op.weights)

    def rounded(self) -> Program:
        """With its weights as float16 keeps them."""
        ops = [replace(op, weights=tuple(_half(weight).astype(np.float32) for weight in op.weights)) for op in self.ops]
        return replace(self, ops=tuple(ops))

    def fits_float16(self) -> bool:
        """Whether no weight is beyond the largest float16."""
        return all(np.isfinite(_half(weight)).all() for op in self.ops for weight in op.weights)

    def to_json(self, precision: Precision = "float32") -> bytes:
        """The operations as JSON; a weight is its shape and its place in the blob, counted in numbers."""
        ops: list[dict[str, Any]] = []
        place = 0
        for op in self.ops:
            weights = []
            for weight in op.weights:
                weights.append({"shape": weight.shape, "at": place})
                place += weight.size
            ops.append({"kind": op.kind, "inputs": op.inputs, "shape": op.shape, "weights": weights, **op.settings})
        content = {
            "format": FORMAT,
            "z_dim": self.z_dim,
            "class_count": self.class_count,
            "shape": self.shape,
            "precision": precision,
            "ops": ops,
        }
        return orjson.dumps(content)

    def blob(self, precision: Precision = "float32") -> bytes:
        """All weights one after the other, little-endian."""
        kept = [
            weight.ravel() if precision == "float32" else _half(weight.ravel())
            for op in self.ops
            for weight in op.weights
        ]
        whole = np.concatenate(kept)
        return whole.astype(whole.dtype.newbyteorder("<")).tobytes()


def work(program: Program) -> int:
    """Multiplications (with an addition each) for one picture."""
    shapes = [(program.z_dim,), *(op.shape for op in program.ops)]
    total = 0
    for op in program.ops:
        if op.kind in ("linear", "convolve", "enlarge"):
            # A tap of a transposed convolution meets each pixel of the input, of all others each of the output.
            met = shapes[op.inputs[0]] if op.kind == "enlarge" else op.shape
            total += op.weights[0].size * (1 if op.kind == "linear" else math.prod(met[1:]))
    return total


def _half(weight: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return weight.astype(np.float16)
