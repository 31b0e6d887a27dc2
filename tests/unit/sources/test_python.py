"""Python compositions: how they are found, what they may return, what is said when they fail."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helios.errors import CompositionNotFound, LoadError, ScriptError
from helios.model.picture import Alpha, PixelFormat
from helios.sources.python import FrameContext, PythonComposition, PythonSource

GOOD = """
import numpy as np

fps_of_old = 1

def draw(frame, context):
    return np.full((context.height, context.width, 3), frame, np.uint8)

draw.fps = 29.97
draw.duration = "2.5"
draw.width, draw.height = 64, 32

class Scene:
    fps = 24
    closed = False

    def draw(self, frame):
        return np.full((32, 64, 4), frame, np.uint8)

    def close(self):
        Scene.closed = True
"""


@pytest.fixture(autouse=True)
def _clean_imports() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good_film.py").write_text(GOOD)
    return tmp_path


def source(target: Any, **more: Any) -> PythonSource:
    return PythonSource(target, width=64, height=32, **more)


@pytest.mark.parametrize("location", ["good_film:draw", "good_film.py:draw", "./good_film.py:draw"])
def test_a_function_is_found_by_module_and_by_file(folder: Path, location: str) -> None:
    pictures = list(source(location, folder=folder).frames(5, 3))
    assert [p.frame for p in pictures] == [5, 6, 7]
    assert [int(p.planes[0][0, 0, 0]) for p in pictures] == [5, 6, 7]
    assert {(p.width, p.height, p.format) for p in pictures} == {(64, 32, PixelFormat.RGB24)}


def test_what_it_declares_is_read_exactly(folder: Path) -> None:
    found = PythonComposition("good_film:draw", folder)
    assert (found.fps, found.duration_s) == (Fraction(30_000, 1001), Fraction(5, 2))
    assert (found.width, found.height) == (64, 32)
    assert PythonComposition("good_film:Scene", folder).fps == 24
    assert PythonComposition("good_film:Scene", folder).duration_s is None


def test_a_class_is_made_and_closed(folder: Path) -> None:
    drawn = source("good_film:Scene", folder=folder)
    (picture,) = drawn.frames(9, 1)
    assert (picture.format, picture.alpha) == (PixelFormat.RGBA, Alpha.STRAIGHT)
    drawn.close()
    assert sys.modules["good_film"].Scene.closed


def test_a_lambda_may_leave_the_context_out() -> None:
    (picture,) = source(lambda frame: np.full((32, 64, 3), frame, np.uint8)).frames(3, 1)
    assert picture.planes[0].max() == 3
    assert source(lambda frame: None).inputs() == ((__file__, digest(Path(__file__))),)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_code_without_a_file_has_no_inputs() -> None:
    names: dict[str, Any] = {"__name__": "__nowhere__"}
    exec("def draw(frame): pass", names)
    assert source(names["draw"]).inputs() == ()


def test_inputs_are_the_file_and_the_modules_beside_it(folder: Path) -> None:
    (folder / "palette_of_film.py").write_text("RED = 200")
    (folder / "film.py").write_text(
        "import json, numpy\nimport palette_of_film\ndef draw(frame): return palette_of_film.RED"
    )
    found = dict(source("film.py:draw", folder=folder).inputs())
    assert found == {
        str(folder / name): digest(folder / name) for name in ("film.py", "palette_of_film.py")
    }


def test_the_context_tells_time_and_gives_repeatable_chance() -> None:
    seen: list[FrameContext] = []

    def draw(frame: int, context: FrameContext) -> np.ndarray:
        seen.append(context)
        return context.random().integers(0, 256, (32, 64, 3), dtype=np.uint8)

    def pixels(start: int, seed: int = 7) -> np.ndarray:
        options = {"fps": Fraction(25), "frame_total": 50, "props": {"a": 1}, "seed": seed}
        return next(source(draw, **options).frames(start, 1)).planes[0]

    np.testing.assert_array_equal(pixels(5), pixels(5))
    assert not np.array_equal(pixels(5), pixels(6))
    assert not np.array_equal(pixels(5), pixels(5, seed=8))
    assert (seen[0].time_s, seen[0].frame_total, seen[0].props) == (0.2, 50, {"a": 1})


@pytest.mark.parametrize(
    ("location", "error", "says"),
    [
        ("no_such_module_here:draw", CompositionNotFound, "no Python module no_such_module_here"),
        ("nothing.py:draw", CompositionNotFound, "there is no file .*nothing.py"),
        ("good_film:paint", CompositionNotFound, "good_film has no paint"),
        ("good_film", CompositionNotFound, "names no Python object"),
        ("good_film:fps_of_old", LoadError, "cannot draw: it is a int"),
    ],
)
def test_what_is_not_there_is_named(
    folder: Path, location: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        PythonComposition(location, folder)


def test_the_names_that_exist_are_offered(folder: Path) -> None:
    with pytest.raises(CompositionNotFound) as caught:
        PythonComposition("good_film:paint", folder)
    assert caught.value.hint == "It has: draw, Scene."


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import not_installed_anywhere", "ModuleNotFoundError: No module named 'not_inst"),
        ("x = 1 / 0", r"ZeroDivisionError: division by zero \(bad_film.py:1\)"),
        ("x = 1\ndef draw(:", r"SyntaxError: .* \(bad_film.py:2\)"),
        ("x = 1\ndef draw(): ...", r"cannot take a frame: its parameters are \(\) \(bad_film.py:2"),
        ("def draw(frame, a, b): ...", r"its parameters are \(frame, a, b\) \(bad_film.py:1\)"),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
)
@pytest.mark.parametrize("location", ["bad_film:draw", "bad_film.py:draw"])
def test_an_import_error_says_where(tmp_path: Path, code: str, says: str, location: str) -> None:
    (tmp_path / "bad_film.py").write_text(code)
    with pytest.raises(LoadError, match=says):
        PythonComposition(location, tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("fps", 0, "wrong fps"),
        ("duration", "long", "wrong duration"),
        ("width", 63, "even number"),
        ("height", 31.5, "even number"),
    ],
)
def test_a_wrong_declaration_is_refused(name: str, value: object, says: str) -> None:
    def draw(frame: int) -> None: ...

    setattr(draw, name, value)
    with pytest.raises(LoadError, match=says):
        PythonComposition(draw)


def test_an_error_while_drawing_names_frame_and_line() -> None:
    def draw(frame: int) -> np.ndarray:
        if frame == 2:
            raise ValueError("no colours left")
        return np.zeros((32, 64, 3), np.uint8)

    with pytest.raises(ScriptError, match=r"frame 2: .*ValueError: no colours left .test_python"):
        list(source(draw).frames(0, 4))


@pytest.mark.parametrize(
    ("value", "says", "advice"),
    [
        (np.zeros((64, 32, 3), np.uint8), r"uint8 array of shape \(64, 32, 3\)", "Rows come first"),
        (np.zeros((32, 64), np.uint8), r"shape \(32, 64\)", "context.width"),
        (np.zeros((32, 64, 3)), "a float64 array", "Scale to 0..255"),
        (np.zeros((32, 64, 2), np.uint8), r"shape \(32, 64, 2\)", "context.width"),
        (None, "returned None", "Return a numpy array"),
        ([[0]], "returned a list", "Return a numpy array"),
    ],
)
def test_what_is_no_picture_is_described(value: object, says: str, advice: str) -> None:
    with pytest.raises(ScriptError, match=says) as caught:
        list(source(lambda frame: value).frames(0, 1))
    assert "(32, 64, 3) or (32, 64, 4)" in caught.value.message
    assert advice in caught.value.hint


DRAWS: list[tuple[Callable[..., Any], bool]] = [
    (lambda frame: 0, False),
    (lambda frame, context: 0, True),
    (lambda frame, context=None: 0, True),
    (lambda frame, scale=2: 0, False),
    (lambda *arguments: 0, True),
    (lambda frame, *, speed=1: 0, False),
]


@pytest.mark.parametrize(("draw", "wanted"), DRAWS)
def test_the_context_is_passed_where_it_is_wanted(draw: Callable[..., Any], wanted: bool) -> None:
    assert PythonComposition(draw).wants_context is wanted


def test_the_same_read_only_array_again_repeats_the_picture() -> None:
    kept = np.zeros((4, 6, 3), np.uint8)
    kept.flags.writeable = False
    lent = np.zeros((4, 6, 3), np.uint8)
    view = lent.view()
    view.flags.writeable = False  # nobody writes through it, but what it shows may change
    drawn = [kept, kept, lent, lent, view, view, kept]
    source = PythonSource(lambda frame: drawn[frame], width=6, height=4)
    repeats = [picture.is_repeat for picture in source.frames(0, 7)]
    assert repeats == [False, True, False, False, False, False, False]
