"""A program as one Python file that needs torch alone: its layers written out, its weights at the end."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Callable
from pathlib import Path

from ganlab.export.program import Op, Precision, Program
from ganlab.gan.latent import Space
from ganlab.version import VERSION

_TEMPLATE = Path(__file__).with_name("standalone.py.txt")
_LINE = 120  # letters of base64

_SCALE = '''
class Scale(nn.Module):
    """A factor and a shift for each channel: what is left of a batch norm after training."""

    def __init__(self, channels):
        super().__init__()
        self.factor = nn.Parameter(torch.empty(channels, 1, 1))
        self.shift = nn.Parameter(torch.empty(channels, 1, 1))

    def forward(self, x):
        return x * self.factor + self.shift

'''

_WRITE_IMAGES = '''
def write(path, images, scale):
    """Images as one PNG file, a grid row by row."""
    pixels = images.add(1).mul(127.5).round().clamp(0, 255).byte()
    pixels = pixels.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    columns = round(len(pixels) ** 0.5 + 0.499)
    empty = torch.full((-len(pixels) % columns, *pixels.shape[1:]), 128, dtype=torch.uint8)
    rows = torch.cat([pixels, empty]).unflatten(0, (-1, columns))
    sheet = torch.cat([torch.cat(list(row), 2) for row in rows], 1)
    channels, height, width = sheet.shape
    lines = b"".join(b"\\0" + bytes(line.flatten().tolist()) for line in sheet.permute(1, 2, 0))

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", header))
        file.write(chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))

'''

_WRITE_POINTS = '''
def write(path, points, scale):
    """Points as lines of two numbers."""
    with open(path, "w") as file:
        file.writelines(f"{x:.6f},{y:.6f}\\n" for x, y in points.tolist())

'''


def to_script(program: Program, space: Space, *, title: str, precision: Precision = "float32") -> bytes:
    """The text of the file. title: a line about the generator, of any letters."""
    images = len(program.shape) == 3
    layers, steps = _written(program)
    width = "z" if not program.class_count else "z and labels"
    text = _TEMPLATE.read_text(encoding="utf-8").format(
        title=_quoted(title),
        version=VERSION,
        ending="png" if images else "csv",
        imports="import struct\nimport zlib\n" if images else "",
        z_dim=program.z_dim,
        class_count=program.class_count,
        shape=program.shape,
        prior=space.prior,
        half_width=space.half_width,
        scale_class=_SCALE if any(op.kind == "scale" for op in program.ops) else "",
        labels_doc=" and labels, int64 (N,)," if program.class_count else "",
        samples_doc=f"images (N, {', '.join(map(str, program.shape))}) in [−1, 1]" if images else "points (N, 2)",
        layers=textwrap.indent("\n".join(layers), " " * 8),
        steps=textwrap.indent("\n".join(steps), " " * 8),
        draw_doc=f"What the generator makes of {width}." if width == "z" else "Samples of latents z.",
        writing=(_WRITE_IMAGES if images else _WRITE_POINTS).strip("\n") + "\n",
        precision=precision,
        weights=_lines(base64.b64encode(program.blob(precision)).decode()),
    )
    return text.encode()


def _quoted(text: str) -> str:
    """`text` as it stands between the quotes of a string in Python, whatever is in it."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _lines(text: str) -> str:
    return "\n".join(text[start : start + _LINE] for start in range(0, len(text), _LINE))


def _written(program: Program) -> tuple[list[str], list[str]]:
    """Lines of the constructor and of the forward pass."""
    names = ["z"]
    layers: list[str] = []
    steps: list[str] = []
    for number, op in enumerate(program.ops, 1):
        layer, call = RULES[op.kind](op)
        name = f"self.{op.kind}_{number}"
        if layer:
            layers.append(f"{name} = {layer}")
        given = [names[value] for value in op.inputs]
        steps.append(f"x{number} = " + call.format(*given, layer=name))
        names.append(f"x{number}")
    return layers, [*steps, f"return {names[-1]}"]


def _embed(op: Op) -> tuple[str, str]:
    classes, length = op.weights[0].shape
    return f"nn.Embedding({classes}, {length})", "torch.cat([{0}, {layer}(labels)], 1)"


def _linear(op: Op) -> tuple[str, str]:
    outputs, inputs = op.weights[0].shape
    shape = f".view(-1, {', '.join(map(str, op.shape))})" if len(op.shape) == 3 else ""
    return f"nn.Linear({inputs}, {outputs})", "{layer}({0})" + shape


def _convolve(op: Op) -> tuple[str, str]:
    outputs, inputs, side, _ = op.weights[0].shape
    return f"nn.Conv2d({inputs}, {outputs}, {side}, padding={op.settings['padding']})", "{layer}({0})"


def _enlarge(op: Op) -> tuple[str, str]:
    inputs, outputs, side, _ = op.weights[0].shape
    return f"nn.ConvTranspose2d({inputs}, {outputs}, {side}, stride=2, padding=1)", "{layer}({0})"


def _normalise(op: Op) -> tuple[str, str]:
    return f"nn.GroupNorm({op.settings['groups']}, {op.shape[0]}, eps={op.settings['eps']})", "{layer}({0})"


#: Kind → the layer that holds its weights, in their order, and the expression that computes it.
RULES: dict[str, Callable[[Op], tuple[str, str]]] = {
    "embed": _embed,
    "linear": _linear,
    "convolve": _convolve,
    "enlarge": _enlarge,
    "nearest": lambda op: ("", f"F.interpolate({{0}}, size={tuple(op.shape[1:])})"),
    "scale": lambda op: (f"Scale({op.shape[0]})", "{layer}({0})"),
    "normalise": _normalise,
    "leaky": lambda op: ("", f"F.leaky_relu({{0}}, {op.settings['slope']})" if op.settings["slope"] else "F.relu({0})"),
    "tanh": lambda op: ("", "{0}.tanh()"),
    "add": lambda op: ("", "{0} + {1}"),
}
