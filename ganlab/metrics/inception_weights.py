"""The weights of the network that FID is named after: fetched once, or put into the data folder by hand.

They are published as a PyTorch file, which is read with `weights_only`, so that nothing in it can run, and kept as
safetensors.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor

from ganlab.data.dataset import Progress
from ganlab.data.download import Exactly, data_dir, fetch
from ganlab.metrics.inception import Inception
from ganlab.metrics.stored import store, stored

#: Of the file as Heusel et al.'s weights were brought into PyTorch by mseitzer, and again by toshas.
FILE = Exactly("6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2", 95_628_359)
NAMES = ("pt_inception-2015-12-05-6726825d.pth", "weights-inception-2015-12-05-6726825d.pth")
MIRRORS = (
    "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
)


def weights_folder() -> Path:
    return data_dir() / "inception"


def weights_are_here() -> bool:
    """Whether nothing has to be downloaded; if they are whole shows when they are read."""
    return any((weights_folder() / name).exists() for name in (_kept_name(), *NAMES))


def weights_key() -> str:
    """The first digits of the hash of the published file."""
    return FILE.sha256[:8]


def inception(*, progress: Progress = lambda label, share: None) -> Inception:
    """The network with its weights, in eval mode, on the CPU.

    They are downloaded where they are absent, and a file that came so is removed once they are kept as safetensors.
    progress: what it raises ends the download, which can be gone on with.
    Raises DataError: no network, or a file that is there or was sent is another one.
    """
    kept = weights_folder() / _kept_name()
    tensors = stored(kept)
    if tensors is None:
        by_hand = next((name for name in NAMES if (weights_folder() / name).exists()), None)
        name = by_hand or NAMES[0]
        (path,) = fetch({name: FILE}, mirrors=MIRRORS, folder=weights_folder(), progress=progress)
        progress("Reading the weights", None)
        tensors = torch.load(path, map_location="cpu", weights_only=True)
        with suppress(OSError):  # they are read anew the next time
            store(tensors, kept)
            if by_hand is None:
                path.unlink()
    return _with(tensors)


def _kept_name() -> str:
    return f"{FILE.sha256[:16]}.safetensors"


def _with(tensors: dict[str, Tensor]) -> Inception:
    with torch.device("meta"):  # else weights would be drawn, from the generator that all share
        network = Inception()
    network.load_state_dict(tensors, assign=True)
    return network.eval().requires_grad_(False)
