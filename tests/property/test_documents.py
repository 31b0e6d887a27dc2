"""Whatever comes from outside as text is read, or refused in our own words."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helios.cli.export import read_config
from helios.commit.record import ChunkRecords
from helios.commit.store import FolderStore
from helios.errors import HeliosError
from helios.media.captions import read_captions
from helios.media.subtitles import read_subtitles
from helios.model.audio import AudioTrack
from helios.model.export import ExportRequest
from helios.model.options import RenderOptions
from helios.model.overlay import read_props
from helios.planning.jobspec import read_job
from helios.queue.watch import as_document, read_priority
from helios.scene.library import builtin_text, load_template, read_template
from helios.server.bodies import read_rows
from helios.server.guard import Refused

EXAMPLES = int(os.environ.get("HELIOS_ODD_DOCUMENTS", "150"))
"""How many values each reader is given: ``HELIOS_ODD_DOCUMENTS=10000 pytest tests/property``."""
MOST_S = 5.0

CHUNK = {
    "id": 0,
    "command": "helios render page.html -o out/chunk_0.mov",
    "outputFile": "out/chunk_0.mov",
    "startFrame": 0,
    "frameCount": 30,
}
JOB = {
    "metadata": {"totalFrames": 30, "fps": 30, "width": 64, "height": 64, "duration": 1},
    "chunks": [CHUNK],
    "mergeCommand": "helios merge out/film.mp4 out/chunk_0.mov",
}
OPTIONS: dict[str, Any] = {
    "width": 64,
    "height": 64,
    "fps": "30000/1001",
    "duration": "0:02.5",
    "props": {"title": ["a", {"b": 1.5}]},
    "audio": ["song.wav,seek=1,offset=0.5,rate=2,loop"],
    "reactTo": "song.wav",
    "scale": "1/2",
    "pixelRatio": 2,
    "quality": "high",
    "type": "flat-1080p-landscape",
    "allowHost": ["10.0.0.1:80"],
    "initialView": "90,10",
}
CONFIG = {
    "composition": "etherealFlame",
    "types": ["flat-1080p-landscape", "square"],
    "output": "film.mp4",
    "audio": "song.mp3",
    "duration": 2,
    "template": {"layers": [{"count": 10}]},
    "naming": "{title}-{type}",
}
RECORD = {
    "payload": "chunk.mov",
    "size": 10,
    "sha256": "a" * 64,
    "startFrame": 0,
    "frameCount": 30,
    "settingsDigest": "b" * 64,
    "inputs": [["/a", "c" * 64]],
}
UPSTREAM = {
    "version": "1.0",
    "visual": {"mode": "orb", "layers": [{"id": "core", "type": "glow", "particleCount": 40}]},
    "audioPath": "song.mp3",
    "output": {"format": "flat-1080p-landscape", "fps": 30},
}
LRC = b"[ti:Night]\n[offset:+20]\n[00:01.00][00:09:5]One\n[00:02.5]<00:02.50>Two <00:03.00>three\n"
TRANSCRIPT = {
    "segments": [
        {
            "start": 1.0,
            "end": 3.0,
            "text": " Hello you",
            "speaker": "A",
            "words": [{"word": " Hello", "start": 1.0, "end": 1.5}, {"word": " you"}],
        }
    ],
    "words": [{"word": "Hello", "start": 1.0, "end": 1.5, "speaker": 0}],
}
CUES = {
    ".srt": b"1\n00:00:01,000 --> 00:00:02,500\n<i>One</i> {\\an8}two\n\n2\n00:00:03,0 --> 4\nx\n",
    ".vtt": b"WEBVTT\n\nSTYLE\n::cue {}\n\n00:01.000 --> 00:02.000 line:10%\n<v Ann>Hello</v>\n",
    ".ass": b"[Script Info]\n[Events]\nFormat: Start, End, Text\n"
    b"Dialogue: 0:00:01.00,0:00:02.00,{\\b1}Hi\\N there\n",
}

NUMBERS = st.sampled_from(
    [0, -1, 1, 2**31, 2**53, 2**63, 10**400, -(10**30), 1e308, -1e308, 5e-324, 0.1, 1e-9]
)
TEXTS = st.text(max_size=40) | st.sampled_from(
    [
        "",
        " ",
        "\0",
        "../../etc/passwd",
        "/" * 300,
        "a" * 5000,
        "nan",
        "inf",
        "-inf",
        "1e999",
        "1e-999",
        "1/0",
        "0/0",
        "9" * 5000,
        "1:2:3:4",
        "99:99:99",
        "-0",
        "٣",
        "1_000",
        "0x10",
        "{}",
        "{0}",
        "{title.__class__}",
        "%s",
        "$(x)",
        "@",
        "@/dev/null",
        ",",
        "a,seek=1e999",
        "a,seek=",
        "é" * 200,
        "\ud83d\ude00",
        "\x1b[31m",
    ]
)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
ODD = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
)
RAW = st.sampled_from(
    [
        b"",
        b"\xef\xbb\xbf",
        b"\xff\xfe{\0}\0",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"1" * 100_000,
        b"1e999",
        b"NaN",
        b'{"a": -Infinity}',
        b'"\\ud800"',
        b'{"a": 1, "a": 2}',
        b"\0" * 100,
        b"// x\n{}",
        b"{} {}",
        b"{'a': 1}",
    ]
)


@st.composite
def changed(draw: st.DrawFn, base: Any) -> Any:
    """``base`` with one to three of its parts, or itself, replaced, removed or added."""
    value = json.loads(json.dumps(base))
    for _ in range(draw(st.integers(1, 3))):
        place = value
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
                match draw(st.sampled_from(["put", "take", "add", "put"])):
                    case "put":
                        place[key] = draw(ODD)
                    case "take":
                        del place[key]
                    case _ if isinstance(place, dict):
                        place[draw(TEXTS)] = draw(ODD)
                    case _:
                        place.append(draw(ODD))
                break
            place = place[key]
    return value


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw: st.DrawFn, base: bytes) -> bytes:
    """``base`` with pieces cut out, doubled or overwritten."""
    data = bytearray(base)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        stop = draw(st.integers(start, min(len(data), start + 12)))
        data[start:stop] = draw(
            st.binary(max_size=6)
            | st.sampled_from(
                [b"9" * 30, b"-->", b"\n\n", b"\0", b"<" * 50, b"{\\" * 9, b",", b":"]
            )
            | st.just(bytes(data[start:stop]) * 3)
        )
    return bytes(data)


def documents(base: Any) -> st.SearchStrategy[bytes]:
    text = as_bytes(base)
    return changed(base).map(as_bytes) | ODD.map(as_bytes) | RAW | damaged(text)


def in_file(read: Callable[[Path], object], name: str) -> Callable[[bytes, Path], object]:
    def call(data: bytes, folder: Path) -> object:
        (folder / name).write_bytes(data)
        return read(folder / name)

    return call


def job_document(value: Any) -> None:
    document = as_document(value, "song")
    read_priority(document.get("priority"))
    config = document["config"]
    if isinstance(config, dict):
        ExportRequest.read(config)


def values_of(read: Callable[[Any], object]) -> Callable[[bytes, Path], object]:
    """A reader of what another reader has parsed."""
    from helios.files.documents import as_object, parse_json

    return lambda data, _: read(as_object(parse_json(data, "it"), "it"))


READERS: dict[str, tuple[Callable[[bytes, Path], object], st.SearchStrategy[bytes]]] = {
    "options": (values_of(RenderOptions.read), documents(OPTIONS)),
    "configuration": (in_file(read_config, "c.json"), documents(CONFIG)),
    "films": (values_of(ExportRequest.read), documents(CONFIG)),
    "job file": (lambda data, _: read_job(data), documents(JOB)),
    "queued job": (
        values_of(job_document),
        documents({"id": "a", "priority": 1, "config": CONFIG}),
    ),
    "record": (
        in_file(
            lambda path: ChunkRecords(FolderStore(path.parent)).read("chunk.mov"),
            "chunk.mov.commit.json",
        ),
        documents(RECORD),
    ),
    "template": (values_of(read_template), documents(builtin_text("etherealFlame"))),
    "template file": (
        in_file(lambda path: load_template(str(path)), "t.json"),
        documents(builtin_text("aurora")),
    ),
    "config of the studio": (values_of(read_template), documents(UPSTREAM)),
    "props": (lambda data, _: read_props(data.decode("utf-8", "replace")), documents({"a": [1]})),
    "track": (
        lambda data, _: AudioTrack.parse(data.decode("utf-8", "surrogateescape")),
        damaged(b"song.wav,seek=1,offset=-1/2,rate=1.5,volume=0.5,fade_in=1,loop"),
    ),
    "rows of JSON": (
        lambda data, _: list(read_rows("application/json", data)),
        documents([CONFIG, CONFIG]),
    ),
    "lines of JSON": (
        lambda data, _: list(read_rows("application/jsonl", data)),
        documents(CONFIG),
    ),
    "rows of CSV": (
        lambda data, _: list(read_rows("text/csv", data)),
        damaged(b'composition,type,props\naurora,square;shorts,"{""a"": 1}"\nx,,\n'),
    ),
    "lyrics": (in_file(read_captions, "song.lrc"), damaged(LRC) | RAW),
    "transcript": (in_file(read_captions, "words.json"), documents(TRANSCRIPT)),
    **{
        f"subtitles {suffix}": (in_file(read_subtitles, f"cues{suffix}"), damaged(text) | RAW)
        for suffix, text in CUES.items()
    },
}


def refusal(read: Callable[[bytes, Path], object], data: bytes, folder: Path) -> str | None:
    """Why it was not read; all other errors are the reader's fault."""
    try:
        read(data, folder)
    except HeliosError as error:
        return error.message
    except Refused as refused:
        return refused.error
    return None


@pytest.mark.parametrize("name", READERS)
def test_odd_documents_are_read_or_refused(name: str, tmp_path: Path) -> None:
    read, strategy = READERS[name]
    outcomes = {"read": 0, "refused": 0}

    @settings(max_examples=EXAMPLES, derandomize=EXAMPLES < 1000, deadline=None, database=None)
    @given(strategy)
    def check(data: bytes) -> None:
        begun = time.process_time()
        message = refusal(read, data, tmp_path)
        assert time.process_time() - begun < MOST_S
        outcomes["read" if message is None else "refused"] += 1
        if message is not None:
            assert message.strip()
            assert len(message) < 20_000
            assert "\0" not in message

    check()
    assert outcomes["read"] + outcomes["refused"] >= EXAMPLES * 0.5
    if name != "record":  # one that cannot be believed is none
        assert outcomes["refused"]


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda: AudioTrack.parse("so\0ng.wav,rate=1e31"), r"audio track so\\0ng\.wav: rate"),
        (lambda: load_template("no\0thing"), r"no\\(0|x00)thing"),
        (lambda: read_subtitles(Path("wo\0rds.srt")), r"wo\\0rds"),
        (lambda: read_config(Path("c\0.json")), r"c\\0\.json"),
    ],
    ids=["track", "template", "subtitles", "configuration"],
)
def test_a_nul_is_written_out_in_messages(read: Callable[[], object], said: str) -> None:
    # Postgres takes no text with one, and C programs end there.
    with pytest.raises(HeliosError, match=said) as caught:
        read()
    assert "\0" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("version", ["9" * 30_000, [{"a" * 5000: 1}], {"x" * 30_000: 1}])
def test_a_version_of_any_length_is_refused_in_a_few_words(version: object) -> None:
    with pytest.raises(HeliosError, match="this config has version") as caught:
        read_template({**UPSTREAM, "version": version})
    assert len(caught.value.message) < 300
