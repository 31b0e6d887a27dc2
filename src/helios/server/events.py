"""Changes of jobs, on their way to whoever watches."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from helios.queue.job import RenderJob

MAX_CLIENTS = 1000
Event = tuple[str, str]
"""What happened, and JSON."""


class EventHub:
    """Passes changes from the queue's threads to clients on the event loop.

    A slow client misses states in between, never the last one, and costs no more memory than the
    jobs that changed.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients: set[_Client] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver on this loop from now on."""
        self._loop = loop

    def publish(self, job: RenderJob, shown: dict[str, Any]) -> None:
        """A job has changed. May be called from any thread."""
        if self._loop is not None and self._clients and not self._loop.is_closed():
            self._send(job.id, ("job", json.dumps(shown)))

    def forget(self, job_id: str) -> None:
        """A job was forgotten. May be called from any thread."""
        self._send(job_id, ("forgotten", json.dumps({"id": job_id})))

    def _send(self, job_id: str, event: Event) -> None:
        if self._loop is not None and self._clients and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, job_id, event)

    def close(self) -> None:
        """End all streams. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end)

    @property
    def client_count(self) -> int:
        """How many watch."""
        return len(self._clients)

    async def watch(
        self, job_id: str | None = None, look: Callable[[], Awaitable[str]] | None = None
    ) -> AsyncIterator[Event]:
        """What happens to one job, or to all; the stream of one ends when it is forgotten.

        ``look`` says how the job is to begin with. It is asked when no change can be missed any
        more: a job that ends between a look and the first change heard would never be told of.
        """
        client = _Client(job_id)
        self._clients.add(client)
        try:
            if look is not None:
                yield ("job", await look())
            while True:
                await client.wake.wait()
                client.wake.clear()
                waiting, client.waiting = client.waiting, {}
                for event in waiting.values():
                    yield event
                if client.ended or (
                    job_id and any(kind == "forgotten" for kind, _ in waiting.values())
                ):
                    return
        finally:
            self._clients.discard(client)

    def _deliver(self, job_id: str, event: Event) -> None:
        for client in self._clients:
            if client.job_id in (None, job_id):
                client.waiting[job_id] = event
                client.wake.set()

    def _end(self) -> None:
        for client in self._clients:
            client.ended = True
            client.wake.set()


class _Client:
    def __init__(self, job_id: str | None) -> None:
        self.job_id = job_id
        self.waiting: dict[str, Event] = {}
        self.wake = asyncio.Event()
        self.ended = False
