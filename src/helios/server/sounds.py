"""Uploaded sounds: kept by their content, decoded once in a process with limits."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from helios.errors import (
    Cancelled,
    DiskFull,
    HeliosError,
    MediaError,
    OutputNotWritable,
    UsageError,
)
from helios.executors.call import HearCall, HeardSound, ProbeCall, Reply, SoundFacts
from helios.executors.spawn import start_child
from helios.executors.worker import Worker
from helios.files.hold import new_temporary, sweep
from helios.files.whole import file_sha256, write_whole
from helios.model.timebase import parse_fps
from helios.server.demo import write_demo_song
from helios.server.guard import Refused
from helios.server.settings import MIB, ServerSettings
from helios.server.shapes import Sound
from helios.version import __version__

ID = re.compile(r"[0-9a-f]{64}")
UPLOAD_ID = r"^[0-9a-f]{32}$"
BEGUN = ".upload-"
"""What the names of files begin with whose upload is not over."""
_BEGUN_S = 3600.0
"""How long what has come of one is kept for the rest."""
_TOO_BIG = 413
_DECODE_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPart:
    """The rest of an upload whose connection may be lost, from a byte on."""

    upload: str
    """Its number, chosen by who sends it; see ``UPLOAD_ID``."""
    offset: int
    size: int
    """Bytes of the whole."""


class SoundShelf:
    """The uploads of a server."""

    def __init__(self, settings: ServerSettings) -> None:
        self.folder = settings.data / "audio"
        self._settings = settings
        self._decoding = asyncio.Semaphore(2)
        self._writers: dict[str, object] = {}
        """Of each upload whoever began to send the rest of it last."""

    def path_of(self, sound_id: str) -> Path:
        """The file of an upload.

        Raises:
            UsageError: there is none of that id.
        """
        path = self.folder / sound_id
        if not ID.fullmatch(sound_id) or not path.is_file():
            raise UsageError(f"no sound {sound_id[:80]!r}", hint="Upload it to /api/audio first.")
        return path

    def get(self, sound_id: str) -> Sound:
        """What is known of an upload.

        Raises:
            UsageError: there is none of that id.
        """
        path = self.path_of(sound_id)
        return Sound.model_validate_json(path.with_name(f"{path.name}.json").read_bytes())

    async def demo(self) -> Sound:
        """Some seconds of a song of ours, to try with."""
        folder = self._settings.data / "demo"
        file = folder / "Demo.wav"
        if not file.is_file():
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
            await asyncio.to_thread(write_demo_song, file)

        async def content() -> AsyncIterator[bytes]:
            yield await asyncio.to_thread(file.read_bytes)

        return await self.add(file.name, content())

    async def hearing(self, sound_id: str, fps: str) -> HeardSound:
        """What is heard in an upload: beats, sections, bands. It is analysed once.

        Raises:
            UsageError: there is none of that id.
            MediaError: it cannot be analysed.
        """
        sound = self.path_of(sound_id)
        rate = str(parse_fps(fps)).replace("/", "-")
        kept = sound.with_name(f"{sound.name}.{rate}.{__version__}.heard")
        with contextlib.suppress(OSError, ValueError):
            return HeardSound.model_validate_json(await asyncio.to_thread(kept.read_bytes))
        async with self._decoding:
            call = HearCall(sound=sound, fps=fps, cpu_s=self._settings.decode_cpu_s)
            reply = await asyncio.to_thread(_ask_apart, call)
        assert reply.heard is not None
        await asyncio.to_thread(write_whole, kept, reply.heard.model_dump_json(by_alias=True))
        return reply.heard

    async def add(self, name: str, chunks: AsyncIterator[bytes]) -> Sound:
        """Take an upload as it comes in.

        Raises:
            Refused: it is too large, or there is no room for it.
            MediaError: it is no sound that can be read.
            DiskFull, OutputNotWritable: it could not be written.
        """
        with _explained():
            self.folder.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(sweep, self.folder)
            with new_temporary(self.folder) as partial:
                try:
                    await self._write(partial.path, 0, chunks, lambda: True)
                    return await self._kept(name, partial.path)
                finally:
                    await asyncio.to_thread(partial.path.unlink, missing_ok=True)

    def received(self, upload: str) -> int:
        """How many bytes of an upload have come so far."""
        with contextlib.suppress(FileNotFoundError):
            return self._begun(upload).stat().st_size
        return 0

    async def add_part(self, name: str, part: UploadPart, chunks: AsyncIterator[bytes]) -> Sound:
        """Take the rest of an upload; what comes of it stays, should the connection be lost.

        Raises:
            Refused: it does not begin where the rest does, is not all, or is too large.
            MediaError: it is no sound that can be read.
            DiskFull, OutputNotWritable: it could not be written.
        """
        with _explained():
            if part.size > self._settings.max_upload_bytes:
                raise self._too_large()
            self.folder.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(self._forget_begun)
            partial, mine = self._begun(part.upload), object()
            # A connection that was lost may not know of it yet.
            self._writers[part.upload] = mine
            if self.received(part.upload) != part.offset:
                raise Refused(409, "the rest of the upload begins elsewhere")

            def may_go_on() -> bool:
                return self._writers.get(part.upload) is mine

            try:
                await self._write(partial, part.offset, chunks, may_go_on)
                self._demand_whole(part)
                return await self._kept(name, partial)
            except Refused as error:
                if error.status == _TOO_BIG:
                    await asyncio.to_thread(partial.unlink, missing_ok=True)
                raise
            except HeliosError:
                await asyncio.to_thread(partial.unlink, missing_ok=True)
                raise
            finally:
                if may_go_on():
                    del self._writers[part.upload]

    def _demand_whole(self, part: UploadPart) -> None:
        if self.received(part.upload) < part.size:
            raise Refused(400, "the upload is cut off")

    def _too_large(self) -> Refused:
        most_mib = self._settings.max_upload_bytes / MIB
        return Refused(_TOO_BIG, f"the sound is larger than this server takes: {most_mib:.3g} MiB")

    def _begun(self, upload: str) -> Path:
        return self.folder / f"{BEGUN}{upload}"

    def _forget_begun(self) -> None:
        """Remove what nobody has sent the rest of."""
        for path in self.folder.glob(f"{BEGUN}*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _BEGUN_S:
                    path.unlink()

    async def _write(
        self, partial: Path, begun: int, chunks: AsyncIterator[bytes], may_go_on: Callable[[], bool]
    ) -> None:
        size, room = begun, self._room() + begun
        with partial.open("ab", buffering=0) as stream:
            async for chunk in chunks:
                size += len(chunk)
                if size > self._settings.max_upload_bytes:
                    raise self._too_large()
                if size > room:
                    raise Refused(_TOO_BIG, "this server has no room for more sounds")
                if not may_go_on():
                    raise Refused(409, "the rest of the upload comes by another connection")
                await asyncio.to_thread(stream.write, chunk)
            os.fsync(stream.fileno())

    async def _kept(self, name: str, partial: Path) -> Sound:
        """The sound that has come whole, on the shelf."""
        name = PurePath(name).name[:200] or "sound"
        digest = await asyncio.to_thread(file_sha256, partial)
        with contextlib.suppress(UsageError, OSError, ValueError):
            known = await asyncio.to_thread(self._again, digest, name)
            await asyncio.to_thread(partial.unlink, missing_ok=True)
            return known
        async with self._decoding:
            facts = await asyncio.to_thread(decode_apart, partial, self._settings.decode_cpu_s)
        size = (await asyncio.to_thread(partial.stat)).st_size
        sound = Sound(id=digest, name=name, size=size, **facts.model_dump())
        await asyncio.to_thread(self._keep, sound, partial)
        return sound

    def _again(self, sound_id: str, name: str) -> Sound:
        """A sound that is there already: films are named as it was called last."""
        sound = self.get(sound_id)
        if sound.name != name:
            sound = sound.model_copy(update={"name": name})
            self._describe(sound)
        return sound

    def _describe(self, sound: Sound) -> None:
        write_whole(self.folder / f"{sound.id}.json", sound.model_dump_json(by_alias=True))

    def _keep(self, sound: Sound, partial: Path) -> None:
        self._describe(sound)
        partial.replace(self.folder / sound.id)

    def _room(self) -> int:
        used = sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file())
        return self._settings.max_stored_bytes - used


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """What becomes of an upload that cannot be written."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull("the server's disk is full") from error
        raise OutputNotWritable(f"the upload could not be kept: {error.strerror}") from error


def decode_apart(path: Path, cpu_s: int) -> SoundFacts:
    """What a sound is, found out in a process of its own.

    Raises:
        MediaError: it cannot be read, or not within the limits.
    """
    reply = _ask_apart(ProbeCall(sound=path, cpu_s=cpu_s))
    assert reply.sound is not None
    return reply.sound


def _ask_apart(call: ProbeCall | HearCall) -> Reply:
    worker = Worker(start_child(call.op, own_temporary=True))
    expired = threading.Event()
    timer = threading.Timer(_DECODE_S, expired.set)
    timer.start()
    try:
        return worker.call(call, cancel=expired)
    except (MediaError, UsageError) as error:
        text = error.message.replace(str(call.sound), "it")
        raise MediaError(f"this cannot be used: {text}", hint=error.hint) from error
    except (HeliosError, Cancelled) as error:
        raise MediaError(
            "the sound takes too long or too much memory to decode",
            hint="Cut it into shorter parts, or convert it to a plain WAV file, and upload that.",
        ) from error
    finally:
        timer.cancel()
        worker.kill(0)
