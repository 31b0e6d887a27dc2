"""Going to any frame of a scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from helios.scene.audio_input import AudioColumns, FeatureColumns, silent_table, whole
from helios.scene.kernels.frames import SceneFrame
from helios.scene.scene import Scene, SceneSettings

_NAMES = {
    "amplitude": "amplitude",
    "bass": "bass",
    "mid": "mid",
    "high": "high",
    "onset": "onset",
    "energy": "energy",
    "isBeat": "is_beat",
    "is_beat": "is_beat",
}


class SceneStepper:
    """The frames of one scene, in any order.

    A frame depends on its number and on the sound of the whole film, never on the frames asked
    for before, so there is nothing to rewind; :meth:`reset` only forgets sound given by hand.
    """

    def __init__(self, settings: SceneSettings) -> None:
        self._settings = settings
        self._given: FeatureColumns | None = None
        self._scene: Scene | None = None
        self.current_frame = 0

    @property
    def scene(self) -> Scene:
        """The scene as it sounds now."""
        if self._scene is None:
            table: AudioColumns | None = self._given or self._settings.table
            self._scene = Scene(replace(self._settings, table=table))
        return self._scene

    def step_to_frame(
        self, frame: int, audio: Mapping[str, float] | AudioColumns | None = None
    ) -> SceneFrame:
        """Frame ``frame`` in numbers.

        ``audio`` is a whole table, which replaces the scene's, or the features of this one frame
        (``amplitude``, ``bass``, ``mid``, ``high``, ``isBeat``, ``onset``, ``energy``), which are
        written into it: what is given for earlier frames still echoes in later ones.

        Raises:
            OptionError: no such frame.
        """
        if isinstance(audio, Mapping):
            self._hear(frame, audio)
        elif audio is not None:
            self._given = whole(audio, self._settings.total_frames, self._settings.fps)
            self._forget()
        described = self.scene.frame(frame)
        self.current_frame = frame
        return described

    def time_s(self) -> Fraction:
        """When the current frame begins."""
        return Fraction(self.current_frame) / self._settings.fps

    def reset(self) -> None:
        """Back to frame 0 and to the sound the scene was made with."""
        self._given = None
        self._forget()
        self.current_frame = 0

    def close(self) -> None:
        """Let go of the scene."""
        self._forget()

    def _forget(self) -> None:
        if self._scene:
            self._scene.close()
        self._scene = None

    def _hear(self, frame: int, audio: Mapping[str, float]) -> None:
        s = self._settings
        if self._given is None:
            table = s.table or silent_table(s.total_frames, s.fps)
            self._given = whole(table, s.total_frames, s.fps)
        if not 0 <= frame < s.total_frames:
            return
        changed: dict[str, Any] = {}
        for name, value in audio.items():
            if name not in _NAMES:
                continue
            column = self._given[_NAMES[name]]
            if column[frame] != np.float32(value):
                copy = column.copy()
                copy[frame] = np.clip(float(value), 0, 1)
                changed[_NAMES[name]] = copy
        if changed:
            self._given = replace(self._given, **changed)
            self._forget()
