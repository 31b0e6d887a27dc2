"""Each way to go wrong ends with exit code 2 and a message that says the next step."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from helios.cli.main import main

PAGE = "<!doctype html><p>hello"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.html").write_text(PAGE)
    Path("junk.mp4").write_text("no film")
    Path("junk.json").write_text("no template")
    Path("empty.mp4").touch()
    Path("empty.csv").touch()
    Path("folder").mkdir()
    Path("song.txt").write_text("no song")


@pytest.mark.parametrize(
    ("words", "message", "step"),
    [
        ("info junk.mp4", "cannot read junk.mp4: it is damaged, or no film", "Make, export"),
        ("info empty.mp4", "cannot read empty.mp4: it is empty", "Make, export"),
        ("render song.wav", "song.wav is a sound", "helios render etherealFlame --audio song.wav"),
        ("render page.html song.wav", "too many words: 'song.wav'", "--audio song.wav"),
        ("render page.html SONG.WAV", "too many words: 'SONG.WAV'", "--audio SONG.WAV"),
        ("info nope.mp4", "no composition at 'nope.mp4'", "looked for in"),
        ("render page.html --widht=3", "Did you mean --width?", "render --help"),
        (
            "render page.html --overlay title,pops=x",
            "--overlay title: there is no setting 'pops'",
            "Did you mean props?",
        ),
        ("render page.html --overlay titel", "no page", "Did you mean title?"),
        ("render page.html --overlay pgae.html", "no page", "Did you mean page.html?"),
        ("render page.html --audio song.txt,volum=2", "song.txt,volum=2", "Did you mean volume?"),
        (
            "render page.html --audio song.txt,volum=2",
            "song.txt is there, but 'volum=2' is no setting of it",
            "Did you mean volume?",
        ),
        ("check page.html --type tikotk", "'tikotk'", "Did you mean tiktok?"),
        ("render page.html --root nope", "--root: there is no folder", "Name a folder"),
        ("render folder:draw", "folder has no draw", "named without a colon"),
        ("still page.html --type tikotk -q", "'tikotk'", "Did you mean tiktok?"),
        ("render page.html --quality 99 -o a.mp4", "from 0 (best) to 51, not 99", "--quality 22"),
        ("render page.html --width 0 --height 0", "--width: must be 2", "example: --height 720"),
        ("render junk.json", "template", "templates new mine.json"),
        ("analyze song.txt --fps x", "--fps must be a finite number", "analyze --help"),
        ("analyze song.txt --beats x", "--beats must be 'adaptive' or 'threshold'", "See: helios"),
        ("render --config junk.json", "--config junk.json is not JSON", "helios schema config"),
        ("render page.html --stem x", "must be NAME=FILE", "For example: drums=drums.wav"),
        ("help rendr", "no command 'rendr'", "Did you mean render?"),
        ("job run junk.json", "junk.json: not a job file: it is not JSON", "--emit-job job.json"),
        ("render", "nothing to render", "helios render page.html -o film.mp4"),
        ("captions -q nope.lrc", "cannot read captions nope.lrc", "looked for in"),
        ("captions silence.wav", "captions silence.wav: it is a sound", "LRC, SRT"),
        ("info jnk.mp4 -q", "no composition", "Did you mean junk.mp4?"),
        (
            "bundle page.html -q -o page.zip",
            "page.zip: a bundle's name ends in .helios",
            "page.helios",
        ),
        ("preview page.html", "page.html is no scene", "helios still and helios sheet"),
        ("preview tunnel", "tunnel is no scene", "helios still and helios sheet"),
        ("preview tunel", "no template 'tunel'", "There are: aurora"),
        ("info folder", "neither composition.html nor index.html", "helios init page"),
        ("render page.html --type 360", "--type", "Did you mean 360-mono-4k or "),
        ("render page.html --type 1080p-flat", "--type", "Did you mean flat-1080p-"),
        ("render junk.mp4", "junk.mp4 is a film, and no composition", "<video>"),
        ("still page.html --draft", "Unknown option: --draft", "Give --scale 1/4"),
        ("sheet page.html --draft", "Unknown option: --draft", "Give --scale 1/4"),
        ("info jnk.mp4", "no film and no composition at 'jnk.mp4'", "Did you mean junk.mp4?"),
        ("merge out.mp4 junk.mp4", "part junk.mp4 cannot be read", "render it again"),
        ("merge out.mp4 jnk.mp4", "part jnk.mp4 is missing", "Did you mean junk.mp4?"),
        ("merge out.mp4 folder", "part folder cannot be read", "render it again"),
        ("vr inspect junk.mp4", "junk.mp4 is not an MP4 file", "Give an .mp4"),
        ("vr inspect folder", "cannot read folder: Is a directory", "name a file in it"),
        ("vr inspect other.mov", "cannot read other.mov: No such file", "looked for in /"),
        ("vr validate empty.mp4", "empty.mp4 is not an MP4 file", "Give an .mp4"),
        ("vr inject junk.mp4", "junk.mp4 is not an MP4 file", "Give an .mp4"),
        ("verify empty.mp4", "empty.mp4 is no film that can be read: it is empty", "Name a film"),
        ("sheet junk.mp4", "junk.mp4: it is damaged, or no film", "Make, export"),
        ("analyze song.tx", "cannot read song.tx: No such file", "Did you mean song.txt?"),
        ("analyze song.txt --plot x.txt", "--plot x.txt: a picture's name ends in .png", "x.png"),
        ("analyze song.txt -o x.txt", "written as .json or .npz, not 'x.txt'", "-o x.json"),
        ("captions folder", "captions folder is not a file", "It is a folder"),
        (
            "render page.html --type x",
            "unknown export type 'x'",
            "There are: shorts, reels, tiktok",
        ),
        (
            "check page.html --type x",
            "--type: unknown export type 'x'",
            "There are: shorts, reels, tiktok",
        ),
        ("watch page.html -o film.xyz", "the format of 'film.xyz'", ".mp4"),
        ("sheet page.html --count 0", "1 to 400 frames (--count), not 0", "helios sheet --help"),
        ("plan page.html --link 0", "must be more than 0", "For example: --simulate"),
        ("vr inject", "FILE is missing", "helios vr inject --help"),
        ("captions none.lrc", "cannot read captions none.lrc", "looked for in"),
        ("encode junk.mp4", "frame 0: cannot read image", "Make, export"),
        ("render page.html --audio song.tx", "song.tx: No such file", "Did you mean"),
        ("render page.html --fps zero", "--fps: fps must be", "For example: --fps 30"),
        ("render page.html --props @no.json", "props file no.json", "looked for in"),
        ("render page.html --width", "--width needs a value", "helios render --help"),
        ("render page.html --width 3 --width 4", "--width is given twice", "helios render --help"),
        (
            "serve --at-once x",
            "--at-once must be a whole number or 'auto', not 'x'",
            "serve --help",
        ),
        ("templates show", "NAME is missing", "For example: helios templates show etherealFlame"),
        ("batch page.html", "ROWS is missing", "For example: helios batch card.html people.csv"),
        ("batch page.html none.csv", "cannot read rows none.csv", "looked for in"),
        ("batch page.html empty.csv", "empty.csv has no rows", "The first line names"),
        (
            "batch page.html empty.csv --concurrency x",
            "must be a whole number, not 'x'",
            "batch --help",
        ),
        ("batch page.html empty.csv --concurrency 0", "must be 1 to 64, not 0", "batch --help"),
    ],
)
def test_what_was_given_and_is_wrong_is_told_with_the_next_step(
    capsys: pytest.CaptureFixture[str], words: str, message: str, step: str
) -> None:
    assert main(shlex.split(words)) == 2
    first, _, rest = capsys.readouterr().err.partition("\n")
    assert message in first
    assert step in rest


def test_an_option_without_its_value_is_answered_with_no_example_that_lacks_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["batch", "page.html", "empty.csv", "--concurrency"]) == 2
    told = capsys.readouterr().err
    assert told == "error: --concurrency needs a value\n  See: helios batch --help\n"


def test_an_option_that_is_only_alike_is_not_offered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "page.html", "--lenght", "3"]) == 2
    told = capsys.readouterr().err
    assert told == "error: Unknown option: --lenght.\n  See: helios render --help\n"


def test_a_sound_that_is_none_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "page.html", "--audio", "song.txt"]) == 2
    assert capsys.readouterr().err.count("song.txt") == 1


def test_a_composition_that_is_wrong_is_mended_and_looked_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("film.py").write_text("def draw(frame):\n    raise RuntimeError('no paint')\n")
    words = "render film.py:draw --frames png -o . --width 64 --height 64 --frame-count 1"
    assert main(shlex.split(words)) == 2
    told = capsys.readouterr().err
    assert "RuntimeError: no paint" in told
    assert "Mend it, and look at a frame of it with helios still." in told
    assert "the images lie among the composition's own files in ." in told


@pytest.mark.parametrize(
    ("starter", "meant"), [("scene", "new/scene.json"), ("python", "new/film.py:draw")]
)
def test_the_folder_of_a_starter_is_answered_with_what_is_in_it(
    capsys: pytest.CaptureFixture[str], starter: str, meant: str
) -> None:
    assert main(["init", starter, "new"]) == 0
    capsys.readouterr()
    assert main(["info", "new"]) == 2
    assert f"Did you mean {meant}?" in capsys.readouterr().err
