"""The files that a generator is taken away in, by their form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import get_args

from safetensors.torch import save
from torch import Tensor

from ganlab.data.listing import printable
from ganlab.errors import ConfigError
from ganlab.explore import MOST_IMAGES, MOST_SEED, Loaded, directions_of, draw, shares_of
from ganlab.explore.checks import check_one_of, check_whole
from ganlab.export.carry_out import farthest
from ganlab.export.compile import program_of
from ganlab.export.names import FormName, PrecisionName
from ganlab.export.onnx_graph import to_onnx
from ganlab.export.page import Slider, to_page
from ganlab.export.program import Precision, Program
from ganlab.export.script import to_script
from ganlab.gan.latent import DIRECTIONS, DirectionsName
from ganlab.pictures import encode, enlarge, make_grid
from ganlab.runs.directions import KeptDirection
from ganlab.version import VERSION

PRECISIONS: tuple[PrecisionName, ...] = get_args(PrecisionName)

MOST_SCALE = 64
MOST_PIXELS = 100_000_000
#: How far a picture may be off for its weights to be kept in 16 bits: one of 255 steps, in [−1, 1].
_NEAR = 2 / 255


@dataclass(frozen=True)
class Options:
    """What some forms ask for besides (`Form.fields`).

    seed, label: of the samples, or what a page shows first; a label is a class, or shares of all of them (classes,).
    count, scale: of the samples in a PNG. precision: of the weights; "auto" takes 16 bits for a page where that shows
    in no picture, 32 for a script. directions: the kind that a page has sliders for; kept: those that were named,
    which stand before them.
    """

    seed: int = 0
    count: int = 1
    label: int | Tensor | None = None
    scale: int = 4
    precision: PrecisionName = "auto"
    directions: DirectionsName = "activations"
    kept: tuple[KeptDirection, ...] = ()


@dataclass(frozen=True)
class Form:
    """A row of the table: what it is, the ending of its files, and how one is made; `fields` of Options that count."""

    title: str
    description: str
    suffix: str
    make: Callable[[Loaded, Options], bytes]
    fields: tuple[str, ...] = ()


def take_away(loaded: Loaded, form: FormName, options: Options | None = None) -> bytes:
    """The content of a file from which the generator can be used without ganlab.

    Raises ConfigError for options out of range, GanlabError where a form is not possible.
    """
    check_one_of("form", form, tuple(FORMS))
    options = options or Options()
    check_one_of("precision", options.precision, PRECISIONS)
    check_one_of("directions", options.directions, tuple(DIRECTIONS))
    check_whole("seed", options.seed, 0, MOST_SEED)
    return FORMS[form].make(loaded, options)


def about(loaded: Loaded) -> dict[str, str]:
    """What a file says of its origin."""
    folder = PureWindowsPath(loaded.config.folder).name  # where it lies is nobody else's business
    config = loaded.config.with_changes(folder=folder)
    return {"ganlab": VERSION, "step": str(loaded.step), "config": config.model_dump_json()}


def title_of(loaded: Loaded) -> str:
    """A line for people. What cannot be shown in a name becomes a question mark."""
    return printable(f"Generator of {loaded.source.replace(chr(39), '')}, step {loaded.step}")


def precision_for(program: Program) -> Precision:
    """16 bits where 64 pictures (or points) are the same to one of 255 steps, else 32."""
    near = program.fits_float16() and farthest(program, program.rounded()) <= _NEAR
    return "float16" if near else "float32"


def _to_page(loaded: Loaded, options: Options) -> bytes:
    program = program_of(loaded.generator)
    precision = precision_for(program) if options.precision == "auto" else options.precision
    return to_page(
        program,
        loaded.space,
        _sliders(loaded, options),
        title=title_of(loaded),
        class_names=loaded.class_names if loaded.class_count else (),
        seed=options.seed,
        shares=_first_shares(loaded, options.label),
        precision=precision,
    )


def _sliders(loaded: Loaded, options: Options) -> list[Slider]:
    """The directions that were named, then those that are found, as Explore shows them."""
    found = directions_of(loaded, options.directions)
    kept = [Slider(each.name, None, list(each.move)) for each in options.kept]
    return [*kept, *map(Slider, found.names, found.shares, found.moves.tolist())]


def _first_shares(loaded: Loaded, label: int | Tensor | None) -> list[float]:
    """Of every class, in the picture that a page shows first; those of class 0 where none is named."""
    if label is None and not loaded.class_count:
        return []
    shares = shares_of(loaded, 1, label[None] if isinstance(label, Tensor) else label or 0)
    assert shares is not None, "without classes it was refused"
    return shares[0].tolist()


def _to_onnx(loaded: Loaded, options: Options) -> bytes:
    return to_onnx(program_of(loaded.generator), about(loaded))


def _to_safetensors(loaded: Loaded, options: Options) -> bytes:
    """As in a snapshot, so that `ganlab.explore.load_file` and the Explore page open it."""
    tensors = {f"average.{name}": value.contiguous() for name, value in loaded.generator.state_dict().items()}
    return save(tensors, about(loaded))


def _to_script(loaded: Loaded, options: Options) -> bytes:
    precision = "float32" if options.precision == "auto" else options.precision
    return to_script(program_of(loaded.generator), loaded.space, title=title_of(loaded), precision=precision)


def _to_png(loaded: Loaded, options: Options) -> bytes:
    check_whole("count", options.count, 1, MOST_IMAGES)
    check_whole("scale", options.scale, 1, MOST_SCALE)
    shares = options.label.expand(options.count, -1) if isinstance(options.label, Tensor) else options.label
    sheet = make_grid(draw(loaded, loaded.space.of_seed(options.seed, options.count), shares))
    height, width = (side * options.scale for side in sheet.shape[:2])
    if height * width > MOST_PIXELS:
        raise ConfigError(
            f"scale {options.scale} makes a picture of {width}×{height} pixels, and {MOST_PIXELS // 10**6} million is "
            "the most: choose a smaller scale or count"
        )
    return encode(enlarge(sheet, options.scale), "png")


FORMS: dict[FormName, Form] = {
    "html": Form(
        "Page",
        "One HTML file with generator, runtime and sliders; opens offline with a double-click.",
        ".html",
        _to_page,
        ("seed", "label", "precision", "directions", "kept"),
    ),
    "onnx": Form("ONNX model", "For onnxruntime and everything else that reads ONNX.", ".onnx", _to_onnx),
    "safetensors": Form(
        "Weights",
        "The weights and the config they belong to; ganlab opens them again.",
        ".safetensors",
        _to_safetensors,
    ),
    "script": Form(
        "Python script",
        "One Python file with layers and weights; needs PyTorch alone.",
        ".py",
        _to_script,
        ("precision",),
    ),
    "png": Form("Picture", "Samples of a seed at any scale.", ".png", _to_png, ("seed", "count", "label", "scale")),
}
