"""The one way in: whatever a document holds, the answer is a value or an error of ours."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel, Field, field_validator

from helios.errors import JobSpecError, OptionError, UsageError
from helios.files.documents import MAX_DEPTH, as_object, parse_json, read_json, validated
from helios.media.subtitles import read_subtitles
from helios.planning.jobspec import read_job
from helios.rendering.job_place import load_job
from helios.scene.template import Template

WRONG = {
    "empty": b"",
    "broken": b"{",
    "deep lists": b"[" * 100_000,
    "deep, closed": b"[" * 900 + b"]" * 900,
    "a little too deep": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    "deep objects": b'{"a":' * 80 + b"1" + b"}" * 80,
    "infinite": b'{"a": 1e999}',
    "negative infinite": b"[-1e999]",
    "no JSON number": b"[NaN, Infinity]",
    "endless integer": b"9" * 5000,
    "NUL": b'{"a": "\\u0000"}',
    "NUL in a key": b'{"\\u0000": 1}',
    "NUL, inner": b'[["x\\u0000"]]',
    "half a character": b'["\\ud800"]',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "Latin-1": '{"a": "é"}'.encode("latin-1"),
    "raw NUL": b'"\x00"',
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_document_is_refused_in_our_words(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(JobSpecError, match=r"^the thing ") as caught:
        read_json(path, "the thing", error=JobSpecError)
    assert len(caught.value.message) < 300
    if "\\u" not in repr(data):
        with pytest.raises(OptionError):
            parse_json(data, "the thing")


def test_what_is_a_document_is_read() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}', "it") == {"a": 1}, "Windows editors write a mark"
    assert parse_json('["\\\\u0000", "\\u00e9"]', "it") == ["\\u0000", "é"]
    assert parse_json("[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH, "it")


def test_a_file_is_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("pipe", ".", "dangling", "x" * 300, "a\0b"):
        with pytest.raises(OptionError, match="the thing"):
            read_json(tmp_path / name, "the thing")
    with pytest.raises(OptionError, match="is not a file") as caught:
        read_json(tmp_path, "the thing")
    assert "name a file" in caught.value.hint


@pytest.mark.parametrize("read", [load_job, read_subtitles])
def test_nobody_waits_for_a_pipe_that_nobody_writes_to(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is not a file") as caught:
        read(tmp_path / "pipe")
    assert caught.value.hint
    with pytest.raises(UsageError, match="No such file") as caught:
        read(tmp_path / "nothing")
    assert caught.value.hint


def test_reading_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_bytes(b'"' + b"x" * 200 + b'"')
    with pytest.raises(OptionError, match="it is larger than 100 bytes"):
        read_json(path, "it", max_bytes=100)
    assert read_json(path, "it", max_bytes=202) == "x" * 200
    with pytest.raises(OptionError, match="larger than 16 MB"):
        read_json(Path("/dev/zero"), "it")


def test_a_shell_may_hand_a_document_over() -> None:
    text = "from helios.files.documents import read_json; from pathlib import Path\n"
    text += "print(read_json(Path('/dev/stdin'), 'it'))"
    command = [sys.executable, "-c", text]
    done = subprocess.run(command, input=b"[1]", capture_output=True, check=False)
    assert done.stdout == b"[1]\n", done.stderr


class _Model(BaseModel):
    many: tuple[int, ...] = ()
    some: tuple[int, ...] = Field((1,), min_length=1)
    size: int = Field(1, lt=10)
    seconds: float = 0.0

    @field_validator("seconds")
    @classmethod
    def _exact(cls, value: float) -> float:
        return value**100


def test_broken_rules_are_named_and_not_without_end() -> None:
    with pytest.raises(OptionError, match=r"^it: size: must be less than 10, not 12$"):
        validated(_Model, {"size": 12}, "it")
    with pytest.raises(OptionError, match=r"^it: some: must be a list of 1 or more, not \[\]$"):
        validated(_Model, {"some": []}, "it")
    with pytest.raises(OptionError, match=r"^it: some\.0: must be a whole number, not 'x'$"):
        validated(_Model, {"some": ["x"]}, "it")
    with pytest.raises(OptionError, match=r"and 980 more$") as caught:
        validated(_Model, {"many": ["x" * 1000] * 1000})
    assert len(caught.value.message) < 5000
    with pytest.raises(OptionError):
        validated(_Model, {"size": 10**5000})
    with pytest.raises(OptionError, match="a number is out of range"):
        validated(_Model, {"seconds": 1e200})


def test_what_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(JobSpecError, match=r"metadata is missing; .*chunks\.0\.id is missing;"):
        read_job('{"chunks": [{}]}')
    with pytest.raises(OptionError, match=r"^it: layers is missing"):
        validated(Template, {"name": "x"}, "it")


def test_an_object_is_asked_for() -> None:
    assert as_object({}, "it") == {}
    with pytest.raises(OptionError, match="it must be a JSON object"):
        as_object(json.loads("[]"), "it")


def test_what_is_empty_or_of_another_encoding_is_said_with_the_next_step(tmp_path: Path) -> None:
    file = tmp_path / "job.json"
    file.write_bytes(b" \n")
    with pytest.raises(OptionError, match=r"job\.json is empty"):
        read_json(file, str(file))
    file.write_bytes(WRONG["Latin-1"])
    with pytest.raises(OptionError, match="not UTF-8: byte 8 is wrong") as refused:
        read_json(file, str(file))
    assert "save it as UTF-8" in refused.value.hint


def test_what_is_no_json_is_said_with_its_place() -> None:
    with pytest.raises(OptionError, match=r"a comma is missing at line 2, column 2$"):
        parse_json('{"a": 1\n "b": 2}', "it")


class _Advised(BaseModel):
    first: int = 0
    second: int = 0

    @field_validator("first", "second")
    @classmethod
    def _refuse(cls, value: int) -> int:
        raise OptionError(f"{value} is odd", hint=f"Give {value + 1}.")


def test_what_to_do_is_said_of_each_thing_that_is_wrong() -> None:
    with pytest.raises(OptionError) as caught:
        validated(_Advised, {"first": 1})
    assert (caught.value.message, caught.value.hint) == ("first: 1 is odd", "Give 2.")
    with pytest.raises(OptionError) as caught:
        validated(_Advised, {"first": 1, "second": 3})
    assert caught.value.message == "first: 1 is odd (Give 2); second: 3 is odd (Give 4)"
    assert caught.value.hint == ""
