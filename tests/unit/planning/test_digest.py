"""Whatever can change a pixel changes the digest; nothing else does."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from helios.model.audio import AudioTrack
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import BrowserFacts, CaptureMethod, CompositionFacts, FontSpecimen
from helios.model.options import RenderOptions
from helios.model.resolved import DrawSettings
from helios.planning.digest import chunk_digest
from helios.planning.planner import RenderPlan, plan_render

SHA = {name: f"{number:064x}" for number, name in enumerate(["a", "b", "song", "other", "cues"])}
INPUTS = (
    ("/home/me/film/a.png", SHA["a"]),
    ("/home/me/film/b.png", SHA["b"]),
    ("/songs/song.wav", SHA["song"]),
    ("/songs/other.wav", SHA["other"]),
    ("/cues/cues.srt", SHA["cues"]),
)
ANOTHER: dict[str, Any] = {
    "width": 640,
    "height": 640,
    "fps": 25,
    "duration": 4,
    "start_frame": 3,
    "frame_count": 20,
    "props": {"a": {"b": 1}},
    "transparent": True,
    "loop_seamless": "1/2",
    "overlay": ['title,props={"title": "Hello"}'],
    "subtitles": "/cues/cues.srt",
    "subtitles_style": "/cues/style.css",
    "seed": 6,
    "type": "flat-1080p-portrait",
    "react_to": "/songs/other.wav",
    "stem": ["drums=/songs/other.wav"],
    "backend": "cpu",
    "adapter": "a card",
    "scale": "1/2",
    "pixel_ratio": 2,
    "panorama": "cubemap",
    "stereo": "offset",
    "face_size": 512,
    "ipd": 0.07,
    "unit_scale": 2,
    "initial_view": "90",
    "supersample": 2,
    "mode": "dom",
    "selector": "#a",
    "capture": CaptureMethod.SCREENSHOT,
    "headless": False,
    "sandbox": False,
    "allow_host": "10.0.0.1",
    "public_hosts": False,
    "browser_gpu": "on",
    "page_audio": False,
    "stability_timeout": 5,
    "video_codec": "hevc",
    "hwaccel": "require",
    "preset": "medium",
    "encoding_preset": "h265-quality",
    "quality": 30,
    "pixel_format": "yuv444p",
    "video_bitrate": "3M",
    "tags": {"title": "Hello"},
    "audio": ["/songs/other.wav"],
    "loudness": -14,
    "audio_codec": "pcm_s16le",
    "audio_bitrate": "96k",
    "concurrency": 3,
    "workers": 5,
    "chunk_frames": 7,
    "threads": 2,
    "root": "/home",
    "frames": "png",
    "mix_input_audio": True,
}
SOUND = {"loudness", "audio_codec", "audio_bitrate", "page_audio"}
SAID = {"tags"}
TRIED = {"hwaccel"}
"""What becomes of it before a film is planned is the name of its encoder."""
WORK = {"start_frame", "frame_count", "concurrency", "workers", "chunk_frames"}
KINDS = {
    CompositionKind.PAGE: "/home/me/film/index.html",
    CompositionKind.SCENE: "etherealFlame",
    CompositionKind.PYTHON: "film:draw",
}


def planned(
    kind: CompositionKind = CompositionKind.SCENE,
    *,
    inputs: tuple[tuple[str, str], ...] = INPUTS,
    heard: str | None = None,
    home: str = "/home/me/film",
    browser: dict[str, Any] | None = None,
    fonts: tuple[FontSpecimen, ...] = (),
    **values: Any,
) -> RenderPlan:
    is_page = kind is CompositionKind.PAGE
    root = None if kind is CompositionKind.SCENE else Path(home)
    location = KINDS[kind].replace("/home/me/film", home)
    composition = Composition(kind=kind, location=location, root=root)
    known = CompositionFacts(
        composition=composition,
        declared_duration_s=Fraction(3),
        declared_fps=Fraction(30),
        capture=CaptureMethod.DIRECT if is_page else None,
        browser=BrowserFacts(**{"executable": "/c", "version": "1", **(browser or {})})
        if is_page
        else None,
        fonts=fonts,
        inputs=inputs,
        hears=heard is not None,
        heard=heard or "",
    )
    asked = {"width": 320, "height": 180, "audio": "/songs/song.wav", **values}
    output = Path("out/frames" if "frames" in values else "out/film.mov")
    return plan_render(composition, output, RenderOptions.read(asked), known)


def drawn(plan: RenderPlan) -> DrawSettings:
    """All that a chunk's process is told, but its place and its encoder."""
    return plan.resolved.draw


def test_every_option_is_tried() -> None:
    assert set(ANOTHER) == set(RenderOptions.model_fields)


@pytest.mark.parametrize("name", sorted(set(ANOTHER) - {"transparent", "mix_input_audio"}))
@pytest.mark.parametrize("kind", KINDS)
def test_the_digest_changes_with_every_option_that_a_chunk_is_told(
    kind: CompositionKind, name: str
) -> None:
    before, after = planned(kind), planned(kind, **{name: ANOTHER[name]})
    is_told = drawn(before) != drawn(after) or before.encode != after.encode
    assert (before.digest != after.digest) == is_told
    if name in SOUND | SAID | WORK | TRIED:
        assert before.digest == after.digest
    elif name == "pixel_ratio":
        assert (before.digest != after.digest) == (kind is CompositionKind.PAGE)
    elif name not in {"audio", "scale"}:
        assert before.digest != after.digest


def test_transparency_counts() -> None:
    codec = {"video_codec": "prores", "preset": "4444"}
    page = CompositionKind.PAGE
    before, after = planned(page, **codec), planned(page, **codec, transparent=True)
    assert before.digest != after.digest


def test_a_draft_counts() -> None:
    scene = {"type": "flat-1080p-landscape", "width": None, "height": None}
    assert planned(**scene).digest != planned(**scene, scale="1/4").digest


@pytest.mark.parametrize("option", ["audio", "react_to"])
@pytest.mark.parametrize("more", ["seek=3", "offset=1", "offset=-1/3", "rate=1.5", "loop"])
def test_where_the_followed_sound_lies_in_time_counts(option: str, more: str) -> None:
    plain, moved = "/songs/song.wav", f"/songs/song.wav,{more}"
    before, after = planned(**{option: plain}), planned(**{option: moved})
    assert before.digest != after.digest
    assert before.chunks[0].settings_digest != after.chunks[0].settings_digest


@pytest.mark.parametrize("option", ["audio", "react_to"])
@pytest.mark.parametrize("more", ["volume=0.5", "fade_in=1", "fade_out=2", "duck=6"])
def test_how_the_followed_sound_is_mixed_does_not(option: str, more: str) -> None:
    plain, quiet = "/songs/song.wav", f"/songs/song.wav,{more}"
    before, after = planned(**{option: plain}), planned(**{option: quiet})
    assert (before.digest, drawn(before)) == (after.digest, drawn(after))


@pytest.mark.parametrize("option", ["audio", "react_to"])
def test_a_scene_hears_the_followed_sound(option: str) -> None:
    heard = drawn(planned(**{option: "/songs/other.wav,seek=3,volume=0.5"})).follows
    assert heard is not None
    assert (heard.file, heard.seek, heard.volume) == ("/songs/other.wav", 3, 1)


@pytest.mark.parametrize("kind", [CompositionKind.PAGE, CompositionKind.PYTHON])
def test_what_is_heard_counts_for_who_hears(kind: CompositionKind) -> None:
    deaf = planned(kind)
    assert drawn(deaf).follows is None
    assert planned(kind, audio="/songs/other.wav").digest == deaf.digest
    one, other = planned(kind, heard="a"), planned(kind, heard="b")
    followed = drawn(one).follows
    assert followed is not None
    assert followed.file == "/songs/song.wav"
    assert len({deaf.digest, one.digest, other.digest}) == 3
    chosen = drawn(planned(kind, heard="a", react_to="/songs/other.wav")).follows
    assert chosen is not None
    assert chosen.file == "/songs/other.wav"


def test_every_part_of_a_track_is_tried() -> None:
    tried = {"file", "seek", "offset", "rate", "loop", "volume", "fade_in", "fade_out", "duck"}
    assert set(AudioTrack.model_fields) == tried


def test_which_sound_is_followed_counts() -> None:
    assert planned().digest != planned(audio=["/songs/other.wav", "/songs/song.wav"]).digest
    assert planned().digest == planned(audio=["/songs/song.wav", "/songs/other.wav"]).digest


def test_a_page_does_not_follow_its_sound() -> None:
    page = CompositionKind.PAGE
    assert planned(page).digest == planned(page, audio="/songs/other.wav,seek=3").digest


@pytest.mark.parametrize("place", range(len(INPUTS)))
def test_every_files_content_counts(place: int) -> None:
    edited = list(INPUTS)
    edited[place] = (edited[place][0], "f" * 64)
    cues = {"subtitles": "/cues/cues.srt"}
    assert planned(**cues).digest != planned(**cues, inputs=tuple(edited)).digest


@pytest.mark.parametrize("kind", KINDS)
def test_two_files_that_swap_their_content_count(kind: CompositionKind) -> None:
    swapped = ((INPUTS[0][0], INPUTS[1][1]), (INPUTS[1][0], INPUTS[0][1]), *INPUTS[2:])
    assert planned(kind).digest != planned(kind, inputs=swapped).digest


@pytest.mark.parametrize("kind", KINDS)
def test_where_the_files_lie_does_not(kind: CompositionKind) -> None:
    moved = tuple(("/disk" + name, sha) for name, sha in INPUTS)
    there = {"home": "/disk/home/me/film", "audio": "/disk/songs/song.wav"}
    assert planned(kind).digest == planned(kind, inputs=moved, **there).digest


@pytest.mark.parametrize(
    "browser", [{"version": "2"}, {"flags": ("--a",)}, {"renderer": "NVIDIA", "gpu": True}]
)
def test_the_browser_counts(browser: dict[str, Any]) -> None:
    page = CompositionKind.PAGE
    assert planned(page).digest != planned(page, browser=browser).digest


@pytest.mark.parametrize(
    "change", [{"digest": "2"}, {"families": "Arial"}, {"style": "700"}, {"letters": "b"}]
)
def test_what_letters_look_like_counts(change: dict[str, str]) -> None:
    known = {"families": "serif", "style": "", "letters": "a", "digest": "1"}
    found = [
        planned(CompositionKind.PAGE, fonts=(FontSpecimen(**font, drawn_with=("A",)),)).digest
        for font in (known, known | change)
    ]
    assert found[0] != found[1]


def test_of_graphics_cards_only_those_that_draw_count() -> None:
    page, one, other = CompositionKind.PAGE, {"renderer": "card A"}, {"renderer": "card B"}
    assert planned(page, browser=one).digest == planned(page, browser=other).digest
    one, other = one | {"gpu": True}, other | {"gpu": True}
    assert planned(page, browser=one).digest != planned(page, browser=other).digest


def test_the_version_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = planned().digest
    monkeypatch.setattr("helios.planning.digest.__version__", "another")
    assert planned().digest != before


def test_where_a_chunk_begins_and_how_long_it_is_count() -> None:
    chunks = [(0, 10), (10, 10), (0, 11)]
    assert len({chunk_digest("picture", *chunk) for chunk in chunks}) == 3
