"""How Python calls options in its errors: by keyword, where the command line has flags."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from helios.errors import HeliosError
from helios.model.keywords import RenderKeywords

P = ParamSpec("P")
R = TypeVar("R")

_EXAMPLE = re.compile(r"(?<=For example: )--([a-z][a-z0-9-]*) (.+)$", re.MULTILINE)
_FLAG = re.compile(r"--([a-z][a-z0-9-]*)")
_KEYWORDS = {*RenderKeywords.__annotations__, "at", "frame", "sample", "platform"}


def by_keyword(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, whose errors call options by their keywords.

    What checks options is shared with the command line, and says ``--start-frame``.
    """

    @wraps(function)
    def asked(*args: P.args, **keywords: P.kwargs) -> R:
        with _told_by_keyword():
            result = function(*args, **keywords)
        return cast("R", _each(result)) if isinstance(result, Generator) else result

    return asked


def in_keywords(text: str) -> str:
    """A text in which options are called by their keywords.

    Example:
        >>> in_keywords("--start-frame 9 is beyond the end; see --help")
        'start_frame 9 is beyond the end; see --help'
    """

    def keyword(flag: re.Match[str]) -> str:
        name = flag[1].replace("-", "_")
        return name if name in _KEYWORDS or not flag.start() else flag[0]

    return _FLAG.sub(keyword, _EXAMPLE.sub(_as_argument, text))


def _as_argument(example: re.Match[str]) -> str:
    name, words = example[1].replace("-", "_"), shlex.split(example[2])
    if name not in _KEYWORDS or len(words) != 1:
        return example[0]
    is_literal = re.fullmatch(r"-?[\d.]+|{.*}", words[0])
    return f"{name}={words[0] if is_literal else repr(words[0])}"


def _each(results: Generator[Any, None, None]) -> Iterator[Any]:
    with _told_by_keyword():
        yield from results


@contextmanager
def _told_by_keyword() -> Iterator[None]:
    try:
        yield
    except HeliosError as error:
        error.args = (in_keywords(error.message), *error.args[1:])
        error.hint = in_keywords(error.hint)
        raise
