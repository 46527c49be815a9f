"""Narrows a recognition network to the characters we read, before it is opened.

The networks know thousands of Chinese characters; their last layer is most of their weights and their output most of the
memory. An ONNX file is a protocol buffer, so the two tensors of that layer are cut in the file's own wire format: no further
library is needed. Measured: a fifth less time and 170 MB less memory for the small network.
"""

from collections.abc import Iterator, Sequence

import numpy

VARINT, LENGTH_DELIMITED = 0, 2
FIXED_BYTES = {1: 8, 5: 4}
GRAPH = 7
INITIALIZER, OUTPUT, VALUE_INFO = 5, 12, 13
NAME, DIMENSION, RAW_DATA, FLOATS = 1, 1, 9, 1
DATA_TYPE = 2
UNSHAPED_FLOATS = b"\x12\x04\x0a\x02\x08\x01"
"""A ValueInfoProto's type: a tensor of floats of any shape."""

Field = tuple[int, int, int | bytes, bytes]
"""Number, wire type, value, and the field as it stands in the file."""


def narrowed(model: bytes, classes: int, kept: Sequence[int]) -> bytes:
    """Keep only some of the classes of a network's last layer.

    Args:
        model: an ONNX file.
        classes: how many classes the network tells apart.
        kept: those to keep, in order.

    Raises:
        ValueError: the file has no layer of so many classes.
    """
    out = bytearray()
    cut = 0
    for number, _, value, whole in _fields(model):
        if number == GRAPH and isinstance(value, bytes):
            graph, cut = _narrowed_graph(value, classes, numpy.asarray(kept))
            out += _lengthy(GRAPH, graph)
        else:
            out += whole
    if cut == 0:
        raise ValueError(f"the network has no layer of {classes} classes")
    return bytes(out)


def _narrowed_graph(graph: bytes, classes: int, kept: "numpy.typing.NDArray[numpy.int64]") -> tuple[bytes, int]:
    out, cut = bytearray(), 0
    for number, _, value, whole in _fields(graph):
        if number == VALUE_INFO:
            continue
        if number == OUTPUT and isinstance(value, bytes):
            name = b"".join(field for part, _, _, field in _fields(value) if part == NAME)
            out += _lengthy(OUTPUT, name + UNSHAPED_FLOATS)
            continue
        tensor = _narrowed_tensor(value, classes, kept) if number == INITIALIZER and isinstance(value, bytes) else None
        if tensor is None:
            out += whole
        else:
            out += _lengthy(INITIALIZER, tensor)
            cut += 1
    return bytes(out), cut


def _narrowed_tensor(tensor: bytes, classes: int, kept: "numpy.typing.NDArray[numpy.int64]") -> bytes | None:
    fields = list(_fields(tensor))
    shape = [value for number, _, value, _ in fields if number == DIMENSION and isinstance(value, int)]
    if (
        not shape
        or shape[-1] != classes
        or (DATA_TYPE, FLOATS) not in {(number, value) for number, _, value, _ in fields}
    ):
        return None
    raw = next((value for number, _, value, _ in fields if number == RAW_DATA), None)
    if not isinstance(raw, bytes):
        return None
    values = numpy.frombuffer(raw, dtype="<f4").reshape(shape)[..., kept]
    out = bytearray()
    for number, _, _, whole in fields:
        if number not in {DIMENSION, RAW_DATA}:
            out += whole
    for length in values.shape:
        out += _varint(DIMENSION << 3 | VARINT) + _varint(length)
    return bytes(out) + _lengthy(RAW_DATA, numpy.ascontiguousarray(values).tobytes())


def _fields(message: bytes) -> Iterator[Field]:
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        number, kind = key >> 3, key & 7
        value: int | bytes
        if kind == VARINT:
            value, at = _read_varint(message, at)
        else:
            if kind == LENGTH_DELIMITED:
                length, at = _read_varint(message, at)
            else:
                length = FIXED_BYTES[kind]
            value, at = message[at : at + length], at + length
        yield number, kind, value, message[start:at]


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _lengthy(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | LENGTH_DELIMITED) + _varint(len(body)) + body
