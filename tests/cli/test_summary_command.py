"""`summary` prints what `summarise` finds, for the settings that `train` would take."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import call, refusal
from PIL import Image
from tiny import tiny

from ganlab.gan.summary import summarise
from ganlab.recipes import RECIPES


def test_both_networks_are_printed_with_totals():
    lines = call("summary", "--width", "4", "--z-dim", "3", "--head-width", "0").stdout.splitlines()
    found = summarise(tiny(), (1, 16, 16))
    gap = lines.index("")
    for title, layers, part in (
        ("GENERATOR", found.generator, lines[:gap]),
        ("DISCRIMINATOR", found.discriminator, lines[gap + 1 :]),
    ):
        assert part[0].split() == [title, "LAYER", "OUTPUT", "PARAMETERS", "MFLOPS"]
        assert [line.split()[0] for line in part[1:]] == [*(row.name for row in layers.rows), "total"]
        assert part[-1].split() == ["total", f"{layers.parameters:,}", f"{layers.flops / 1e6:.3f}"]
    assert "ConvTranspose2d 4×4, stride 2  4×8×8" in call("summary", "--width", "4").stdout


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_has_a_summary(name: str):
    assert call("summary", "--recipe", name).exit_code == 0


def test_a_conditional_network_has_as_many_classes_as_the_dataset():
    def embedding(*words: str) -> list[str]:
        printed = call("summary", "--conditional", "true", *words).stdout
        return next(line for line in printed.splitlines() if line.startswith("embed")).split()

    assert embedding() == ["embed", "Embedding", "32", "320", "0"]
    assert embedding("--classes", "3,5") == ["embed", "Embedding", "32", "64", "0"]


def test_what_cannot_be_built_is_refused_as_wrong_usage():
    assert "choose network dcgan" in refusal("summary", "--network", "dcgan-article", exit_code=2)
    assert "unknown recipe" in refusal("summary", "--recipe", "nothing", exit_code=2)


def test_nothing_is_downloaded_to_count_classes():
    assert "'stl10' has no classes" in refusal("summary", "--dataset", "stl10", "--conditional", "true", exit_code=2)


def test_a_folder_s_classes_are_its_sub_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path / "cache"))
    for index in range(20):
        path = tmp_path / "pictures" / ("left" if index % 2 else "right") / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (index * 9, 0, 0)).save(path)
    words = ("--dataset", "folder", "--folder", str(tmp_path / "pictures"), "--image-size", "16")
    printed = call("summary", *words, "--conditional", "true").stdout
    assert next(line for line in printed.splitlines() if line.startswith("embed")).split()[3] == "64"
