"""How an option is given, for messages that say what to give instead of what was wrong."""

from __future__ import annotations

import shlex
from enum import StrEnum
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

EXAMPLES = {
    "width": "1280",
    "height": "720",
    "fps": "30",
    "duration": "12.5",
    "start_frame": "90",
    "frame_count": "30",
    "props": '{"title": "Hello"}',
    "loop_seamless": "2",
    "overlay": "lower-third.html",
    "subtitles": "talk.srt",
    "subtitles_style": "mine.css",
    "seed": "7",
    "type": "flat-1080p-portrait",
    "react_to": "song.mp3",
    "stem": "drums=drums.wav",
    "adapter": "nvidia",
    "scale": "1/4",
    "face_size": "1024",
    "ipd": "0.064",
    "unit_scale": "1",
    "initial_view": "90,0",
    "supersample": "2",
    "pixel_ratio": "2",
    "selector": "#stage",
    "root": "site",
    "allow_host": "localhost:8080",
    "stability_timeout": "60",
    "video_codec": "h264",
    "preset": "veryfast",
    "quality": "18",
    "pixel_format": "yuv420p",
    "video_bitrate": "8M",
    "tags": '{"title": "Hello"}',
    "audio": "song.mp3,fade_out=2",
    "loudness": "-14",
    "audio_codec": "aac",
    "audio_bitrate": "192k",
    "concurrency": "4",
    "workers": "4",
    "chunk_frames": "300",
    "threads": "2",
}
"""A value of each option as one types it; what takes one of a few words, or none, is not here."""


def usage(name: str, info: FieldInfo) -> str:
    """What the option ``name`` takes, and one way to give it.

    Example:
        >>> usage("threads", FieldInfo(description="encoder threads", metadata=[Ge(1), Le(64)]))
        '--threads: encoder threads, from 1 to 64. For example: --threads 2'
    """
    flag = "--" + name.replace("_", "-")
    words = words_of(info)
    takes = f"one of {', '.join(words)}" if words else f"{info.description}{_limits(info)}"
    example = EXAMPLES.get(name) or next(iter(words), "")
    return f"{flag}: {takes}. For example: {flag} {shlex.quote(example)}"


def words_of(info: FieldInfo) -> list[str]:
    """The words an option takes, where they are few and fixed."""
    words: list[str] = []
    for part in (info.annotation, *get_args(info.annotation)):
        if get_origin(part) is Literal:
            words += map(str, get_args(part))
        elif isinstance(part, type) and issubclass(part, StrEnum):
            words += [member.value for member in part]
    return words


def _limits(info: FieldInfo) -> str:
    """Words of pydantic's rules for numbers: ``, from 2 to 16384``."""
    known = {type(rule): rule for rule in info.metadata}
    least, above, most, below = (known.get(kind) for kind in (Ge, Gt, Le, Lt))
    begin = f"from {least.ge}" if isinstance(least, Ge) else ""
    begin = f"more than {above.gt}" if isinstance(above, Gt) else begin
    end = f"to {most.le}" if isinstance(most, Le) else ""
    end = f"to less than {below.lt}" if isinstance(below, Lt) else end
    if isinstance(above, Gt) and end:
        end = f"and at most {end.removeprefix('to ')}"
    said = " ".join(filter(None, (begin, end)))
    return f", {said}" if said else ""
