"""An album: a film for each of its tracks, and all of them joined, with chapters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helios.audio.tracks import mix_tracks
from helios.errors import OptionError
from helios.files.hold import reserved
from helios.files.names import plain_name, real_place
from helios.media.album import Album, Track
from helios.model.audio import SAMPLE_RATE, AudioTrack
from helios.model.chapters import Chapter
from helios.model.export import ExportConfig
from helios.model.formats import ANIMATIONS
from helios.model.options import DEFAULT_FPS, RenderOptions
from helios.model.progress import ProgressListener
from helios.model.timebase import frame_total, sample_index
from helios.planning.encoding import resolve_sound
from helios.rendering.cancellation import Cancellation
from helios.rendering.film import FilmSound, finish_film, until_cancelled
from helios.rendering.local import check_not_input
from helios.rendering.prepare import check_output
from helios.rendering.progress import ProgressMeter
from helios.rendering.spherical import spherical_type

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from helios.merge.join import JoinResult

_GIVEN_BY_TRACKS = (
    "audio",
    "react_to",
    "stem",
    "duration",
    "start_frame",
    "frame_count",
    "frames",
    "loop_seamless",
)
"""Options that an album leaves no room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumFilms:
    """What is made of an album, decided."""

    output: Path
    """The joined film."""
    configs: tuple[ExportConfig, ...]
    """A film for each track, in order."""
    options: RenderOptions
    """Of the joined film."""
    album: Album
    fps: Fraction
    total_frames: int


def album_films(
    album: Album, composition: str, output: Path | None, options: RenderOptions
) -> AlbumFilms:
    """Decide the films of an album: ``output`` is the joined one, and in a folder of its name lie
    those of the tracks.

    Where tracks meet, their sounds follow each other without a gap, and the picture changes at the
    frame that is nearest.

    Raises:
        OptionError: an option says what the tracks say, or a track is shorter than a frame.
    """
    for name in _GIVEN_BY_TRACKS:
        if getattr(options, name) != RenderOptions.model_fields[name].default:
            flag = "--" + name.replace("_", "-")
            raise OptionError(
                f"{flag} and --album: the tracks say what is heard and how long it is",
                hint=f"Leave out {flag}.",
            )
    output = output or Path(f"{plain_name(album.title)}.mp4")
    if output.suffix.lower().lstrip(".") in ANIMATIONS:
        raise OptionError(
            f"--album: {output.name} has no room for sound and chapters", hint="Name a film: .mp4."
        )
    check_output(output, options)
    check_not_input(output, {str(track.file) for track in album.tracks})
    fps = options.fps or DEFAULT_FPS
    ends = [_frame_at(end_s, fps) for end_s in _ends_s(album)]
    ends[-1] = frame_total(_ends_s(album)[-1], fps)
    configs = [
        _config(album, place, composition, output, options, Fraction(end - start) / fps)
        for place, (start, end) in enumerate(pairwise([0, *ends]))
    ]
    return AlbumFilms(
        output=output,
        configs=tuple(configs),
        options=options.changed(fps=fps, tags={**_tags_of(album), **options.tags}),
        album=album,
        fps=fps,
        total_frames=ends[-1],
    )


def other_films(films: AlbumFilms) -> tuple[Path, ...]:
    """Films beside those of the tracks that are named as theirs are: of tracks which the album had
    when it was made before, or had elsewhere."""
    ours = {Path(config.output or "").name for config in films.configs}
    beside = films.output.with_suffix("").glob(f"[0-9][0-9]*_*{films.output.suffix}")
    return tuple(sorted(path for path in beside if path.name not in ours))


def join_album(
    films: AlbumFilms,
    parts: list[Path],
    on_progress: ProgressListener | None = None,
    cancellation: Cancellation | None = None,
) -> JoinResult:
    """Join the films of the tracks: pictures are copied, the sound is mixed once, without gaps.

    Args:
        films: what was decided.
        parts: the films of the tracks, in order.
        on_progress: told how far it is.
        cancellation: stops it from another thread.

    Raises:
        MergeError, EncodeError, MetadataError: it could not be written.
        Cancelled: stopped on request; the films of the tracks are kept.
    """
    from helios.merge.parts import Part

    output = real_place(films.output)
    meter = ProgressMeter(films.total_frames, on_progress)
    sound = FilmSound(
        blocks=_sound(films.album, films.options.loudness),
        samples=sample_index(films.total_frames, films.fps, SAMPLE_RATE),
        settings=resolve_sound(films.options, output.suffix.lower().lstrip(".")),
    )
    with reserved(output):
        result = finish_film(
            output,
            [Part(path) for path in parts],
            films.options,
            sound,
            fps=films.fps,
            total_frames=films.total_frames,
            chapters=chapters_of(films.album),
            on_fraction=until_cancelled(meter.merging, cancellation or Cancellation()),
        )
    meter.finished(spherical=spherical_type(films.options) is not None)
    return result


def chapters_of(album: Album) -> tuple[Chapter, ...]:
    """One for each track, where its sound begins."""
    ends_s = _ends_s(album)
    return tuple(
        Chapter(start_s=start_s, end_s=end_s, title=track.title)
        for track, (start_s, end_s) in zip(
            album.tracks, pairwise([Fraction(0), *ends_s]), strict=True
        )
    )


def _ends_s(album: Album) -> list[Fraction]:
    ends_s: list[Fraction] = []
    for track in album.tracks:
        ends_s.append((ends_s[-1] if ends_s else Fraction(0)) + track.length_s)
    return ends_s


def _frame_at(time_s: Fraction, fps: Fraction) -> int:
    return round(time_s * fps)


def _config(
    album: Album,
    place: int,
    composition: str,
    output: Path,
    options: RenderOptions,
    length_s: Fraction,
) -> ExportConfig:
    track, count = album.tracks[place], len(album.tracks)
    if length_s <= 0:
        raise OptionError(
            f"--album: track {place + 1} ({track.title}) is shorter than a frame",
            hint="Leave it out, or join it to another.",
        )
    number = f"{place + 1:0{max(2, len(str(count)))}}"
    name = plain_name(f"{number} {track.title}") + output.suffix
    tags = {
        **_tags_of(album),
        "title": track.title,
        "track": f"{place + 1}/{count}",
        **({"artist": track.artist} if track.artist else {}),
    }
    values: dict[str, Any] = {
        "fps": options.fps or DEFAULT_FPS,
        "duration": length_s,
        "audio": (AudioTrack(file=str(track.file), seek=track.start_s),),
        "tags": {**tags, **options.tags},
    }
    return ExportConfig(
        composition=composition,
        output=str(output.with_suffix("") / name),
        type=options.type,
        options=options.changed(**values),
    )


def _tags_of(album: Album) -> dict[str, str]:
    said = {
        "title": album.title,
        "artist": album.artist,
        "album": album.title,
        "album_artist": album.artist,
        "date": album.date,
        "genre": album.genre,
    }
    return {name: text for name, text in said.items() if text}


def _sound(album: Album, loudness_lufs: float | None) -> Iterator[NDArray[np.float32]]:
    """All tracks, each at its own loudness if one is asked for."""
    start = 0
    end_s = Fraction(0)
    for track in _runs(album.tracks) if loudness_lufs is None else album.tracks:
        end_s += track.length_s
        end = round(end_s * SAMPLE_RATE)
        one = AudioTrack(file=str(track.file), seek=track.start_s)
        yield from mix_tracks((one,), end - start, loudness_lufs=loudness_lufs)
        start = end


def _runs(tracks: tuple[Track, ...]) -> Iterator[Track]:
    """Tracks that follow each other in one file, as one: nothing is cut between them."""
    run: Track | None = None
    for track in tracks:
        if run and run.file == track.file and run.start_s + run.length_s == track.start_s:
            run = replace(run, length_s=run.length_s + track.length_s)
            continue
        if run:
            yield run
        run = track
    if run:
        yield run
