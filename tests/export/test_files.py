"""Each form of file gives the generator's own pictures back without ganlab."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from takeaway import latents_for, loaded_of

from ganlab.errors import ConfigError
from ganlab.explore import Explorer, Loaded, draw, load_file
from ganlab.export.carry_out import farthest
from ganlab.export.compile import program_of
from ganlab.export.files import FORMS, PRECISIONS, Options, precision_for, take_away
from ganlab.export.program import Op, Program
from ganlab.gan.networks import Shape
from ganlab.runs import Runs

SHIPPED = Path(__file__).parents[2] / "checkpoints"


@pytest.fixture
def loaded() -> Loaded:
    return loaded_of()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_be_made(loaded: Loaded, form: Any):
    assert len(take_away(loaded, form)) > 100


def test_weights_are_opened_again_with_their_config(loaded: Loaded, tmp_path: Path):
    path = tmp_path / "generator.safetensors"
    path.write_bytes(take_away(loaded, "safetensors"))
    again = load_file(path)
    assert (again.config, again.step) == (loaded.config, 500)
    z, _ = latents_for(loaded.generator, 3)
    assert torch.equal(again.generator(z), loaded.generator(z))
    with safe_open(path, framework="pt") as file:
        assert json.loads(file.metadata()["config"])["network"] == "dcgan"


def test_an_onnx_model_says_where_it_is_from(loaded: Loaded):
    model = onnx.load_model_from_string(take_away(loaded, "onnx"))
    assert {entry.key: entry.value for entry in model.metadata_props}["step"] == "500"


SCRIPTED: list[tuple[str, Shape, dict[str, Any]]] = [
    ("dcgan", (1, 16, 16), {}),
    ("dcgan", (1, 16, 16), {"conditional": True, "prior": "uniform", "prior_half_width": 0.2}),
    ("resnet", (3, 32, 32), {"norm_g": "instance"}),
    ("resnet", (3, 32, 32), {"upsample": "resize"}),
    ("mlp", (2,), {"dataset": "gaussians-ring", "norm_g": "layer"}),
]


#: Samples of each script named, as the bytes of their numbers.
DRAWN = """
import sys
from importlib import import_module
from pathlib import Path

for name in sys.argv[1:]:
    script = import_module(name)
    samples = script.draw(script.load_generator(), script.latents(7, 5))
    Path(f"{name}.bytes").write_bytes(bytes(samples.contiguous().view(-1).view(script.torch.uint8).tolist()))
assert not [name for name in sys.modules if name.startswith(("ganlab", "safetensors", "PIL"))]
"""


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what each script draws in one process, since to load torch takes longer than all of them."""
    folder = tmp_path_factory.mktemp("scripts")
    for number, (network, shape, settings) in enumerate(SCRIPTED):
        (folder / f"script_{number}.py").write_bytes(take_away(loaded_of(network, shape, **settings), "script"))
    names = [f"script_{number}" for number in range(len(SCRIPTED))]
    ran = subprocess.run([sys.executable, "-c", DRAWN, *names], cwd=folder, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return folder


@pytest.mark.parametrize("number", range(len(SCRIPTED)), ids=[str(each) for each in SCRIPTED])
def test_a_script_draws_the_same_samples_with_torch_alone(number: int, scripted: Path):
    network, shape, settings = SCRIPTED[number]
    loaded = loaded_of(network, shape, **settings)
    read = bytearray((scripted / f"script_{number}.bytes").read_bytes())
    drawn = torch.frombuffer(read, dtype=torch.float32).view(5, *shape)
    labels = torch.arange(5) % 10 if loaded.class_count else None
    torch.testing.assert_close(drawn, loaded.generator(loaded.space.of_seed(7, 5), labels), atol=2e-5, rtol=1e-4)


def test_a_script_writes_a_png(loaded: Loaded, tmp_path: Path):
    script = tmp_path / "generator.py"
    script.write_bytes(take_away(loaded, "script"))
    words = ["--seed", "3", "--count", "5", "--scale", "2", "--out", "s.png"]
    ran = subprocess.run([sys.executable, script, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    sheet = np.asarray(Image.open(tmp_path / "s.png"))
    wanted = draw(loaded, loaded.space.of_seed(3, 5))
    assert sheet.shape == (2 * 32, 3 * 32)
    assert abs(sheet[:32:2, 32:64:2].astype(int) - wanted[1, ..., 0]).max() <= 1


def test_a_png_has_its_scale(loaded: Loaded):
    content = take_away(loaded, "png", Options(seed=2, count=4, scale=10))
    assert Image.open(io.BytesIO(content)).size == (330, 330)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(scale=0), "scale must be a whole number from 1 to 64"),
        (Options(scale=64, count=256), "choose a smaller scale or count"),
        (Options(seed=-1), "seed must be"),
        (Options(label=3), "no classes"),
        (Options(precision="float8"), "precision"),  # pyright: ignore[reportArgumentType]
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_in_a_sentence(loaded: Loaded, options: Options, said: str):
    with pytest.raises(ConfigError, match=said):
        take_away(loaded, "png", options)


def test_an_unknown_form_is_refused(loaded: Loaded):
    with pytest.raises(ConfigError, match="html"):
        take_away(loaded, "pdf")  # pyright: ignore[reportArgumentType]


def test_sixteen_bits_only_where_they_show_in_no_picture(loaded: Loaded):
    assert precision_for(program_of(loaded.generator)) == "float16"
    assert precision_for(steep(1.0)) == "float16"
    assert precision_for(steep(300.0)) == "float32", "differences of weights decide"
    assert precision_for(steep(1e6)) == "float32", "float16 ends at 65,504"


def steep(size: float) -> Program:
    """A point that is the small difference of two large numbers."""
    weight = np.array([[size, -size - 0.1], [0, 0]], np.float32)
    return Program(2, 0, (Op("linear", (0,), (2,), (weight, np.zeros(2, np.float32))),))


def test_a_page_in_sixteen_bits_is_about_two_thirds_of_the_weights(loaded: Loaded):
    whole, half = (len(take_away(loaded, "html", Options(precision=each))) for each in PRECISIONS[1:])
    weights = program_of(loaded.generator).weight_count()
    assert whole - half == pytest.approx(2 * weights * 4 / 3, abs=30)


@pytest.mark.slow
@pytest.mark.parametrize("run_id", ["digits-quick", "digits-wgan-gp", "mnist-wgan-gp", "mnist-dcgan"])
def test_sixteen_bits_show_in_none_of_a_thousand_pictures_of_the_runs_that_come_with_ganlab(run_id: str):
    program = program_of(Explorer(Runs(SHIPPED)).load(run_id).generator)
    assert farthest(program, program.rounded(), count=1000) <= 2 * 2 / 255
