"""``helios verify``: whether a film is what it should be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from helios.cli.findings import tell
from helios.cli.flags import Json, QuietFindings
from helios.cli.options import read_flags, with_render_options
from helios.errors import OptionError


@with_render_options()
def command(
    film: Annotated[Path, Parameter(help="the film to look at")],
    /,
    *,
    against: Annotated[
        str | None, Parameter(help="the composition it is of, as in render: frames are drawn anew")
    ] = None,
    sample: Annotated[int, Parameter(help="how many frames are drawn anew, chosen by chance")] = 8,
    sample_seed: Annotated[int, Parameter(help="chooses them: the same seed, the same frames")] = 1,
    pictures: Annotated[
        Path | None, Parameter(help="a folder for pictures of what is found")
    ] = None,
    json: Json = False,
    quiet: QuietFindings = False,
    **flags: Any,
) -> int:
    """Look at all of a finished film, and say what is wrong with it.

    helios verify film.mp4

    helios verify film.mp4 --against page.html --sample 20

    It is decoded to its end. Exit code 1: there is a problem; notes are no problems. With
    --against, give the flags that the film was rendered with.
    """
    from helios.findings.finding import FilmReport, problems
    from helios.verifying.api import verify

    options = read_flags(flags)
    given = [name for name, value in flags.items() if value is not None]
    if against is None and given:
        raise OptionError(
            f"--{given[0].replace('_', '-')} says how a composition is drawn",
            hint="Give --against COMPOSITION as well.",
        )
    findings = verify(
        film,
        options,
        against=against,
        sample=sample,
        sample_seed=sample_seed,
        pictures=pictures,
    )
    report = FilmReport(film=str(film), problems=problems(findings), findings=tuple(findings))
    return tell(report, str(film), as_json=json, quiet=quiet)
