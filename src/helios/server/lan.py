"""Phones: an address that they reach, and a code that they read it from."""

from __future__ import annotations

import secrets
import socket

from helios.errors import EnvironmentProblem

_ELSEWHERE = ("192.0.2.1", 9)
"""An address for documentation (RFC 5737): nothing is sent there."""


def lan_address() -> str:
    """This machine's address in its network.

    Raises:
        EnvironmentProblem: it is in none.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Choosing the way sends nothing; it tells which address others would answer to.
            probe.connect(_ELSEWHERE)
            address = str(probe.getsockname()[0])
        except OSError as error:
            raise _no_network() from error
    if address.startswith(("127.", "0.")):
        raise _no_network()
    return address


def _no_network() -> EnvironmentProblem:
    return EnvironmentProblem(
        "this machine is in no network that phones could reach it by",
        hint="Connect it, or name an address: --host ADDRESS, with HELIOS_TOKEN.",
    )


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(18)


def entrance(url: str, token: str) -> str:
    """An address that opens the page and shows it the token.

    What stands after ``#`` stays in the browser: no server and no log sees it.
    """
    return f"{url}/#token={token}"


def code_for_terminal(text: str) -> str:
    """A QR code, in half blocks."""
    import io

    import segno

    out = io.StringIO()
    segno.make(text, error="l").terminal(out, compact=True)
    return out.getvalue()


def code_as_image(text: str) -> str:
    """A QR code, as a data address of an SVG picture."""
    import segno

    return str(segno.make(text, error="m").svg_data_uri(scale=4, border=2, light="white"))
