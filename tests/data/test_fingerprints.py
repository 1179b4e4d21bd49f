"""Data are known again by class names, number and pixels, in a time that does not grow with them."""

from __future__ import annotations

import pytest
import torch

from ganlab.data import Dataset, Fingerprint, differences, fingerprint

NAMES = ("cat", "dog")


def pictures(count: int = 12, *, name: str = "folder") -> Dataset:
    examples = torch.randint(0, 256, (count, 3, 4, 4), generator=torch.Generator().manual_seed(1)).to(torch.uint8)
    return Dataset(name, examples, torch.arange(count) % 2, NAMES)


def test_the_digest_follows_every_pixel_and_label_of_ones_own_pictures():
    assert fingerprint(pictures()) == fingerprint(pictures())
    for place in range(12):
        other = pictures()
        other.examples[place, 2, 3, 3] += 1
        assert differences(fingerprint(pictures()), fingerprint(other)) == ["the pictures or their labels are others"]
    other = pictures()
    assert other.labels is not None
    other.labels[0] = 1
    assert fingerprint(other) != fingerprint(pictures())


def test_data_that_are_checked_or_computed_have_no_digest():
    assert fingerprint(pictures(name="digits")) == Fingerprint(NAMES, 12, "")


def test_of_much_data_some_are_looked_at_evenly(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganlab.data.fingerprints._MOST_BYTES", 4 * 48)
    known = fingerprint(pictures())
    found = []
    for place in range(12):
        other = pictures()
        other.examples[place] = 0
        found += [place] if fingerprint(other) != known else []
    assert found == [0, 3, 6, 9]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("dog", "cat"), "the classes come in another order ('dog', 'cat')"),
        (("cat",), "class 'dog' is gone"),
        (("cat", "dog", *"abcdefg"), "classes 'a', 'b', 'c', 'd', 'e' and 2 more are new"),
    ],
)
def test_names_that_differ_are_told(names: tuple[str, ...], sentence: str):
    assert differences(Fingerprint(NAMES, 5), Fingerprint(names, 5)) == [sentence]
