"""Frames of a native scene, and what the pipeline wants to know about one."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from helios.errors import OptionError
from helios.files.whole import input_sha256
from helios.media.sound import probe_sound
from helios.model.audio import AudioTrack
from helios.model.backends import Backend
from helios.model.composition import Composition
from helios.model.facts import CompositionFacts
from helios.model.formats import Projection, StereoLayout, export_type
from helios.model.options import RenderOptions
from helios.model.picture import Picture, PixelFormat
from helios.model.resolved import DrawSettings
from helios.model.stem import Stem
from helios.model.timebase import frame_total
from helios.projection.ods import DEFAULT_IPD_M, comfort_warning
from helios.scene.audio_input import AudioColumns, FeatureColumns, fitted, heard_frames
from helios.scene.kernels.backend import choose_backend, open_kernels
from helios.scene.library import TEMPLATE_FILE, load_template
from helios.scene.look import unread_names, with_look
from helios.scene.scene import Scene, SceneSettings
from helios.scene.template import Template
from helios.sources.comfort import nearest_content
from helios.sources.film_audio import placement_of
from helios.sources.scene_cubemap import CubemapSceneSource, CubemapSettings

logger = logging.getLogger("helios.scene")


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSourceSettings:
    """What to draw and how. Width and height are of the whole picture, both eyes."""

    template: str | Path | Mapping[str, Any] | Template
    width: int
    height: int
    fps: Fraction
    total_frames: int
    seed: int = 0x12345678
    table: AudioColumns | None = None
    stems: Mapping[str, AudioColumns] = field(default_factory=dict)
    """Parts of the sound that are heard apart, by name."""
    backend: Backend = Backend.AUTO
    adapter: str = ""
    """The graphics card, for back ends that draw with one."""
    threads: int | None = None
    """None: every core. The pixels do not depend on it."""
    projection: Projection = Projection.PERSPECTIVE
    stereo: StereoLayout = StereoLayout.MONO
    ipd: float = DEFAULT_IPD_M
    """Between the eyes, in world units."""
    is_offset: bool = False
    """Stereo by two cameras side by side; by default every direction has its own eyes."""
    supersample: int = 1
    """Rays a pixel and axis for moving skies."""
    format: PixelFormat = PixelFormat.YUV420P
    """YUV420P or YUV420P10 for films, RGB24 for stills."""
    sound: tuple[tuple[str, str], ...] = ()
    """(path, SHA-256) of what the table was made from."""

    def scene(self) -> SceneSettings:
        """The scene, its size that of one eye's picture.

        Raises:
            OptionError: no such template, or a size that cannot be.
        """
        across = 2 if self.stereo is StereoLayout.LEFT_RIGHT else 1
        down = 2 if self.stereo is StereoLayout.TOP_BOTTOM else 1
        return SceneSettings(
            template=load_template(self.template),
            width=self.width // across,
            height=self.height // down,
            fps=self.fps,
            total_frames=self.total_frames,
            seed=self.seed,
            table=self.table,
            stems=self.stems,
            projection=self.projection,
            stereo=self.stereo,
            ipd=self.ipd,
            is_offset=self.is_offset,
            supersample=self.supersample,
        )


class SceneSource:
    """Draws a scene's frames. A picture's planes are drawn over by the next picture."""

    def __init__(self, settings: SceneSourceSettings) -> None:
        if settings.table is None:
            logger.info("no sound: the scene is drawn in silence")
        self._sound = settings.sound
        self._scene = Scene(settings.scene())
        self._kernels = open_kernels(
            settings.backend,
            format=settings.format,
            threads=settings.threads,
            adapter=settings.adapter,
        )

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        """Draw the frames, in order; as many are under way as the kernels have buffers."""
        drawing: deque[Future[Picture]] = deque()
        for number in range(start_frame, start_frame + frame_count):
            drawing.append(self._kernels.submit(self._scene.frame(number)))
            if len(drawing) == self._kernels.depth:
                yield drawing.popleft().result()
        while drawing:
            yield drawing.popleft().result()

    def picture(self, number: int) -> Picture:
        """Draw frame ``number``.

        Raises:
            OptionError: no such frame.
        """
        return self._kernels.submit(self._scene.frame(number)).result()

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path, SHA-256) of the files the scene reads."""
        return tuple(sorted({*self._scene.inputs(), *self._sound}))

    def warnings(self) -> tuple[str, ...]:
        """See ``FrameSource``."""
        return ()

    def close(self) -> None:
        """End threads and readers."""
        self._scene.close()
        self._kernels.close()


def hear(track: AudioTrack, total_frames: int, fps: Fraction) -> FeatureColumns:
    """The features of a sound as it lies in the film, and on to its end.

    Raises:
        HeliosError: the sound cannot be read.
    """
    from helios.audio.analyzer import PreAnalyzer

    table = PreAnalyzer(fps=fps).analyze(track.file)
    placement = placement_of(track, table.duration)
    return fitted(table, heard_frames(placement, total_frames, fps), fps, placement)


def inspect_scene(composition: Composition, options: RenderOptions) -> CompositionFacts:
    """What a scene declares: the length of the sound it follows, its size, its files.

    Raises:
        EnvironmentProblem: a graphics card was asked for, and there is none.
        HeliosError: no such template or sound, or they cannot be read.
    """
    template = with_look(load_template(composition.location), options.props)
    track = options.react_to or next(iter(options.audio), None)
    entry = export_type(options.type) if options.type else None
    warnings: tuple[str, ...] = ()
    if track is None:
        warnings += ("no --audio: the scene is drawn in silence",)
    warnings += tuple(unread_names(options.props))
    warnings += tuple(_stem_warnings(template, options))
    if entry and entry.stereo is not StereoLayout.MONO:
        warnings += _comfort_warnings(template, track, options)
    if options.panorama == "cubemap" and template.bloom.strength > 0:
        warnings += ("--panorama cubemap draws no bloom; --panorama direct does",)
    chosen = choose_backend(options.backend, options.adapter)
    if chosen.warning:
        warnings += (chosen.warning,)
    return CompositionFacts(
        composition=composition,
        backend=chosen.backend,
        adapter=chosen.adapter,
        cards=chosen.cards,
        declared_duration_s=sound_length(track) if track else None,
        declared_width=entry.width if entry else None,
        declared_height=entry.height if entry else None,
        inputs=tuple(sorted(_files(composition, template, _heard(track, options)))),
        warnings=warnings,
    )


def open_scene(
    composition: Composition,
    draw: DrawSettings,
    format: PixelFormat = PixelFormat.YUV420P,  # noqa: A002 - as in Picture
) -> SceneSource | CubemapSceneSource:
    """What draws the scene.

    Raises:
        OptionError: stereo or panorama options that do not fit.
        HeliosError: the template or the sound cannot be read.
    """
    entry, options, track = draw.export_type, draw.request, draw.follows
    is_cubemap = options.panorama == "cubemap"
    if is_cubemap and options.stereo == "ods":
        raise OptionError(
            "cubemaps have no stereo that is right in every direction",
            hint="Use --panorama direct, or --stereo offset.",
        )
    stems = options.stem if track else ()
    template = with_look(load_template(composition.location), options.props)
    settings = SceneSourceSettings(
        template=template,
        width=draw.width,
        height=draw.height,
        fps=draw.fps,
        total_frames=draw.total_frames,
        seed=options.seed,
        backend=options.backend,
        adapter=options.adapter,
        table=hear(track, draw.total_frames, draw.fps) if track else None,
        stems={
            stem.name: hear(stem.beside(track), draw.total_frames, draw.fps)
            for stem in stems
            if track and stem.name in template.stems
        },
        projection=entry.projection if entry else Projection.PERSPECTIVE,
        stereo=entry.stereo if entry else StereoLayout.MONO,
        ipd=options.ipd * (options.unit_scale or template.unit_scale),
        is_offset=options.stereo == "offset",
        supersample=options.supersample,
        format=format,
        sound=tuple((str(path), input_sha256(path)) for path in _on_disk(_heard(track, options))),
    )
    if not is_cubemap:
        return SceneSource(settings)
    return CubemapSceneSource(
        CubemapSettings(
            scene=settings.scene(),
            face_size=options.face_size,
            backend=settings.backend,
            adapter=settings.adapter,
            sound=settings.sound,
        )
    )


def _comfort_warnings(
    template: Template, track: AudioTrack | None, options: RenderOptions
) -> tuple[str, ...]:
    """The warning about stereo comfort, if the planned film deserves one."""
    fps = options.fps or Fraction(30)
    length_s = options.duration or (sound_length(track) if track else None) or Fraction(1)
    total = max(1, frame_total(length_s, fps))
    settings = SceneSettings(
        template=template,
        width=2,
        height=2,
        fps=fps,
        total_frames=total,
        seed=options.seed,
        table=hear(track, total, fps) if track else None,
    )
    nearest_m = nearest_content(settings) / (options.unit_scale or template.unit_scale)
    text = comfort_warning(nearest_m, options.ipd)
    return (text,) if text else ()


def sound_length(track: AudioTrack) -> Fraction | None:
    """Seconds into the film at which a sound ends; None for a loop, which never does.

    Raises:
        HeliosError: the sound cannot be read.
    """
    if track.loop:
        return None
    seconds = (probe_sound(track.file).duration_s - track.seek) / Fraction(repr(track.rate))
    return max(Fraction(0), seconds) + track.offset or None


def _files(
    composition: Composition, template: Template, heard: Sequence[AudioTrack | Stem]
) -> Iterator[tuple[str, str]]:
    path = Path(composition.location)
    named = path, path / TEMPLATE_FILE, Path(composition.location.rpartition("#")[0] or ".")
    for file in (*named, Path(template.sky.file or "."), *_on_disk(heard)):
        if file.is_file():
            yield str(file), input_sha256(file)


def _heard(track: AudioTrack | None, options: RenderOptions) -> tuple[AudioTrack | Stem, ...]:
    return (track, *options.stem) if track else ()


def _on_disk(heard: Sequence[AudioTrack | Stem]) -> tuple[Path, ...]:
    return tuple(path for each in heard if (path := Path(each.file)).is_file())


def _stem_warnings(template: Template, options: RenderOptions) -> Iterator[str]:
    given = [stem.name for stem in options.stem]
    for name in template.stems:
        if name not in given:
            yield f"the template names a stem {name!r}, which is not given: it hears the whole song"
    for name in given:
        if name not in template.stems:
            named = f"it names {', '.join(template.stems)}" if template.stems else "it names none"
            yield f"no layer or feature of the template hears the stem {name!r} ({named})"
