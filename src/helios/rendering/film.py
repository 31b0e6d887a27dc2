"""The last step: join the parts, mix the sound once, put the film in place."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from helios.model.chapters import Chapter
from helios.model.encoding import SoundSettings
from helios.model.options import RenderOptions
from helios.planning.planner import RenderPlan
from helios.rendering.cancellation import Cancellation
from helios.rendering.spherical import check_spherical, kept_finish, spherical_finish

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from helios.merge.join import JoinResult
    from helios.merge.parts import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmSound:
    """What is heard, and how it is encoded."""

    blocks: Iterator[NDArray[np.float32]]
    """(n, 2) at 48 kHz."""
    samples: int
    """In all; less is lengthened by silence."""
    settings: SoundSettings


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
    from helios.merge.parts import Part

    parts = [
        Part(path=chunk.output_file, start_frame=chunk.start_frame, frame_count=chunk.frame_count)
        for chunk in plan.chunks
    ]
    finish_film(
        plan.final_output_file,
        parts,
        plan.options,
        sound_of(plan, plan.sample_total),
        fps=plan.fps,
        total_frames=plan.total_frames,
        on_fraction=on_fraction,
    )


def sound_of(plan: RenderPlan, samples: int) -> FilmSound | None:
    """The first ``samples`` of what is heard in a plan's film, if anything is."""
    if not plan.tracks:
        return None
    from helios.audio.tracks import mix_tracks

    blocks = mix_tracks(plan.tracks, samples, loudness_lufs=plan.options.loudness)
    return FilmSound(blocks=blocks, samples=samples, settings=plan.sound)


def finish_film(
    film: Path,
    parts: Sequence[Part],
    options: RenderOptions,
    sound: FilmSound | None,
    *,
    fps: Fraction,
    total_frames: int,
    metadata_of: Sequence[Path] = (),
    chapters: Sequence[Chapter] = (),
    on_fraction: Callable[[float], None] = lambda _: None,
) -> JoinResult:
    """Join parts in order, lay the sound, and say in the film what it shows.

    Args:
        film: its suffix chooses the container.
        parts: chunks of ours, or foreign ones.
        options: whose type says whether players must be told that it is spherical, and whose tags
            the film gets.
        sound: nothing is heard without.
        fps: of all parts.
        total_frames: of the film.
        metadata_of: films whose spherical metadata is kept where the options name no type.
        chapters: parts that players show by their names.
        on_fraction: hears how much is done, up to 1; what it raises ends the joining.

    Raises:
        MergeError: parts are missing or do not fit.
        EncodeError, OutputNotWritable, DiskFull: the film could not be written.
        MetadataError: the film is there, but players will not know that it is spherical.
    """
    from helios.merge.join import join_parts

    keeps = metadata_of and not options.type
    finish = kept_finish(film, metadata_of) if keeps else spherical_finish(film, options)
    result = join_parts(
        parts,
        film,
        fps=fps,
        sound=sound.blocks if sound else None,
        sound_samples=sound.samples if sound else 0,
        sound_settings=sound.settings if sound else None,
        on_packet=lambda done: on_fraction(done / total_frames),
        finish=finish,
        tags=options.tags,
        chapters=chapters,
    )
    check_spherical(film, options)
    return result


def until_cancelled(
    on_fraction: Callable[[float], None], cancellation: Cancellation
) -> Callable[[float], None]:
    """The same listener, that ends what it listens to when the film is cancelled."""

    def heard(fraction: float) -> None:
        cancellation.check()
        on_fraction(fraction)

    return heard
