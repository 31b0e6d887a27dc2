"""Profile, level and bit depth, from the configuration box beside the sample entry.

Layouts: ISO/IEC 14496-15 (``avcC``, ``hvcC``), the AV1 and VP9 ISOBMFF bindings (``av1C``,
``vpcC``).
"""

from __future__ import annotations

from dataclasses import dataclass

from helios.spatial.boxes import Box, Source

_FAMILIES = {
    "avc1": "h264",
    "avc3": "h264",
    "hvc1": "hevc",
    "hev1": "hevc",
    "av01": "av1",
    "vp09": "vp9",
    "vp08": "vp8",
    "mp4v": "mpeg4",
    "ap4h": "prores",
    "apch": "prores",
    "apcn": "prores",
    "apcs": "prores",
    "apco": "prores",
    "ap4x": "prores",
}
_H264_PROFILES = {
    66: "Baseline",
    77: "Main",
    88: "Extended",
    100: "High",
    110: "High 10",
    122: "High 4:2:2",
    244: "High 4:4:4",
}
_HEVC_PROFILES = {1: "Main", 2: "Main 10", 3: "Main Still", 4: "Range Extensions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecFacts:
    """How a track's pictures are coded. ``level`` is as written on the box: 5.1, 6.2, ..."""

    tag: str
    family: str
    """h264, hevc, av1, vp9, ... or the tag itself."""
    profile: str = ""
    level: float | None = None
    bit_depth: int | None = None
    has_cabac: bool | None = None
    """H.264: coded by the better of its two entropy coders. None where it is not said."""


def read_codec(source: Source, entry: Box | None) -> CodecFacts:
    """What the sample entry and its configuration box say; unknown parts stay empty."""
    tag = entry.name if entry else ""
    family = _FAMILIES.get(tag, tag)
    for kind, read in _READERS.items():
        box = entry.find(kind) if entry else None
        if box is not None:
            data = source.read(box.body, min(box.body_size, 1024))
            if len(data) >= 4:
                return read(tag, family, data)
    return CodecFacts(tag=tag, family=family)


def _avc(tag: str, family: str, data: bytes) -> CodecFacts:
    profile = _H264_PROFILES.get(data[1], str(data[1]))
    depth = 10 if data[1] in (110, 122) else 8
    return CodecFacts(
        tag=tag,
        family=family,
        profile=profile,
        level=data[3] / 10,
        bit_depth=depth,
        has_cabac=_has_cabac(data),
    )


def _has_cabac(avcc: bytes) -> bool | None:
    """``entropy_coding_mode_flag`` of the first picture parameter set (ITU-T H.264, 7.3.2.2)."""
    position = 6
    for _ in range(avcc[5] & 31 if len(avcc) > 5 else 0):
        position += 2 + int.from_bytes(avcc[position : position + 2], "big")
    # A count, a size of two bytes and the head of the unit come before two Exp-Golomb numbers.
    bits = "".join(f"{byte:08b}" for byte in avcc[position + 4 : position + 12])
    for _ in range(2):
        zeros = len(bits) - len(bits.lstrip("0"))
        bits = bits[2 * zeros + 1 :]
    return bits[0] == "1" if bits else None


def _hevc(tag: str, family: str, data: bytes) -> CodecFacts:
    if len(data) < 18:
        return CodecFacts(tag=tag, family=family)
    profile = _HEVC_PROFILES.get(data[1] & 31, str(data[1] & 31))
    depth = (data[17] & 7) + 8
    return CodecFacts(tag=tag, family=family, profile=profile, level=data[12] / 30, bit_depth=depth)


def _av1(tag: str, family: str, data: bytes) -> CodecFacts:
    index = data[1] & 31
    level = None if index == 31 else 2 + index // 4 + (index % 4) / 10
    depth = (12 if data[2] & 0x20 else 10) if data[2] & 0x40 else 8
    profile = ("Main", "High", "Professional")[min(data[1] >> 5, 2)]
    return CodecFacts(tag=tag, family=family, profile=profile, level=level, bit_depth=depth)


def _vp9(tag: str, family: str, data: bytes) -> CodecFacts:
    if len(data) < 7:
        return CodecFacts(tag=tag, family=family)
    return CodecFacts(
        tag=tag,
        family=family,
        profile=f"Profile {data[4]}",
        level=data[5] / 10,
        bit_depth=data[6] >> 4,
    )


_READERS = {b"avcC": _avc, b"hvcC": _hevc, b"av1C": _av1, b"vpcC": _vp9}


def aac_channels(esds: bytes) -> int:
    """Sound channels by the AudioSpecificConfig in an ``esds`` body; 0 if it does not say.

    ISO/IEC 14496-1: nested descriptors of tag, length in groups of 7 bits, content.
    """
    position, wanted = 4, {3: 3, 4: 13}
    while position + 2 <= len(esds):
        tag = esds[position]
        position += 1
        while position < len(esds) and esds[position] & 0x80:
            position += 1
        position += 1
        if tag == 5:
            config = (esds[position + 1] >> 3) & 15 if position + 1 < len(esds) else 0
            return 8 if config == 7 else config
        if tag not in wanted:
            return 0
        position += wanted[tag]
    return 0
