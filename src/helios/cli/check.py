"""``helios check``: whether a composition will make a good film."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from helios.cli.findings import tell
from helios.cli.flags import Json, QuietFindings
from helios.cli.options import read_flags, with_render_options


@with_render_options(skip=("type",))
def command(
    composition: Annotated[str, Parameter(help="page, template or MODULE:OBJECT, as in render")],
    /,
    *,
    type: Annotated[  # noqa: A002 - the flag's name
        str | None,
        Parameter(help="the export type or platform, such as shorts, whose limits are kept"),
    ] = None,
    pictures: Annotated[
        Path | None, Parameter(help="a folder for pictures of what is found")
    ] = None,
    json: Json = False,
    quiet: QuietFindings = False,
    **flags: Any,
) -> int:
    """Look at a composition before it is rendered, and say what would be wrong with its film.

    helios check page.html

    helios check page.html --type shorts --audio song.mp3

    Its frames are drawn, its sound is mixed, its texts are looked at. Exit code 1: there is a
    problem; notes are no problems. Give the flags that it will be rendered with.
    """
    from helios.checking.api import check
    from helios.findings.finding import CompositionReport, problems

    findings = check(composition, read_flags(flags), platform=type, pictures=pictures)
    report = CompositionReport(
        composition=composition, problems=problems(findings), findings=tuple(findings)
    )
    return tell(report, composition, as_json=json, quiet=quiet)
