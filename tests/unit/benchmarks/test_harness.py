"""The benchmark believes no film that it has not looked at."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest
from benchmarks import harness
from benchmarks.harness import Contestant, Run, check_film, make_table, run_once, run_rounds
from tests.barcode import draw_frame_number

OURS = Contestant(
    group="page", name="ours", setting="plain", command=("true",), frames=6, is_ours=True
)
RIVAL = Contestant(group="page", name="rival", setting="two", command=("true",), frames=6)


def write_film(path: Path, numbers: list[int], fps: int = 30) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in numbers:
            picture = draw_frame_number(number, 320, 180)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("numbers", "wrong"),
    [
        ([0, 1, 2, 3, 4, 5], 0),
        ([0, 1, 1, 3, 4, 5], 1),
        ([0, 0, 0, 0, 0, 0], 5),
        ([0, 1, 2, 3], 2),
        ([0, 1, 2, 3, 4, 5, 6], 1),
        ([1, 2, 3, 4, 5, 6], 6),
    ],
)
def test_pictures_that_do_not_show_their_number_are_counted(
    tmp_path: Path, numbers: list[int], wrong: int
) -> None:
    run = check_film(OURS, 1.0, write_film(tmp_path / "film.mp4", numbers))
    assert run.wrong_frames == wrong
    assert run.is_right == (wrong == 0)


def test_the_frame_rate_of_the_film_is_shown(tmp_path: Path) -> None:
    run = check_film(RIVAL, 1.0, write_film(tmp_path / "film.mp4", list(range(6)), fps=25))
    assert run.fps == 25
    assert "25 fps (asked for 30)" in make_table([run])


def python(code: str) -> Contestant:
    return replace(RIVAL, command=(sys.executable, "-c", code, "{film}"))


def test_a_command_that_fails_is_a_failure(tmp_path: Path) -> None:
    run = run_once(python("raise SystemExit('no such page')"), tmp_path)
    assert "exit code 1: no such page" in run.failure
    assert not run.is_right


def test_a_command_that_succeeds_without_a_film_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"of the run before")
    assert run_once(python("pass"), tmp_path).failure


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    run = run_once(python("import time; time.sleep(60)"), tmp_path, timeout_s=0.5)
    assert run.failure.startswith("did not end")
    assert run.wall_s < 10


def test_every_round_begins_with_another_contestant(tmp_path: Path) -> None:
    runs = run_rounds([OURS, RIVAL], 2, tmp_path, 10)
    assert [run.contestant.name for run in runs] == ["ours", "rival", "rival", "ours"]


def test_a_disturbed_run_is_done_again_while_there_is_patience(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = [0.5, 0.02, 0.3]
    monkeypatch.setattr(harness, "_used_share", lambda _: 0.0)
    monkeypatch.setattr(
        harness, "run_once", lambda *_: replace(run_of(OURS, 1.0), foreign_share=shares.pop(0))
    )
    patient = run_rounds([OURS], 1, tmp_path, 10, patience_s=60)
    hurried = run_rounds([OURS], 1, tmp_path, 10)
    assert [run.foreign_share for run in patient + hurried] == [0.02, 0.3]
    assert "*)" not in make_table(patient)
    assert "1.00*)" in make_table(hurried)


def test_disturbed_runs_do_not_count_where_there_are_others() -> None:
    runs = [run_of(OURS, 2.0), replace(run_of(OURS, 9.0), foreign_share=0.5)]
    assert "2.00 s (2.00, 9.00*)" in make_table(runs)


def test_processor_seconds_of_all_processes_are_counted(tmp_path: Path) -> None:
    burn = "import time\nwhile time.process_time() < 0.5: pass\ntime.sleep(1.5)"
    code = f"import shutil, subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]);"
    code += "shutil.copy('kept.mp4', sys.argv[1])"
    write_film(tmp_path / "kept.mp4", list(range(6)))
    run = run_once(python(code), tmp_path)
    assert run.is_right
    assert 0.3 < run.cpu_s < 10


def run_of(contestant: Contestant, wall_s: float, wrong: int = 0) -> Run:
    return Run(contestant=contestant, wall_s=wall_s, wrong_frames=wrong, fps=Fraction(30))


def test_the_ratio_is_of_medians_and_against_the_best_correct_rival() -> None:
    slow, wrong = replace(RIVAL, setting="one"), replace(RIVAL, setting="broken")
    runs = [
        *(run_of(OURS, wall_s) for wall_s in (2.0, 9.0, 1.0)),
        *(run_of(RIVAL, wall_s) for wall_s in (5.0, 6.0, 7.0)),
        *(run_of(slow, 12.0) for _ in range(3)),
        *(run_of(wrong, 0.1, wrong=6) for _ in range(3)),
    ]
    table = make_table(runs)
    assert "plain: **3.00x** rival at its best (two)" in table
    rows = [line for line in table.splitlines() if line.startswith(("| rival", "| **ours"))]
    assert "broken" in rows[-1]
    assert "6 of 6" in rows[-1]


def test_a_wrong_film_of_ours_is_not_compared() -> None:
    table = make_table([run_of(OURS, 1.0, wrong=1), run_of(RIVAL, 5.0)])
    assert "x** rival" not in table
