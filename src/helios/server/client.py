"""A typed client of the server, for Python and for ``helios queue``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from helios.errors import (
    EnvironmentProblem,
    HeliosError,
    InvalidTransition,
    JobNotFound,
    OptionError,
    OutputNotWritable,
)
from helios.files.documents import read_bytes
from helios.files.hold import sweep
from helios.files.regular import open_regular
from helios.files.unread import unread
from helios.files.whole import new_file
from helios.model.export import ExportConfig, with_own_names
from helios.queue.job import JobStatus, RenderJob, check_job_id
from helios.server.shapes import JobList, QueueStatus, Sound, Submitted, UploadedSubtitles

DEFAULT_SERVER = "http://127.0.0.1:8787"
_KINDS: dict[int, type[HeliosError]] = {404: JobNotFound, 409: InvalidTransition, 422: OptionError}


class HeliosClient:
    """Talks to a Helios server.

    Args:
        server: its address; without one HELIOS_SERVER, or the one on this machine.
        token: opens it; without one HELIOS_TOKEN.
        timeout_s: for every answer but films and uploads.
        transport: for tests.

    Example:
        >>> with HeliosClient() as client:  # doctest: +SKIP
        ...     job_id = client.submit({"composition": "etherealFlame"}, "song.mp3")
        ...     for job in client.watch(job_id):
        ...         print(job.progress)
        ...     client.download(job_id, "film.mp4")
    """

    def __init__(
        self,
        server: str | None = None,
        *,
        token: str | None = None,
        timeout_s: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        server = server or os.environ.get("HELIOS_SERVER") or DEFAULT_SERVER
        token = os.environ.get("HELIOS_TOKEN") if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._server = server.rstrip("/")
        self._http = httpx.Client(
            base_url=self._server, headers=headers, timeout=timeout_s, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def submit(
        self,
        config: ExportConfig | dict[str, Any],
        audio: str | Path | None = None,
        stems: Mapping[str, str | Path] | None = None,
        subtitles: str | Path | None = None,
        **more: Any,
    ) -> str:
        """Ask for a film, uploading its sound; returns the (first) job's id."""
        return self.submit_all(config, audio, stems, subtitles, **more)[0]

    def submit_all(
        self,
        config: ExportConfig | dict[str, Any],
        audio: str | Path | None = None,
        stems: Mapping[str, str | Path] | None = None,
        subtitles: str | Path | None = None,
        **more: Any,
    ) -> list[str]:
        """Ask for films: ``pack=`` or ``types=`` for several, ``priority=``, ``notify=``.

        Args:
            config: of the films.
            audio: the sound, which is uploaded.
            stems: its parts by name, which are uploaded too.
            subtitles: subtitles or lyrics to show, which are uploaded too.
            more: keys of the configuration.

        Raises:
            HeliosError: what the server said was wrong.
        """
        values = config.to_json() if isinstance(config, ExportConfig) else dict(config)
        values |= more
        if audio is not None:
            values = with_own_names(values) | {"audio": self.upload(audio).id}
        if stems:
            values["stem"] = [f"{name}={self.upload(file).id}" for name, file in stems.items()]
        if subtitles is not None:
            values["subtitles"] = self.upload_subtitles(subtitles).id
        reply = self._call("POST", "/api/render", json=values)
        return Submitted.model_validate(reply.json()).job_ids

    def upload(self, path: str | Path) -> Sound:
        """Upload a sound.

        Raises:
            HeliosError: it cannot be read, here or there.
        """
        path = Path(path)
        try:
            stream = open_regular(path)
        except OSError as error:
            raise unread(str(path), path, error) from error
        with stream:
            reply = self._call(
                "POST",
                "/api/audio",
                params={"name": path.name},
                content=stream,
                timeout=None,
                headers={"Content-Type": "application/octet-stream"},
            )
        return Sound.model_validate(reply.json())

    def upload_subtitles(self, path: str | Path) -> UploadedSubtitles:
        """Upload subtitles or lyrics.

        Raises:
            HeliosError: they cannot be read, here or there.
        """
        path = Path(path)
        content = read_bytes(path, f"--subtitles {path}")
        kind = {"Content-Type": "application/octet-stream"}
        where = "/api/subtitles"
        reply = self._call("POST", where, params={"name": path.name}, content=content, headers=kind)
        return UploadedSubtitles.model_validate(reply.json())

    def get(self, job_id: str) -> RenderJob:
        """One job.

        Raises:
            JobNotFound: there is none.
        """
        return RenderJob.model_validate(self._call("GET", _path(job_id)).json())

    def list(
        self, status: JobStatus | str | None = None, *, limit: int = 100, offset: int = 0
    ) -> JobList:
        """A page of jobs, the newest first."""
        params = {"limit": limit, "offset": offset} | ({"status": str(status)} if status else {})
        return JobList.model_validate(self._call("GET", "/api/render", params=params).json())

    def status(self) -> QueueStatus:
        """How many jobs there are of each status."""
        return QueueStatus.model_validate(self._call("GET", "/api/render/status").json())

    def cancel(self, job_id: str) -> None:
        """Stop a job for good."""
        self._call("DELETE", _path(job_id))

    def forget(self, job_id: str) -> None:
        """Remove a job with its film."""
        self._call("DELETE", _path(job_id), params={"forget": "true"})

    def retry(self, job_id: str) -> RenderJob:
        """Try a failed or cancelled job again."""
        return RenderJob.model_validate(self._call("POST", _path(job_id, "retry")).json())

    def pause(self, job_id: str | None = None) -> None:
        """Pause a job, or the whole queue."""
        self._call("POST", _path(job_id, "pause") if job_id else "/api/render/pause")

    def resume(self, job_id: str | None = None) -> None:
        """Go on with a job, or with the whole queue."""
        self._call("POST", _path(job_id, "resume") if job_id else "/api/render/resume")

    def log(self, job_id: str) -> str:
        """What happened to a job."""
        return self._call("GET", _path(job_id, "log")).text

    def why(self, job_id: str) -> str:
        """Why a job is not running."""
        return str(self._call("GET", _path(job_id, "why")).json()["why"])

    def prune(self, older_than_s: float = 0.0) -> tuple[str, ...]:
        """Forget jobs that are over; returns their ids."""
        reply = self._call("POST", "/api/render/prune", params={"older_than": older_than_s})
        return tuple(reply.json()["pruned"])

    def watch(self, job_id: str) -> Iterator[RenderJob]:
        """The job whenever it changes, to its end."""
        url = _path(job_id, "events")
        try:
            with self._http.stream("GET", url, timeout=httpx.Timeout(30, read=60)) as reply:
                if reply.is_error:
                    reply.read()
                    raise _error(reply)
                for line in reply.iter_lines():
                    if line.startswith("data:"):
                        job = RenderJob.model_validate(json.loads(line[5:]))
                        yield job
                        if job.is_final:
                            return
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def download(self, job_id: str, path: str | Path) -> Path:
        """Fetch the film; an unfinished file is never left under its name.

        Raises:
            HeliosError: there is no film, or it cannot be written.
        """
        path = Path(path)
        try:
            sweep(path.parent)
            with (
                new_file(path) as partial,
                self._http.stream("GET", _path(job_id, "download"), timeout=None) as reply,
            ):
                if reply.is_error:
                    reply.read()
                    raise _error(reply)
                with partial.open("wb") as stream:
                    for piece in reply.iter_bytes():
                        stream.write(piece)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        except OSError as error:
            raise OutputNotWritable(f"cannot write {path}: {error.strerror}") from error
        return path

    def _call(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            reply = self._http.request(method, url, **more)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if reply.is_error:
            raise _error(reply)
        return reply

    def _unreachable(self, error: httpx.HTTPError) -> HeliosError:
        if isinstance(error, httpx.UnsupportedProtocol):
            return OptionError(
                f"{self._server} is no address of a server",
                hint="Give http:// and its name and port: --server http://127.0.0.1:8787",
            )
        return EnvironmentProblem(
            f"cannot talk to {self._server}: {error}",
            hint="Start one with helios serve, or name another with --server.",
        )


def _path(job_id: str, *more: str) -> str:
    return "/".join(("/api/render", check_job_id(job_id), *more))


def _error(reply: httpx.Response) -> HeliosError:
    try:
        body = reply.json()
        message, hint = str(body["error"]), str(body.get("hint") or "")
    except (ValueError, KeyError, TypeError):
        message, hint = f"the server answered {reply.status_code}", ""
    if reply.status_code == 401:
        return EnvironmentProblem(message, hint="Set HELIOS_TOKEN to the server's token.")
    kind = _KINDS.get(reply.status_code, EnvironmentProblem)
    if reply.status_code == 404 and hint:
        return kind(hint)
    return kind(message, hint=hint)
