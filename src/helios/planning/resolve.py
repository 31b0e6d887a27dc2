"""From a request and what was found to a decision: size, rate, length, range and codecs. Pure."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from helios.errors import OptionError
from helios.model.audio import AudioTrack
from helios.model.composition import CompositionKind
from helios.model.facts import CompositionFacts
from helios.model.formats import MP4_FAMILY, conventional_name, export_type
from helios.model.options import DEFAULT_FPS, RenderOptions
from helios.model.overlay import OverlayPage
from helios.model.resolved import DrawSettings, ResolvedFrames, ResolvedRender
from helios.model.timebase import frame_total
from helios.planning.encoding import resolve_encoding, resolve_sound
from helios.planning.picture_size import picture_size, size_before_inspection

DEFAULT_DURATION_S = Fraction(1)
CHUNK_AUDIO_CODEC = "pcm_s16le"


def resolve(
    kind: CompositionKind, output: Path, options: RenderOptions, facts: CompositionFacts | None
) -> ResolvedRender:
    """Decide all that the user left open.

    Args:
        kind: who draws.
        output: the film, or the folder of images.
        options: the request.
        facts: what inspection found; without it nothing is known but the request.

    Raises:
        OptionError: the range is empty or reaches past the end, or options do not fit each other.
        UnknownFormatError: a codec or container we do not have, or that do not fit.
    """
    check_transparency(kind, options)
    asked, container = _codec_of(output, options)
    frames = resolve_frames(kind, asked, facts)
    draw = frames.draw
    encode = resolve_encoding(
        frames.options, container, width=draw.width, height=draw.height, fps=draw.fps
    )
    warnings = (*frames.warnings, *_spherical_warnings(frames.options, output))
    return ResolvedRender(
        draw=draw,
        start_frame=frames.start_frame,
        frame_count=frames.frame_count,
        options=frames.options,
        warnings=warnings,
        encode=encode,
        sound=resolve_sound(frames.options, container),
    )


def resolve_frames(
    kind: CompositionKind, options: RenderOptions, facts: CompositionFacts | None
) -> ResolvedFrames:
    """Decide size, rate, length and range, whatever becomes of the frames.

    Raises:
        OptionError: the range is empty or reaches past the end.
    """
    warnings = list(facts.warnings) if facts else []
    fps = options.fps or (facts.declared_fps if facts else None) or DEFAULT_FPS
    declared_s = options.duration or (facts.declared_duration_s if facts else None)
    start, count = options.start_frame, options.frame_count
    if declared_s is not None:
        end = frame_total(declared_s, fps)
    elif count is not None:
        end = start + count
    else:
        end = frame_total(DEFAULT_DURATION_S, fps)
        warnings.append("the composition declares no duration: rendering 1 second (--duration)")
    if start >= end:
        raise OptionError(
            f"--start-frame {start} is beyond the end: the film has {end} frames",
            hint=f"Give --start-frame 0 to {end - 1}, or a longer --duration.",
        )
    if count is not None and start + count > end:
        raise OptionError(
            f"frames {start} to {start + count} reach past the end: the film has {end} frames",
            hint="Give a longer --duration or a smaller --frame-count.",
        )
    _check_loop(kind, options, Fraction(end) / fps)
    warnings += _past_its_end(facts, fps, start + count if count is not None else end)
    size = picture_size(kind, options, facts)
    follows = _followed(kind, options, facts)
    duration_s = declared_s if declared_s is not None else Fraction(end) / fps
    capture = options.capture or (facts.capture if facts else None)
    frame_count = count if count is not None else end - start
    explicit = options.changed(
        width=size.width,
        height=size.height,
        pixel_ratio=size.pixel_ratio,
        fps=fps,
        duration=duration_s,
        frame_count=frame_count,
        capture=capture,
        overlay=_taken(options, facts),
        react_to=follows,
        video_codec=options.video_codec or _usual_codec(options),
        scale=1,
        browser_gpu=_gpu(options, facts),
        backend=(facts.backend if facts else None) or options.backend,
        adapter=facts.adapter if facts and facts.backend else options.adapter,
        hwaccel="none",
    )
    draw = DrawSettings(
        width=size.width,
        height=size.height,
        pixel_ratio=size.pixel_ratio,
        fps=fps,
        duration_s=duration_s,
        type_name=options.type,
        capture=capture,
        follows=follows.followed() if follows else None,
        request=_of_pictures(explicit),
    )
    return ResolvedFrames(
        draw=draw,
        start_frame=start,
        frame_count=frame_count,
        options=explicit,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def check_formats(kind: CompositionKind, output: Path, options: RenderOptions) -> None:
    """Refuse, before anything is looked at, what no inspection could make right.

    Raises:
        OptionError: options that fit neither codec nor composition.
        UnknownFormatError: a codec or container we do not have, or that do not fit.
    """
    check_transparency(kind, options)
    usual = options.changed(video_codec=options.video_codec or _usual_codec(options))
    asked, container = _codec_of(output, usual)
    size = size_before_inspection(kind, asked)
    resolve_encoding(
        asked, container, width=size.width, height=size.height, fps=asked.fps or DEFAULT_FPS
    )
    resolve_sound(asked, container)


def check_transparency(kind: CompositionKind, options: RenderOptions) -> None:
    """Refuse transparency where there is none.

    Raises:
        OptionError: the composition covers everything, or images that cannot hold it are wanted.
    """
    if not options.transparent:
        return
    if kind is CompositionKind.SCENE or options.panorama == "cubemap":
        what = "a scene" if kind is CompositionKind.SCENE else "a panorama"
        raise OptionError(
            f"--transparent: {what} covers the whole picture",
            hint="Pages, Python compositions and images can be transparent.",
        )
    if options.frames == "jpg":
        raise OptionError("--transparent: JPEG has no transparency", hint="Use --frames png.")


def _codec_of(output: Path, options: RenderOptions) -> tuple[RenderOptions, str]:
    """Options and the suffix whose codec encodes the chunks."""
    if options.frames is None:
        return options, output.suffix.lower().lstrip(".")
    # Images have no codec; a lossless one stands in where a plan must name one.
    return options.changed(video_codec="ffv1", quality=None, video_bitrate=None), "mkv"


def _of_pictures(explicit: RenderOptions) -> RenderOptions:
    """What of a request can change a picture or how it is encoded."""
    followed = explicit.react_to
    return explicit.changed(
        start_frame=0,
        frame_count=None,
        react_to=followed.followed() if followed else None,
        tags={},
        audio=(),
        audio_codec=CHUNK_AUDIO_CODEC,
        audio_bitrate=None,
        loudness=None,
        page_audio=False,
        concurrency=None,
        workers=None,
        chunk_frames=None,
    )


def _followed(
    kind: CompositionKind, options: RenderOptions, facts: CompositionFacts | None
) -> AudioTrack | None:
    hears = kind is CompositionKind.SCENE or (facts is not None and facts.hears)
    if options.react_to is None and hears and options.audio:
        return options.audio[0]
    return options.react_to


def _taken(options: RenderOptions, facts: CompositionFacts | None) -> tuple[OverlayPage, ...]:
    """The pages over the film, with how each is taken, and with the song's tags in their props."""
    if facts is None or not facts.overlay_captures:
        return options.overlay
    both = zip(options.overlay, facts.overlay_captures, strict=True)
    tags = dict(facts.song_tags)
    return tuple(
        page.model_copy(
            update={
                "capture": method,
                "picture": page.picture or facts.song_cover,
                "props": {**tags, **page.props},
            }
        )
        for page, method in both
    )


def _check_loop(kind: CompositionKind, options: RenderOptions, film_s: Fraction) -> None:
    loop_s = options.loop_seamless
    if loop_s is None:
        return
    if kind is CompositionKind.IMAGES:
        raise OptionError(
            "--loop-seamless: images end with their last one, nothing follows it",
            hint="Loop a page, a scene or a Python composition.",
        )
    if loop_s > film_s:
        raise OptionError(
            f"--loop-seamless: {float(loop_s):g} s are longer than the film ({float(film_s):g} s)",
            hint="Give a longer --duration.",
        )


def _past_its_end(facts: CompositionFacts | None, fps: Fraction, end: int) -> list[str]:
    """A page that says how long it is usually stands still after that."""
    if facts is None or facts.declared_duration_s is None:
        return []
    own = frame_total(facts.declared_duration_s, fps)
    if facts.composition.kind is not CompositionKind.PAGE or end <= own:
        return []
    return [f"the page declares {own} frames and is asked for {end}: it may stand still at its end"]


def _gpu(options: RenderOptions, facts: CompositionFacts | None) -> str:
    """What the browser that inspected found out; every chunk is drawn the same way."""
    if options.browser_gpu != "auto" or facts is None or facts.browser is None:
        return options.browser_gpu
    return "on" if facts.browser.gpu else "off"


def _spherical_warnings(options: RenderOptions, output: Path) -> tuple[str, ...]:
    """What players will not know of a 360 film: by its container, or by its name."""
    entry = export_type(options.type) if options.type is not None else None
    if entry is None or not entry.projection.is_spherical:
        if options.initial_view is None:
            return ()
        return ("--initial-view is for films that go all around, and nothing in this one",)
    if options.frames is not None:
        return ()
    suffix = output.suffix.lower()
    if suffix.lstrip(".") not in MP4_FAMILY:
        return (f"{suffix} does not carry the metadata that players read: use .mp4 to publish",)
    name = conventional_name(output, entry.projection, entry.stereo).name
    if name == output.name:
        return ()
    return (f"headset players go by the film's name: call it {name}",)


def _usual_codec(options: RenderOptions) -> str | None:
    """The codec that a type of large pictures is shown with, unless something else was asked."""
    if options.type is None or options.encoding_preset is not None or options.scale != 1:
        return None
    codec = export_type(options.type).video_codec
    return codec if codec != "libx264" else None
