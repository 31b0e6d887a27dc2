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


SCHEMAS: dict[str, tuple[str, Callable[[], Schema]]] = {
    "options": ("options of a render, as in a bundle or in Python", _options),
    "config": ("a configuration for --config and for the queue", _config),
    "template": ("a scene", _template),
    "job": ("a job file, written by render --emit-job", _job),
    "events": ("a line of --json, of commands that make, plan or measure films", _events),
    "manifest": ("what became of the rows of a batch", _manifest),
    "info": ("what info --json prints", _info),
    "check": ("what check --json prints", _check),
    "verify": ("what verify --json prints", _verify),
    "doctor": ("what doctor --json prints", _doctor),
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
