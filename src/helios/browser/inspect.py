"""The one look at a page, before anything is decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from helios.browser import stage
from helios.browser.ahead import PageAhead
from helios.browser.alike import KnownPage, KnownPages
from helios.browser.fonts import font_warnings, glyph_warnings
from helios.browser.gpu import gl_renderer
from helios.browser.launch import Browser
from helios.browser.listen import HeardSounds, listen, may_sound
from helios.browser.page import Page, StageSettings
from helios.browser.preload import PageSong
from helios.browser.specimens import merged, specimens
from helios.errors import CaptureRefused, HeliosError, OptionError
from helios.model.audio import AudioTrack
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import BrowserFacts, CompositionFacts
from helios.model.formats import Projection, export_type
from helios.model.hosts import HostRule
from helios.model.options import DEFAULT_FPS, RenderOptions
from helios.model.resolved import ResolvedFrames
from helios.model.stem import Stem
from helios.model.timebase import parse_fps, parse_seconds
from helios.planning.panorama import around_of
from helios.planning.picture_size import page_size
from helios.planning.resolve import resolve_frames
from helios.process.confine import Isolation
from helios.remote.addresses import HostPolicy

Hear = Callable[[AudioTrack | None, int, Fraction, Sequence[Stem]], PageSong]
"""What a page reads of a sound, by the film's number of frames, their rate, and its stems."""


def inspect_page(
    browser: Browser,
    composition: Composition,
    options: RenderOptions,
    *,
    sounds_dir: Path | None = None,
    ahead: PageAhead | None = None,
    hear: Hear | None = None,
    picture: str | None = None,
    place: int = 0,
    others: KnownPages | None = None,
) -> CompositionFacts:
    """Open the page, read what it declares, find its sounds, and fix how frames are taken.

    ``sounds_dir`` receives sounds that exist only inside the page, named by their content;
    ``ahead`` the page that a render of it is likely to want; ``hear`` gives what a page reads of
    a sound; ``picture`` is a file whose image, or cover art, it is served; ``place`` is its place
    among the film's pages, as in ``StageSettings``; ``others`` is what was found of the same
    composition with other props: a page like those is opened but once.

    Raises:
        CompositionNotFound: the page cannot be opened.
        NotReadyError: it never became ready; the message names what is missing.
        ScriptError: it raised an error.
        CaptureError: no way to take its frames as asked.
    """
    silence = hear(None, 0, DEFAULT_FPS, ()) if hear else None
    shelf = ahead or PageAhead()
    if others is not None and ahead is not None:
        others.begin(browser, composition, options)
        if (other := others.any) is not None:
            from helios.browser.again import look_again

            if facts := look_again(browser, composition, options, other, others, ahead):
                _leave_tab(ahead, others)
                return facts

    def staged(known: dict[str, Any], song: PageSong | None) -> StageSettings:
        settings = stage_settings_of(options, known, song)
        return replace(settings, picture=picture, place=place)

    if shelf.begun is None and _may_be_painted(composition, options):
        settings = replace(staged({}, silence), inside_canvas=True)
        if options.capture is not None:
            settings = replace(settings, keeps_files=True)
        shelf.open(browser, composition, settings)
    page = Page(browser, composition, staged({}, silence))
    try:
        declared, warnings = read_declared(page)
        hears = page.server.speaks_of_song or page.evaluate(stage.hears())
        song = _song(options, declared, hear, hears=hears) or silence
        known = staged(declared, song)
        if known.layout != page.settings.layout or song != silence:
            page.close()
            page = Page(browser, composition, known)
        # Loads numpy, which the opening of the page need not wait for.
        from helios.browser.choose import choose_capture

        wants = others is not None and others.are_wanted and _is_plain(page, composition)
        choice = choose_capture(page, composition, options, shelf, wants_likeness=wants)
        _leave_tab(shelf, others)
        around = _around_warning(page, options, declared)
        glyphs = glyph_warnings(page)
        asked = page.evaluate(stage.fonts_asked(), "looking at fonts")
        fonts = font_warnings(page)
        covers = _cover_warning(page)
        heard = HeardSounds()
        if options.page_audio and may_sound(page):
            frames = _frames(options, declared)
            heard = listen(page, composition, frames.end_frame if frames else 0, sounds_dir)
        facts = CompositionFacts(
            composition=composition,
            declared_duration_s=declared.get("duration"),
            declared_fps=declared.get("fps"),
            declared_width=declared.get("width"),
            declared_height=declared.get("height"),
            sounds=heard.tracks,
            voices=heard.voices,
            hears=hears,
            capture=choice.method,
            capture_reason=choice.reason,
            browser=BrowserFacts(
                executable=str(browser.executable.path),
                version=browser.version,
                flags=browser.flags,
                renderer=_renderer_of(page),
                gpu=browser.config.gpu,
            ),
            inputs=tuple(sorted(page.server.inputs.items())),
            undigested=tuple(sorted(page.server.undigested)),
            warnings=(
                *network_warning(browser),
                *media_warnings(page),
                *warnings,
                *heard.warnings,
                *choice.warnings,
                *around,
                *page.warnings(),
                *glyphs,
                *fonts,
                *covers,
            ),
            # Last: it may let the page load more of its own fonts.
            fonts=merged(specimens(page, asked)),
        )
        if others is not None and choice.likeness is not None:
            others.add(
                KnownPage(
                    likeness=choice.likeness,
                    settings=page.settings,
                    declared=declared,
                    facts=facts,
                    asked=asked,
                    fonts=fonts,
                )
            )
        return facts
    except HeliosError as error:
        error.warnings = error.warnings or page.warnings()
        raise
    finally:
        page.close()
        if ahead is None:
            shelf.close()


def _leave_tab(shelf: PageAhead, others: KnownPages | None) -> None:
    """The tab of a page that was begun is the next page's, once this one is drawn."""
    if shelf.begun is not None and others is not None:
        shelf.begun.page.heir = others.keep_tab


def _is_plain(page: Page, composition: Composition) -> bool:
    """Whether nothing about a page depends on more than itself and this browser."""
    settings = page.settings
    is_all = settings.around is not None or settings.transparent or page.browser.config.gpu
    return not (is_all or composition.is_remote)


def _renderer_of(page: Page) -> str:
    """What draws WebGL, where that matters."""
    if page.browser.config.gpu:
        return gl_renderer(page.browser)
    return page.evaluate(stage.renderer()) if page.evaluate(stage.uses_gl()) else ""


def network_warning(browser: Browser) -> tuple[str, ...]:
    """What to say where the browser is kept from the network by interception alone."""
    if browser.isolation is not Isolation.NONE:
        return ()
    text = "the browser has no network namespace of its own here; what the page must not reach is "
    return (text + "refused by intercepting its requests alone",)


def media_warnings(page: Page) -> list[str]:
    """What to say of sounds and videos that the browser cannot play."""
    return [
        f"{unquote(urlsplit(url).path).rpartition('/')[2] or url[:60]}: the browser cannot play it"
        for url in page.evaluate(stage.broken_media())
    ]


def _may_be_painted(composition: Composition, options: RenderOptions) -> bool:
    """Whether the page will likely be drawn into a canvas: a guess, which only saves time."""
    if options.scale != 1 or options.pixel_ratio != 1:
        return False
    is_open = options.capture is None and options.mode == "auto" and options.selector is None
    if not is_open or composition.is_remote:
        return False
    with suppress(OSError):
        return b"canvas" not in Path(composition.location).read_bytes()
    return False


def stage_settings_of(
    options: RenderOptions,
    known: dict[str, Any] | None = None,
    song: PageSong | None = None,
) -> StageSettings:
    """How a page is opened; ``known`` is what it declares, ``song`` what it hears."""
    known = known or {}
    size = page_size(options, known.get("width"), known.get("height"))
    return StageSettings(
        width=size.width,
        height=size.height,
        pixel_ratio=size.pixel_ratio,
        fps=options.fps or known.get("fps") or DEFAULT_FPS,
        seed=options.seed,
        props=options.props,
        stability_timeout_s=float(options.stability_timeout),
        hosts=host_policy(options),
        transparent=options.transparent,
        song=song,
        around=around_of(options),
    )


def host_policy(options: RenderOptions) -> HostPolicy:
    """Which hosts a page may load from."""
    rules = tuple(HostRule.parse(text) for text in options.allow_host)
    return HostPolicy(rules=rules, public_hosts=options.public_hosts)


def _frames(
    options: RenderOptions, declared: dict[str, Any], *, hears: bool = False
) -> ResolvedFrames | None:
    # Loads the decoder, which the browser's start need not wait for.
    from helios.media.song import with_length_of_song

    facts = with_length_of_song(
        CompositionFacts(
            composition=Composition(kind=CompositionKind.PAGE, location=""),
            declared_duration_s=declared.get("duration"),
            declared_fps=declared.get("fps"),
            hears=hears,
        ),
        options,
    )
    try:
        return resolve_frames(CompositionKind.PAGE, options, facts)
    except OptionError:
        return None  # said where the film is planned


def _song(
    options: RenderOptions, declared: dict[str, Any], hear: Hear | None, *, hears: bool
) -> PageSong | None:
    frames = _frames(options, declared, hears=hears) if hear else None
    if hear is None or frames is None or frames.draw.follows is None:
        return None
    draw = frames.draw
    return hear(draw.follows, draw.total_frames, draw.fps, draw.request.stem)


DRAWS_FACES = (
    "the page draws the faces of a cube when it is asked (window.helios.renderFace, or three), and "
    "only --panorama cubemap asks: without it the page is taken as it stands"
)
_HAS_FACES = "Boolean(window.helios?.renderFace || window.helios?.three)"


IS_FLAT = (
    "the film is said to go all around, and the page is taken as it stands: a page that is drawn "
    "flat is bent. Draw it equirectangular and let it declare that shape (data-helios-width, "
    "data-helios-height), or draw the faces of a cube (--panorama cubemap)"
)
IS_FLAT_IN_A_DOME = (
    "the film is for a dome, and the page is taken as it stands: a page that is drawn flat is bent "
    "around the zenith. Draw it as a fisheye and let it declare a square (data-helios-width, "
    "data-helios-height), or draw the faces of a cube (--panorama cubemap)"
)


def _around_warning(
    page: Page, options: RenderOptions, declared: dict[str, Any]
) -> tuple[str, ...]:
    """What to say of a film all around of a page that is not asked for its directions.

    Raises:
        CaptureRefused: it is asked for the faces of a cube and draws none.
    """
    entry = export_type(options.type) if options.type else None
    if entry is None or entry.projection is Projection.PERSPECTIVE:
        return ()
    asks_faces = options.panorama == "cubemap"
    has_faces = page.evaluate(_HAS_FACES)
    if asks_faces and not has_faces:
        raise CaptureRefused(
            "--panorama cubemap: the page draws no faces of a cube, for it has neither "
            "window.helios.renderFace nor window.helios.three",
            hint="Give it one of them, or leave --panorama out if it is drawn equirectangular.",
        )
    is_dome = entry.projection is Projection.FULLDOME and not asks_faces
    if page.settings.around is None and not is_dome:
        return ()
    if has_faces:
        return (DRAWS_FACES,)
    width, height = declared.get("width", 0), declared.get("height", 0)
    is_shaped = width and width * entry.height == height * entry.width
    is_drawn_for_it = is_shaped or page.server.is_shader
    return () if is_drawn_for_it else (IS_FLAT_IN_A_DOME if is_dome else IS_FLAT,)


COVERS_ALL = "the page covers all of the picture: nothing is transparent"
_SOLID = 255
_COVERS = """[document.documentElement, document.body].some((element) => {
  if (!element) return false;
  const colour = getComputedStyle(element).backgroundColor;
  return colour !== "transparent" && !/^rgba|[/]/.test(colour); })"""


def _cover_warning(page: Page) -> tuple[str, ...]:
    if not page.settings.transparent:
        return ()
    if page.evaluate(_COVERS):
        return ("the page has a background of its own: nothing is transparent",)
    from helios.browser.screenshot import Screenshots

    with suppress(HeliosError):  # what cannot be drawn is said where it is drawn
        picture = Screenshots(page).take("looking for what is left uncovered")
        if picture.shape[2] == 3 or picture[..., 3].min() == _SOLID:
            return (COVERS_ALL,)
    return ()


def read_declared(page: Page) -> tuple[dict[str, Any], list[str]]:
    """What a page says of its film, as far as it can be used, and what to say of the rest."""
    raw = page.evaluate(stage.declared())
    readers: dict[str, Any] = {
        "duration": _positive_seconds,
        "fps": parse_fps,
        "width": _even_size,
        "height": _even_size,
    }
    declared: dict[str, Any] = {}
    warnings = []
    for name, read in readers.items():
        if raw.get(name) is None:
            continue
        try:
            declared[name] = read(raw[name])
        except (OptionError, ValueError):
            warnings.append(f"the page declares {name} {raw[name]!r}, which cannot be used")
    return declared, warnings


def _positive_seconds(text: str) -> Fraction:
    seconds = parse_seconds(text)
    if seconds <= 0:
        raise OptionError("duration must be above 0")
    return seconds


def _even_size(text: str) -> int:
    size = int(float(text))
    if size < 2 or size % 2:
        raise OptionError("not an even size")
    return size
