"""The table of export types agrees with the names in it."""

from __future__ import annotations

import pytest

from helios.model.formats import EXPORT_TYPES, ExportType, Projection, StereoLayout

KINDS = {
    "flat": (Projection.PERSPECTIVE, StereoLayout.MONO),
    "360-mono": (Projection.EQUIRECT, StereoLayout.MONO),
    "360-stereo": (Projection.EQUIRECT, StereoLayout.TOP_BOTTOM),
    "vr180": (Projection.EQUIRECT_180, StereoLayout.LEFT_RIGHT),
    "fulldome": (Projection.FULLDOME, StereoLayout.MONO),
}
SHAPES = {
    "landscape": (16, 9),
    "portrait": (9, 16),
    "square": (1, 1),
    "360-mono": (2, 1),
    "360-stereo": (1, 1),
    "vr180": (2, 1),
    "fulldome": (1, 1),
}


@pytest.mark.parametrize("entry", EXPORT_TYPES, ids=lambda entry: entry.name)
def test_a_type_is_what_it_is_called(entry: ExportType) -> None:
    (kind,) = (kind for name, kind in KINDS.items() if entry.name.startswith(name))
    assert (entry.projection, entry.stereo) == kind
    (shape,) = (shape for word, shape in SHAPES.items() if word in entry.name)
    assert entry.width * shape[1] == entry.height * shape[0]
    longest = {"1080p": 1920, "2k": 2048, "4k": 4096, "5.7k": 5760, "6k": 6144, "8k": 8192}
    (side,) = (side for word, side in longest.items() if word in entry.name.split("-"))
    usual = {4096: 3840, 8192: 7680}.get(side, side) if kind[0] is Projection.PERSPECTIVE else side
    assert max(entry.width, entry.height) in (usual, 1080)
    assert entry.bitrate_30_bps < entry.bitrate_60_bps
