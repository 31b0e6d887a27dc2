"""Films appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import OutputContainer

from helios.files.hold import sweep
from helios.files.whole import Finish, new_file
from helios.media.fault import write_fault
from helios.model.audio import SAMPLE_RATE
from helios.model.formats import MP4_FAMILY, MUXERS


@contextmanager
def film(output: Path, finish: Finish | None = None) -> Iterator[OutputContainer]:
    """A container that becomes ``output`` when the block ends well, and nothing otherwise.

    With ``finish`` the index of an MP4 stays at the end: whoever writes the film anew moves it.

    Raises:
        OutputNotWritable, DiskFull, EncodeError: the film cannot be written.
    """
    suffix = output.suffix.lower().lstrip(".")
    options = {"fflags": "+bitexact"}
    if suffix in MP4_FAMILY:
        # The default, milliseconds, would round the lengths in edit lists.
        options["movie_timescale"] = str(SAMPLE_RATE)
        if finish is None:
            options["movflags"] = "+faststart"
    with replaced(output, finish) as temporary, _translated(output):
        container = av.open(
            os.fspath(temporary), "w", format=MUXERS.get(suffix, suffix), options=options
        )
        try:
            yield container
            container.close()
        except BaseException:
            with contextlib.suppress(Exception):
                container.close()
            raise


@contextmanager
def replaced(output: Path, finish: Finish | None = None) -> Iterator[Path]:
    """A path beside ``output`` that takes its place when the block ends well, or by ``finish``.

    Raises:
        OutputNotWritable: the folder cannot be written.
    """
    output = output.absolute()
    with _translated(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        sweep(output.parent)
        with new_file(output, finish=finish) as temporary:
            yield temporary


@contextmanager
def _translated(output: Path) -> Iterator[None]:
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        raise write_fault(error, output) from error
