"""The table of qualities in docs/formats.md is the one that is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios.model.formats import VIDEO_CODECS

TEXT = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
SCALED = [codec for codec in VIDEO_CODECS if codec.crf is not None and not codec.hardware]


@pytest.mark.parametrize("family", [codec.family for codec in SCALED])
def test_quality_words_mean_what_the_table_says(family: str) -> None:
    codec = next(codec for codec in SCALED if codec.family == family)
    assert codec.crf is not None
    draft, standard, high = codec.crf
    assert f"| {family} | {draft} | {standard} | {high} | 0 to {codec.crf_limit} |" in TEXT
