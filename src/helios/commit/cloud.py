"""Stores without a disk: buckets of S3, Google and Azure, by obstore; and the memory of a process.

Small artifacts have their own names. A payload's name is preceded by its digest, so that machines
that make the same chunk at once never replace each other's; the record says which one counts.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from helios.errors import (
    DiskFull,
    ExtraMissing,
    OptionError,
    OutputNotWritable,
    StoreRefused,
    StoreUnavailable,
)
from helios.files.cache import cache_home
from helios.files.hold import Hold, new_temporary, reserved, sweep
from helios.files.whole import new_file
from helios.remedies.table import extra_remedy

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

T = TypeVar("T")
_TRIES = 3
"""Of ours, where obstore makes none: it gives up what it cannot know to be harmless."""
_PATIENCE_S = 30.0
"""With a store that has answered before. One that never did has a wrong address, more likely."""
_LONGEST_PAUSE_S = 4.0
_RETRIED = " retries, max_retries"
"""What obstore says where it tried again and again."""
_PART_BYTES = 16 << 20
"""Each is a request of its own, so that a long way there costs no more than one of them again."""
_SOON = timedelta(milliseconds=200)
_RETRIES: RetryConfig = {
    "max_retries": 6,
    "retry_timeout": timedelta(seconds=30),
    "backoff": {
        "base": 2,
        "init_backoff": _SOON,
        "max_backoff": timedelta(seconds=4),
    },
}
_CLIENT: ClientConfig = {"connect_timeout": "5s", "timeout": "120s"}
_MAX_SMALL_BYTES = 64 << 20
_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_METADATA_HOSTS = ("169.254.169.254", "metadata.google.internal")
_NO_BUCKET = {"NoSuchBucket", "ContainerNotFound"}
_FULL = {"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage"}
_ENVIRONMENT = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and, if it is not Amazon's, "
    "AWS_ENDPOINT_URL",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
    "memory": "",
}


class CloudStore:
    """A place in a bucket."""

    inputs_stay = True
    look_every_s = 2.0

    def __init__(self, url: str, objects: Any) -> None:
        self.url = url
        self._objects = objects
        self._has_answered = self._is_waited_for = False

    @property
    def folder(self) -> Path:
        """See ``ArtifactStore``."""
        name = hashlib.sha256(self.url.encode()).hexdigest()[:16]
        folder = cache_home() / "stores" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputNotWritable(
                f"cannot write {folder}: {error.strerror or error}",
                hint="Name a folder that can be written: export HELIOS_CACHE_DIR=FOLDER",
            ) from error
        return folder

    def read(self, name: str) -> bytes:
        """See ``ArtifactStore``."""
        found = self._object(name)
        if found is None:
            raise OptionError(f"there is no {name} in {self.url}")
        return found

    def names(self) -> frozenset[str]:
        """See ``ArtifactStore``."""
        import obstore

        def ask() -> frozenset[str]:
            listing = obstore.list_with_delimiter(self._objects)
            return frozenset(str(each["path"]).rpartition("/")[2] for each in listing["objects"])

        return self._trying(ask)

    def create(self, name: str, data: bytes) -> bool:
        """See ``ArtifactStore``."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        def ask() -> bool:
            try:
                obstore.put(self._objects, name, data, mode="create")
            except AlreadyExistsError:
                return False
            return True

        # An answer that was lost on its way: what is there may be what we wrote.
        return self._trying(ask) or self._object(name) == data

    def replace(self, name: str, data: bytes) -> None:
        """See ``ArtifactStore``."""
        import obstore

        self._trying(lambda: obstore.put(self._objects, name, data))

    def new_file(self, suffix: str) -> Hold:
        """See ``ArtifactStore``."""
        return new_temporary(self.folder, suffix)

    def put(self, name: str, file: Path, sha256: str) -> None:
        """See ``ArtifactStore``."""
        import obstore

        self._trying(lambda: obstore.put(self._objects, _key(name, sha256), file))

    def holds(self, name: str, size: int, sha256: str) -> bool:
        """See ``ArtifactStore``."""
        import obstore

        def ask() -> bool:
            try:
                return int(obstore.head(self._objects, _key(name, sha256))["size"]) == size
            except FileNotFoundError as missing:
                self._demand_bucket(missing)
                return False

        return self._trying(ask)

    def fetched(self, name: str, size: int, sha256: str, to: Path) -> Path:
        """See ``ArtifactStore``."""
        import obstore

        key = _key(name, sha256)

        def part(start: int) -> bytes:
            try:
                length = min(_PART_BYTES, size - start)
                return bytes(obstore.get_range(self._objects, key, start=start, length=length))
            except FileNotFoundError as missing:
                self._demand_bucket(missing)
                raise OptionError(f"{name} is not in {self.url} any more") from missing

        found = hashlib.sha256()
        with new_file(to) as path, path.open("wb") as stream:
            for start in range(0, size, _PART_BYTES):
                data = self._trying(partial(part, start))
                found.update(data)
                stream.write(data)
            stream.flush()
            if found.hexdigest() != sha256:
                raise OptionError(f"{name} in {self.url} is not what was put there")
        return to

    def address(self, name: str, sha256: str) -> str:
        """See ``ArtifactStore``."""
        return f"{self.url}/{_key(name, sha256)}"

    def remove(self, name: str) -> None:
        """See ``ArtifactStore``."""
        import obstore

        def ask() -> None:
            try:
                obstore.delete(self._objects, name)
            except FileNotFoundError as missing:  # some stores mind
                self._demand_bucket(missing)

        self._trying(ask)

    def remove_payload(self, name: str, sha256: str) -> None:
        """See ``ArtifactStore``."""
        self.remove(_key(name, sha256))

    def reserved(self, name: str, problem: str) -> AbstractContextManager[None]:
        """See ``ArtifactStore``."""
        return reserved(self.folder / name, problem)

    def sweep(self) -> None:
        """See ``ArtifactStore``."""
        sweep(self.folder)

    def _object(self, name: str) -> bytes | None:
        import obstore

        def ask() -> bytes | None:
            try:
                got = obstore.get(self._objects, name)
            except FileNotFoundError as missing:
                self._demand_bucket(missing)
                return None
            if got.meta["size"] > _MAX_SMALL_BYTES:
                raise OptionError(f"{name} in {self.url} is larger than {_MAX_SMALL_BYTES} bytes")
            return bytes(got.bytes())

        return self._trying(ask)

    def _demand_bucket(self, missing: FileNotFoundError) -> None:
        """A bucket that is not there is another fault than a missing artifact."""
        if _NO_BUCKET & set(_CODE.findall(str(missing))):
            raise self._no_bucket() from missing

    def _no_bucket(self) -> StoreRefused:
        bucket = urlsplit(self.url).netloc
        return StoreRefused(
            f"{self.url}: there is no bucket {bucket!r}", hint="Make it, or name another one."
        )

    def _trying(self, ask: Callable[[], T]) -> T:
        from obstore.exceptions import BaseError

        began = time.monotonic()
        for failures in itertools.count(1):
            try:
                found = ask()
            except (BaseError, PermissionError, FileNotFoundError) as error:
                explained = self._explained(str(error))
                left_s = _PATIENCE_S - (time.monotonic() - began) if self._has_answered else 0.0
                was_tried = failures >= _TRIES or _RETRIED in str(error)
                if not explained.retry or (was_tried and left_s <= 0):
                    raise explained from error
                if was_tried and not self._is_waited_for:
                    self._is_waited_for = True
                    _log.warning("%s; trying again for %.0f s", explained.message, left_s)
                # At once after the first: it may have been an answer that was lost.
                time.sleep(min(0.2 * (2 ** (failures - 1) - 1), _LONGEST_PAUSE_S))
            else:
                self._has_answered, self._is_waited_for = True, False
                return found
        raise AssertionError

    def _explained(self, text: str) -> StoreUnavailable | StoreRefused | DiskFull:
        """What a store's error means, in one line."""
        text = text.partition("\nDebug source")[0].replace("\n", " ").strip()
        codes, status = set(_CODE.findall(text)), set(_STATUS.findall(text))
        code = next(iter(codes | status), text[:300])
        variables = _ENVIRONMENT[urlsplit(self.url).scheme]
        if codes & _FULL or "507" in status:
            return DiskFull(f"{self.url} is full ({code})", hint="Finished chunks are kept.")
        if "HTTP error" in text and not status:
            server = re.search(r"https?://[^/\s]+", text)
            return StoreUnavailable(
                f"{self.url}: {server[0] if server else 'the store'} does not answer",
                hint=f"Is the network there? See {variables}.",
            )
        if any(s in ("408", "429") or s.startswith("5") for s in status) or not status:
            return StoreUnavailable(f"{self.url}: the store fails ({code})")
        return self._refused(text, codes, status, code)

    def _refused(self, text: str, codes: set[str], status: set[str], code: str) -> StoreRefused:
        variables = _ENVIRONMENT[urlsplit(self.url).scheme]
        if codes & _NO_BUCKET:
            return self._no_bucket()
        what, hint = f"the store refuses ({code}): {text[:300]}", ""
        if "RequestTimeTooSkewed" in codes:
            what, hint = "the clock of this machine is wrong", "Set it, and try again."
        elif any(host in text for host in _METADATA_HOSTS):
            what, hint = "this machine has no credentials", f"Set {variables}."
        elif status & {"401", "403"}:
            what = f"the credentials are not accepted ({code})"
            hint = f"See {variables}, and what the bucket allows."
        return StoreRefused(f"{self.url}: {what}", hint=hint)


_log = logging.getLogger("helios.commit")


def _key(name: str, sha256: str) -> str:
    return f"payloads/{sha256[:16]}/{name}"


@cache
def open_cloud(url: str) -> CloudStore:
    """The store of an address; one for each address in a process.

    Raises:
        OptionError: it is no address of a store.
        ExtraMissing: obstore is not installed.
    """
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise OptionError(
            f"{parts.scheme}://{parts.hostname}: a store's address is a bucket and a path",
            hint=f"Credentials come from the environment: {_ENVIRONMENT[parts.scheme]}.",
        )
    if not parts.netloc:
        raise OptionError(f"{url!r} names no bucket", hint=f"Give {parts.scheme}://BUCKET/NAME.")
    with _needed():
        from obstore.exceptions import BaseError
        from obstore.store import MemoryStore, from_url
    if parts.scheme == "memory":
        return CloudStore(url, MemoryStore())
    client: ClientConfig = {**_CLIENT, "allow_http": _wants_http()}
    try:
        objects = from_url(url, client_options=client, retry_config=_RETRIES)
    except (BaseError, ValueError) as error:
        text = str(error).partition("\nDebug source")[0].partition(": ")[2].strip()
        raise OptionError(
            f"{url}: {text or error}", hint=f"Set {_ENVIRONMENT[parts.scheme]}."
        ) from error
    return CloudStore(url, objects)


def _wants_http() -> bool:
    """Whether the user names a server that speaks no TLS."""
    named = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AZURE_STORAGE_ENDPOINT", "GOOGLE_BASE_URL")
    return any(os.environ.get(name, "").startswith("http://") for name in named)


@contextmanager
def _needed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as missing:
        raise ExtraMissing(
            f"{missing.name} is not installed: stores in a cloud need it",
            hint=f"Install it: {extra_remedy('cloud')}",
        ) from missing
