"""``/api/templates``, ``/api/formats``: what films can be made of, and what they can become."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, JSONResponse

from helios.errors import CompositionNotFound
from helios.model.export import PACKS, PLATFORMS
from helios.model.formats import CONTAINERS, EXPORT_TYPES, VIDEO_CODECS, ExportType, export_type
from helios.scene.library import load_template
from helios.scene.library import template_names as scene_names
from helios.scene.template import Template
from helios.server.context import Context, errors
from helios.server.guard import Refused
from helios.server.policy import templates
from helios.server.shapes import Format, Formats, Success, TemplateContent, Templates

router = APIRouter(tags=["about"])


@router.get("/api/templates", responses=errors())
def get_templates() -> Templates:
    """The templates there are."""
    return Templates(templates=list(templates()))


@router.get("/api/templates/{name}", responses=errors(404, 422))
def get_template(name: Annotated[str, InPath(max_length=255)], context: Context) -> TemplateContent:
    """A template with all its values. Changes of them are the props of a film."""
    settings = context.settings
    if name in scene_names():
        found = load_template(name)
    elif name == settings.composition:
        found = load_template((settings.folder or Path()) / name)
    else:
        raise Refused(404, "Not found")
    return TemplateContent(
        template=found.model_dump(by_alias=True, mode="json"),
        form=Template.model_json_schema(by_alias=True),
    )


@router.get(
    "/api/templates/{name}/thumbnail",
    responses={
        **errors(404, 422),
        200: {"description": "The picture.", "content": {"image/jpeg": {}}},
        202: {"description": "It is being drawn; ask again.", "model": Success},
    },
    response_class=Response,
)
def get_thumbnail(name: Annotated[str, InPath(max_length=64)], context: Context) -> Response:
    """A picture of a template. It is drawn when it is first asked for; 202 until it is there."""
    try:
        picture = context.thumbnails.picture(name)
    except CompositionNotFound:
        raise Refused(404, "Not found") from None
    if picture is None:
        return JSONResponse(Success().model_dump(), 202, headers={"retry-after": "1"})
    return FileResponse(
        picture, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"}
    )


@router.get("/api/formats", responses=errors())
def get_formats() -> Formats:
    """Types, platforms, packs, codecs."""
    return Formats(
        formats=[_format(kind, kind.name) for kind in EXPORT_TYPES],
        platforms=[
            _format(export_type(platform.type), name, float(platform.max_duration_s))
            for name, platform in PLATFORMS.items()
        ],
        packs={name: list(types) for name, types in PACKS.items()},
        video_codecs=[codec.encoder for codec in VIDEO_CODECS],
        containers=list(CONTAINERS),
    )


def _format(kind: ExportType, name: str, longest_s: float | None = None) -> Format:
    return Format(
        name=name,
        width=kind.width,
        height=kind.height,
        projection=str(kind.projection),
        stereo=str(kind.stereo),
        codec=kind.video_codec,
        max_duration=longest_s,
    )
