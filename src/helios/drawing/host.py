"""Inspects and opens compositions of every kind, and keeps the browser that they share."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from helios.errors import EnvironmentProblem, JobSpecError
from helios.files.whole import file_sha256
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import BrowserFacts, CaptureMethod, CompositionFacts
from helios.model.formats import StereoLayout
from helios.model.picture import PixelFormat
from helios.planning.panorama import around_of
from helios.planning.picture_size import drawn_ratio

if TYPE_CHECKING:
    from helios.browser.ahead import PageAhead
    from helios.browser.alike import KnownPages
    from helios.browser.launch import Browser
    from helios.browser.page import Page
    from helios.executors.call import ChunkCall
    from helios.model.encoding import EncodeSettings
    from helios.model.options import RenderOptions
    from helios.model.page_words import PageWords
    from helios.model.resolved import DrawSettings
    from helios.sources.page import PageSettings
    from helios.sources.source import FrameSource

    _BrowserKey = tuple[bool, bool, Fraction, bool, str]
    """What a browser is started for: headless, sandbox, pixel ratio, WebGPU, GPU."""


class CompositionHost:
    """Opens compositions in this process.

    It keeps what is dear between calls: the browser, a page that inspection left open, and the
    source that has drawn a film's last chunk. Used by one thread.
    """

    def __init__(self, browser: Future[Browser] | None = None) -> None:
        """``browser`` is one that was started ahead, with everything as by default."""
        self._ahead = browser
        self._browser: Browser | None = None
        self._page_ahead: PageAhead | None = None
        """Where inspection leaves a page that is open for the render."""
        self._known_pages: KnownPages | None = None
        self._browser_key: _BrowserKey | None = None
        self._draws_wgsl = False
        """Whether the film's composition is a shader that needs WebGPU."""
        self._kept: tuple[ChunkCall, FrameSource] | None = None
        """A source that has drawn a chunk, and may draw the film's next one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the browser, if there is one."""
        if self._ahead is not None:
            with suppress(Exception):
                self._ahead.result().close()
            self._ahead = None
        self._close_kept()
        self._close_page_ahead()
        if self._browser is not None:
            self._browser.close()
            self._browser = None

    def keep(self, call: ChunkCall, source: FrameSource) -> None:
        """Keep a source that has drawn a chunk: a page need not live through its frames again."""
        self._kept = (call.film, source)

    def _close_kept(self) -> None:
        if self._kept is not None:
            (_, source), self._kept = self._kept, None
            source.close()

    def _close_page_ahead(self) -> None:
        if self._page_ahead is not None:
            self._page_ahead.close()
            self._page_ahead = None

    def inspect(
        self,
        composition: Composition,
        options: RenderOptions,
        sounds_folder: Path,
        *,
        others_follow: bool = False,
    ) -> CompositionFacts:
        """Look once at a composition, and at the pages and subtitles over it.

        ``others_follow``: it will be looked at again with other props.

        Raises:
            HeliosError: it cannot be loaded.
        """
        self._close_kept()
        self._draws_wgsl = composition.is_wgsl
        if others_follow and composition.kind is CompositionKind.PAGE:
            self._pages_known().others_follow = True
        return self.with_covers(self._look_at(composition, options, sounds_folder), options)

    def words_of(self, composition: Composition, options: RenderOptions) -> PageWords | None:
        """What a page says of itself; None of other kinds."""
        if composition.kind is not CompositionKind.PAGE:
            return None
        from helios.browser.about import listen_to_page

        self._draws_wgsl = composition.is_wgsl
        return listen_to_page(self._page_browser(options), composition, options)

    def with_covers(self, facts: CompositionFacts, options: RenderOptions) -> CompositionFacts:
        """The facts of a composition with its song's, and those of what lies over it.

        Raises:
            HeliosError: one of them cannot be loaded.
        """
        if options.audio:
            from helios.media.song import with_length_of_song

            facts = with_length_of_song(facts, options)
        if options.overlay:
            from helios.drawing.overlays import look_at_overlays

            facts = look_at_overlays(facts, self._page_browser(options), options)
        from helios.drawing.hearing import with_heard

        facts = with_heard(facts, options)
        if options.subtitles is None:
            return facts
        from helios.drawing.subtitles import look_at_subtitles

        return look_at_subtitles(facts, self._page_browser(options), options)

    def _look_at(
        self, composition: Composition, options: RenderOptions, sounds_folder: Path
    ) -> CompositionFacts:
        match composition.kind:
            case CompositionKind.PAGE if is_explicit(options):
                return _explicit_page(composition, options)
            case CompositionKind.PAGE:
                from helios.browser.ahead import PageAhead
                from helios.browser.inspect import inspect_page
                from helios.sources.film_columns import page_song

                browser = self._page_browser(options)
                # A film that was drawn before may have left it with other switches.
                browser.require(begin_frame=None, pixel_ratio=drawn_ratio(options))
                self._close_page_ahead()
                self._page_ahead = PageAhead()
                return inspect_page(
                    browser,
                    composition,
                    options,
                    sounds_dir=sounds_folder,
                    ahead=self._page_ahead,
                    hear=page_song,
                    others=self._pages_known(),
                )
            case CompositionKind.IMAGES:
                return _inspect_images(composition, options)
            case CompositionKind.PYTHON:
                return python_facts(composition, composition.location, composition.root)
            case CompositionKind.SCENE:
                from helios.sources.scene import inspect_scene

                return inspect_scene(composition, options)

    def _pages_known(self) -> KnownPages:
        from helios.browser.alike import KnownPages

        self._known_pages = self._known_pages or KnownPages()
        return self._known_pages

    def source_of(self, call: ChunkCall) -> FrameSource:
        """What draws the call's frames: what is kept of the film's last chunk, or a new source.

        Raises:
            HeliosError: it cannot be opened, or this machine has another browser or other fonts.
        """
        alive = self._browser is None or self._browser.connection.is_open
        if self._kept is not None and self._kept[0] == call.film and alive:
            (_, kept), self._kept = self._kept, None
            return kept
        self._close_kept()
        facts = None if call.any_browser else call.facts
        if facts and call.is_planned_here:
            facts = replace(facts, fonts=())
        return self.open_source(
            call.composition, call.draw, facts, format=picture_format(call.encode)
        )

    def open_source(
        self,
        composition: Composition,
        draw: DrawSettings,
        facts: CompositionFacts | None,
        *,
        format: PixelFormat,  # noqa: A002 - as in Picture
    ) -> FrameSource:
        """What draws a composition's frames, with the pages and subtitles that lie over them.

        Args:
            composition: what draws.
            draw: how.
            facts: what inspection found; browser and fonts must be those that it names.
            format: what frames are wanted in, where the source has a choice.

        Raises:
            HeliosError: it cannot be opened, or this machine has another browser or other fonts.
        """
        if self._known_pages is not None:
            self._known_pages.close_tab()
        self._draws_wgsl = composition.is_wgsl
        is_page = composition.kind is CompositionKind.PAGE
        if is_page or draw.request.overlay or draw.request.subtitles is not None:
            browser = self._page_browser(draw.request)
            if facts and facts.browser:
                _demand_version(browser, facts.browser)
            if facts and facts.fonts:
                from helios.browser.specimens import demand_fonts

                demand_fonts(browser, facts.fonts)
        return self.finished(lambda draw: self._plain_source(composition, draw, format), draw)

    def finished(
        self, open_plain: Callable[[DrawSettings], FrameSource], draw: DrawSettings
    ) -> FrameSource:
        """A source with what lies over its pictures; as a loop, where one is asked for.

        Raises:
            HeliosError: it cannot be opened, or what lies over it cannot be drawn.
        """
        self._start_for_all(draw)
        loop_s = draw.request.loop_seamless
        if loop_s is None:
            return self._covered(open_plain(draw), draw)
        from helios.sources.looped import LoopedSource

        # The composition goes on for so long after the film's end.
        longer = replace(draw, duration_s=draw.duration_s + loop_s)
        source = self._covered(open_plain(longer), longer)
        try:
            after = self._covered(open_plain(longer), longer)
        except BaseException:
            source.close()
            raise
        blended = longer.total_frames - draw.total_frames
        return LoopedSource(source, after, draw.total_frames, blended)

    def _start_for_all(self, draw: DrawSettings) -> None:
        """Run the browser with the switches that the film's pages need, before any is open.

        Started anew later, for one that lies over others, it would end those; and the film before
        may have left it with others.
        """
        captures = [draw.capture]
        if draw.request.overlay:
            from helios.drawing.overlays import methods

            captures += methods(draw.request)
        elif self._browser is None:
            return
        is_shot = CaptureMethod.SCREENSHOT in captures
        self._page_browser(draw.request).require(
            begin_frame=False if is_shot else None, pixel_ratio=drawn_ratio(draw.request)
        )

    def _covered(self, source: FrameSource, draw: DrawSettings) -> FrameSource:
        """The source with pages and then subtitles over its pictures, where there are any."""
        if draw.request.overlay:
            from helios.drawing.overlays import overlaid

            source = overlaid(source, self._page_browser(draw.request), draw)
        if draw.request.subtitles is None:
            return source
        from helios.drawing.subtitles import subtitled

        return subtitled(source, self._page_browser(draw.request), draw)

    def _plain_source(
        self,
        composition: Composition,
        draw: DrawSettings,
        format: PixelFormat,  # noqa: A002 - as in Picture
    ) -> FrameSource:
        match composition.kind:
            case CompositionKind.PAGE:
                return self._page_source(composition, draw)
            case CompositionKind.IMAGES:
                from helios.sources.images import ImageSource

                return ImageSource(composition.location)
            case CompositionKind.PYTHON:
                return python_source(composition.location, draw, composition.root)
            case CompositionKind.SCENE:
                from helios.sources.scene import open_scene

                return open_scene(composition, draw, format)

    def open_page(self, composition: Composition, draw: DrawSettings) -> Page:
        """The page in a tab of its own, to be asked rather than drawn.

        Raises:
            HeliosError: it cannot be opened.
        """
        from helios.browser.page import Page
        from helios.sources.page import stage_settings

        self._draws_wgsl = composition.is_wgsl
        browser = self._page_browser(draw.request)
        return Page(browser, composition, stage_settings(page_settings(draw)))

    def _page_source(self, composition: Composition, draw: DrawSettings) -> FrameSource:
        from helios.sources.page import PageSource

        browser = self._page_browser(draw.request)
        if draw.request.panorama == "cubemap":
            return _page_panorama(browser, composition, draw)
        return PageSource(browser, composition, page_settings(draw), self._page_ahead)

    def _page_browser(self, options: RenderOptions) -> Browser:
        from helios.browser.gpu import launch_with, may_have_gpu
        from helios.browser.launch import BrowserConfig

        gpu = options.browser_gpu
        if gpu == "auto" and not may_have_gpu():
            gpu = "off"
        ratio = drawn_ratio(options)
        key = (options.headless, options.sandbox, ratio, self._draws_wgsl, gpu)
        if self._browser is not None and (
            not self._browser.connection.is_open or not _fits(self._browser_key, key)
        ):
            self._browser.close()
            self._browser = None
        if (
            self._browser is None
            and self._ahead is not None
            and key == (True, True, Fraction(1), False, "off")
        ):
            ahead, self._ahead = self._ahead, None
            self._browser = ahead.result()
        if self._browser is None:
            config = BrowserConfig(
                headless=options.headless,
                sandbox=options.sandbox,
                pixel_ratio=ratio,
                webgpu=self._draws_wgsl,
            )
            self._browser = launch_with(gpu, config)
        drawn_by = "on" if self._browser.config.gpu else "off"
        self._browser_key = (*key[:4], drawn_by)
        return self._browser


def _fits(key: _BrowserKey | None, wanted: _BrowserKey) -> bool:
    return key is not None and (key == wanted or (*key[:4], "auto") == wanted)


def is_explicit(options: RenderOptions) -> bool:
    """Whether nothing about a page is left to find out, as in the chunk commands of a job."""
    known = (options.capture, options.fps, options.duration, options.width, options.height)
    may_hear = options.audio and options.react_to is None
    return None not in known and not options.page_audio and not may_hear


def _explicit_page(composition: Composition, options: RenderOptions) -> CompositionFacts:
    inputs = (
        ()
        if composition.is_remote
        else ((composition.location, file_sha256(Path(composition.location))),)
    )
    return CompositionFacts(composition=composition, capture=options.capture, inputs=inputs)


def _page_panorama(browser: Browser, composition: Composition, draw: DrawSettings) -> FrameSource:
    from helios.sources.page_cubemap import PageCubemapSource, PanoramaSettings

    entry, request = draw.export_type, draw.request
    panorama = PanoramaSettings(
        stereo=entry.stereo if entry else StereoLayout.MONO,
        face_size=request.face_size,
        ipd_m=request.ipd,
        unit_scale=request.unit_scale or 1.0,
    )
    return PageCubemapSource(browser, composition, page_settings(draw), panorama)


def page_settings(draw: DrawSettings) -> PageSettings:
    """What a page source needs to know.

    Raises:
        JobSpecError: nobody said how its frames are taken.
    """
    from helios.browser.inspect import host_policy
    from helios.sources.film_columns import page_song
    from helios.sources.page import PageSettings

    if draw.capture is None:
        raise JobSpecError(
            "the chunk does not say how frames of its page are taken",
            hint="Emit the job again, or give --capture.",
        )
    request = draw.request
    return PageSettings(
        width=draw.width,
        height=draw.height,
        pixel_ratio=draw.pixel_ratio,
        fps=draw.fps,
        total_frames=draw.total_frames,
        duration_s=draw.duration_s,
        capture=draw.capture,
        selector=request.selector,
        mode=request.mode,
        props=request.props,
        seed=request.seed,
        transparent=request.transparent,
        stability_timeout_s=float(request.stability_timeout),
        hosts=host_policy(request),
        around=around_of(request),
        song=page_song(draw.follows, draw.total_frames, draw.fps, request.stem),
    )


def picture_format(encode: EncodeSettings) -> PixelFormat:
    """What a scene is drawn as, so that the encoder gets what it can keep: ten bits, else the
    colour of every pixel."""
    if "10" in encode.pixel_format:
        return PixelFormat.YUV420P10
    is_halved = "420" in encode.pixel_format or encode.pixel_format == "nv12"
    return PixelFormat.YUV420P if is_halved else PixelFormat.RGB24


def python_facts(
    composition: Composition, target: str | object, folder: Path | None
) -> CompositionFacts:
    """What a Python composition, by name or at hand, declares.

    Raises:
        CompositionNotFound: there is no such module, file or object.
        LoadError: importing it failed, or it cannot draw.
    """
    from helios.sources.python import PythonComposition

    loaded = PythonComposition(target, folder)
    inputs = loaded.inputs()
    return CompositionFacts(
        composition=composition,
        declared_fps=loaded.fps,
        declared_duration_s=loaded.duration_s,
        declared_width=loaded.width,
        declared_height=loaded.height,
        hears=loaded.hears(),
        inputs=inputs,
        undigested=() if inputs else (loaded.name,),
    )


def python_source(
    target: str | object, draw: DrawSettings, folder: Path | None = None
) -> FrameSource:
    """What draws a Python composition, by name or at hand.

    Raises:
        CompositionNotFound: there is no such module, file or object.
        LoadError: importing it failed, or it cannot draw.
    """
    from helios.sources.film_audio import film_audio
    from helios.sources.python import PythonSource

    return PythonSource(
        target,
        width=draw.width,
        height=draw.height,
        fps=draw.fps,
        frame_total=draw.total_frames,
        props=draw.request.props,
        seed=draw.request.seed,
        song=film_audio(draw.follows, draw.total_frames, draw.fps, draw.request.stem),
        folder=folder,
    )


def _inspect_images(composition: Composition, options: RenderOptions) -> CompositionFacts:
    from helios.model.options import DEFAULT_FPS
    from helios.sources.images import ImageSource

    source = ImageSource(composition.location)
    return CompositionFacts(
        composition=composition,
        declared_width=source.width,
        declared_height=source.height,
        declared_duration_s=source.frame_count / (options.fps or DEFAULT_FPS),
        inputs=source.inputs(),
    )


def _demand_version(browser: Browser, planned: BrowserFacts) -> None:
    if browser.version != planned.version:
        raise EnvironmentProblem(
            f"the render was planned with {planned.version}, this machine has {browser.version}",
            hint="Emit the job again here, install the same browser, or pass --any-browser.",
        )
    if planned.gpu and planned.renderer:
        from helios.browser.gpu import gl_renderer

        if (renderer := gl_renderer(browser)) != planned.renderer:
            raise EnvironmentProblem(
                f"the render was planned with {planned.renderer}, this machine has {renderer}",
                hint="Render with --browser-gpu off, which gives the same pixels everywhere.",
            )
