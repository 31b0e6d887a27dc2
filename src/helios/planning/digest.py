"""Names for what a render depends on: equal input, equal digest, on every machine."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from helios.model.encoding import EncodeSettings
from helios.model.facts import BrowserFacts, CompositionFacts
from helios.model.resolved import DrawSettings
from helios.version import __version__

PLAN_VERSION = 2
"""Of what a digest covers and how it is written: chunks of another version are drawn anew."""
_DRAW = TypeAdapter(DrawSettings)
_ENCODE = TypeAdapter(EncodeSettings)


def digest_of(value: Any) -> str:
    """SHA-256 (hex) of a JSON value, written canonically."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def picture_digest(
    input_name: str,
    draw: DrawSettings,
    encode: EncodeSettings,
    facts: CompositionFacts | None,
    root: Path | None = None,
) -> str:
    """Digest of all that a chunk's bytes depend on, except which frames it holds.

    Nothing is left out: ``draw`` and ``encode`` are covered whole, and a chunk's process is told
    nothing else. Files count by content, wherever they lie.

    Args:
        input_name: the composition as the plan names it (not a machine's absolute path).
        draw: how it is drawn.
        encode: how it is encoded.
        facts: what inspection found.
        root: the composition's folder; files in it are named from there.
    """
    browser = facts.browser if facts else None
    inputs = facts.inputs if facts else ()
    return digest_of(
        {
            "helios": __version__,
            "plan": PLAN_VERSION,
            "input": input_name,
            "draw": _by_content(draw, dict(inputs)),
            "encode": _ENCODE.dump_python(encode, mode="json"),
            "browser": _drawn_by(browser) if browser else None,
            "fonts": [
                [font.style, font.families, font.letters, font.digest]
                for font in (facts.fonts if facts else ())
            ],
            "heard": facts.heard if facts else "",
            "inputs": _named_portably(inputs, root),
        }
    )


def _by_content(draw: DrawSettings, known: dict[str, str]) -> dict[str, Any]:
    """The settings as JSON, with digests in place of the files they name, where these are known."""
    values: dict[str, Any] = _DRAW.dump_python(draw, mode="json")
    request = values["request"]
    # Which folder it is, the names of what lies in it say: the composition's and the inputs'.
    request["root"] = request["root"] is not None
    for name in ("subtitles", "subtitles_style"):
        request[name] = known.get(request[name], request[name])
    for overlay in request["overlay"]:
        overlay["page"] = known.get(overlay["page"], overlay["page"])
        overlay["lines"] = known.get(overlay["lines"], overlay["lines"])
        overlay["picture"] = known.get(overlay["picture"])  # unknown: the page never asked for it
    for track in (values["follows"], request["react_to"], *request["stem"]):
        if track is not None:
            track["file"] = known.get(track["file"], track["file"])
    return values


def _named_portably(inputs: tuple[tuple[str, str], ...], root: Path | None) -> list[list[str]]:
    """The inputs, named from ``root``, or from the folder that those elsewhere have in common.

    Without names, two files that swap their content would not be noticed.
    """
    paths = [Path(name) for name, _ in inputs]
    elsewhere = [path.parent for path in paths if path.is_absolute() and not _is_in(path, root)]
    common = Path(os.path.commonpath(elsewhere)) if elsewhere else None

    def portable(name: str) -> str:
        path = Path(name)
        if not path.is_absolute():
            return name
        if _is_in(path, root):
            return path.relative_to(root or "/").as_posix()
        return f"elsewhere:{path.relative_to(common or '/').as_posix()}"

    return sorted([portable(name), sha] for name, sha in inputs)


def _is_in(path: Path, root: Path | None) -> bool:
    return root is not None and path.is_relative_to(root)


def _drawn_by(browser: BrowserFacts) -> list[str]:
    renderer = [browser.renderer] if browser.gpu else []
    return [browser.version, *browser.flags, *renderer]


def chunk_digest(picture: str, start_frame: int, frame_count: int) -> str:
    """The settings digest a chunk's commit record carries."""
    return digest_of([picture, start_frame, frame_count])
