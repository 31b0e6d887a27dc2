"""The film's sound, mixed as the render would and heard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from helios.audio.tracks import mix_tracks
from helios.errors import HeliosError
from helios.findings.finding import Finding
from helios.findings.sounds import SoundWatch
from helios.model.composition import Composition
from helios.model.facts import CompositionFacts
from helios.model.options import RenderOptions
from helios.planning.planner import plan_render


def sound(
    composition: Composition, options: RenderOptions, facts: CompositionFacts
) -> Iterator[Finding]:
    """Hear the mix of all that the film plays; ``facts`` are those with tracks alone."""
    # Matroska takes every codec that may have been asked for.
    plan = plan_render(composition, Path("film.mkv"), options, facts)
    if not plan.tracks:
        yield Finding(check="sound", status="note", what="the film will have no sound")
        return
    watch = SoundWatch()
    try:
        for block in mix_tracks(
            plan.tracks, plan.sample_total, loudness_lufs=plan.options.loudness
        ):
            watch.hear(block)
    except HeliosError as error:
        yield Finding(
            check="sound", status="problem", what=error.message, remedy=error.hint or "Replace it."
        )
        return
    yield from watch.findings(float(plan.total_frames / plan.fps))
