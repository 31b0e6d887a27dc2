"""``helios merge``: chunk files become one film."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from helios.agents.events import DoneEvent
from helios.cli.display import Display
from helios.cli.flags import JsonEvents, Quiet
from helios.cli.options import read_flags, with_render_options
from helios.errors import MergeError, OptionError, UsageError
from helios.rendering.merge import merge_files

FLAGS = (
    "video_codec",
    "preset",
    "encoding_preset",
    "quality",
    "pixel_format",
    "video_bitrate",
    "audio",
    "audio_codec",
    "audio_bitrate",
    "loudness",
    "threads",
    "type",
    "initial_view",
    "tags",
)


@with_render_options(only=FLAGS)
def command(
    output: Path,
    /,
    *parts: Path,
    json: JsonEvents = False,
    quiet: Quiet = False,
    **flags: Any,
) -> int:
    """Join chunk files into one film, without encoding the pictures again.

    Parts are joined in the order given, on one time grid; a part that does not fit the others is
    refused by name. Giving --video-codec (other than copy), --quality, --preset or another option
    of the pictures encodes them anew. --audio lays sounds under the film; without it the parts'
    own sound is kept.

    For example:

    helios merge film.mp4 film_part_0.mov film_part_1.mov

    helios merge film.mp4 film_part_*.mov --audio song.mp3 --audio-codec aac
    """
    if not parts:
        raise OptionError("no parts to merge", hint="helios merge OUTPUT PART...")
    with Display(as_json=json, quiet=quiet) as display:
        try:
            result = merge_files(output, parts, read_flags(flags), on_progress=display.progress)
        except MergeError as error:  # of chunks of a job it is the work that failed, here the input
            raise UsageError(error.message, hint=error.hint) from error
        display.event(DoneEvent(output=str(output), frames=result.frame_count))
        display.result(f"{output}: {result.frame_count} frames from {len(parts)} parts")
    return 0
