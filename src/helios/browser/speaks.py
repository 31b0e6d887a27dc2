"""What code that a page loads may do, told by its words.

Libraries are megabytes, and each tab of a page loads them: words are looked for as plain bytes, or
by expressions that begin with letters, which is ten times as fast as one that begins with a choice.
"""

from __future__ import annotations

import re

_WORDS = re.compile(
    rb"""\bnew\s+(window\.)?Audio\b|AudioContext|<audio|<video|["'`](audio|video)["'`]"""
    rb"|\.src[oO]bject|\bHowl\b|\bTone\."
)
_LIBRARY_BYTES = 200_000
_OF_SONG = re.compile(rb"\bhelios\b.{0,80}\baudio\b|\baudio\b.{0,80}\bhelios\b")
_OF_FRAMES = re.compile(
    rb"(?:animation|scroll|view)-timeline|(?:animation|scroll|view)Timeline|content-?[vV]isibility"
    rb"|contentvisibilityauto|scroll-state|scrollsnapchang|\bonremove\b"
    rb"""|Listener\(\s*["'`]remove["'`]"""
)
_OF_BLOCKS = (b"udioWorklet", b"registerProcessor", b"createDelay", b"DelayNode")
_OF_MARQUEES = re.compile(rb"marquee(?:(?<=<marquee)|(?<=[\"'`]marquee)[\"'`])")
_OF_INNER = re.compile(
    rb"::(?:details-content|placeholder|file-selector-button|picker-icon|checkmark"
    rb"|-webkit-(?!scrollbar)[a-z-]+)[^{}]{0,500}\{[^{}]*(?:transition|animation)\s*[-:]"
)
_OF_BACKDROPS = re.compile(rb"backdrop-?[fF]ilter")
_OF_DICE = re.compile(
    rb"random\((?<![-.\w]random\()\s*(?:[\d.+-]|auto\b|element-shared|(?:calc|var|min|max)\()"
)
_OF_STYLES = (b"ransition", b"keyframes")


def speaks_of_sound(code: bytes) -> bool:
    """Whether code that a page loads may play a sound; large libraries all could, and rarely do."""
    return len(code) < _LIBRARY_BYTES and _WORDS.search(code) is not None


def speaks_of_song(code: bytes) -> bool:
    """Whether code may read the film's sound (``window.helios.audio``)."""
    return b"helios" in code and _OF_SONG.search(code) is not None


def flags_of(code: bytes) -> frozenset[str]:
    """What the stage has to know of code: names in its ``shared``.

    ``hasTransitions``: it may have CSS transitions or animations, which begin when styles change.
    ``needsFrames``: it may ask for what a browser works out only with a frame of its own: times of
    scroll-driven animations, contents left out while they are out of sight, states and snaps of
    scrolling, which animations were replaced. ``countsBlocks``: what it plays depends on the length
    of the blocks in which Web Audio is worked out. ``hasInnerAnimations``: it may move what the
    browser itself builds, which scripts cannot reach. ``hasBackdropFilters``: boxes may change what
    is behind them. ``mayThrowDice``: its styles may leave values to chance (``random()``).
    """
    flags = {"hasTransitions"} if any(word in code for word in _OF_STYLES) else set()
    if _OF_MARQUEES.search(code) or _OF_INNER.search(code):
        flags.add("hasInnerAnimations")
    if _OF_BACKDROPS.search(code):
        flags.add("hasBackdropFilters")
    if _OF_DICE.search(code):
        flags.add("mayThrowDice")
    if any(word in code for word in _OF_BLOCKS):
        flags.add("countsBlocks")
    if len(code) < _LIBRARY_BYTES and _OF_FRAMES.search(code):
        flags.add("needsFrames")
    return frozenset(flags)
