"""The table of datasets and the one way to load from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ganlab.config import CropName, TrainConfig, has_effect, suggest
from ganlab.data import cifar10, digits, download, folder, formula, mnist, own_points, stl10, toys
from ganlab.data.dataset import AS_IT_IS, Dataset, DatasetSpec, InPlane, Progress, Split, Wanted
from ganlab.data.pick import pick, resized
from ganlab.errors import DataError


def _like_mnist(source: mnist.MnistLike, description: str) -> DatasetSpec:
    return DatasetSpec(
        name=source.name,
        title=source.title,
        description=description,
        shape=(1, 28, 28),
        count=60_000,
        held_out=10_000,
        class_names=source.class_names,
        load=source.load,
        origin="download",
        files=source.paths,
    )


_ROWS = (
    DatasetSpec(
        name="digits",
        title="Digits",
        description=(
            "1,797 handwritten digits of 8×8 pixels enlarged to 16×16, part of scikit-learn: nothing to download. "
            "Source: Alpaydin and Kaynak, UCI Optical Recognition of Handwritten Digits, 1998."
        ),
        shape=(1, 16, 16),
        count=1618,
        held_out=179,
        class_names=digits.CLASS_NAMES,
        load=digits.load,
        origin="built in",
    ),
    _like_mnist(
        mnist.MNIST,
        "70,000 handwritten digits of 28×28 pixels, downloaded once (12 MB). "
        "Source: LeCun, Cortes and Burges, the MNIST database of handwritten digits, 1998.",
    ),
    _like_mnist(
        mnist.FASHION_MNIST,
        "70,000 grey photographs of clothes, shoes and bags, 28×28 pixels, downloaded once (31 MB). "
        "Source: Xiao, Rasul and Vollgraf, Fashion-MNIST, 2017.",
    ),
    _like_mnist(
        mnist.KMNIST,
        "70,000 characters of old Japanese handwriting, ten hiragana, 28×28 pixels, downloaded once (21 MB). "
        "Source: Clanuwat et al., Deep Learning for Classical Japanese Literature, 2018.",
    ),
    DatasetSpec(
        name="cifar10",
        title="CIFAR-10",
        description=(
            "60,000 colour photographs of animals and vehicles, 32×32 pixels, ten classes, downloaded once (170 MB). "
            "Source: Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009."
        ),
        shape=(3, 32, 32),
        count=50_000,
        held_out=10_000,
        class_names=cifar10.CLASS_NAMES,
        load=cifar10.load,
        origin="download",
        files=cifar10.FILES,
    ),
    DatasetSpec(
        name="stl10",
        title="STL-10",
        description=(
            "113,000 colour photographs of animals and vehicles, 96×96 pixels, those to train on without labels, "
            "downloaded once (2.6 GB). Source: Coates, Lee and Ng, An Analysis of Single-Layer Networks, 2011."
        ),
        shape=(3, 96, 96),
        count=105_000,
        held_out=8_000,
        class_names=(),
        load=stl10.load,
        origin="download",
        files=tuple(f"stl10/{name}" for name in stl10.FILES),
    ),
    DatasetSpec(
        name="folder",
        title="Your own pictures",
        description=(
            "Any folder or uploaded zip of pictures, of mixed sizes and kinds: made square, 16 to 256 pixels a side, "
            "and kept ready in a cache. Sub-folders count as classes."
        ),
        shape=(3, folder.DEFAULT_SIZE, folder.DEFAULT_SIZE),
        count=0,
        class_names=(),
        load=folder.load,
        origin="your own",
    ),
    *(
        DatasetSpec(
            name=toy.name,
            title=toy.title,
            description=f"25,000 points of the plane, generated here. {toy.description}",
            shape=(2,),
            count=toys.COUNTS["train"],
            held_out=toys.COUNTS["test"],
            class_names=toy.class_names,
            load=toy.load,
            origin="generated",
        )
        for toy in toys.TOYS
    ),
    DatasetSpec(
        name=own_points.NAME,
        title="Your own points",
        description="Points that you draw on the Plane page, or a table of them: kept with the run.",
        shape=(2,),
        count=toys.COUNTS["train"],
        held_out=toys.COUNTS["test"],
        class_names=(),
        load=own_points.load,
        origin="your own",
    ),
    DatasetSpec(
        name=formula.NAME,
        title="Formula",
        description="25,000 points of the plane, generated here by a formula of yours for x and y.",
        shape=(2,),
        count=toys.COUNTS["train"],
        held_out=toys.COUNTS["test"],
        class_names=(),
        load=formula.load,
        origin="generated",
    ),
)

#: One row per name in ganlab.config.DatasetName, in the order of the menu.
DATASETS: dict[str, DatasetSpec] = {row.name: row for row in _ROWS}


def load_dataset(
    name: str,
    *,
    split: Split = "train",
    data_dir: Path | None = None,
    size: int = 0,
    classes: Sequence[str] = (),
    max_images: int = 0,
    folder: str = "",
    crop: CropName = "centre",
    plane: InPlane = AS_IT_IS,
    progress: Progress = lambda label, fraction: None,
) -> Dataset:
    """One split of a dataset, downloaded into data_dir (by default `ganlab.data.data_dir()`) where need be.

    size: resize images to this side; classes: keep only these, in this order; max_images: at most so many,
    spread evenly over what is left; folder, crop: where a dataset of one's own lies and how it becomes square;
    plane: what points there are.
    Raises DataError: an unknown name, split or class, a failed download, a damaged file.
    """
    if name not in DATASETS:
        raise DataError(f"unknown dataset {name!r}: {suggest(name, list(DATASETS))}")
    if split not in ("train", "test"):
        raise DataError(f"unknown split {split!r} of dataset {name!r}: {suggest(split, ['train', 'test'])}")
    wanted = Wanted(data_dir or download.data_dir(), split, size, folder, crop, plane)
    data = DATASETS[name].load(wanted, progress=progress)
    return resized(pick(data, classes=classes, max_images=max_images), size, progress=progress)


def load_for(config: TrainConfig, *, split: Split = "train", progress: Progress = lambda *_: None) -> Dataset:
    """The real examples that a config asks for. Raises DataError."""
    return load_dataset(
        config.dataset,
        split=split,
        size=config.image_size,
        classes=config.classes,
        max_images=config.max_images,
        folder=config.folder,
        crop=config.crop,
        plane=in_plane(config),
        progress=progress,
    )


def in_plane(config: TrainConfig) -> InPlane:
    """What a config asks of points, as far as it matters for its dataset."""
    asked = {name: getattr(config, name) for name in InPlane.__dataclass_fields__}
    values = config.model_dump()
    return InPlane(**{name: value for name, value in asked.items() if has_effect(name, values)})


def class_names_for(config: TrainConfig) -> tuple[str, ...]:
    """Of the classes that a config trains on, as far as they are known before anything is loaded."""
    toy = next((toy for toy in toys.TOYS if toy.name == config.dataset), None)
    return config.classes or (toy.names_of(in_plane(config)) if toy else DATASETS[config.dataset].class_names)


def shape_for(config: TrainConfig) -> tuple[int, ...]:
    """Of one example that a config asks for, before anything is loaded: (C, H, W) or (2,)."""
    shape = DATASETS[config.dataset].shape
    return (shape[0], config.image_size, config.image_size) if len(shape) == 3 and config.image_size else shape
