"""``helios info``: what a media file holds, or what a composition says of itself."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from helios.cli.flags import Json
from helios.cli.visible import visible
from helios.errors import CompositionNotFound, MetadataError
from helios.files.names import check_name
from helios.media.probe import MediaInfo, probe
from helios.model.composition import PAGE_SUFFIXES
from helios.model.facts import CompositionFacts
from helios.rendering.api import inspect
from helios.spatial.inspect import describe, inspect_film

_COMPOSITIONS = {*PAGE_SUFFIXES, ".py", ".json"}
"""Files that are drawn; all others are read as media."""


def command(
    name: Annotated[str, Parameter(help="a film, a sound, or a composition as in render")],
    /,
    *,
    json: Json = False,
) -> int:
    """Say what a media file holds, counted packet by packet, or what a composition says of itself.

    helios info film.mp4

    helios info page.html --json
    """
    check_name(name)
    path = Path(name)
    if path.is_file() and path.suffix.lower() not in _COMPOSITIONS:
        rows = of_media(probe(path), _spherical(path))
    else:
        rows = of_composition(inspect(name))
    if json:
        print(json_module.dumps(rows, indent=1))
        return 0
    width = max(map(len, rows))
    for key, value in rows.items():
        shown = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
        for line in shown.splitlines() or ["none"]:
            print(visible(f"{key:<{width}}  {line}"))
    return 0


def of_media(media: MediaInfo, spherical: str) -> dict[str, Any]:
    """What a media file holds."""
    rows: dict[str, Any] = {
        "file": str(media.path),
        "container": media.container,
        "size_bytes": media.size_bytes,
        "duration_s": float(media.duration_s),
    }
    if video := media.video:
        rows |= {
            "video_codec": " ".join(filter(None, (video.codec, video.profile))),
            "width": video.width,
            "height": video.height,
            "fps": str(video.fps),
            "frames": video.frame_count,
            "key_frames": len(video.key_frames),
            "pixel_format": video.pixel_format,
            "colour": f"matrix {video.colour.matrix}, primaries {video.colour.primaries}, "
            f"transfer {video.colour.transfer}, "
            f"{'full' if video.colour.is_full_range else 'limited'} range",
            "alpha": video.has_alpha,
            "video_duration_s": float(video.duration_s),
        }
    if audio := media.audio:
        rows |= {
            "audio_codec": audio.codec,
            "sample_rate": audio.sample_rate,
            "channels": audio.channels,
            "samples": audio.sample_count,
            "audio_duration_s": audio.sample_count / audio.sample_rate,
        }
    if spherical:
        rows["spherical"] = spherical
    return rows


def of_composition(facts: CompositionFacts) -> dict[str, Any]:
    """What a composition declares, how it will be drawn, and what it loads."""
    declared = {
        "duration_s": facts.declared_duration_s and float(facts.declared_duration_s),
        "fps": facts.declared_fps and str(facts.declared_fps),
        "width": facts.declared_width,
        "height": facts.declared_height,
        "capture": facts.capture and str(facts.capture),
        "capture_reason": facts.capture_reason,
        "browser": facts.browser and facts.browser.version,
    }
    return {
        "composition": facts.composition.location,
        "kind": str(facts.composition.kind),
        **{key: value for key, value in declared.items() if value},
        "sounds": [track.file for track in facts.sounds],
        "inputs": [name for name, _ in facts.inputs],
        "warnings": list(facts.warnings),
    }


def _spherical(path: Path) -> str:
    try:
        metadata = inspect_film(path).spherical
    except (MetadataError, CompositionNotFound):  # no MP4
        return ""
    return describe(metadata) if metadata else ""
