"""The one place where sound is fetched from an address."""

from __future__ import annotations

from http.client import responses
from pathlib import Path

from helios.errors import HeliosError, OptionError
from helios.media.sound import SoundSource
from helios.model.hosts import HostRule
from helios.remote.addresses import HostPolicy
from helios.remote.fetch import MAX_BYTES, Network, Request, follow


def fetch_sound(source: SoundSource, *, max_bytes: int = MAX_BYTES) -> SoundSource:
    """What ``decode_sound`` takes: paths and bytes as they are, http(s) addresses fetched.

    Raises:
        OptionError: the address cannot be reached, or more than ``max_bytes`` lie there.
    """
    if isinstance(source, bytes | Path) or not is_address(source):
        return source
    shown = source.partition("?")[0]
    # Whoever names an address means that very host, wherever it is; it may send on to public ones.
    policy = HostPolicy(rules=(HostRule.of_url(source),))
    request = Request(url=source, headers={"User-Agent": "helios"})
    try:
        answer = follow(request, policy, Network(max_bytes=max_bytes))
    except HeliosError as error:
        hint = error.hint or "Check the address; its server must be running."
        raise OptionError(f"cannot fetch {shown}: {error.message}", hint=hint) from error
    if answer.status >= 400:
        reason = responses.get(answer.status, f"HTTP {answer.status}")
        raise OptionError(f"cannot fetch {shown}: {reason}", hint="Check the address.")
    return answer.body


def is_address(source: SoundSource) -> bool:
    """Whether this is an http(s) URL."""
    return isinstance(source, str) and source.lower().startswith(("http://", "https://"))
