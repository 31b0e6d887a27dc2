"""Live through a page once, unpainted, and note down all that it plays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from helios.browser import stage
from helios.browser.page import Page
from helios.errors import CaptureError, HeliosError
from helios.files.whole import write_whole
from helios.media.wave import wave_head
from helios.model.audio import AudioTrack
from helios.model.composition import Composition
from helios.model.facts import Voice
from helios.planning.heard import track_of, voices_of

_LAST_MS = 1.0
"""A context that runs until then runs on: the last frame's callbacks came a little earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSounds:
    """What a page plays."""

    tracks: tuple[AudioTrack, ...] = ()
    voices: tuple[Voice, ...] = ()
    warnings: tuple[str, ...] = ()


def may_sound(page: Page) -> bool:
    """Whether the page has media, or its code speaks of them."""
    return page.server.speaks_of_sound or page.evaluate(stage.has_sounded())


def listen(
    looked_at: Page, composition: Composition, end_frame: int, sounds_dir: Path | None
) -> HeardSounds:
    """Open the page anew and live through ``end_frame`` frames of it.

    Raises:
        HeliosError: as a render would.
    """
    settings = looked_at.settings
    listen_ms = float(1000 * end_frame / settings.fps)
    page = Page(looked_at.browser, composition, replace(settings, listen_ms=listen_ms))
    try:
        page.replay(0, end_frame)
        told = page.evaluate(stage.listened())
        warnings: list[str] = []
        files = _files(page, told.events, sounds_dir, warnings)
        heard = list(voices_of(told.events, files))
        for index in range(told.contexts):
            heard += _context_voices(page, index, listen_ms, sounds_dir)
        tracks: list[AudioTrack] = []
        voices: list[Voice] = []
        for voice in heard:
            track = track_of(voice)
            if track is not None:
                tracks.append(track)
            else:
                voices.append(voice)
        return HeardSounds(tracks=tuple(tracks), voices=tuple(voices), warnings=tuple(warnings))
    finally:
        page.close()


def _files(
    page: Page, events: list[dict[str, Any]], sounds_dir: Path | None, warnings: list[str]
) -> dict[str, str]:
    """Files of the addresses that are played; a warning names each that is left out."""
    files: dict[str, str] = {}
    played = {str(e["url"]): bool(e["isUnknown"]) for e in events if e.get("isOn") and e["volume"]}
    for url, is_stream in played.items():
        try:
            if is_stream or not url:
                raise CaptureError("a stream is heard only by the machine's time")
            files[url] = _sound_file(page, url, sounds_dir)
        except (HeliosError, ValueError, OSError) as error:
            text = error.message if isinstance(error, HeliosError) else str(error)
            warnings.append(f"the page's sound {url[:100]} is left out: {text}")
    return files


def _context_voices(
    page: Page, index: int, listen_ms: float, sounds_dir: Path | None
) -> list[Voice]:
    """What a Web Audio context played, one voice for each time it ran."""
    made = page.evaluate(stage.sound_of(index), "Web Audio", timeout_s=600)
    if made is None:
        return []
    pcm = page.read_blob(stage.PCM, timeout_s=120)
    file = _keep(sounds_dir, wave_head(made.sample_rate_hz, len(pcm)) + pcm, ".wav")
    return [
        Voice(
            file=file,
            start_s=at_ms / 1000,
            end_s=None if at_ms + ran_s * 1000 > listen_ms - _LAST_MS else at_ms / 1000 + ran_s,
            seek_s=context_s,
            rate=1.0,
            loop=False,
            keeps_pitch=True,
            gains=((at_ms / 1000, 1.0),),
        )
        for at_ms, context_s, ran_s in made.runs
        if ran_s > 0
    ]


def _keep(sounds_dir: Path | None, data: bytes, suffix: str = "") -> str:
    """Write a sound that exists only inside the page; its name is its content's."""
    if sounds_dir is None:
        raise CaptureError("there is no place to keep it")
    sounds_dir.mkdir(parents=True, exist_ok=True)
    target = sounds_dir / f"page-sound-{hashlib.sha256(data).hexdigest()[:24]}{suffix}"
    write_whole(target, data, durable=False)
    return str(target)


def _sound_file(page: Page, url: str, sounds_dir: Path | None) -> str:
    path = page.server.file_of(url)
    if path is not None:
        return str(path)
    if page.server.is_local(url):
        raise CaptureError("there is no such file in the composition's folder")
    if url.startswith(("http:", "https:")):
        data = page.server.load(url)
    else:
        data = page.read_blob(f"fetch({page.literal(url)}).then((r) => r.blob())")
    return _keep(sounds_dir, data)
