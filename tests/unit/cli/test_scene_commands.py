"""``helios templates`` and ``helios preview``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.commandline import validator
from tests.sounds import wav

from helios.cli import preview, templates
from helios.errors import CompositionNotFound, OptionError
from helios.rendering.combined import combinations
from helios.scene.library import load_template, template_names
from helios.shader.gallery import shipped_shaders


def test_a_shader_is_shown_as_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    templates.show("voxel city")
    printed = capsys.readouterr().out
    assert printed.startswith("// A city")
    assert "void mainVR(" in printed


def test_list_names_every_template(capsys: pytest.CaptureFixture[str]) -> None:
    templates.list_()
    printed = capsys.readouterr().out
    assert all(name in printed for name in template_names())
    templates.list_(json=True)
    rows = json.loads(capsys.readouterr().out)
    validator("names").validate(rows)
    shaders = [each.name for each in shipped_shaders()]
    combined = [each.name for each in combinations()]
    assert [row["name"] for row in rows] == [*template_names(), *shaders, *combined]


def test_what_is_shown_is_the_template(capsys: pytest.CaptureFixture[str]) -> None:
    templates.show("Ethereal Flame")
    assert load_template(json.loads(capsys.readouterr().out)) == load_template("etherealFlame")


def test_whatever_is_listed_is_shown_and_named_where_a_name_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    templates.show("audiogram")
    assert json.loads(capsys.readouterr().out)["name"] == "audiogram"
    with pytest.raises(CompositionNotFound) as caught:
        templates.show("nope")
    templates.list_(json=True)
    for row in json.loads(capsys.readouterr().out):
        assert row["name"] in caught.value.hint
        templates.show(row["name"])


def test_new_template_differs_in_name_alone(tmp_path: Path) -> None:
    templates.new(tmp_path / "mine.json", like="aurora")
    mine = load_template(tmp_path / "mine.json")
    assert mine.name == "mine"
    assert mine.model_copy(update={"name": "aurora"}) == load_template("aurora")
    with pytest.raises(OptionError, match="exists already"):
        templates.new(tmp_path / "mine.json")


def test_still_has_the_asked_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    preview.command("solarBreath", at="1.5", scale="1/8", output=tmp_path / "s.png", json=True)
    said = json.loads(capsys.readouterr().out)
    validator("picture").validate(said)
    assert (said["width"], said["height"], said["frames"]) == (240, 136, [45])
    with Image.open(tmp_path / "s.png") as image:
        assert image.size == (240, 136)
        assert np.asarray(image).std() > 5


def test_contact_sheet_shows_the_whole_film(tmp_path: Path) -> None:
    preview.command(
        "neonPulse", contact_sheet=True, stills=6, duration="6", output=tmp_path / "s.jpg"
    )
    with Image.open(tmp_path / "s.jpg") as image:
        assert image.size == (4 * 320 + 12, 2 * 180 + 4)
        stills = np.asarray(image).astype(int)
    assert (stills[:180, :320] != stills[184:364, 324:644]).mean() > 0.05


def test_moment_after_the_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="no second 11"):
        preview.command("solarBreath", at="11", output=tmp_path / "s.png")


def test_unknown_kind_of_still_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="no kind of still"):
        preview.command("solarBreath", scale="1/16", output=tmp_path / "s.tiff")


def test_a_sheet_shows_moments_and_measures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song, mine, page = tmp_path / "song.wav", tmp_path / "mine.json", tmp_path / "sheet.png"
    time = np.arange(4 * 48_000) / 48_000
    song.write_bytes(wav(0.4 * np.sin(2 * np.pi * 110 * time) * (1 + np.sin(5 * time)), 48_000))
    mine.write_text('{"name": "mine", "layers": [{"id": "one"}], "sky": {"kind": "none"}}')
    templates.sheet(str(mine), audio=song, against=song, width=48, output=page, json=True)
    measures = json.loads(capsys.readouterr().out)
    validator("measures").validate(measures)
    rows = {row["name"]: row for row in measures}
    assert rows["like another song"]["value"] == pytest.approx(1)
    assert not rows["like another song"]["passes"]
    assert {"acts", "drop", "silence", "flash", "frame 0"} <= set(rows)
    pixels = np.asarray(Image.open(page))
    assert pixels.shape[:2] == (4 * 26 + 3 * 4, 6 * 48 + 5 * 4)
    assert pixels.max() > 60
    templates.sheet(str(mine), audio=song, width=48, output=page)
    told = capsys.readouterr().out
    assert told.endswith("of 10 measures passed, replaced the one before\n")
    with pytest.raises(OptionError, match="--width"):
        templates.sheet(str(mine), audio=song, width=5, output=page)
