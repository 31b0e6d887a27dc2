"""JSON Schemas of the documents that Helios reads and writes, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helios.errors import OptionError

Schema = dict[str, Any]


def _options() -> Schema:
    from helios.model.options import RenderOptions

    return RenderOptions.model_json_schema()


def _config() -> Schema:
    from helios.model.export import ExportConfig

    return ExportConfig.model_json_schema()


def _template() -> Schema:
    from helios.scene.template import Template

    return Template.model_json_schema()


def _job() -> Schema:
    from helios.planning.jobspec import JobSpec

    return JobSpec.model_json_schema()


def _events() -> Schema:
    from helios.agents.events import EVENT

    return EVENT.json_schema()


def _manifest() -> Schema:
    from helios.rendering.batch import Manifest

    return Manifest.model_json_schema()


def _info() -> Schema:
    from helios.agents.info import INFO

    return INFO.json_schema(mode="serialization")


def _check() -> Schema:
    from helios.findings.finding import CompositionReport

    return CompositionReport.model_json_schema(mode="serialization")


def _verify() -> Schema:
    from helios.findings.finding import FilmReport

    return FilmReport.model_json_schema(mode="serialization")


def _doctor() -> Schema:
    from helios.doctor.finding import MachineReport

    return MachineReport.model_json_schema(mode="serialization")


def _song() -> Schema:
    from helios.agents.reports import SongReport

    return SongReport.model_json_schema(mode="serialization")


def _captions() -> Schema:
    from helios.agents.reports import CaptionsReport

    return CaptionsReport.model_json_schema(mode="serialization")


def _picture() -> Schema:
    from helios.agents.reports import PictureReport

    return PictureReport.model_json_schema(mode="serialization")


def _sphere() -> Schema:
    from helios.agents.reports import SphereReport

    return SphereReport.model_json_schema(mode="serialization")


def _shader() -> Schema:
    from helios.agents.reports import ShaderText

    return ShaderText.model_json_schema(mode="serialization")


def _files() -> Schema:
    from helios.agents.reports import FilesReport

    return FilesReport.model_json_schema(mode="serialization")


def _cache() -> Schema:
    from helios.agents.reports import CACHE

    return CACHE.json_schema(mode="serialization")


def _jobs() -> Schema:
    from helios.agents.reports import JobsReport

    return JobsReport.model_json_schema(mode="serialization")


def _log() -> Schema:
    from helios.agents.reports import LogReport

    return LogReport.model_json_schema(mode="serialization")


def _names() -> Schema:
    from helios.agents.reports import NAMES

    return NAMES.json_schema(mode="serialization")


def _starter() -> Schema:
    from helios.agents.reports import StarterReport

    return StarterReport.model_json_schema(mode="serialization")


def _measures() -> Schema:
    from helios.agents.reports import MEASURES

    return MEASURES.json_schema(mode="serialization")


def _queue() -> Schema:
    from helios.server.shapes import JobList

    return JobList.model_json_schema(mode="serialization")


def _film() -> Schema:
    from helios.queue.job import RenderJob

    return RenderJob.model_json_schema(mode="serialization")


SCHEMAS: dict[str, tuple[str, Callable[[], Schema]]] = {
    "options": ("options of a render, as in a bundle or in Python", _options),
    "config": ("a configuration for --config and for the queue", _config),
    "template": ("a scene", _template),
    "job": ("a job file, written by render --emit-job", _job),
    "events": ("a line of --json, of commands that make, plan or measure films", _events),
    "manifest": ("what became of the rows of a batch", _manifest),
    "info": ("what info --json prints", _info),
    "check": ("what check --json prints", _check),
    "verify": ("what verify and vr validate --json print", _verify),
    "doctor": ("what doctor --json prints", _doctor),
    "starter": ("what init --json prints", _starter),
    "names": ("what init --list, templates list and schema print with --json", _names),
    "measures": ("what templates sheet --json prints", _measures),
    "song": ("what analyze --json prints", _song),
    "captions": ("what captions --json prints", _captions),
    "picture": ("what still, sheet and preview --json print", _picture),
    "sphere": ("what vr inspect and vr inject --json print", _sphere),
    "shader": ("what templates show --json prints of a shader; of a scene it is template", _shader),
    "files": ("what templates new and job emit --json print", _files),
    "cache": ("what cache ls and cache clear --json print", _cache),
    "jobs": ("what job and queue print with --json when they cancel, pause, ... jobs", _jobs),
    "queue": ("what queue ls --json prints, and GET /api/render", _queue),
    "film": ("what queue show --json prints, and GET /api/render/{id}", _film),
    "log": ("what queue logs --json prints", _log),
}
"""(what it is of, what makes it) of each name."""


def schema(name: str) -> Schema:
    """The JSON Schema (2020-12) of a kind of document.

    Raises:
        OptionError: there is none of this name.
    """
    if name not in SCHEMAS:
        raise OptionError(
            f"there is no schema {name!r}", hint=f"There are: {', '.join(sorted(SCHEMAS))}."
        )
    made = SCHEMAS[name][1]()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
