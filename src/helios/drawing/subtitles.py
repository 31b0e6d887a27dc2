"""Subtitles over any composition: looked at once, then drawn over every frame."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from helios.errors import OptionError
from helios.files.documents import read_text
from helios.files.whole import file_sha256
from helios.model.facts import BrowserFacts, CompositionFacts
from helios.model.formats import export_type
from helios.model.options import RenderOptions
from helios.planning.resolve import resolve_frames

if TYPE_CHECKING:
    from helios.browser.launch import Browser
    from helios.browser.subtitles import SubtitlePage
    from helios.model.resolved import DrawSettings
    from helios.model.subtitles import Subtitles
    from helios.sources.source import FrameSource


def check_subtitles(options: RenderOptions) -> None:
    """Make sure subtitles can be read and drawn, before a browser is started.

    Raises:
        OptionError: the file or its style cannot be used.
    """
    if options.subtitles is None:
        if options.subtitles_style is not None:
            raise OptionError("--subtitles-style: there are no subtitles", hint="Add --subtitles.")
        return
    if options.type is not None and export_type(options.type).projection.is_spherical:
        raise OptionError(
            "--subtitles: letters that are drawn flat would be bent all around",
            hint="Leave it out of 360 films, or make a flat one with --type flat-1080p-landscape.",
        )
    _read(options.subtitles, options.subtitles_style)


def look_at_subtitles(
    facts: CompositionFacts, browser: Browser, options: RenderOptions
) -> CompositionFacts:
    """The facts with what the subtitles depend on, and what their style lacks.

    Raises:
        HeliosError: they cannot be read or drawn.
    """
    from helios.browser.specimens import merged

    draw = resolve_frames(facts.composition.kind, options, facts).draw
    subtitles, page = _open(browser, draw)
    try:
        page.draw(subtitles.cues[:1])
        fonts = merged(facts.fonts, page.fonts(subtitles.cues))
        found = (*subtitles.warnings, *page.warnings(subtitles.cues))
        inputs = {*facts.inputs, *_files(options), *page.inputs()}
    finally:
        page.close()
    drawn_by = facts.browser or BrowserFacts(
        executable=str(browser.executable.path),
        version=browser.version,
        flags=browser.flags,
        gpu=browser.config.gpu,
    )
    return replace(
        facts,
        inputs=tuple(sorted(inputs)),
        browser=drawn_by,
        fonts=fonts,
        warnings=(*facts.warnings, *found),
    )


def subtitled(source: FrameSource, browser: Browser, draw: DrawSettings) -> FrameSource:
    """The source with subtitles over its pictures; both are closed together.

    Raises:
        HeliosError: they cannot be read or drawn.
    """
    from helios.sources.subtitled import SubtitledSource

    try:
        subtitles, page = _open(browser, draw)
        return SubtitledSource(source, page, subtitles, draw.fps, _files(draw.request))
    except BaseException:
        source.close()
        raise


def _open(browser: Browser, draw: DrawSettings) -> tuple[Subtitles, SubtitlePage]:
    from helios.browser.subtitles import SubtitlePage

    subtitles, file, style = _read(str(draw.request.subtitles), draw.request.subtitles_style)
    page = SubtitlePage(browser, draw.width, draw.height, file=file, style=style)
    return subtitles, page


def _read(subtitles: str, stylesheet: str | None) -> tuple[Subtitles, Path, Path | None]:
    from helios.media.subtitles import read_subtitles

    file = Path(subtitles)
    style = Path(stylesheet) if stylesheet is not None else None
    if style is not None:
        try:
            read_text(style, f"--subtitles-style {style}")
        except OptionError as error:
            raise OptionError(error.message, hint="Give a CSS file, UTF-8.") from error
    return read_subtitles(file), file, style


def _files(options: RenderOptions) -> tuple[tuple[str, str], ...]:
    paths = [Path(path) for path in (options.subtitles, options.subtitles_style) if path]
    return tuple((str(path.resolve()), file_sha256(path)) for path in paths)
