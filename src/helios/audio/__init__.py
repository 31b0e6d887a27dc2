"""Sound: heard once for every frame (PreAnalyzer), and mixed once for the film (mix_tracks)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helios.audio.analyzer import PreAnalyzer, analyze
    from helios.audio.columns import Section
    from helios.audio.mapping import Mapping, ReactivityPreset
    from helios.audio.presets import reactivity_preset
    from helios.audio.table import FrameAudioData, PreAnalysisResult
    from helios.audio.tablefile import read_table, write_table
    from helios.audio.tracks import mix_tracks

__all__ = [
    "FrameAudioData",
    "Mapping",
    "PreAnalysisResult",
    "PreAnalyzer",
    "ReactivityPreset",
    "Section",
    "analyze",
    "mix_tracks",
    "reactivity_preset",
    "read_table",
    "write_table",
]

_HOMES = {
    "PreAnalyzer": "analyzer",
    "analyze": "analyzer",
    "Mapping": "mapping",
    "ReactivityPreset": "mapping",
    "mix_tracks": "tracks",
    "reactivity_preset": "presets",
    "FrameAudioData": "table",
    "PreAnalysisResult": "table",
    "Section": "columns",
    "read_table": "tablefile",
    "write_table": "tablefile",
}


def __getattr__(name: str) -> Any:
    """Load a name's module on first use: a scene that only reads tables needs no decoder."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
