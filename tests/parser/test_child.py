"""What a reading process says of what went wrong in it: too little memory, or a fault of ours with its place."""

import errno

import pytest

from services.parser import child
from services.parser.page import OUT_OF_MEMORY_DETAIL

NO_ROOM = "/lib/cv2.abi3.so: failed to map segment from shared object"


class Voice:
    """Hears progress and forgets it."""

    def progress(self, done, total):
        pass


def told_of(error, monkeypatch):
    """What is told when reading raises this."""

    def failing(*_, **__):
        raise error

    monkeypatch.setattr("services.parser.read.read", failing)
    return child._made({"kind": "read", "pages_max": 60}, b"", Voice(), "ppocr")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        OSError(NO_ROOM),
        ImportError(NO_ROOM),
        ImportError(f"Importing the C-extensions failed. Original error was: {NO_ROOM}"),
    ],
    ids=repr,
)
def test_spent_memory_is_told_as_such_whatever_the_error_it_shows_as(error, monkeypatch):
    failure, fault = told_of(error, monkeypatch)
    assert failure.detail == OUT_OF_MEMORY_DETAIL
    assert fault == type(error).__name__


@pytest.mark.parametrize(
    "error",
    [OSError(errno.EACCES, "denied"), ImportError("no module named x"), ValueError("secret of the bill")],
    ids=repr,
)
def test_fault_of_ours_is_named_by_its_type_and_place_and_never_by_its_message(error, monkeypatch):
    failure, fault = told_of(error, monkeypatch)
    assert failure.detail == "The reader failed on this file."
    name, _, place = fault.partition(" ")
    assert name == type(error).__name__
    file, _, line = place.partition(":")
    assert (file, line.isdigit()) == ("test_child.py", True)
