"""The measures of a living film tell dead films from living ones."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from tests.unit.scene.conftest import a_song

from helios.model.formats import Projection
from helios.scene import colour
from helios.scene.capture import FrameCapture
from helios.scene.library import load_template, template_names
from helios.scene.living import (
    Heard,
    Measure,
    around_measures,
    film_measures,
    silhouettes_measure,
)
from helios.scene.scene import Scene, SceneSettings
from helios.scene.skies import between_mirrors
from helios.scene.template import Template

TOTAL, HEIGHT, WIDTH = 240, 18, 32


def heard(silent_from: int = TOTAL) -> Heard:
    loudness = -20 + 8 * np.sin(np.arange(TOTAL) / 9)
    silent = np.arange(TOTAL) >= silent_from
    return Heard(loudness=np.where(silent, -70.0, loudness), silent=silent, drops=(120,))


def blob(x: float, light: float, colour: tuple[float, float, float]) -> np.ndarray:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    form = np.exp(-(((columns - x) / 5) ** 2) - ((rows - 9) / 4) ** 2) * light
    return form[..., None] * np.array(colour)


def judged(film: np.ndarray, sound: Heard, passage: np.ndarray | None = None) -> dict[str, Measure]:
    passages = (film[:60] if passage is None else passage,)
    return {m.name: m for m in film_measures(film, sound, passages, film[[0] * 16])}


def test_a_film_that_stands_still_fails() -> None:
    film = np.stack([blob(16, 0.5, (1, 0.5, 0.2))] * TOTAL)
    found = judged(film, heard())
    failed = {name for name, measure in found.items() if not measure.passes}
    assert {"acts", "drop", "hues", "no event", "repeats"} <= failed
    assert found["frame 0"].value == 0


def test_a_film_that_moves_and_changes_passes() -> None:
    sound = heard()
    colours = [(1, 0.4, 0.1), (0.1, 0.5, 1), (0.9, 0.1, 0.8), (0.2, 1, 0.4)]
    places = (3, 24, 10, 28, 6, 20, 13, 16)
    film = []
    for n in range(TOTAL):
        act = n * 8 // TOTAL
        pace = 10 ** (sound.loudness[n] / 40)
        film.append(blob(places[act] + 2 * np.sin(n * 0.9) * pace, pace, colours[act % 4]))
    move = np.stack([blob(8 + 0.2 * n, 0.4, (1, 1, 1)) for n in range(60)])
    found = judged(np.stack(film), sound, move)
    assert [name for name, measure in found.items() if not measure.passes] == []


def test_one_brightness_for_all_is_told_from_movement() -> None:
    pulse = np.stack([blob(16, 0.3 + 0.2 * (n % 7 == 0), (1, 1, 1)) for n in range(60)])
    move = np.stack([blob(8 + 0.2 * n, 0.4, (1, 1, 1)) for n in range(60)])
    still = np.stack([blob(16, 0.5, (1, 1, 1))] * TOTAL)
    assert judged(still, heard(), pulse)["one gain"].value == pytest.approx(1)
    assert judged(still, heard(), move)["one gain"].passes


def test_flashes_and_bright_silence_fail() -> None:
    white = np.ones((HEIGHT, WIDTH, 3))
    flashing = np.stack([white * (0.8 if n // 3 % 2 else 0.1) for n in range(60)])
    slow = np.stack([white * (0.8 if n // 20 % 2 else 0.1) for n in range(60)])
    still = np.stack([blob(16, 0.5, (1, 1, 1))] * TOTAL)
    assert judged(still, heard(), flashing)["flash"].value == pytest.approx(5, abs=0.6)
    assert judged(still, heard(), slow)["flash"].passes
    lit = still.copy()
    lit[200:] *= 1.5
    assert not judged(lit, heard(200))["silence"].passes
    assert judged(
        still * np.where(np.arange(TOTAL) < 200, 1, 0.4)[:, None, None, None], heard(200)
    )["silence"].passes


def test_what_cannot_be_measured_passes_and_forms_are_compared() -> None:
    short = np.stack([blob(16, 0.5, (1, 0, 0))] * 3)
    sound = Heard(loudness=np.full(3, -14.0), silent=np.zeros(3, bool), drops=())
    found = {m.name: m for m in film_measures(short, sound, (), short)}
    assert found["drop"].value is None
    assert found["acts"].passes
    assert silhouettes_measure(short, short).value == pytest.approx(1)
    assert silhouettes_measure(short, np.stack([blob(2, 1, (0, 1, 0))] * 3)).passes


def test_every_template_has_a_score_for_calm_and_loud_parts() -> None:
    for name in template_names():
        shots = load_template(name).score.shots
        kinds = {kind for shot in shots for kind in shot.sections}
        assert {"intro", "steady", "drop", "breakdown", "build", "outro", "silence"} <= kinds
        assert len({(shot.palette, shot.hue) for shot in shots}) >= 5
        quiet = min(shot.light for shot in shots if "silence" in shot.sections)
        assert quiet < 0.6 * max(shot.light for shot in shots)


def test_every_template_has_a_sky_of_its_own_without_a_mirror() -> None:
    skies = set()
    for name in template_names():
        settings = SceneSettings(
            template=load_template(name), width=64, height=36, fps=Fraction(30), total_frames=1
        )
        sky = Scene(settings).frame(0).sky
        assert sky is not None
        nest = sky.star_nest
        assert nest is not None
        assert nest.origin == between_mirrors(nest).origin
        skies.add((nest.formuparam, nest.tile, nest.origin))
    assert len(skies) == len(template_names())


def test_a_world_that_mirrors_itself_stands_still_or_flashes_fails() -> None:
    chance = np.random.default_rng(5)
    stars = np.repeat((chance.random((36, 72, 1)) > 0.95) * 0.5, 3, axis=2)
    twins = np.maximum(stars, stars[:, ::-1])
    turning = np.stack([np.roll(stars, 2 * n, axis=1) for n in range(12)])
    turning[:, 20] += 0.3  # a level horizon is alike at every plane, and no mirror
    flashing = np.stack([stars] * 60)
    flashing[::6, 16:18, 30:32] = flashing[1::6, 16:18, 30:32] = 0.9  # a window of ten degrees
    flashing[3::6, 16:18, 30:32] = flashing[4::6, 16:18, 30:32] = 0.0
    found = {m.name: m for m in around_measures(turning, (np.stack([stars] * 60),))}
    assert [name for name, measure in found.items() if not measure.passes] == []
    sun = stars.copy()  # a body in the middle, alike on both sides of its own, is no mirror
    sun[10:26, 32:36] = chance.random((16, 4, 1)) > 0.5
    sun[10:26, 36:40] = sun[10:26, 35:31:-1]
    assert around_measures(sun[None], ())[1].passes
    once, often = turning.copy(), np.stack([twins] * 12)
    once[6], often[6] = twins, stars  # by chance alike in the middle, and not so only there
    assert around_measures(once, ())[1].passes
    assert not around_measures(often, ())[1].passes
    dull = around_measures(np.stack([np.roll(twins, 9, axis=1)] * 12), (flashing,))
    assert [m.name for m in dull if not m.passes] == [m.name for m in dull]
    assert dull[1].value == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("shown", "most"), [((), 0.2), (("space",), 0.4)])
def test_no_mirror_shows_all_around(shown: tuple[str, ...], most: float) -> None:
    """The sky of every score begins on a mirror of its fold, a lattice has mirrors of its own: who
    looks around stands on none. Lines alone are more alike than lines before stars."""
    template = load_template("cosmicVoid")
    sky = template.sky.model_copy(update={"brightness": 0.0} if shown else {})
    dark = [layer.model_copy(update={"enabled": layer.id in shown}) for layer in template.layers]
    capture = FrameCapture(
        SceneSettings(
            template=template.model_copy(update={"layers": tuple(dark), "sky": sky}),
            width=216,
            height=108,
            fps=Fraction(30),
            total_frames=30,
            table=a_song(1),
            projection=Projection.EQUIRECT,
        ),
        threads=1,
    )
    picture = colour.to_linear(np.asarray(capture.capture_frame(20).planes[0]) / 255)
    capture.dispose()
    assert picture.max() > 0.1
    mirror = around_measures(picture[None].astype(float), ())[1]
    assert mirror.value is not None
    assert mirror.value < most


def thin(template: Template, most: int = 4000) -> Template:
    """The template with fewer particles of more light."""
    layers = []
    for layer in template.layers:
        share = min(1.0, most / layer.particle_count)
        count, glow = round(layer.particle_count * share), min(layer.glow / share, 1000.0)
        layers.append(layer.model_copy(update={"particle_count": count, "glow": glow}))
    return template.model_copy(update={"layers": tuple(layers)})


@pytest.mark.parametrize("name", template_names())
def test_no_template_flashes_or_outshines_music_in_silence(name: str) -> None:
    """The three measures that none may fail, small, over a loud song that begins at once."""
    song = a_song(20)
    start = np.arange(song.total_frames) >= 6 * 30  # into the verse
    columns = {
        each: np.concatenate([song[each][start], np.zeros_like(song[each][: 6 * 30])])
        for each in ("amplitude", "bass", "mid", "high", "is_beat", "onset", "energy", "beat_phase")
    }
    bands = np.concatenate([song.bands[start], np.zeros_like(song.bands[: 6 * 30])])
    song = replace(song, bands=bands, envelopes=bands, **columns)
    capture = FrameCapture(
        SceneSettings(
            template=thin(load_template(name)),
            width=64,
            height=36,
            fps=Fraction(30),
            total_frames=song.total_frames,
            table=song,
        ),
        threads=1,
    )

    def light(*numbers: int) -> np.ndarray:
        frames = [np.asarray(capture.capture_frame(number).planes[0]) for number in numbers]
        return np.stack([colour.to_linear(frame / 255) for frame in frames]).astype(float)

    loud_until = 14 * 30
    overview = light(*range(0, song.total_frames, 15))
    silent = np.arange(0, song.total_frames, 15) >= loud_until + 60
    sound = Heard(loudness=np.where(silent, -70.0, -12.0), silent=silent, drops=())
    passage = light(*range(loud_until - 60, loud_until))
    found = {m.name: m for m in film_measures(overview, sound, (passage,), light(*range(16)))}
    capture.dispose()
    assert [
        found[each].value for each in ("frame 0", "silence", "flash") if not found[each].passes
    ] == []
