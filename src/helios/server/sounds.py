"""Uploaded sounds: kept by their content, decoded once in a process with limits."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import threading
from collections.abc import AsyncIterator
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
from helios.files.whole import write_whole
from helios.model.timebase import parse_fps
from helios.server.demo import write_demo_song
from helios.server.guard import Refused
from helios.server.settings import ServerSettings
from helios.server.shapes import Sound
from helios.version import __version__

ID = re.compile(r"[0-9a-f]{64}")
_TOO_BIG = 413
_DECODE_S = 180.0


class SoundShelf:
    """The uploads of a server."""

    def __init__(self, settings: ServerSettings) -> None:
        self.folder = settings.data / "audio"
        self._settings = settings
        self._decoding = asyncio.Semaphore(2)

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
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(sweep, self.folder)
            with new_temporary(self.folder) as partial:
                return await self._take(PurePath(name).name[:200] or "sound", partial.path, chunks)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFull("the server's disk is full") from error
            raise OutputNotWritable(f"the upload could not be kept: {error.strerror}") from error

    async def _take(self, name: str, partial: Path, chunks: AsyncIterator[bytes]) -> Sound:
        digest, size, room = hashlib.sha256(), 0, self._room()
        try:
            with partial.open("wb") as stream:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > min(room, self._settings.max_upload_bytes):
                        raise Refused(_TOO_BIG, "the sound is too large for this server")
                    digest.update(chunk)
                    await asyncio.to_thread(stream.write, chunk)
                stream.flush()
                os.fsync(stream.fileno())
            with contextlib.suppress(UsageError, OSError, ValueError):
                return await asyncio.to_thread(self._again, digest.hexdigest(), name)
            async with self._decoding:
                facts = await asyncio.to_thread(decode_apart, partial, self._settings.decode_cpu_s)
            sound = Sound(id=digest.hexdigest(), name=name, size=size, **facts.model_dump())
            await asyncio.to_thread(self._keep, sound, partial)
        finally:
            await asyncio.to_thread(partial.unlink, missing_ok=True)
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
        raise MediaError("the sound takes too long or too much memory to decode") from error
    finally:
        timer.cancel()
        worker.kill(0)
