"""A misspelt prop is one that nothing of the film names."""

from __future__ import annotations

from pathlib import Path

from helios.rendering.orchestrator import RenderOrchestrator
from helios.rendering.unread_props import unread_props


def test_a_prop_that_no_text_names_is_unread(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<script>document.title = window.helios.props.title</script>")
    props = {"title": "Hello", "ttile": "Hello"}
    plan = RenderOrchestrator.plan(page, tmp_path / "film.mp4", {"props": props})
    assert unread_props(plan) == ["ttile"]
    scene = RenderOrchestrator.plan("etherealFlame", tmp_path / "film.mp4", {"props": props})
    assert unread_props(scene) == []
