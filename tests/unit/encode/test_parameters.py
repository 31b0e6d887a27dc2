"""What an encoder is told, where memory decides."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from helios.encode.parameters import decoding_delay, encoder_options
from helios.model.encoding import EncodeSettings
from helios.model.options import RenderOptions
from helios.planning.encoding import resolve_encoding


def settings(width: int, height: int, **values: Any) -> EncodeSettings:
    options = RenderOptions.read({"videoCodec": "hevc", **values})
    return resolve_encoding(options, "mp4", width=width, height=height, fps=Fraction(30))


def x265(given: EncodeSettings) -> dict[str, str]:
    return dict(part.split("=") for part in encoder_options(given)["x265-params"].split(":"))


@pytest.mark.parametrize("size", [(8192, 8192), (8192, 4096), (4098, 4096)])
def test_x265_holds_few_pictures_where_they_are_large(size: tuple[int, int]) -> None:
    given = settings(*size)
    told = x265(given)
    names = ("bframes", "ref", "rc-lookahead", "frame-threads", "ipratio")
    assert [told[name] for name in names] == ["0", "1", "0", "1", "2"]
    assert encoder_options(given)["crf"] == "28"
    assert decoding_delay(given) == 0


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160), (4096, 4096)])
def test_other_pictures_are_encoded_as_ever(size: tuple[int, int]) -> None:
    given = settings(*size)
    told = x265(given)
    assert told["bframes"] == "2"
    assert not {"ref", "rc-lookahead", "ipratio"} & set(told)
    assert encoder_options(given)["crf"] == "22"
    assert decoding_delay(given) == 2


@pytest.mark.parametrize(("crf", "given"), [(0, "6"), (18, "24"), (48, "51"), (51, "51")])
def test_constant_quality_stays_on_the_encoder_s_scale(crf: int, given: str) -> None:
    assert encoder_options(settings(8192, 8192, quality=crf))["crf"] == given
    assert encoder_options(settings(1280, 720, quality=crf))["crf"] == str(crf)


def test_a_bit_rate_has_no_constant_quality() -> None:
    options = encoder_options(settings(8192, 8192, videoBitrate="50M"))
    assert "crf" not in options


def test_an_encoder_needs_no_options_of_its_own() -> None:
    given = replace(settings(1280, 720), encoder="mpeg4", crf=None, bitrate_bps=1_000_000)
    assert encoder_options(given) == {}
