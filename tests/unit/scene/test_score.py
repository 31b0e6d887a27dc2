"""Scores: shots on bar lines, clocks that the sound drives, and skies that can be turned."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from tests.unit.scene.conftest import a_song

from helios.errors import OptionError
from helios.model.formats import Projection
from helios.scene import colour
from helios.scene.audio_input import FeatureColumns, Placement, fitted, silent_table
from helios.scene.direction import COMFORT_M_PER_S, choose, clock_s, direct, swelling
from helios.scene.form import LONGEST_PHRASE_S, film_bars, stretches
from helios.scene.kernels.cpu import sky as sky_kernels
from helios.scene.kernels.cpu.backdrop import Backdrop
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.frames import Floats, SkyFrame
from helios.scene.kernels.view import look
from helios.scene.library import load_template, read_template, template_names
from helios.scene.scene import Scene, SceneSettings
from helios.scene.score import Clock, Score
from helios.scene.skies import star_nest_at
from helios.scene.template import Sky

FPS = Fraction(30)
BASE: dict[str, Any] = {
    "name": "directed",
    "layers": [{"id": "core", "particleCount": 60}, {"id": "dust", "particleCount": 60}],
}


def score(*shots: dict[str, Any], **values: Any) -> Score:
    return Score.model_validate({"shots": list(shots), **values})


def in_sections(
    bar_s: float, seconds: float, sections: list[tuple[float, str]], first_s: float = 0.3
) -> FeatureColumns:
    """A song with bars from ``first_s`` on, and sections that begin at these seconds."""
    total = round(seconds * FPS)
    ends = (np.arange(total) + 1) / float(FPS) - 1e-9
    starts = np.array([start for start, _ in sections])
    number = np.searchsorted(starts, ends, side="right") - 1
    return replace(
        silent_table(total, FPS),
        energy=np.full(total, 0.5, np.float32),
        bar_position=(ends - first_s) / bar_s,
        section=number.astype(np.int32),
        section_kinds=tuple(kind for _, kind in sections),
    )


@pytest.mark.parametrize(
    ("shot", "named"),
    [
        ({"sections": ["chorus"]}, "breakdown"),
        ({"sections": ["drop"], "camera": {"move": "swoop"}}, "dolly"),
        ({"sections": ["drop"], "layers": {"smoke": 1}}, "core, dust"),
        ({"sections": ["drop"], "enter": "wipe"}, "glide"),
        ({"sections": []}, "sections"),
    ],
)
def test_what_is_not_there_is_an_error_that_says_what_is(shot: dict[str, Any], named: str) -> None:
    with pytest.raises(OptionError) as error:
        read_template({**BASE, "score": {"shots": [shot]}})
    assert named in f"{error.value.message} {error.value.hint}"


@pytest.mark.parametrize("bar_s", [1.37, 2.0, 2.43])
def test_cuts_land_in_the_frame_of_the_bar_line(bar_s: float) -> None:
    """Sections that begin on every fourth bar, as the analyser cuts them: a hundred cuts."""
    first_s, count = 0.3, 100
    sections = [(0.0, "intro")]
    sections += [(first_s + 4 * n * bar_s, ("drop", "steady")[n % 2]) for n in range(1, count + 1)]
    song = in_sections(bar_s, sections[-1][0] + 9, sections, first_s)
    played = score(
        {"sections": ["drop", "intro"], "hue": 0.5, "enter": "cut"},
        {"sections": ["steady"], "hue": 0, "enter": "cut"},
    )
    hue = direct(played, song, ()).hue
    cuts = np.flatnonzero(np.diff(hue)) + 1
    lines = [math.floor(start * FPS + 1e-9) for start, _ in sections[1:]]
    assert np.mean([line in cuts for line in lines]) >= 0.95
    assert len(cuts) == count


def test_long_sections_are_played_in_phrases() -> None:
    song = in_sections(2.0, 100, [(0.0, "intro"), (20.3, "steady")])
    parts = stretches(song, film_bars(song), 8)
    assert parts[0].kind == "intro"
    assert [part.kind for part in parts].count("steady") >= 4
    steady = [part for part in parts if part.kind == "steady"]
    assert {b.start - a.start for a, b in pairwise(steady)} == {16 * 30}
    assert steady[-1].end == song.total_frames
    assert min(part.end - part.start for part in steady) >= 8 * 30 - 1


def test_phrases_may_begin_some_bars_into_a_section() -> None:
    song = in_sections(2.0, 100, [(0.0, "intro"), (20.3, "steady")])
    bars = film_bars(song)
    steady = [part for part in stretches(song, bars, 8, 4) if part.kind == "steady"]
    assert [round((b.start - a.start) / 60) for a, b in pairwise(steady)][:3] == [4, 8, 8]
    assert [part.begins for part in steady][:2] == [True, False]


@pytest.mark.parametrize(("bar_s", "bars"), [(2.0, 12), (2.6, 6)])
def test_phrases_of_a_slow_song_are_halved(bar_s: float, bars: int) -> None:
    """Twelve bars of 2.6 seconds would be one picture for half a minute."""
    song = in_sections(bar_s, 100, [(0.0, "steady")])
    parts = stretches(song, film_bars(song), 12, 8)
    assert {round((b.start - a.start) / FPS / bar_s) for a, b in pairwise(parts[1:])} == {bars}
    assert max(part.end - part.start for part in parts) <= 1.25 * LONGEST_PHRASE_S * FPS


def test_a_film_of_a_soft_song_begins_and_ends_with_light() -> None:
    song = in_sections(2.0, 60, [(0.0, "steady")])
    middle = np.abs(np.arange(song.total_frames) / song.total_frames - 0.5) < 0.15
    song = replace(song, energy=np.where(middle, 0.9, 0.1).astype(np.float32))
    played = Score.model_validate({"shots": [{"sections": ["steady"]}], "swell": 1})
    light = direct(played, song, ()).light
    assert light[300] < 0.8
    assert min(light[0], light[90], light[-1], light[-90]) > 0.95
    assert np.abs(np.diff(light[:300])).max() < 0.01
    # A song that ends before its film does: silence is not lighter than what was heard.
    heard = np.where(np.arange(song.total_frames) < song.total_frames - 60, 0.6, 0)
    fading = direct(played, replace(song, amplitude=heard.astype(np.float32)), ()).light
    assert fading[-1] < 0.5 * fading[0]


def test_no_two_templates_cut_a_section_at_the_same_bars_to_the_same_moves() -> None:
    """A stranger saw seven films as one: dolly, orbit, drift and crane at the same seconds."""
    plans = {}
    for name in template_names():
        played = load_template(name).score
        moves = tuple(
            (shot.camera.move, shot.camera.lift > 20, shot.camera.amount > 0)
            for shot in played.shots
            if {"steady", "drop"} & set(shot.sections)
        )
        plans[name] = (played.phrase_bars, played.phrase_from, moves)
    for one, other in combinations(plans, 2):
        same = [a == b for a, b in zip(plans[one][2], plans[other][2], strict=False)]
        assert plans[one][:2] != plans[other][:2] or sum(same) < len(same) / 2, (one, other)


def test_shots_take_turns_and_unknown_kinds_are_chosen_by_energy() -> None:
    song = in_sections(2.0, 120, [(0.0, "steady"), (96.3, "drop")])
    played = score({"sections": ["steady"], "hue": 0.1}, {"sections": ["steady"], "hue": 0.2})
    shots = choose(played, stretches(song, film_bars(song), 8))
    assert [shot.hue for shot in shots[:4]] == [0.1, 0.2, 0.1, 0.2]
    calm = score({"sections": ["silence"], "hue": 0.3}, {"sections": ["steady"], "hue": 0.4})
    quiet = replace(song, energy=np.zeros(song.total_frames, np.float32))
    loud = [shot.hue for shot in choose(calm, stretches(song, film_bars(song), 8))]
    still = [shot.hue for shot in choose(calm, stretches(quiet, film_bars(quiet), 8))]
    assert loud[-1] == 0.4
    assert still[-1] == 0.3
    nobody = stretches(a_song(60), film_bars(a_song(60)), 4)
    assert len({part.kind for part in nobody}) > 1


def test_songs_of_a_tempo_have_shots_of_their_own() -> None:
    played = score(
        {"sections": ["steady"], "hue": 0.1},
        {"sections": ["steady"], "hue": 0.2, "barS": [2.4, 9]},
        {"sections": ["drop"], "hue": 0.3},
    )

    def hues(bar_s: float, kind: str) -> set[float]:
        song = in_sections(bar_s, 60, [(0.0, kind)])
        return {shot.hue for shot in choose(played, stretches(song, film_bars(song), 4))}

    assert hues(2.6, "steady") == {0.2}
    assert hues(2.0, "steady") == {0.1}
    assert hues(2.6, "drop") == {0.3}
    assert hues(2.6, "breakdown") == {0.2}
    assert hues(2.0, "breakdown") == {0.1}


def test_a_glide_takes_its_bars_and_a_cut_none() -> None:
    song = in_sections(2.0, 60, [(0.0, "steady"), (32.3, "drop")])
    steps = {}
    for enter in ("glide", "cut"):
        shots = (
            {"sections": ["steady"]},
            {"sections": ["drop"], "light": 3, "enter": enter, "fadeBars": 2},
        )
        light = direct(score(*shots), song, ()).light
        assert (light[900], light[-1]) == (1, 3)
        steps[enter] = int((np.diff(light) > 0).sum())
    assert steps["cut"] == 1
    assert steps["glide"] == pytest.approx(4 * 30, abs=2)


def test_the_clock_is_an_integral_of_the_sound() -> None:
    total = 300
    bass = np.zeros(total, np.float32)
    bass[100:200] = 1
    beats = np.zeros(total, np.float32)
    beats[[50, 250]] = 1
    song = replace(silent_table(total, FPS), bass=bass, is_beat=beats)
    clock = Clock.model_validate(
        {"rate": 0.5, "add": [{"source": "bass", "amount": 3}], "beatStep": 0.2}
    )
    time = clock_s(clock, song)
    assert time[0] == 0
    assert np.all(np.diff(time) > 0)
    pace = np.diff(time) * 30
    assert pace[10] == pytest.approx(0.5)
    assert pace[150] == pytest.approx(2.0)
    assert time[80] - time[45] == pytest.approx(35 / 30 * 0.5 + 0.2)


def test_light_and_clock_swell_with_the_song() -> None:
    """Twice where it is loudest and dim where it is softest, also in a song that is never soft."""
    seconds = 40
    for low, high in ((0.2, 0.9), (0.8, 0.95)):
        song = replace(
            in_sections(2.0, seconds, [(0.0, "steady")]),
            amplitude=np.full(seconds * 30, 0.5, np.float32),
            energy=np.repeat(np.array([low, high], np.float32), seconds * 15),
        )
        light = direct(score({"sections": ["steady"]}, swell=1), song, ()).light
        assert (light[400], light[-100]) == pytest.approx((0.73, 2.0), abs=0.01)
        pace = np.diff(clock_s(Clock(), song, swelling(song, 1)))
        assert pace[-100] / pace[100] == pytest.approx(4)
        assert np.all(direct(score({"sections": ["steady"]}), song, ()).light == 1)
    even = replace(song, energy=np.full(seconds * 30, 0.9, np.float32))
    assert swelling(even, 1) == pytest.approx(1)
    assert swelling(silent_table(90, FPS), 1) == pytest.approx(1)


def test_light_goes_where_the_sound_pauses() -> None:
    sound = np.full(300, 0.6, np.float32)
    sound[150:180] = 0
    song = replace(in_sections(2.0, 10, [(0.0, "steady")]), amplitude=sound)
    light = direct(score({"sections": ["steady"]}, swell=1), song, ()).light
    assert light[165] < 0.7 * light[100]
    assert light[200] == light[100] == light[0]
    assert np.abs(np.diff(light)).max() < 0.2
    unheard = direct(score({"sections": ["silence"]}, swell=1), silent_table(300, FPS), ())
    assert np.all(unheard.light == 1)


def test_before_a_drop_the_light_goes_and_comes_with_it() -> None:
    song = in_sections(2.0, 90, [(0.0, "build"), (32.3, "drop")])
    shots = ({"sections": ["build"]}, {"sections": ["drop"], "enter": "cut", "hushBars": 2})
    shown = direct(score(*shots), song, ())
    drop = round(32.3 * 30)
    light = shown.light
    assert 0.5 < light[drop - 1] < 0.65
    assert np.all(light[: drop - 4 * 30 - 1] == 1)
    # It comes in a burst, which goes in seconds; phrases within the drop come without one.
    assert light[drop] == pytest.approx(2.8)
    assert light[drop + 2 * 30] == pytest.approx(1.8, abs=0.05)
    assert np.all(np.diff(light[drop:]) < 0)
    assert light[drop + 15 * 30] < 1.01
    assert shown.bloom[drop] == light[drop]
    # The sky is exposed with everything else: once is enough.
    assert np.all(shown.sky_light == 1)
    # It lands with all its light, though its energy is heard only seconds later.
    late = replace(song, energy=np.where(np.arange(2700) < drop + 60, 0.2, 0.9).astype(np.float32))
    landed = direct(score(*shots, swell=1), replace(late, amplitude=late.energy), ()).light
    assert landed[drop] == pytest.approx(2 * 2.8)
    assert landed[drop + 10] > 1.7 * light[drop + 10]
    unhushed = ({"sections": ["build"]}, {"sections": ["drop"], "enter": "cut"})
    assert np.all(direct(score(*unhushed), song, ()).light == 1)


def test_a_quiet_shot_of_a_soft_song_before_a_drop_is_still_seen() -> None:
    """Each takes light, together they would leave a twentieth of it; a drop keeps its own."""
    song = in_sections(2.0, 90, [(0.0, "quiet"), (32.3, "drop")])
    drop = round(32.3 * 30)
    loud = np.where(np.arange(2700) < drop, 0.2, 0.9).astype(np.float32)
    song = replace(song, energy=loud, amplitude=loud)
    quiet = {"sections": ["quiet"], "light": 0.4}
    burst = {"sections": ["drop"], "light": 1.4, "enter": "cut", "hushBars": 2}
    light = direct(score(quiet, burst, swell=1), song, ()).light
    assert 0.25 < light[drop - 1] < light[drop - 200] < 0.5
    assert light[drop] == pytest.approx(2.8 * 2.8)


def test_bars_go_on_where_a_sound_pauses_or_begins_again() -> None:
    song = in_sections(2.0, 10, [(0.0, "steady")])
    looped = fitted(song, 900, FPS, Placement(loop=True, length_s=Fraction(10)))
    bars = film_bars(looped)
    assert np.all(np.diff(bars) > 0)
    late = fitted(song, 600, FPS, Placement(offset_s=Fraction(5)))
    bars = film_bars(late)
    assert np.all(np.diff(bars) > 0)
    assert np.flatnonzero(np.diff(np.floor(bars[150:450]))) == pytest.approx(
        np.flatnonzero(np.diff(np.floor(film_bars(song)))), abs=0
    )


def test_a_palette_keeps_how_light_colours_are() -> None:
    colours = np.random.default_rng(3).random((40, 3)).astype(np.float32) * 0.8
    mapped = colour.mapped(colours, ((0.1, 0.0, 0.2), (0.9, 0.3, 0.1)))
    luma = [colour.to_linear(c) @ np.array([0.2126, 0.7152, 0.0722]) for c in (colours, mapped)]
    unclipped = mapped.max(axis=1) < 0.999
    assert luma[0][unclipped] == pytest.approx(luma[1][unclipped], abs=0.01)
    assert np.all(mapped[:, 0] >= mapped[:, 1] - 0.01)


def directed(settings: Callable[..., SceneSettings], **values: Any) -> SceneSettings:
    shots = [
        {"sections": ["steady", "drop"], "camera": {"move": "orbit", "amount": 90, "shake": 1}},
        {"sections": ["breakdown"], "camera": {"move": "dolly", "amount": 0.3, "lift": 20}},
    ]
    template = {**BASE, "score": {"shots": shots, "clock": {"rate": 0.5}, "phraseBars": 4}}
    song = a_song(60)
    return settings(template, table=song, total_frames=song.total_frames, **values)


def test_the_camera_looks_at_the_orb_from_wherever_it_is(
    settings: Callable[..., SceneSettings],
) -> None:
    scene = Scene(directed(settings))
    places = []
    for number in range(0, 1800, 200):
        frame = scene.frame(number)
        view, orb = frame.views[0], frame.layers[0].origin
        away = np.subtract(orb, view.position)
        cosine = away @ view.forward / np.linalg.norm(away)
        assert cosine > math.cos(math.radians(3))
        assert view.right[1] == pytest.approx(0, abs=0.05)
        places.append(view.position)
    assert np.ptp(np.array(places), axis=0).max() > 3
    again = Scene(directed(settings)).frame(200).views
    assert again == scene.frame(200).views


@pytest.mark.parametrize("size", [(160, 90), (90, 160)])
@pytest.mark.parametrize("place", [(0.5, 0.0), (-0.4, 0.3), (0.2, -0.6), (0.0, -1.8)])
def test_the_orb_stands_where_the_shot_puts_it(
    settings: Callable[..., SceneSettings], size: tuple[int, int], place: tuple[float, float]
) -> None:
    shot = {"sections": ["steady"], "camera": {"aside": place[0], "above": place[1], "lift": 12}}
    song = in_sections(2.0, 10, [(0.0, "steady")])
    asked = settings(
        {**BASE, "score": {"shots": [shot]}},
        table=song,
        total_frames=song.total_frames,
        width=size[0],
        height=size[1],
    )
    frame = Scene(asked).frame(100)
    view, orb = frame.views[0], frame.layers[0].origin
    away = np.subtract(orb, view.position)
    across, up, ahead = (float(away @ np.array(d)) for d in (view.right, view.up, view.forward))
    seen = (2 * view.focal_px * across / ahead / size[0], 2 * view.focal_px * up / ahead / size[1])
    assert seen == pytest.approx(place, abs=0.1)
    around = Scene(replace(asked, projection=Projection.EQUIRECT)).frame(100)
    plain = {**BASE, "score": {"shots": [{"sections": ["steady"], "camera": {"lift": 12}}]}}
    unmoved = Scene(
        replace(asked, template=read_template(plain), projection=Projection.EQUIRECT)
    ).frame(100)
    assert around.views == unmoved.views


def test_what_surrounds_the_viewer_is_there_only_all_around(
    settings: Callable[..., SceneSettings],
) -> None:
    song = in_sections(2.0, 10, [(0.0, "steady")])
    score = {"shots": [{"sections": ["steady"], "spread": 3, "layers": {"far": 0.5}}]}
    layers = [{"id": "here"}, {"id": "far", "surrounds": True, "spawnRadius": 6, "baseSize": 2}]
    orb = {"anchor": "world", "position": [0, 0, 1], "scale": 2}
    asked = settings(
        {**BASE, "layers": layers, "orb": orb, "score": score},
        table=song,
        total_frames=song.total_frames,
    )
    assert [layer.origin for layer in Scene(asked).frame(100).layers] == [(0, 0, 1)]
    around = Scene(replace(asked, projection=Projection.EQUIRECT)).frame(100)
    here, far = around.layers
    assert (here.origin, far.origin) == ((0, 0, 1), around.views[0].position)
    # It does not swell with the shot or the sound, and its lengths are the world's.
    assert here.spread > 5
    assert far.spread == 1
    assert far.style.diameter == pytest.approx(2 * 0.1295)


def test_who_comes_near_takes_less_light(settings: Callable[..., SceneSettings]) -> None:
    song = in_sections(2.0, 10, [(0.0, "steady")])
    for projection, light in ((Projection.PERSPECTIVE, 0.5), (Projection.EQUIRECT, 1.0)):
        shot = {"sections": ["steady"], "camera": {"distance": 0.5}}
        asked = settings(
            {**BASE, "score": {"shots": [shot]}},
            table=song,
            total_frames=song.total_frames,
            projection=projection,
        )
        assert Scene(asked).frame(100).exposure == pytest.approx(light)


def test_in_360_the_viewer_is_moved_slowly_and_never_turned(
    settings: Callable[..., SceneSettings],
) -> None:
    made = directed(settings, projection=Projection.EQUIRECT, width=160, height=80)
    scene = Scene(made)
    views = [scene.frame(number).views[0] for number in range(made.total_frames)]
    assert len({(view.right, view.up, view.forward) for view in views}) == 1
    way = np.linalg.norm(np.diff([view.position for view in views], axis=0), axis=1)
    most = COMFORT_M_PER_S * made.template.unit_scale / float(made.fps)
    assert 0 < way.max() <= 1.5 * most


@pytest.mark.parametrize(
    "projection", [Projection.PERSPECTIVE, Projection.FULLDOME, Projection.EQUIRECT_180]
)
@pytest.mark.parametrize("flip", [False, True])
def test_a_baked_sky_is_the_sky(projection: Projection, flip: bool) -> None:
    """Star Nest by rays and by way of the picture, blurred as far as the picture is."""
    workers = Workers(1)
    nest = star_nest_at(Sky(), 0.0)
    view = look((0, 0, 0), (3, 1, -2), 256, 256, 60, projection)
    drawn = [
        Backdrop(workers, flip=flip).draw(what, view).copy()
        for what in (SkyFrame(star_nest=nest, samples=3), SkyFrame(star_nest=nest, is_baked=True))
    ]
    small = [light.reshape(3, 32, 8, 32, 8).mean(axis=(2, 4)) for light in drawn]
    if projection is Projection.FULLDOME:
        y, x = np.mgrid[:32, :32] - 15.5
        small = [light[:, np.hypot(x, y) < 15] for light in small]
    assert np.corrcoef(small[0].ravel(), small[1].ravel())[0, 1] > 0.9
    assert small[1].mean() == pytest.approx(small[0].mean(), rel=0.1)


def test_a_baked_sky_turns_around_the_picture() -> None:
    workers = Workers(1)
    nest = star_nest_at(Sky(), 0.0)
    view = look((0, 0, 0), (0, 0, -1), 128, 64, 60, Projection.EQUIRECT)
    sky = Backdrop(workers)
    plain = sky.draw(SkyFrame(star_nest=nest), view).copy()
    for columns in (0, 5, 127):
        what = SkyFrame(
            star_nest=nest,
            is_baked=True,
            turn_rad=2 * math.pi * columns / 128,
            tint=(1.0, 0.5, 0.25),
        )
        turned = sky.draw(what, view)
        wanted = np.roll(plain, -columns, axis=2) * np.array([1, 0.5, 0.25])[:, None, None]
        assert np.abs(turned - wanted).max() < 1e-3


@pytest.mark.parametrize("projection", [Projection.PERSPECTIVE, Projection.EQUIRECT])
def test_scenes_that_are_open_side_by_side_share_what_is_baked(
    projection: Projection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks that are shaped differ in light and colours: Star Nest is not drawn again for them."""
    traced: list[object] = []
    trace = sky_kernels.star_nest

    def counted(*args: object) -> None:
        traced.append(args)
        trace(*args)

    monkeypatch.setattr(sky_kernels, "star_nest", counted)
    workers = Workers(1)
    view = look((0, 0, 0), (0, 0, -1), 128, 64, 60, projection)
    what = SkyFrame(star_nest=star_nest_at(Sky(), 0.0), is_baked=True)

    def drawn(sky: Backdrop, **values: Any) -> tuple[Floats, bool]:
        traced.clear()
        light = sky.draw(replace(what, **values), view).copy()
        return light, bool(traced)

    first, second = Backdrop(workers), Backdrop(workers)
    plain, was_traced = drawn(first)
    assert was_traced
    tinted, was_traced = drawn(second, tint=(0.5, 1.0, 0.25))
    assert not was_traced
    assert np.allclose(tinted, plain * np.array([0.5, 1, 0.25])[:, None, None], rtol=1e-4)
    brighter = replace(what.star_nest, brightness=2 * what.star_nest.brightness)
    for change in ({"contrast": 2.0}, {"star_nest": brighter}):
        other, was_traced = drawn(second, **change)
        assert was_traced
        assert np.abs(other - plain).max() > 0.01
    again, was_traced = drawn(first, turn_rad=0.0)
    assert not was_traced
    assert np.array_equal(again, plain)
    # With the last scene that shows it, a picture goes: they are large.
    del first, second
    assert drawn(Backdrop(workers))[1]
