"""Films appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import OutputContainer

from helios.files.hold import sweep
from helios.files.whole import Finish, new_file
from helios.media.fault import write_fault
from helios.model.audio import SAMPLE_RATE
from helios.model.chapters import Chapter
from helios.model.formats import MP4_FAMILY, MUXERS

if TYPE_CHECKING:
    from av.container.core import Chapter as ContainerChapter


@contextmanager
def film(
    output: Path,
    finish: Finish | None = None,
    *,
    tags: Mapping[str, str] | None = None,
    chapters: Sequence[Chapter] = (),
) -> Iterator[OutputContainer]:
    """A container that becomes ``output`` when the block ends well, and nothing otherwise.

    Args:
        output: its suffix says the container.
        finish: puts it in its place; the index of an MP4 stays at the end then, for whoever writes
            the film anew moves it.
        tags: what it says of itself.
        chapters: its parts, in order.

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
        container.metadata.update(tags or {})
        if chapters:
            container.set_chapters([_shown(number, each) for number, each in enumerate(chapters)])
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


def _shown(number: int, chapter: Chapter) -> ContainerChapter:
    """A chapter as a container keeps it: players count milliseconds."""
    return {
        "id": number + 1,
        "start": round(chapter.start_s * 1000),
        "end": round(chapter.end_s * 1000),
        "time_base": Fraction(1, 1000),
        "metadata": {"title": chapter.title},
    }
