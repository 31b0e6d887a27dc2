from __future__ import annotations

from pathlib import Path

import pytest

from helios.errors import MetadataError, OptionError
from helios.model.options import RenderOptions
from helios.rendering import spherical
from helios.rendering.orchestrator import RenderOrchestrator
from helios.rendering.spherical import is_spherical, make_spherical
from helios.spatial.inspect import inspect_film

FIXTURES = Path(__file__).parents[2] / "fixtures" / "spatial"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is logged, whatever the levels are set to."""
    lines: list[str] = []
    for level in ("info", "warning"):
        monkeypatch.setattr(
            spherical.logger, level, lambda text, *values: lines.append(text % values)
        )
    return lines


@pytest.fixture
def film(tmp_path: Path) -> Path:
    copy = tmp_path / "film.mp4"
    copy.write_bytes((FIXTURES / "plain_tb_256x256.mp4").read_bytes())
    return copy


def options(name: str | None, **more: object) -> RenderOptions:
    return RenderOptions.read({"type": name, **more})


def test_only_types_that_go_around_are_spherical() -> None:
    names = ["360-mono-4k", "vr180-8k", "fulldome-2k", "flat-4k-landscape", None]
    assert [is_spherical(options(name)) for name in names] == [True, True, False, False, False]


def test_the_film_says_what_it_is(film: Path, said: list[str]) -> None:
    make_spherical(film, options("360-stereo-8k", initial_view="45"))
    report = inspect_film(film)
    assert report.v1 is not None
    assert report.v2 is not None
    assert report.v2.stereo.value == "top-bottom"
    assert report.v2.view.yaw_deg == 45
    assert said[0].endswith("film_360_TB.mp4")


def test_flat_films_are_left_alone(film: Path) -> None:
    before = film.read_bytes()
    make_spherical(film, options("fulldome-2k"))
    make_spherical(film, options(None))
    assert film.read_bytes() == before


def test_a_film_that_fails_validation_is_kept(film: Path) -> None:
    with pytest.raises(MetadataError, match=r"needs 2:1") as error:
        make_spherical(film, options("360-mono-4k"))
    assert "The film is kept" in error.value.hint
    assert inspect_film(film).v2 is not None


def test_a_film_that_cannot_be_injected_is_kept(film: Path) -> None:
    film.write_bytes(film.read_bytes()[:5000])
    with pytest.raises(MetadataError, match="players will not show it as a 360° film"):
        make_spherical(film, options("360-stereo-4k"))
    assert film.stat().st_size == 5000


def test_other_containers_are_warned_about_before_anything_is_drawn() -> None:
    plan = RenderOrchestrator.plan(
        "etherealFlame", "film.mkv", type="360-mono-4k", video_codec="ffv1", duration=1
    )
    assert any(".mkv" in text for text in plan.warnings)
    assert spherical.is_spherical(options("360-mono-4k"))


def test_a_film_that_is_no_mp4_is_kept(tmp_path: Path) -> None:
    film = tmp_path / "film.webm"
    film.write_bytes(b"\x1a\x45\xdf\xa3" + bytes(100))
    with pytest.raises(MetadataError, match="Matroska or WebM") as error:
        make_spherical(film, options("360-mono-4k"))
    assert "The film is kept" in error.value.hint
    assert film.exists()


@pytest.mark.parametrize("text", ["181", "0,91", "1,2,3,4", "north", "1e400", ""])
def test_impossible_views_are_refused(text: str) -> None:
    with pytest.raises(OptionError, match="initial-view"):
        options("360-mono-4k", initial_view=text)


def test_views_are_read_as_degrees() -> None:
    assert options(None, initial_view=" 10, -5.50").initial_view == "10,-5.5"
