"""Merging copies pictures unless an option asks for others."""

from __future__ import annotations

from typing import Any

import pytest

from helios.model.options import RenderOptions
from helios.rendering.merge import encodes_anew


@pytest.mark.parametrize(
    ("options", "anew"),
    [
        ({}, False),
        ({"videoCodec": "copy"}, False),
        ({"audio": ["song.wav"]}, False),
        ({"videoCodec": "h265"}, True),
        ({"videoCodec": "copy", "quality": "high"}, True),
        ({"quality": "high"}, True),
    ],
)
def test_what_merging_encodes_anew(options: dict[str, Any], anew: bool) -> None:
    assert encodes_anew(RenderOptions.read(options)) is anew
