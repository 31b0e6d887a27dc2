"""Who is told, and when."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helios.server.notify import Messenger
from helios.server.settings import ServerSettings


@pytest.mark.parametrize(
    ("is_final", "notify", "notified", "is_due"),
    [
        (True, {"webhook": "https://example.org/"}, False, True),
        (True, {"webhook": "https://example.org/"}, True, False),
        (False, {"webhook": "https://example.org/"}, False, False),
        (True, None, False, False),
    ],
)
def test_an_end_is_told_once(
    tmp_path: Path, is_final: bool, notify: Any, notified: bool, is_due: bool
) -> None:
    told: list[Any] = []
    queue: Any = SimpleNamespace(
        store=SimpleNamespace(update=lambda name, **values: told.append((name, values))),
        folders=SimpleNamespace(log=lambda *_: None),
        list_jobs=lambda *_, **__: [],
    )
    messenger = Messenger(queue, ServerSettings(data=tmp_path), retry_after_s=())
    messenger._deliver = lambda job, kind, url: told.append(url)  # type: ignore[method-assign]
    job: Any = SimpleNamespace(id="a", is_final=is_final, notify=notify, notified=notified)
    messenger.start()
    messenger.see(job)
    messenger._due.put(None)
    messenger._thread.join(10)
    assert told == (["https://example.org/", ("a", {"notified": True})] if is_due else [])
