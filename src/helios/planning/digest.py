"""Names for what a render depends on: equal input, equal digest, on every machine."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from helios.model.facts import BrowserFacts, CompositionFacts
from helios.model.options import RenderOptions
from helios.version import __version__

# Options that change the sound, the splitting or the placing of work, but no pixel of a chunk.
NOT_OF_THE_PICTURE = frozenset(
    {
        "audio",
        "audio_codec",
        "audio_bitrate",
        "loudness",
        "page_audio",
        "mix_input_audio",
        "react_to",
        "subtitles",
        "subtitles_style",
        "concurrency",
        "chunk_frames",
        "start_frame",
        "frame_count",
        "stability_timeout",
    }
)


def digest_of(value: Any) -> str:
    """SHA-256 (hex) of a JSON value, written canonically."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def picture_digest(
    input_name: str, options: RenderOptions, facts: CompositionFacts | None, encode: Any
) -> str:
    """Digest of all that a chunk's bytes depend on, except which frames it holds.

    ``input_name`` is the composition as the plan names it (not a machine's absolute path);
    ``encode`` the encoder's settings as a JSON value.
    """
    browser = facts.browser if facts else None
    return digest_of(
        {
            "helios": __version__,
            "input": input_name,
            "options": options.model_dump(mode="json", exclude=set(NOT_OF_THE_PICTURE)),
            "encode": encode,
            "capture": str(facts.capture) if facts and facts.capture else None,
            "browser": _drawn_by(browser) if browser else None,
            "inputs": sorted(sha for _, sha in facts.inputs) if facts else [],
        }
    )


def _drawn_by(browser: BrowserFacts) -> list[str]:
    renderer = [browser.renderer] if browser.gpu else []
    return [browser.version, *browser.flags, *renderer]


def chunk_digest(picture: str, start_frame: int, frame_count: int) -> str:
    """The settings digest a chunk's commit record carries."""
    return digest_of([picture, start_frame, frame_count])
