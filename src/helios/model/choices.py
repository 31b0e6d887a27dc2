"""What options may be set to where that is one of a few words; each list stands here alone."""

from __future__ import annotations

from typing import Literal

PanoramaWay = Literal["direct", "cubemap"]
StereoWay = Literal["ods", "offset"]
PageMode = Literal["auto", "canvas", "dom"]
GpuMode = Literal["auto", "on", "off"]
HardwareMode = Literal["none", "auto", "require"]
ImageFormat = Literal["png", "jpg"]
QualityWord = Literal["draft", "standard", "high"]
Naming = Literal["plain", "dated"]
