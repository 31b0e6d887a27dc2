"""What clients send: the bodies of requests, as the OpenAPI document describes them.

Bodies are read by ``helios.server.bodies`` and ``helios.files.documents``, never by FastAPI, which
knows no bounds and one kind of body at a time; what it says of them is made from these models.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema, models_json_schema

from helios.executors.call import PictureEncoding
from helios.model.export import MAX_TYPES, PACKS, FilmFields, declare_aliases
from helios.model.options import MAX_FRAMES, RenderOptions
from helios.server.share import LONGEST_H

REFERENCE = "#/components/schemas/{model}"
MAX_DEPENDENCIES = 100
MAX_PICTURES = 600

LATEST_AT_S = 7 * 86_400
Address = Annotated[str, Field(max_length=2000, json_schema_extra={"format": "uri"})]


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class NotifyBody(_Body):
    """Whom to tell of a job's end."""

    model_config = ConfigDict(extra="forbid")

    webhook: Address = ""
    ntfy: Address = ""


def _nobody_if_none(value: Any) -> Any:
    """``null`` is read as well; a union with None would be named in every message."""
    return {} if value is None else value


class JobBody(_Body):
    """What is said of a job beside its film."""

    priority: Annotated[int, Field(strict=True, ge=-100, le=100)] = 0
    depends_on: Annotated[tuple[str, ...], Field(max_length=MAX_DEPENDENCIES)] = ()
    notify: Annotated[NotifyBody, BeforeValidator(_nobody_if_none)] = Field(
        default_factory=NotifyBody
    )


JOB_KEYS = frozenset(to_camel(name) for name in JobBody.model_fields)


def _none_required(schema: dict[str, Any]) -> None:
    """Every field of a configuration has other names, which are declared as well."""
    declare_aliases(schema)
    schema["description"] = "One film, or one for each of several types; and its job."
    schema["required"] = []


class RenderBody(JobBody, FilmFields, RenderOptions):
    """One film, or one for each of several types; and its job.

    It is read in two parts: ``JobBody`` and ``ExportRequest``.
    """

    model_config = ConfigDict(json_schema_extra=_none_required)

    types: Annotated[tuple[str, ...], Field(max_length=MAX_TYPES)] = ()
    pack: Annotated[
        str | SkipJsonSchema[None], Field(json_schema_extra={"enum": sorted(PACKS)})
    ] = None


class MomentBody(_Body):
    """When in a film."""

    at: Annotated[
        float, Field(strict=True, ge=0, lt=LATEST_AT_S, description="seconds into the film")
    ] = 0.0


class PreviewBody(MomentBody):
    """A still of a film."""

    config: RenderBody


class ShareBody(_Body):
    """For how long a link to a film holds."""

    hours: Annotated[float, Field(strict=True, gt=0, le=LONGEST_H)] = 24.0


class TableBody(_Body):
    """A film for each row of a table."""

    config: RenderBody
    table: Annotated[
        str,
        Field(
            description="CSV with a header: columns are props, those called option.NAME are options"
        ),
    ]
    output: Annotated[
        str, Field(max_length=200, description="of each film; {row} and {COLUMN} stand for values")
    ] = "{row}.mp4"


class CostsBody(_Body):
    """A film of which is wanted what it would take."""

    config: RenderBody


class FramesBody(_Body):
    """A film of which the frames are wanted."""

    config: RenderBody


class MixBody(_Body):
    """A film that is wanted to be heard."""

    config: RenderBody


class WordsBody(_Body):
    """A page whose words are wanted."""

    config: RenderBody


class PicturesBody(_Body):
    """Pictures of a film, for whoever looks at it while it is being shaped."""

    config: RenderBody
    viewer: Annotated[
        str, Field(max_length=64, description="who looks: the latest request of each counts")
    ] = ""
    start_frame: Annotated[int, Field(strict=True, ge=0, le=MAX_FRAMES)] = 0
    frame_count: Annotated[int, Field(strict=True, ge=1, le=MAX_PICTURES)] = 1
    step: Annotated[
        int, Field(strict=True, ge=1, le=1000, description="frames from one picture to the next")
    ] = 1
    side: Annotated[
        int, Field(strict=True, ge=16, le=4096, description="the most pixels of width and height")
    ] = 640
    encoding: PictureEncoding = "jpeg"


class LiveBody(_Body):
    """A film whose page is to live in a frame; ``side`` as its pictures are asked for."""

    config: RenderBody
    side: Annotated[int, Field(strict=True, ge=16, le=4096)] = 640


class LoginBody(_Body):
    """The server's token."""

    token: str


class PropsBody(_Body):
    """Props of the composition that the operator named."""

    props: dict[str, Any]


class SoundForm(_Body):
    """A sound as a file of a form."""

    audio: bytes


class RenderForm(_Body):
    """A film, with its sound as a file."""

    config: Annotated[str, Field(json_schema_extra={"contentMediaType": "application/json"})] = ""
    audio: bytes = b""


BODIES = (
    RenderBody,
    PreviewBody,
    PicturesBody,
    CostsBody,
    FramesBody,
    TableBody,
    MixBody,
    WordsBody,
    LiveBody,
    ShareBody,
    LoginBody,
    PropsBody,
    SoundForm,
    RenderForm,
)


def described(kinds: dict[str, Any]) -> dict[str, Any]:
    """The ``openapi_extra`` of a route that takes bodies of these content types and types."""
    content = {}
    for kind, body in kinds.items():
        schema = TypeAdapter(body).json_schema(ref_template=REFERENCE)
        schema.pop("$defs", None)  # they are among the document's components
        content[kind] = {"schema": schema}
    return {"requestBody": {"required": True, "content": content}}


def body_schemas() -> dict[str, Any]:
    """All that the bodies of requests refer to, by name."""
    _, schemas = models_json_schema(
        [(body, "validation") for body in BODIES], ref_template=REFERENCE
    )
    return dict(schemas["$defs"])
