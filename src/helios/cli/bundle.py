"""``helios bundle``: a composition and all that it needs in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from helios.agents.events import BundleEvent
from helios.cli.display import Display
from helios.cli.flags import Json, Quiet
from helios.cli.options import read_flags, with_render_options

_NAMED = 3


@with_render_options()
def command(
    composition: Annotated[str, Parameter(help="page, template or MODULE:OBJECT, as in render")],
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="the bundle: NAME.helios")],
    json: Json = False,
    quiet: Quiet = False,
    **flags: Any,
) -> int:
    """Put a composition, and all that it needs, into one file that can be rendered anywhere.

    helios bundle page/index.html -o page.helios

    helios bundle etherealFlame --audio song.mp3 --type 360-mono-4k -o song.helios

    helios render song.helios -o film.mp4

    The flags are those that it will be rendered with; they are kept, and count where render is
    given no others. The same files give the same bytes.
    """
    from helios.errors import OptionError
    from helios.model.composition import BUNDLE_SUFFIX
    from helios.rendering.bundle import bundle_composition
    from helios.rendering.find import find_composition

    if output.suffix != BUNDLE_SUFFIX:
        raise OptionError(
            f"-o {output}: a bundle's name ends in {BUNDLE_SUFFIX}",
            hint=f"For example: -o {output.with_suffix(BUNDLE_SUFFIX)}",
        )
    found = find_composition(composition, Path.cwd())
    with Display(as_json=json, quiet=quiet) as display:
        contents = bundle_composition(found, read_flags(flags), output, Path.cwd())
        if contents.unasked:
            display.warn(_told_of_unasked([path.name for path in contents.unasked]))
        size = output.stat().st_size
        display.event(BundleEvent(file=str(output), files=len(contents.files), size=size))
        count = len(contents.files)
        files = f"{count} file{'s' if count != 1 else ''}"
        display.result(f"{output}: {files}, {size / 1e6:.2g} MB")
    return 0


def _told_of_unasked(names: list[str]) -> str:
    more = len(names) - _NAMED
    some = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return (
        f"the bundle holds {some}, which nothing has loaded yet: if a render made them, move them "
        "out of the composition's folder"
    )
