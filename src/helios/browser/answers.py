"""What answers to a page's requests are made of: kinds of files, ranges of bytes, headers."""

from __future__ import annotations

import base64
import mimetypes
from pathlib import Path, PurePath, PurePosixPath

from helios.browser.protocol import Message

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".cjs": "text/javascript",
    ".json": "application/json",
    ".css": "text/css",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".apng": "image/apng",
    ".webm": "video/webm",
    ".mp4": "video/mp4",
    ".m4a": "audio/mp4",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".vtt": "text/vtt",
    ".md": "text/plain",
    ".glsl": "text/plain",
    ".vert": "text/plain",
    ".frag": "text/plain",
    ".wgsl": "text/plain",
}


def is_hidden(path: PurePath) -> bool:
    """Whether a path in a page's folder is none of the page's: ``.env``, ``.git/config``.

    Folders that package managers make in ``node_modules`` (``.pnpm``, ``.vite``) hold code.
    """
    parts = path.parts
    return any(
        part.startswith(".")
        and not (number > 0 and parts[number - 1] == "node_modules" and number < len(parts) - 1)
        for number, part in enumerate(parts)
    )


def file_in(root: Path, name: str) -> Path | None:
    """The file of that name in a page's folder; None if there is none, or it is none of the page's.

    ``name`` is the path of an address, without its first slash; ``root`` is resolved.
    """
    if "\0" in name:
        return None
    path = (root / name).resolve()
    if path != root and root not in path.parents:
        return None
    if is_hidden(PurePosixPath(name)) or is_hidden(path.relative_to(root)):
        return None
    return path if path.is_file() else None


def content_type(path: Path) -> str:
    """The MIME type of a file, by its suffix; text is UTF-8."""
    suffix = path.suffix.lower()
    kind = _TYPES.get(suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind == "application/json":
        return f"{kind}; charset=utf-8"
    return kind


def may_be_framed(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A page's headers without those that forbid others to show it in a frame, as ours does."""
    kept = []
    for name, value in headers:
        if name == "x-frame-options":
            continue
        rules = [rule.strip() for rule in value.split(";")]
        if name == "content-security-policy":
            rules = [rule for rule in rules if not rule.startswith("frame-ancestors")]
            kept.append((name, "; ".join(rules)))
        else:
            kept.append((name, value))
    return kept


def asked_range(headers: dict[str, str], size: int) -> tuple[int, int] | None:
    """The half-open byte range asked for; None for the whole file."""
    text = next((value for name, value in headers.items() if name.lower() == "range"), "")
    unit, _, spec = text.partition("=")
    first, dash, last = spec.partition("-")
    if unit.strip() != "bytes" or not dash or "," in spec:
        return None
    try:
        if not first:
            return max(0, size - int(last)), size
        return int(first), min(size, int(last) + 1 if last else size)
    except ValueError:
        return None


def sent_body(asked: Message) -> bytes:
    """What a request carries, as it came over the protocol."""
    parts = [entry.get("bytes", b"") for entry in asked.get("postDataEntries") or ()]
    return b"".join(base64.b64decode(part) if isinstance(part, str) else part for part in parts)
