"""The one way in for documents from outside: bounds, encoding, JSON, then a model's own rules.

Options, configurations, job files, records, templates, looks, rows and bodies of requests all come
this way. Whatever they hold, the answer is a value or an error of ours; time and memory are
bounded by the bytes that were read.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import reprlib
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from helios.errors import HeliosError, OptionError
from helios.files.unread import unread

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
"""Lists and objects within each other: more than any document of ours, less than any stack."""
_MAX_PROBLEMS = 20
_STREAMS = ("/dev/", "/proc/")

Refusal = type[HeliosError]
Location = tuple[int | str, ...]
M = TypeVar("M", bound=BaseModel)


def read_bytes(
    path: Path,
    what: str,
    *,
    error: Callable[[str], HeliosError] = OptionError,
    max_bytes: int = MAX_BYTES,
) -> bytes:
    """A file's content, if it is a file that can be read and no larger than ``max_bytes``.

    ``what`` is how messages name it, such as ``"template fire.json"``. Pipes are read where the
    shell hands them over (``/dev/stdin``, ``/dev/fd/63``), and nowhere else: nobody may ever
    write into one.

    Raises:
        HeliosError: it is not; of the class ``error``.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not os.fspath(path).startswith(_STREAMS):
            refused = error(f"{what} is not a file")
            refused.hint = refused.hint or "It is a folder, a device or a pipe: name a file."
            raise refused
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except HeliosError:  # which may be a ValueError
        raise
    except (OSError, ValueError) as cause:  # names with a NUL character
        raise unread(what, path, cause, error=error) from cause
    if len(data) > max_bytes:
        raise error(f"{what} is larger than {_shown_size(max_bytes)}")
    return data


def read_text(
    path: Path, what: str, *, error: Refusal = OptionError, max_bytes: int = MAX_BYTES
) -> str:
    """A file's content as text: UTF-8, with or without a byte order mark.

    Raises:
        HeliosError: it cannot be read, or is not UTF-8; of the class ``error``.
    """
    data = read_bytes(path, what, error=error, max_bytes=max_bytes)
    return as_text(data, what, error=error)


def as_text(data: bytes, what: str, *, error: Refusal = OptionError) -> str:
    """``data`` as text: UTF-8, with or without a byte order mark.

    Raises:
        HeliosError: it is not UTF-8; of the class ``error``.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise error(
            f"{what} is not UTF-8: byte {cause.start + 1} is wrong",
            hint="If it is the right file, save it as UTF-8 in the program that made it.",
        ) from cause


def read_json(
    path: Path,
    what: str,
    *,
    step: str = "",
    error: Refusal = OptionError,
    max_bytes: int = MAX_BYTES,
) -> Any:
    """The JSON value that a file holds; see ``parse_json``.

    ``step`` says how one comes by such a file, where nothing better is known.

    Raises:
        HeliosError: it cannot be read, or holds none; of the class ``error``.
    """
    data = read_bytes(path, what, error=error, max_bytes=max_bytes)
    try:
        return parse_json(data, what, error=error, max_bytes=max_bytes)
    except HeliosError as refused:
        refused.hint = refused.hint or step
        raise


def parse_json(
    data: bytes | str, what: str, *, error: Refusal = OptionError, max_bytes: int = MAX_BYTES
) -> Any:
    """A JSON value, as strict as the standard: finite numbers, whole characters.

    NUL is refused too: no file name, command line or database can hold it.

    Raises:
        HeliosError: it is none, or too large or too deep; of the class ``error``.
    """
    if len(data) > max_bytes:
        raise error(f"{what} is larger than {_shown_size(max_bytes)}")
    text = as_text(data, what, error=error) if isinstance(data, bytes) else data
    if not text.strip():
        raise error(f"{what} is empty; wanted is JSON")
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        # Raw control characters are no JSON; only escapes can make what text cannot hold.
        if "\\u" in text:
            _check_characters(value)
    except RecursionError as cause:
        raise error(f"{what} is nested more than {MAX_DEPTH} deep") from cause
    except ValueError as cause:
        raise error(f"{what} is not JSON: {_odd_json(cause)}") from cause
    if _is_deep(value):
        raise error(f"{what} is nested more than {MAX_DEPTH} deep")
    return value


_ODD_JSON = {
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing",
    "Illegal trailing comma before end of object": "there is a comma too many",
    "Illegal trailing comma before end of array": "there is a comma too many",
    "Expecting value": "a value is missing (texts stand in double quotes)",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Extra data": "something follows its end",
    "Unterminated string starting at": "a text has no end",
}


def _odd_json(cause: ValueError) -> str:
    if isinstance(cause, json.JSONDecodeError) and cause.msg in _ODD_JSON:
        return f"{_ODD_JSON[cause.msg]} at line {cause.lineno}, column {cause.colno}"
    return str(cause)[:200]


def as_object(value: Any, what: str, *, error: Refusal = OptionError) -> dict[str, Any]:
    """``value``, if it is a JSON object.

    Raises:
        HeliosError: it is not; of the class ``error``.
    """
    if not isinstance(value, dict):
        raise error(f"{what} must be a JSON object")
    return value


def validated(
    model: type[M],
    value: object,
    what: str = "",
    *,
    error: Refusal = OptionError,
    explain: Callable[[ValidationError], str] | None = None,
    advise: Callable[[ValidationError], str] | None = None,
) -> M:
    """``value`` as a ``model``, its rules checked; ``explain`` says what is wrong with it, and
    ``advise`` what to do.

    Raises:
        HeliosError: it breaks a rule; of the class ``error``, with every broken rule named.
    """
    before = f"{what}: " if what else ""
    try:
        return model.model_validate(value)
    except ValidationError as cause:
        hint = (advise or only_hint)(cause)
        raise error(before + (explain or problems)(cause), hint=hint) from None
    except RecursionError as cause:
        raise error(f"{before}nested more than {MAX_DEPTH} deep") from cause
    except ArithmeticError as cause:
        raise error(f"{before}a number is out of range: {cause}") from cause


def dotted(place: Location) -> str:
    """Where in a document something is: ``chunks.3.argv``."""
    return ".".join(str(part)[:80] for part in place)


def problems(
    error: ValidationError,
    *,
    named: Callable[[Location], str] = dotted,
    unknown: Callable[[str], str] = lambda _: "no such key",
) -> str:
    """What is wrong, field by field, in our own words.

    ``named`` says how a place in the document is called, ``unknown`` what is said of a key that
    the model does not have.
    """
    lines: dict[str, None] = {}
    demands: dict[str, list[str]] = {}
    found = [
        item
        for item in error.errors(include_url=False)
        # It is short of what is wrong in it, which is told.
        if item["type"] != "too_short" or not item["input"]
    ]
    strangers = Counter(str(item["loc"][-1]) for item in found if _is_stranger(item))
    # A key that each part of a list has is one slip.
    errors = list({_slip(i, item): item for i, item in reversed([*enumerate(found)])}.values())
    errors.reverse()
    for item in errors[:_MAX_PROBLEMS]:
        cause = item.get("ctx", {}).get("error")
        place = named(item["loc"])
        if item["type"] == "missing":
            lines[f"{place} is missing"] = None
            continue
        if _is_stranger(item):
            key = str(item["loc"][-1])
            text = unknown(key)
            if strangers[key] > 1:
                place = f"{place} (and {strangers[key] - 1} more)"
        elif isinstance(cause, HeliosError):
            text = cause.message
            if cause.hint and len(errors) > 1:
                text = f"{text} ({cause.hint.removesuffix('.')})"
        elif demand := _demand(item):
            # What may be one of several kinds breaks a rule of each.
            rules = demands.setdefault(place, [])
            lines.pop(_refused(place, rules, item), None)
            rules.append(demand)
            lines[_refused(place, rules, item)] = None
            continue
        else:
            text = f"{item['msg'][0].lower()}{item['msg'][1:]}, not {_shown(item.get('input'))}"
        lines[f"{place}: {text}" if place else text] = None
    more = len(errors) - _MAX_PROBLEMS
    return "; ".join([*lines, *([f"and {more} more"] if more > 0 else [])])


def _is_stranger(item: Any) -> bool:
    return bool(item["type"] == "extra_forbidden")


def _slip(number: int, item: Any) -> int | str:
    return str(item["loc"][-1]) if _is_stranger(item) else number


_DEMANDS = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "text",
    "string_too_short": "{min_length} or more characters long",
    "string_too_long": "at most {max_length} characters long",
    "too_short": "a list of {min_length} or more",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "an object",
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
    "enum": "{expected}",
}
"""What each rule of pydantic asks for, after "must be"."""


def _demand(item: Any) -> str:
    rule = _DEMANDS.get(item["type"])
    if not rule:
        return ""
    limits = {
        key: f"{value:.15g}" if isinstance(value, float) else value
        for key, value in item.get("ctx", {}).items()
    }
    return rule.format(**limits)


def _refused(place: str, demands: list[str], item: Any) -> str:
    text = f"must be {' or '.join(demands)}, not {_shown(item.get('input'))}"
    return f"{place}: {text}" if place else text


def only_hint(error: ValidationError) -> str:
    """What to do, where only one thing is wrong."""
    errors = error.errors(include_url=False)
    cause = errors[0].get("ctx", {}).get("error") if len(errors) == 1 else None
    return cause.hint if isinstance(cause, HeliosError) else ""


def _shown_size(size: int) -> str:
    return f"{size >> 20} MB" if size >= 1 << 20 else f"{size} bytes"


def _shown(value: object) -> str:
    if isinstance(value, Fraction):
        return str(value)
    with contextlib.suppress(Exception):  # a stranger's object may fail to show itself
        return _REPR.repr(value)[:80]
    return f"this {type(value).__name__}"


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 76
_REPR.maxlevel = 2


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
    return any(isinstance(part, dict | list) for part in level)


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _check_characters(value: Any) -> None:
    level = [value]
    while level:
        for text in _texts(level):
            if "\0" in text:
                raise ValueError("it holds a NUL character")
            try:
                text.encode("utf-8")
            except UnicodeEncodeError:
                raise ValueError("it holds half a character") from None
        level = [child for parent in level for child in _children(parent)]


def _texts(level: list[Any]) -> Iterator[str]:
    for value in level:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number
