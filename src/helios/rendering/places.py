"""Options whose files are named for another folder."""

from __future__ import annotations

from pathlib import Path

from helios.drawing.overlays import overlay_names
from helios.files.names import named_path
from helios.model.options import RenderOptions
from helios.model.overlay import OverlayPage
from helios.model.stem import Sound
from helios.planning.jobspec import FILE_OPTIONS


def absolute(options: RenderOptions, base: Path) -> RenderOptions:
    """The same options for a process in another folder: all files by their absolute paths."""
    files = {
        name: str(named_path(base, path))
        for name in FILE_OPTIONS
        if (path := getattr(options, name)) is not None
    }
    tracks = tuple(_absolute(track, base) for track in options.audio)
    followed = _absolute(options.react_to, base) if options.react_to else None
    stems = tuple(_absolute(stem, base) for stem in options.stem)
    pages = tuple(_placed(overlay, base) for overlay in options.overlay)
    update = {**files, "audio": tracks, "react_to": followed, "stem": stems, "overlay": pages}
    return options.model_copy(update=update)


def _placed(overlay: OverlayPage, base: Path) -> OverlayPage:
    overlay = overlay.with_files(lambda file: str(named_path(base, file)))
    if "://" in overlay.page or overlay.page in overlay_names():
        return overlay
    return overlay.model_copy(update={"page": str(named_path(base, overlay.page))})


def _absolute(track: Sound, base: Path) -> Sound:
    if "://" in track.file:
        return track
    return track.model_copy(update={"file": str(named_path(base, track.file))})
