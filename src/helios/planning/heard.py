"""From what a page's media elements did over time to the voices that are heard."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from helios.model.audio import AudioTrack
from helios.model.facts import Voice

_SAME_S = 1e-4
_NATURAL_END_S = 2e-3
_MAX_RATE = 16


def voices_of(events: Iterable[dict[str, Any]], files: dict[str, str]) -> tuple[Voice, ...]:
    """The voices of a page.

    An event says what one element does from a moment on, until its next event: ``id``, ``at``
    (ms of the film), ``isOn``, and if it is, ``url``, ``position`` and ``length`` (s), ``volume``,
    ``rate``, ``loop``, ``keepsPitch``, ``isPlaced``, ``fadeIn``, ``fadeOut``. ``files`` are the
    sounds that can be read, by address; others are left out.

    A change of volume goes on with the same voice; a seek or another source begins a new one.
    """
    by_element: dict[int, list[dict[str, Any]]] = {}
    for event in events:
        if event.get("drop"):
            by_element[event["id"]] = []
        else:
            by_element.setdefault(event["id"], []).append(event)
    voices = []
    for told in by_element.values():
        voices += _voices_of_element(told, files)
    return tuple(sorted(voices, key=lambda voice: (voice.start_s, voice.file)))


def track_of(voice: Voice) -> AudioTrack | None:
    """The voice as a track of the mix, if it is that simple: played from a moment to its end."""
    if len(voice.gains) > 1 or voice.end_s is not None:
        return None
    if voice.loop and voice.seek_s and not voice.is_placed:
        return None  # later passes of a track skip its beginning too
    if voice.rate != 1 and not voice.keeps_pitch:
        return None
    return AudioTrack(
        file=voice.file,
        volume=voice.gains[0][1],
        offset=_exact(voice.start_s),
        seek=_exact(voice.seek_s),
        loop=voice.loop,
        rate=voice.rate,
        fade_in=_exact(voice.fade_in_s),
        fade_out=_exact(voice.fade_out_s),
    )


def _exact(seconds: float) -> Fraction:
    return Fraction(round(seconds * 1e9), 10**9)


def _voices_of_element(told: list[dict[str, Any]], files: dict[str, str]) -> list[Voice]:
    made: list[Voice] = []
    current: dict[str, Any] | None = None
    gains: list[tuple[float, float]] = []

    def end(at_s: float | None) -> None:
        nonlocal current
        is_heard = current is not None and any(gain for _, gain in gains)
        if current is not None and is_heard and (voice := _voice(current, gains, at_s, files)):
            made.append(voice)
        current = None

    for event in told:
        at_s = event["at"] / 1000
        if not event["isOn"]:
            end(at_s)
        elif current is not None and _goes_on(current, event):
            gains.append((at_s, min(float(event["volume"]), 1.0)))
        else:
            end(at_s)
            current, gains = event, [(at_s, float(event["volume"]))]
    end(None)
    return made


def _voice(
    event: dict[str, Any],
    gains: list[tuple[float, float]],
    end_s: float | None,
    files: dict[str, str],
) -> Voice | None:
    start_s, rate = event["at"] / 1000, float(event["rate"])
    file = files.get(event["url"])
    if file is None or not 0 < rate <= _MAX_RATE or (end_s is not None and end_s <= start_s):
        return None
    length = event.get("length")
    if end_s is not None and length is not None and not event["loop"]:
        natural_s = start_s + (length - event["position"]) / rate
        if natural_s <= end_s + _NATURAL_END_S:
            end_s = None
    return Voice(
        file=file,
        start_s=start_s,
        end_s=end_s,
        seek_s=float(event["position"]),
        rate=rate,
        loop=bool(event["loop"]),
        keeps_pitch=bool(event["keepsPitch"]),
        gains=tuple(_distinct(gains)),
        is_placed=bool(event["isPlaced"]),
        fade_in_s=_seconds(event.get("fadeIn")),
        fade_out_s=_seconds(event.get("fadeOut")),
    )


def _distinct(gains: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The steps that change something; of those at one moment the last."""
    kept: list[tuple[float, float]] = []
    for at_s, gain in gains:
        if kept and kept[-1][0] == at_s:
            kept[-1] = (at_s, gain)
        elif not kept or kept[-1][1] != gain:
            kept.append((at_s, gain))
    return kept


def _seconds(text: str | None) -> float:
    try:
        return max(0.0, float(text or 0))
    except ValueError:
        return 0.0


def _goes_on(before: dict[str, Any], event: dict[str, Any]) -> bool:
    for name in ("url", "rate", "loop", "keepsPitch"):
        if before[name] != event[name]:
            return False
    expected = before["position"] + (event["at"] - before["at"]) / 1000 * before["rate"]
    length = before.get("length")
    if before["loop"] and length:
        expected %= length
    return bool(abs(expected - event["position"]) < _SAME_S)
