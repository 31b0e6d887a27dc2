"""``helios batch``: films of rows, read back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import av
from tests.commandline import ROOT, helios

PAGES = ROOT / "tests" / "compositions"
SIZE = ("--width", 320, "--height", 180, "--frame-count", 3)


def colour(film: Path) -> str:
    """The channel that leads in the last corner of the first frame."""
    with av.open(film) as container:
        pixels = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return "rgb"[int(pixels[-4:, -4:].reshape(-1, 3).mean(0).argmax())]


def test_a_bad_row_stops_no_other_and_is_made_when_it_is_mended(tmp_path: Path) -> None:
    for name in ("props.html", "page.css", "barcode.js"):
        shutil.copy(PAGES / name, tmp_path)
    rows = tmp_path / "rows.csv"
    table = "\ufeffname;colour;option.fps;unread\na;#ff0000;30;x\nb;#00ff00;{};x\nc/d;#0000ff;;x\n"
    words = ("batch", "props.html", "rows.csv", "-o", "{name}.mp4", *SIZE)

    rows.write_text(table.format("bad"))
    helios(*words, cwd=tmp_path, code=1)
    assert (colour(tmp_path / "a.mp4"), colour(tmp_path / "c-d.mp4")) == ("r", "b")
    assert not (tmp_path / "b.mp4").exists()
    states = json.loads((tmp_path / "rows.csv.manifest.json").read_text())["rows"]
    assert [state["status"] for state in states] == ["done", "failed", "done"]
    assert "fps" in states[1]["error"]
    assert states[0]["warnings"] == ["nothing reads the column 'unread'"]

    before = (tmp_path / "a.mp4").stat().st_mtime_ns
    rows.write_text(table.format("30"))
    helios(*words, "--only-failed", cwd=tmp_path)
    assert colour(tmp_path / "b.mp4") == "g"
    assert (tmp_path / "a.mp4").stat().st_mtime_ns == before
