"""Reads PyTorch's checkpoint files without PyTorch: the public GoogLeNet is one.

A checkpoint is a pickle that rebuilds tensors out of raw storages. Two layouts exist: a zip
archive (PyTorch 1.6 and newer), and before that several pickles one after the other, followed
by the storages. Pickles can run any code, so this one may name nothing but the few classes
that describe tensors; everything else in it is an error.
"""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pregrasp.perception.errors import TrainingError

Array = npt.NDArray[Any]

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C

TYPES = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
}
"""Storages that hold the numbers of a network."""


@dataclass(frozen=True)
class _Storage:
    """Raw numbers that tensors lie in."""

    key: str
    dtype: np.dtype[Any]
    count: int


@dataclass(frozen=True)
class _Tensor:
    """Where a tensor lies in a storage."""

    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


def read_checkpoint(path: Path) -> dict[str, Array]:
    """The tensors of a checkpoint, by name.

    Args:
        path: A ``.pth`` file that holds a state dictionary.

    Raises:
        TrainingError: It is missing, damaged, or holds something other than tensors.
    """
    try:
        with path.open("rb") as file:
            if zipfile.is_zipfile(file):
                return _read_zip(file)
            file.seek(0)
            return _read_legacy(file)
    except FileNotFoundError:
        raise TrainingError(
            f"{path}: there is no such file. Download torchvision's GoogLeNet (its page names "
            "the address) and give its place, or train without `pretrained`."
        ) from None
    except (
        OSError, EOFError, KeyError, ValueError, TypeError, IndexError, AttributeError,
        pickle.UnpicklingError, zipfile.BadZipFile,
    ) as error:  # fmt: skip
        raise TrainingError(
            f"{path}: not a PyTorch checkpoint of tensors: {error}. Download it again."
        ) from error


def _read_zip(file: BinaryIO) -> dict[str, Array]:
    with zipfile.ZipFile(file) as archive:
        (table,) = (name for name in archive.namelist() if name.endswith("data.pkl"))
        folder = table.removesuffix("data.pkl")
        order = f"{folder}byteorder"
        if order in archive.namelist() and archive.read(order) != b"little":
            raise ValueError("its numbers are not little-endian")
        tensors = _Unpickler(io.BytesIO(archive.read(table))).load()
        return _numbers(tensors, lambda storage: archive.read(f"{folder}data/{storage.key}"))


def _read_legacy(file: BinaryIO) -> dict[str, Array]:
    if _Unpickler(file).load() != LEGACY_MAGIC:
        raise ValueError("unknown kind of file")
    for _ in range(2):  # the version of the format, the machine that wrote it
        _Unpickler(file).load()
    unpickler = _Unpickler(file)
    tensors = unpickler.load()
    contents = {}
    for key in _Unpickler(file).load():
        storage = unpickler.storages[key]
        (count,) = np.frombuffer(file.read(8), "<i8")
        if count != storage.count:
            raise ValueError(f"storage {key} has {count} numbers, expected {storage.count}")
        contents[key] = file.read(storage.count * storage.dtype.itemsize)
    return _numbers(tensors, lambda storage: contents[storage.key])


def _numbers(tensors: Any, content: Callable[[_Storage], bytes]) -> dict[str, Array]:
    """Tensors as arrays of their own."""
    if not isinstance(tensors, Mapping):
        raise TypeError(f"it holds a {type(tensors).__name__}, expected named tensors")
    arrays = {}
    for name, tensor in tensors.items():
        if not isinstance(tensor, _Tensor):
            raise TypeError(f"{name!r} is a {type(tensor).__name__}, expected a tensor")
        if tensor.stride != _strides(tensor.size):
            raise ValueError(f"{name!r} does not lie in one piece")
        values = np.frombuffer(content(tensor.storage), tensor.storage.dtype)
        end = tensor.offset + math.prod(tensor.size)
        if tensor.offset < 0 or end > len(values):
            raise ValueError(f"{name!r} is cut off")
        arrays[str(name)] = values[tensor.offset : end].reshape(tensor.size).copy()
    return arrays


def _strides(size: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(math.prod(size[i + 1 :]) for i in range(len(size)))


class _Unpickler(pickle.Unpickler):
    """Rebuilds descriptions of tensors, and nothing else."""

    def __init__(self, file: BinaryIO | io.BytesIO) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        """The few names that a checkpoint needs."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *_: tensor
        if module == "torch" and name in TYPES:
            return TYPES[name]
        raise pickle.UnpicklingError(f"it names {module}.{name}, which no tensor needs")

    def persistent_load(self, identity: Any) -> _Storage:
        """A storage, by its key."""
        kind, dtype, key, _, count, *_ = identity
        if kind != "storage" or not isinstance(dtype, np.dtype):
            raise pickle.UnpicklingError(f"unknown storage {identity!r}")
        storage = _Storage(str(key), dtype, int(count))
        self.storages[storage.key] = storage
        return storage


def _rebuild_tensor(
    storage: _Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(storage, int(offset), tuple(map(int, size)), tuple(map(int, stride)))
