from __future__ import annotations

import os
import struct
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios.errors import (
    CompositionNotFound,
    DiskFull,
    FilmRefused,
    MetadataError,
    OutputNotWritable,
    UsageError,
)
from helios.model.formats import Projection, StereoLayout
from helios.spatial import inject as inject_module
from helios.spatial.inject import inject_spatial_metadata
from helios.spatial.inspect import inspect_film
from helios.spatial.metadata import FRONT_HALF, CropBounds, InitialView, SphericalMetadata
from helios.spatial.rewrite import Layout

Packets = Callable[[Path], list[tuple[object, ...]]]
FilmMaker = Callable[..., Path]
GOOGLE = "Spherical Metadata Tool"
MONO, TOP_BOTTOM, LEFT_RIGHT = StereoLayout


@pytest.mark.parametrize(
    ("plain", "reference", "stereo", "versions", "moov_first"),
    [
        ("plain_mono_256x128", "mono_v1", MONO, (1,), True),
        ("plain_mono_256x128_moovlast", "mono_v1_moovlast", MONO, (1,), False),
        ("plain_mono_256x128", "mono_v2", MONO, (2,), True),
        ("plain_tb_256x256", "tb_v1", TOP_BOTTOM, (1,), True),
        ("plain_tb_256x256", "tb_v2", TOP_BOTTOM, (2,), True),
        ("plain_tb_256x256", "tb_v1v2", TOP_BOTTOM, (1, 2), True),
    ],
)
def test_bytes_equal_those_of_the_reference_tool(
    fixtures: Path,
    tmp_path: Path,
    plain: str,
    reference: str,
    stereo: StereoLayout,
    versions: tuple[int, ...],
    moov_first: bool,
) -> None:
    result = inject_spatial_metadata(
        fixtures / f"{plain}.mp4",
        tmp_path / "out.mp4",
        stereo=stereo,
        versions=versions,
        moov_first=moov_first,
        software=GOOGLE,
    )
    assert result.path.read_bytes() == (fixtures / f"{reference}.mp4").read_bytes()


@pytest.mark.parametrize("encoder", ["libx264", "libx265", "libsvtav1", "libvpx-vp9"])
@pytest.mark.parametrize("container", [{}, {"movflags": "+faststart"}])
@pytest.mark.parametrize(
    ("projection", "stereo", "size"),
    [
        (Projection.EQUIRECT, MONO, (128, 64)),
        (Projection.EQUIRECT, TOP_BOTTOM, (128, 128)),
        (Projection.EQUIRECT, LEFT_RIGHT, (256, 64)),
        (Projection.EQUIRECT_180, LEFT_RIGHT, (128, 64)),
    ],
)
def test_decoders_see_the_projection_and_the_packets_are_unchanged(
    make_film: FilmMaker,
    packets: Packets,
    encoder: str,
    container: dict[str, str],
    projection: Projection,
    stereo: StereoLayout,
    size: tuple[int, int],
) -> None:
    film = make_film(encoder=encoder, size=size, frames=5, container=container)
    before = packets(film)
    result = inject_spatial_metadata(film, projection=projection, stereo=stereo)
    assert packets(film) == before
    report = inspect_film(film)
    expected = FRONT_HALF if projection is Projection.EQUIRECT_180 else CropBounds()
    for metadata in (report.v1, report.v2):
        assert metadata is not None
        assert (metadata.stereo, metadata.bounds) == (stereo, expected)
    assert report.is_moov_first
    assert not report.oddities
    assert not result.warnings
    with av.open(str(film)) as opened:
        frame = next(opened.decode(video=0))
        assert frame.width, frame.height == size


def test_doing_it_twice_gives_the_same_file(make_film: FilmMaker) -> None:
    film = make_film()
    inject_spatial_metadata(film, stereo=TOP_BOTTOM, force=True)
    once = film.read_bytes()
    result = inject_spatial_metadata(film, stereo=TOP_BOTTOM, force=True)
    assert film.read_bytes() == once
    assert not result.replaced


def test_what_it_said_before_is_replaced_and_reported(fixtures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    result = inject_spatial_metadata(
        fixtures / "tb_v1v2.mp4", out, stereo=MONO, software=GOOGLE, force=True
    )
    assert {old.stereo for old in result.replaced} == {TOP_BOTTOM}
    assert result.report.v2 == SphericalMetadata(software=GOOGLE)
    assert result.warnings


def test_flat_takes_everything_out_again(fixtures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    inject_spatial_metadata(fixtures / "tb_v1v2.mp4", out, projection=Projection.PERSPECTIVE)
    assert out.read_bytes() == (fixtures / "plain_tb_256x256.mp4").read_bytes()


def test_the_initial_view_is_written_in_both_versions(make_film: FilmMaker) -> None:
    film = make_film()
    inject_spatial_metadata(film, view=InitialView(yaw_deg=-90, pitch_deg=12.5, roll_deg=3))
    report = inspect_film(film)
    assert report.v1 is not None
    assert report.v2 is not None
    assert report.v2.view == InitialView(yaw_deg=-90, pitch_deg=12.5, roll_deg=3)
    assert report.v1.view == InitialView(yaw_deg=-90, pitch_deg=12, roll_deg=3)
    with av.open(str(film)) as opened:
        assert opened.streams.video[0].frames == 12


@pytest.mark.parametrize(("layout", "order", "channels"), [("4.0", 1, 4), ("6.0", 1, 6)])
def test_ambisonic_sound_is_marked(
    make_film: FilmMaker, packets: Packets, layout: str, order: int, channels: int
) -> None:
    film = make_film(layout=layout)
    before = packets(film)
    for _ in range(2):
        result = inject_spatial_metadata(film, ambisonic=True)
    assert packets(film) == before
    assert result.report.audio[0].is_ambisonic
    assert result.report.audio[0].channel_count == channels
    data = film.read_bytes()
    assert data.count(b"SA3D") == 1
    start = data.index(b"SA3D") + 4
    head, got_order, _, count = struct.unpack_from(">HIHI", data, start)
    assert (head, got_order, count) == (0x80 if channels == 6 else 0, order, channels)
    assert struct.unpack_from(f">{channels}I", data, start + 12) == tuple(range(channels))


def test_stereo_sound_is_not_ambisonic(make_film: FilmMaker) -> None:
    with pytest.raises(MetadataError, match="2 channels is not ambisonic"):
        inject_spatial_metadata(make_film(), ambisonic=True)


def test_chunk_offsets_beyond_four_gigabytes_are_widened(
    make_film: FilmMaker, packets: Packets, tmp_path: Path
) -> None:
    """The media data starts just below 4 GiB, so only the added bytes push it over."""
    film = make_film()
    before = packets(film)
    data = film.read_bytes()
    moov = data.index(b"moov") - 4
    mdat = data.index(b"mdat") - 4
    gap = (1 << 32) - 50 - moov
    shifted = bytearray(data[moov:])
    _shift_offsets(shifted, gap)
    with (tmp_path / "big.mp4").open("wb") as stream:
        stream.write(data[:mdat])
        stream.write(struct.pack(">I4sQ", 1, b"free", gap))
        stream.seek(mdat + gap)
        stream.write(data[mdat:moov] + shifted)
    big = tmp_path / "big.mp4"
    assert packets(big) == before
    result = inject_spatial_metadata(big, tmp_path / "out.mp4")
    assert packets(tmp_path / "out.mp4") == before
    assert result.report.size > 1 << 32
    with result.path.open("rb") as stream:
        assert stream.read(20_000).count(b"co64") == 2
    assert result.path.stat().st_blocks * 512 < 1_000_000, "holes stay holes"


def _shift_offsets(moov: bytearray, delta: int) -> None:
    place = moov.find(b"stco")
    while place >= 0:
        (count,) = struct.unpack_from(">I", moov, place + 8)
        for n in range(count):
            (old,) = struct.unpack_from(">I", moov, place + 12 + 4 * n)
            struct.pack_into(">I", moov, place + 12 + 4 * n, old + delta)
        place = moov.find(b"stco", place + 4)


def test_a_media_box_up_to_the_end_of_the_file_is_kept(
    fixtures: Path, tmp_path: Path, packets: Packets
) -> None:
    data = bytearray((fixtures / "plain_mono_256x128.mp4").read_bytes())
    mdat = data.index(b"mdat") - 4
    data[mdat : mdat + 4] = bytes(4)
    film = tmp_path / "open.mp4"
    film.write_bytes(data)
    inject_spatial_metadata(film)
    assert packets(film) == packets(fixtures / "plain_mono_256x128.mp4")


def test_a_64_bit_media_box_is_kept(fixtures: Path, tmp_path: Path, packets: Packets) -> None:
    data = (fixtures / "plain_mono_256x128.mp4").read_bytes()
    free = data.index(b"free") - 4
    size = len(data) - free - 8
    # The 8 bytes of the free box become the long header.
    film = tmp_path / "long.mp4"
    film.write_bytes(data[:free] + struct.pack(">I4sQ", 1, b"mdat", size + 8) + data[free + 16 :])
    inject_spatial_metadata(film)
    assert packets(film) == packets(fixtures / "plain_mono_256x128.mp4")


def _refused(film: Path, match: str) -> None:
    before = film.read_bytes()
    with pytest.raises(MetadataError, match=match):
        inject_spatial_metadata(film)
    assert film.read_bytes() == before
    assert not list(film.parent.glob(".helios-*"))


def test_fragmented_films_are_refused(make_film: FilmMaker) -> None:
    film = make_film(container={"movflags": "frag_keyframe+empty_moov"})
    _refused(film, "fragmented")
    assert inspect_film(film).is_fragmented


def test_films_without_index_are_refused(fixtures: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    data = (fixtures / "plain_mono_256x128_moovlast.mp4").read_bytes()
    film.write_bytes(data[: data.index(b"moov") - 4])
    _refused(film, "no 'moov' box")


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.97])
def test_cut_off_films_are_refused(fixtures: Path, tmp_path: Path, keep: float) -> None:
    film = tmp_path / "film.mp4"
    data = (fixtures / "plain_mono_256x128.mp4").read_bytes()
    film.write_bytes(data[: int(len(data) * keep)])
    _refused(film, "only .* are there")


def test_files_that_are_no_mp4_are_refused(tmp_path: Path, make_film: FilmMaker) -> None:
    for content in (b"", b"hello", b"<html>" * 100, bytes(5000)):
        film = tmp_path / "film.mp4"
        film.write_bytes(content)
        _refused(film, "not an MP4")
    webm = make_film("film.webm", encoder="libvpx-vp9", layout=None)
    _refused(webm, "WebM")


def test_a_film_with_two_video_tracks_needs_a_choice(tmp_path: Path) -> None:
    film = tmp_path / "two.mp4"
    with av.open(str(film), "w") as target:
        streams = [target.add_stream("libx264", rate=30) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 128, 64, "yuv420p"
        for stream in streams:
            frame = av.VideoFrame(128, 64, "yuv420p")
            frame.pts = 0
            target.mux(stream.encode(frame))
        for stream in streams:
            target.mux(stream.encode(None))
    _refused(film, r"2 video tracks \(numbers 1, 2\)")
    result = inject_spatial_metadata(film, track_id=2)
    assert result.report.v2 == SphericalMetadata()
    with pytest.raises(MetadataError, match="no video track 7"):
        inject_spatial_metadata(film, track_id=7)


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    film = tmp_path / "sound.mp4"
    with av.open(str(film), "w") as target:
        stream = target.add_stream("aac", rate=48_000)
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        frame.sample_rate, frame.pts = 48_000, 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        target.mux([*stream.encode(frame), *stream.encode(None)])
    _refused(film, "no video track")


def test_offsets_outside_the_media_are_refused(fixtures: Path, tmp_path: Path) -> None:
    data = bytearray((fixtures / "plain_mono_256x128.mp4").read_bytes())
    place = data.index(b"stco") + 12
    for bad in (0, 60, 1 << 30):
        struct.pack_into(">I", data, place, bad)
        film = tmp_path / "film.mp4"
        film.write_bytes(data)
        if bad:
            _refused(film, "outside its media data")


def test_fulldome_has_no_standard(make_film: FilmMaker) -> None:
    with pytest.raises(MetadataError, match="no standard metadata for fulldome"):
        inject_spatial_metadata(make_film(), projection=Projection.FULLDOME)


def test_missing_and_unwritable_files_are_explained(make_film: FilmMaker, tmp_path: Path) -> None:
    with pytest.raises(CompositionNotFound):
        inject_spatial_metadata(tmp_path / "none.mp4")
    with pytest.raises(FilmRefused):
        inject_spatial_metadata(tmp_path)
    with pytest.raises(OutputNotWritable):
        inject_spatial_metadata(make_film(), tmp_path / "no" / "folder" / "out.mp4")
    with pytest.raises(OutputNotWritable):
        inject_spatial_metadata(make_film(), Path("/proc/out.mp4"))


def test_a_full_disk_leaves_the_film(make_film: FilmMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    film = make_film()
    before = film.read_bytes()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        inject_spatial_metadata(film)
    assert film.read_bytes() == before
    assert [path.name for path in film.parent.iterdir()] == [film.name]


def test_what_cannot_be_proven_is_not_kept(
    make_film: FilmMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film()
    before = film.read_bytes()
    monkeypatch.setattr(inject_module, "write_v2", lambda _: b"\0\0\0\x08free")
    with pytest.raises(MetadataError, match="could not be proven"):
        inject_spatial_metadata(film)
    assert film.read_bytes() == before
    assert [path.name for path in film.parent.iterdir()] == [film.name]


def test_writes_that_the_system_cuts_short_lose_nothing(
    make_film: FilmMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, halves = make_film("a.mp4"), make_film("b.mp4")
    inject_spatial_metadata(whole)
    write = os.write
    monkeypatch.setattr(os, "write", lambda to, data: write(to, data[: len(data) // 2 + 1]))
    inject_spatial_metadata(halves)
    assert halves.read_bytes() == whole.read_bytes()


def test_other_tracks_are_not_kept(make_film: FilmMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    film = make_film()
    before = film.read_bytes()
    report = inject_module.report
    monkeypatch.setattr(inject_module, "report", lambda movie: replace(report(movie), video=()))
    with pytest.raises(MetadataError, match="tracks are not the same"):
        inject_spatial_metadata(film)
    assert film.read_bytes() == before


def test_tables_that_point_elsewhere_are_not_kept(
    make_film: FilmMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film()
    before = film.read_bytes()
    translate = Layout.translate
    monkeypatch.setattr(Layout, "translate", lambda self, old: translate(self, old) - 4)
    with pytest.raises(MetadataError, match="not where the tables say"):
        inject_spatial_metadata(film)
    assert film.read_bytes() == before


def test_a_film_that_grows_meanwhile_is_left_alone(
    make_film: FilmMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film()

    def grow(_: int) -> None:
        with film.open("ab") as stream:
            stream.write(b"\0\0\0\x08free")

    monkeypatch.setattr(os, "fsync", grow)
    with pytest.raises(MetadataError, match="changed while"):
        inject_spatial_metadata(film)


def test_permissions_and_links_are_kept(make_film: FilmMaker, tmp_path: Path) -> None:
    film = make_film()
    film.chmod(0o640)
    link = tmp_path / "link.mp4"
    link.symlink_to(film)
    inject_spatial_metadata(link)
    assert link.is_symlink()
    assert film.stat().st_mode & 0o777 == 0o640
    assert inspect_film(film).v2 is not None


@pytest.mark.parametrize("stereo", [MONO, StereoLayout.TOP_BOTTOM, StereoLayout.LEFT_RIGHT])
def test_a_flat_picture_is_refused_unless_forced(
    make_film: FilmMaker, stereo: StereoLayout
) -> None:
    film = make_film(size=(128, 72))
    before = film.read_bytes()
    with pytest.raises(UsageError, match="this projection needs 2:1") as refused:
        inject_spatial_metadata(film, stereo=stereo)
    assert refused.value.exit_code == 2
    assert "force" in str(refused.value.hint)
    assert film.read_bytes() == before
    result = inject_spatial_metadata(film, stereo=stereo, force=True)
    assert "this projection needs 2:1" in result.warnings[0]


@pytest.mark.parametrize("name", ["out.mkv", "out.webm", "out", "out.MKV", "out.mp4.avi"])
def test_an_output_that_promises_another_container_is_refused(
    make_film: FilmMaker, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UsageError, match="under another name"):
        inject_spatial_metadata(make_film(), tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_crop_survives_both_versions(make_film: FilmMaker) -> None:
    bounds = CropBounds(top=Fraction(1, 4), bottom=Fraction(1, 4))
    film = make_film(size=(256, 64))
    result = inject_spatial_metadata(film, bounds=bounds)
    assert result.report.v1 is not None
    assert result.report.v2 is not None
    assert result.report.v1.bounds == result.report.v2.bounds == bounds
    assert not result.warnings
