from __future__ import annotations

from pathlib import Path

import pytest
import torch
from drawing import draw, silent
from PIL import Image
from tiny import data_of_shape, tiny
from torch import Tensor

from ganlab.data import Dataset
from ganlab.data import preflight as module
from ganlab.data.dataset import Wanted
from ganlab.data.folder import load, prepare_folder
from ganlab.data.preflight import count_different, near_duplicates, preflight
from ganlab.errors import ConfigError
from ganlab.training import new_state


def images(count: int = 1200, *, channels: int = 3, size: int = 16) -> Tensor:
    rng = torch.Generator().manual_seed(0)
    coarse = torch.rand(count, channels, 4, 4, generator=rng) * 255
    return torch.nn.functional.interpolate(coarse, size, mode="bilinear").to(torch.uint8)


def dataset(examples: Tensor, labels: list[int] | None = None, names: tuple[str, ...] = ()) -> Dataset:
    return Dataset("made", examples, torch.tensor(labels) if labels is not None else None, names)


def said(data: Dataset, level: str | None = None, *, batch_size: int = 64, prepared=None) -> list[str]:
    findings = preflight(data, batch_size=batch_size, prepared=prepared)
    for finding in findings:
        assert finding.sentence[0].isupper() or finding.sentence[0].isdigit() or prepared is not None
        assert finding.sentence.endswith(".") and "\n" not in finding.sentence
    return [finding.sentence for finding in findings if level in (None, finding.level)]


def all_pairs(data: Dataset) -> list[tuple[int, int]]:
    return near_duplicates(data, torch.arange(len(data)))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [16, 28, 64])
def test_good_data_have_nothing_to_mend(channels: int, size: int):
    data = dataset(images(channels=channels, size=size), [number % 3 for number in range(1200)], ("a", "b", "c"))
    assert said(data, "warning") == said(data, "note") == []
    assert said(data)[:2] == ["There are 1,200 images.", "There are 3 classes of 400 images each."]


def test_points_are_counted_and_no_more():
    points = dataset(torch.rand(2000, 2))
    assert said(points, "warning") == [] and said(points)[0] == "There are 2,000 points."
    assert "only 999 points" in said(dataset(torch.rand(999, 2)), "warning")[0]


def test_few_images_are_a_warning():
    assert said(dataset(images(1000)), "warning") == []
    (sentence,) = said(dataset(images(999)), "warning")
    assert "only 999 images" in sentence


def test_a_batch_larger_than_the_data_is_a_warning():
    data = dataset(images(1000))
    assert said(data, "warning", batch_size=1000) == []
    (sentence,) = said(data, "warning", batch_size=1001)
    assert "batch of 1,001" in sentence and "at most 1,000" in sentence


def test_of_a_batch_that_is_too_large_it_says_what_training_does():
    data = data_of_shape((1, 16, 16), count=60)
    (sentence,) = [each for each in said(data, "warning", batch_size=64) if "batch" in each]
    with pytest.raises(ConfigError, match="choose 60 or less"):
        new_state(tiny(batch_size=64), data)
    assert "training refuses it: choose a batch size of at most 60" in sentence
    assert not [each for each in said(data, batch_size=60) if "batch" in each]
    assert new_state(tiny(batch_size=60), data)


@pytest.mark.parametrize(("small", "level"), [(110, "good"), (109, "warning"), (0, "warning")])
def test_unequal_classes_are_a_warning(small: int, level: str):
    data = dataset(images(1209), [1] * small + [0] * (1209 - small), ("often", "seldom"))
    (sentence,) = [each for each in said(data, level) if "classes" in each]
    assert level == "good" or f"'often' has {1209 - small:,} images and 'seldom' {small}" in sentence


# Near-duplicates


def shifted_in_brightness(image: Tensor) -> Tensor:
    return (image.float() * 0.98 + 3).to(torch.uint8)


def noisy(image: Tensor) -> Tensor:
    noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(1)) * 4
    return (image + noise).clamp(0, 255).to(torch.uint8)


def other_colour(image: Tensor) -> Tensor:
    """The same in grey."""
    return image[[1, 2, 0]]


def inverted(image: Tensor) -> Tensor:
    return 255 - image


def darker(image: Tensor) -> Tensor:
    return (image.float() * 0.5).to(torch.uint8)


@pytest.mark.parametrize("change", [torch.clone, shifted_in_brightness, noisy])
def test_what_looks_the_same_is_found(change):
    examples = images(300, size=32)
    examples[250] = change(examples[20])
    assert all_pairs(dataset(examples)) == [(20, 250)]


@pytest.mark.parametrize("change", [other_colour, inverted, darker, lambda image: image.flip(-1)])
def test_what_looks_different_is_not(change):
    examples = images(300, size=32)
    examples[250] = change(examples[20])
    assert all_pairs(dataset(examples)) == []


def test_each_copy_counts_once_also_across_blocks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_BLOCK", 7)
    examples = images(50)
    examples[10] = examples[30] = examples[49] = examples[3]
    pairs = all_pairs(dataset(examples))
    assert [later for _, later in pairs] == [10, 30, 49] and all(one in (3, 10, 30) for one, _ in pairs)


@pytest.mark.parametrize("copies", [1, 30, 500])
@pytest.mark.parametrize("of", [1, 2, 20])
def test_different_pictures_are_counted_whatever_the_order_of_their_copies(of: int, copies: int):
    examples = images(of, size=32)
    assert count_different(dataset(examples.repeat(copies, 1, 1, 1))) == of
    assert count_different(dataset(examples.repeat_interleave(copies, 0))) == of


def test_pictures_that_only_look_the_same_are_counted_once():
    examples = images(9, size=32)
    changed = [change(image) for image in examples for change in (torch.clone, shifted_in_brightness, noisy)]
    assert count_different(dataset(torch.stack(changed))) == 9


def test_copies_of_one_colour_are_one_picture_and_equal_points_are_one_point():
    assert count_different(dataset(torch.full((60, 3, 16, 16), 7, dtype=torch.uint8))) == 1
    assert count_different(dataset(torch.rand(3, 2).repeat(20, 1))) == 3
    assert count_different(dataset(torch.rand(9000, 2))) == 256


def test_near_duplicates_are_said_with_an_example():
    examples = images(1200)
    examples[70] = examples[7]
    (sentence,) = said(dataset(examples), "note")
    assert "1 of the 1,200 images is nearly the same" in sentence and "number 70 as number 7:" in sentence
    examples[600:] = examples[:600]
    (sentence,) = said(dataset(examples), "warning")
    assert "601 of the 1,200 images are nearly the same" in sentence


def test_of_many_images_a_sample_is_looked_at(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_MOST_LOOKED_AT", 600)
    examples = images(1200)
    examples[1::2] = examples[::2]  # each second one is a copy, and just these are passed over
    assert said(dataset(examples), "note") == said(dataset(examples), "warning") == []
    examples[4] = examples[2]
    assert "1 of the 600 images looked at is" in said(dataset(examples), "note")[0]


def test_images_of_one_colour_are_counted():
    examples = images(1200)
    examples[5], examples[9] = 77, 200
    (sentence,) = said(dataset(examples), "warning")
    assert "2 of the 1,200 images are almost one colour, such as number 5" in sentence


# Memory


@pytest.mark.parametrize(("room", "level"), [(10**6, "warning"), (10**9, "good"), (None, "note")])
def test_the_memory_that_is_needed_is_said(monkeypatch: pytest.MonkeyPatch, room: int | None, level: str):
    monkeypatch.setattr(module, "_memory", lambda: ("this computer", room))
    (sentence,) = [each for each in said(dataset(images(1200)), level) if "memory" in each]
    assert "take 0.9 MB of memory" in sentence  # 1200 · 3 · 16 · 16 bytes


# Folders


def test_what_was_met_in_a_folder_is_said_by_name(tmp_path: Path):
    folder = draw(tmp_path / "pictures", 15, size=30)
    Image.open(folder / "0007.png").save(folder / "b.png")
    Image.new("RGBA", (30, 9), (9, 9, 9, 255)).save(folder / "z.png")
    (folder / "c.png").write_text("text")
    (folder / "d.png").write_text("text")
    prepared = prepare_folder(folder, size=24, crop="centre", progress=silent)
    data = load(Wanted(tmp_path, folder=str(folder), size=24), progress=silent)
    sentences = said(data, prepared=prepared)
    for part in (
        "c.png and 1 more cannot be used (not a picture",
        "of several kinds, all made into plain colour: 16 in colour, 1 in colour with transparency",
        "1 originals may be transparent",
        "1 of 17 originals have fewer than 24 pixels a side (the smallest 9)",
        "almost one colour, such as z.png",
        "such as b.png as 0007.png",
    ):
        assert any(part in sentence for sentence in sentences), (part, sentences)


def test_a_good_folder_has_only_its_number_to_mend(tmp_path: Path):
    folder = draw(tmp_path / "pictures", 20)
    prepared = prepare_folder(folder, size=24, crop="centre", progress=silent)
    data = load(Wanted(tmp_path, folder=str(folder), size=24), progress=silent)
    assert len(said(data, "warning", batch_size=16, prepared=prepared)) == 1 and not said(
        data, "note", prepared=prepared
    )
