"""Graphics cards: those that could draw scenes, and those that encode."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

from helios.doctor.finding import Finding, ok, warning
from helios.errors import HeliosError
from helios.model.formats import VIDEO_CODECS, VideoCodec
from helios.model.options import RenderOptions
from helios.planning.encoding import resolve_encoding
from helios.remedies.table import Fault, remedy
from helios.rendering.hardware import fault_of

WIDTH, HEIGHT = 640, 360
"""Of the test films: the smallest pictures of some encoders are larger than one would think."""
_INTEL, _AMD = "0x8086", "0x1002"
_FAULTS = {
    "nvenc": Fault.NO_NVENC,
    "qsv": Fault.NO_QUICK_SYNC,
    "amf": Fault.NO_AMF,
    "videotoolbox": Fault.NO_VIDEOTOOLBOX,
}


def cards() -> Iterator[Finding]:
    """Graphics cards that could draw scenes, each with a test picture."""
    if find_spec("wgpu") is None:
        return
    from helios.scene.kernels.cards import cards as offered

    try:
        found = offered()
    except HeliosError as error:
        yield warning("graphics cards", error.message, error.hint)
        return
    for card in found:
        name, about = f"graphics card {card.number}", f"{card.name}, {card.driver}".rstrip(", ")
        if card.wrong:
            yield warning(name, f"{about}: {card.wrong}", remedy(Fault.NO_CARD))
        elif card.frame_ms is None:
            yield ok(name, f"{about}: only if named (--adapter {card.number})")
        else:
            yield ok(name, f"{about}: a 1080p test picture in {card.frame_ms:.1f} ms")
    if all(card.is_software for card in found):
        yield ok("graphics card", "none: the processor draws scenes")


def hardware_encoders() -> Iterator[Finding]:
    """What ``--hwaccel`` finds: of each kind of card a test film in each of its codecs."""
    rows: dict[str, list[VideoCodec]] = {}
    for row in VIDEO_CODECS:
        if row.hardware:
            rows.setdefault(row.encoder.rpartition("_")[2], []).append(row)
    for interface, codecs in rows.items():
        yield _found(interface, codecs, is_there=has_card(interface))


def _found(interface: str, codecs: list[VideoCodec], *, is_there: bool) -> Finding:
    name = f"encoder {interface}"
    faults: dict[str, str] = {}
    for codec in codecs:
        faults[codec.family] = _fault(codec)
        if not is_there and faults[codec.family]:
            needed = f"no {codec.hardware.partition(' ')[2]}"
            return ok(name, f"{needed}; the processor encodes ({faults[codec.family]})")
    works = ", ".join(family for family, fault in faults.items() if not fault)
    reasons = "; ".join(f"{family}: {fault}" for family, fault in faults.items() if fault)
    if not works:
        return warning(name, f"the card does not encode: {reasons}", remedy(_FAULTS[interface]))
    return ok(name, f"--hwaccel finds {works}" + (f" (not {reasons})" if reasons else ""))


def _fault(codec: VideoCodec) -> str:
    asked = RenderOptions(video_codec=codec.encoder)
    suffix = codec.containers[0]
    return fault_of(resolve_encoding(asked, suffix, width=WIDTH, height=HEIGHT, fps=Fraction(30)))


def has_card(interface: str, root: Path = Path("/"), platform: str = sys.platform) -> bool:
    """Whether there is a card that should encode by this interface, as far as the system shows."""
    if interface == "videotoolbox":
        return platform == "darwin"
    if interface == "nvenc":
        return any((root / "dev" / name).exists() for name in ("nvidiactl", "nvidia0"))
    wanted = _INTEL if interface == "qsv" else _AMD
    vendors = (root / "sys/class/drm").glob("renderD*/device/vendor")
    return any(path.read_text(encoding="ascii").strip() == wanted for path in vendors)
