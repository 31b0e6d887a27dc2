"""What is said of a wrong value: what it is, what is allowed, and one way to give it."""

from __future__ import annotations

import pytest
from pydantic.fields import FieldInfo

from helios.errors import OptionError
from helios.model.export import ExportRequest
from helios.model.options import RenderOptions, flag_of
from helios.model.usage import EXAMPLES, words_of

SHOWN = {
    name: info for name, info in RenderOptions.model_fields.items() if info.annotation is not bool
}


@pytest.mark.parametrize(("name", "info"), SHOWN.items(), ids=list(SHOWN))
def test_each_option_has_an_example_that_it_takes(name: str, info: FieldInfo) -> None:
    example = EXAMPLES.get(name) or words_of(info)[0]
    is_list = isinstance(info.default, tuple)
    options = RenderOptions.read({name: [example] if is_list else example})
    assert name in options.model_fields_set


def test_no_example_is_of_an_option_that_there_is_not() -> None:
    assert EXAMPLES.keys() <= SHOWN.keys()


@pytest.mark.parametrize(
    ("name", "value", "message", "hint"),
    [
        (
            "width",
            "abc",
            "must be a whole number, not 'abc'",
            "2 to 16384. For example: --width 1280",
        ),
        ("width", "-6", "must be 2 or more, not '-6'", "For example: --width 1280"),
        (
            "seed",
            "abc",
            "must be a whole number, not 'abc'",
            "from 0 to less than 9007199254740992. For example: --seed 7",
        ),
        (
            "frame_count",
            "x",
            "must be a whole number, not 'x'",
            "from 1 to 100000000. For example: --frame-count 30",
        ),
        ("fps", "zero", "must be a finite number, not 'zero'", "For example: --fps 30"),
        (
            "duration",
            "1:75",
            "must be a finite number, not '1:75'",
            "else 1), more than 0. For example: --duration 12.5",
        ),
        (
            "scale",
            "2",
            "must be at most 1, not 2",
            "and at most 1. For example: --scale 1/4",
        ),
        (
            "loudness",
            "5",
            "must be at most 0, not '5'",
            "to 0. For example: --loudness -14",
        ),
        ("ipd", "wide", "must be a number, not 'wide'", "For example: --ipd 0.064"),
        (
            "quality",
            "best",
            "must be a whole number or 'draft', 'standard' or 'high', not 'best'",
            "For example: --quality 18",
        ),
        ("mode", "svg", "must be 'auto', 'canvas' or 'dom', not 'svg'", "For example: --mode auto"),
        (
            "props",
            "{title: 1}",
            "a name in double quotes is missing at line 1, column 2",
            """For example: --props '{"title": "Hello"}'""",
        ),
        ("headless", "perhaps", "must be true or false, not 'perhaps'", ""),
    ],
)
def test_a_wrong_value_is_explained_wherever_it_is_given(
    name: str, value: str, message: str, hint: str
) -> None:
    for read in (
        lambda: RenderOptions.read({name: value}),
        lambda: ExportRequest.read({"composition": "aurora", name: value}),
    ):
        with pytest.raises(OptionError) as caught:
            read()
        assert caught.value.message.startswith(f"{flag_of((name,))}: ")
        assert caught.value.message.endswith(message)
        assert caught.value.hint.endswith(hint)
