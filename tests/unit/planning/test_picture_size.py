"""The size of the picture, and of the page that it shows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helios.errors import OptionError
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions
from helios.planning.picture_size import page_size, picture_size, size_before_inspection
from helios.planning.resolve import resolve_frames

PAGE = CompositionKind.PAGE


def facts(kind: CompositionKind) -> CompositionFacts:
    composition = Composition(kind=kind, location="page.html")
    return CompositionFacts(composition=composition, declared_width=1280, declared_height=720)


@pytest.mark.parametrize(
    ("asked", "size", "layout"),
    [
        ({}, (1280, 720), (1280, 720)),
        ({"scale": "1/2"}, (640, 360), (1280, 720)),
        ({"scale": "1/3"}, (426, 240), (1278, 720)),
        ({"pixel_ratio": 2}, (2560, 1440), (1280, 720)),
        ({"pixel_ratio": "1.5"}, (1920, 1080), (1280, 720)),
        ({"pixel_ratio": 2, "width": 3840, "height": 2160}, (3840, 2160), (1920, 1080)),
        (
            {"pixel_ratio": 2, "scale": "1/4", "width": 3840, "height": 2160},
            (960, 540),
            (1920, 1080),
        ),
        ({"type": "flat-1080p-portrait", "scale": "1/2"}, (540, 960), (1080, 1920)),
        ({"type": "flat-4k-landscape", "pixel_ratio": 2}, (3840, 2160), (1920, 1080)),
    ],
)
def test_a_page_keeps_its_layout(
    asked: dict[str, Any], size: tuple[int, int], layout: tuple[int, int]
) -> None:
    found = page_size(RenderOptions(**asked), 1280, 720)
    assert (found.width, found.height) == size
    assert tuple(round(side / found.pixel_ratio) for side in size) == layout


@given(
    st.fractions(Fraction(1, 64), 1, max_denominator=64),
    st.fractions(Fraction(1, 4), 8, max_denominator=8),
    st.integers(1, 1920).map(lambda half: 2 * half),
)
@example(Fraction(32, 63), Fraction(63, 8), 4)
def test_what_is_resolved_resolves_to_itself(scale: Fraction, ratio: Fraction, width: int) -> None:
    options = RenderOptions(scale=scale, pixel_ratio=ratio, width=width, height=720)
    try:
        once = resolve_frames(PAGE, options, facts(PAGE))
    except OptionError as error:
        assert "--pixel-ratio" in error.message  # noqa: PT017 - most are fine
        return
    again = resolve_frames(PAGE, once.options, facts(PAGE))
    assert (again.draw, again.options) == (once.draw, once.options)
    assert resolve_frames(PAGE, once.draw.request, None).draw == once.draw
    assert once.draw.width % 2 == 0 == once.draw.height % 2


def test_scenes_have_no_pixel_ratio() -> None:
    options = RenderOptions(scale="1/2")
    draw = resolve_frames(CompositionKind.SCENE, options, facts(CompositionKind.SCENE)).draw
    assert (draw.width, draw.height, draw.pixel_ratio) == (640, 360, 1)


def test_a_page_too_large_is_refused() -> None:
    with pytest.raises(OptionError, match="would show a page of"):
        page_size(RenderOptions(width=16000, height=9000, pixel_ratio="1/8"), None, None)


@pytest.mark.parametrize(
    ("kind", "asked", "size"),
    [
        (PAGE, {"width": 320}, (320, 180)),
        (PAGE, {"height": 90}, (160, 90)),
        (PAGE, {"width": 320, "scale": "1/2"}, (160, 90)),
        (PAGE, {"width": 540, "type": "flat-1080p-portrait"}, (540, 960)),
        (CompositionKind.SCENE, {"width": 64}, (64, 36)),
        (CompositionKind.SCENE, {"height": 50}, (88, 50)),
        (PAGE, {"width": 320, "height": 720}, (320, 720)),
        (CompositionKind.SCENE, {"width": 512, "type": "360-mono-4k"}, (512, 256)),
        (PAGE, {}, (1280, 720)),
    ],
)
def test_from_one_side_alone_the_other_follows(
    kind: CompositionKind, asked: dict[str, Any], size: tuple[int, int]
) -> None:
    options = RenderOptions.read({"duration": 1, **asked})
    resolved = resolve_frames(kind, options, facts(kind))
    assert (resolved.draw.width, resolved.draw.height) == size
    assert not resolved.warnings


def test_a_side_that_follows_too_large_is_refused() -> None:
    with pytest.raises(OptionError, match="29128x16384"):
        picture_size(CompositionKind.SCENE, RenderOptions(height=16384), None)
    tall = size_before_inspection(PAGE, RenderOptions(height=16384))
    assert (tall.width, tall.height) == (1080, 16384)
