"""What the page's script and Python say to each other of frames that cannot be taken."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from helios.browser.events import thrown_text
from helios.browser.inspect import DRAWS_FACES, IS_FLAT, IS_FLAT_IN_A_DOME, _around_warning
from helios.browser.page import _FAILURES
from helios.browser.preload import read_script
from helios.errors import CaptureRefused
from helios.model.options import RenderOptions
from helios.planning.panorama import around_of


def test_every_class_of_failure_is_known_by_its_name() -> None:
    assert set(re.findall(r"class (\w+) extends Error", read_script("failures"))) == set(_FAILURES)


def test_an_error_shows_the_places_of_the_page_and_none_of_ours() -> None:
    """Our scripts have no address; what the page evaluates has none either, and its own place."""
    stack = (
        "SyntaxError: '##' is not valid\nat all\n    at draw (http://127.0.0.1:1/page.html:5:3)"
        "\n    at eval (eval at go (http://127.0.0.1:1/page.html:9:1), <anonymous>:1:1)"
        "\n    at <anonymous>:872:69\n    at Array.flatMap (<anonymous>)"
        "\n    at helios.select (<anonymous>:872:52)"
    )
    told = thrown_text({"exception": {"description": stack}})
    assert told == "\n".join(stack.splitlines()[:4])
    assert thrown_text({"exception": {"value": "a word"}}) == "a word"


def around(declared: dict[str, Any], *, faces: bool = False, **options: Any) -> tuple[str, ...]:
    """What is said of a page of these facts in a film of these options."""
    asked = RenderOptions.read({"type": "360-mono-4k", **options})
    page: Any = SimpleNamespace(
        evaluate=lambda _: faces,
        settings=SimpleNamespace(around=around_of(asked)),
        server=SimpleNamespace(is_shader=False),
    )
    return _around_warning(page, asked, declared)


def test_a_flat_page_in_a_film_all_around_is_told_of() -> None:
    flat = {"width": 1920, "height": 1080}
    assert around({}) == around(flat) == (IS_FLAT,)
    assert around({"width": 2048, "height": 1024}) == ()
    assert around({"width": 2048, "height": 2048}, type="360-stereo-4k") == ()
    assert around(flat, type="flat-1080p-landscape") == ()
    assert around(flat, type="fulldome-2k") == (IS_FLAT_IN_A_DOME,)
    assert around({"width": 1024, "height": 1024}, type="fulldome-2k") == ()
    assert around(flat, faces=True, type="fulldome-2k", panorama="cubemap") == ()
    assert around(flat, faces=True) == (DRAWS_FACES,)
    assert around(flat, faces=True, panorama="cubemap") == ()


def test_a_page_without_faces_is_not_asked_for_them() -> None:
    with pytest.raises(CaptureRefused, match=r"--panorama cubemap: .*renderFace nor") as refused:
        around({}, panorama="cubemap")
    assert "leave --panorama out" in refused.value.hint
