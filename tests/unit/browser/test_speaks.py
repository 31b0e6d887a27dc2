"""What is told of a page's code by its words."""

from __future__ import annotations

import pytest

from helios.browser.speaks import flags_of, speaks_of_song


@pytest.mark.parametrize(
    ("code", "flag"),
    [
        (b"a { transition: opacity 1s }", "hasTransitions"),
        (b"box.style.webkitTransition = 'all 1s'", "hasTransitions"),
        (b"@keyframes in { }", "hasTransitions"),
        (b"<marquee>", "hasInnerAnimations"),
        (b'document.createElement("marquee")', "hasInnerAnimations"),
        (b"input::placeholder { animation: in 1s }", "hasInnerAnimations"),
        (b"a.style.backdropFilter = 'none'", "hasBackdropFilters"),
        (b"p { left: random(1px, 9px) }", "mayThrowDice"),
        (b"context.audioWorklet.addModule('a.js')", "countsBlocks"),
        (b"new AudioWorkletNode(context, 'a')", "countsBlocks"),
        (b"div { animation-timeline: scroll() }", "needsFrames"),
    ],
)
def test_what_the_stage_has_to_know_is_in_the_words(code: bytes, flag: str) -> None:
    library = b"const plain = 1; " * 1000
    assert flag in flags_of(code)
    assert flag in flags_of(library + code)


@pytest.mark.parametrize(
    "code",
    [
        b"const marquee = 1; a::before",
        b"p5.random(1)",
        b"helios.frame; video",
        b"::-webkit-scrollbar",
    ],
)
def test_what_only_looks_like_it_is_not_told(code: bytes) -> None:
    assert not flags_of(code)
    assert not speaks_of_song(code)


def test_who_reads_the_song_says_so() -> None:
    assert speaks_of_song(b"const { audio } = window.helios;")
    assert speaks_of_song(b"helios.audio.bands")
