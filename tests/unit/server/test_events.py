"""What a watcher hears of jobs."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from helios.server.events import EventHub


def test_a_slow_watcher_hears_the_last_state_and_of_its_job_alone() -> None:
    hub = EventHub()

    async def heard() -> list[tuple[str, str]]:
        hub.attach(asyncio.get_running_loop())
        events: list[tuple[str, str]] = []

        async def watch() -> None:
            events.extend([event async for event in hub.watch("a")])

        watcher = asyncio.create_task(watch())
        await asyncio.sleep(0)
        for name, status in (("a", "running"), ("b", "running"), ("a", "done")):
            job: Any = SimpleNamespace(id=name)
            hub.publish(job, {"id": name, "status": status})
        hub.close()
        await asyncio.wait_for(watcher, 10)
        return events

    assert asyncio.run(heard()) == [("job", '{"id": "a", "status": "done"}')]
    assert hub.client_count == 0


def test_the_stream_of_a_forgotten_job_ends() -> None:
    hub = EventHub()

    async def heard() -> list[str]:
        hub.attach(asyncio.get_running_loop())

        async def watch() -> list[str]:
            return [kind async for kind, _ in hub.watch("a")]

        watcher = asyncio.create_task(watch())
        await asyncio.sleep(0)
        hub.forget("a")
        return await asyncio.wait_for(watcher, 10)

    assert asyncio.run(heard()) == ["forgotten"]
