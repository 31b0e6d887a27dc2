"""``helios serve``: the server and its worker in one command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from helios.cli.at_once import AllWorkers, AtOnce, as_number
from helios.cli.extras import needs_extra
from helios.cli.flags import Executor, Needs, check_port
from helios.cli.signals import StopSignals, ending
from helios.errors import OptionError
from helios.executors.call import DEFAULT_RENDER_FUNCTION
from helios.executors.engine import check_engine
from helios.model.size import parse_bytes
from helios.planning.needs import ChunkNeeds

if TYPE_CHECKING:
    from helios.queue.worker import QueueWorker


def command(
    *,
    host: Annotated[str, Parameter(help="address to listen on; others need HELIOS_TOKEN")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, Parameter(help="0: any free one")] = 8787,
    lan: Annotated[
        bool, Parameter(negative="", help="for phones in this network: a token and a QR code")
    ] = False,
    data: Annotated[Path, Parameter(help="uploads, films, logs and the database")] = Path(
        "helios-data"
    ),
    database: Annotated[
        str | None, Parameter(help="URL of a Postgres database (default: SQLite in DATA)")
    ] = None,
    at_once: AtOnce = "auto",
    workers: AllWorkers = "auto",
    max_memory: Annotated[
        str | None, Parameter(help="such as 8G (default: 80 % of what there is)")
    ] = None,
    max_upload: Annotated[str, Parameter(help="the largest sound")] = "512M",
    grace: Annotated[
        float | None,
        Parameter(help="seconds to finish after SIGTERM (default: until the film is done)"),
    ] = None,
    name: Annotated[
        list[str] | None, Parameter(negative="", help="a name the server is reached by")
    ] = None,
    compositions: Annotated[
        Path | None,
        Parameter(help="allow the pages and Python compositions of this folder; they are code"),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        Parameter(
            negative="",
            help="HOST[:PORT] whose pages may be rendered, and from which pages may load",
        ),
    ] = None,
    webhook_host: Annotated[
        list[str] | None, Parameter(negative="", help="a private host that webhooks may reach")
    ] = None,
    rate_limit: Annotated[float, Parameter(help="changes per second and client; 0: any")] = 30.0,
    stall: Annotated[
        float, Parameter(help="seconds without progress until a film is tried again")
    ] = 900.0,
    backoff: Annotated[float, Parameter(help="seconds until a film is tried again")] = 10.0,
    store: Annotated[
        str | None, Parameter(help="keep films in s3://, gs:// or az://BUCKET/NAME too")
    ] = None,
    executor: Executor = "threads",
    needs: Needs = None,
    render_function: Annotated[str | None, Parameter(show=False)] = None,
) -> int:
    """Serve the web page and the REST interface, and make the films.

    Secrets come from the environment: HELIOS_TOKEN, HELIOS_WEBHOOK_SECRET, or files named by
    HELIOS_TOKEN_FILE and HELIOS_WEBHOOK_SECRET_FILE.

    SIGTERM: the film under way is finished first, or, after --grace seconds, stopped and taken up
    again at the next start. A second signal stops at once; nothing is lost.
    """
    with needs_extra("server"):
        from helios.server.lan import code_for_terminal, entrance, lan_address, new_token
        from helios.server.run import serve
        from helios.server.settings import ServerSettings, secret_from
    check_port(port)
    if database is not None and not database.startswith(("postgresql://", "postgres://")):
        raise OptionError(
            "--database is no address of a Postgres database",
            hint="Such as postgresql://user@host/name; without it, jobs are kept in DATA.",
        )
    token = secret_from("HELIOS_TOKEN")
    if lan:
        host = host if host != "127.0.0.1" else lan_address()
        token = token or new_token()
    needed = None if needs is None else ChunkNeeds.read(needs)
    settings = ServerSettings(
        data=data.absolute(),
        host=host,
        port=port,
        database=database,
        at_once=as_number(at_once),
        workers=as_number(workers),
        token=token,
        webhook_secret=secret_from("HELIOS_WEBHOOK_SECRET"),
        max_memory_bytes=parse_bytes(max_memory) if max_memory else None,
        max_upload_bytes=parse_bytes(max_upload),
        hosts=tuple(name or ()),
        allow_hosts=tuple(allow_host or ()),
        webhook_hosts=tuple(webhook_host or ()),
        writes_per_s=rate_limit,
        stall_s=stall,
        backoff_base_s=backoff,
        compositions=compositions.absolute() if compositions else None,
        render_function=render_function or DEFAULT_RENDER_FUNCTION,
        store=store,
        executor=executor,
        needs=needed,
    )
    check_engine(executor, needed)

    signals = StopSignals()

    def ready(url: str) -> None:
        _say(f"Helios is at {url}")
        if lan and token:
            _say(f"Open {entrance(url, token)} on a phone in this network, or read its code:\n")
            _say(code_for_terminal(entrance(url, token)))

    def on_worker(worker: QueueWorker) -> None:
        signals.on_second = worker.stop_now

    serve(
        settings,
        signals.first,
        grace_s=grace,
        on_worker=on_worker,
        on_stopping=lambda running: _say(ending(running, grace)),
        on_ready=ready,
    )
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
