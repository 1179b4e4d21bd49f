"""Points by a formula for x and y: a grammar of our own, read with `ast` and never run as Python."""

from __future__ import annotations

import ast
import math
import zlib
from collections.abc import Callable

import numpy as np
import torch

from ganlab.data.dataset import Dataset, Progress, Split, Wanted
from ganlab.data.toys import COUNTS
from ganlab.errors import DataError
from ganlab.words import percent

NAME = "formula"
#: Parts of a formula: each takes one pass over the points, so that none takes long.
_MOST_PARTS = 200
#: Coordinates that may come out.
_REACH = 10.0

_VARIABLES = {
    "u": "uniform on [0, 1)",
    "v": "the same once more",
    "n": "normal, mean 0, deviation 1",
    "m": "the same once more",
}
_CONSTANTS = {"pi": math.pi, "e": math.e}
#: By name: the function and how many arguments it takes.
_FUNCTIONS: dict[str, tuple[Callable[..., np.ndarray], int]] = {
    "abs": (np.abs, 1),
    "ceil": (np.ceil, 1),
    "cos": (np.cos, 1),
    "exp": (np.exp, 1),
    "floor": (np.floor, 1),
    "log": (np.log, 1),
    "max": (np.maximum, 2),
    "min": (np.minimum, 2),
    "sign": (np.sign, 1),
    "sin": (np.sin, 1),
    "sqrt": (np.sqrt, 1),
    "tan": (np.tan, 1),
    "tanh": (np.tanh, 1),
}
_BINARY: dict[type[ast.operator], Callable[..., np.ndarray]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
}
_SIGNS: dict[type[ast.unaryop], Callable[..., np.ndarray]] = {ast.UAdd: np.positive, ast.USub: np.negative}

Values = dict[str, np.ndarray]


def check_formula(text: str) -> None:
    """Raises DataError, with what is wrong and what is known, for what is no formula of two numbers.

    Also where the points that it makes are not finite, all at one place, or farther out than ±10.
    """
    _points(text, "train")


def load(wanted: Wanted, *, progress: Progress) -> Dataset:
    """20,000 points to train on, with 5,000 held out, or those: always the same. Raises DataError."""
    progress("Making points by a formula", None)
    train, test = (
        Dataset(NAME, _points(wanted.plane.formula, split), None, (), plane=wanted.plane) for split in ("train", "test")
    )
    return test if wanted.split == "test" else train.beside(test)


def _points(text: str, split: Split) -> torch.Tensor:
    parts = _parts(text)
    rng = np.random.Generator(np.random.PCG64(zlib.crc32(f"{NAME} {split}".encode())))
    count = COUNTS[split]
    drawn: Values = {name: rng.random(count) if name in "uv" else rng.standard_normal(count) for name in _VARIABLES}
    with np.errstate(all="ignore"):
        x, y = (np.broadcast_to(_value(part, drawn), count) for part in parts)
    for name, values in zip("xy", (x, y), strict=True):
        if share := float(np.mean(~np.isfinite(values))):
            raise DataError(
                f"{name} of the formula is no finite number for {percent(share, 1)} of the points: keep away from "
                "division by 0, and from roots and logarithms of negative numbers"
            )
        if (farthest := float(np.abs(values).max())) > _REACH:
            raise DataError(f"{name} of the formula reaches {farthest:.3g}: scale it to within ±{_REACH:g}")
    points = torch.from_numpy(np.stack([x, y], 1)).float()
    if (points == points[0]).all():
        raise DataError("all points of the formula are at one place: use u, v, n or m in it")
    return points


def _parts(text: str) -> list[ast.expr]:
    """The expressions for x and for y, made of known parts alone."""
    if not text.strip():
        raise DataError("there is no formula: give one for x and y, such as cos(2*pi*u), sin(2*pi*u)")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DataError(
            f"{_cut(text)} is no formula: write x and y with a comma between, such as cos(2*pi*u), sin(2*pi*u)"
        ) from None
    if not isinstance(tree, ast.Tuple) or len(tree.elts) != 2:
        count = len(tree.elts) if isinstance(tree, ast.Tuple) else 1
        raise DataError(f"a formula has two parts, x and y, with a comma between: got {count}")
    if (size := sum(isinstance(each, ast.expr) for each in ast.walk(tree))) > _MOST_PARTS:
        raise DataError(f"the formula has {size} parts: use at most {_MOST_PARTS}")
    for part in tree.elts:
        _check(part)
    return tree.elts


def _check(part: ast.expr) -> None:
    """Raises DataError for anything but numbers, known names, known functions and the operators between them."""
    match part:
        case ast.Constant(value=value) if type(value) in (int, float):
            pass
        case ast.Name(id=name) if name in _VARIABLES or name in _CONSTANTS:
            pass
        case ast.Name(id=name):
            raise DataError(f"the formula names {name!r}: {_known()}")
        case ast.UnaryOp(op=op, operand=inner) if type(op) in _SIGNS:
            _check(inner)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            _check(left)
            _check(right)
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if name in _FUNCTIONS:
            wanted = _FUNCTIONS[name][1]
            if len(given) != wanted:
                raise DataError(f"{name} of the formula takes {wanted} of what it is applied to, got {len(given)}")
            for each in given:
                _check(each)
        case _:
            raise DataError(f"the formula cannot hold {_cut(ast.unparse(part))}: {_known()}")


def _value(part: ast.expr, drawn: Values) -> np.ndarray:
    """Of a part that was checked: one pass over the points for each operator."""
    match part:
        case ast.Constant(value=int() | float() as number):
            return np.array(_as_float(number))
        case ast.Name(id=name):
            return drawn[name] if name in drawn else np.array(_CONSTANTS[name])
        case ast.UnaryOp(op=op, operand=inner):
            return _SIGNS[type(op)](_value(inner, drawn))
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_value(left, drawn), _value(right, drawn))
        case ast.Call(func=ast.Name(id=name), args=given):
            return _FUNCTIONS[name][0](*(_value(each, drawn) for each in given))
    raise AssertionError(ast.dump(part))  # _check lets nothing else through


def _as_float(number: float) -> float:
    """A whole number of more than 308 digits is infinite."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _known() -> str:
    return (
        f"use {', '.join((*_VARIABLES, *_CONSTANTS))}, numbers, + - * / % ** and the functions {', '.join(_FUNCTIONS)}"
    )


def _cut(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:59]}…")
