"""Flags of the command line, made from the one options schema."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar

from cyclopts import Group, Parameter
from pydantic.fields import FieldInfo

from helios.model.export import PLATFORMS, type_of_flag
from helios.model.options import RenderOptions
from helios.model.usage import words_of
from helios.planning.flags import is_switch

Command = TypeVar("Command", bound=Callable[..., Any])
GROUPS = {
    name: Group(name, sort_key=10 + place)
    for place, name in enumerate(("Picture", "Scene", "360°", "Page", "Encoding", "Sound", "Work"))
}


def with_render_options(
    only: Iterable[str] | None = None, skip: Iterable[str] = ()
) -> Callable[[Command], Command]:
    """Give a command the flags of ``RenderOptions`` in place of its ``**flags``.

    Values arrive as strings, or None where a flag was not given; ``read_flags`` makes options of
    them, so that command line, job file and REST are read by the same code. A parameter of the
    command's own stands for the option of the same name.
    """
    names = tuple(RenderOptions.model_fields) if only is None else tuple(only)

    def decorate(command: Command) -> Command:
        own = list(inspect.signature(command, eval_str=True).parameters.values())
        kept = [p for p in own if p.kind is not inspect.Parameter.VAR_KEYWORD]
        left_out = {*skip, *(p.name for p in kept)}
        added = [_parameter(name) for name in names if name not in left_out]
        command.__signature__ = inspect.Signature([*kept, *added])  # type: ignore[attr-defined]  # functions take attributes
        command.__annotations__ = {p.name: p.annotation for p in (*kept, *added)}
        return command

    return decorate


def read_flags(flags: Mapping[str, Any]) -> RenderOptions:
    """Options from the flags that were given; a platform stands for its export type.

    Raises:
        OptionError: a value cannot be used.
    """
    values = {name: value for name, value in flags.items() if value is not None}
    if isinstance(named := values.get("type"), str):
        platform = PLATFORMS.get(type_of_flag(named))
        values["type"] = platform.type if platform else named
    return RenderOptions.read(values)


def _parameter(name: str) -> inspect.Parameter:
    info = RenderOptions.model_fields[name]
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    kind: Any = str | None
    if is_switch(info):
        kind = bool | None
    elif isinstance(info.default, tuple):
        kind = list[str] | None
    annotation = Annotated[
        kind,
        Parameter(
            help=f"{info.description}{_choices(info)}",
            group=GROUPS[str(extra.get("group", "Work"))],
            show=not extra.get("hidden", False),
            negative=None if is_switch(info) else "",
            show_default=False,
        ),
    ]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _choices(info: FieldInfo) -> str:
    words = words_of(info)
    mentioned = info.description or ""
    missing = [word for word in words if word not in mentioned]
    return f" ({', '.join(words)})" if missing else ""
