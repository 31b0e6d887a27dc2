"""Bad input gives a clear message and the right exit code, and never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.commandline import ROOT, environment
from tests.ready import helios

PAGE = ROOT / "tests" / "compositions" / "canvas2d.html"
BARCODE = f"{ROOT}/tests/compositions/barcode.py:draw"
SMALL = ("--width", 64, "--height", 64, "--frame-count", 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["render", "nowhere.html"], "nowhere.html"),
        (["render", "file:///nowhere/at/all.html"], "nowhere"),
        (["render", PAGE, "--width", 0], "--width"),
        (["render", PAGE, "--width", 1279], "1280"),
        (["render", PAGE, "--height", -2], "--height"),
        (["render", PAGE, "--width", 10**9], "--width"),
        (["render", PAGE, "--fps", 0], "--fps"),
        (["render", PAGE, "--fps", "nan"], "--fps"),
        (["render", PAGE, "--duration", -1], "--duration"),
        (["render", PAGE, "--duration", "inf"], "--duration"),
        (["render", PAGE, "--duration", "1e99"], "--duration"),
        (["render", PAGE, "--concurrency", 0], "--concurrency"),
        (["render", PAGE, "--concurrency", "many"], "--concurrency"),
        (["render", PAGE, "--mode", "svg"], "--mode"),
        (["render", PAGE, "--video-codec", "h999"], "h999"),
        (["render", PAGE, "--audio-codec", "mp9"], "mp9"),
        (["render", PAGE, "-o", "film.xyz"], "xyz"),
        (["render", PAGE, "--props", "{"], "props"),
        (["render", PAGE, "--props", "@nowhere.json"], "nowhere.json"),
        (["render", PAGE, "--audio", "nowhere.mp3"], "nowhere.mp3"),
        (["render", PAGE, "--audio", str(PAGE)], "canvas2d.html"),
        (["render", PAGE, "--bogus"], "--bogus"),
        (["render"], "nothing to render"),
        (["rendr", PAGE], "rendr"),
        (["render", PAGE, "--base-url", "http://x/"], "--emit-job"),
        (["render", BARCODE, *SMALL, "-o", "f.webm", "--video-codec", "libx264"], "webm"),
        (["render", BARCODE, *SMALL, "--duration", 1, "--start-frame", 31], "beyond the end"),
        (["render", f"{ROOT}/tests/compositions/barcode.py:nothing", *SMALL], "nothing"),
        (["render", "no_such_module:draw", *SMALL], "no_such_module"),
        (["analyze", PAGE], "canvas2d.html"),
        (["captions", PAGE], "canvas2d.html"),
        (["captions", "nowhere.lrc"], "nowhere.lrc"),
        (["analyze", "nowhere.mp3"], "nowhere.mp3"),
        (["render", "etherealFlam", "-o", "f.mp4"], "etherealFlame"),
        (["render", "etherealFlame", "--type", "flat-9k"], "flat-9k"),
        (["job", "run", "nowhere.json"], "nowhere.json"),
        (["job", "run", PAGE], "not a job file"),
        (["job", "run", PAGE, "--concurrency", 0], "--concurrency"),
        (["merge", "out.mp4"], "parts"),
        (["merge", "out.xyz", "a.mov"], "xyz"),
        (["encode", "frames/%05d.png", "-o", "film.mp4"], "frames"),
    ],
)
def test_a_request_that_cannot_be_right_is_refused(
    tmp_path: Path, words: list[object], said: str
) -> None:
    outcome = helios(*words, cwd=tmp_path, code=2)
    assert said in outcome.err
    assert outcome.err.startswith("error: ")
    assert not list(tmp_path.glob("**/*.mp4"))


def test_errors_are_events_when_json_is_asked_for(tmp_path: Path) -> None:
    outcome = helios("render", "nowhere.html", "--json", cwd=tmp_path, code=2)
    assert outcome.events[-1]["event"] == "error"
    assert outcome.events[-1]["code"] == 2


@pytest.mark.browser
def test_an_address_that_does_not_answer_is_named(tmp_path: Path) -> None:
    outcome = helios("render", "http://127.0.0.1:9/x.html", "-o", "f.mp4", cwd=tmp_path, code=2)
    assert "127.0.0.1:9" in outcome.err


def test_without_a_browser_it_is_said_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELIOS_CHROMIUM", str(tmp_path / "no-chrome"))
    outcome = helios("render", PAGE, "-o", "f.mp4", cwd=tmp_path, code=3)
    assert "apt" in outcome.err or "install" in outcome.err.lower()


def test_an_unusual_name_is_no_obstacle(tmp_path: Path) -> None:
    name = "-Grüße an 'alle' \"hier\".mp4"
    helios("render", BARCODE, *SMALL, f"--output={name}", cwd=tmp_path)
    assert (tmp_path / name).is_file()


def test_missing_folders_are_made(tmp_path: Path) -> None:
    helios("render", BARCODE, *SMALL, "-o", "a/b/film.mp4", cwd=tmp_path)
    assert (tmp_path / "a" / "b" / "film.mp4").is_file()


def test_an_output_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").mkdir()
    assert "folder" in helios("render", BARCODE, *SMALL, "-o", "film.mp4", cwd=tmp_path, code=3).err


def test_a_folder_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = helios("render", BARCODE, *SMALL, "-o", "file/film.mp4", cwd=tmp_path, code=3)
    assert "cannot write" in outcome.err


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    outcome = helios("render", BARCODE, *SMALL, "-o", "/proc/film.mp4", cwd=tmp_path, code=3)
    assert "cannot write /proc" in outcome.err


def test_a_full_disk_is_said_and_keeps_what_is_finished(tmp_path: Path) -> None:
    """On a file system of its own, too small for the film, in a mount namespace of its own."""
    script = (
        "mount -t tmpfs -o size=200k helios disk && cd disk && "
        f"{sys.executable} -m helios render {BARCODE} -o f.mp4 --width 640 --height 360 "
        "--frame-count 900 --chunk-frames 60 --quality 1; code=$?; ls -A .helios-*; exit $code"
    )
    (tmp_path / "disk").mkdir()
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", script],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 3, done.stderr
    assert "no space left" in done.stderr
    assert "f_part_0.mov.commit.json" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_composition_that_draws_nonsense_is_named_with_its_frame(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(
        "import numpy as np\n"
        "def draw(n):\n    return np.zeros((64, 64, 3), np.float32 if n == 1 else np.uint8)\n"
    )
    outcome = helios("render", "bad.py:draw", *SMALL, "-o", "f.mp4", cwd=tmp_path, code=2)
    assert "frame 1" in outcome.err
    assert "float32" in outcome.err
    assert not list(tmp_path.glob("f.mp4"))
