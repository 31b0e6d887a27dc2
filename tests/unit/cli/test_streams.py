"""Output that is closed, full or read by nobody does not stop a command."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from helios.cli.display import Display
from helios.cli.main import _command_of, main
from helios.cli.streams import PatientStream, was_lost
from helios.model.progress import Progress, Stage

FILM = """
import numpy as np
def draw(frame):
    return np.full((32, 32, 3), frame * 8, np.uint8)
"""


def helios(tmp_path: Path, redirection: str, *words: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "film.py").write_text(FILM)
    command = f"{sys.executable} -m helios render film.py:draw -o film.mp4 --width 32 --height 32"
    return subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {command} {' '.join(words)} {redirection}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("redirection", ["2>&-", ">&-", "<&-", ">&- 2>&-", "2>/dev/full"])
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_film_needs_nobody_to_listen(
    tmp_path: Path, redirection: str, words: tuple[str, ...]
) -> None:
    done = helios(tmp_path, redirection, *words)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "film.mp4").stat().st_size > 500
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.slow
def test_a_reader_that_has_read_enough_does_not_stop_the_film(tmp_path: Path) -> None:
    done = helios(tmp_path, "| head -1", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["event"] == "warning", "no duration is declared"
    assert "BrokenPipe" not in done.stderr
    assert (tmp_path / "film.mp4").is_file()


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("ascii", r"\xfc\u25ae\U0001f600 a"),
        ("iso8859-1", "\xfc\\u25ae\\U0001f600 a"),
        ("cp1252", "\xfc\\u25ae\\U0001f600 a"),
        ("utf-8", "\xfc\u25ae\U0001f600 a"),
    ],
)
def test_what_a_terminal_cannot_show_is_written_as_an_escape(encoding: str, written: str) -> None:
    below = io.BytesIO()
    stream = PatientStream(io.TextIOWrapper(below, encoding=encoding))
    assert stream.write("\xfc\u25ae\U0001f600 a") == 5
    stream.flush()
    assert below.getvalue().decode(encoding) == written
    assert stream.failure is None
    assert PatientStream(io.StringIO()).write("\u25ae") == 1


@pytest.mark.slow
def test_a_full_disk_below_standard_output_is_said_after_the_film(tmp_path: Path) -> None:
    done = helios(tmp_path, ">/dev/full", "--json")
    assert done.returncode == 4
    assert "error: standard output cannot be written: No space left on device" in done.stderr
    assert (tmp_path / "film.mp4").is_file()


@pytest.mark.parametrize(
    ("error", "said"), [(BrokenPipeError(32, "x"), ""), (OSError(5, "Input/output error"), "Input")]
)
def test_the_first_failure_is_kept(error: OSError, said: str) -> None:
    class Failing(io.StringIO):
        def write(self, _text: str) -> int:
            raise error

    stream = PatientStream(Failing())
    print("lost", file=stream)
    assert stream.failure is error
    assert said in was_lost(stream)
    assert bool(was_lost(stream)) == bool(said)


def test_no_event_is_told_twice(capsys: pytest.CaptureFixture[str]) -> None:
    with Display(as_json=True) as display:
        for done in (*range(50), *[50] * 30):
            display.progress(Progress(stage=Stage.RENDERING, fraction=done / 100, frames_done=done))
        display.progress(Progress(stage=Stage.ENCODING, fraction=1.0, frames_done=50))
        display.progress(Progress(stage=Stage.ENCODING, fraction=1.0, frames_done=50))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(set(lines))
    assert len(lines) < 40
    assert json.loads(lines[0])["framesDone"] == 0
    assert json.loads(lines[-1])["percent"] == 100


def test_warnings_are_shown_quietly_too(capsys: pytest.CaptureFixture[str]) -> None:
    with Display(quiet=True) as display:
        display.say("not this")
        display.warn("the moon is missing")
    assert capsys.readouterr().err == "warning: the moon is missing\n"


def test_what_other_libraries_say_of_their_work_is_not_shown() -> None:
    chatty = "import logging; log = logging.getLogger('distributed.x'); log.setLevel('INFO')\n"
    chatty += "from helios.cli.main import main; main(['--version'])\n"
    chatty += "log.info('handshake'); log.warning('lost')"
    done = subprocess.run(
        [sys.executable, "-c", chatty], capture_output=True, text=True, check=False
    )
    assert "handshake" not in done.stderr
    assert "warning: lost" in done.stderr


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["render", "--widht", "3"], "helios render"),
        (["vr", "inject"], "helios vr inject"),
        (["vr", "injekt"], "helios vr"),
        (["nosuch"], "helios"),
        ([], "helios"),
    ],
)
def test_a_usage_error_points_to_its_own_help(words: list[str], command: str) -> None:
    assert _command_of(words) == command


def test_a_usage_error_says_so_and_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "page.html", "--widht", "64"]) == 2
    assert "See: helios render --help" in capsys.readouterr().err
    assert main(["render", "fil\udce9m.html"]) == 2
    said = capsys.readouterr().err
    assert "is not UTF-8" in said
    assert "bug" not in said


def test_a_full_disk_below_standard_output_hides_no_other_failure(tmp_path: Path) -> None:
    command = f"{sys.executable} -m helios job run absent.json --json >/dev/full"
    done = subprocess.run(
        ["/bin/bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "standard output cannot be written" in done.stderr


def test_help_keeps_underscores_and_lines(capsys: pytest.CaptureFixture[str]) -> None:
    main(["render", "--help"])
    text = capsys.readouterr().out
    assert "[YYYYMMDD]_[name]_[type]_vN.mp4" in "".join(text.split("│")).replace("\n", "")
    assert "fade_out=2" in text


def test_one_wrong_option_says_what_there_is_in_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["render", "film.py:draw", "--type", "flat-9"]) == 2
    first, second = capsys.readouterr().err.splitlines()[:2]
    assert first == "error: --type: unknown export type 'flat-9'"
    assert second.startswith("  There are: shorts, ")


def test_a_job_file_is_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["job", "run", "https://example.com/job.json"]) == 2
    assert "is an address" in capsys.readouterr().err
