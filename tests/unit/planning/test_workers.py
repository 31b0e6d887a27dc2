"""How many chunks are drawn at once."""

from __future__ import annotations

import pytest

from helios.model.composition import CompositionKind
from helios.model.formats import VIDEO_CODECS, VideoCodec, video_codec
from helios.planning.workers import choose_films, choose_workers, filled_encoder_bytes, worker_bytes


def chosen(kind: CompositionKind, cores: int, memory_gib: float = 64, chunks: int = 48) -> int:
    return choose_workers(
        kind,
        cores=cores,
        memory_bytes=int(memory_gib * (1 << 30)),
        bytes_each=worker_bytes(kind, 1920, 1080, video_codec("h264")),
        chunk_count=chunks,
    ).count


@pytest.mark.parametrize(("cores", "count"), [(1, 1), (2, 1), (3, 1), (4, 2), (16, 8), (64, 32)])
def test_a_page_and_its_encoder_share_two_cores(cores: int, count: int) -> None:
    assert chosen(CompositionKind.PAGE, cores) == count
    assert chosen(CompositionKind.PYTHON, cores) == count


def test_a_scene_draws_with_many_cores() -> None:
    assert [chosen(CompositionKind.SCENE, cores) for cores in (1, 8, 16, 64)] == [1, 1, 2, 8]


def test_memory_and_chunks_bound_them() -> None:
    assert chosen(CompositionKind.PAGE, 16, memory_gib=4) == 3
    assert chosen(CompositionKind.PAGE, 16, memory_gib=0.1) == 1
    assert chosen(CompositionKind.PAGE, 64, chunks=5) == 5


def test_the_reason_names_what_bounds() -> None:
    def reason(cores: int, memory_bytes: int, chunk_count: int) -> str:
        return choose_workers(
            CompositionKind.PAGE,
            cores=cores,
            memory_bytes=memory_bytes,
            bytes_each=1 << 30,
            chunk_count=chunk_count,
        ).reason

    assert reason(1, 64 << 30, 9) == "1 core"
    assert reason(16, 4 << 30, 9) == "4.0 GiB of memory"
    assert reason(16, 64 << 30, 2) == "2 chunks to draw"


def test_an_encoder_holds_more_than_a_few_frames_show() -> None:
    hevc, h264 = video_codec("hevc"), video_codec("h264")
    assert 3 << 30 < filled_encoder_bytes(45, 4096, 4096, hevc) < 4 << 30
    assert filled_encoder_bytes(45, 3840, 2160, h264) < 600 << 20
    assert filled_encoder_bytes(4, 4096, 4096, hevc) == 0


def test_a_graphics_card_draws_one_chunk_at_once() -> None:
    def found(cards: int, chunks: int) -> tuple[int, str]:
        workers = choose_workers(
            CompositionKind.SCENE,
            cores=64,
            memory_bytes=64 << 30,
            bytes_each=1 << 30,
            chunk_count=chunks,
            cards=cards,
        )
        return workers.count, workers.reason

    assert found(1, 9) == (1, "1 graphics card")
    assert found(4, 9) == (4, "4 graphics cards")
    assert found(4, 2) == (2, "2 chunks to draw")


@pytest.mark.parametrize(
    ("kind", "cores", "memory_gib", "films"),
    [
        (CompositionKind.PAGE, 1, 64, 1),
        (CompositionKind.PAGE, 2, 64, 2),
        (CompositionKind.PAGE, 16, 64, 16),
        (CompositionKind.PAGE, 16, 4, 3),
        (CompositionKind.PAGE, 16, 0.1, 1),
        (CompositionKind.PYTHON, 16, 64, 8),
        (CompositionKind.SCENE, 16, 64, 2),
    ],
)
def test_pages_of_a_batch_are_looked_at_beside_the_drawing_of_others(
    kind: CompositionKind, cores: int, memory_gib: float, films: int
) -> None:
    memory_bytes = int(memory_gib * (1 << 30))
    each = worker_bytes(kind, 1920, 1080, video_codec("h264"))
    assert choose_films(kind, cores=cores, memory_bytes=memory_bytes, bytes_each=each) == films


@pytest.mark.parametrize("codec", VIDEO_CODECS, ids=lambda codec: codec.encoder)
def test_a_worker_has_room_for_its_encoder_and_some_pictures(codec: VideoCodec) -> None:
    pixels = 1920 * 1080
    few, more = (
        worker_bytes(CompositionKind.PYTHON, 1920, height, codec) for height in (1080, 2160)
    )
    assert few > pixels * codec.pixel_bytes
    assert more - few == pixels * (codec.pixel_bytes + 40)


def test_large_pictures_in_hevc_are_held_few_at_a_time() -> None:
    hevc, h264 = video_codec("hevc"), video_codec("h264")
    kind = CompositionKind.SCENE
    assert worker_bytes(kind, 4096, 4096, hevc) > 2 * worker_bytes(kind, 4096, 4096, h264)
    assert 4 << 30 < worker_bytes(kind, 8192, 8192, hevc) < 8 << 30
    assert worker_bytes(kind, 4096, 4112, hevc) < worker_bytes(kind, 4096, 4096, hevc)
