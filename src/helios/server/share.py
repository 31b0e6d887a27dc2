"""Links to one film, for whoever has them, until a time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from helios.server.guard import OPEN_FOLDER, Refused, same_secret

LONGEST_H = 24 * 30


class Shares:
    """Makes links and knows its own again.

    Args:
        token: of the server: with another one, links that were made are void. Without one they
            hold until the server ends.
        clock: seconds since 1970.
    """

    def __init__(self, token: str | None, clock: Callable[[], float] = time.time) -> None:
        self._secret = (token or secrets.token_hex(32)).encode()
        self._clock = clock

    def link(self, job_id: str, hours: float) -> tuple[str, float]:
        """The path of a link to a job's film, and until when it holds, seconds since 1970."""
        until = int(self._clock() + hours * 3600)
        return f"{OPEN_FOLDER}{job_id}.{until}.{self._proof(job_id, until)}", until

    def job_of(self, key: str) -> str:
        """The job whose film a link is to; see ``read``."""
        return self.read(key)[0]

    def read(self, key: str) -> tuple[str, int]:
        """The job whose film a link is to, and until when it holds, seconds since 1970.

        Raises:
            Refused: it is none of ours, or no longer holds.
        """
        job_id, _, rest = key.partition(".")
        until, _, proof = rest.partition(".")
        is_ours = until.isascii() and until.isdigit() and len(until) < 12
        if not is_ours or not same_secret(proof, self._proof(job_id, int(until))):
            raise Refused(404, "there is no such link")
        if self._clock() >= int(until):
            raise Refused(410, "this link is no longer valid: ask for a new one")
        return job_id, int(until)

    def _proof(self, job_id: str, until: int) -> str:
        told = f"helios film {job_id} {until}".encode()
        return hmac.new(self._secret, told, hashlib.sha256).hexdigest()[:32]
