"""Sizes as people write them."""

from __future__ import annotations

import pytest

from helios.errors import OptionError
from helios.model.size import parse_bytes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512", 512),
        ("2k", 2048),
        ("512M", 512 * 2**20),
        ("8G", 8 * 2**30),
        ("1.5 GiB", 3 * 2**29),
        ("2tb", 2 * 2**40),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1G", "8 X", "1e9", "G"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="a size is a number"):
        parse_bytes(text)
