"""Run a server: the web application and its worker, until a signal says stop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from helios.queue.budget import default_limit_bytes
from helios.queue.export_process import ProcessExporter
from helios.queue.opening import open_queue
from helios.queue.worker import QueueWorker
from helios.server.app import create_app
from helios.server.notify import Messenger
from helios.server.settings import ServerSettings
from helios.server.sounds import BEGUN

_log = logging.getLogger(__name__)


HEADERS_S = 30.0


class _Impatient(H11Protocol):
    """A connection that must not take for ever to say what it wants."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._answered: object = None
        self.loop.call_later(HEADERS_S, self._check)

    def _check(self) -> None:
        if self.transport.is_closing():
            return
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and self.cycle is self._answered:
            self.transport.close()
            return
        self._answered = self.cycle
        self.loop.call_later(HEADERS_S, self._check)


class _Web(uvicorn.Server):
    """Uvicorn without its signal handlers: ours decide when it ends."""

    def install_signal_handlers(self) -> None:
        """None of its own."""

    def capture_signals(self) -> _NoSignals:  # type: ignore[override]  # a context manager as well
        return _NoSignals()


class _NoSignals:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def serve(
    settings: ServerSettings,
    stop: threading.Event,
    *,
    grace_s: float | None = None,
    on_worker: Callable[[QueueWorker], None] = lambda _: None,
    on_ready: Callable[[str], None] = lambda _: None,
    on_stopping: Callable[[int], None] = lambda _: None,
) -> None:
    """Serve until ``stop`` is set; then finish the running film, or stop it after ``grace_s``.

    Args:
        settings: what to serve, and where.
        stop: ends it.
        grace_s: seconds for the running films; None: as long as they take.
        on_worker: hears of the worker once it works.
        on_ready: hears the address.
        on_stopping: hears how many films are under way when ``stop`` was set.

    Raises:
        HeliosError: the folder is held by another server, or the address is taken.
    """
    settings = settings.checked()
    limit = settings.max_memory_bytes or default_limit_bytes()
    exporter = ProcessExporter(
        render_function=settings.render_function,
        executor=settings.executor,
        needs=settings.needs,
        stall_s=settings.stall_s,
        max_memory_bytes=limit,
    )
    with open_queue(
        settings.data,
        database=settings.database,
        exporter=exporter,
        max_memory_bytes=limit,
        at_once=settings.at_once,
        workers=settings.workers,
        backoff_base_s=settings.backoff_base_s,
        store=settings.store,
        sweep=lambda: _remove_partial_uploads(settings),
    ) as queue:
        worker = QueueWorker(queue)
        messenger = Messenger(queue, settings)
        app = create_app(settings, queue, worker, messenger)
        web = _Web(web_config(app, settings))
        thread = threading.Thread(target=web.run, name="helios-web")
        worker.start()
        messenger.start()
        on_worker(worker)
        thread.start()
        try:
            _wait_until_up(web, thread, settings)
            on_ready(f"http://{settings.host}:{_port(web, settings)}")
            while not stop.wait(0.5) and thread.is_alive():
                pass
            on_stopping(len(queue.running))
        finally:
            # Clients may watch the last film being finished.
            worker.stop(grace_s if thread.is_alive() else 0.0)
            app.state.context.hub.close()
            web.should_exit = True
            thread.join(5.0)
            messenger.stop()


def web_config(app: object, settings: ServerSettings) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # an ASGI application
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=64 << 10,
        server_header=False,
        proxy_headers=False,
        http=_Impatient,
    )


def _wait_until_up(web: uvicorn.Server, thread: threading.Thread, settings: ServerSettings) -> None:
    from helios.errors import EnvironmentProblem

    while not web.started:
        thread.join(0.02)
        if not thread.is_alive():
            raise EnvironmentProblem(
                f"cannot listen on {settings.host}:{settings.port}",
                hint="Another program may use it; choose another --port.",
            )


def _port(web: uvicorn.Server, settings: ServerSettings) -> int:
    for server in web.servers:
        for socket in server.sockets:
            return int(socket.getsockname()[1])
    return settings.port


def _remove_partial_uploads(settings: ServerSettings) -> None:
    for folder in ("audio", "previews"):
        (settings.data / folder).mkdir(exist_ok=True)
        for path in (settings.data / folder).iterdir():
            if folder == "previews" or path.name.startswith(BEGUN):
                path.unlink(missing_ok=True)
