"""Join part files that somebody names, ours or foreign."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from helios.audio.tracks import mix_tracks
from helios.errors import UnknownFormatError
from helios.files.hold import reserved, temporary_folder
from helios.files.names import real_place
from helios.model.audio import SAMPLE_RATE
from helios.model.encoding import SoundSettings
from helios.model.formats import CONTAINERS, COPY
from helios.model.options import RenderOptions
from helios.model.progress import ProgressListener
from helios.model.timebase import sample_index
from helios.planning.encoding import resolve_encoding, resolve_sound
from helios.planning.panorama import check_shape
from helios.rendering.film import FilmSound, finish_film
from helios.rendering.local import check_not_input, make_folder
from helios.rendering.progress import ProgressMeter
from helios.rendering.sounds import check_tracks
from helios.rendering.spherical import spherical_type

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from helios.merge.join import JoinResult
    from helios.merge.parts import Part

_OF_THE_PICTURE = ("preset", "encoding_preset", "quality", "pixel_format", "video_bitrate")


def merge_files(
    output: Path,
    paths: Sequence[Path],
    options: RenderOptions,
    on_progress: ProgressListener | None = None,
) -> JoinResult:
    """Join ``paths``, in order, into ``output``.

    Packets of the pictures are copied unless an option of the pictures asks for encoding. Tracks
    in ``options.audio`` become the sound; without any, the parts' own sound is kept.

    Raises:
        MergeError: a part is missing or does not fit; the message names it.
        OptionError: an option cannot be carried out, or the film would replace a part or a sound.
    """
    output = real_place(output)
    container = output.suffix.lower().lstrip(".")
    if container not in CONTAINERS:
        raise UnknownFormatError(
            f"cannot tell the format of {output.name!r} from its suffix",
            hint=f"End it in one of: {', '.join('.' + name for name in CONTAINERS)}.",
        )
    check_not_input(output, (*map(str, paths), *(track.file for track in options.audio)))
    sound_settings = resolve_sound(options, container)
    check_tracks(options.audio)
    make_folder(output.parent)
    with reserved(output):
        return _merged(output, paths, options, sound_settings, on_progress)


def _merged(
    output: Path,
    paths: Sequence[Path],
    options: RenderOptions,
    sound_settings: SoundSettings,
    on_progress: ProgressListener | None,
) -> JoinResult:
    from helios.merge.part_sound import frame_count
    from helios.merge.parts import Part, read_headers

    own = [Part(path) for path in paths]
    headers = read_headers(own, None)
    header = headers[0]
    if (entry := spherical_type(options)) is not None:
        check_shape(entry, header.width, header.height)
    fps = header.fps
    counts = (found.frames or frame_count(part) for found, part in zip(headers, own, strict=True))
    total = sum(counts)
    samples = sample_index(total, fps, SAMPLE_RATE)
    meter = ProgressMeter(total, on_progress)
    sounds = any(found.has_sound for found in headers)
    blocks = _sound(own if sounds else (), options, fps, samples)
    sound = FilmSound(blocks=blocks, samples=samples, settings=sound_settings) if blocks else None
    with _pictures(own, options, output.suffix.lower().lstrip("."), meter) as parts:
        result = finish_film(
            output,
            parts,
            options,
            sound,
            fps=fps,
            total_frames=total,
            metadata_of=paths,
            on_fraction=meter.merging,
        )
    meter.finished()
    return result


def encodes_anew(options: RenderOptions) -> bool:
    """Whether an option asks for more than joining the pictures."""
    if options.video_codec not in (None, COPY):
        return True
    return any(getattr(options, name) is not None for name in _OF_THE_PICTURE)


def _sound(
    sounding: Sequence[Part], options: RenderOptions, fps: Fraction, samples: int
) -> Iterator[NDArray[np.float32]] | None:
    if options.audio:
        return mix_tracks(options.audio, samples, loudness_lufs=options.loudness)
    if sounding:
        from helios.merge.part_sound import part_sound

        return part_sound(sounding, fps)
    return None


@contextmanager
def _pictures(
    parts: Sequence[Part], options: RenderOptions, container: str, meter: ProgressMeter
) -> Iterator[Sequence[Part]]:
    """The parts as they are, or one part encoded as the options say."""
    if not encodes_anew(options):
        yield parts
        return
    from helios.encode.transcode import transcode
    from helios.merge.parts import Part, read_headers

    header = read_headers(parts, None)[0]
    chosen = options.changed(video_codec=None) if options.video_codec == COPY else options
    settings = resolve_encoding(
        chosen, container, width=header.width, height=header.height, fps=header.fps
    )
    with temporary_folder(parts[0].path.parent) as folder:
        whole = folder / f"whole.{settings.container}"
        transcode([part.path for part in parts], whole, settings, lambda done: meter.chunk(0, done))
        yield [Part(whole)]
