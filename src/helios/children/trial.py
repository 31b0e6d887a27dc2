"""Try an encoder: what drivers do in here ends no other process."""

from __future__ import annotations

import tempfile
from pathlib import Path

from helios.encode.trial import CHUNK_FRAMES, encode_chunks, what_is_wrong
from helios.errors import HeliosError
from helios.executors.call import Reply, TrialCall
from helios.merge.join import join_parts
from helios.merge.parts import Part


def try_encoder(call: TrialCall) -> Reply:
    """Encode two chunks, join them, and look at what is decoded from that."""
    settings = call.encode
    with tempfile.TemporaryDirectory(prefix="helios-trial-") as name:
        folder = Path(name)
        try:
            parts = [
                Part(path=path, start_frame=number * CHUNK_FRAMES, frame_count=CHUNK_FRAMES)
                for number, path in enumerate(encode_chunks(folder, settings))
            ]
            film = folder / "film.mp4"
            join_parts(parts, film, fps=settings.fps)
            fault = what_is_wrong(film, settings)
        except HeliosError as error:
            fault = error.message
    return Reply(event="done", fault=fault)
