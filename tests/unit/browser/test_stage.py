"""What Python asks of a page's stage is what ``stage.d.ts`` lets it ask, and all of that."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

from helios.browser import stage
from helios.browser.stage import (
    ADOPT_ANIMATION,
    BLOB,
    DRAWS_LETTERS,
    PCM,
    STAGE,
    Call,
    Misfit,
    OpenedCanvas,
    Written,
)

SOURCE = Path(__file__).parents[3] / "src" / "helios"
DECLARED = (SOURCE / "browser" / "js" / "stage.d.ts").read_text()
TYPES: dict[str, Any] = {
    "number": int,
    "string": str,
    "boolean": bool,
    "string[]": list[str],
    "string | null": str | None,
}
SAMPLES = {"int": 7, "str": "a", "bool": True, "list[str]": ["a"], "str | None": None}
ASKED: dict[str, Callable[..., Call[Any]]] = {
    name: function
    for name, function in vars(stage).items()
    if inspect.isfunction(function) and function.__module__ == stage.__name__ and name[0] != "_"
}


def body_of(interface: str) -> str:
    head = rf"\ninterface {interface}(?: extends \w+)? \{{\n"
    return re.split(head, DECLARED)[1].partition("\n}\n")[0]


ENTRIES = body_of("EntryPoints") + "\n" + body_of("HostEntryPoints")


def names_in(interface: str) -> set[str]:
    return set(re.findall(r"^  (?:readonly )?(\w+)[?(:<]", body_of(interface), re.MULTILINE))


def text_of(function: Callable[..., Call[Any]]) -> str:
    """JavaScript for some arguments; ``hears`` stands for any state of the page."""
    if function is stage.raise_flag:
        return function("hears").text
    asked = inspect.signature(function).parameters.values()
    return function(*(SAMPLES[str(parameter.annotation)] for parameter in asked)).text


def called(text: str) -> list[str]:
    return re.findall(r"__helios_stage__(?:\.main|\?|)\.(?!shared\b|main\b)(\w+)", text)


def test_all_that_may_be_asked_has_its_function_and_nothing_else_has() -> None:
    entries = {name for function in ASKED.values() for name in called(text_of(function))}
    entries |= set(called(f"{BLOB} {PCM} {DRAWS_LETTERS} {ADOPT_ANIMATION}"))
    assert entries == names_in("EntryPoints") | names_in("HostEntryPoints")


def test_state_that_is_looked_at_exists() -> None:
    state = re.escape(STAGE) + r"\.shared\.(\w+)"
    looked_at = {n for f in ASKED.values() for n in re.findall(state, text_of(f))}
    assert len(looked_at) >= 5
    assert sorted(looked_at - names_in("StageShared")) == []


def test_arguments_are_those_declared() -> None:
    wrong = {}
    for name, function in ASKED.items():
        hints = get_type_hints(function)
        hints.pop("return")
        for entry in called(text_of(function)):
            declared = re.search(rf"^  {entry}\??\((.*?)\):", ENTRIES, re.MULTILINE)
            assert declared is not None
            types = [TYPES[each] for each in re.findall(r"\w+\??: ([^,]+)", declared[1])]
            if list(hints.values()) != types:
                wrong[name] = (hints, types)
    assert wrong == {}


def test_the_stage_is_named_in_one_place() -> None:
    named = [path.name for path in SOURCE.rglob("*.py") if "__helios_stage__" in path.read_text()]
    assert named == ["stage.py"]


def test_a_frame_is_read_as_the_page_hands_it_over() -> None:
    read = stage.grab(3, 1).read
    assert read("BGRA") == Written(format="BGRA")
    assert read(None) == Written(format="None")
    assert read({"format": "RGBX", "behind": [1, 2, 3, 4]}).behind == [1, 2, 3, 4]
    assert read({"misfit": "why", "isSpoilt": True}) == Misfit(reason="why", is_spoilt=True)


def test_a_canvas_is_read_as_it_is_told() -> None:
    read = stage.open_canvas(None).read
    assert read({"error": "missing"}) == OpenedCanvas(error="missing")
    assert read({"gl": True, "premultiplied": False}) == OpenedCanvas(gl=True, premultiplied=False)
