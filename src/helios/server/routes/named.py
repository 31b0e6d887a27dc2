"""``/api/named``: the composition that ``helios studio`` was started with."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter

from helios.model.composition import parse_composition
from helios.server.context import Context, errors
from helios.server.policy import template_names
from helios.server.shapes import Named

router = APIRouter(tags=["about"])


@router.get("/api/named", responses=errors(404))
def get_named(context: Context) -> Named:
    """The composition that was named when the server was started, or none."""
    settings = context.settings
    if settings.composition is None:
        return Named(composition=None)
    known = frozenset(template_names())
    found = parse_composition(settings.composition, settings.folder or Path(), known)
    title = Path(settings.composition.rstrip("/")).name
    return Named(composition=settings.composition, title=title, kind=found.kind)
