"""The data sets: split once and for all, disguised for each run, never believed from an edited file."""

import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from grader import data
from grader.model import UsageError

PARTS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def digits() -> data.Dataset:
    return data.load("digits")


def parts(dataset: data.Dataset):
    return [(getattr(dataset, f"{part}_images"), getattr(dataset, f"{part}_labels")) for part in PARTS]


def test_the_digits_are_split_into_three_parts_without_overlap(digits: data.Dataset) -> None:
    assert [len(labels) for _, labels in parts(digits)] == [3600, 400, 1000]
    seen = [image.numpy().tobytes() for images, _ in parts(digits) for image in images]
    assert len(set(seen)) == 5000


def test_images_and_labels_are_what_nets_take(digits: data.Dataset) -> None:
    for images, labels in parts(digits):
        assert images.shape[1:] == (1, 28, 28)
        assert (images.dtype, labels.dtype) == (torch.float32, torch.int64)
        assert (images.min().item(), images.max().item()) == (0.0, 1.0)
        assert set(labels.tolist()) == set(range(10))


def test_the_split_is_the_same_for_everybody(digits: data.Dataset) -> None:
    assert digits.test_labels[:10].tolist() == [0, 4, 7, 3, 8, 1, 1, 9, 8, 4]


def test_labels_belong_to_their_images(digits: data.Dataset) -> None:
    """The nearest class mean, a rule of two lines, is right far more often than one in ten."""
    means = torch.stack([digits.train_images[digits.train_labels == digit].mean(0) for digit in range(10)])
    answers = torch.cdist(digits.test_images.flatten(1), means.flatten(1)).argmin(1)
    assert (answers == digits.test_labels).float().mean() > 0.75


def test_a_disguise_moves_images_and_renames_classes_in_all_parts_alike(digits: data.Dataset) -> None:
    hidden = digits.disguised(torch.Generator().manual_seed(3))
    again = digits.disguised(torch.Generator().manual_seed(3))
    for (images, labels), (new_images, new_labels), (same_images, _) in zip(
        parts(digits), parts(hidden), parts(again), strict=True
    ):
        assert not torch.equal(images, new_images)
        assert torch.equal(new_images, same_images)
        names = {(old, new) for old, new in zip(labels.tolist(), new_labels.tolist(), strict=True)}
        assert len(names) == 10
    assert not torch.equal(digits.train_labels, hidden.train_labels)


def test_behind_a_disguise_a_person_still_reads_what_an_image_shows(digits: data.Dataset) -> None:
    hidden = digits.disguised(torch.Generator().manual_seed(3))
    assert hidden.classes != digits.classes
    assert [hidden.classes[label] for label in hidden.test_labels] == [str(int(label)) for label in digits.test_labels]


def test_an_edited_cache_is_not_believed(tmp_path: Path, digits: data.Dataset) -> None:
    images = np.zeros((5000, 28, 28), np.uint8)
    np.savez(tmp_path / "digits.npz", images=images, labels=np.zeros(5000, np.uint8))
    assert torch.equal(data.load("digits", tmp_path).test_labels, digits.test_labels)


@pytest.mark.parametrize("content", [b"", b"not a cache", b"PK\x03\x04broken"])
def test_a_broken_cache_is_made_again(content: bytes, tmp_path: Path, digits: data.Dataset) -> None:
    (tmp_path / "digits.npz").write_bytes(content)
    assert torch.equal(data.load("digits", tmp_path).train_labels, digits.train_labels)


def test_a_cache_that_cannot_be_written_is_no_matter(tmp_path: Path, digits: data.Dataset) -> None:
    (tmp_path / "file").write_text("in the way")
    assert torch.equal(data.load("digits", tmp_path / "file").train_labels, digits.train_labels)


# Torchvision's layout, without network -----------------------------------------------------------


def write_idx(path: Path, array: np.ndarray) -> None:
    """The format of MNIST's files: two zero bytes, type 8 (bytes), number of axes, sizes, values."""
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


@pytest.fixture
def small_fashion(tmp_path: Path) -> Path:
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for prefix, count in (("train", 50), ("t10k", 20)):
        write_idx(raw / f"{prefix}-images-idx3-ubyte", rng.integers(0, 256, (count, 28, 28)))
        write_idx(raw / f"{prefix}-labels-idx1-ubyte", np.arange(count) % 10)
    return tmp_path


def test_a_folder_in_torchvisions_layout_is_read_without_network(small_fashion: Path) -> None:
    said: list[str] = []
    data.fetch("fashion-mnist", small_fashion, said.append)
    dataset = data.load("fashion-mnist", small_fashion)
    assert said == []
    assert [len(labels) for _, labels in parts(dataset)] == [45, 5, 20]
    assert sorted(torch.cat([dataset.train_labels, dataset.validation_labels]).tolist()) == sorted(
        index % 10 for index in range(50)
    )


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_a_download_is_said_and_its_failure_names_the_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torchvision.datasets import mnist

    def no_network(*_args, **_kwargs):
        raise mnist.URLError("no route to host")

    monkeypatch.setattr(mnist, "download_and_extract_archive", no_network)
    said: list[str] = []
    with pytest.raises(UsageError, match=r"Put its files into .*raw: train-images-idx3-ubyte.gz, .*--data digits"):
        data.fetch(name, tmp_path, said.append)
    assert len(said) == 1
    assert said[0].startswith("Downloading ")
