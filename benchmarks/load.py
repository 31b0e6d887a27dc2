"""What a server can take while it renders: submissions, listings, watchers, memory.

python benchmarks/load.py               1 000 jobs, 200 watchers
python benchmarks/load.py --jobs 100    shorter
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

FILM = """
import time
import numpy as np

def draw(frame, context):
    time.sleep(context.props.get("sleep", 0))
    return np.full((context.height, context.width, 3), frame % 256, np.uint8)
"""


def start(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    comps = folder / "comps"
    comps.mkdir()
    (comps / "film.py").write_text(FILM)
    paths = [str(Path(path).absolute()) for path in sys.path if path]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "helios",
            "serve",
            "--port",
            "0",
            "--data",
            folder / "data",
            "--compositions",
            comps,
            "--rate-limit",
            "0",
            "--grace",
            "0",
        ],
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ":".join(paths)},
    )
    assert process.stderr is not None
    return process, process.stderr.readline().decode().split()[-1]


def memory_mb(process: subprocess.Popen[bytes]) -> float:
    """Resident memory of the server itself."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


def config(frames: int, sleep: float = 0.0) -> dict[str, Any]:
    return {
        "composition": "film.py:draw",
        "width": 64,
        "height": 64,
        "fps": 10,
        "frameCount": frames,
        "props": {"sleep": sleep},
    }


async def watch(client: httpx.AsyncClient, seen: list[int]) -> None:
    """Count events until the connection is cancelled."""
    count = len(seen)
    seen.append(0)
    async with client.stream("GET", "/api/events", timeout=None) as reply:
        assert reply.status_code == 200
        async for line in reply.aiter_lines():
            seen[count] += line.startswith("data:")


async def timed(client: httpx.AsyncClient, method: str, path: str, **more: Any) -> float:
    began = time.perf_counter()
    reply = await client.request(method, path, **more)
    assert reply.status_code == 200, reply.text
    return time.perf_counter() - began


async def measure(url: str, process: subprocess.Popen[bytes], jobs: int, watchers: int) -> bool:
    idle = memory_mb(process)
    fsync = fsync_ms()
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=httpx.Limits()) as client:
        await client.post("/api/render", json={**config(100_000, 0.05), "priority": 100})
        for _ in range(100):
            counts = (await client.get("/api/render/status")).json()
            if counts["processing"]:
                break
            await asyncio.sleep(0.1)
        submit = [await timed(client, "POST", "/api/render", json=config(2)) for _ in range(jobs)]
        listing = [
            await timed(client, "GET", f"/api/render?limit=50&offset={n * 5 % jobs}")
            for n in range(200)
        ]
        seen: list[int] = []
        tasks = [asyncio.create_task(watch(client, seen)) for _ in range(watchers)]
        for _ in range(300):
            if await watching(client) >= watchers:
                break
            await asyncio.sleep(0.1)
        before = list(seen)
        watched = [await timed(client, "GET", "/api/render?limit=50") for _ in range(100)]
        await asyncio.sleep(5)
        told = [now - then for now, then in zip(seen, before, strict=True)]
        busy = memory_mb(process)
        for task in tasks:
            task.cancel()
    rows = [
        ("submit median", percentile(submit, 0.5), 50, "ms"),
        (f"submit p99, {jobs} jobs, while rendering", percentile(submit, 0.99), 50, "ms"),
        (f"list of 50 p99, {jobs} jobs, while rendering", percentile(listing, 0.99), 50, "ms"),
        (f"list of 50 p99, and {watchers} watchers", percentile(watched, 0.99), 250, "ms"),
        ("memory, idle", idle, 150, "MB"),
        (f"memory, {jobs} jobs, {watchers} watchers", busy, 300, "MB"),
    ]
    good = min(told) > 5
    print(f"       a durable write takes {fsync:.1f} ms; load {os.getloadavg()[0]:.1f}")
    for name, value, limit, unit in rows:
        good &= value < limit
        print(f"{'ok' if value < limit else 'FAILED':6} {name:45} {value:7.1f} {unit}  (< {limit})")
    print(
        f"{'ok' if min(told) > 5 else 'FAILED':6} events per watcher in about 5 s: "
        f"{min(told)} to {max(told)}"
    )
    return good


def fsync_ms() -> float:
    """What one durable write costs on this disk just now; a submission needs three."""
    times = []
    with tempfile.NamedTemporaryFile() as stream:
        for _ in range(100):
            stream.write(b"x" * 4096)
            stream.flush()
            began = time.perf_counter()
            os.fsync(stream.fileno())
            times.append(time.perf_counter() - began)
    return percentile(times, 0.5)


async def watching(client: httpx.AsyncClient) -> int:
    text = (await client.get("/metrics")).text
    line = next(line for line in text.splitlines() if line.startswith("helios_event_clients "))
    return int(float(line.split()[1]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--watchers", type=int, default=200)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="helios-load-"))
    process, url = start(folder)
    try:
        good = asyncio.run(measure(url, process, arguments.jobs, arguments.watchers))
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
