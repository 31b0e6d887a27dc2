"""``helios mcp``: a program that knows only the guide makes a film."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.commandline import environment

from helios.agents.guide import guide
from helios.agents.schemas import SCHEMAS
from helios.media.probe import probe

pytest.importorskip("mcp")

SMALL = {"width": 320, "height": 180, "frameCount": 8}


@pytest.mark.browser
def test_the_page_of_the_guide_becomes_a_film(tmp_path: Path) -> None:
    from mcp import Client, StdioServerParameters

    page = re.search(r"```html\n(.*?)```", guide(), re.DOTALL)
    assert page is not None
    (tmp_path / "page.html").write_text(page[1])
    found: dict[str, Any] = {}

    async def talk() -> None:
        program = StdioServerParameters(
            command=sys.executable,
            args=["-P", "-m", "helios", "mcp"],
            cwd=tmp_path,
            env=environment(),
        )
        async with Client(program) as client:
            asked = {"composition": "page.html", "options": SMALL}
            found["check"] = (await client.call_tool("check", asked)).structured_content
            found["still"] = (await client.call_tool("still", {**asked, "at": 0.1})).content[0]
            found["wrong"] = (await client.call_tool("check", {"composition": "nix.html"})).content
            misplaced = {**asked, "output": "film.mp4", "width": 320}
            found["misplaced"] = (await client.call_tool("render", misplaced)).content
            found["tools"] = (await client.list_tools()).tools
            await client.call_tool("render", {**asked, "output": "film.mp4"})
            await client.call_tool("render", {**asked, "output": "film.nix"})
            found["films"] = [await _ended(client, film) for film in ("1", "2")]

    anyio.run(talk)
    assert found["check"]["problems"] == 0, found["check"]
    assert found["still"].mime_type == "image/png"
    assert "no composition at 'nix.html'. Give the path" in found["wrong"][0].text
    assert "render has no argument 'width'" in found["misplaced"][0].text
    assert "in options" in found["misplaced"][0].text
    assert not any(tool.input_schema["additionalProperties"] for tool in found["tools"])
    (of_schemas,) = (tool for tool in found["tools"] if tool.name == "schema")
    assert all(name in of_schemas.description for name in SCHEMAS)
    made, failed = found["films"]
    assert (made["status"], made["percent"], made["frames"]) == ("completed", 100.0, 8)
    assert failed["status"] == "failed"
    assert ".mp4" in failed["hint"]
    video = probe(tmp_path / "film.mp4").video
    assert video is not None
    assert (video.width, video.frame_count) == (320, 8)


async def _ended(client: Any, film: str) -> dict[str, Any]:
    while True:
        state: dict[str, Any] = (
            await client.call_tool("status", {"film": film})
        ).structured_content
        if state["status"] not in {"pending", "processing"}:
            return state
        await anyio.sleep(0.1)
