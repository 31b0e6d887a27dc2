"""The last step: join the chunks, mix the sound once, put the film in place."""

from __future__ import annotations

import importlib
import itertools
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from helios.model.audio import SAMPLE_RATE, AudioTrack
from helios.planning.planner import RenderPlan
from helios.rendering.spherical import check_spherical, spherical_finish

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def prepare_film() -> None:
    """Begin to load what ``make_film`` needs, while the frames are drawn elsewhere."""
    threading.Thread(
        target=importlib.import_module, args=("helios.merge.join",), daemon=True
    ).start()


def make_film(plan: RenderPlan, on_fraction: Callable[[float], None] = lambda _: None) -> None:
    """Join the plan's chunks and lay its sound under them.

    Raises:
        MergeError: chunks are missing or do not fit.
        EncodeError: the film could not be written.
        MetadataError: the film is there, but players will not know that it is spherical.
    """
    from helios.merge.join import join_parts
    from helios.merge.parts import Part

    parts = [
        Part(path=chunk.output_file, start_frame=chunk.start_frame, frame_count=chunk.frame_count)
        for chunk in plan.chunks
    ]
    join_parts(
        parts,
        plan.final_output_file,
        fps=plan.fps,
        sound=mixed(plan.tracks, plan.sample_total, plan.options.loudness) if plan.tracks else None,
        sound_samples=plan.sample_total if plan.tracks else 0,
        sound_settings=plan.sound if plan.tracks else None,
        on_packet=lambda done: on_fraction(done / plan.total_frames),
        finish=spherical_finish(plan.final_output_file, plan.options),
    )
    check_spherical(plan.final_output_file, plan.options)


def mixed(
    tracks: tuple[AudioTrack, ...], sample_total: int, loudness_lufs: float | None = None
) -> Iterator[NDArray[np.float32]]:
    """The sum of ``tracks``: blocks (n, 2) at 48 kHz, ``sample_total`` samples in all.

    Tracks that were already playing when the film starts (negative offsets) are mixed from their
    own start and cut, so that their fades and loops are where they belong.
    """
    from helios.audio.tracks import mix_tracks

    lead_s = max((-track.offset for track in tracks), default=Fraction(0))
    lead = max(0, round(lead_s * SAMPLE_RATE))
    if not lead:
        return mix_tracks(tracks, sample_total, loudness_lufs=loudness_lufs)
    later = Fraction(lead, SAMPLE_RATE)
    moved = [track.model_copy(update={"offset": track.offset + later}) for track in tracks]
    mix = mix_tracks(moved, lead + sample_total, loudness_lufs=loudness_lufs)
    return _skip(mix, lead)


def _skip(blocks: Iterator[NDArray[np.float32]], samples: int) -> Iterator[NDArray[np.float32]]:
    for block in blocks:
        if samples >= len(block):
            samples -= len(block)
        else:
            return itertools.chain([block[samples:]], blocks)
    return iter(())
