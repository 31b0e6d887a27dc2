"""A server in this process: real REST, real SQLite, and a stand-in that makes films at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from helios.errors import Cancelled, RenderError
from helios.executors.call import ExportDone
from helios.model.progress import Progress, ProgressListener, Stage
from helios.queue.opening import open_queue
from helios.queue.worker import QueueWorker
from helios.server.app import create_app
from helios.server.notify import Messenger
from helios.server.run import web_config
from helios.server.settings import ServerSettings


@dataclass
class FakeExporter:
    """Writes ten bytes for a film. ``hold`` keeps it working; ``fail`` makes it fail."""

    hold: threading.Event = field(default_factory=threading.Event)
    fail: str = ""
    configs: list[dict[str, Any]] = field(default_factory=list)

    def export(
        self,
        config: dict[str, Any],
        folder: Path,
        *,
        on_progress: ProgressListener,
        log: Callable[[str], None],
        stop: threading.Event,
    ) -> ExportDone:
        self.configs.append(config)
        log("drawing")
        for percent in range(0, 100, 20):
            on_progress(Progress(stage=Stage.RENDERING, fraction=percent / 100))
        while self.hold.is_set():
            if stop.wait(0.02):
                raise Cancelled
        if self.fail:
            raise RenderError(self.fail)
        film = Path(config["output"])
        film.write_bytes(b"0123456789")
        return ExportDone(output_path=str(film), duration_s=1.0, frame_count=30, seconds=0.1)


@dataclass
class Served:
    """A running server."""

    url: str
    http: httpx.Client
    exporter: FakeExporter
    settings: ServerSettings
    queue: Any
    app: Any

    def submit(self, **config: Any) -> str:
        reply = self.http.post("/api/render", json={"composition": "film.py:draw", **config})
        assert reply.status_code == 200, reply.text
        return str(reply.json()["jobId"])

    def ended(self, job_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            job = self.http.get(f"/api/render/{job_id}").json()
            if job["status"] in ("completed", "failed", "cancelled"):
                return dict(job)
            time.sleep(0.02)
        raise AssertionError(f"job {job_id} did not end: {job}")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts servers with settings of the test's choice."""
    stops: list[Callable[[], None]] = []

    def start(**values: Any) -> Served:
        comps = tmp_path / "comps"
        comps.mkdir(exist_ok=True)
        (comps / "film.py").write_text("def draw(frame): ...\n")
        defaults = {"data": tmp_path / "data", "compositions": comps, "port": 0}
        settings = ServerSettings(**{**defaults, **values}).checked()
        exporter = FakeExporter()
        opened = open_queue(
            settings.data,
            exporter=exporter,
            at_once=1,
            backoff_base_s=0.05,
            store=settings.store,
        )
        queue = opened.__enter__()
        worker, messenger = QueueWorker(queue), Messenger(queue, settings)
        app = create_app(settings, queue, worker, messenger)
        web = uvicorn.Server(web_config(app, settings))
        thread = threading.Thread(target=web.run)
        worker.start()
        messenger.start()
        thread.start()
        while not web.started:
            time.sleep(0.01)
        url = f"http://127.0.0.1:{web.servers[0].sockets[0].getsockname()[1]}"
        http = httpx.Client(base_url=url, timeout=60)

        def stop() -> None:
            exporter.hold.clear()
            http.close()
            app.state.context.hub.close()
            worker.stop(0)
            web.should_exit = True
            thread.join()
            messenger.stop()
            opened.__exit__(None, None, None)

        stops.append(stop)
        return Served(url, http, exporter, settings, queue, app)

    yield start
    for stop in stops:
        stop()


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    return serve()
