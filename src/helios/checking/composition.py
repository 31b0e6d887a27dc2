"""Everything about a composition, in the order in which it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from helios.checking.frames import Seen, draw_again, looked_at, see, stretches
from helios.checking.limits import limits
from helios.checking.sound import sound
from helios.checking.texts import TextWatch
from helios.drawing.host import CompositionHost
from helios.errors import BrowserError, CaptureError, CompositionError
from helios.findings.crops import with_pictures
from helios.findings.finding import Finding, ok
from helios.model.composition import Composition, CompositionKind
from helios.model.facts import CompositionFacts
from helios.model.formats import Projection
from helios.model.options import RenderOptions
from helios.model.picture import PixelFormat
from helios.model.resolved import DrawSettings, ResolvedFrames
from helios.planning.resolve import resolve_frames
from helios.rendering.in_process import open_host
from helios.rendering.look import with_sounds
from helios.rendering.prepare import requested
from helios.rendering.stills import small_scene
from helios.sources.rgb import to_rgb

_SMALL_SCENE = 640
_FORMAT = PixelFormat.YUV420P
_FAULTS = (CompositionError, BrowserError, CaptureError)
"""What is the composition's, and not the machine's or the request's."""


def check_composition(
    composition: Composition,
    options: RenderOptions,
    *,
    platform: str | None = None,
    pictures: Path | None = None,
) -> list[Finding]:
    """Look at all of a composition before it is rendered.

    Args:
        composition: what draws.
        options: how it would be rendered.
        platform: the export type or platform that was chosen, if one was.
        pictures: a folder for pictures of what is found.

    Raises:
        HeliosError: the request cannot be carried out, or this machine cannot draw.
    """
    composition, asked = requested(composition, options, Path.cwd())
    drawn = small_scene(asked, _SMALL_SCENE) if composition.kind is CompositionKind.SCENE else asked
    findings: list[Finding] = []
    try:
        with ExitStack() as stack:
            host, resolved, facts = open_host(stack, composition, drawn)
            findings.append(ok("loads", "and declares what it needs"))
            full = resolve_frames(composition.kind, asked, facts)
            findings += limits(platform, facts, full)
            findings += _drawn(host, resolved, facts)
            findings += _heard(composition, asked, facts)
            if pictures is not None:
                source = host.open_source(composition, resolved.draw, facts, format=_FORMAT)
                stack.callback(source.close)

                def picture_at(at_s: float) -> NDArray[np.uint8]:
                    frame = min(int(at_s * resolved.draw.fps), resolved.end_frame - 1)
                    (pixels,) = map(to_rgb, source.frames(frame, 1))
                    return pixels

                findings = with_pictures(findings, pictures, picture_at)
    except _FAULTS as error:
        findings = [finding for finding in findings if finding.check != "loads"]
        what, *more = error.message.splitlines()
        findings.append(
            Finding(
                check="loads",
                status="problem",
                what=what,
                why="; ".join((*error.warnings[:3], *(line.strip() for line in more[:1]))),
                remedy=error.hint or "Mend the composition, and look at it with helios still.",
            )
        )
    return findings


def _drawn(
    host: CompositionHost, resolved: ResolvedFrames, facts: CompositionFacts
) -> Iterator[Finding]:
    composition, draw = facts.composition, resolved.draw
    is_page = composition.kind is CompositionKind.PAGE and draw.request.panorama != "cubemap"
    source = host.open_source(composition, draw, facts, format=_FORMAT)
    try:
        # What a transparent film is laid over is not known: nothing contrasts with it yet.
        seen = see(source, resolved, keep_pixels=is_page and not draw.request.transparent)
    finally:
        source.close()
    texts = None
    told: list[Finding] = []
    if is_page:
        texts, told = _asked(host, draw, resolved, seen, facts)
    yield from _movements(seen, texts, transparent=draw.request.transparent)
    again = host.open_source(composition, draw, facts, format=_FORMAT)
    try:
        yield from draw_again(again, seen, draw.fps)
    finally:
        again.close()
    if texts is not None:
        yield from texts.findings()
    yield from told or _notes(facts)


def _movements(seen: Seen, texts: TextWatch | None, *, transparent: bool) -> Iterator[Finding]:
    """A page that could move and does not is no still picture that was meant."""
    for finding in seen.findings:
        if transparent and finding.check == "blank" and not finding.what.startswith("every"):
            continue  # there is nothing just now to lay over a film
        stands = finding.check == "frozen" and finding.what.startswith("nothing")
        if stands and texts is not None and texts.tries:
            yield replace(
                finding,
                status="problem",
                why="the page has scripts or animations, and nothing comes of them",
                remedy="Let it move by time: animations, requestAnimationFrame or helios.onFrame.",
            )
        else:
            yield finding


def _asked(
    host: CompositionHost,
    draw: DrawSettings,
    resolved: ResolvedFrames,
    seen: Seen,
    facts: CompositionFacts,
) -> tuple[TextWatch, list[Finding]]:
    """Live through the page once more, and ask it at some frames."""
    from helios.browser.fonts import font_warnings, glyph_warnings
    from helios.browser.inspect import media_warnings, network_warning

    entry = draw.export_type
    is_flat = draw.request.selector is None and (
        entry is None or entry.projection is Projection.PERSPECTIVE
    )
    texts = TextWatch(draw.pixel_ratio, is_flat)
    page = host.open_page(facts.composition, draw)
    try:
        position = 0
        for frame in looked_at(stretches(resolved.start_frame, resolved.frame_count, draw.fps)):
            page.replay(position, frame + 1)
            position = frame + 1
            texts.look(page, float(frame / draw.fps), seen.pixels.get(frame))
        lacking = glyph_warnings(page)
        environment = network_warning(page.browser)
        lost = dict(page.server.loads.missing)
        warnings = dict.fromkeys(
            (*facts.warnings, *page.warnings(), *media_warnings(page), *font_warnings(page))
        )
    finally:
        page.close()
    found = [
        Finding(
            check="missing" if _is_lost(text, lost) else "page",
            status="problem",
            what=text,
            remedy="Put it where the page looks for it, or allow its host (--allow-host)."
            if _is_lost(text, lost)
            else "",
        )
        for text in (*warnings, *lacking)
        if text not in environment
    ]
    found += [
        Finding(
            check="missing",
            status="problem",
            what=f"{address}: the picture cannot be decoded",
            start_s=at_s,
            remedy="Write the file again, as PNG, JPEG, WebP, AVIF, GIF or SVG.",
        )
        for address, at_s in texts.broken.items()
        if not any(unquote(address).endswith(name) for name in lost)
    ]
    return texts, [*dict.fromkeys(found)]


def _is_lost(warning: str, lost: dict[str, str]) -> bool:
    return any(warning.startswith(f"{name}: {why}") for name, why in lost.items())


def _notes(facts: CompositionFacts) -> Iterator[Finding]:
    for text in facts.warnings:
        yield Finding(check="composition", status="note", what=text)


def _heard(
    composition: Composition, options: RenderOptions, facts: CompositionFacts
) -> Iterator[Finding]:
    with TemporaryDirectory(prefix="helios-") as folder:
        heard = with_sounds(facts, options, Path(folder))
        for text in heard.warnings:
            if text not in facts.warnings:
                yield Finding(check="sound", status="problem", what=text)
        yield from sound(composition, options, heard)
