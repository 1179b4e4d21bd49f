"""What training will meet in a dataset, said before it starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab.data.dataset import Dataset
from ganlab.data.folder import Prepared, names_in
from ganlab.data.greys import black_and_white
from ganlab.data.listing import PICTURES_NOT_READ, LeftOut, in_words

FEW = 1000  # images; with fewer D soon knows them by heart
_UNEQUAL = 10  # times as many images in the largest class as in the smallest
_MOST_LOOKED_AT = 10_000
_MOST_BYTES_LOOKED_AT = 1 << 29

_MOST_TOLD_APART = 256  # images
_GRID = 16  # pixels per side of the small grey copies that are compared
_ALIKE = 0.995  # correlation of two copies from which the images themselves are compared
_NEAR = 8.0  # root mean square difference of two images, in steps of 1/255, that nobody sees
_FLAT = 3.0  # standard deviation of an image's values below which it is almost one colour
_BLOCK = 1000

Level = Literal["good", "note", "warning"]


@dataclass(frozen=True)
class Finding:
    """One sentence about a dataset. level: "good", something to know ("note"), or something to mend ("warning")."""

    level: Level
    sentence: str


def preflight(data: Dataset, *, batch_size: int, prepared: Prepared | None = None) -> tuple[Finding, ...]:
    """What training with this batch size will meet: numbers, classes, memory; of images also how they look.

    prepared: what is known of the originals of a folder. Of a large dataset a sample, spread evenly, is looked at.
    Takes seconds at most, and is the same each time.
    """
    findings = [*_of_count(data, batch_size), *_of_classes(data), *_of_memory(data)]
    if prepared is not None:
        findings += _of_originals(prepared)
    if data.examples.ndim == 4 and len(data):
        looked_at = _sample(data)
        names = _names(data, prepared)
        findings += [*_of_flat_images(data, looked_at, names), *_of_near_duplicates(data, looked_at, names)]
    return tuple(findings)


def near_duplicates(data: Dataset, looked_at: Tensor) -> list[tuple[int, int]]:
    """Pairs of indices (earlier, later) of images that look the same; each image stands at most once as the later one.

    looked_at: indices (n,) into the data, rising. Two images are near-duplicates where small grey copies of them are
    alike but for brightness and contrast, and the images themselves differ by less than one sees.
    """
    grey = torch.cat([_small_grey(data.examples[part]) for part in looked_at.split(_BLOCK)])
    centred = F.normalize(grey - grey.mean(dim=1, keepdim=True), dim=1)
    pairs = []
    for begin in range(0, len(grey), _BLOCK):
        rows = centred[begin : begin + _BLOCK]
        alike = rows @ centred[: begin + len(rows)].T
        later_or_same = torch.arange(alike.shape[1]) >= torch.arange(begin, begin + len(rows))[:, None]
        best, twin = alike.masked_fill_(later_or_same, -1).max(dim=1)
        for row in (best >= _ALIKE).nonzero().flatten().tolist():
            one, other = int(looked_at[twin[row]]), int(looked_at[begin + row])
            difference = data.examples[one].float() - data.examples[other].float()
            if difference.square().mean().sqrt() <= _NEAR:
                pairs.append((one, other))
    return pairs


def count_different(data: Dataset) -> int:
    """How many different pictures (or points) are among up to 256 of the data; near-duplicates count as one.

    Enough to tell a handful in many copies from many. The same ones are drawn each time, at random, so that no order
    of the copies can hide them.
    """
    drawn = torch.randperm(len(data), generator=torch.Generator().manual_seed(0))[:_MOST_TOLD_APART].tolist()
    first = {data.examples[index].numpy().tobytes(): index for index in reversed(drawn)}
    different = torch.tensor(sorted(first.values()), dtype=torch.long)
    return len(different) - (len(near_duplicates(data, different)) if data.examples.ndim == 4 and first else 0)


def _of_count(data: Dataset, batch_size: int) -> Iterator[Finding]:
    things = "images" if data.examples.ndim == 4 else "points"
    count = len(data)
    if count < FEW:
        yield Finding(
            "warning",
            f"There are only {count:,} {things}, which D will know by heart before long: add more if you can, up to a "
            "thousand and beyond, or flip them, take a smaller network and stop early.",
        )
    else:
        yield Finding("good", f"There are {count:,} {things}.")
    if batch_size > count:
        yield Finding(
            "warning",
            f"A batch of {batch_size:,} is larger than the whole dataset of {count:,}, so training refuses it: "
            f"choose a batch size of at most {count:,}.",
        )


def _of_classes(data: Dataset) -> Iterator[Finding]:
    if data.labels is None or len(data.class_names) < 2:
        return
    counts = data.labels.bincount(minlength=len(data.class_names)).tolist()
    small, large = min(range(len(counts)), key=counts.__getitem__), max(range(len(counts)), key=counts.__getitem__)
    if counts[large] >= _UNEQUAL * max(counts[small], 1):
        yield Finding(
            "warning",
            f"The classes are very unequal: {data.class_names[large]!r} has {counts[large]:,} images and "
            f"{data.class_names[small]!r} {counts[small]:,}, so the small ones will hardly be learnt.",
        )
    else:
        things = "images" if data.examples.ndim == 4 else "points"
        each = f"{counts[small]:,}" + (f" to {counts[large]:,}" if counts[large] > counts[small] else "")
        yield Finding("good", f"There are {len(counts)} classes of {each} {things} each.")


def _of_memory(data: Dataset) -> Iterator[Finding]:
    needed = data.examples.numel() * data.examples.element_size()
    where, room = _memory()
    sentence = f"The data take {_megabytes(needed)} of memory"
    if room is None:
        yield Finding("note", f"{sentence}.")
    elif needed > room / 2:
        yield Finding(
            "warning",
            f"{sentence}, much of the {_megabytes(room)} of {where}: choose a smaller image size or fewer images.",
        )
    else:
        yield Finding("good", f"{sentence}, which fits into the {_megabytes(room)} of {where}.")


def _memory() -> tuple[str, int | None]:
    """Where training will keep the data, and how much room is there in bytes, if the system tells."""
    if torch.cuda.is_available():
        return "the graphics card that are free", torch.cuda.mem_get_info()[0]
    try:
        return "this computer", os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # no such call on Windows
        return "this computer", None


def _of_originals(prepared: Prepared) -> Iterator[Finding]:
    if prepared.skipped:
        first = prepared.skipped[0]
        more = f" and {len(prepared.skipped) - 1:,} more" if len(prepared.skipped) > 1 else ""
        yield Finding("note", f"{first.name}{more} cannot be used ({first.reason}).")
    yield from of_other_kinds(prepared.left_out)
    if len(prepared.modes) > 1:
        modes = ", ".join(f"{count:,} {_MODES.get(mode, mode)}" for mode, count in prepared.modes.items())
        yield Finding("note", f"The originals are of several kinds, all made into plain colour: {modes}.")
    yield from _of_greys(prepared)
    if prepared.transparent:
        yield Finding("note", f"{prepared.transparent:,} originals may be transparent and stand on white.")
    if prepared.enlarged:
        share = prepared.enlarged / prepared.count
        yield Finding(
            "warning" if share > 0.1 else "note",
            f"{prepared.enlarged:,} of {prepared.count:,} originals have fewer than {prepared.size} pixels a side "
            f"(the smallest {prepared.smallest_side}) and are enlarged, so they are blurred: "
            "choose a smaller image size or leave them out.",
        )


def of_other_kinds(left_out: LeftOut) -> Iterator[Finding]:
    """How many files are left out since they are of other kinds, and what to do with those that are pictures."""
    if not left_out:
        return
    said = f"Files of other kinds are left out: {in_words(left_out)}"
    if unread := [ending for ending, _ in left_out if ending in PICTURES_NOT_READ]:
        yield Finding("warning", f"{said}. To use pictures that are {' or '.join(unread)}, save them as JPEG or PNG.")
    else:
        yield Finding("note", f"{said}.")


def _of_greys(prepared: Prepared) -> Iterator[Finding]:
    for kind, limits in prepared.limits.items():
        (low, high), (black, white) = limits, black_and_white(limits)
        yield Finding(
            "note",
            f"Grey {kind} originals of more than 8 bits hold values from {low:,g} to {high:,g}: in all of them "
            f"{black:,g} is black and {white:,g} is white.",
        )


_MODES = {
    "RGB": "in colour",
    "RGBA": "in colour with transparency",
    "L": "in grey",
    "LA": "in grey with transparency",
    "P": "with a palette",
    "1": "in black and white",
    "CMYK": "in printing colours",
    "I;16": "in grey of 16 bits",
    "I;16B": "in grey of 16 bits",
    "I": "in grey of 32 bits",
    "F": "in grey of decimal numbers",
}


def _of_flat_images(data: Dataset, looked_at: Tensor, names: tuple[str, ...]) -> Iterator[Finding]:
    spread = torch.cat([data.examples[part].float().flatten(1).std(dim=1) for part in looked_at.split(_BLOCK)])
    flat = looked_at[spread < _FLAT].tolist()
    if flat:
        first = _called(flat[0], names)
        yield Finding("warning", f"{_of_the(data, looked_at, len(flat))} almost one colour, such as {first}.")


def _of_near_duplicates(data: Dataset, looked_at: Tensor, names: tuple[str, ...]) -> Iterator[Finding]:
    pairs = near_duplicates(data, looked_at)
    if pairs:
        one, other = (_called(index, names) for index in pairs[0])
        yield Finding(
            "warning" if len(pairs) > 0.01 * len(looked_at) else "note",
            f"{_of_the(data, looked_at, len(pairs))} nearly the same as an earlier one, such as {other} as {one}: "
            "G will favour what is there more than once.",
        )


def _of_the(data: Dataset, looked_at: Tensor, count: int) -> str:
    of = f"{len(looked_at):,} images" if len(looked_at) == len(data) else f"{len(looked_at):,} images looked at"
    return f"{count:,} of the {of} {'is' if count == 1 else 'are'}"


def _names(data: Dataset, prepared: Prepared | None) -> tuple[str, ...]:
    """The files of the images; none where these are not a whole split, so that positions mean something else."""
    whole = prepared is not None and len(data) in (prepared.count, prepared.count - prepared.held_out)
    return names_in(prepared) if prepared is not None and whole else ()


def _called(index: int, names: tuple[str, ...]) -> str:
    return names[index] if names else f"number {index:,}"


def _sample(data: Dataset) -> Tensor:
    """Indices of the images to look at, rising, spread evenly."""
    count = min(len(data), _MOST_LOOKED_AT, max(1, _MOST_BYTES_LOOKED_AT // data.examples[0].numel()))
    return torch.arange(count) * len(data) // count


def _small_grey(images: Tensor) -> Tensor:
    """uint8 (n, C, H, W) → float32 (n, 256), in 0…255."""
    return F.adaptive_avg_pool2d(images.mean(dim=1, dtype=torch.float32), _GRID).flatten(1)


def _megabytes(count: float) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
