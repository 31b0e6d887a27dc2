"""Cards of films: a picture of what is finished, and which film comes next."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tests.films import encode, number_in, settings

from helios.commit.record import RECORD_SUFFIX


def shown(served: Any, job_id: str) -> int:
    """The number in the picture of a job."""
    reply = served.http.get(f"/api/render/{job_id}/picture")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/jpeg")
    with Image.open(io.BytesIO(reply.content)) as image:
        assert max(image.size) <= 320
        return number_in(np.asarray(image.convert("RGB")))


def part(folder: Path, name: str, numbers: range) -> None:
    folder.mkdir(exist_ok=True)
    made = encode(folder / name, settings(), numbers)
    made.with_name(made.name + RECORD_SUFFIX).write_text("{}")


def test_a_card_shows_the_part_that_was_finished_last_and_then_the_film(served: Any) -> None:
    served.queue.pause()
    job_id = served.submit()
    where = f"/api/render/{job_id}/picture"
    assert served.http.get(where).status_code == 204
    home = served.queue.folders.path_of(job_id)
    part(home / ".helios-1", "chunk_0.mp4", range(5))
    assert shown(served, job_id) == 4
    part(home / ".helios-1", "chunk_1.mp4", range(5, 12))
    assert shown(served, job_id) == 11
    served.queue.resume()
    job = served.ended(job_id)
    # The film of this test's renderer is none.
    assert served.http.get(where).status_code == 204
    encode(home / job["outputPath"], settings(), range(20, 30))
    assert shown(served, job_id) == 25


def test_a_waiting_film_is_put_first(served: Any) -> None:
    served.queue.pause()
    ids = [served.submit(output=f"{n}.mp4") for n in range(3)]
    for job_id in (ids[1], ids[2]):
        assert served.http.post(f"/api/render/{job_id}/first").json() == {"success": True}
    served.queue.resume()
    for job_id in ids:
        served.ended(job_id)
    made = [Path(config["output"]).name for config in served.exporter.configs]
    assert made == ["2.mp4", "1.mp4", "0.mp4"]
    assert served.http.post(f"/api/render/{ids[0]}/first").status_code == 409
    assert served.http.post("/api/render/none/first").status_code == 404
