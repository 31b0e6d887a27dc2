"""Pages over any composition: looked at once, then drawn over every frame."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helios.errors import CompositionNotFound, HeliosError, OptionError
from helios.files.near import did_you_mean, nearest
from helios.files.unread import names_beside
from helios.files.whole import file_sha256
from helios.model.composition import Composition, CompositionKind, parse_composition
from helios.model.facts import CaptureMethod, CompositionFacts
from helios.model.formats import export_type
from helios.model.options import RenderOptions
from helios.model.overlay import SETTINGS, OverlayPage
from helios.planning.resolve import resolve_frames

if TYPE_CHECKING:
    from helios.browser.inspect import Hear
    from helios.browser.launch import Browser
    from helios.model.picture import Picture
    from helios.model.resolved import DrawSettings
    from helios.sources.page import PageSettings
    from helios.sources.source import FrameSource

_BACKGROUNDS = ("backdrop",)
_SHOWN = {
    "title": ("title", "artist"),
    "lower-third": ("name", "role"),
    "captions": ("lines",),
    "lyrics": ("lines",),
    "end-card": ("title", "artist", "text", "link", "picture"),
}
"""What pages write, of which they need one."""
_SHOW_SOUND = ("bars", "ring", "waveform")
_WRONG_PROP = re.compile(r"the prop .*")
"""What the scripts of the shipped pages say of a value that they cannot use."""
_SETTING = re.compile(r",\s*([\w-]+)=")


def overlay_names() -> tuple[str, ...]:
    """The overlay pages that Helios brings."""
    names = (entry.name for entry in _shipped().iterdir())
    return tuple(sorted(name.removesuffix(".html") for name in names if name.endswith(".html")))


def check_overlays(options: RenderOptions) -> None:
    """Make sure that the pages are there, before a browser is started.

    Raises:
        CompositionNotFound: one is not there.
        OptionError: it cannot lie over this film.
    """
    if not options.overlay:
        return
    if options.type is not None and export_type(options.type).projection.is_spherical:
        raise OptionError(
            "--overlay: a page that is drawn flat would be bent all around",
            hint="Leave it out of 360 films, or make a flat one with --type flat-1080p-landscape.",
        )
    from helios.media.captions import read_captions
    from helios.media.cover import read_cover

    for overlay in options.overlay:
        page_of(overlay)
        with _named(overlay):
            if overlay.picture is not None:
                read_cover(overlay.picture)
            if overlay.lines is not None:
                read_captions(Path(overlay.lines))


def page_of(overlay: OverlayPage) -> Composition:
    """The page that an overlay names.

    Raises:
        CompositionNotFound: there is none.
    """
    if overlay.page in overlay_names():
        folder = _shipped()
        location = str(folder / f"{overlay.page}.html")
        return Composition(kind=CompositionKind.PAGE, location=location, root=folder)
    try:
        page = parse_composition(overlay.page, Path())
    except CompositionNotFound as error:
        raise _not_there(overlay) from error
    if page.kind is not CompositionKind.PAGE:
        raise _not_there(overlay)
    return page


def look_at_overlays(
    facts: CompositionFacts, browser: Browser, options: RenderOptions
) -> CompositionFacts:
    """The facts with how the pages are taken, and what they depend on.

    Raises:
        HeliosError: one cannot be loaded.
    """
    from helios.browser.specimens import merged
    from helios.sources.film_columns import page_song

    draw = resolve_frames(facts.composition.kind, options, facts).draw
    facts = with_tags(facts, options)
    tags = dict(facts.song_tags)
    hear = cache(page_song)
    unread = unread_props(options.overlay)
    for place, overlay in enumerate(options.overlay, 1):
        picture = overlay.picture or facts.song_cover
        told = {"picture": picture, "props": {**tags, **overlay.props}}
        found = _look_at(overlay.model_copy(update=told), place, browser, options, draw, hear)
        painted = facts.capture if facts.capture and facts.capture.is_painted else None
        method = painted or overlay.capture or found.capture or CaptureMethod.SCREENSHOT
        if painted is None and method is CaptureMethod.BEGINFRAME:
            method = CaptureMethod.SCREENSHOT  # frames are drawn on command in all tabs or none
        facts = replace(
            facts,
            hears=facts.hears or found.hears,
            overlay_captures=(*facts.overlay_captures, method),
            browser=facts.browser or found.browser,
            fonts=merged(facts.fonts, found.fonts),
            inputs=tuple(sorted({*facts.inputs, *_not_shipped(found.inputs), *_lines(overlay)})),
            undigested=tuple(sorted({*facts.undigested, *found.undigested})),
            warnings=(
                *facts.warnings,
                *_by_name(overlay, _told_of(overlay, found, draw)),
                *_by_name(overlay, unread.get(place, ())),
                *_by_name(overlay, nothing_to_show(overlay, told)),
                *_by_name(overlay, shows_silence(overlay, options)),
            ),
        )
    return facts


@cache
def props_read(page: str) -> frozenset[str]:
    """The props that a page reads which Helios brings."""
    common = (_shipped() / "overlay.js").read_text(encoding="utf-8")
    names = set(re.findall(r"\bprops\.(\w+)", common))
    for listed in re.findall(r"for \(const name of \[([^]]*)\]\)", common):
        names.update(re.findall(r"\w+", listed))
    text = (_shipped() / f"{page}.html").read_text(encoding="utf-8")
    for taken in re.findall(r"const \{(.*?)\} = props;", text):
        plain = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", taken))
        names.update(re.findall(r"(?:^|,)\s*(\w+)", plain))
    return frozenset(names)


def unread_props(overlays: Sequence[OverlayPage]) -> dict[int, list[str]]:
    """What is said of props that no page reads, by the place of the page, counted from 1.

    Combined pages are told the props of all, so one that any of them reads is right.
    """
    ours = {n: each for n, each in enumerate(overlays, 1) if each.page in overlay_names()}
    known = frozenset[str]().union(*(props_read(each.page) for each in ours.values()))
    told: dict[str, int] = {}
    for place, overlay in ours.items():
        for name in overlay.props:
            if name not in known:
                told.setdefault(name, place)
    said: dict[int, list[str]] = {}
    for name, place in told.items():
        close = nearest(name, sorted(known))
        meant = f"; did you mean {close!r}?" if close else ""
        said.setdefault(place, []).append(f"the page reads no {name!r}{meant}")
    return said


def nothing_to_show(overlay: OverlayPage, told: Mapping[str, Any]) -> Iterator[str]:
    """What is said of a page which Helios brings that was told nothing it could write.

    Args:
        overlay: the page.
        told: its ``picture``, and its ``props`` with what the song says of itself.
    """
    needs = _SHOWN.get(overlay.page, ())
    given = {"picture": told["picture"], "lines": overlay.lines is not None}
    given.update({name: value for name, value in told["props"].items() if value})
    if needs and not any(given.get(name) for name in needs):
        way = f"--overlay {overlay.page},"
        example = f"{way}lines=FILE"
        if needs != ("lines",):
            own = f'{{"{needs[0]}": "..."}}'
            example = f"{way}props={own}, or --props '{own}' where a template brings the page"
        yield f"it has nothing to show, for it was told no {' or '.join(needs)}: {example}"


def shows_silence(overlay: OverlayPage, options: RenderOptions) -> Iterator[str]:
    """What is said of a page which Helios brings that shows sound, where there is none."""
    if overlay.page in _SHOW_SOUND and options.react_to is None and not options.audio:
        yield "no --audio: it shows silence"


def methods(options: RenderOptions) -> list[CaptureMethod]:
    """How the pages that lie over a film are taken, in order."""
    return [_method(overlay) for overlay in options.overlay]


def overlaid(source: FrameSource, browser: Browser, draw: DrawSettings) -> FrameSource:
    """The source with the pages over its pictures, in order; all are closed together.

    Raises:
        HeliosError: one cannot be loaded.
    """
    from helios.sources.overlaid import OverlaidSource
    from helios.sources.page import PageSource

    try:
        common = _common_settings(draw)
        for place, overlay in enumerate(draw.request.overlay, 1):
            with _named(overlay):
                settings = replace(
                    common,
                    capture=_method(overlay),
                    props=_told(overlay, draw),
                    picture=overlay.picture,
                    place=place,
                )
                page = PageSource(browser, page_of(overlay), settings)
            source = OverlaidSource(source, _OverlayFrames(overlay, page))
    except BaseException:
        source.close()
        raise
    return source


class _OverlayFrames:
    """A page's frames, whose errors name the page, and whose inputs do not count what is shipped:
    the version of Helios stands for it."""

    def __init__(self, overlay: OverlayPage, source: FrameSource) -> None:
        self._overlay, self._source = overlay, source
        self.close = source.close

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        """See ``FrameSource``."""
        with _named(self._overlay):
            yield from self._source.frames(start_frame, frame_count)

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path or URL, SHA-256) of everything else that was loaded."""
        return (*_not_shipped(self._source.inputs()), *_lines(self._overlay))

    def warnings(self) -> tuple[str, ...]:
        """See ``FrameSource``, by the page's name."""
        return _by_name(self._overlay, self._source.warnings())


def _common_settings(draw: DrawSettings) -> PageSettings:
    """What all pages have alike: the song, which may be long, is heard and kept once."""
    from helios.drawing.host import page_settings

    some = replace(draw, capture=draw.capture or CaptureMethod.SCREENSHOT)
    return replace(page_settings(some), transparent=True, selector=None, mode="auto")


def _method(overlay: OverlayPage) -> CaptureMethod:
    return overlay.capture or CaptureMethod.SCREENSHOT


def with_tags(facts: CompositionFacts, options: RenderOptions) -> CompositionFacts:
    """The facts with what the options say of the film, the song of itself, or else its lyrics, and
    whether the song has a picture."""
    from helios.media.cover import has_cover
    from helios.media.fetch import fetch_sound
    from helios.media.sound import SONG_TAGS, read_tags

    track = options.react_to or (options.audio[0] if options.audio else None)
    said = {name: options.tags[name] for name in SONG_TAGS if name in options.tags}
    lyrics = _said_by_lyrics(options.overlay)
    if track is None:
        return replace(facts, song_tags=tuple({**lyrics, **said}.items()))
    sound = fetch_sound(track.file)
    facts = replace(facts, song_tags=tuple({**lyrics, **read_tags(sound), **said}.items()))
    try:
        return replace(facts, song_cover=track.file if has_cover(sound) else None)
    except OptionError as error:
        warning = f"{error.message}: the song's cover art is left out"
        return replace(facts, warnings=(*facts.warnings, warning))


def _said_by_lyrics(overlays: Sequence[OverlayPage]) -> dict[str, str]:
    from helios.media.captions import read_caption_tags

    files = [Path(overlay.lines) for overlay in overlays if overlay.lines is not None]
    return read_caption_tags(files[0]) if files else {}


def _told(overlay: OverlayPage, draw: DrawSettings) -> dict[str, Any]:
    """The page's props, with the film's length in seconds as ``duration``, and the lines of a
    file."""
    told: dict[str, Any] = {"duration": float(draw.duration_s)}
    if overlay.lines is not None:
        from helios.media.captions import read_captions

        told["lines"] = [line.values() for line in read_captions(Path(overlay.lines))]
    return {**told, **overlay.props}


def _lines(overlay: OverlayPage) -> tuple[tuple[str, str], ...]:
    """The file of the page's lines, and its digest, if there is one."""
    return ((overlay.lines, file_sha256(Path(overlay.lines))),) if overlay.lines else ()


def _told_of(overlay: OverlayPage, found: CompositionFacts, draw: DrawSettings) -> Iterator[str]:
    """What is said of a page: one of ours that is a background is meant to cover everything."""
    from helios.browser.inspect import COVERS_ALL

    is_meant = overlay.page in _BACKGROUNDS
    yield from (text for text in found.warnings if not (is_meant and text == COVERS_ALL))
    lines = _told(overlay, draw).get("lines")
    if isinstance(lines, list):
        from helios.model.captions import beyond_end

        yield from beyond_end(lines, float(draw.duration_s))


def _look_at(
    overlay: OverlayPage,
    place: int,
    browser: Browser,
    options: RenderOptions,
    draw: DrawSettings,
    hear: Hear,
) -> CompositionFacts:
    from helios.browser.inspect import inspect_page

    page = page_of(overlay)
    asked = draw.request.changed(
        overlay=(),
        subtitles=None,
        subtitles_style=None,
        root=None,
        type=None,
        mode="auto",
        selector=None,
        transparent=True,
        props=_told(overlay, draw),
        capture=overlay.capture,
        audio=options.audio,
        react_to=options.react_to,
    )
    with _named(overlay):
        return inspect_page(browser, page, asked, hear=hear, picture=overlay.picture, place=place)


@contextmanager
def _named(overlay: OverlayPage) -> Iterator[None]:
    """Errors say which page is meant."""
    try:
        yield
    except HeliosError as error:
        name, message = Path(overlay.page).name, error.message
        if overlay.page in overlay_names() and (prop := _WRONG_PROP.search(message)):
            # Nobody can mend a page that ships, nor wants to know where in it this was found.
            message = prop[0]
            error.hint = f"Give it in --props, or as --overlay '{name},props={{...}}'."
        error.args = (f"overlay {name}: {message}",)
        raise


def _by_name(overlay: OverlayPage, warnings: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"overlay {Path(overlay.page).name}: {warning}" for warning in warnings)


def _not_there(overlay: OverlayPage) -> CompositionNotFound:
    if setting := _SETTING.search(name := Path(overlay.page).name):
        return CompositionNotFound(
            f"--overlay {name[: setting.start()]}: there is no setting {setting[1]!r}",
            hint=f"{did_you_mean(setting[1], SETTINGS)}There are: {', '.join(SETTINGS)}.",
        )
    path = Path(overlay.page)
    ours, theirs = overlay_names(), () if path.exists() else names_beside(path) or ()
    meant = did_you_mean(path.stem, ours)
    meant = meant or did_you_mean(path.name, theirs, telling=len(path.stem))
    return CompositionNotFound(
        f"--overlay: no page {overlay.page!r}",
        hint=f"{meant}Give an HTML page or its address, or one of: {', '.join(ours)}.",
    )


def _not_shipped(inputs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    folder = _shipped()
    return tuple(each for each in inputs if not Path(each[0]).is_relative_to(folder))


def _shipped() -> Path:
    return Path(str(files("helios.browser"))) / "overlays"
