"""``helios captions``: lyrics and transcripts, converted for the overlay page and checked."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

from helios.cli.flags import Json, QuietAlready
from helios.errors import EXIT_OK

_SHOWN = 20


def captions(
    file: Path,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Check lyrics or a transcript, and write them for the overlay page captions.

    Reads LRC (with times of words, too), SRT, WebVTT, ASS, and the JSON of transcribers with
    times of words. Says which lines overlap, are too long or too fast to read.

        helios captions song.lrc -o words.json
        helios render etherealFlame --audio song.mp3 --overlay captions,props=@words.json

    Parameters
    ----------
    file
        The lyrics or the transcript.
    output
        Where the props of the page captions go (.json).
    json
        JSON on standard output.
    quiet
        As everywhere; warnings and the result are all that is told here.
    """
    from helios.files.whole import write_whole
    from helios.media.captions import read_captions
    from helios.model.captions import caption_troubles
    from helios.rendering.local import check_not_input

    if output is not None:
        check_not_input(output, (str(file),))
    lines = read_captions(file)
    troubles = list(caption_troubles(lines))
    words = sum(len(word.text.split()) for line in lines for word in line.words)
    last = max(line.end_s for line in lines)
    if output is not None:
        props = {"lines": [line.values() for line in lines]}
        text = json_module.dumps(props, ensure_ascii=False, indent=1) + "\n"
        write_whole(output, text.encode())
    if json:
        from helios.agents.reports import CaptionsReport

        report = CaptionsReport(
            file=str(file),
            lines=len(lines),
            words=words,
            end_s=last,
            warnings=tuple(troubles),
            output=str(output) if output else None,
        )
        print(report.model_dump_json(indent=1))
        return EXIT_OK
    console = Console(stderr=True)
    for trouble in troubles[:_SHOWN]:
        console.print(f"warning: {escape(trouble)}", highlight=False, soft_wrap=True)
    if len(troubles) > _SHOWN:
        console.print(f"warning: {len(troubles) - _SHOWN} more", highlight=False, soft_wrap=True)
    Console().print(
        f"{len(lines)} lines, {words} words, to {last:.2f} s", highlight=False, soft_wrap=True
    )
    if output is not None:
        Console().print(f"captions {escape(str(output))}", highlight=False, soft_wrap=True)
    return EXIT_OK
