"""Files that change are noticed, once, and when they are whole."""

from __future__ import annotations

import os
from pathlib import Path

from helios.rendering.watching import WatchedFiles


def test_a_save_is_noticed_once(tmp_path: Path) -> None:
    page, style = tmp_path / "page.html", tmp_path / "page.css"
    page.write_text("a")
    files = WatchedFiles([page])
    files.add([style, page])
    assert files.changed() == []
    page.write_text("ab")
    style.write_text("new")
    assert files.changed() == [style, page]
    assert files.changed() == []
    page.unlink()
    assert files.changed() == [page]
    assert len(files) == 2


def test_a_save_before_a_file_is_named_again_counts(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("a")
    files = WatchedFiles([page])
    page.write_text("saved while the film was being made")
    files.add([page])
    assert files.changed() == [page]


def test_content_of_the_same_size_counts(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("a")
    files = WatchedFiles([page])
    page.write_text("b")
    os.utime(page, ns=(1, 2))
    assert files.changed() == [page]


def test_a_file_that_is_still_being_written_is_waited_for(tmp_path: Path) -> None:
    page, style = tmp_path / "page.html", tmp_path / "page.css"
    files = WatchedFiles([page, style])
    steps = [lambda: page.write_text("<h1"), lambda: page.write_text("<h1>"), style.touch]

    def sleep(_: float) -> None:
        if steps:
            steps.pop(0)()

    assert files.wait(sleep) == [style, page]
    assert steps == []
