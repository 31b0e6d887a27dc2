"""What Python asks of a page's stage: a function for each entry point, with what comes back.

They make JavaScript, and say how its value is read; ``Page`` sends it. What the page does then, and
with which types, stands in ``EntryPoints`` of ``js/stage.d.ts``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

_HOST = "window.__helios_stage__"
"""In the document around a page that is drawn into a canvas."""
STAGE = f"{_HOST}.main"
BLOB = f"{STAGE}.blob"
"""The frame last written, where it goes into no shared memory."""
PCM = f"{STAGE}.pcm"
"""What ``sound_of`` has made."""

DRAWS_LETTERS = f"{STAGE}.drawsLetters"
"""A function for scripts of our own: whether a list of font families has letters."""

ADOPT_ANIMATION = "function () { window.__helios_stage__?.adoptAnimation(this); }"
"""A function that an animation is handed to, in the document that it plays in."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """JavaScript for a page to evaluate, and how its value is read."""

    text: str
    read: Callable[[Any], T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether one canvas is all that the page shows, and why."""

    fits: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FontAsked:
    """A font as words of a page ask for it."""

    style: str
    """``italic``, a weight that is not 400, or both."""
    families: str
    """As CSS lists them, without those that are the page's own."""
    page_font: str
    """The whole list, if some are the page's own."""
    is_latin: bool
    """Whether letters or digits of ASCII are among the words."""
    characters: str
    """Some of their characters beyond Latin, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedCanvas:
    """The canvas that frames are read from."""

    error: str = ""
    """``missing``: there is none; else it is something else that matches."""
    gl: bool = False
    """Its pixels come as WebGL has them: rows from the bottom."""
    premultiplied: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A frame that was handed over: its pixels are in the ring or the blob."""

    format: str
    """A ``VideoPixelFormat``."""
    behind: Sequence[int] = (0, 0, 0, 0)
    """Straight red, green, blue and alpha of what lies behind a canvas of WebGL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A frame that this way of reading cannot give; nor any after it, if ``is_spoilt``."""

    reason: str
    is_spoilt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listened:
    """What media played, and how many contexts of Web Audio have played something."""

    events: list[dict[str, Any]]
    contexts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextSound:
    """What a context of Web Audio played. Each run: film's ms, the context's seconds, seconds."""

    sample_rate_hz: int
    runs: list[tuple[float, float, float]]


# -- getting ready, and time -----------------------------------------------------------------------


def ready(timeout_ms: int, modules: list[str]) -> Call[list[str]]:
    """Wait until frame 0 can be taken; gives what is still missing after so long."""
    return Call(_called("ready", timeout_ms, modules), list)


def pending_labels() -> Call[list[str]]:
    """What the page waits for at the moment."""
    return Call(_called("pendingLabels"), list)


def step(frame: int) -> Call[bool]:
    """Advance to a frame; gives whether one canvas is all that it shows, where that is watched."""
    return Call(_called("step", frame), bool)


def replay(start: int, stop: int, budget_ms: int) -> Call[int]:
    """Live through frames unpainted, for so long; gives the first that is still to come."""
    return Call(_called("replay", start, stop, budget_ms), int)


def looks(start: int, stop: int) -> Call[list[int] | None]:
    """Of each frame the first of them that looks like it; None if the page does not say."""
    return Call(_called("looks", start, stop), _frames)


def inner_adopted() -> Call[None]:
    """All animations that the browser itself has begun were handed over."""
    return Call(_called("innerAdopted"), _nothing)


def two_frames() -> Call[None]:
    """Wait until the browser has drawn what is there."""
    return Call(_called("twoFrames"), _nothing)


# -- looking at the page ---------------------------------------------------------------------------


def declared() -> Call[dict[str, Any]]:
    """What the page says of itself, not yet believed."""
    return Call(_called("declared"), dict)


def judge() -> Call[Judgement]:
    """Whether one canvas is all of the picture, as the page is now."""
    return Call(_called("judge"), lambda told: Judgement(fits=told["fits"], reason=told["reason"]))


def sorts_in_depth() -> Call[bool]:
    """Whether boxes are sorted in depth (``preserve-3d``)."""
    return Call(_called("sortsInDepth"), bool)


def broken_media() -> Call[list[str]]:
    """Addresses of what the browser cannot play."""
    return Call(_called("brokenMedia"), list)


def tell_boxes(more: str) -> Call[None]:
    """Look for characters that no font has, in the page and in ``more``; told as events."""
    return Call(_called("tellBoxes", more), _nothing)


def fonts_asked(more: str = "") -> Call[tuple[FontAsked, ...]]:
    """Which fonts the words of the page ask for; ``more`` may come in any of them."""
    return Call(_called("fontsAsked", more), _fonts_asked)


def renderer() -> Call[str]:
    """What draws WebGL here."""
    return Call(_called("renderer"), str)


def likeness() -> Call[str | None]:
    """The page but for its words; None if it may be more than elements and styles."""
    return Call(_called("likeness"), lambda tree: tree)


def tag_of(selector: str) -> Call[str]:
    """The name of the first element that matches; empty if none does."""
    return Call(f"{_called('select', selector)}?.tagName ?? ''", str)


_BOX = f"""((selector) => {{
  const element = {STAGE}.select(selector);
  if (!element) return null;
  const box = element.getBoundingClientRect();
  return [box.x, box.y, box.width, box.height];
}})"""


def box_of(selector: str) -> Call[list[float] | None]:
    """Left, top, width and height of the first element that matches, in CSS pixels."""
    return Call(f"{_BOX}({json.dumps(selector)})", lambda box: box)


def uses_gl() -> Call[bool]:
    """Whether a WebGL context was made."""
    return Call(f"Boolean({STAGE}.shared.usesGl)", bool)


def hears() -> Call[bool]:
    """Whether the page has read the song."""
    return Call(f"{STAGE}.shared.hears", bool)


def raise_flag(name: str) -> Call[None]:
    """Tell the stage what the page's code speaks of (``speaks.py``)."""
    return Call(f"{STAGE}.shared.{name} = true", _nothing)


# -- reading frames --------------------------------------------------------------------------------


def open_ring(name: str, token: str, slots: int) -> Call[bool]:
    """Frames go into a file in shared memory, which begins with the token."""
    return Call(_called("openRing", name, token, slots), bool)


def open_blobs() -> Call[bool]:
    """Frames go into blobs."""
    return Call(_called("openBlobs"), bool)


def open_canvas(selector: str | None) -> Call[OpenedCanvas]:
    """Frames are those of one canvas; None: the only one."""
    return Call(_called("openCanvas", selector), lambda told: OpenedCanvas(**told))


def watch_canvas() -> Call[None]:
    """Look at every frame whether one canvas is all that the page shows."""
    return Call(_called("watchCanvas"), _nothing)


def open_paint(in_tiles: bool) -> Call[bool]:  # noqa: FBT001 - as the page's own has it
    """Frames are drawn into the canvas around the page; false where the browser cannot."""
    return Call(f"{STAGE}.openPaint?.({json.dumps(in_tiles)}) ?? false", bool)


def paint_aside() -> Call[bool]:
    """What is painted becomes pixels in the worker that writes the ring, beside the next step."""
    return Call(_called("paintAside"), bool)


def start_reading() -> Call[None]:
    """From now on frames are read from the page itself."""
    return Call(_called("startReading"), _nothing)


def grab(frame: int, slot: int) -> Call[Written | Misfit]:
    """Advance to a frame and hand it over."""
    return Call(_called("grab", frame, slot), _written)


def spoil() -> Call[None]:
    """From now on a canvas does not show all that the page shows."""
    return Call(f"{STAGE}.shared.spoilt ??= 'it shows pictures of other origins'", _nothing)


# -- pages after each other in one tab -------------------------------------------------------------


def leave() -> Call[bool]:
    """End the page that is drawn into a canvas; whether nothing of it is left around it."""
    return Call(f"{_HOST}.leave()", bool)


def show() -> Call[None]:
    """Open the page once more, where the one before it was; waits until it is loaded."""
    return Call(f"{_HOST}.show()", _nothing)


# -- listening -------------------------------------------------------------------------------------


def has_sounded() -> Call[bool]:
    """Whether there are media, or something was played by Web Audio."""
    media, contexts = (
        f"{STAGE}.shared.media?.size > 0",
        f"{STAGE}.shared.playedContexts?.length > 0",
    )
    return Call(f"{media} || {contexts}", bool)


def listened() -> Call[Listened]:
    """What was played until the end of what is listened to."""
    text = f"{STAGE}.listened?.() ?? {{events: {STAGE}.shared.heard, contexts: 0}}"
    return Call(text, lambda told: Listened(events=told["events"], contexts=int(told["contexts"])))


def sound_of(index: int) -> Call[ContextSound | None]:
    """Make what a context played, for ``PCM``; None if that is nothing."""
    return Call(_called("soundOf", index), _context_sound)


def _called(name: str, *values: object) -> str:
    return f"{STAGE}.{name}({', '.join(map(json.dumps, values))})"


def _nothing(_: object) -> None:
    return None


def _fonts_asked(told: list[dict[str, Any]]) -> tuple[FontAsked, ...]:
    return tuple(
        FontAsked(
            style=each["style"],
            families=each["families"],
            page_font=each["pageFont"],
            is_latin=each["isLatin"],
            characters=each["characters"],
        )
        for each in told
    )


def _frames(told: list[float] | None) -> list[int] | None:
    return None if told is None else [int(frame) for frame in told]


def _written(told: Any) -> Written | Misfit:
    if not isinstance(told, dict):
        return Written(format=str(told))
    if "misfit" in told:
        return Misfit(reason=str(told["misfit"]), is_spoilt=bool(told["isSpoilt"]))
    return Written(format=str(told["format"]), behind=told.get("behind", (0, 0, 0, 0)))


def _context_sound(told: dict[str, Any] | None) -> ContextSound | None:
    if not told:
        return None
    return ContextSound(sample_rate_hz=int(told["sampleRate"]), runs=told["runs"])
