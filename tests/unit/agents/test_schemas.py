"""The schemas are of what is really read and written."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from tests.commandline import validator
from tests.ready import helios

from helios.agents.guide import guide
from helios.agents.schemas import SCHEMAS, schema
from helios.model.options import RenderOptions
from helios.scene.library import template_names

GREY = """
import numpy as np
def draw(frame, context):
    return np.full((context.height, context.width, 3), 99, np.uint8)
"""


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_options_are_checked_in_the_words_of_json() -> None:
    check = jsonschema.Draft202012Validator(schema("options"))
    assert check.is_valid({"startFrame": 3, "width": 640, "props": {"title": "a"}, "seed": 7})
    for wrong in ({"start_frames": 3}, {"width": "wide"}, {"seed": -1}):
        assert not check.is_valid(wrong)
    written = RenderOptions.read({"width": 64, "fps": 25, "audio": "a.mp3"}).model_dump_json(
        by_alias=True, exclude_unset=True
    )
    check.validate(json.loads(written))


def test_an_unknown_schema_names_those_that_there_are(tmp_path: Path) -> None:
    told = helios("schema", "nothing", cwd=tmp_path, code=2)
    assert f"There are: {', '.join(sorted(SCHEMAS))}." in told.err
    assert "a job file" in helios("schema", cwd=tmp_path).out
    assert json.loads(helios("schema", "job", cwd=tmp_path).out) == schema("job")


def test_events_of_a_render_are_as_the_schemas_say(tmp_path: Path) -> None:
    (tmp_path / "grey.py").write_text(GREY)
    words = ("render", "grey.py:draw", "-o", "a.mp4", "--width", 64, "--height", 48, "--json")
    made = helios(*words, "--frame-count", 3, cwd=tmp_path).events
    failed = helios("render", "grey.py:none", "--json", cwd=tmp_path, code=None).events
    assert {"plan", "progress", "done"} <= {event["event"] for event in made}
    assert failed[-1]["event"] == "error"
    with pytest.raises(jsonschema.ValidationError):
        validator("events").validate({**made[-1], "odd": 1})
    with pytest.raises(jsonschema.ValidationError):
        validator("events").validate({"output": "a.mp4"})


def test_the_guide_names_what_there_is() -> None:
    text = guide()
    for name in SCHEMAS:
        assert name in text
    assert "etherealFlame" in text
    assert "etherealFlame" in template_names()
    for flag in ("--dry-run", "--allow-host", "--overlay", "--subtitles", "--type"):
        assert flag in text
