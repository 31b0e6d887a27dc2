"""What was decided of a render: nothing is left open. ``RenderOptions`` is only the request."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from helios.model.audio import AudioTrack
from helios.model.encoding import EncodeSettings, SoundSettings
from helios.model.facts import CaptureMethod
from helios.model.formats import ExportType, export_type
from helios.model.options import RenderOptions
from helios.model.timebase import frame_total


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawSettings:
    """All that a composition is drawn with. Equal settings and equal inputs give equal frames."""

    width: int
    """Pixels of the whole picture, both eyes."""
    height: int
    pixel_ratio: Fraction
    """Pixels of the film for a CSS pixel of a page."""
    fps: Fraction
    duration_s: Fraction
    """Of the whole composition, whichever frames of it are rendered."""
    type_name: str | None
    """Of the export type."""
    capture: CaptureMethod | None
    follows: AudioTrack | None
    """The sound that the composition follows, as it lies in time."""
    request: RenderOptions
    """A request that resolves to these settings: with all of the above, what the user alone
    decides, and nothing of sound, ranges and work. A chunk's command line says it."""

    @property
    def total_frames(self) -> int:
        """Frames of the whole composition."""
        return frame_total(self.duration_s, self.fps)

    @property
    def export_type(self) -> ExportType | None:
        """The named size and projection."""
        return export_type(self.type_name) if self.type_name else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedFrames:
    """Which frames are drawn, and how."""

    draw: DrawSettings
    start_frame: int
    frame_count: int
    options: RenderOptions
    """The whole request with everything that was decided."""
    warnings: tuple[str, ...]
    """What the user should know about the choices."""

    @property
    def end_frame(self) -> int:
        """The first frame after the last."""
        return self.start_frame + self.frame_count


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedRender(ResolvedFrames):
    """The whole decision. A chunk is told ``draw`` and ``encode``, and its digest covers both
    whole: what is in neither cannot change its bytes."""

    encode: EncodeSettings
    sound: SoundSettings
