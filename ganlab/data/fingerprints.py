"""What tells whether a run meets the data again that it was trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ganlab.data.dataset import Dataset
from ganlab.data.pick import spread
from ganlab.data.table import DATASETS

#: Bytes of examples that are looked at; of more data, examples at even distances.
_MOST_BYTES = 64_000_000
#: Names that are told, of those that are gone and of those that are new.
_MOST_NAMES = 5


@dataclass(frozen=True)
class Fingerprint:
    """Class names in the order of the labels, number of examples, and a digest of labels and pictures.

    digest: of one's own pictures alone, "" otherwise. Other data are downloaded against checksums or computed, and what
    is computed may differ in its last bit from one processor to the next.
    """

    class_names: tuple[str, ...]
    count: int
    digest: str = ""


def fingerprint(data: Dataset) -> Fingerprint:
    """Of the examples to train on, as they are loaded; in 0.2 s, also for much data."""
    own = DATASETS[data.name].origin == "your own" and len(data.shape) == 3
    return Fingerprint(data.class_names, len(data), _digest(data) if own else "")


def differences(before: Fingerprint, now: Fingerprint) -> list[str]:
    """In words, each fit to follow 'the data differ: '; none where they are the same."""
    return [*_of_names(before.class_names, now.class_names), *_of_examples(before, now)]


def _digest(data: Dataset) -> str:
    digest = hashlib.sha256()
    if data.labels is not None:
        digest.update(data.labels.numpy().data)
    most = max(1, _MOST_BYTES // data.examples[0].nbytes)
    for place in spread(min(most, len(data)), len(data)).tolist():
        digest.update(data.examples[place].numpy().data)
    return digest.hexdigest()[:32]


def _of_names(before: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    for one, other, what in ((before, now, "gone"), (now, before, "new")):
        known = set(other)
        if names := [repr(name) for name in one if name not in known]:
            more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
            noun, verb = ("class", "is") if len(names) == 1 else ("classes", "are")
            yield f"{noun} {', '.join(names[:_MOST_NAMES])}{more} {verb} {what}"
    if set(before) == set(now) and tuple(before) != tuple(now):
        yield f"the classes come in another order ({', '.join(map(repr, now[:_MOST_NAMES]))})"


def _of_examples(before: Fingerprint, now: Fingerprint) -> Iterator[str]:
    if before.count != now.count:
        yield f"there are {now.count:,} pictures instead of {before.count:,}"
    elif before.digest != now.digest:
        yield "the pictures or their labels are others"
