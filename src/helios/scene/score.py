"""A score: which shot is shown in which part of the song, and the clock the picture moves by.

The song is cut into stretches: its sections, and within these phrases of ``phraseBars`` bars. Each
stretch takes the next of the shots that name its kind of section, else of those whose kinds are
nearest to it in energy; shots for bars as long as its own come before those for any. A shot begins
on a bar line, with a cut or a glide over ``fadeBars``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from helios.scene.part import AnyColour, Part, Unit, Vector

SectionKind = Literal["silence", "intro", "quiet", "steady", "build", "drop", "breakdown", "outro"]
TYPICAL_ENERGY: dict[str, float] = {
    "silence": 0.0,
    "quiet": 0.2,
    "intro": 0.25,
    "outro": 0.25,
    "breakdown": 0.35,
    "build": 0.55,
    "steady": 0.65,
    "drop": 0.95,
}
"""Of a section of each kind, 0 to 1."""


class Move(Part):
    """What the camera does during a shot. It turns about the orb and looks at it, level.

    ``amount`` is, over the whole shot: degrees of an ``orbit`` or of a ``crane`` upwards, the
    factor of the distance at the end of a ``dolly``, and how many degrees a ``drift`` strays.
    """

    move: Literal["still", "orbit", "dolly", "crane", "drift"] = "still"
    amount: float = Field(0.0, ge=-720, le=720)
    turn: float = Field(0.0, ge=-360, le=360, description="degrees about the orb at the start")
    lift: float = Field(0.0, ge=-40, le=60, description="degrees above the template's camera")
    distance: float = Field(1.0, gt=0.1, le=10, description="factor of the template's distance")
    aside: float = Field(
        0.0,
        ge=-4,
        le=4,
        description="where the orb stands: -1 at the left edge, 1 at the right, beyond it outside",
    )
    above: float = Field(
        0.0, ge=-4, le=4, description="the same: -1 at the lower edge, 1 at the upper"
    )
    shake: Unit = Field(0.0, description="on beats and drops; 1 is a degree")


class ShotSky(Part):
    """The sky during a shot."""

    light: float = Field(1.0, ge=0, le=10)
    tint: AnyColour = (1.0, 1.0, 1.0)
    turn: float = Field(0.0, ge=-90, le=90, description="degrees a bar about the upright axis")


class ShotBody(Part):
    """The template's body during a shot: an eclipse, a planet that passes, the ground."""

    radius: float = Field(1.0, ge=0, le=100, description="factor of the template's; 0 is none")
    offset: Vector = Field((0.0, 0.0, 0.0), description="units from the template's place")


class Shot(Part):
    """How the scene looks in some parts of a song. Numbers are factors of the template's."""

    sections: tuple[SectionKind, ...] = Field(min_length=1)
    bar_s: tuple[float, float] | None = Field(
        None, description="seconds that a bar lasts, from and to: for songs of such a tempo only"
    )
    camera: Move = Move()
    enter: Literal["glide", "cut"] = "glide"
    fade_bars: float = Field(1.0, ge=0, le=8, description="of a glide")
    palette: tuple[AnyColour, ...] = Field(
        (), max_length=8, description="dark to light, in place of the layers' hues"
    )
    hue: float = Field(0.0, ge=-1, le=1, description="turns")
    layers: dict[str, float] = Field({}, description="light of each layer, 1 where it is not named")
    light: float = Field(1.0, ge=0, le=10)
    bloom: float = Field(1.0, ge=0, le=10)
    size: float = Field(1.0, ge=0, le=10)
    spread: float = Field(1.0, ge=0, le=10)
    turbulence: float = Field(1.0, ge=0, le=20)
    waves: float = Field(1.0, ge=0, le=20)
    sky: ShotSky = ShotSky()
    body: ShotBody = ShotBody()
    hush_bars: float = Field(
        0.0, ge=0, le=8, description="over which the light goes before the section it opens"
    )

    def suits(self, bar_s: float) -> bool:
        """Whether it is for songs whose bars last so many seconds."""
        return self.bar_s is None or self.bar_s[0] <= bar_s <= self.bar_s[1]


class ClockSource(Part):
    """What makes the clock go faster."""

    source: Literal["amplitude", "bass", "mid", "high", "onset", "energy"]
    amount: float = Field(ge=0, le=20)


class Clock(Part):
    """The time that turbulence, spin and camera follow: an integral of the sound.

    Seconds of it per second are ``rate`` · (1 + Σ amount · source), and ``beatStep`` more on
    every beat.
    """

    rate: float = Field(1.0, ge=0, le=10)
    add: tuple[ClockSource, ...] = Field((), max_length=8)
    beat_step: float = Field(0.0, ge=0, le=5)


class Score(Part):
    """How a scene follows the form of a song."""

    phrase_bars: Literal[4, 8, 12, 16] = 8
    phrase_from: int = Field(0, ge=0, le=16, description="bars of a section before its phrases")
    shots: tuple[Shot, ...] = Field((), max_length=64)
    clock: Clock = Clock()
    step: float = Field(40.0, ge=-360, le=360, description="degrees from each stretch to the next")
    swell: Unit = Field(
        0.0,
        description="how much light and clock follow how loud the song is: 1 is half to twice",
    )
