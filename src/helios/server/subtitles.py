"""Uploaded subtitles and lyrics: kept by their content, once they could be read."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path, PurePath

from helios.errors import DiskFull, OptionError, OutputNotWritable, UsageError
from helios.files.whole import write_whole
from helios.media.subtitles import parse_subtitles
from helios.server.settings import ServerSettings
from helios.server.shapes import UploadedSubtitles
from helios.server.sounds import ID


class SubtitleShelf:
    """The subtitles that were uploaded to a server."""

    def __init__(self, settings: ServerSettings) -> None:
        self.folder = settings.data / "subtitles"

    def path_of(self, subtitles_id: str) -> Path:
        """The file of an upload.

        Raises:
            UsageError: there is none of that id.
        """
        path = self.folder / subtitles_id
        if not ID.fullmatch(subtitles_id) or not path.is_file():
            raise UsageError(
                f"no subtitles {subtitles_id[:80]!r}", hint="Upload them to /api/subtitles first."
            )
        return path

    def add(self, name: str, content: bytes) -> UploadedSubtitles:
        """Keep subtitles.

        Raises:
            OptionError: they are none that can be shown.
            DiskFull, OutputNotWritable: they could not be written.
        """
        name = PurePath(name).name[:200] or "subtitles"
        try:
            found = parse_subtitles(content, name)
        except OptionError as error:
            text = error.message.removeprefix("--subtitles: ")
            raise OptionError(text, hint=error.hint) from error
        digest = hashlib.sha256(content).hexdigest()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / digest, content)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFull("the server's disk is full") from error
            raise OutputNotWritable(f"the upload could not be kept: {error.strerror}") from error
        return UploadedSubtitles(
            id=digest,
            name=name,
            cues=len(found.cues),
            end=float(max(cue.end_s for cue in found.cues)),
            warnings=list(found.warnings),
        )
