"""Opening what FFmpeg reads."""

from __future__ import annotations

import os
from pathlib import Path

import av
from av.container import InputContainer

from helios.files.regular import refuse_special


def open_container(path: Path, options: dict[str, str] | None = None) -> InputContainer:
    """A media file, opened for reading.

    Raises:
        OSError: it cannot be read, or is no file.
        av.FFmpegError: FFmpeg does not know it.
    """
    refuse_special(path)
    return av.open(os.fspath(path.absolute()), options=options)
