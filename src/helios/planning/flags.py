"""Options to command-line flags and back, without loss."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic.fields import FieldInfo

from helios.errors import OptionError
from helios.model.options import RenderOptions


def flag_name(field: str) -> str:
    """``start_frame`` is ``--start-frame``."""
    return "--" + field.replace("_", "-")


def is_switch(info: FieldInfo) -> bool:
    """Whether an option is given without a value: ``--headless`` / ``--no-headless``."""
    return info.annotation is bool


def options_to_argv(options: RenderOptions, skip: Iterable[str] = ()) -> list[str]:
    """The flags that say everything ``options`` says beyond the defaults."""
    argv: list[str] = []
    for name, info in RenderOptions.model_fields.items():
        value = getattr(options, name)
        if name in skip or value == info.default:
            continue
        if is_switch(info):
            argv.append(flag_name(name) if value else flag_name("no_" + name))
            continue
        for item in value if isinstance(value, tuple) else (value,):
            text = json.dumps(item, sort_keys=True) if isinstance(item, dict) else str(item)
            argv += _pair(flag_name(name), text)
    return argv


def argv_to_values(argv: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
    """Read flags back: (positional arguments, raw option values for ``RenderOptions.read``).

    ``-o`` and ``--output`` are returned under ``"output"``.

    Raises:
        OptionError: a flag that is no option, or one without its value.
    """
    positional: list[str] = []
    values: dict[str, Any] = {}
    words = iter(argv)
    for word in words:
        if word == "--":
            positional.extend(words)
        elif not word.startswith("-") or word == "-":
            positional.append(word)
        else:
            _read_flag(word, words, values)
    return positional, values


def argument(path: str) -> str:
    """A positional argument that cannot be taken for a flag."""
    return f"./{path}" if path.startswith("-") else path


def _pair(flag: str, text: str) -> list[str]:
    return [f"{flag}={text}"] if text.startswith("-") else [flag, text]


def _read_flag(word: str, words: Any, values: dict[str, Any]) -> None:
    flag, equals, value = word.partition("=")
    name = {"-o": "output", "--output": "output"}.get(flag, flag.removeprefix("--"))
    name = name.replace("-", "_")
    info = RenderOptions.model_fields.get(name)
    positive = RenderOptions.model_fields.get(name.removeprefix("no_"))
    if info is not None and is_switch(info):
        values[name] = True
    elif info is None and positive is not None and is_switch(positive):
        values[name.removeprefix("no_")] = False
    elif info is None and name != "output":
        raise OptionError(f"{flag}: no such option")
    else:
        text = value if equals else next(words, None)
        if text is None:
            raise OptionError(f"{flag}: needs a value")
        if info is not None and isinstance(info.default, tuple):
            values[name] = (*values.get(name, ()), text)
        else:
            values[name] = text
