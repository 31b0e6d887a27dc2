"""A row becomes a film's name, props and options, and nothing outside its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios.cli.main import main
from helios.errors import OptionError
from helios.model.composition import name_composition
from helios.model.options import RenderOptions
from helios.model.rows import Row
from helios.rendering.batch import Film, check_pattern, film_of, output_of

NAMED = "films/{name}.mp4"


def film(row: Row, composition: str = "card.html", pattern: str = NAMED) -> Film:
    return film_of(name_composition(composition, Path("/")), 1, row, pattern, RenderOptions(fps=24))


@pytest.mark.parametrize(
    ("value", "output"),
    [
        ("../x", "films/-x.mp4"),
        ("/etc/passwd", "films/-etc-passwd.mp4"),
        ("..\\..\\x", "films/-..-x.mp4"),
        ("C:\\x", "films/C--x.mp4"),
        (".hidden", "films/hidden.mp4"),
        ("a\tb\x7f", "films/a-b-.mp4"),
        (" Zoë Ångström ", "films/Zoë Ångström.mp4"),
        (12, "films/12.mp4"),
    ],
)
def test_values_add_no_folders(value: object, output: str) -> None:
    assert output_of(1, {"name": value}, NAMED) == output


@pytest.mark.parametrize("row", [{}, {"name": ""}, {"name": ".."}, {"name": " . "}])
def test_a_row_without_a_name_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(OptionError, match="no 'name'"):
        output_of(1, row, NAMED)


def test_columns_are_props_and_those_with_the_prefix_are_options() -> None:
    made = film({"name": "a", "title": "b", "option.fps": "30", "option.quality": "20"})
    assert made.options.props == {"name": "a", "title": "b"}
    assert (made.options.fps, made.options.quality) == (30, 20)
    assert film({"name": "a"}).options.fps == 24
    for row in ({"name": "a", "option.fps": "x"}, {"name": "a", "option.no": "1"}):
        with pytest.raises(OptionError):
            film(row)
    with pytest.raises(OptionError, match=r"no column option\.props"):
        film({"name": "a", "option.props": "{}"})


def test_another_value_output_or_composition_is_another_film() -> None:
    films = [
        film({"name": "a"}),
        film({"name": "a", "title": "b"}),
        film({"name": "a"}, pattern="{name}.mp4"),
        film({"name": "a"}, composition="other.html"),
    ]
    assert len({made.digest for made in films}) == len(films)
    assert film({"name": "a"}).digest == films[0].digest


def test_an_output_that_names_no_column_is_refused() -> None:
    rows: list[Row] = [{"name": "a"}, {"name": "b", "other": 1}]
    check_pattern("{row}-{other}.mp4", rows)
    check_pattern("one.mp4", rows[:1])
    with pytest.raises(OptionError, match="one file for 2 rows"):
        check_pattern("one.mp4", rows)
    with pytest.raises(OptionError, match="no column 'nam'") as refused:
        check_pattern("{nam}.mp4", rows)
    assert "name, other" in refused.value.hint


BOX = "import numpy as np\ndef draw(frame):\n    return np.zeros((16, 16, 3), np.uint8)\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "{name}.xyz"], "the format of '{name}.xyz'"),
        (["-o", "{name}.mp4", "--audio", "no.wav"], "no.wav"),
        (["-o", "{name}.mp4", "--video-codec", "prores"], "cannot hold"),
    ],
)
def test_a_mistake_in_the_command_is_told_once_and_touches_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("box.py").write_text(BOX)
    Path("rows.csv").write_text("name\na\nb\n")
    manifest = Path("rows.csv.manifest.json")
    manifest.write_text('{"total": 2, "finished": true, "rows": []}')
    before = manifest.read_bytes()
    assert main(["batch", "box.py:draw", "rows.csv", *words]) == 2
    told = capsys.readouterr()
    assert (told.err + told.out).count(said) == 1
    assert manifest.read_bytes() == before
