"""Will this film play as meant? What platforms and headsets ask of a spherical film.

The rules are data where they can be. Sources: YouTube's recommended upload encoding settings and
360° help pages, Meta's pages on Quest media, ITU-T H.264 and H.265 Annex A (levels).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

from helios.errors import FilmRefused
from helios.model.formats import EXPORT_TYPES, Projection, StereoLayout, conventional_name
from helios.spatial.inspect import FilmReport, VideoFacts, inspect_film, shape_oddities
from helios.spatial.metadata import SphericalMetadata


class Target(StrEnum):
    """Where a film is meant to play."""

    YOUTUBE = "youtube"
    QUEST = "quest"
    VLC = "vlc"


class Severity(StrEnum):
    """How bad a finding is."""

    FAIL = "fail"
    """It will not play, or not as a spherical film."""
    WARN = "warn"
    """It may be refused, look worse or play badly."""
    OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One checked thing."""

    severity: Severity
    check: str
    """What was looked at: metadata, size, fps, codec, level, index, edits, gop, bitrate, ..."""
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """All findings about one film for one target."""

    path: Path
    target: Target
    report: FilmReport
    findings: tuple[Finding, ...]

    @property
    def is_valid(self) -> bool:
        """Nothing that makes it fail."""
        return all(finding.severity is not Severity.FAIL for finding in self.findings)


YOUTUBE_FPS = tuple(Fraction(n) for n in (24, 25, 30, 48, 50, 60))
_SPHERE_SHAPES = (Fraction(1), Fraction(2), Fraction(4))
"""Width by height of one eye's 2:1 picture, alone or with the other's, and of half spheres."""
_NTSC = tuple(Fraction(n * 1000, 1001) for n in (24, 30, 48, 60))
MAX_SIDE_YOUTUBE = 8192
H264_MACROBLOCKS = 139_264
"""Of one picture at level 6.2, the highest there is."""
LUMA_LIMIT_6_2 = 35_651_584
"""Samples of one picture at the highest common level of HEVC (6.2) and AV1 (6.3)."""
H264_LEVELS = {
    3: 1620,
    3.1: 3600,
    3.2: 5120,
    4: 8192,
    4.1: 8192,
    4.2: 8704,
    5: 22_080,
    5.1: 36_864,
    5.2: 36_864,
    6: 139_264,
    6.1: 139_264,
    6.2: 139_264,
}
"""Macroblocks of one picture that each level of H.264 allows."""
HEVC_LEVELS = {3: 552_960, 3.1: 983_040, 4: 2_228_224, 5: 8_912_896, 6: LUMA_LIMIT_6_2}
"""Samples of one picture from each level of HEVC on."""
QUEST_H264_SAMPLES = 5760 * 2880
_FAMILIES = {
    Target.YOUTUBE: ("h264", "hevc", "av1", "vp9", "prores"),
    Target.QUEST: ("h264", "hevc", "av1", "vp9"),
    Target.VLC: ("h264", "hevc", "av1", "vp9", "vp8", "mpeg4", "prores"),
}


def validate_film(path: Path, target: Target = Target.YOUTUBE) -> Validation:
    """Check a film against what ``target`` needs.

    Raises:
        CompositionNotFound: no such file.
        MetadataError: not an MP4, damaged, or without pictures.
    """
    report = inspect_film(path)
    if not report.video:
        raise FilmRefused(f"{path} has no video track")
    video, spherical = report.video[0], report.spherical
    findings = [
        *_check_metadata(report, target),
        *_check_size(video, spherical, target),
        *_check_codec(video, target),
        *_check_container(report),
    ]
    if target is Target.YOUTUBE:
        findings += [
            *_check_fps(video),
            *_check_upload(video),
            *_check_order(video),
            *_check_sound(report),
        ]
    if target is Target.QUEST and spherical:
        findings += _check_name(path, spherical)
    return Validation(path=path, target=target, report=report, findings=tuple(findings))


def _ok(check: str, text: str) -> Finding:
    return Finding(severity=Severity.OK, check=check, text=text)


def _warn(check: str, text: str, hint: str = "") -> Finding:
    return Finding(severity=Severity.WARN, check=check, text=text, hint=hint)


def _fail(check: str, text: str, hint: str = "") -> Finding:
    return Finding(severity=Severity.FAIL, check=check, text=text, hint=hint)


def _check_metadata(report: FilmReport, target: Target) -> list[Finding]:
    found = []
    if report.spherical is None:
        # The headset goes by the file's name, so there it is only a pity.
        make = _warn if target is Target.QUEST else _fail
        video = report.video[0]
        if Fraction(video.width, video.height) in _SPHERE_SHAPES:
            text, step = "no spherical metadata", "Run `helios vr inject` on it."
        else:
            text = f"the film is flat: {video.width}x{video.height}, no spherical metadata"
            step = "Make one that goes all around with `helios render --type`, or say what it shows"
            step = f"{step}: `helios vr inject` with --projection, --stereo and --force."
        found.append(make("metadata", text, step))
    elif report.v1 and report.v2 and not report.v1.means(report.v2):
        found.append(
            _fail("metadata", "versions 1 and 2 contradict each other", "Inject it again.")
        )
    elif not (report.v1 and report.v2):
        found.append(
            _warn("metadata", f"only version {1 if report.v1 else 2} is there", "Inject it again.")
        )
    else:
        found.append(_ok("metadata", "versions 1 and 2 agree"))
    if report.is_fragmented:
        found.append(_warn("container", "the film is fragmented", "Remux it into a plain MP4."))
    if len(report.video) > 1:
        found.append(_warn("container", f"{len(report.video)} video tracks", "Keep only one."))
    return found


def _check_size(
    video: VideoFacts, spherical: SphericalMetadata | None, target: Target
) -> list[Finding]:
    size = f"{video.width}x{video.height}"
    found = []
    if spherical:
        found += [_fail("size", text) for text in shape_oddities(spherical, *_shape(video))]
        half = spherical.projection is Projection.EQUIRECT_180
        if spherical.stereo is StereoLayout.LEFT_RIGHT and not half and target is Target.YOUTUBE:
            found.append(_warn("size", "360° stereo side by side", "Use top-bottom for 360°."))
    if target is Target.YOUTUBE and max(video.width, video.height) > MAX_SIDE_YOUTUBE:
        found.append(_fail("size", f"{size} is above {MAX_SIDE_YOUTUBE} pixels a side"))
    if video.width % 2 or video.height % 2:
        found.append(_fail("size", f"{size} is odd; 4:2:0 video needs even sizes"))
    return found or [_ok("size", size)]


def _shape(video: VideoFacts) -> tuple[int, int]:
    return video.width, video.height


def _check_codec(video: VideoFacts, target: Target) -> list[Finding]:
    codec, samples = video.codec, video.width * video.height
    if codec.family not in _FAMILIES[target]:
        return [_fail("codec", f"{codec.tag} is not played there", "Encode as H.264 or HEVC.")]
    found = []
    blocks = -(-video.width // 16) * -(-video.height // 16)
    if codec.family == "h264" and blocks > H264_MACROBLOCKS:
        found.append(
            _fail(
                "level",
                f"H.264 allows {H264_MACROBLOCKS} blocks a picture, this has {blocks}",
                "Encode as HEVC.",
            )
        )
    elif codec.family in ("hevc", "av1") and samples > LUMA_LIMIT_6_2:
        make = _fail if target is Target.QUEST else _warn
        found.append(
            make(
                "level",
                "above level 6.2: no headset decodes it, uploads are re-encoded",
                "For headsets use at most 5760x5760.",
            )
        )
    else:
        found += _check_level(video)
    if codec.tag == "hev1":
        found.append(_warn("codec", "tag hev1: Apple players want hvc1", "Remux with tag hvc1."))
    if target is Target.QUEST:
        found += _check_quest_codec(video, samples)
    level = "" if codec.level is None else f" level {codec.level:g}"
    return found or [_ok("codec", f"{codec.family} {codec.profile}{level}".strip())]


def _check_level(video: VideoFacts) -> list[Finding]:
    """A player goes by the level when it says what it can decode."""
    codec, level = video.codec, video.codec.level
    if level is None:
        return []
    if codec.family == "h264":
        need = -(-video.width // 16) * -(-video.height // 16)
        allowed = H264_LEVELS.get(level, need)
    elif codec.family == "hevc":
        need = video.width * video.height
        allowed = max((most for at, most in HEVC_LEVELS.items() if at <= level), default=need)
    else:
        return []
    if need <= allowed:
        return []
    text = f"level {level:g} is written on it, but {video.width}x{video.height} needs a higher one"
    return [_warn("level", text, "Encode it again.")]


def _check_order(video: VideoFacts) -> list[Finding]:
    """What YouTube asks of how pictures lean on each other."""
    found = []
    if video.order.is_open:
        found.append(
            _warn(
                "gop",
                "groups of pictures are open: some pictures need the group before",
                "Encode with closed groups (open-gop=0).",
            )
        )
    if video.codec.family == "h264" and video.order.consecutive_b > 2:
        text = f"{video.order.consecutive_b} B pictures in a row; two are asked for"
        found.append(_warn("b-frames", text, "Encode with bframes=2."))
    if video.codec.has_cabac is False:
        found.append(_warn("codec", "H.264 without CABAC", "Encode with the High profile."))
    return found


def _check_quest_codec(video: VideoFacts, samples: int) -> list[Finding]:
    found = []
    if video.codec.family == "h264" and samples > QUEST_H264_SAMPLES:
        found.append(
            _fail("codec", "headsets decode H.264 up to 5760x2880", "Encode as HEVC."),
        )
    if video.codec.family == "av1":
        found.append(_warn("codec", "only Quest 3 and later decode AV1", "HEVC plays on all."))
    if video.fps and video.fps * samples > 60 * 5760 * 5760:
        found.append(_warn("fps", f"{float(video.fps):g} fps at this size may stutter"))
    return found


def _check_container(report: FilmReport) -> list[Finding]:
    if report.is_moov_first:
        return [_ok("index", "in front: players can start at once")]
    return [_warn("index", "the index is at the end", "`helios vr inject` moves it to the front.")]


def _check_fps(video: VideoFacts) -> list[Finding]:
    found = []
    if video.fps not in YOUTUBE_FPS + _NTSC:
        shown = "unknown" if video.fps is None else f"{float(video.fps):g}"
        found.append(_warn("fps", f"{shown} is not 24, 25, 30, 48, 50 or 60"))
    if not video.is_constant_rate:
        found.append(_warn("fps", "frames do not all last equally long"))
    return found or [_ok("fps", f"{float(video.fps or 0):g}")]


def _check_upload(video: VideoFacts) -> list[Finding]:
    found = []
    if any(media_time < 0 for _, media_time in video.edits) or len(video.edits) > 1:
        found.append(
            _warn(
                "edits",
                "the edit list does more than skip the codec's delay",
                "YouTube asks for none; export the film again.",
            )
        )
    fps = video.fps or Fraction(30)
    if video.keyframe_interval > fps:
        found.append(
            _warn(
                "gop",
                f"{video.keyframe_interval} frames between keyframes; half the frame "
                f"rate ({round(fps / 2)}) is asked for",
            )
        )
    wanted = _recommended_bps(video.width * video.height, fps)
    if video.bitrate_bps < wanted / 10:
        found.append(
            _warn(
                "bitrate",
                f"{video.bitrate_bps / 1e6:.1f} Mbit/s is far below the recommended "
                f"{wanted / 1e6:g}; fine for a still or dark film",
            )
        )
    if video.bitrate_bps > wanted * 2:
        found.append(
            _warn(
                "bitrate",
                f"{video.bitrate_bps / 1e6:.1f} Mbit/s is far above the recommended "
                f"{wanted / 1e6:g}; the rest will be thrown away",
            )
        )
    return found or [_ok("upload", f"{video.bitrate_bps / 1e6:.1f} Mbit/s")]


def _recommended_bps(samples: int, fps: Fraction) -> int:
    """Of the export type whose picture is nearest in size."""
    nearest = min(EXPORT_TYPES, key=lambda t: abs(t.width * t.height - samples))
    return nearest.bitrate_60_bps if fps > 30 else nearest.bitrate_30_bps


def _check_sound(report: FilmReport) -> list[Finding]:
    found = []
    for sound in report.audio:
        if sound.sample_rate_hz not in (48_000, 96_000):
            found.append(_warn("sound", f"{sound.sample_rate_hz} Hz; 48 kHz is asked for"))
        if sound.codec not in ("mp4a", "Opus"):
            found.append(_warn("sound", f"{sound.codec} sound; AAC is asked for"))
    return found


def _check_name(path: Path, spherical: SphericalMetadata) -> list[Finding]:
    wanted = conventional_name(path, spherical.projection, spherical.stereo)
    if path.name == wanted.name:
        return [_ok("name", path.name)]
    return [_warn("name", "headset players go by the file's name", f"Call it {wanted.name}.")]
