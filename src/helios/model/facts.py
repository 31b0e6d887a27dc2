"""What inspection found out about a composition, once, before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from helios.model.audio import AudioTrack
from helios.model.backends import Backend
from helios.model.composition import Composition


class CaptureMethod(StrEnum):
    """How a page's frames leave the browser; all are lossless and exact."""

    DIRECT = "direct"
    """Read one canvas that fills the picture."""
    PAINT = "paint"
    """Draw the page into a canvas (HTML-in-Canvas) and read that."""
    BEGINFRAME = "beginframe"
    """PNG of a frame that chromium-headless-shell draws on command."""
    SCREENSHOT = "screenshot"
    """PNG screenshot; any Chromium."""

    @property
    def is_painted(self) -> bool:
        """Whether it is the browser that gives pictures of what it painted, and not the page."""
        return self in (CaptureMethod.BEGINFRAME, CaptureMethod.SCREENSHOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserFacts:
    """Which browser draws, for a page."""

    executable: str
    version: str
    flags: tuple[str, ...] = ()
    renderer: str = ""
    """The WebGL renderer string; empty when not asked."""
    gpu: bool = False
    """Whether the renderer is a GPU, as far as its string proves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FontSpecimen:
    """A font of the machine that words of a page asked for, and what letters look like in it."""

    families: str
    """As CSS lists them, without those that are the page's own."""
    style: str
    """``italic``, a weight that is not 400, or both."""
    letters: str
    """What was drawn."""
    drawn_with: tuple[str, ...]
    """The machine's names for the fonts that it took."""
    digest: str
    """Of the drawn letters."""

    @property
    def asked(self) -> str:
        """How words ask for it."""
        return f"{self.families} ({self.style})" if self.style else self.families

    @property
    def found(self) -> str:
        """What the machine took."""
        return " and ".join(self.drawn_with) or "no font"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One sound as a page plays it, from a moment on. Times are seconds of the film, or of it."""

    file: str
    start_s: float
    end_s: float | None
    """None: to its own end, or the film's."""
    seek_s: float
    """Where in the sound it starts; a loop goes on from the sound's beginning."""
    rate: float
    loop: bool
    keeps_pitch: bool
    gains: tuple[tuple[float, float], ...]
    """(second of the film, gain from then on), in order."""
    is_placed: bool = False
    """Placed by attributes of the page; each pass of a loop then skips ``seek_s``."""
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionFacts:
    """The whole result of inspection. Plain data: it travels as JSON between processes."""

    composition: Composition
    declared_duration_s: Fraction | None = None
    declared_fps: Fraction | None = None
    declared_width: int | None = None
    declared_height: int | None = None
    sounds: tuple[AudioTrack, ...] = ()
    """Sounds found in the composition, placed on the film's time axis."""
    voices: tuple[Voice, ...] = ()
    """Sounds that a page plays in ways a track cannot say: stopped, faded, sought."""
    hears: bool = False
    """Whether it reads the film's sound, frame by frame."""
    heard: str = ""
    """Digest of what it reads."""
    capture: CaptureMethod | None = None
    """The method chosen for a page."""
    capture_reason: str = ""
    backend: Backend | None = None
    """The kernels that draw a scene."""
    adapter: str = ""
    """The graphics card that they draw with."""
    cards: int = 0
    """How many such cards this machine has."""
    song_tags: tuple[tuple[str, str], ...] = ()
    """Title, artist and album of the film's first sound, for the pages that lie over it."""
    song_cover: str | None = None
    """The file with its cover art, if it has any."""
    overlay_captures: tuple[CaptureMethod, ...] = ()
    """The methods chosen for the pages that lie over it, in order."""
    browser: BrowserFacts | None = None
    fonts: tuple[FontSpecimen, ...] = ()
    """The machine's fonts that words are drawn with, sorted."""
    inputs: tuple[tuple[str, str], ...] = ()
    """(path or URL, SHA-256) of all that was loaded, sorted."""
    undigested: tuple[str, ...] = ()
    """What was loaded and cannot be digested; such a render is not resumed."""
    warnings: tuple[str, ...] = ()
