"""The render options as keywords, so that a type checker knows a misspelt one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, TypedDict

from helios.model.audio import AudioTrack
from helios.model.choices import (
    GpuMode,
    HardwareMode,
    ImageFormat,
    PageMode,
    PanoramaWay,
    StereoWay,
)
from helios.model.facts import CaptureMethod
from helios.model.formats import EncodingPreset
from helios.model.overlay import OverlayPage
from helios.model.stem import Stem

Number = int | float | str | Fraction
"""``30``, ``29.97``, ``"30000/1001"``."""
Sound = str | AudioTrack
Overlay = str | OverlayPage


class RenderKeywords(TypedDict, total=False):
    """Every field of ``RenderOptions``, with the types that it can be given as."""

    width: int | None
    height: int | None
    fps: Number | None
    duration: Number | None
    start_frame: int
    frame_count: int | None
    props: Mapping[str, Any] | str
    transparent: bool
    loop_seamless: Number | None
    overlay: Overlay | Sequence[Overlay]
    subtitles: str | None
    subtitles_style: str | None
    seed: int
    type: str | None
    react_to: Sound | None
    stem: str | Stem | Sequence[str | Stem]
    backend: str
    adapter: str
    scale: Number
    pixel_ratio: Number
    panorama: PanoramaWay
    stereo: StereoWay | None
    face_size: int | None
    ipd: float
    unit_scale: float | None
    initial_view: str | None
    supersample: int
    mode: PageMode
    selector: str | None
    capture: CaptureMethod | str | None
    headless: bool
    sandbox: bool
    allow_host: str | Sequence[str]
    public_hosts: bool
    root: str | None
    browser_gpu: GpuMode
    page_audio: bool
    stability_timeout: Number
    video_codec: str | None
    hwaccel: HardwareMode
    preset: str | None
    encoding_preset: EncodingPreset | str | None
    quality: int | str | None
    pixel_format: str | None
    video_bitrate: int | str | None
    tags: Mapping[str, str] | str
    audio: Sound | Sequence[Sound]
    loudness: float | None
    audio_codec: str | None
    audio_bitrate: int | str | None
    concurrency: int | None
    workers: int | Literal["auto"] | None
    chunk_frames: int | None
    threads: int | None
    frames: ImageFormat | None
    mix_input_audio: bool
