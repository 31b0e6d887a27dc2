"""The REST interface, in the shapes clients rely on."""

from __future__ import annotations

import json
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.headers import named

from helios.cli.main import main
from helios.errors import (
    CompositionNotFound,
    InvalidTransition,
    JobNotFound,
    OptionError,
    StoreUnavailable,
)
from helios.model.composition import CompositionKind
from helios.queue.budget import kind_of
from helios.server.client import HeliosClient

Served = Any


def test_a_submitted_film_is_made_and_downloaded(served: Served) -> None:
    job_id = served.submit(type="flat-1080p-landscape", outputName="My Film.mp4")
    job = served.ended(job_id)
    assert (job["status"], job["progress"], job["outputPath"]) == ("completed", 100, "My Film.mp4")
    assert set(job) >= {
        "id",
        "status",
        "config",
        "progress",
        "createdAt",
        "startedAt",
        "completedAt",
        "outputPath",
        "error",
    }
    reply = served.http.get(f"/api/render/{job_id}/download")
    assert reply.content == b"0123456789"
    assert reply.headers["content-type"] == "video/mp4"
    assert reply.headers["content-disposition"] == 'attachment; filename="My Film.mp4"'


def test_a_part_of_the_film_is_sent_by_range(served: Served) -> None:
    job_id = served.submit()
    served.ended(job_id)
    url = f"/api/render/{job_id}/download?inline=true"
    reply = served.http.get(url, headers={"Range": "bytes=2-4"})
    assert (reply.status_code, reply.content) == (206, b"234")
    assert reply.headers["content-range"] == "bytes 2-4/10"
    assert reply.headers["content-disposition"].startswith("inline")
    assert served.http.get(url, headers={"Range": "bytes=20-"}).status_code == 416


def test_a_job_that_is_not_there_is_not_found(served: Served) -> None:
    for method, path in [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/download"),
        ("GET", "/log"),
        ("POST", "/retry"),
        ("GET", "/why"),
        ("GET", "/events"),
    ]:
        reply = served.http.request(method, f"/api/render/job_none{path}")
        assert reply.status_code == 404
        assert reply.json()["error"] == "Not found"


def test_list_and_status_count_jobs(served: Served) -> None:
    served.queue.pause()
    ids = [served.submit() for _ in range(3)]
    page = served.http.get("/api/render", params={"limit": 2}).json()
    assert [job["id"] for job in page["jobs"]] == ids[:0:-1]
    assert page["total"] == 3
    assert served.http.get("/api/render", params={"status": "failed"}).json()["jobs"] == []
    status = served.http.get("/api/render/status").json()
    assert (status["pending"], status["processing"], status["isPaused"]) == (3, 0, True)
    why = served.http.get(f"/api/render/{ids[1]}/why").json()["why"]
    assert why == "The queue is paused; resume it."


def test_delete_cancels(served: Served) -> None:
    served.exporter.hold.set()
    running, waiting = served.submit(), served.submit()
    for job_id in (waiting, running):
        assert served.http.delete(f"/api/render/{job_id}").json() == {"success": True}
        assert served.ended(job_id)["status"] == "cancelled"
    assert served.http.delete(f"/api/render/{running}").json() == {"success": True}
    served.exporter.hold.clear()
    done = served.submit()
    served.ended(done)
    assert served.http.delete(f"/api/render/{done}").status_code == 409
    assert served.http.delete(f"/api/render/{done}?forget=true").status_code == 200
    assert served.http.get(f"/api/render/{done}").status_code == 404


def test_a_failed_job_says_why_and_can_be_retried(served: Served) -> None:
    served.exporter.fail = "the sky fell"
    job_id = served.submit()
    job = served.ended(job_id)
    assert (job["status"], job["error"], job["attempts"]) == ("failed", "the sky fell", 1)
    assert "drawing" in served.http.get(f"/api/render/{job_id}/log").text
    served.exporter.fail = ""
    assert served.http.post(f"/api/render/{job_id}/retry").json()["status"] == "pending"
    assert served.ended(job_id)["status"] == "completed"
    assert served.http.post(f"/api/render/{job_id}/retry").status_code == 409


def test_a_pack_is_a_job_for_each_film(served: Served) -> None:
    reply = served.http.post("/api/render", json={"composition": "film.py:draw", "pack": "social"})
    ids = reply.json()["jobIds"]
    jobs = [served.ended(job_id) for job_id in ids]
    assert [job["config"]["type"] for job in jobs] == ["shorts", "reels", "tiktok", "square"]
    assert len({job["pack"] for job in jobs}) == 1
    listed = served.http.get("/api/render", params={"pack": jobs[0]["pack"]}).json()["jobs"]
    assert len(listed) == 4


def test_dependencies_wait(served: Served) -> None:
    served.exporter.hold.set()
    first = served.submit()
    second = served.submit(dependsOn=[first], priority=50)
    assert first in served.http.get(f"/api/render/{second}/why").json()["why"]
    served.exporter.hold.clear()
    assert served.ended(second)["status"] == "completed"
    reply = served.http.post(
        "/api/render", json={"composition": "film.py:draw", "dependsOn": ["x"]}
    )
    assert reply.status_code == 404


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"composition": "nothing"}, "no template 'nothing'"),
        ({"composition": "audiogram"}, "not made by a server"),
        ({"composition": "nofilm.py:draw"}, "begins in the folder"),
        ({"composition": "film.py:draw", "fps": -1}, "fps"),
        ({"composition": "film.py:draw", "type": "flat-9k"}, "flat-9k"),
        ({"composition": "film.py:draw", "colour": "red"}, "no such option"),
        ({"composition": "film.py:draw", "priority": 1000}, "priority"),
        ({"composition": "film.py:draw", "priority": True}, "priority"),
        ({"composition": "film.py:draw", "dependsOn": "x"}, "dependsOn"),
        ({"composition": "film.py:draw", "dependsOn": [5]}, "dependsOn.0"),
        ({"composition": "film.py:draw", "notify": {"mail": "a@b.c"}}, "notify.mail"),
        ({"composition": "film.py:draw", "templateId": "aurora"}, "another name of composition"),
        ({"composition": "film.py:draw", "pack": "zip"}, "no pack"),
        ({"composition": "film.py:draw", "audio": "0" * 64}, "no sound"),
        ({"composition": "film.py:draw", "frames": "png"}, "only films"),
        ({}, "composition"),
    ],
)
def test_nonsense_is_explained(served: Served, body: dict[str, Any], text: str) -> None:
    reply = served.http.post("/api/render", json=body)
    assert reply.status_code in (404, 422)
    assert text in json.dumps(reply.json())


def test_one_bad_row_does_not_stop_a_batch(served: Served) -> None:
    csv = "composition,type,fps\nfilm.py:draw,shorts,30\nnothing,shorts,30\nfilm.py:draw,a,b,c\n"
    lines = '{"composition": "film.py:draw"}\n{"broken\n{"composition": "film.py:draw", "fps": 0}\n'
    rows = [{"composition": "film.py:draw"}, 7, {"composition": "film.py:draw", "pack": "social"}]
    for kind, body, accepted, rejected in [
        ("text/csv", csv, 1, 2),
        ("application/jsonl", lines, 1, 2),
        ("application/json", json.dumps(rows), 2, 1),
    ]:
        reply = served.http.post("/api/batch", content=body, headers={"content-type": kind})
        result = reply.json()
        assert (result["accepted"], result["rejected"]) == (accepted, rejected)
        assert [row["row"] for row in result["rows"]] == [1, 2, 3]
        assert all(bool(row["error"]) != bool(row["jobIds"]) for row in result["rows"])


def test_each_row_of_a_table_is_a_film_of_one_composition(served: Served) -> None:
    config = {"template": "film.py:draw", "type": "shorts", "props": {"a": 1, "b": 1}}
    table = "b;name;option.fps\n7;x;25\n8;x/y;0\n9;;24\n10;@/etc/passwd;24\n11;z;24;1\n"
    body = {"config": config, "table": table, "output": "{name}.mp4"}
    result = served.http.post("/api/batch/table", json=body).json()
    assert (result["accepted"], result["rejected"]) == (2, 3)
    assert [row["cells"].get("b") for row in result["rows"]] == ["7", "8", "9", "10", None]
    told = [row["error"] or "" for row in result["rows"]]
    for text, part in zip(told[1:3] + told[4:], ("fps", "no 'name'", "more fields"), strict=True):
        assert part in text
    films = [
        served.http.get(f"/api/render/{row['jobIds'][0]}").json()["config"]
        for row in result["rows"]
        if row["jobIds"]
    ]
    assert [(film["output"], film["props"]) for film in films] == [
        ("x.mp4", {"a": 1, "b": "7", "name": "x"}),
        ("@-etc-passwd.mp4", {"a": 1, "b": "10", "name": "@/etc/passwd"}),
    ]
    for change, text in (
        ({"output": "film.mp4"}, "one file for 5 rows"),
        ({"output": "{title}.mp4"}, "no column"),
        ({"table": "a\n"}, "no rows"),
        ({"table": 7}, "table"),
    ):
        reply = served.http.post("/api/batch/table", json={**body, **change})
        assert reply.status_code == 422, reply.text
        assert text in reply.text


def test_a_table_may_be_divided_by_semicolons(served: Served) -> None:
    csv = "composition;type\nfilm.py:draw;shorts,reels\nfilm.py:draw;shorts\n"
    reply = served.http.post("/api/batch", content=csv, headers={"content-type": "text/csv"})
    assert [not row["error"] for row in reply.json()["rows"]] == [False, True]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", '{"composition": "film.py:draw"}', 422),
        ("application/json", "[", 400),
        ("text/csv", 'a\n"', 400),
        ("text/csv", b"a\n\xff", 400),
        ("text/plain", "a", 415),
    ],
)
def test_rows_that_are_none_are_refused(
    served: Served, kind: str, body: str | bytes, status: int
) -> None:
    reply = served.http.post("/api/batch", content=body, headers={"content-type": kind})
    assert reply.status_code == status


def test_formats_and_templates_are_listed(served: Served) -> None:
    formats = served.http.get("/api/formats").json()
    assert {"flat-1080p-landscape", "360-stereo-8k"} <= {f["name"] for f in formats["formats"]}
    assert formats["packs"]["social"] == ["shorts", "reels", "tiktok", "square"]
    kinds = {t["name"]: t["kind"] for t in served.http.get("/api/templates").json()["templates"]}
    assert kinds["aurora"] == "scene"
    assert kinds["voxelCity"] == "page"
    assert served.http.get("/api/templates/voxelCity").status_code == 404, "it is no scene"
    assert kind_of({"composition": "voxel-city"}) is CompositionKind.PAGE
    assert kind_of({"composition": "aurora"}) is CompositionKind.SCENE


def test_events_tell_every_change_to_the_end(served: Served) -> None:
    served.queue.pause()
    job_id = served.submit()
    seen = []
    with HeliosClient(served.url) as client:
        for job in client.watch(job_id):
            seen.append((job.status, job.progress))
            served.queue.resume()
    assert seen[0] == ("pending", 0)
    assert seen[-1] == ("completed", 100)
    assert [progress for _, progress in seen] == sorted(progress for _, progress in seen)


def test_a_job_that_ends_while_somebody_comes_to_watch_is_told(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.exporter.hold.set()
    job_id, demand = served.submit(), served.queue.demand

    def ends_after_a_look(wanted: str) -> Any:
        job = demand(wanted)
        served.exporter.hold.clear()
        while not demand(wanted).is_final:
            time.sleep(0.01)
        time.sleep(0.1)  # whoever listens has been told
        return job

    monkeypatch.setattr(served.queue, "demand", ends_after_a_look)
    with served.http.stream("GET", f"/api/render/{job_id}/events", timeout=60) as reply:
        data = (line for line in reply.iter_lines() if line.startswith("data:"))
        assert any('"completed"' in line for line in data)


def test_a_job_that_is_forgotten_while_somebody_comes_to_watch_is_told(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, demand = served.submit(), served.queue.demand
    served.ended(job_id)

    def is_forgotten_after_a_look(wanted: str) -> Any:
        job = demand(wanted)
        monkeypatch.undo()
        served.queue.delete(wanted)
        return job

    monkeypatch.setattr(served.queue, "demand", is_forgotten_after_a_look)
    reply = served.http.get(f"/api/render/{job_id}/events", timeout=60)
    assert "event: forgotten" in reply.text


def test_the_client_speaks_in_the_errors_of_helios(served: Served, tmp_path: Any) -> None:
    with HeliosClient(served.url) as client:
        with pytest.raises(JobNotFound, match="no job 'nothing'"):
            client.get("nothing")
        with pytest.raises(OptionError, match="fps"):
            client.submit({"composition": "film.py:draw", "fps": 0})
        job_id = client.submit({"composition": "film.py:draw"})
        served.ended(job_id)
        with pytest.raises(InvalidTransition):
            client.retry(job_id)
        assert client.download(job_id, tmp_path / "a.mp4").read_bytes() == b"0123456789"
        assert client.status().completed == 1
        assert client.list("completed").total == 1
        assert client.prune() == (job_id,)
        assert client.list().jobs == []


def test_health_metrics_and_description(serve: Callable[..., Served]) -> None:
    served = serve()
    served.ended(served.submit())
    assert served.http.get("/healthz").json()["status"] == "ok"
    text = served.http.get("/metrics").text
    assert 'helios_jobs{status="completed"} 1.0' in text
    api = served.http.get("/api/openapi.json").json()
    assert "/api/render/{job_id}/download" in api["paths"]
    served.app.state.context.worker.stop(0)
    deadline = time.monotonic() + 120
    while served.http.get("/healthz").status_code != 503:
        assert time.monotonic() < deadline


@pytest.mark.parametrize(
    "row",
    [
        {"type": ["shorts"], "types": 7},
        {"type": ["shorts"], "types": "reels"},
        {"type": ["shorts", 5]},
        {"type": {"a": 1}},
        {"exportType": [["shorts"]]},
        {"types": {"a": 1}},
        {"type": ["shorts"] * 40},
        {"type": ["shorts"], "exportType": ["reels"], "types": [None]},
        {"pack": ["social"]},
    ],
)
def test_types_that_are_none_are_refused_for_their_row_alone(
    served: Served, row: dict[str, Any]
) -> None:
    values = {"composition": "film.py:draw", **row}
    assert served.http.post("/api/render", json=values).status_code == 422
    good = {"composition": "film.py:draw", "type": ["shorts", "reels"]}
    result = served.http.post("/api/batch", json=[good, values, good]).json()
    assert [bool(row["error"]) for row in result["rows"]] == [False, True, False]
    assert [len(row["jobIds"]) for row in result["rows"]] == [2, 0, 2]


def test_lists_leave_out_what_is_long_and_count_what_they_list(served: Served) -> None:
    served.queue.pause()
    long = served.submit(props={"text": "x" * 500_000}, fps=25)
    body = {"composition": "film.py:draw", "pack": "social"}
    ids = served.http.post("/api/render", json=body).json()["jobIds"]
    reply = served.http.get("/api/render")
    assert len(reply.content) < 20_000
    (shown,) = [job for job in reply.json()["jobs"] if job["id"] == long]
    assert "props" not in shown["config"]
    assert shown["config"]["fps"] == "25"
    whole = served.http.get(f"/api/render/{long}").json()
    assert len(whole["config"]["props"]["text"]) == 500_000
    pack = served.http.get(f"/api/render/{ids[0]}").json()["pack"]
    for query, total in (
        ({"pack": pack}, 4),
        ({"pack": pack, "limit": 1}, 4),
        ({"pack": pack, "status": "completed"}, 0),
        ({"pack": "none"}, 0),
        ({"status": "pending"}, 5),
        ({}, 5),
    ):
        page = served.http.get("/api/render", params=query).json()
        assert page["total"] == total


def test_an_end_is_counted_once(served: Served) -> None:
    served.exporter.hold.set()
    running, waiting = served.submit(), served.submit()
    for job_id in (waiting, running, running):
        served.http.delete(f"/api/render/{job_id}")
    served.exporter.hold.clear()
    served.ended(served.submit())
    # A job's end is in the database before whoever listens is told of it.
    deadline = time.monotonic() + 120
    while 'status="completed"} 1.0' not in (text := served.http.get("/metrics").text):
        assert time.monotonic() < deadline, text
        time.sleep(0.02)
    assert 'helios_jobs_ended_total{status="cancelled"} 2.0' in text
    assert 'helios_jobs_ended_total{status="completed"} 1.0' in text


def write_wav(path: Path) -> Path:
    """A tenth of a second of sound."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\x00\x10" * 800)
    return path


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Morning Sun.wav", "morning_sun"),
        ("a.b.c.wav", "a_b_c"),
        ("UPPER.WAV", "upper"),
        ("Кино & Группа крови.wav", "кино_группа_крови"),
        ("残酷な天使のテーゼ.wav", "残酷な天使のテーゼ"),
        ("🎵 Löve 🔥.wav", "löve"),
        ("\u0623\u063a\u0646\u064a\u0629\u200f.wav", "\u0623\u063a\u0646\u064a\u0629"),
        (f"{'歌' * 66}.wav", "歌" * 40),
    ],
)
def test_an_upload_names_its_film(served: Served, tmp_path: Any, name: str, stem: str) -> None:
    path = write_wav(tmp_path / name)
    config = json.dumps({"composition": "film.py:draw", "type": "shorts"})
    reply = served.http.post(
        "/api/render", files={"audio": (name, path.read_bytes())}, data={"config": config}
    )
    job_id = reply.json()["jobId"]
    film = f"{stem}_shorts.mp4"
    assert served.ended(job_id)["outputPath"] == film
    for query, kind in (("", "attachment"), ("?inline=true", "inline")):
        reply = served.http.get(f"/api/render/{job_id}/download{query}")
        disposition = reply.headers["content-disposition"]
        assert named(disposition) == (kind, film)
        plain = disposition.split('"')[1]
        assert plain.isascii()
        assert plain.endswith("_shorts.mp4")
        assert (disposition.count("filename") == 1) == stem.isascii()


def test_a_film_is_fetched_under_a_name_in_its_own_script(served: Served, tmp_path: Any) -> None:
    song = write_wav(tmp_path / "Песня.wav")
    asked = ["film.py:draw", "--audio", str(song), "--type", "shorts", "-o", str(tmp_path / "f")]
    assert main(["queue", "submit", *asked, "--server", served.url]) == 0
    assert [path.name for path in (tmp_path / "f").iterdir()] == ["песня_shorts.mp4"]


@pytest.mark.parametrize("letters", ["歌" * 84, "x" * 252])
def test_a_name_that_no_disk_takes_is_refused(served: Served, letters: str) -> None:
    asked = {"composition": "film.py:draw", "outputName": letters}
    reply = served.http.post("/api/render", json=asked)
    assert (reply.status_code, "too long" in reply.text) == (422, True)
    for query in ({"type": ["shorts", "square"]}, {"naming": "dated", "type": "shorts"}):
        reply = served.http.post("/api/render", json=asked | query)
        assert reply.status_code == (422 if isinstance(query["type"], list) else 200)
    assert served.ended(served.submit(outputName=letters[1:]))["status"] == "completed"


def test_the_client_reads_its_environment(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve(token="t" * 20)
    monkeypatch.setenv("HELIOS_SERVER", served.url)
    monkeypatch.setenv("HELIOS_TOKEN", "t" * 20)
    with HeliosClient() as client:
        assert client.list().total == 0
    monkeypatch.setenv("HELIOS_SERVER", "http://127.0.0.1:9")
    monkeypatch.setenv("HELIOS_TOKEN", "wrong")
    with HeliosClient(served.url, token="t" * 20) as client:
        assert client.list().total == 0


def test_removal_is_an_event(served: Served) -> None:
    job_id = served.submit()
    served.ended(job_id)
    url = f"{served.url}/api/render/{job_id}?forget=true"
    removal = threading.Timer(0.5, lambda: httpx.delete(url))
    with served.http.stream("GET", "/api/events") as reply:
        removal.start()
        lines = reply.iter_lines()
        assert any(line == "event: forgotten" for line in lines)
        assert json.loads(next(lines).removeprefix("data: ")) == {"id": job_id}
    removal.join()


def test_who_comes_while_the_database_is_away_is_told_when_to_come_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("the database does not answer")

    monkeypatch.setattr(served.queue.store, "list", away)
    reply = served.http.get("/api/render")
    assert (reply.status_code, reply.headers.get("retry-after")) == (503, "5"), reply.text
    assert "does not answer" in reply.json()["error"]
    assert "retry-after" not in served.http.get("/api/render/none").headers


def test_a_composition_that_has_changed_since_is_another_one(served: Served) -> None:
    served.exporter.hold.set()
    served.submit()
    waits = served.submit()
    film = served.settings.compositions / "film.py"
    submitted = film.read_text()
    film.write_text("def draw(frame): return None\n")
    with pytest.raises(CompositionNotFound, match=r"does not have that composition 'film\.py"):
        served.queue.inputs.locate(served.queue.demand(waits), served.settings.data)
    film.write_text(submitted)
    config, _ = served.queue.inputs.locate(served.queue.demand(waits), served.settings.data)
    assert config["composition"] == "film.py:draw"
    served.exporter.hold.clear()
    assert served.ended(waits)["status"] == "completed"
