"""Weights of the FID network: fetched from a server on this machine, put there by hand, wrong, and missing."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
import torch
from serving import Server

from ganlab.data.download import Exactly
from ganlab.errors import DataError
from ganlab.metrics import inception_weights
from ganlab.metrics.inception import Inception
from ganlab.metrics.inception_weights import NAMES, inception, weights_are_here, weights_key


@pytest.fixture(scope="module")
def published() -> bytes:
    """A file as the published one, of random numbers that all layers share, which keeps it small."""
    with torch.device("meta"):
        shapes = Inception().state_dict()
    numbers = torch.rand(4096, generator=torch.Generator().manual_seed(0))
    weights = {
        name: numbers.as_strided(each.shape, [1] * each.dim())
        if each.dim() > 1
        else numbers[: each.numel()].clone().view(each.shape).to(each.dtype)
        for name, each in shapes.items()
    }
    file = io.BytesIO()
    torch.save(weights, file)
    return file.getvalue()


@pytest.fixture(autouse=True)
def known(published: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Exactly(hashlib.sha256(published).hexdigest(), len(published))
    monkeypatch.setattr(inception_weights, "FILE", known)
    monkeypatch.setattr(inception_weights, "MIRRORS", ())


@pytest.fixture
def mirror(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(inception_weights, "MIRRORS", (server.url("gone") + "a.pth", server.url("here") + "b.pth"))
    return server


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_weights_are_fetched_once_and_kept_as_safetensors(mirror: Server, published: bytes, no_inception: Path):
    mirror.files["/here/b.pth"] = published
    heard: list[str] = []
    before = torch.random.get_rng_state()
    network = inception(progress=lambda label, share: heard.append(label))
    assert f"Downloading {NAMES[0]}" in heard
    assert torch.equal(before, torch.random.get_rng_state()), "no weight is drawn"
    assert not network.training and not any(each.requires_grad for each in network.parameters())
    assert {each.dtype for each in network.parameters()} == {torch.float32}
    assert names_in(no_inception) == [f"{weights_key()}{inception_weights.FILE.sha256[8:16]}.safetensors"]
    again = inception()
    assert len(mirror.requests) == 2 and weights_are_here()
    assert torch.equal(again.fc.weight, network.fc.weight)
    (kept,) = no_inception.glob("*.safetensors")
    content = bytearray(kept.read_bytes())
    content[-1] ^= 1
    kept.write_bytes(content)
    assert torch.equal(inception().fc.weight, network.fc.weight)
    assert len(mirror.requests) == 4, "a damaged one is fetched anew"


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_was_put_there_is_used_and_stays(name: str, published: bytes, no_inception: Path):
    no_inception.mkdir()
    (no_inception / name).write_bytes(published)
    assert weights_are_here()
    inception()
    assert name in names_in(no_inception) and len(names_in(no_inception)) == 2
    (no_inception / name).unlink()
    inception()


@pytest.mark.parametrize(("wrong", "fault"), [(b"?", "wrong size"), (b"", "wrong checksum")])
def test_another_file_is_refused_with_the_way_out(wrong: bytes, fault: str, published: bytes, no_inception: Path):
    no_inception.mkdir()
    (no_inception / NAMES[0]).write_bytes(published + wrong if wrong else published[:-1] + b"?")
    with pytest.raises(DataError, match=f"{fault}.*delete it so that it is downloaded again"):
        inception()
    assert names_in(no_inception) == [NAMES[0]]


def test_without_weights_and_without_a_network_the_sentence_says_what_to_put_where(
    closed_url: str, no_inception: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(inception_weights, "MIRRORS", (closed_url,))
    assert not weights_are_here()
    with pytest.raises(DataError) as caught:
        inception()
    assert f"or put {NAMES[0]} into {no_inception} yourself" in str(caught.value)


def test_where_nothing_can_be_kept_the_file_stays(
    mirror: Server, published: bytes, no_inception: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*args: object) -> None:
        raise OSError("no space left")

    mirror.files["/here/b.pth"] = published
    monkeypatch.setattr(inception_weights, "store", full)
    inception()
    assert names_in(no_inception) == [NAMES[0]]
