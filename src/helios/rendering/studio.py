"""Where compositions are looked at and drawn: the one room's door for every kind."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from helios.errors import EnvironmentProblem
from helios.executors.call import film_of
from helios.files.whole import file_sha256
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import BrowserFacts, CompositionFacts
from helios.model.formats import StereoLayout, export_type
from helios.model.picture import PixelFormat
from helios.model.timebase import frame_total
from helios.planning.picture_size import drawn_ratio

if TYPE_CHECKING:
    from helios.browser.ahead import PageAhead
    from helios.browser.launch import Browser
    from helios.executors.call import ChunkCall
    from helios.model.options import RenderOptions
    from helios.sources.page import PageSettings
    from helios.sources.source import FrameSource

    _BrowserKey = tuple[bool, bool, Fraction, str]
    """What a browser is started for: headless, sandbox, pixel ratio, GPU."""


class Studio:
    """Inspects and opens compositions, and keeps the browser they share."""

    def __init__(self, browser: Future[Browser] | None = None) -> None:
        """``browser`` is one that was started ahead, with everything as by default."""
        self._ahead = browser
        self._browser: Browser | None = None
        self._page_ahead: PageAhead | None = None
        """Where inspection leaves a page that is open for the render."""
        self._browser_key: _BrowserKey | None = None
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
        self._kept = (film_of(call), source)

    def _close_kept(self) -> None:
        if self._kept is not None:
            (_, source), self._kept = self._kept, None
            source.close()

    def _close_page_ahead(self) -> None:
        if self._page_ahead is not None:
            self._page_ahead.close()
            self._page_ahead = None

    def inspect(
        self, composition: Composition, options: RenderOptions, sounds_folder: Path
    ) -> CompositionFacts:
        """Look once at a composition, and at the subtitles over it.

        Raises:
            HeliosError: it cannot be loaded.
        """
        self._close_kept()
        facts = self._look_at(composition, options, sounds_folder)
        if options.audio:
            from helios.media.song import with_length_of_song

            facts = with_length_of_song(facts, options)
        if options.subtitles is None:
            return facts
        from helios.rendering.subtitles import look_at_subtitles

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

                browser = self._page_browser(options)
                self._close_page_ahead()
                self._page_ahead = PageAhead()
                return inspect_page(
                    browser, composition, options, sounds_dir=sounds_folder, ahead=self._page_ahead
                )
            case CompositionKind.IMAGES:
                return _inspect_images(composition, options)
            case CompositionKind.PYTHON:
                return python_facts(composition, composition.location, composition.root)
            case CompositionKind.SCENE:
                from helios.sources.scene import inspect_scene

                return inspect_scene(composition, options)

    def open_source(self, call: ChunkCall) -> FrameSource:
        """What draws the chunk's frames.

        Raises:
            HeliosError: it cannot be opened, or this machine's browser is another version.
        """
        alive = self._browser is None or self._browser.connection.is_open
        if self._kept is not None and self._kept[0] == film_of(call) and alive:
            (_, kept), self._kept = self._kept, None
            return kept
        self._close_kept()
        source = self._plain_source(call)
        if call.options.subtitles is not None:
            self._browser_of(call)
        return self.subtitled(source, call.options)

    def subtitled(self, source: FrameSource, options: RenderOptions) -> FrameSource:
        """The source with subtitles over its pictures, where there are any.

        Raises:
            HeliosError: they cannot be read or drawn.
        """
        if options.subtitles is None:
            return source
        from helios.rendering.subtitles import subtitled

        return subtitled(source, self._page_browser(options), options)

    def _plain_source(self, call: ChunkCall) -> FrameSource:
        composition, options = call.composition, call.options
        match composition.kind:
            case CompositionKind.PAGE:
                return self._page_source(call)
            case CompositionKind.IMAGES:
                from helios.sources.images import ImageSource

                return ImageSource(composition.location)
            case CompositionKind.PYTHON:
                return python_source(composition.location, options, composition.root)
            case CompositionKind.SCENE:
                from helios.sources.scene import open_scene

                return open_scene(composition, options, scene_format(call.encode))

    def _page_source(self, call: ChunkCall) -> FrameSource:
        from helios.sources.page import PageSource

        browser = self._browser_of(call)
        if call.options.panorama == "cubemap":
            return _page_panorama(browser, call)
        settings = page_settings(call.options)
        return PageSource(browser, call.composition, settings, self._page_ahead)

    def _browser_of(self, call: ChunkCall) -> Browser:
        browser = self._page_browser(call.options)
        if call.facts and call.facts.browser and not call.any_browser:
            _demand_version(browser, call.facts.browser)
        return browser

    def _page_browser(self, options: RenderOptions) -> Browser:
        from helios.browser.gpu import launch_with, may_have_gpu
        from helios.browser.launch import BrowserConfig

        gpu = options.browser_gpu
        if gpu == "auto" and not may_have_gpu():
            gpu = "off"
        ratio = drawn_ratio(options)
        key = (options.headless, options.sandbox, ratio, gpu)
        if self._browser is not None and (
            not self._browser.connection.is_open or not _fits(self._browser_key, key)
        ):
            self._browser.close()
            self._browser = None
        if (
            self._browser is None
            and self._ahead is not None
            and key == (True, True, Fraction(1), "off")
        ):
            ahead, self._ahead = self._ahead, None
            self._browser = ahead.result()
        if self._browser is None:
            config = BrowserConfig(
                headless=options.headless, sandbox=options.sandbox, pixel_ratio=ratio
            )
            self._browser = launch_with(gpu, config)
        drawn_by = "on" if self._browser.config.gpu else "off"
        self._browser_key = (options.headless, options.sandbox, ratio, drawn_by)
        return self._browser


def _fits(key: _BrowserKey | None, wanted: _BrowserKey) -> bool:
    return key is not None and (key == wanted or (*key[:3], "auto") == wanted)


def is_explicit(options: RenderOptions) -> bool:
    """Whether nothing about a page is left to find out, as in the chunk commands of a job."""
    known = (options.capture, options.fps, options.duration, options.width, options.height)
    return None not in known and not options.page_audio


def _explicit_page(composition: Composition, options: RenderOptions) -> CompositionFacts:
    inputs = (
        ()
        if composition.is_remote
        else ((composition.location, file_sha256(Path(composition.location))),)
    )
    return CompositionFacts(composition=composition, capture=options.capture, inputs=inputs)


def _page_panorama(browser: Browser, call: ChunkCall) -> FrameSource:
    from helios.sources.page_cubemap import PageCubemapSource, PanoramaSettings

    options = call.options
    panorama = PanoramaSettings(
        stereo=export_type(options.type).stereo if options.type else StereoLayout.MONO,
        face_size=options.face_size,
        ipd_m=options.ipd,
        unit_scale=options.unit_scale or 1.0,
    )
    return PageCubemapSource(browser, call.composition, page_settings(options), panorama)


def page_settings(options: RenderOptions) -> PageSettings:
    """What a page source needs to know of resolved options."""
    from helios.browser.inspect import host_policy
    from helios.sources.page import PageSettings

    assert options.width is not None
    assert options.height is not None
    assert options.fps is not None
    assert options.duration is not None
    assert options.capture is not None
    return PageSettings(
        width=options.width,
        height=options.height,
        pixel_ratio=options.pixel_ratio,
        fps=options.fps,
        total_frames=frame_total(options.duration, options.fps),
        duration_s=options.duration,
        capture=options.capture,
        selector=options.selector,
        mode=options.mode,
        props=options.props,
        seed=options.seed,
        transparent=options.transparent,
        stability_timeout_s=float(options.stability_timeout),
        hosts=host_policy(options),
    )


def scene_format(encode: dict[str, Any]) -> PixelFormat:
    """What a scene is drawn as, so that who takes the frames gets all they can keep."""
    name = str(encode.get("pixel_format", ""))
    if name == PixelFormat.RGB24:
        return PixelFormat.RGB24
    has_ten_bits = "10" in name
    return PixelFormat.YUV420P10 if has_ten_bits else PixelFormat.YUV420P


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
        inputs=inputs,
        undigested=() if inputs else (loaded.name,),
    )


def python_source(
    target: str | object, options: RenderOptions, folder: Path | None = None
) -> FrameSource:
    """What draws a Python composition, by name or at hand.

    Raises:
        CompositionNotFound: there is no such module, file or object.
        LoadError: importing it failed, or it cannot draw.
    """
    from helios.sources.python import PythonSource

    assert options.width is not None
    assert options.height is not None
    assert options.fps is not None
    assert options.duration is not None
    return PythonSource(
        target,
        width=options.width,
        height=options.height,
        fps=options.fps,
        frame_total=frame_total(options.duration, options.fps),
        props=options.props,
        seed=options.seed,
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
