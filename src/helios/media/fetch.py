"""The one place where sound is fetched from an address."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from helios.errors import DecodeError, OptionError
from helios.media.sound import SoundSource

MAX_BYTES = 512 << 20
TIMEOUT_S = 30.0
_PIECE = 1 << 20


def fetch_sound(source: SoundSource, *, max_bytes: int = MAX_BYTES) -> SoundSource:
    """What ``decode_sound`` takes: paths and bytes as they are, http(s) addresses fetched.

    Raises:
        OptionError: the address cannot be reached.
        DecodeError: more than ``max_bytes`` lie there.
    """
    if isinstance(source, bytes | Path) or not is_address(source):
        return source
    shown = source.partition("?")[0]
    request = urllib.request.Request(source, headers={"User-Agent": "helios"})  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:  # noqa: S310 - http(s) only
            data = bytearray()
            while piece := reply.read(_PIECE):
                data += piece
                if len(data) > max_bytes:
                    raise DecodeError(f"{shown} is larger than {max_bytes >> 20} MiB")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise OptionError(f"cannot fetch {shown}: {reason}") from error
    return bytes(data)


def is_address(source: SoundSource) -> bool:
    """Whether this is an http(s) URL."""
    return isinstance(source, str) and source.lower().startswith(("http://", "https://"))
