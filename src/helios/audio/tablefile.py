"""Analysis tables as files: ``.npz`` (columns, memory-mapped when large) and ``.json`` (rows)."""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from helios.audio.columns import BAND_NAMES, COLUMNS, Section
from helios.audio.table import PreAnalysisResult
from helios.errors import DecodeError, OptionError, OutputNotWritable
from helios.files.whole import new_file

_MAP_FROM_BYTES = 32 << 20
_BEATS = ("beatTimes", "beatNumbers")
_CAMEL = {"is_beat": "isBeat", "beat_phase": "beatPhase", "bar_position": "barPosition"}


def check_table(path: Path) -> None:
    """Refuse a name that is no table's, before a song is heard for it.

    Raises:
        OptionError: it has another suffix.
    """
    if path.suffix.lower() not in (".npz", ".json"):
        raise OptionError(
            f"a table is written as .json or .npz, not {path.name!r}",
            hint=f"For example: -o {path.with_suffix('.json')}",
        )


def write_table(table: PreAnalysisResult, path: Path) -> None:
    """Write ``.npz`` or ``.json``, chosen by the name; it appears whole or not at all.

    Raises:
        OptionError: another kind of name.
        OutputNotWritable: the file cannot be written.
    """
    check_table(path)
    writers: Mapping[str, Callable[[PreAnalysisResult, IO[bytes]], None]]
    writers = {".npz": _write_npz, ".json": _write_json}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_file(path) as temporary, temporary.open("wb") as file:
            writers[path.suffix.lower()](table, file)
    except OSError as error:
        raise OutputNotWritable(f"cannot write {path}: {error.strerror or error}") from error


def read_table(path: Path) -> PreAnalysisResult:
    """Read what ``write_table`` wrote as ``.npz``; large tables are mapped, not loaded.

    Raises:
        DecodeError: the file is damaged or no table.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            small = sum(info.file_size for info in archive.infolist()) < _MAP_FROM_BYTES
            about = json.loads(np.load(io.BytesIO(archive.read("about.npy"))).tobytes())
            columns = {
                name: _read_member(archive, f"{name}.npy") if small else _map_member(archive, name)
                for name in COLUMNS
            }
            spectrum = (
                _read_member(archive, "spectrum.npy") if small else _map_member(archive, "spectrum")
            )
            times, numbers = (_read_member(archive, f"beat_{n}.npy") for n in ("times", "numbers"))
        return _rebuild(about, columns, spectrum, times, numbers)
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError) as error:
        raise DecodeError(f"{path} is not a readable analysis table") from error


def table_json(table: PreAnalysisResult) -> dict[str, Any]:
    """Everything but the rows, in camelCase, as in the JSON file."""
    return {
        "totalFrames": table.total_frames,
        "duration": table.duration,
        "fps": int(table.fps) if table.fps.denominator == 1 else float(table.fps),
        "fpsRational": str(table.fps),
        "bpm": table.bpm,
        "tempoConfidence": table.tempo_confidence,
        "tempos": [list(part) for part in table.tempos],
        "beatTimes": table.beat_times.tolist(),
        "beatNumbers": table.beat_numbers.tolist(),
        "beatsPerBar": table.beats_per_bar,
        "barConfidence": table.bar_confidence,
        "integratedLufs": table.integrated_lufs,
        "sampleRate": table.sample_rate,
        "channels": table.channels,
        "analyzer": table.analyzer,
        "bandNames": list(BAND_NAMES),
        "sections": [
            {"start": s.start_s, "end": s.end_s, "kind": s.kind, "energy": s.energy}
            for s in table.sections
        ],
    }


def _write_json(table: PreAnalysisResult, file: IO[bytes]) -> None:
    head = json.dumps(table_json(table))
    file.write(b'{"frames": [')
    for frame, row in enumerate(table.frames):
        values = {_CAMEL.get(key, key): _short(value) for key, value in asdict(row).items()}
        file.write((",\n" if frame else "\n").encode() + json.dumps(values).encode())
    file.write(b"\n],\n" + head[1:].encode() + b"\n")


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    return [round(each, 6) for each in value] if isinstance(value, tuple) else value


def _write_npz(table: PreAnalysisResult, file: IO[bytes]) -> None:
    about = {
        **{k: value for k, value in table_json(table).items() if k not in _BEATS},
        "columns": list(COLUMNS),
    }
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    arrays = {name: np.asarray(column) for name, column in table.columns.items()}
    arrays |= {"spectrum": np.asarray(table.spectrum)}
    arrays |= {"beat_times": table.beat_times, "beat_numbers": table.beat_numbers}
    np.savez(file, allow_pickle=False, about=text, **arrays)


def _rebuild(
    about: dict[str, Any],
    columns: dict[str, NDArray[Any]],
    spectrum: NDArray[Any],
    beat_times: NDArray[Any],
    beat_numbers: NDArray[Any],
) -> PreAnalysisResult:
    for column in (*columns.values(), spectrum):
        if len(column) != about["totalFrames"]:
            raise ValueError("columns of different length")
        column.flags.writeable = False
    return PreAnalysisResult(
        fps=Fraction(about["fpsRational"]),
        total_frames=about["totalFrames"],
        duration=about["duration"],
        columns=columns,
        spectrum=spectrum,
        beat_times=beat_times,
        beat_numbers=beat_numbers,
        beats_per_bar=about["beatsPerBar"],
        bar_confidence=about["barConfidence"],
        bpm=about["bpm"],
        tempo_confidence=about["tempoConfidence"],
        tempos=tuple((a, b, c) for a, b, c in about["tempos"]),
        sections=tuple(
            Section(start_s=s["start"], end_s=s["end"], kind=s["kind"], energy=s["energy"])
            for s in about["sections"]
        ),
        integrated_lufs=about["integratedLufs"],
        sample_rate=about["sampleRate"],
        channels=about["channels"],
        analyzer=about["analyzer"],
    )


def _read_member(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    array: NDArray[Any] = np.load(io.BytesIO(archive.read(name)), allow_pickle=False)
    return array


def _map_member(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """Map an array that lies uncompressed in the archive."""
    info = archive.getinfo(f"{name}.npy")
    with Path(str(archive.filename)).open("rb") as file:
        file.seek(info.header_offset + 26)
        name_size = int.from_bytes(file.read(2), "little")
        extra_size = int.from_bytes(file.read(2), "little")
        file.seek(name_size + extra_size, os.SEEK_CUR)
        version = np.lib.format.read_magic(file)
        read_header = {(1, 0): np.lib.format.read_array_header_1_0}[version]
        shape, _, kind = read_header(file)
        offset = file.tell()
    return np.memmap(str(archive.filename), kind, "r", offset, shape)
