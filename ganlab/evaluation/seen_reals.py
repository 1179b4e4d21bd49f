"""What a network sees of real images, calculated once and kept on disk: the FID network takes minutes for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import torch
from torch import Tensor

from ganlab.data.cache import cache_dir
from ganlab.evaluation.networks import Network, Told
from ganlab.metrics.seen import Seen
from ganlab.metrics.stored import digest_of, forget_all_but, store, stored

#: Examples in a file. What was calculated is kept also where the rest is cancelled.
BLOCK = 1000
#: Files that are kept, those used last; each has 12 MB of the FID network, 0.4 MB of a classifier.
_MOST = 80
#: To be raised when a network that has the same weights sees otherwise.
_VERSION = 1


def as_samples(examples: Tensor) -> Tensor:
    """Images in [−1, 1], points as they are; float."""
    return examples.float() / 127.5 - 1 if examples.dtype == torch.uint8 else examples.float()


def seen_reals(network: Network, examples: Tensor, *, progress: Told = lambda share: None) -> Seen:
    """Real examples, one or more, as a network sees them.

    What was kept is that of the same network and the very same images, whatever dataset and preparation they came of.
    progress: what it raises ends it, and whole blocks are kept.
    """
    images = as_samples(examples)
    if not network.key:
        return network.see(images, progress)
    found = list(_blocks(network, examples, progress))
    return Seen(images=images).with_(**{name: torch.cat([block[name] for block in found]) for name in found[0]})


def _blocks(network: Network, examples: Tensor, progress: Told) -> Iterator[dict[str, Tensor]]:
    folder, done = cache_dir() / "reals", 0
    for block in examples.split(BLOCK):
        path = folder / f"{digest_of({f'{_VERSION} {network.title} {network.key}': block})}.safetensors"
        kept = stored(path)
        if kept is None:
            begun, share = done / len(examples), len(block) / len(examples)
            seen = network.see(as_samples(block), lambda some, begun=begun, share=share: progress(begun + some * share))
            kept = {name: each for name in _KEPT if (each := getattr(seen, name)) is not None}
            with suppress(OSError):  # calculated again the next time
                store(kept, path)
                forget_all_but(_MOST, folder)
        done += len(block)
        progress(done / len(examples))
        yield kept


_KEPT = ("features", "classes", "taken")
