"""Options become encoder settings, or an error that says what to do."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from pydantic import TypeAdapter

from helios.errors import OptionError, UnknownFormatError
from helios.model.encoding import EncodeSettings, SoundSettings
from helios.model.formats import CONTAINERS, ENCODING_PRESETS, VIDEO_CODECS
from helios.model.options import RenderOptions
from helios.planning.encoding import expected_codec, resolve_encoding, resolve_sound

ENCODE, SOUND = TypeAdapter(EncodeSettings), TypeAdapter(SoundSettings)


def resolve(container: str = "mp4", **options: Any) -> EncodeSettings:
    size = {"width": options.pop("width", 1280), "height": options.pop("height", 720)}
    fps = Fraction(options.pop("fps", 30))
    return resolve_encoding(RenderOptions.read(options), container, fps=fps, **size)


def test_the_default_is_h264_for_the_web() -> None:
    found = resolve()
    assert (found.encoder, found.preset, found.crf) == ("libx264", "superfast", 22)
    assert (found.container, found.pixel_format) == ("mov", "yuv420p")
    assert (found.gop_frames, found.threads) == (15, 2)


@pytest.mark.parametrize(
    ("fps", "frames"),
    [("30", 15), ("60", 30), ("30000/1001", 15), ("24000/1001", 12), ("25", 12), ("1", 1)],
)
def test_groups_of_pictures_last_half_a_second(fps: str, frames: int) -> None:
    assert resolve(fps=fps).gop_frames == frames


@pytest.mark.parametrize(
    ("container", "encoder", "chunk"),
    [
        ("mp4", "libx264", "mov"),
        ("mov", "libx264", "mov"),
        ("mkv", "libx264", "mov"),
        ("webm", "libvpx-vp9", "webm"),
        (".MP4", "libx264", "mov"),
    ],
)
def test_the_container_chooses_the_codec(container: str, encoder: str, chunk: str) -> None:
    found = resolve(container)
    assert (found.encoder, found.container) == (encoder, chunk)


@pytest.mark.parametrize(
    ("name", "encoder", "preset", "crf"),
    [
        ("h264-web", "libx264", "slow", 18),
        ("h265-quality", "libx265", "slow", 20),
        ("h265-nvenc", "hevc_nvenc", "p5", 20),
    ],
)
def test_encoding_presets_set_codec_effort_and_quality(
    name: str, encoder: str, preset: str, crf: int
) -> None:
    found = resolve(encoding_preset=name)
    assert (found.encoder, found.preset, found.crf) == (encoder, preset, crf)


def test_explicit_options_win_over_the_encoding_preset() -> None:
    found = resolve(encoding_preset="h264-web", quality=23, preset="medium")
    assert (found.preset, found.crf) == ("medium", 23)
    found = resolve(encoding_preset="h265-quality", video_bitrate="8M")
    assert (found.crf, found.bitrate_bps) == (None, 8_000_000)


@pytest.mark.parametrize(
    ("codec", "crfs"),
    [("h264", (28, 22, 17)), ("hevc", (30, 22, 18)), ("av1", (45, 32, 24)), ("vp9", (42, 31, 22))],
)
def test_quality_words_mean_what_the_codec_needs(codec: str, crfs: tuple[int, int, int]) -> None:
    container = "webm" if codec == "vp9" else "mp4"
    words = ("draft", "standard", "high")
    assert tuple(resolve(container, video_codec=codec, quality=w).crf for w in words) == crfs


def test_the_best_and_the_worst_quality_are_taken() -> None:
    assert [resolve(quality=crf).crf for crf in (0, 51)] == [0, 51]
    assert [resolve("webm", quality=crf).crf for crf in (0, 63)] == [0, 63]


def test_prores_words_and_formats_choose_the_profile() -> None:
    assert resolve("mov", video_codec="prores").preset == "hq"
    assert resolve("mov", video_codec="prores", quality="draft").preset == "lt"
    with_alpha = resolve("mov", video_codec="prores", pixel_format="yuva444p10le")
    assert (with_alpha.preset, with_alpha.pixel_format) == ("4444", "yuva444p10le")
    assert resolve("mov", video_codec="prores", preset="4444").pixel_format == "yuv444p10le"


def test_hevc_is_called_hvc1_where_apple_reads_it() -> None:
    assert resolve(video_codec="hevc").codec_tag == "hvc1"
    assert resolve(video_codec="h264").codec_tag == ""


@pytest.mark.parametrize(
    ("container", "options", "error", "says"),
    [
        ("webm", {"video_codec": "h264"}, UnknownFormatError, "cannot hold libx264"),
        ("mp4", {"video_codec": "prores"}, UnknownFormatError, "cannot hold prores_ks"),
        ("avi", {}, UnknownFormatError, "container 'avi'"),
        ("mp4", {"preset": "turbo"}, OptionError, "no preset 'turbo'"),
        ("mp4", {"video_codec": "hevc_nvenc", "preset": "slow"}, OptionError, "no preset 'slow'"),
        ("mkv", {"video_codec": "ffv1", "preset": "slow"}, OptionError, "no preset"),
        ("mp4", {"quality": 52}, OptionError, "0 .best. to 51, not 52"),
        ("mp4", {"quality": -1}, OptionError, "not -1"),
        ("mov", {"video_codec": "prores", "quality": 10}, OptionError, "has no CRF"),
        ("mov", {"video_codec": "prores", "video_bitrate": "9M"}, OptionError, "no bit rate"),
        ("mp4", {"quality": 20, "video_bitrate": "8M"}, OptionError, "exclude each other"),
        ("mp4", {"pixel_format": "rgb24"}, OptionError, "does not take rgb24"),
        ("mp4", {"video_codec": "copy"}, OptionError, "nothing to copy"),
        ("mp4", {"encoding_preset": "h264-web", "video_codec": "av1"}, OptionError, "says av1"),
        ("mp4", {"width": 8192, "height": 8192}, OptionError, "larger than libx264"),
        ("mp4", {"width": 8178, "height": 4354}, OptionError, "139264 macroblocks"),
        (
            "mp4",
            {"width": 8192, "height": 8192, "video_codec": "h264_nvenc"},
            OptionError,
            "larger than h264_nvenc",
        ),
        ("mp4", {"width": 16384, "height": 8192, "video_codec": "hevc"}, OptionError, "libx265"),
        (
            "mov",
            {"video_codec": "prores", "preset": "hq", "pixel_format": "yuv444p10le"},
            OptionError,
            "does not go with",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(
    container: str, options: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        resolve(container, **options)
    assert getattr(caught.value, "exit_code", 0) == 2


def test_the_largest_legal_pictures_are_taken() -> None:
    assert resolve(width=8192, height=4096).encoder == "libx264"
    assert resolve(width=8192, height=8192, video_codec="hevc").encoder == "libx265"


@pytest.mark.parametrize(
    ("container", "codec", "encoder", "pixel_format"),
    [
        ("webm", None, "libvpx-vp9", "yuva420p"),
        ("mov", None, "prores_ks", "yuva444p10le"),
        ("mkv", "ffv1", "ffv1", "bgra"),
        ("webm", "vp8", "libvpx", "yuva420p"),
        ("gif", None, "ffv1", "bgra"),
        ("apng", None, "ffv1", "bgra"),
        ("webp", None, "ffv1", "bgra"),
    ],
)
def test_transparency_chooses_what_keeps_it(
    container: str, codec: str | None, encoder: str, pixel_format: str
) -> None:
    found = resolve(container, video_codec=codec, transparent=True)
    assert (found.encoder, found.pixel_format) == (encoder, pixel_format)
    if encoder == "prores_ks":
        assert found.preset == "4444"


@pytest.mark.parametrize(
    ("container", "options", "says"),
    [
        ("mp4", {}, "libx264 in .mp4 has no transparency"),
        ("mp4", {"video_codec": "vp9"}, "libvpx-vp9 in .mp4 has no transparency"),
        ("webm", {"pixel_format": "yuv420p"}, "yuv420p has no transparency"),
    ],
)
def test_transparency_that_would_be_lost_is_refused(
    container: str, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(OptionError, match=says):
        resolve(container, transparent=True, **options)


@pytest.mark.parametrize("suffix", ["gif", "apng", "webp"])
def test_animations_are_made_of_lossless_chunks(suffix: str) -> None:
    found = resolve(suffix)
    assert (found.encoder, found.container, found.pixel_format) == ("ffv1", "mkv", "bgr0")
    with pytest.raises(OptionError, match="only one codec, its own"):
        resolve(suffix, video_codec="h264")
    with pytest.raises(OptionError, match=f"a .{suffix} has no sound"):
        resolve_sound(RenderOptions.read({"audio": "song.mp3"}), suffix)
    assert resolve_sound(RenderOptions(), suffix).bitrate_bps is None


@pytest.mark.parametrize("codec", VIDEO_CODECS, ids=lambda codec: codec.encoder)
def test_settings_of_every_codec_survive_json(codec: Any) -> None:
    found = resolve(codec.containers[0], video_codec=codec.encoder, fps="30000/1001")
    assert found.encoder == codec.encoder
    assert found.container in codec.containers
    assert ENCODE.validate_json(ENCODE.dump_json(found)) == found


@pytest.mark.parametrize(
    ("container", "options", "expected"),
    [
        ("mp4", {}, ("aac", 384_000)),
        ("webm", {}, ("libopus", 256_000)),
        ("mkv", {"audio_codec": "flac"}, ("flac", None)),
        ("mov", {"audio_codec": "pcm_s16le"}, ("pcm_s16le", None)),
        ("mp4", {"audio_codec": "copy"}, ("aac", 384_000)),
        ("mp4", {"audio_bitrate": "128k"}, ("aac", 128_000)),
    ],
)
def test_sound_follows_the_container(
    container: str, options: dict[str, Any], expected: tuple[str, int | None]
) -> None:
    found = resolve_sound(RenderOptions.read(options), container)
    assert (found.encoder, found.bitrate_bps) == expected
    assert SOUND.validate_json(SOUND.dump_json(found)) == found


@pytest.mark.parametrize(
    ("container", "options", "error", "says"),
    [
        ("mp4", {"audio_codec": "pcm_s16le"}, UnknownFormatError, "cannot hold pcm_s16le"),
        ("webm", {"audio_codec": "aac"}, UnknownFormatError, "cannot hold aac"),
        ("mkv", {"audio_codec": "flac", "audio_bitrate": "128k"}, OptionError, "lossless"),
        ("mp4", {"audio_bitrate": "900k"}, OptionError, "16k to 576k, not 900k"),
    ],
)
def test_sound_that_cannot_be_is_refused(
    container: str, options: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        resolve_sound(RenderOptions.read(options), container)


@pytest.mark.parametrize("container", CONTAINERS)
def test_what_is_expected_before_a_film_is_decided_encodes_it(container: str) -> None:
    """Of all that can be asked for, where it is not refused."""
    names = [None, *(codec.encoder for codec in VIDEO_CODECS)]
    seen = 0
    for name, preset, transparent in product(names, [None, *ENCODING_PRESETS], [False, True]):
        options = RenderOptions(video_codec=name, encoding_preset=preset, transparent=transparent)
        codec = expected_codec(name, preset, f".{container}", is_transparent=transparent)
        try:
            decided = resolve_encoding(options, container, width=64, height=64, fps=Fraction(30))
        except (OptionError, UnknownFormatError):
            continue
        assert codec.encoder == decided.encoder, (name, preset, transparent)
        seen += 1
    assert seen


def test_of_what_will_be_refused_something_is_expected() -> None:
    for name, preset, container in (("no", None, "mp4"), (None, "no", ""), (None, None, ".xyz")):
        assert expected_codec(name, preset, container).encoder == "libx264"
    assert expected_codec(None, None, "mp4", type_name="360-stereo-8k").encoder == "libx265"
    assert expected_codec(None, None, "webm", type_name="1080p-square").encoder == "libvpx-vp9"
