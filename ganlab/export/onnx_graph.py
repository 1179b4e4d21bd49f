"""A program as an ONNX model, with the operators that every runtime has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlab.errors import GanlabError
from ganlab.export.program import Op, Program

if TYPE_CHECKING:
    import onnx

#: Of the operators; old enough for runtimes of 2022.
OPSET = 17
IR_VERSION = 8


def to_onnx(program: Program, about: Mapping[str, str]) -> bytes:
    """A model with inputs `z`, float32 (N, z_dim), and, if conditional, `labels`, int64 (N,); one output.

    The output is `images`, float32 (N, C, H, W) in [−1, 1], or `points`, (N, 2). about: the model's metadata.
    Raises GanlabError where the package onnx is missing.
    """
    try:
        import onnx
    except ImportError:
        raise GanlabError("ONNX files need the package onnx: install it with `pip install onnx`") from None
    return _Graph(program).model(onnx, about).SerializeToString()


class _Graph:
    """Nodes and tensors as they are written."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.nodes: list[tuple[str, list[str], str, dict[str, Any]]] = []
        self.tensors: dict[str, np.ndarray] = {}
        self.last = "images" if len(program.shape) == 3 else "points"
        names = ["z"]
        for number, op in enumerate(program.ops, 1):
            name = self.last if number == len(program.ops) else f"{op.kind}_{number}"
            RULES[op.kind](self, op, name, [names[value] for value in op.inputs])
            names.append(name)

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append((kind, inputs, output, attributes))

    def tensor(self, name: str, numbers: Any, kind: Any = np.float32) -> str:
        self.tensors[name] = np.ascontiguousarray(numbers, kind)
        return name

    def per_channel(self, output: str, op: Op, name: str) -> None:
        """`name` times the first weight plus the second, per channel."""
        shape = [-1] + [1] * (len(op.shape) - 1)
        factor = self.tensor(f"{output}.factor", op.weights[0].reshape(shape))
        shift = self.tensor(f"{output}.shift", op.weights[1].reshape(shape))
        self.node("Mul", [name, factor], f"{output}.scaled")
        self.node("Add", [f"{output}.scaled", shift], output)

    def model(self, onnx: Any, about: Mapping[str, str]) -> onnx.ModelProto:
        helper, kinds = onnx.helper, onnx.TensorProto
        inputs = [helper.make_tensor_value_info("z", kinds.FLOAT, ["N", self.program.z_dim])]
        if self.program.class_count:
            inputs.append(helper.make_tensor_value_info("labels", kinds.INT64, ["N"]))
        graph = helper.make_graph(
            [helper.make_node(kind, given, [made], made, **more) for kind, given, made, more in self.nodes],
            "generator",
            inputs,
            [helper.make_tensor_value_info(self.last, kinds.FLOAT, ["N", *self.program.shape])],
            [onnx.numpy_helper.from_array(numbers, name) for name, numbers in self.tensors.items()],
        )
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, producer_name="ganlab", opset_imports=opset, ir_version=IR_VERSION)
        helper.set_model_props(model, dict(about))
        onnx.checker.check_model(model)
        return model


def _embed(graph: _Graph, op: Op, name: str, given: list[str]) -> None:
    table = graph.tensor(f"{name}.table", op.weights[0])
    graph.node("Gather", [table, "labels"], f"{name}.row")
    graph.node("Concat", [*given, f"{name}.row"], name, axis=1)


def _linear(graph: _Graph, op: Op, name: str, given: list[str]) -> None:
    matrix, bias = graph.tensor(f"{name}.matrix", op.weights[0]), graph.tensor(f"{name}.bias", op.weights[1])
    flat = name if len(op.shape) == 1 else f"{name}.flat"
    graph.node("Gemm", [*given, matrix, bias], flat, transB=1)
    if flat != name:
        shape = graph.tensor(f"{name}.shape", [-1, *op.shape], np.int64)
        graph.node("Reshape", [flat, shape], name)


def _convolve(kind: str, **attributes: Any) -> Callable[[_Graph, Op, str, list[str]], None]:
    def rule(graph: _Graph, op: Op, name: str, given: list[str]) -> None:
        kernel, bias = graph.tensor(f"{name}.kernel", op.weights[0]), graph.tensor(f"{name}.bias", op.weights[1])
        padding = int(op.settings.get("padding", 1))
        graph.node(kind, [*given, kernel, bias], name, pads=[padding] * 4, **attributes)

    return rule


def _nearest(graph: _Graph, op: Op, name: str, given: list[str]) -> None:
    before = graph.program.ops[op.inputs[0] - 1].shape
    scales = graph.tensor(
        f"{name}.scales", [1, 1, *(new / old for new, old in zip(op.shape[1:], before[1:], strict=True))]
    )
    modes = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}
    graph.node("Resize", [*given, "", scales], name, **modes)


def _normalise(graph: _Graph, op: Op, name: str, given: list[str]) -> None:
    """Of groups of channels: each group is made one channel, normalised, and taken apart again."""
    groups = int(op.settings["groups"])
    graph.node("Reshape", [*given, graph.tensor(f"{name}.groups", [0, groups, -1], np.int64)], f"{name}.grouped")
    one, zero = graph.tensor(f"{name}.one", np.ones(groups)), graph.tensor(f"{name}.zero", np.zeros(groups))
    graph.node(
        "InstanceNormalization", [f"{name}.grouped", one, zero], f"{name}.even", epsilon=float(op.settings["eps"])
    )
    graph.node("Reshape", [f"{name}.even", graph.tensor(f"{name}.shape", [-1, *op.shape], np.int64)], f"{name}.apart")
    graph.per_channel(name, op, f"{name}.apart")


RULES: dict[str, Callable[[_Graph, Op, str, list[str]], None]] = {
    "embed": _embed,
    "linear": _linear,
    "convolve": _convolve("Conv"),
    "enlarge": _convolve("ConvTranspose", strides=[2, 2]),
    "nearest": _nearest,
    "scale": lambda graph, op, name, given: graph.per_channel(name, op, given[0]),
    "normalise": _normalise,
    "leaky": lambda graph, op, name, given: graph.node("LeakyRelu", given, name, alpha=float(op.settings["slope"])),
    "tanh": lambda graph, op, name, given: graph.node("Tanh", given, name),
    "add": lambda graph, op, name, given: graph.node("Add", given, name),
}
