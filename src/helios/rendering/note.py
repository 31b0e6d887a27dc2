"""A note beside a film under way, so that a crash after its last step is not taken for one before.

The film is put in place at once, and its chunks go after that. Whoever finds the note and, in the
film's place, another file than the note saw, knows that the film is finished.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from helios.files.hold import remove_folder
from helios.files.whole import write_whole
from helios.model.export import ExportConfig
from helios.planning.digest import digest_of
from helios.planning.planner import RenderPlan


class FilmNote(BaseModel):
    """What was about to be made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str
    """Of the configuration and the state of its files."""
    before: tuple[int, int, int] | None
    """(inode, size, mtime) of what was in the film's place."""
    work_folder: Path
    frame_count: int
    duration_s: float


def note_path(film: Path) -> Path:
    """Where the note of a film is."""
    return film.with_name(f".helios-note-{digest_of(film.name)[:16]}.json")


def write_note(film: Path, config: ExportConfig, plan: RenderPlan) -> None:
    """Note what will be made, unless that is noted already.

    Raises:
        OSError: it cannot be written.
    """
    digest = request_digest(config)
    known = _read(film)
    if known is not None and known.digest == digest:
        return
    note = FilmNote(
        digest=digest,
        before=_identity(film),
        work_folder=plan.work_folder,
        frame_count=plan.total_frames,
        duration_s=float(plan.total_frames / plan.fps),
    )
    write_whole(note_path(film), note.model_dump_json())


def finished(film: Path, config: ExportConfig) -> FilmNote | None:
    """The note of a film that is in its place; its chunks are removed if they are still there."""
    note = _read(film)
    if note is None or note.digest != request_digest(config):
        return None
    if _identity(film) in (None, note.before):
        return None
    folder = note.work_folder
    # A note is a file like any other: it may name a work folder beside its film, and nothing else.
    if folder.name.startswith(".helios-") and folder.parent == film.parent and folder.is_dir():
        remove_folder(folder)
    return note


def forget_note(film: Path) -> None:
    """Remove the note of a film whose end is known elsewhere."""
    with contextlib.suppress(OSError):
        note_path(film).unlink(missing_ok=True)


def request_digest(config: ExportConfig) -> str:
    """Changes whenever the configuration or one of its sound files does."""
    files = [(track.file, _identity(Path(track.file))) for track in config.options.audio]
    # How many draw at once changes nothing, and is another number at the next attempt.
    return digest_of([config.with_options(workers=None).to_json(), files])


def _read(film: Path) -> FilmNote | None:
    try:
        return FilmNote.model_validate_json(note_path(film).read_bytes())
    except (OSError, ValidationError):
        return None


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
