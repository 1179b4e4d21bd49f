"""The browser's runtime draws what torch draws, on each of its three kernels."""

from __future__ import annotations

import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import torch
from in_the_page import RuntimePage
from playwright.sync_api import Browser
from takeaway import CASES, EVERY, FEW, generator_of, latents_for

from ganlab.export.browser import runtime
from ganlab.export.browser.build import BINARIES, COMPILER, FOLDER, build
from ganlab.export.carry_out import carry_out
from ganlab.export.compile import program_of
from ganlab.gan.latent import generate, latents_of_seed
from ganlab.gan.networks import Shape
from ganlab.training.preview import to_pixels

browser = pytest.mark.browser

#: Loads the program, draws what is asked for, and compares: the farthest number and the farthest byte.
COMPARE = """async ({ kernel, count, hands }) => {
  const program = JSON.parse(new TextDecoder().decode(await file("program")));
  const kernels = ganlabKernels().filter(({ name }) => name === kernel);
  const generator = await PageGenerator.load(program, await file("blob"), { kernels, hands });
  await generator.whole;
  if (generator.hands.length !== hands) throw new Error(`${generator.hands.length} workers, ${hands} wanted`);
  const z = new Float32Array(await file("z"));
  const labels = program.class_count ? Array.from({ length: count }, (_, n) => n % program.class_count) : [0];
  const [numbers, wanted] = [await generator.values(z, labels), new Float32Array(await file("numbers"))];
  if (numbers.length !== wanted.length) throw new Error(`${numbers.length} numbers, ${wanted.length} wanted`);
  const found = { kernel: generator.kernel, number: 0, byte: 0 };
  for (let i = 0; i < numbers.length; i++) found.number = Math.max(found.number, Math.abs(numbers[i] - wanted[i]));
  if (program.shape.length === 3) {
    const bytes = new Uint8Array(await file("bytes"));
    const [channels, height, width] = program.shape;
    const images = await generator.drawMany(z, labels);
    if (images.length !== count) throw new Error(`${images.length} pictures, ${count} wanted`);
    images.forEach(({ data }, n) => {
      for (let p = 0; p < height * width; p++)
        for (let c = 0; c < channels; c++)
          found.byte = Math.max(found.byte, Math.abs(data[4 * p + c] - bytes[(n * height * width + p) * channels + c]));
    });
  }
  generator.close();
  return found;
}"""


def compare(
    page: RuntimePage,
    network: str,
    shape: Shape,
    count: int,
    *,
    kernel: str = "fma",
    hands: int = 1,
    seed: int = 5,
    **settings: Any,
) -> dict[str, Any]:
    """How far the browser's numbers and bytes are from torch's, for `count` latents."""
    generator = generator_of(network, shape, **settings)
    z, labels = latents_for(generator, count, seed=seed)
    parts = zip(z.split(50), labels.split(50) if labels is not None else [None] * count, strict=False)
    drawn = torch.cat([generator(part, some) for part, some in parts])
    program = program_of(generator)
    files = {
        "program": program.to_json(),
        "blob": program.blob(),
        "z": z.numpy().tobytes(),
        "numbers": drawn.numpy().tobytes(),
        "bytes": to_pixels(drawn).tobytes() if len(shape) == 3 else b"",
    }
    return page.evaluate(COMPARE, {"kernel": kernel, "count": count, "hands": hands}, files=files)


@browser
@pytest.mark.parametrize(("network", "shape", "settings"), FEW, ids=str)
def test_it_draws_what_torch_draws(runtime_page: RuntimePage, network: str, shape: Shape, settings: dict[str, Any]):
    found = compare(runtime_page, network, shape, 30, **settings)
    assert found["number"] < 1e-4, found
    assert found["byte"] <= 1, found


@browser
@pytest.mark.slow
@pytest.mark.parametrize(("network", "shape", "settings"), CASES, ids=str)
def test_every_setting(runtime_page: RuntimePage, network: str, shape: Shape, settings: dict[str, Any]):
    test_it_draws_what_torch_draws(runtime_page, network, shape, settings)


@browser
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("network", "shape"), EVERY, ids=str)
def test_a_thousand_latents(runtime_page: RuntimePage, network: str, shape: Shape):
    at_once = 200 if shape[-1] <= 64 else 50
    for seed in range(1000 // at_once):
        found = compare(runtime_page, network, shape, at_once, seed=seed)
        assert found["number"] < 1e-4, found
        assert found["byte"] <= 1, found


@browser
@pytest.mark.parametrize("kernel", ["fma", "simd", "plain"])
@pytest.mark.parametrize(("network", "shape"), [("dcgan-article", (1, 28, 28)), ("resnet", (3, 32, 32))])
def test_each_kernel_draws_the_same(runtime_page: RuntimePage, kernel: str, network: str, shape: Shape):
    found = compare(runtime_page, network, shape, 9, kernel=kernel)
    assert found["kernel"] == kernel
    assert found["number"] < 1e-4, found


@browser
@pytest.mark.parametrize("hands", [2, 3, 5])
def test_workers_share_a_grid_in_order(runtime_page: RuntimePage, hands: int):
    found = compare(runtime_page, "dcgan", (1, 28, 28), 13, hands=hands, conditional=True)
    assert found["number"] < 1e-4, found


@browser
def test_classes_can_be_blended(runtime_page: RuntimePage):
    generator = generator_of("dcgan", (1, 16, 16), conditional=True, class_count=3)
    z, _ = latents_for(generator, 1)
    shares = torch.tensor([[0.25, 0.0, 0.75]])
    program = program_of(generator)
    drawn = runtime_page.evaluate(
        """async ([program, z, shares]) => {
          const generator = await PageGenerator.load(program, await file("blob"));
          const values = await generator.values(Float32Array.from(z), [shares]);
          generator.close();
          return Array.from(values);
        }""",
        [orjson.loads(program.to_json()), z[0].tolist(), shares[0].tolist()],
        files={"blob": program.blob()},
    )
    wanted = generate(generator, z, shares)
    np.testing.assert_allclose(np.array(drawn), wanted.numpy().ravel(), atol=1e-5)


@browser
@pytest.mark.parametrize("prior", ["normal", "uniform"])
@pytest.mark.parametrize("seed", [0, 7, 2**31 - 1])
def test_a_seed_is_the_same_latents_as_in_torch(runtime_page: RuntimePage, prior: Any, seed: int):
    drawn = runtime_page.evaluate(f"Array.from(SeededLatents.draw({seed}, 70, 9, '{prior}', 0.2))")
    wanted = latents_of_seed(seed, 70, 9, prior, 0.2)
    np.testing.assert_allclose(np.array(drawn).reshape(70, 9), wanted.numpy(), atol=2e-6)


@browser
@pytest.mark.parametrize("known", [True, False], ids=["Float16Array", "by hand"])
def test_half_precision_is_read_exactly(runtime_page: RuntimePage, known: bool):
    blob = np.arange(65536, dtype="<u2").view("<f2")
    blob = blob[np.isfinite(blob)]
    read = runtime_page.evaluate(
        """async (known) => {
          const source = String(ganlabMachine).replace("return answerer();", "return unpack;");
          const made = new Function("Float16Array", `return (${source})();`);
          const unpack = made(known ? globalThis.Float16Array : undefined);
          return Array.from(unpack(await file("half"), "float16"));
        }""",
        known,
        files={"half": blob.tobytes()},
    )
    assert (np.array(read, np.float32) == blob.astype(np.float32)).all()


@browser
def test_where_workers_are_forbidden_the_page_draws_itself(offline_browser: Browser):
    page = offline_browser.new_page()
    policy = "worker-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'"
    page.set_content(f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{policy}">')
    page.add_script_tag(content=runtime())
    program = program_of(generator_of("mlp", (2,)))
    drawn = page.evaluate(
        """async ([program, numbers]) => {
          const generator = await PageGenerator.load(program, Float32Array.from(numbers).buffer);
          return [Boolean(generator.hands[0].answer), Array.from(await generator.values(new Float32Array(3)))];
        }""",
        [orjson.loads(program.to_json()), np.frombuffer(program.blob(), "<f4").tolist()],
    )
    page.close()
    assert drawn[0]
    np.testing.assert_allclose(drawn[1], carry_out(program, torch.zeros(1, 3))[0].numpy(), atol=1e-5)


@browser
def test_a_program_of_another_format_is_refused_in_a_sentence(runtime_page: RuntimePage):
    said = runtime_page.evaluate(
        "PageGenerator.load({ format: 99, ops: [] }, new ArrayBuffer(0)).then(() => '', (error) => error.message)"
    )
    assert "format 1, not 99" in said


def test_it_is_small():
    assert len(runtime()) < 40_000


@pytest.mark.parametrize("binary", BINARIES)
def test_the_binaries_are_built_from_the_source(binary: str, tmp_path: Path):
    name, wanted = COMPILER
    try:
        found = version(name)
    except PackageNotFoundError:
        found = "none"
    if found != wanted:
        pytest.skip(f"{name} {wanted} is not installed (found: {found}), so the kernels cannot be built again")
    build(binary, tmp_path / binary)
    assert (tmp_path / binary).read_bytes() == (FOLDER / binary).read_bytes()


def test_the_builder_knows_its_compiler_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(subprocess.CalledProcessError):
        build("kernel-fma.wasm", tmp_path / "kernel.wasm")
