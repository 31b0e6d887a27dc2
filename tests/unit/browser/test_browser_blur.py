"""Which pages may blur: their pictures are not drawn in tiles, which would blur every seam anew."""

from __future__ import annotations

import pytest

from helios.browser.blur import may_blur


@pytest.mark.parametrize(
    "code",
    [
        b"h1 { filter: blur(4px) }",
        b"backdrop-filter:blur( 1em )",
        b"filter: drop-shadow(0 0 4px #000)",
        b'gsap.to(".a", { filter: "blur(10px)" })',
        b"box.style.filter = `saturate(2) blur(${n}px)`",
        b'<feGaussianBlur stdDeviation="3"/>',
        b"<feDropShadow dx='2'/>",
        b"<feConvolveMatrix order='3'/>",
        b"<feDisplacementMap in='a'/>",
    ],
)
def test_filters_are_found(code: bytes) -> None:
    assert may_blur(code)


@pytest.mark.parametrize(
    "code",
    [
        b"input.blur()",
        b"element.blur( )",
        b"onBlur(event)",
        b"function unblur(a) {}",
        b"box-shadow: 0 0 9px #000",
        b"fetch(feed)",
        b"blur()",
        b"blur(canvas, radius) {",
        b"set blur(value) {",
        b"\tblur( node ) {",
    ],
)
def test_other_words_are_not(code: bytes) -> None:
    assert not may_blur(code)
