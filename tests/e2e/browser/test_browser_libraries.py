"""Pages of animation libraries, as npm gives them, with every method: right frames, equal bytes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.libraries import FOLDER, install

from helios.model.facts import CaptureMethod

pytestmark = pytest.mark.browser
PAINTED = ("anime", "d3", "framer-motion", "gsap", "lottie")
CANVAS = ("p5", "pixi", "three")
METHODS = (CaptureMethod.PAINT, CaptureMethod.BEGINFRAME, CaptureMethod.SCREENSHOT)
CASES = [
    *((name, method) for name in (*PAINTED, *CANVAS) for method in METHODS),
    *((name, CaptureMethod.DIRECT) for name in CANVAS),
]


@pytest.fixture(scope="session", autouse=True)
def libraries() -> None:
    install()


@pytest.mark.parametrize(("name", "method"), sorted(CASES, key=lambda case: case[1]))
def test_a_library_follows_the_film(
    source: Any, helpers: Any, name: str, method: CaptureMethod
) -> None:
    helpers.check_film(source, f"library-{name}.html", method)


def test_every_library_has_its_page() -> None:
    pages = {path.stem.removeprefix("library-") for path in FOLDER.glob("library-*.html")}
    assert pages == {*PAINTED, *CANVAS}
