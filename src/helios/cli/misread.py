"""What is said of a command line that cannot be read, where the parser's own words help little."""

from __future__ import annotations

import inspect
from enum import StrEnum
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from helios.files.near import did_you_mean
from helios.model.formats import SOUND_SUFFIXES

if TYPE_CHECKING:
    from cyclopts import CycloptsError

_KINDS = {int: "a whole number", float: "a number", bool: "true or false"}


def in_our_words(error: CycloptsError) -> str:
    """What is wrong, by the name of the parameter as it was typed."""
    from cyclopts import CoercionError, MissingArgumentError, RepeatArgumentError
    from cyclopts import UnusedCliTokensError as TooMany

    if isinstance(error, TooMany):
        return f"too many words: {' '.join(map(repr, error.unused_tokens or ()))}"
    if isinstance(error, RepeatArgumentError) and error.token.keyword:
        return f"{error.token.keyword} is given twice"
    argument = error.argument
    name = argument.name if argument is not None else ""
    if type(error) is MissingArgumentError and argument is not None:
        if error.keyword:
            return f"{error.keyword} needs a value"
        plain = name.removeprefix("--")
        return f"{plain.upper() if argument.index is not None else name} is missing"
    if isinstance(error, CoercionError) and error.token is not None:
        kind = _kind(error.target_type)
        if kind is not None and error.msg is None:
            return f"{error.token.keyword or name} must be {kind}, not {error.token.value!r}"
    return _unknown_option(error) or str(error)


def _unknown_option(error: CycloptsError) -> str:
    """The parser itself offers what is only alike: --height for --lenght."""
    from cyclopts import UnknownOptionError

    if not isinstance(error, UnknownOptionError):
        return ""
    typed = error.token.keyword or error.token.value
    known = [name for each in error.argument_collection if each.parse for name in each.names]
    return f"Unknown option: {typed}. {did_you_mean(typed, known)}".rstrip()


def _wants_a_draft(error: CycloptsError) -> bool:
    """Whether it is --draft, of a command that draws small pictures by --scale alone."""
    from cyclopts import UnknownOptionError

    if not isinstance(error, UnknownOptionError) or error.token.keyword != "--draft":
        return False
    return any("--scale" in each.names for each in error.argument_collection if each.parse)


def _kind(wanted: Any) -> str | None:
    """What is wanted, in words; None where the parser's own words are good."""
    if get_origin(wanted) in (Union, UnionType):
        kinds = [_kind(each) for each in get_args(wanted)]
        return " or ".join(kind for kind in kinds if kind) if all(kinds) else None
    if get_origin(wanted) is Literal:
        return " or ".join(map(repr, get_args(wanted)))
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return " or ".join(repr(each.value) for each in wanted)
    return _KINDS.get(wanted)


def what_to_type(error: CycloptsError, command: str) -> str:
    """The first example of the command's help where something is missing, and where its help is."""
    from cyclopts import MissingArgumentError
    from cyclopts import UnusedCliTokensError as TooMany

    see = f"See: {command} --help"
    if _wants_a_draft(error):
        return f"Give --scale 1/4: a picture of a quarter of the size.\n  {see}"
    if isinstance(error, TooMany):
        sounds = (
            word for word in error.unused_tokens or () if word.lower().endswith(SOUND_SUFFIXES)
        )
        return next((f"Give a sound with --audio: --audio {word}" for word in sounds), see)
    if not isinstance(error, MissingArgumentError) or error.keyword or error.target is None:
        return see
    lines = (line.strip() for line in (inspect.getdoc(error.target) or "").splitlines())
    examples = (line.removeprefix("Example: ").removeprefix("Examples: ") for line in lines)
    example = next((line for line in examples if line.startswith(f"{command} ")), "")
    return f"For example: {example}\n  {see}" if example else see
