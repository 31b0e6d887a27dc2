"""Remote files as one process sees them: each fetched once, so that every frame sees the same."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from helios.remote.addresses import HostPolicy
from helios.remote.cache import RemoteCache, cache_folder
from helios.remote.fetch import Fetched, Network, Request, fetch

MAX_KEPT_BYTES = 256 << 20
_VARIED_BY = ("accept", "origin")
_PERSONAL = frozenset({"authorization", "cookie", "range"})


@dataclass(slots=True)
class RemoteFiles:
    """Answers to GET requests, for as long as this object lives."""

    network: Network = field(default_factory=Network)
    cache: RemoteCache = field(default_factory=lambda: RemoteCache(cache_folder()))
    _known: dict[str, Future[Fetched]] = field(default_factory=dict)
    _kept_bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, request: Request, policy: HostPolicy) -> Fetched:
        """The answer; other methods than GET are always sent.

        Raises:
            AddressRefused: the host may not be reached.
            NotFetched: it cannot be.
        """
        personal = _PERSONAL & {name.lower() for name in request.headers}
        if request.method != "GET" or request.body or personal:
            return fetch(request, policy, self.network)
        key = _key(request, policy)
        with self._lock:
            known = self._known.get(key)
            if known is None:
                known = self._known[key] = Future()
                is_mine = True
            else:
                is_mine = False
        if is_mine:
            self._fill(known, key, request, policy)
        return known.result()

    def forget(self, origin: str) -> None:
        """Fetch anew what came from a server, which said that it is outdated."""
        with self._lock:
            for key in [key for key in self._known if key.startswith(f"{origin}/")]:
                del self._known[key]

    def _fill(self, known: Future[Fetched], key: str, request: Request, policy: HostPolicy) -> None:
        try:
            answer = self._fetch(key, request, policy)
        except BaseException as error:  # noqa: BLE001 - handed to all who wait
            self._forget(key)
            known.set_exception(error)
            return
        with self._lock:
            self._kept_bytes += len(answer.body)
            is_too_much = self._kept_bytes > MAX_KEPT_BYTES
            if is_too_much:
                self._kept_bytes -= len(answer.body)
        if answer.status != 200 or is_too_much:
            self._forget(key)
        known.set_result(answer)

    def _fetch(self, key: str, request: Request, policy: HostPolicy) -> Fetched:
        kept = self.cache.find(key)
        headers = dict(request.headers)
        if kept is not None:
            headers |= _conditions(kept)
        answer = fetch(Request(url=request.url, headers=headers), policy, self.network)
        if kept is not None and answer.status == 304:
            return kept
        if answer.status == 200:
            self.cache.keep(key, answer)
        return answer

    def _forget(self, key: str) -> None:
        with self._lock:
            self._known.pop(key, None)


def _key(request: Request, policy: HostPolicy) -> str:
    """Policies are part of it: what one may reach, another may not."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    varied = [headers.get(name, "") for name in _VARIED_BY]
    return "\n".join([request.url, *varied, str(policy.public_hosts), *map(str, policy.rules)])


def _conditions(kept: Fetched) -> Mapping[str, str]:
    named = {
        "If-None-Match": kept.header("etag"),
        "If-Modified-Since": kept.header("last-modified"),
    }
    return {name: value for name, value in named.items() if value}
