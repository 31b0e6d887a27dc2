"""Encoder settings in FFmpeg's own words."""

from __future__ import annotations

from dataclasses import dataclass

from helios.encode.processor import has_avx512
from helios.model.encoding import EncodeSettings

_FFV1_SLICE_PIXELS = 1 << 22
"""FFmpeg's encoder refuses larger slices than twice this."""
_LARGE_CRF = 6
"""What x265's CRF is higher without its look-ahead, at the same size and quality."""
_CRF_LIMIT = 51
# x265 keeps some 11 bytes a pixel of every picture that others refer to, and 3 of every one in its
# look-ahead: 0.7 and 0.2 GB at 8192x8192. Without B frames and look-ahead it holds four, and never
# fewer: it keeps two before the one that it encodes whatever may be referred to, and lets go of a
# third only then. Better key frames bring back what that costs in quality.
_FEW_PICTURES = ":ref=1:rc-lookahead=0:ipratio=2"


@dataclass(frozen=True, slots=True)
class _HardwareQuality:
    """How hardware is asked for the quality that the software encoder of the same family gives at
    a CRF."""

    names: tuple[str, ...]
    """Options of the encoder that are set to it."""
    base: float = 0
    """Of CRF 0, on the encoder's own scale."""
    step: float = 1
    """For each CRF more."""
    least: int = 1

    def options(self, crf: int) -> dict[str, str]:
        value = max(self.least, round(self.base + self.step * crf))
        return dict.fromkeys(self.names, str(value))


# Their scales are quantizers, as CRF nearly is. AV1's CRF ends at 63, and its hardware counts to
# 51 (NVENC, Quick Sync) or 255 (AMF). VideoToolbox counts percents upwards, in units of 118.
_CQ = ("cq",)
_ICQ = ("global_quality",)
_QP = ("qp_i", "qp_p")
_OF_AV1 = 51 / 63
_HARDWARE_QUALITY = {
    "h264_nvenc": _HardwareQuality(_CQ),
    "hevc_nvenc": _HardwareQuality(_CQ),
    "av1_nvenc": _HardwareQuality(_CQ, step=_OF_AV1),
    "h264_qsv": _HardwareQuality(_ICQ),
    "hevc_qsv": _HardwareQuality(_ICQ),
    "av1_qsv": _HardwareQuality(_ICQ, step=_OF_AV1),
    "h264_amf": _HardwareQuality(_QP),
    "hevc_amf": _HardwareQuality(_QP),
    "av1_amf": _HardwareQuality(_QP, step=255 / 63),
    "h264_videotoolbox": _HardwareQuality(_ICQ, base=11_800, step=-212),
    "hevc_videotoolbox": _HardwareQuality(_ICQ, base=11_800, step=-212),
}
"""No machine with such hardware has compared them: what a test film proves is that it is right, not
how good it is."""


def encoder_options(settings: EncodeSettings) -> dict[str, str]:
    """The encoder's private options: quality, effort, closed groups of pictures, fixed threads."""
    options = _BY_ENCODER.get(settings.encoder, _none)(settings)
    if settings.crf is None:
        return options
    hardware = _HARDWARE_QUALITY.get(settings.encoder)
    if hardware is not None:
        options |= hardware.options(settings.crf)
    else:
        crf = settings.crf
        if settings.encoder == "libx265" and settings.is_large:
            crf = min(_CRF_LIMIT, crf + _LARGE_CRF)
        options["crf"] = str(crf)
    return options


def decoding_delay(settings: EncodeSettings) -> int:
    """Frames that decoding runs ahead of showing: two where B frames refer to B frames."""
    if settings.encoder in ("libx264", "libx265"):
        return _b_frames(settings)
    return 0


def _x264(settings: EncodeSettings) -> dict[str, str]:
    # x264's AVX-512 code reads beyond the last macroblock of a row where their number is not a
    # multiple of 8, so that two runs differ; AVX2 gives the bytes of any other machine, no slower.
    asm = ":asm=avx2,bmi1,bmi2,lzcnt" if has_avx512() else ""
    return {"preset": settings.preset, "x264-params": _closed_gop(settings) + asm}


def _x265(settings: EncodeSettings) -> dict[str, str]:
    # Without info=0 the headers would name the processor, and parts from two machines not join.
    large = settings.is_large
    # Rows keep all threads of a large picture busy; several pictures at once would only cost
    # memory.
    pools = f"pools={settings.threads}:frame-threads={1 if large else settings.threads}"
    ceiling = ""
    if settings.ceiling_bps is not None:
        most = max(1, settings.ceiling_bps // 1000)
        # Two seconds at the highest rate; without const-vbv two runs differ.
        ceiling = f":vbv-maxrate={most}:vbv-bufsize={2 * most}:const-vbv=1"
    return {
        "preset": settings.preset,
        "x265-params": f"{_closed_gop(settings)}:{pools}:log-level=none:info=0{ceiling}"
        f"{_FEW_PICTURES if large else ''}",
    }


def _closed_gop(settings: EncodeSettings) -> str:
    gop = settings.gop_frames
    return f"keyint={gop}:min-keyint={gop}:scenecut=0:open-gop=0:bframes={_b_frames(settings)}"


def _b_frames(settings: EncodeSettings) -> int:
    if settings.encoder == "libx265" and settings.is_large:
        return 0
    # With so little analysis files get larger by B frames, not smaller (benchmarks/encoder.py).
    return 0 if settings.preset in ("ultrafast", "superfast") else 2


def _nvenc(settings: EncodeSettings) -> dict[str, str]:
    # Without look-ahead a chunk's first pictures are encoded as in any other place.
    options = {
        "preset": settings.preset,
        "tune": "hq",
        "rc": "vbr",
        "rc-lookahead": "0",
        "bf": "0",
        "forced-idr": "1",
        "no-scenecut": "1",
        "strict_gop": "1",
    }
    return options | ({"b": "0"} if settings.crf is not None else {})


def _qsv(settings: EncodeSettings) -> dict[str, str]:
    # HEVC's key frames would only begin a closed group if each were an IDR picture.
    idr = {"h264_qsv": "0", "hevc_qsv": "1"}.get(settings.encoder)
    options = {"preset": settings.preset, "bf": "0"}
    return options | ({"idr_interval": idr} if idr is not None else {})


def _amf(settings: EncodeSettings) -> dict[str, str]:
    options = {
        "usage": "transcoding",
        "quality": settings.preset,
        "rc": "cqp" if settings.crf is not None else "vbr_peak",
        "bf": "0",
    }
    return options | ({"gops_per_idr": "1"} if settings.encoder == "hevc_amf" else {})


def _videotoolbox(settings: EncodeSettings) -> dict[str, str]:
    return {"bf": "0"} | ({"flags": "+qscale"} if settings.crf is not None else {})


def _svt_av1(settings: EncodeSettings) -> dict[str, str]:
    # With a bit rate its threads race for bits, and two runs differ. Its temporal filter would
    # mix neighbouring frames.
    threads = 1 if settings.bitrate_bps is not None else settings.threads
    return {"preset": settings.preset, "svtav1-params": f"lp={threads}:scd=0:enable-tf=0"}


def _vpx(settings: EncodeSettings) -> dict[str, str]:
    options = {
        "deadline": "good",
        "cpu-used": settings.preset,
        "keyint_min": str(settings.gop_frames),
        "lag-in-frames": "16",
    }
    if settings.encoder == "libvpx-vp9":
        options |= {"row-mt": "1", "tile-columns": "2"}
    if settings.pixel_format == "yuva420p":
        options["auto-alt-ref"] = "0"  # the alpha layer cannot follow invisible frames
    if settings.crf is not None:
        # VP8 takes a bit rate as the ceiling of constant quality; VP9 wants 0.
        ceiling = settings.width * settings.height * 60 if settings.encoder == "libvpx" else 0
        options["b"] = str(ceiling)
    return options


def _prores(settings: EncodeSettings) -> dict[str, str]:
    return {"profile": settings.preset, "vendor": "apl0"}


def _ffv1(settings: EncodeSettings) -> dict[str, str]:
    slices = 4
    while settings.width * settings.height > slices * _FFV1_SLICE_PIXELS:
        slices *= 4
    return {"level": "3", "coder": "range_tab", "slices": str(slices), "slicecrc": "1"}


def _none(_: EncodeSettings) -> dict[str, str]:
    return {}


_BY_ENCODER = {
    "libx264": _x264,
    "libx265": _x265,
    "h264_nvenc": _nvenc,
    "hevc_nvenc": _nvenc,
    "av1_nvenc": _nvenc,
    "h264_qsv": _qsv,
    "hevc_qsv": _qsv,
    "av1_qsv": _qsv,
    "h264_amf": _amf,
    "hevc_amf": _amf,
    "av1_amf": _amf,
    "h264_videotoolbox": _videotoolbox,
    "hevc_videotoolbox": _videotoolbox,
    "libsvtav1": _svt_av1,
    "libvpx-vp9": _vpx,
    "libvpx": _vpx,
    "prores_ks": _prores,
    "ffv1": _ffv1,
}
"""Of encoders that have options of their own."""
