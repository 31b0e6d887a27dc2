"""``helios studio``: the web page of a server of one's own, with what was named on its stage."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from helios.cli.extras import needs_extra
from helios.cli.flags import check_port
from helios.cli.signals import StopSignals
from helios.errors import OptionError
from helios.model.composition import CompositionKind
from helios.model.hosts import place_in


def command(
    composition: str | None = None,
    /,
    *,
    port: Annotated[int, Parameter(help="0: any free one")] = 0,
    open: Annotated[  # noqa: A002 - the flag's name
        bool, Parameter(help="open a browser")
    ] = True,
    props: Annotated[
        Path | None,
        Parameter(
            help="where its props are read from and, when the page is asked to, written to; of a "
            "page the file beside it that is called PAGE.props.json"
        ),
    ] = None,
    data: Annotated[Path, Parameter(help="uploads, films and the queue")] = Path("helios-data"),
) -> int:
    """See a composition move with its song, shape it, and make its film, in a browser.

    Only this machine reaches it. What is named may be rendered, and the templates that come with
    Helios; nothing else.

    For example:

    helios studio

    helios studio etherealFlame

    helios studio film.py:draw

    Parameters
    ----------
    composition
        a template's name or file, a page or its folder, or MODULE:OBJECT
    """
    with needs_extra("server"):
        from helios.server.run import serve
        from helios.server.settings import ServerSettings
    check_port(port)
    if props is not None and composition is None:
        raise OptionError("--props: there is nothing whose props they are", hint="Name a page.")
    settings = ServerSettings(
        data=data.absolute(),
        port=port,
        composition=_named(composition) if composition is not None else None,
        props_file=_props_file(composition, props) if composition is not None else None,
        folder=Path.cwd(),
        allow_hosts=_hosts(composition or ""),
    )
    signals = StopSignals()

    def ready(url: str) -> None:
        print(f"Helios Studio is at {url}", file=sys.stderr, flush=True)
        if open and not webbrowser.open(url):
            print("no browser opens here: open that address in one", file=sys.stderr, flush=True)

    serve(settings, signals.first, grace_s=0, on_ready=ready)
    return 0


def _named(composition: str) -> str:
    """The name under which the composition is known, once it is certain that there is one."""
    from helios.rendering.find import find_composition
    from helios.scene.library import template_names
    from helios.scene.presets import plain

    find_composition(composition, Path.cwd())
    own = {plain(name): name for name in template_names()}
    is_file = Path(composition).exists()
    return composition if is_file else own.get(plain(composition), composition)


def _props_file(composition: str, given: Path | None) -> Path | None:
    """Where the composition's props are kept: where that was said, else of a page beside it.

    Raises:
        HeliosError: what is there holds no props.
    """
    from helios.files.documents import as_object, read_json
    from helios.rendering.find import find_composition

    file = given
    if file is None and Path(composition).exists():
        found = find_composition(composition, Path.cwd())
        if found.kind is CompositionKind.PAGE and not found.is_remote:
            file = Path(found.location).with_suffix(".props.json")
    if file is None:
        return None
    if file.exists():
        as_object(read_json(file, str(file)), str(file))
    return file.absolute()


def _hosts(composition: str) -> tuple[str, ...]:
    if not composition.startswith(("http://", "https://")):
        return ()
    host, port = place_in(composition)
    return (f"{host}:{port}",)
