from __future__ import annotations

import errno
from pathlib import Path

import pytest
from tests.films import encode_parts, settings, shown

from helios.errors import MetadataError, OptionError
from helios.merge.join import join_parts
from helios.model.formats import StereoLayout
from helios.model.options import RenderOptions
from helios.rendering import spherical
from helios.rendering.merge import merge_files
from helios.rendering.orchestrator import RenderOrchestrator
from helios.rendering.spherical import check_spherical, spherical_finish, spherical_type
from helios.spatial.inject import inject_spatial_metadata
from helios.spatial.inspect import inspect_film
from helios.spatial.metadata import InitialView
from helios.spatial.rewrite import Layout

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


def make_spherical(written: Path, chosen: RenderOptions) -> Path:
    """The film made of ``written``, as the last step of a render makes it."""
    place = written.with_name("made.mp4")
    finish = spherical_finish(place, chosen)
    if finish is None:
        written.replace(place)
    else:
        finish(written, place)
    check_spherical(place, chosen)
    return place


def test_only_types_that_go_around_are_spherical() -> None:
    names = ["360-mono-4k", "vr180-8k", "fulldome-2k", "flat-4k-landscape", None]
    around = [name for name in names if spherical_type(options(name)) is not None]
    assert around == ["360-mono-4k", "vr180-8k"]


def test_the_film_says_what_it_is(film: Path) -> None:
    made = make_spherical(film, options("360-stereo-8k", initial_view="45"))
    report = inspect_film(made)
    assert report.v1 is not None
    assert report.v2 is not None
    assert report.v2.stereo.value == "top-bottom"
    assert report.v2.view.yaw_deg == 45
    assert report.is_moov_first


def test_flat_films_are_left_alone(film: Path) -> None:
    assert spherical_finish(film, options("fulldome-2k")) is None
    assert spherical_finish(film, options(None)) is None
    assert spherical_finish(film.with_suffix(".mkv"), options("360-mono-4k")) is None
    check_spherical(film, options("fulldome-2k"))


def test_a_film_that_fails_validation_is_kept(film: Path) -> None:
    with pytest.raises(MetadataError, match=r"needs 2:1") as error:
        make_spherical(film, options("360-mono-4k"))
    assert "The film is kept" in error.value.hint
    assert inspect_film(film.with_name("made.mp4")).v2 is not None


@pytest.mark.parametrize("content", ["cut", "other"])
def test_a_film_that_cannot_be_injected_is_kept(film: Path, content: str) -> None:
    data = film.read_bytes()[:5000] if content == "cut" else b"\x1a\x45\xdf\xa3" + bytes(100)
    film.write_bytes(data)
    with pytest.raises(MetadataError, match="players will not show it as a 360° film") as error:
        make_spherical(film, options("360-stereo-4k"))
    assert "The film is kept" in error.value.hint
    assert film.with_name("made.mp4").read_bytes() == data


def test_a_full_disk_keeps_the_film(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    data = film.read_bytes()
    monkeypatch.setattr(Layout, "write", full)
    with pytest.raises(MetadataError, match="disk") as error:
        make_spherical(film, options("360-stereo-4k"))
    assert "helios vr inject made.mp4 --stereo top-bottom" in error.value.hint
    assert film.with_name("made.mp4").read_bytes() == data


def test_joining_and_injecting_write_the_film_once(tmp_path: Path) -> None:
    parts = encode_parts(tmp_path, settings(), [7, 9])
    plain = join_parts(parts, tmp_path / "plain.mp4").path
    seen: list[tuple[bool, bytes]] = []

    def watched(written: Path, place: Path) -> None:
        finish = spherical_finish(place, options("360-stereo-4k"))
        assert finish is not None
        seen.append((inspect_film(written).is_moov_first, media(written)))
        finish(written, place)

    made = join_parts(parts, tmp_path / "made.mp4", finish=watched).path
    assert seen == [(False, media(plain))]
    assert media(made) == media(plain)
    assert inspect_film(made).is_moov_first
    assert shown(made) == shown(plain) == list(range(16))
    inject_spatial_metadata(plain, stereo=StereoLayout.TOP_BOTTOM, force=True)
    assert made.stat().st_size - plain.stat().st_size in (0, 8)
    assert not list(tmp_path.glob(".helios*"))


def media(film: Path) -> bytes:
    """The content of the one box with the pictures."""
    data, position = film.read_bytes(), 0
    while data[position + 4 : position + 8] != b"mdat":
        position += int.from_bytes(data[position : position + 4], "big")
    return data[position + 8 : position + int.from_bytes(data[position : position + 4], "big")]


def test_other_containers_are_warned_about_before_anything_is_drawn() -> None:
    plan = RenderOrchestrator.plan(
        "etherealFlame", "film.mkv", type="360-mono-4k", video_codec="ffv1", duration=1
    )
    assert any(".mkv" in text for text in plan.warnings)


@pytest.mark.parametrize("text", ["181", "0,91", "1,2,3,4", "north", "1e400", ""])
def test_impossible_views_are_refused(text: str) -> None:
    with pytest.raises(OptionError, match="initial-view"):
        options("360-mono-4k", initial_view=text)


def test_views_are_read_as_degrees() -> None:
    assert options(None, initial_view=" 10, -5.50").initial_view == "10,-5.5"


def tagged_parts(tmp_path: Path, *views: float | None) -> list[Path]:
    parts = encode_parts(tmp_path, settings(), [3] * len(views))
    paths = [tmp_path / f"{index}.mp4" for index in range(len(views))]
    for part, path, view in zip(parts, paths, views, strict=True):
        join_parts([part], path)
        if view is not None:
            inject_spatial_metadata(
                path,
                stereo=StereoLayout.TOP_BOTTOM,
                view=InitialView(yaw_deg=view),
                force=True,
            )
    return paths


def test_joined_parts_stay_what_they_all_say_they_are(tmp_path: Path) -> None:
    parts = tagged_parts(tmp_path, 30, 30, 30)
    merge_files(tmp_path / "film.mp4", parts, RenderOptions())
    found = inspect_film(tmp_path / "film.mp4")
    assert found.v1 is not None
    assert found.v2 is not None
    assert found.v2.stereo is StereoLayout.TOP_BOTTOM
    assert found.v2.view.yaw_deg == 30
    assert shown(tmp_path / "film.mp4") == list(range(9))


@pytest.mark.parametrize(
    ("views", "name", "text"),
    [
        ((30, None), "film.mp4", "do not agree"),
        ((None, 30), "film.mp4", "do not agree"),
        ((30, 90), "film.mp4", "do not agree"),
        ((30, 30), "film.mkv", "cannot carry"),
    ],
)
def test_metadata_that_cannot_be_kept_is_said(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    views: tuple[float | None, ...],
    name: str,
    text: str,
) -> None:
    parts = tagged_parts(tmp_path, *views)
    with caplog.at_level("WARNING", logger="helios.spatial"):
        merge_files(tmp_path / name, parts, RenderOptions())
    assert any(text in record.getMessage() for record in caplog.records)
    assert len(shown(tmp_path / name)) == 3 * len(views)


def test_plain_parts_are_joined_without_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    merge_files(tmp_path / "film.mp4", tagged_parts(tmp_path, None, None), RenderOptions())
    assert inspect_film(tmp_path / "film.mp4").spherical is None
    assert not caplog.records
