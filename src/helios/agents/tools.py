"""The tools of ``helios mcp``: check, still, render, status, cancel and schema."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, InputRequiredResult
from mcp.types import Tool as MCPTool

from helios.agents.films import Films
from helios.agents.guide import guide
from helios.agents.schemas import SCHEMAS
from helios.agents.schemas import schema as schema_of
from helios.checking.api import check as check_all
from helios.errors import HeliosError
from helios.findings.finding import CompositionReport, problems
from helios.model.options import RenderOptions
from helios.rendering.api import still as draw_still
from helios.version import __version__

_WITHIN = " What is said of a film, as width or props, stands in options."


class ToolServer(MCPServer[Any]):
    """Refuses arguments that a tool lacks: a film without what was asked for is a wrong one."""

    async def list_tools(self) -> list[MCPTool]:
        """All tools; their schemas say that there are no other arguments."""
        tools = await super().list_tools()
        for tool in tools:
            tool.input_schema["additionalProperties"] = False
        return tools

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool.

        Raises:
            ToolError: there is no such tool, it has no such argument, or it failed.
        """
        tool = next((tool for tool in await self.list_tools() if tool.name == name), None)
        known = list(tool.input_schema["properties"]) if tool else []
        strange = [given for given in arguments if tool and given not in known]
        if strange:
            raise ToolError(
                f"{name} has no argument {strange[0]!r}. There are: {', '.join(known)}."
                + (_WITHIN if "options" in known else "")
            )
        return await super().call_tool(name, arguments, context)


def make_server(films: Films) -> MCPServer:
    """The server with all tools; relative paths lead from the folder in which it runs."""
    server = ToolServer("helios", instructions=guide(), version=__version__)
    tools: tuple[Callable[..., Any], ...] = (check, still, schema, *_of_films(films))
    for tool in tools:
        server.add_tool(_explained(tool))
    return server


def check(
    composition: str, options: dict[str, Any] | None = None, platform: str | None = None
) -> dict[str, Any]:
    """Look at a composition before it is rendered: what would be wrong with its film, and what to
    do. ``composition`` is a page's path, a template or file.py:function; ``options`` are those of
    the schema "options"; ``platform`` an export type or platform, such as shorts."""
    findings = check_all(composition, RenderOptions.read(options or {}), platform=platform)
    report = CompositionReport(
        composition=composition, problems=problems(findings), findings=tuple(findings)
    )
    return report.model_dump(mode="json")


def still(composition: str, at: float = 0.0, options: dict[str, Any] | None = None) -> Image:
    """Draw the picture of a composition at a second of its film, or take it from a film."""
    with tempfile.TemporaryDirectory(prefix="helios-") as folder:
        picture = Path(folder) / "still.png"
        draw_still(composition, picture, RenderOptions.read(options or {}), at=at)
        return Image(data=picture.read_bytes(), format="png")


def schema(name: str) -> dict[str, Any]:
    return schema_of(name)


schema.__doc__ = f"The JSON Schema of a kind of document: {', '.join(SCHEMAS)}."


def _of_films(films: Films) -> tuple[Callable[..., Any], ...]:
    def render(
        composition: str, output: str, options: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Begin to make a film; its suffix (.mp4, .webm, .mov, .gif) chooses the container. Ask
        for its status until that is completed or failed. Films are made one after the other."""
        return films.status(films.start(composition, output, RenderOptions.read(options or {})))

    def status(film: str) -> dict[str, Any]:
        """How far a film is: pending, processing, completed, failed or cancelled."""
        return films.status(film)

    def cancel(film: str) -> dict[str, Any]:
        """Stop a film."""
        films.cancel(film)
        return films.status(film)

    return render, status, cancel


def _explained(tool: Callable[..., Any]) -> Callable[..., Any]:
    """The tool, whose errors say what to do."""

    @wraps(tool)
    def explained(*args: Any, **values: Any) -> Any:
        try:
            return tool(*args, **values)
        except HeliosError as error:
            raise ToolError(f"{error.message}. {error.hint}".strip()) from error

    return explained
