"""What a spherical film says about itself, and its two spellings in an MP4.

Version 1 is XML in a ``uuid`` box of the track, version 2 the boxes ``st3d`` and ``sv3d`` in the
sample entry. Sources: Google's public *Spherical Video RFC*, *Spherical Video V2 RFC* and
*Spatial Audio RFC*.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from fractions import Fraction

from helios.errors import FilmRefused
from helios.model.formats import Projection, StereoLayout

SPHERICAL_UUID = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
SOFTWARE = "Helios"
XML_LIMIT = 64 * 1024
"""Bytes of a version 1 box that are read."""

STEREO_MODES = {0: StereoLayout.MONO, 1: StereoLayout.TOP_BOTTOM, 2: StereoLayout.LEFT_RIGHT}
_V1_STEREO = {
    "mono": StereoLayout.MONO,
    "top-bottom": StereoLayout.TOP_BOTTOM,
    "left-right": StereoLayout.LEFT_RIGHT,
}
_XML_HEAD = (
    '<?xml version="1.0"?><rdf:SphericalVideo\n'
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"\n'
    'xmlns:GSpherical="http://ns.google.com/videos/1.0/spherical/">'
)
_XML_TAIL = "</rdf:SphericalVideo>"
_ELEMENT = re.compile(r"<(?:[\w.-]{1,40}:)?(\w{1,40})\s*>([^<]{0,1000})</(?:[\w.-]{1,40}:)?\1\s*>")
_UNITS = 1 << 32


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialView:
    """Where the viewer looks first, in degrees: yaw to the right, pitch up, roll clockwise."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0

    def __post_init__(self) -> None:
        limits = {"yaw": (self.yaw_deg, 180), "pitch": (self.pitch_deg, 90)}
        for name, (value, limit) in {**limits, "roll": (self.roll_deg, 180)}.items():
            if not -limit <= value <= limit:
                raise FilmRefused(
                    f"{name} of the initial view must be within ±{limit}°, not {value:g}"
                )


def read_view(text: str | None) -> InitialView:
    """A view written ``YAW[,PITCH[,ROLL]]`` in degrees; None is straight ahead.

    Raises:
        MetadataError: an angle is out of range.
    """
    angles = [float(part) for part in text.split(",")] if text else []
    yaw, pitch, roll = (*angles, 0.0, 0.0, 0.0)[:3]
    return InitialView(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)


@dataclass(frozen=True, slots=True, kw_only=True)
class CropBounds:
    """How much of the sphere's picture is missing at each side, as fractions of the whole."""

    top: Fraction = Fraction(0)
    bottom: Fraction = Fraction(0)
    left: Fraction = Fraction(0)
    right: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        for value in (self.top, self.bottom, self.left, self.right):
            if not 0 <= value < 1:
                raise FilmRefused(f"crop bounds must be at least 0 and below 1, not {value}")
        if self.top + self.bottom >= 1 or self.left + self.right >= 1:
            raise FilmRefused("the crop bounds leave nothing of the sphere")

    @property
    def aspect(self) -> Fraction:
        """Width over height of one eye's picture: 2 for the full sphere, 1 for its half."""
        return 2 * (1 - self.left - self.right) / (1 - self.top - self.bottom)


FULL_SPHERE = CropBounds()
FRONT_HALF = CropBounds(left=Fraction(1, 4), right=Fraction(1, 4))
"""VR180: 180 by 180 degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SphericalMetadata:
    """An equirectangular film. ``bounds`` tells which part of the sphere it shows."""

    stereo: StereoLayout = StereoLayout.MONO
    view: InitialView = InitialView()
    bounds: CropBounds = FULL_SPHERE
    software: str = SOFTWARE

    def __post_init__(self) -> None:
        if len(self.software) > 200 or re.search(r"[<>&\x00-\x1f\ud800-\udfff]", self.software):
            raise FilmRefused("the software's name must be plain text of at most 200 characters")

    @property
    def projection(self) -> Projection:
        """Full sphere, or its front half."""
        return Projection.EQUIRECT_180 if self.bounds.aspect == 1 else Projection.EQUIRECT

    def means(self, other: SphericalMetadata) -> bool:
        """Whether both describe the same picture (views to a degree, as version 1 counts)."""
        a, b = self.view, other.view
        near = all(
            abs((x - y + 180) % 360 - 180) <= 0.51
            for x, y in (
                (a.yaw_deg, b.yaw_deg),
                (a.pitch_deg, b.pitch_deg),
                (a.roll_deg, b.roll_deg),
            )
        )
        mine, theirs = self.bounds, other.bounds
        same_crop = all(
            abs(a - b) < Fraction(1, 1000)
            for a, b in (
                (mine.top, theirs.top),
                (mine.bottom, theirs.bottom),
                (mine.left, theirs.left),
                (mine.right, theirs.right),
            )
        )
        return near and same_crop and self.stereo == other.stereo


def box_bytes(kind: bytes, body: bytes) -> bytes:
    """A box with a 32-bit size."""
    return struct.pack(">I4s", 8 + len(body), kind) + body


def write_v1(metadata: SphericalMetadata, width: int, height: int) -> bytes:
    """The ``uuid`` box of a film whose whole picture is ``width`` by ``height`` pixels."""
    values: dict[str, object] = {
        "Spherical": "true",
        "Stitched": "true",
        "StitchingSoftware": metadata.software,
        "ProjectionType": "equirectangular",
    }
    if metadata.stereo is not StereoLayout.MONO:
        values["StereoMode"] = metadata.stereo.value
    view = metadata.view
    if view != InitialView():
        values["InitialViewHeadingDegrees"] = round(view.yaw_deg)
        values["InitialViewPitchDegrees"] = round(view.pitch_deg)
        values["InitialViewRollDegrees"] = round(view.roll_deg)
    if metadata.bounds != FULL_SPHERE:
        values |= _v1_crop(metadata, width, height)
    body = "".join(f"<GSpherical:{key}>{value}</GSpherical:{key}>" for key, value in values.items())
    return box_bytes(b"uuid", SPHERICAL_UUID + (_XML_HEAD + body + _XML_TAIL).encode())


def _v1_crop(metadata: SphericalMetadata, width: int, height: int) -> dict[str, object]:
    eye_width, eye_height = eye_size(metadata.stereo, width, height)
    bounds = metadata.bounds
    full_width = round(eye_width / (1 - bounds.left - bounds.right))
    full_height = round(eye_height / (1 - bounds.top - bounds.bottom))
    return {
        "CroppedAreaImageWidthPixels": eye_width,
        "CroppedAreaImageHeightPixels": eye_height,
        "FullPanoWidthPixels": full_width,
        "FullPanoHeightPixels": full_height,
        "CroppedAreaLeftPixels": round(full_width * bounds.left),
        "CroppedAreaTopPixels": round(full_height * bounds.top),
    }


def eye_size(stereo: StereoLayout, width: int, height: int) -> tuple[int, int]:
    """Width and height of one eye's picture in pixels."""
    if stereo is StereoLayout.TOP_BOTTOM:
        return width, height // 2
    if stereo is StereoLayout.LEFT_RIGHT:
        return width // 2, height
    return width, height


def read_v1_values(xml: bytes) -> dict[str, str]:
    """The elements of a version 1 box's XML; the first of each name counts."""
    values: dict[str, str] = {}
    for name, text in _ELEMENT.findall(xml[:XML_LIMIT].decode("utf-8", "replace")):
        values.setdefault(name, text.strip())
    return values


def read_v1(xml: bytes) -> SphericalMetadata:
    """What a version 1 box says.

    Raises:
        MetadataError: it is not the XML of an equirectangular film.
    """
    values = read_v1_values(xml)
    if values.get("Spherical", "").lower() not in ("true", "1"):
        raise FilmRefused("the version 1 metadata does not say that the film is spherical")
    if values.get("ProjectionType", "").lower() != "equirectangular":
        raise FilmRefused(f"unknown version 1 projection {values.get('ProjectionType', '')!r}")
    stereo = values.get("StereoMode", "mono").lower()
    if stereo not in _V1_STEREO:
        raise FilmRefused(f"unknown version 1 stereo mode {stereo!r}")
    return SphericalMetadata(
        stereo=_V1_STEREO[stereo],
        view=InitialView(
            yaw_deg=(_whole(values, "InitialViewHeadingDegrees") + 180) % 360 - 180,
            pitch_deg=_whole(values, "InitialViewPitchDegrees"),
            roll_deg=(_whole(values, "InitialViewRollDegrees") + 180) % 360 - 180,
        ),
        bounds=_read_v1_crop(values),
        software=_plain(values.get("StitchingSoftware", "")),
    )


def _read_v1_crop(values: dict[str, str]) -> CropBounds:
    names = (
        "FullPanoWidthPixels",
        "FullPanoHeightPixels",
        "CroppedAreaImageWidthPixels",
        "CroppedAreaImageHeightPixels",
    )
    full_width, full_height, width, height = (_whole(values, name) for name in names)
    if min(full_width, full_height, width, height) <= 0:
        return FULL_SPHERE
    left, top = _whole(values, "CroppedAreaLeftPixels"), _whole(values, "CroppedAreaTopPixels")
    return CropBounds(
        top=Fraction(top, full_height),
        bottom=Fraction(full_height - height - top, full_height),
        left=Fraction(left, full_width),
        right=Fraction(full_width - width - left, full_width),
    )


def _whole(values: dict[str, str], name: str) -> int:
    text = values.get(name, "0")
    if not re.fullmatch(r"[+-]?\d{1,9}(\.\d{0,9})?", text, re.ASCII):
        raise FilmRefused(f"{name} is {text[:40]!r}, not a number")
    return round(float(text))


def _plain(text: str) -> str:
    return re.sub(r"[<>&\x00-\x1f\ud800-\udfff]", "?", text)[:200]


def write_v2(metadata: SphericalMetadata) -> bytes:
    """The boxes ``st3d`` (stereo only) and ``sv3d`` for the sample entry."""
    view, bounds = metadata.view, metadata.bounds
    svhd = box_bytes(b"svhd", bytes(4) + metadata.software.encode() + b"\0")
    angles = (round(a * 65536) for a in (view.yaw_deg, view.pitch_deg, view.roll_deg))
    prhd = box_bytes(b"prhd", bytes(4) + struct.pack(">3i", *angles))
    crop = (bounds.top, bounds.bottom, bounds.left, bounds.right)
    parts = (min(round(f * _UNITS), _UNITS - 1) for f in crop)
    equi = box_bytes(b"equi", bytes(4) + struct.pack(">4I", *parts))
    sv3d = box_bytes(b"sv3d", svhd + box_bytes(b"proj", prhd + equi))
    if metadata.stereo is StereoLayout.MONO:
        return sv3d
    mode = next(mode for mode, layout in STEREO_MODES.items() if layout is metadata.stereo)
    return box_bytes(b"st3d", bytes(4) + bytes((mode,))) + sv3d


def read_v2(st3d: bytes | None, svhd: bytes, prhd: bytes, equi: bytes) -> SphericalMetadata:
    """What version 2 boxes say; arguments are their bodies, None where there is no ``st3d``.

    Raises:
        MetadataError: a box is too short or a value is out of range.
    """
    if len(prhd) < 16 or len(equi) < 20 or (st3d is not None and len(st3d) < 5):
        raise FilmRefused("a version 2 box is too short")
    mode = 0 if st3d is None else st3d[4]
    if mode not in STEREO_MODES:
        raise FilmRefused(f"unknown version 2 stereo mode {mode}")
    yaw, pitch, roll = (value / 65536 for value in struct.unpack(">3i", prhd[4:16]))
    top, bottom, left, right = (Fraction(v, _UNITS) for v in struct.unpack(">4I", equi[4:20]))
    return SphericalMetadata(
        stereo=STEREO_MODES[mode],
        view=InitialView(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll),
        bounds=CropBounds(top=top, bottom=bottom, left=left, right=right),
        software=_plain(svhd[4:].split(b"\0")[0].decode("utf-8", "replace")),
    )


def ambisonic_order(channel_count: int) -> tuple[int, bool] | None:
    """(order, with head-locked stereo) for a full-sphere channel count, or None."""
    for order in range(1, 8):
        full = (order + 1) ** 2
        if channel_count in (full, full + 2):
            return order, channel_count > full
    return None


def write_sa3d(channel_count: int) -> bytes:
    """The ``SA3D`` box for ambiX sound (ACN order, SN3D normalisation).

    Raises:
        MetadataError: no ambisonic order has this many channels.
    """
    found = ambisonic_order(channel_count)
    if found is None:
        raise FilmRefused(
            f"sound with {channel_count} channels is not ambisonic",
            hint="First order has 4 channels (6 with head-locked stereo), second 9, third 16.",
        )
    order, head_locked = found
    head = struct.pack(">BBIBBI", 0, 0x80 if head_locked else 0, order, 0, 0, channel_count)
    return box_bytes(b"SA3D", head + struct.pack(f">{channel_count}I", *range(channel_count)))
