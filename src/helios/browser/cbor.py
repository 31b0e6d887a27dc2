"""The dialect of CBOR that Chromium speaks over ``--remote-debugging-pipe=cbor``.

Maps and arrays are indefinite and wrapped in an envelope (tag 24 around a byte string with a
32-bit length); text is UTF-8, or UTF-16 in a bare byte string; binary carries tag 22. Generic
CBOR writers produce definite maps, which Chromium refuses.
"""

from __future__ import annotations

import struct
from typing import Any

ENVELOPE_HEADER = 7
_ENVELOPE = b"\xd8\x18\x5a"
_BREAK = 0xFF


def envelope_size(header: bytes) -> int:
    """Bytes that follow the seven header bytes of a message.

    Raises:
        ValueError: this is not the start of a message.
    """
    if header[:3] != _ENVELOPE:
        raise ValueError(f"not a protocol message: {header!r}")
    return int.from_bytes(header[3:7], "big")


def encode(value: Any) -> bytes:
    """One message or value."""
    if isinstance(value, dict):
        return _wrap(b"\xbf", b"".join(encode(k) + encode(v) for k, v in value.items()))
    if isinstance(value, list | tuple):
        return _wrap(b"\x9f", b"".join(map(encode, value)))
    if isinstance(value, str):
        data = value.encode("utf-8", "surrogatepass")
        return _head(3, len(data)) + data
    if isinstance(value, bytes | bytearray | memoryview):
        return b"\xd6" + _head(2, len(value)) + bytes(value)
    return _encode_scalar(value)


def _encode_scalar(value: Any) -> bytes:
    for constant, code in ((None, b"\xf6"), (True, b"\xf5"), (False, b"\xf4")):
        if value is constant:
            return code
    if isinstance(value, int) and -(2**31) <= value < 2**31:
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, int | float):
        return b"\xfb" + struct.pack(">d", value)
    raise TypeError(f"cannot send a {type(value).__name__} to the browser")


def decode(data: bytes | memoryview) -> Any:
    """Read one message or value.

    Raises:
        ValueError: malformed.
    """
    try:
        return _read(memoryview(data), 0)[0]
    except (IndexError, TypeError, RecursionError, struct.error) as error:
        raise ValueError(f"malformed protocol message: {error}") from error


def _wrap(start: bytes, body: bytes) -> bytes:
    return b"".join((_ENVELOPE, (len(body) + 2).to_bytes(4, "big"), start, body, b"\xff"))


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes((major << 5 | number,))
    if number < 0x100:
        return bytes((major << 5 | 24, number))
    if number < 0x10000:
        return bytes((major << 5 | 25,)) + number.to_bytes(2, "big")
    return bytes((major << 5 | 26,)) + number.to_bytes(4, "big")


def _number(data: memoryview, at: int) -> tuple[int, int]:
    low = data[at] & 31
    if low < 24:
        return low, at + 1
    width = 1 << (low - 24)
    end = at + 1 + width
    if low > 27 or end > len(data):
        raise ValueError("malformed protocol message")
    return int.from_bytes(data[at + 1 : end], "big"), end


def _read(data: memoryview, at: int) -> tuple[Any, int]:
    first = data[at]
    if first == 0xBF:
        return _read_map(data, at + 1)
    if first == 0x9F:
        return _read_array(data, at + 1)
    major = first >> 5
    if major == 7:
        return _read_simple(data, at)
    number, at = _number(data, at)
    if major == 6:
        return _read_tagged(data, at, number)
    if major < 2:
        return (number if major == 0 else -1 - number), at
    end = at + number
    if major > 3 or end > len(data):
        raise ValueError("malformed protocol message")
    return str(data[at:end], "utf-16-le" if major == 2 else "utf-8", "replace"), end


def _read_map(data: memoryview, at: int) -> tuple[dict[str, Any], int]:
    result: dict[str, Any] = {}
    while data[at] != _BREAK:
        key, at = _read(data, at)
        result[key], at = _read(data, at)
    return result, at + 1


def _read_array(data: memoryview, at: int) -> tuple[list[Any], int]:
    result = []
    while data[at] != _BREAK:
        value, at = _read(data, at)
        result.append(value)
    return result, at + 1


def _read_simple(data: memoryview, at: int) -> tuple[Any, int]:
    first = data[at]
    if first == 0xFB:
        return struct.unpack_from(">d", data, at + 1)[0], at + 9
    values = {0xF4: False, 0xF5: True, 0xF6: None}
    if first not in values:
        raise ValueError("malformed protocol message")
    return values[first], at + 1


def _read_tagged(data: memoryview, at: int, tag: int) -> tuple[Any, int]:
    number, start = _number(data, at)
    end = start + number
    if end > len(data):
        raise ValueError("malformed protocol message")
    if tag == 24:
        return _read(data[start:end], 0)[0], end
    return bytes(data[start:end]), end
