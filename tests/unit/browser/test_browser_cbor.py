from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios.browser.cbor import ENVELOPE_HEADER, decode, encode, envelope_size

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(VALUES)
def test_values_survive_the_way_to_the_browser_and_back(value: Any) -> None:
    assert decode(encode(value)) == value


def test_a_message_is_an_envelope_of_known_size() -> None:
    data = encode({"id": 1, "method": "Page.enable"})
    assert envelope_size(data[:ENVELOPE_HEADER]) == len(data) - ENVELOPE_HEADER
    assert decode(data[ENVELOPE_HEADER:]) == {"id": 1, "method": "Page.enable"}


def test_text_in_utf_16_is_read() -> None:
    assert decode(b"\x44" + "ü€".encode("utf-16-le")) == "ü€"


@given(st.binary(max_size=60))
def test_garbage_is_refused_and_never_hangs(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        decode(data)


def test_a_header_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="not a protocol message"):
        envelope_size(b"HTTP/1.")


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**53 - 1])
def test_what_the_browser_takes_for_no_integer_is_sent_as_a_float(number: int) -> None:
    data = encode(number)
    assert data[0] == 0xFB
    assert decode(data) == number


@pytest.mark.parametrize("data", [b"\x19\x01", b"\x1a\x00\x00", b"\x18", b"\xd6\x59\x01"])
def test_a_number_that_is_cut_off_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="malformed"):
        decode(data)
