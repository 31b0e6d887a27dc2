"""Films appear whole or not at all."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import OutputContainer

from helios.commit.record import sync_file
from helios.media.fault import write_fault
from helios.model.audio import SAMPLE_RATE
from helios.model.formats import MUXERS

_COUNTER = itertools.count()


@contextmanager
def film(output: Path) -> Iterator[OutputContainer]:
    """A container that becomes ``output`` when the block ends well, and nothing otherwise.

    Raises:
        OutputNotWritable, DiskFull, EncodeError: the film cannot be written.
    """
    suffix = output.suffix.lower().lstrip(".")
    options = {"fflags": "+bitexact"}
    if suffix in ("mp4", "mov", "m4v"):
        # The default, milliseconds, would round the lengths in edit lists.
        options |= {"movflags": "+faststart", "movie_timescale": str(SAMPLE_RATE)}
    with replaced(output) as temporary, _translated(output):
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
def replaced(output: Path) -> Iterator[Path]:
    """A path beside ``output`` that takes its place when the block ends well.

    Raises:
        OutputNotWritable: the folder cannot be written.
    """
    output = output.absolute()
    temporary = output.with_name(f".helios-{os.getpid()}-{next(_COUNTER)}.tmp")
    with _translated(output):
        output.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield temporary
        with _translated(output):
            sync_file(temporary)
            temporary.replace(output)
            _sync_folder(output.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _translated(output: Path) -> Iterator[None]:
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        raise write_fault(error, output) from error


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        sync_file(folder)
