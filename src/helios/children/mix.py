"""Mix what is heard in a film into a file, to be played beside its pictures."""

from __future__ import annotations

import tempfile
from pathlib import Path

from helios.errors import OptionError
from helios.executors.call import MixCall, MixedSound, Reply
from helios.executors.pool import WorkerPool
from helios.files.hold import temporary_folder
from helios.model.audio import SAMPLE_RATE
from helios.model.export import ExportConfig
from helios.rendering.film import sound_of
from helios.rendering.length import LengthRule
from helios.rendering.look import planned
from helios.rendering.prepare import prepare_plan

LONGEST_S = 3600
_BYTES = 4
"""Of a sample of both ears."""


def mix(call: MixCall) -> Reply:
    """Write the sound of the film, of 16 bits; nothing where nothing is heard in it.

    Raises:
        HeliosError: the film cannot be planned, or is too long.
    """
    import numpy as np

    from helios.media.wave import wave_head

    config = ExportConfig.read(call.config)
    with temporary_folder(Path(tempfile.gettempdir())) as folder, WorkerPool() as pool:
        asked = prepare_plan(config.composition, folder / "film.mp4", config.options, call.folder)
        plan = planned(asked, pool, folder, length=LengthRule())
        duration_s = float(plan.total_frames / plan.fps)
        sound = sound_of(plan, plan.sample_total)
        if sound is None:
            return Reply(event="done")
        if duration_s > LONGEST_S:
            raise OptionError(
                f"the film has {duration_s / 3600:.1f} hours; the sound of one is mixed beforehand",
                hint="It is heard in the film.",
            )
        left = sound.samples
        with call.sound.open("wb") as stream:
            stream.write(wave_head(SAMPLE_RATE, left * _BYTES, bits=16))
            for block in sound.blocks:
                loudest = np.iinfo(np.int16).max
                samples = np.clip(block[:left], -1, 1) * loudest
                stream.write(samples.round().astype("<i2").tobytes())
                left -= min(left, len(block))
            stream.write(bytes(left * _BYTES))
    return Reply(event="done", mix=MixedSound(duration=duration_s))
