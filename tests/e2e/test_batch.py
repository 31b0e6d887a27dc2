"""``helios batch``: films of rows, read back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import av
import pytest
from tests.commandline import ROOT
from tests.ready import helios

PAGES = ROOT / "tests" / "compositions"
SIZE = ("--width", 320, "--height", 180, "--frame-count", 3)


def colour(film: Path) -> str:
    """The channel that leads in the last corner of the first frame."""
    with av.open(film) as container:
        pixels = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return "rgb"[int(pixels[-4:, -4:].reshape(-1, 3).mean(0).argmax())]


@pytest.mark.browser
def test_a_bad_row_stops_no_other_and_is_made_when_it_is_mended(tmp_path: Path) -> None:
    for name in ("props.html", "page.css", "barcode.js"):
        shutil.copy(PAGES / name, tmp_path)
    rows = tmp_path / "rows.csv"
    table = "\ufeffname;colour;option.fps;unread\na;#ff0000;30;x\nb;#00ff00;{};x\nc/d;#0000ff;;x\n"
    words = ("batch", "props.html", "rows.csv", "-o", "{name}.mp4", *SIZE)

    rows.write_text(table.format("bad"))
    assert "--only-failed" in helios(*words, cwd=tmp_path, code=1).err
    assert (colour(tmp_path / "a.mp4"), colour(tmp_path / "c-d.mp4")) == ("r", "b")
    assert not (tmp_path / "b.mp4").exists()
    states = json.loads((tmp_path / "rows.csv.manifest.json").read_text())["rows"]
    assert [state["status"] for state in states] == ["done", "failed", "done"]
    assert states[1]["error"] == "column option.fps: fps must be a finite number, not 'bad'"
    assert states[0]["warnings"] == ["nothing reads the column 'unread'"]

    before = (tmp_path / "a.mp4").stat().st_mtime_ns
    rows.write_text(table.format("30"))
    helios(*words, "--only-failed", cwd=tmp_path)
    assert colour(tmp_path / "b.mp4") == "g"
    assert (tmp_path / "a.mp4").stat().st_mtime_ns == before


BALL = """
import numpy as np
def draw(frame, context):
    width, height = context.width, context.height
    return np.full((height, width, 3), int(context.props["grey"]), np.uint8)
draw.duration, draw.fps = 0.1, 30
"""


def states(folder: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads((folder / "rows.jsonl.manifest.json").read_text())[
        "rows"
    ]
    return rows


def test_what_cannot_be_a_film_is_told_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "ball.py").write_text(BALL)
    names = ["../x", "n" * 300, "same", "same", "none", "last"]
    rows = [{"name": name, "grey": 100} for name in names]
    del rows[4]["grey"]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n{broken\n")
    words = ("batch", "ball.py:draw", "rows.jsonl", "-o", "films/{name}.mp4", "--concurrency", 2)

    outcome = helios(*words, "--width", 64, "--height", 64, cwd=tmp_path, code=1)
    assert "3 of 7 rows made, 4 failed" in outcome.out
    assert sorted(path.name for path in (tmp_path / "films").iterdir()) == [
        "-x.mp4",
        "last.mp4",
        "same.mp4",
    ]
    said = {state["row"]: str(state["error"]) for state in states(tmp_path)}
    assert "too long" in said[2]
    assert "film of row 3" in said[4]
    assert "grey" in said[5]
    assert "not JSON" in said[7]


def test_an_interrupted_batch_goes_on(tmp_path: Path) -> None:
    (tmp_path / "ball.py").write_text(BALL)
    rows = [{"name": name, "grey": 100} for name in "abc"]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    words = (
        "batch",
        "ball.py:draw",
        "rows.jsonl",
        "-o",
        "{name}.mp4",
        "--width",
        64,
        "--height",
        64,
    )
    helios(*words, cwd=tmp_path)
    manifest = tmp_path / "rows.jsonl.manifest.json"
    left = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**left, "finished": False, "rows": left["rows"][:2]}))
    before = {name: (tmp_path / f"{name}.mp4").stat().st_mtime_ns for name in "abc"}
    (tmp_path / "b.mp4").unlink()

    helios(*words, cwd=tmp_path)
    assert [state["status"] for state in states(tmp_path)] == ["done"] * 3
    assert (tmp_path / "a.mp4").stat().st_mtime_ns == before["a"]
    assert (tmp_path / "c.mp4").stat().st_mtime_ns > before["c"]
    assert (tmp_path / "b.mp4").exists()


def test_a_table_that_is_none_is_explained(tmp_path: Path) -> None:
    (tmp_path / "ball.py").write_text(BALL)
    (tmp_path / "rows.txt").write_text("a\n1\n")
    (tmp_path / "empty.csv").write_text("name,grey\n")
    (tmp_path / "latin.csv").write_bytes("name\nZo\xeb\n".encode("latin-1"))
    for name, said in (
        ("rows.txt", "no table"),
        ("empty.csv", "no rows"),
        ("latin.csv", "UTF-8"),
        ("missing.csv", "cannot read"),
    ):
        refused = helios("batch", "ball.py:draw", name, "-o", "{name}.mp4", cwd=tmp_path, code=2)
        assert said in refused.err


@pytest.mark.slow
def test_many_rows_with_a_bad_one(tmp_path: Path) -> None:
    (tmp_path / "ball.py").write_text(BALL)
    rows = [{"name": number, "grey": number} for number in range(1, 61)]
    rows[42]["grey"] = "no grey"
    words = ("batch", "ball.py:draw", "rows.jsonl", "-o", "{name}.mp4")
    size = ("--width", 16, "--height", 16, "--frame-count", 1)
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))

    outcome = helios(*words, *size, cwd=tmp_path, code=1)
    assert "59 of 60 rows made, 1 failed" in outcome.out
    assert [state["row"] for state in states(tmp_path) if state["status"] != "done"] == [43]
    assert len(list(tmp_path.glob("*.mp4"))) == 59

    rows[42]["grey"] = 77
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    before = {film: film.stat().st_mtime_ns for film in tmp_path.glob("*.mp4")}
    outcome = helios(*words, *size, "--only-failed", cwd=tmp_path)
    assert "row 43: 43.mp4, 1 frames" in outcome.err
    assert {film: film.stat().st_mtime_ns for film in before} == before
    with av.open(tmp_path / "43.mp4") as container:
        luma = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert abs(int(luma.mean()) - 77) <= 2
