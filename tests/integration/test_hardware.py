"""Encoders of graphics cards: tried by films, chosen, said, and refused by name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
from tests.films import HEIGHT, WIDTH, settings, shown

from helios.encode.encoder import ChunkEncoder
from helios.encode.parameters import encoder_options
from helios.encode.trial import CHUNK_FRAMES, encode_chunks, what_is_wrong
from helios.errors import EncodeError, EnvironmentProblem, OptionError
from helios.media.probe import probe
from helios.merge.join import join_parts
from helios.merge.parts import Part
from helios.model import formats
from helios.model.composition import CompositionKind
from helios.model.encoding import EncodeSettings
from helios.model.facts import CompositionFacts
from helios.model.formats import VIDEO_CODECS, VideoCodec, video_codec
from helios.model.options import RenderOptions
from helios.planning import encoding
from helios.process.child import PIPE, Child, Spawn, start
from helios.rendering import hardware
from helios.rendering.find import find_composition
from helios.rendering.hardware import fault_of, with_hardware
from helios.rendering.orchestrator import RenderOrchestrator, RenderResult

CARD = "a card of this test"
FILM = """
from tests.films import numbered


def draw(frame):
    return numbered(frame)
"""


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "_known", {})


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts encoders into the table, as hardware that makes H.264 films: processes of their own
    know them by what they are."""

    def put(*names: str) -> None:
        rows = [
            VideoCodec(
                encoder=name,
                family="h264",
                containers=("mp4",),
                chunk_container="mov",
                default_preset=video_codec(name).default_preset,
                presets=video_codec(name).presets,
                codec_tag=video_codec(name).codec_tag,
                hardware=CARD,
                sessions=1,
            )
            for name in names
        ]
        software = [row for row in VIDEO_CODECS if row.encoder not in names and not row.hardware]
        for module in (formats, encoding):
            monkeypatch.setattr(module, "VIDEO_CODECS", (*software, *rows))

    return put


def render(folder: Path, **how: Any) -> RenderResult:
    (folder / "film.py").write_text(FILM)
    size = {"width": WIDTH, "height": HEIGHT, "frame_count": 8, "chunk_frames": 4}
    return RenderOrchestrator.render(
        f"{folder}/film.py:draw", folder / "film.mp4", **{**size, **how}
    )


def asked(output: str = "film.mp4", **values: Any) -> tuple[RenderOptions, CompositionFacts]:
    composition = find_composition("film:draw", Path.cwd())
    options = RenderOptions.read({"width": WIDTH, "height": HEIGHT, "duration": 1, **values})
    facts = CompositionFacts(composition=composition)
    return with_hardware(CompositionKind.PYTHON, Path(output), options, facts)


def test_a_card_that_works_encodes_all_chunks(tmp_path: Path, cards: Callable[..., None]) -> None:
    cards("h264_nvenc", "libx265")
    made = render(tmp_path, hwaccel="auto")
    film = tmp_path / "film.mp4"
    assert made.plan.encode.encoder == "libx265"
    assert len(made.plan.chunks) == 2
    told = {(chunk.options.video_codec, chunk.options.hwaccel) for chunk in made.plan.chunks}
    assert told == {("libx265", "none")}
    assert shown(film) == list(range(8))
    video = probe(film).video
    assert video is not None
    assert video.codec == "hevc"
    assert not made.warnings


def test_without_a_card_the_processor_encodes_and_that_is_said(
    tmp_path: Path, cards: Callable[..., None]
) -> None:
    cards("h264_nvenc")
    plan = render(tmp_path, hwaccel="auto", frame_count=2).plan
    assert plan.encode.encoder == "libx264"
    (warning,) = [text for text in plan.warnings if "graphics card" in text]
    assert "h264_nvenc: " in warning
    assert "libx264 does" in warning


def test_a_card_that_is_required_and_not_there_is_named() -> None:
    with pytest.raises(EnvironmentProblem) as refused:
        asked(hwaccel="require")
    assert refused.value.exit_code == 3
    for name in ("h264_nvenc: ", "h264_qsv: ", "h264_amf: ", "h264_videotoolbox: "):
        assert name in refused.value.message
    assert "helios doctor" in refused.value.hint


def test_what_no_card_encodes_cannot_be_required() -> None:
    with pytest.raises(OptionError, match="no graphics card encodes prores"):
        asked("film.mov", video_codec="prores", hwaccel="require")
    options, facts = asked("film.mov", video_codec="prores", hwaccel="auto")
    assert options.hwaccel == "none"
    assert "prores_ks does" in facts.warnings[0]


def test_a_card_that_is_named_is_tried_before_anything_is_drawn() -> None:
    with pytest.raises(EnvironmentProblem, match="hevc here: hevc_amf: "):
        asked(hwaccel="auto", video_codec="hevc_amf")


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({"preset": "veryslow"}, "h264_nvenc: .*no preset 'veryslow'"),
        ({"pixel_format": "yuv444p"}, "h264_nvenc: .*does not take yuv444p"),
        ({"width": 4098, "height": 2160}, "h264_nvenc: .*larger than h264_nvenc"),
    ],
)
def test_what_a_card_cannot_do_is_its_reason(
    wish: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware, "fault_of", lambda encode: "no driver")
    with pytest.raises(EnvironmentProblem, match=why):
        asked(hwaccel="require", **wish)


@pytest.mark.parametrize(
    ("wish", "encode"),
    [
        ({}, ("h264_qsv", "nv12", 22)),
        ({"quality": 30}, ("h264_qsv", "nv12", 30)),
        ({"encoding_preset": "h265-quality"}, ("hevc_qsv", "nv12", 20)),
        ({"video_codec": "hevc", "pixel_format": "yuv420p10le"}, ("hevc_qsv", "p010le", 22)),
        ({"video_codec": "av1", "quality": "high"}, ("av1_qsv", "nv12", 24)),
        ({"video_bitrate": "5M", "encoding_preset": "h264-web"}, ("h264_qsv", "nv12", None)),
    ],
)
def test_the_card_is_asked_for_what_the_processor_would_make(
    wish: dict[str, Any],
    encode: tuple[str, str, int | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[EncodeSettings] = []

    def fault(settings: EncodeSettings) -> str:
        tried.append(settings)
        return "" if "qsv" in settings.encoder else "no driver"

    monkeypatch.setattr(hardware, "fault_of", fault)
    options, _ = asked(hwaccel="auto", **wish)
    assert options.hwaccel == "none"
    assert options.video_codec == encode[0]
    assert (tried[-1].encoder, tried[-1].pixel_format, tried[-1].crf) == encode
    assert [settings.encoder.split("_")[1] for settings in tried] == ["nvenc", "qsv"]


@pytest.mark.parametrize(
    ("program", "said"),
    [("import os; os.abort()", "killed by signal 6"), ("input(); input()", "reported nothing")],
)
def test_a_driver_that_crashes_or_hangs_is_an_answer(
    program: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def child(*_: object, **__: object) -> Child:
        words = [sys.executable, "-S", "-c", program]
        return start(Spawn(argv=words, stdin=PIPE, stdout=PIPE, stderr=PIPE))

    monkeypatch.setattr(hardware, "start_child", child)
    monkeypatch.setattr(hardware, "TRIAL_S", 0.5)
    assert said in fault_of(settings())
    monkeypatch.setattr(hardware, "start_child", None)
    assert said in fault_of(settings())  # and is not asked again


SOFTWARE = [
    {"video_codec": "h264"},
    {"video_codec": "hevc", "pixel_format": "yuv420p10le"},
    {"video_codec": "av1", "pixel_format": "yuv420p10le"},
]


@pytest.mark.parametrize("wish", SOFTWARE, ids=lambda wish: str(wish["video_codec"]))
def test_an_encoder_that_is_right_passes(tmp_path: Path, wish: dict[str, Any]) -> None:
    given = settings(**wish)
    assert what_is_wrong(joined(tmp_path, given), given) == ""


def joined(
    folder: Path,
    given: EncodeSettings,
    order: tuple[int, ...] = (0, 1),
    frames: int = CHUNK_FRAMES,
) -> Path:
    paths = encode_chunks(folder, given)
    parts = [Part(path=paths[n], frame_count=frames) for n in order]
    join_parts(parts, folder / "film.mp4", fps=given.fps)
    return folder / "film.mp4"


def test_an_encoder_that_is_wrong_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = settings()
    film = joined(tmp_path, given, order=(1, 0))
    assert "does not look as it was drawn" in what_is_wrong(film, given)
    assert "160x96" in what_is_wrong(film, replace(given, width=128))
    assert "no 10 bits" in what_is_wrong(film, replace(given, pixel_format="yuv420p10le"))
    film = joined(tmp_path, given, order=(0,))
    assert "3 frames came out of 6" in what_is_wrong(film, given)
    monkeypatch.setattr("helios.encode.trial._GOP_FRAMES", 3)
    film = joined(tmp_path, given)
    monkeypatch.undo()
    assert "key frames" in what_is_wrong(film, given)


def test_an_encoder_that_loses_the_colour_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings()
    monkeypatch.setattr("helios.encode.stream.matrix_of", lambda _: 6)
    monkeypatch.setattr("helios.encode.encoder.matrix_of", lambda _: 6)
    assert "BT.709" in what_is_wrong(joined(tmp_path, given), given)


def test_what_ffmpeg_says_is_the_reason(tmp_path: Path) -> None:
    given = replace(settings(video_codec="hevc_nvenc"), preset="p9")
    with pytest.raises(EncodeError, match='"preset" option value "p9"'):
        encode_chunks(tmp_path, given)
    with pytest.raises(EncodeError, match="no such encoder here"):
        encode_chunks(tmp_path, replace(given, encoder="hevc_of_tomorrow"))


HERE = [row for row in VIDEO_CODECS if row.hardware and row.encoder in av.codecs_available]


@pytest.mark.parametrize("codec", HERE, ids=lambda codec: codec.encoder)
@pytest.mark.parametrize("rate", [{"quality": "draft"}, {"quality": 0}, {"video_bitrate": "9M"}])
def test_ffmpeg_knows_what_a_card_is_told(codec: VideoCodec, rate: dict[str, Any]) -> None:
    given = settings(video_codec=codec.encoder, **rate)
    for name, value in encoder_options(given).items():
        assert "option value" in refusal(given, {name: "?"}), name
        assert "option" not in refusal(given, {name: value}), (name, value)


def refusal(given: EncodeSettings, options: dict[str, str]) -> str:
    """What FFmpeg says of options, as errors; it looks at them before it looks for the card."""
    context = av.CodecContext.create(given.encoder, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = 640, 360, given.pixel_format
    context.time_base, context.options = 1 / given.fps, options
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)
    try:
        with av.logging.Capture() as said, suppress(av.FFmpegError, OverflowError):
            context.open()
        return " ".join(text for _, _, text in said)
    finally:
        av.logging.set_level(None)


QUALITIES = ("cq", "global_quality", "qp_i", "qp_p")


@pytest.mark.parametrize(
    ("name", "crfs", "told"),
    [
        ("h264_nvenc", (0, 22, 51), [("1", "22", "51")]),
        ("av1_nvenc", (0, 32, 63), [("1", "26", "51")]),
        ("hevc_qsv", (0, 22, 51), [("1", "22", "51")]),
        ("av1_amf", (0, 32, 63), [("1", "130", "255")] * 2),
        ("hevc_videotoolbox", (0, 22, 51), [("11800", "7136", "988")]),
    ],
)
def test_quality_is_asked_for_on_the_card_s_scale(
    name: str, crfs: tuple[int, ...], told: list[tuple[str, ...]]
) -> None:
    options = [encoder_options(settings(video_codec=name, quality=crf)) for crf in crfs]
    scale = [
        tuple(each[key] for each in options)
        for key in ("cq", "global_quality", "qp_i", "qp_p")
        if key in options[0]
    ]
    assert scale == told
    assert not {"cq", "global_quality", "qp_i"} & set(
        encoder_options(settings(video_codec=name, video_bitrate="5M"))
    )


def test_cards_encode_few_films_at_once() -> None:
    from helios.planning.workers import choose_workers

    def workers(sessions: int | None) -> tuple[int, str]:
        found = choose_workers(
            CompositionKind.PAGE,
            cores=32,
            memory_bytes=1 << 40,
            bytes_each=1 << 30,
            chunk_count=20,
            sessions=sessions,
        )
        return found.count, found.reason

    assert workers(video_codec("h264_nvenc").sessions) == (3, "3 for the graphics card's encoder")
    assert workers(video_codec("libx264").sessions) == (16, "32 cores")


def test_a_chunk_is_encoded_by_the_card_or_not_at_all(tmp_path: Path) -> None:
    given = settings(video_codec="h264_amf")
    with pytest.raises(EnvironmentProblem, match="h264_amf cannot be used here: it needs an AMD"):
        ChunkEncoder(tmp_path / "chunk", given)
