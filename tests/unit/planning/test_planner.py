"""The plan: complete, pure, validated, reproducible."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios.errors import OptionError, UnknownFormatError, UsageError
from helios.model.audio import AudioTrack
from helios.model.backends import Backend
from helios.model.facts import CaptureMethod, CompositionFacts
from helios.planning.flags import options_to_argv
from helios.rendering.orchestrator import RenderOrchestrator

SMALL: dict[str, Any] = {"width": 320, "height": 180, "fps": 30}


def plan(output: str = "out/film.mp4", **values: Any) -> Any:
    return RenderOrchestrator.plan("page.html", output, {**SMALL, **values})


def facts(**values: Any) -> CompositionFacts:
    from helios.model.composition import name_composition

    return CompositionFacts(composition=name_composition("page.html", Path.cwd()), **values)


def test_the_plan_has_what_the_seed_lists() -> None:
    made = plan(duration=5, concurrency=4, audio=["song.mp3"])
    assert made.total_frames == 150
    assert [chunk.id for chunk in made.chunks] == [0, 1, 2, 3]
    assert [chunk.start_frame for chunk in made.chunks] == [0, 38, 76, 114]
    assert [chunk.frame_count for chunk in made.chunks] == [38, 38, 38, 36]
    assert made.concat_manifest == tuple(chunk.output_file for chunk in made.chunks)
    assert made.final_output_file == Path("out/film.mp4")
    assert made.concat_output_file.suffix == ".mov"
    assert set(made.cleanup_files) == {*made.concat_manifest, made.concat_output_file}
    assert made.mix_options.video_codec == "copy"
    assert made.mix_options.mix_input_audio is True
    assert [track.file for track in made.mix_options.audio] == ["song.mp3"]


def test_chunk_options_carry_pcm_and_no_tracks() -> None:
    made = plan(duration=5, concurrency=2, audio=["song.mp3"], audio_codec="aac")
    for chunk in made.chunks:
        assert chunk.options.audio_codec == "pcm_s16le"
        assert chunk.options.audio == ()
        assert chunk.options.start_frame == chunk.start_frame
        assert chunk.options.frame_count == chunk.frame_count
    assert made.sound.encoder == "aac"


def test_ranges_start_at_the_start_frame_and_are_contiguous() -> None:
    made = plan(duration=10, start_frame=37, frame_count=100, concurrency=3)
    frame = 37
    for chunk in made.chunks:
        assert chunk.start_frame == frame
        frame = chunk.end_frame
    assert frame == 137


def test_start_frame_without_count_ends_with_the_film() -> None:
    assert plan(duration=5, start_frame=100).total_frames == 50


def test_equal_input_gives_an_equal_plan() -> None:
    assert plan(duration=3, concurrency=2) == plan(duration=3, concurrency=2)


def test_another_picture_gives_another_digest() -> None:
    digests = {
        plan(duration=3).digest,
        plan(duration=3, seed=5).digest,
        plan(duration=3, props={"a": 1}).digest,
        plan(duration=3, quality=30).digest,
        plan(duration=3, width=640).digest,
    }
    assert len(digests) == 5


def test_sound_and_workers_do_not_change_the_pictures() -> None:
    assert plan(duration=3).digest == plan(duration=3, audio=["x.mp3"], concurrency=3).digest


def test_edited_content_changes_the_digest() -> None:
    one = RenderOrchestrator.plan(
        "page.html", "f.mp4", SMALL, facts=facts(inputs=(("page.html", "aa"),))
    )
    two = RenderOrchestrator.plan(
        "page.html", "f.mp4", SMALL, facts=facts(inputs=(("page.html", "bb"),))
    )
    assert one.digest != two.digest


def test_without_concurrency_the_grid_does_not_depend_on_workers() -> None:
    assert len(plan(duration=600, fps=60, width=1920, height=1080).chunks) == 34
    assert [c.id for c in plan(duration=600, workers=7).chunks] == list(range(32))
    assert {c.settings_digest for c in plan(duration=9, workers=7).chunks} == {
        c.settings_digest for c in plan(duration=9).chunks
    }
    assert len(plan(duration=600, chunk_frames=1000).chunks) == 18


def test_declared_duration_and_rate_are_the_defaults() -> None:
    made = RenderOrchestrator.plan(
        "page.html",
        "f.mp4",
        {"width": 320, "height": 180},
        facts=facts(
            declared_duration_s=Fraction(2), declared_fps=Fraction(24), capture=CaptureMethod.DIRECT
        ),
    )
    assert (made.total_frames, made.fps) == (48, 24)
    assert made.chunks[0].options.capture is CaptureMethod.DIRECT


def test_the_card_that_was_chosen_draws_every_chunk() -> None:
    made = RenderOrchestrator.plan(
        "etherealFlame",
        "f.mp4",
        {"width": 320, "height": 180, "duration": 3},
        facts=facts(backend=Backend.GPU, adapter="RTX 4090", cards=1),
    )
    for chunk in made.chunks:
        assert (chunk.options.backend, chunk.options.adapter) == (Backend.GPU, "RTX 4090")
        argv = options_to_argv(chunk.options)
        assert argv[argv.index("--backend") + 1] == "gpu"
        assert argv[argv.index("--adapter") + 1] == "RTX 4090"


def test_a_film_of_unknown_length_is_one_second_and_says_so() -> None:
    made = plan()
    assert made.total_frames == 30
    assert any("duration" in text for text in made.warnings)


def test_a_page_asked_for_more_than_it_declares_says_so() -> None:
    known = facts(declared_duration_s=Fraction(5), declared_fps=Fraction(30))

    def warnings(**values: Any) -> tuple[str, ...]:
        made = RenderOrchestrator.plan("page.html", "f.mp4", {**SMALL, **values}, facts=known)
        return made.warnings

    (warning,) = warnings(duration=10)
    assert "declares 150 frames and is asked for 300" in warning
    assert warnings(duration=10, frame_count=150) == ()
    assert warnings() == ()


@pytest.mark.parametrize(
    ("fps", "duration", "frames"),
    [("29.97", "10", 300), ("30000/1001", "1001/1000", 30), ("60", "0.55", 33), ("24", "1.5", 36)],
)
def test_fractions_are_exact(fps: str, duration: str, frames: int) -> None:
    assert plan(fps=fps, duration=duration).total_frames == frames


@pytest.mark.parametrize(
    "values",
    [
        {"concurrency": 0},
        {"concurrency": -1},
        {"concurrency": math.nan},
        {"concurrency": 2.5},
        {"fps": 0},
        {"fps": math.nan},
        {"frame_count": -5},
        {"duration": 0},
        {"width": 321},
        {"duration": 1, "start_frame": 30},
        {"duration": 1, "start_frame": 20, "frame_count": 11},
        {"video_codec": "nope"},
        {"preset": "warp"},
        {"quality": 99},
        {"width": 10**9},
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        plan(**values)


def test_a_codec_the_container_cannot_hold_is_refused() -> None:
    with pytest.raises(UnknownFormatError, match="webm"):
        plan("film.webm", video_codec="libx264")


def test_an_explicit_codec_reaches_chunks_and_sound() -> None:
    made = plan("f.mov", video_codec="libx265", audio_codec="pcm_s16le", duration=1)
    assert made.chunks[0].options.video_codec == "libx265"
    assert made.sound.encoder == "pcm_s16le"


def test_sounds_found_in_the_page_are_moved_to_the_rendered_range() -> None:
    found = facts(sounds=(AudioTrack(file="/a.wav", offset=Fraction(2)),))
    made = RenderOrchestrator.plan(
        "page.html", "f.mp4", {**SMALL, "duration": 5, "start_frame": 90}, facts=found
    )
    assert made.tracks[0].offset == Fraction(-1)


def test_local_renders_work_in_a_folder_named_by_the_digest() -> None:
    made = plan(duration=1)
    assert made.work_folder.parent == Path("out")
    assert made.digest[:16] in made.work_folder.name
    assert made.chunks[0].output_file.name == "film_part_0.mov"


@given(st.integers(1, 400), st.integers(1, 40), st.integers(0, 1000))
def test_no_chunk_is_empty_and_none_is_missing(count: int, workers: int, start: int) -> None:
    made = plan(start_frame=start, frame_count=count, concurrency=workers)
    assert all(chunk.frame_count > 0 for chunk in made.chunks)
    assert sum(chunk.frame_count for chunk in made.chunks) == count == made.total_frames
    assert made.chunks[0].start_frame == start


def test_a_plan_is_a_value() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan().total_frames = 3
    with pytest.raises(OptionError):
        RenderOrchestrator.plan("page.html", "f.mp4", {"widht": 3})


def test_a_view_to_begin_with_is_warned_of_in_a_flat_film() -> None:
    def warnings(**values: Any) -> tuple[str, ...]:
        return RenderOrchestrator.plan(
            "aurora", "film_360.mp4", duration=1, initial_view="30", **values
        ).warnings

    assert any("--initial-view" in text for text in warnings())
    assert not any("--initial-view" in text for text in warnings(type="360-mono-4k"))
