"""Tell others when a film is done: signed webhooks and ntfy.

A receiver checks ``X-Helios-Signature``: ``sha256=`` and the hex HMAC-SHA256, keyed with the
shared secret, of ``X-Helios-Timestamp``, a full stop, and the body.
"""

from __future__ import annotations

import hmac
import json
import logging
import queue
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import httpx

from helios.errors import AddressRefused, HeliosError, NotFetched, OptionError, RenderError
from helios.model.hosts import HostRule, place_in
from helios.queue.job import RenderJob
from helios.queue.queue import RenderQueue
from helios.remote.addresses import HostPolicy, Resolver, resolve
from helios.server.requests import NotifyBody
from helios.server.settings import ServerSettings

_log = logging.getLogger(__name__)
RETRY_AFTER_S = (0.0, 5.0, 20.0, 60.0)
TIMEOUT_S = 10.0


class UnsafeAddress(OptionError):
    """The address leads to a place that requests may not reach."""


def addresses_to_tell(notify: NotifyBody) -> dict[str, str] | None:
    """The addresses of a request, by what they are: ``webhook``, ``ntfy``.

    Raises:
        UnsafeAddress: one cannot be a public web address.
    """
    addresses: dict[str, str] = notify.model_dump(exclude_unset=True)
    for url in addresses.values():
        check_url(url)
    return addresses or None


def check_url(url: object) -> None:
    """Refuse what cannot be a public web address, before anything is resolved.

    Raises:
        UnsafeAddress: it cannot.
    """
    try:
        parts = urlsplit(url) if isinstance(url, str) and len(url) <= 2000 else urlsplit("")
        port = parts.port
    except ValueError:
        raise UnsafeAddress("notify: not an address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise UnsafeAddress("notify: an address begins with http:// or https://")
    if parts.username or parts.password:
        raise UnsafeAddress("notify: an address must not hold a password")


def public_address(
    host: str, port: int, resolver: Resolver = resolve, hosts: HostPolicy | None = None
) -> str:
    """An address of a host that may be told: a public one, or one that ``hosts`` names.

    Raises:
        UnsafeAddress: it may not be reached, or has no address.
    """
    try:
        return (hosts or HostPolicy()).admit(host, port, resolver)[0]
    except AddressRefused as refused:
        text = f"{host} is not on the public internet: {refused.message}"
        raise UnsafeAddress(text) from refused
    except NotFetched as refused:
        raise UnsafeAddress(refused.message) from refused


class Messenger:
    """Sends what is due, one after the other, in a thread of its own."""

    def __init__(
        self,
        render_queue: RenderQueue,
        settings: ServerSettings,
        *,
        resolver: Resolver = resolve,
        retry_after_s: tuple[float, ...] = RETRY_AFTER_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._queue = render_queue
        self._settings = settings
        self._resolver = resolver
        rules = tuple(HostRule.parse(text) for text in settings.webhook_hosts)
        self._hosts = HostPolicy(rules=rules)
        self._retry_after_s = retry_after_s
        self._transport = transport
        self._due: queue.SimpleQueue[RenderJob | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="helios-notify", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process did not get to send."""
        for status in ("completed", "failed"):
            from helios.queue.job import JobStatus

            for job in self._queue.list_jobs(JobStatus(status), limit=1000):
                self.see(job)
        self._thread.start()

    def stop(self) -> None:
        """Send no more."""
        self._stop.set()
        self._due.put(None)

    def see(self, job: RenderJob) -> None:
        """A job has changed; if it is over and someone wants to know, they will."""
        if job.is_final and job.notify and not job.notified:
            self._due.put(job)

    def _work(self) -> None:
        while (job := self._due.get()) is not None and not self._stop.is_set():
            for kind, url in (job.notify or {}).items():
                self._deliver(job, str(kind), str(url))
            try:
                self._queue.store.update(job.id, notified=True)
            except HeliosError as error:
                _log.warning("job %s: %s", job.id, error.message)

    def _deliver(self, job: RenderJob, kind: str, url: str) -> None:
        host = urlsplit(url).hostname
        error = ""
        for wait_s in self._retry_after_s:
            if self._stop.wait(wait_s):
                return
            try:
                self._send(job, kind, url)
            except UnsafeAddress as unsafe:
                error = unsafe.message
                break
            except (httpx.HTTPError, HeliosError, OSError) as failed:
                error = f"{type(failed).__name__}: {failed}"
            else:
                self._queue.folders.log(job.id, f"{kind} {host} was told")
                return
        self._queue.folders.log(job.id, f"{kind} {host} could not be told: {error}")

    def _send(self, job: RenderJob, kind: str, url: str) -> None:
        body, headers = _ntfy(job) if kind == "ntfy" else self._webhook(job)
        parts = urlsplit(url)
        assert parts.hostname is not None
        address = public_address(*place_in(url), self._resolver, self._hosts)
        pinned = httpx.URL(url).copy_with(host=address)
        with httpx.Client(
            timeout=TIMEOUT_S, follow_redirects=False, trust_env=False, transport=self._transport
        ) as client:
            reply = client.post(
                pinned,
                content=body,
                headers={**headers, "Host": parts.netloc},
                extensions={"sni_hostname": parts.hostname},
            )
        if reply.status_code >= 300:
            raise RenderError(f"it answered {reply.status_code}")

    def _webhook(self, job: RenderJob) -> tuple[bytes, dict[str, str]]:
        body = json.dumps({"event": f"job.{job.status}", "job": summary(job)}).encode()
        headers = {"Content-Type": "application/json"}
        if self._settings.webhook_secret:
            stamp = str(int(time.time()))
            headers["X-Helios-Timestamp"] = stamp
            headers["X-Helios-Signature"] = signature(self._settings.webhook_secret, stamp, body)
        return body, headers


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What ``X-Helios-Signature`` says of a body."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, "sha256").hexdigest()


def summary(job: RenderJob) -> dict[str, Any]:
    """What others are told of a job."""
    return {
        "id": job.id,
        "status": str(job.status),
        "error": job.error,
        "duration": job.duration_s,
        "download": f"/api/render/{job.id}/download" if job.output_path else None,
        "createdAt": job.created_at.isoformat(),
        "completedAt": job.completed_at.isoformat() if job.completed_at else None,
    }


def _ntfy(job: RenderJob) -> tuple[bytes, dict[str, str]]:
    done = job.status == "completed"
    text = f"{job.duration_s or 0:.1f} s of film" if done else str(job.error or job.status)
    return text.encode(), {
        "Title": f"Helios: {job.id} {job.status}",
        "Tags": "movie_camera" if done else "warning",
        "Content-Type": "text/plain; charset=utf-8",
    }
