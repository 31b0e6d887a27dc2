"""The container's file system, built by the lines of the Dockerfile in a prefix of its own."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) of the Dockerfile, long lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(" ", 1)) for line in text.splitlines() if line.strip()]  # type: ignore[misc]


def argument(name: str) -> str:
    return next(rest for word, rest in instructions() if word == name)


def copy_context(target: Path) -> None:
    """What ``docker build`` sends, by .dockerignore."""
    rules = (ROOT / ".dockerignore").read_text().split()
    assert rules[0] == "*"
    kept = [rule[1:] for rule in rules if rule.startswith("!")]
    copied = [word for name, rest in instructions() if name == "COPY" for word in rest.split()[:-1]]
    assert {Path(word).name for word in copied} == set(kept)
    for name in kept:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source,
                target / name,
                ignore=lambda _, names: [n for n in names if fnmatch.fnmatch(n, "__pycache__")],
            )
        else:
            shutil.copy(source, target / name)


@pytest.mark.slow
def test_the_image_is_built_and_its_entry_point_serves(tmp_path: Path) -> None:
    app, prefix = tmp_path / "app", tmp_path / "prefix"
    app.mkdir()
    copy_context(app)
    # The dependencies are those of this environment; everything of ours is installed from the
    # context alone.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    site = next((prefix / "lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(
        "\n".join(path for path in sys.path if path.endswith("site-packages"))
    )
    runs = [rest for name, rest in instructions() if name == "RUN"]
    install = next(part for rest in runs for part in rest.split("&&") if "pip install" in part)
    assert "-c constraints.txt '.[scene,server,postgres]'" in install
    subprocess.run(
        [
            prefix / "bin" / "python",
            "-m",
            "pip",
            "install",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "--no-index",
            "--ignore-installed",
            ".",
        ],
        check=True,
        cwd=app,
        env={**os.environ, "PYTHONPATH": ""},
    )
    data = tmp_path / "data"
    data.mkdir()
    entry = shlex.split(" ".join(json.loads(argument("ENTRYPOINT"))))
    words = [*entry[2:], *json.loads(argument("CMD"))]
    assert entry[:2] == ["tini", "--"]
    port = free_port()
    words = [str(data) if word == "/app/data" else word for word in words]
    words[0] = str(prefix / "bin" / words[0])
    environment = {
        "PATH": f"{prefix}/bin:{os.environ['PATH']}",
        "HELIOS_TOKEN": "x" * 32,
        "HOME": str(tmp_path),
        "HELIOS_PORT": str(port),
        "LANG": "C.UTF-8",
    }
    server = subprocess.Popen([*words, "--port", str(port)], env=environment, cwd=tmp_path)
    try:
        health = [prefix / "bin" / json.loads(argument("HEALTHCHECK").split("CMD", 1)[1])[0]]
        deadline = time.monotonic() + 200
        while subprocess.run(health, env=environment, check=False, capture_output=True).returncode:
            assert time.monotonic() < deadline
            assert server.poll() is None
            time.sleep(0.2)
        page = get(port, "/")
        assert b"<title>Helios</title>" in page
        assert b"drawWave" in get(port, "/wave.js")
        names = [t["name"] for t in json.loads(get(port, "/api/templates"))["templates"]]
        assert "etherealFlame" in names
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(120) == 0


def test_the_container_is_not_root_and_says_when_it_is_ill() -> None:
    words = [name for name, _ in instructions()]
    assert argument("USER") == "helios"
    assert words.index("USER") < words.index("CMD")
    assert json.loads(argument("VOLUME")) == ["/app/jobs", "/app/output", "/app/data"]
    assert "HEALTHCHECK" in words
    assert json.loads(argument("CMD"))[1:3] == ["--host", "0.0.0.0"]


def test_compose_reserves_the_gpu_and_demands_a_token() -> None:
    services = COMPOSE["services"]
    gpu = services["helios-gpu"]
    (device,) = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
    assert gpu["environment"]["NVIDIA_DRIVER_CAPABILITIES"] == "all"
    assert ":?" in services["helios"]["environment"]["HELIOS_TOKEN"]
    for service in services.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:")
    assert services["render-server"]["volumes"] == ["./jobs:/app/jobs", "./output:/app/output"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "compose up --build helios"),
        (["serve", "-d"], "compose up --build -d helios"),
        (["gpu"], "compose --profile gpu up --build helios-gpu"),
        (["jobs"], "compose --profile jobs up --build render-server"),
        (["build"], "compose build helios"),
        (["stop"], "compose --profile gpu --profile jobs down"),
    ],
)
def test_there_is_a_short_way_to_build_and_run(
    tmp_path: Path, words: list[str], expected: str
) -> None:
    shutil.copy(ROOT / "dev", tmp_path / "dev")
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f'#!/bin/sh\necho "$HELIOS_TOKEN|$HELIOS_UID|$*" >> {tmp_path}/said\n')
    docker.chmod(0o755)
    path = {"PATH": f"{docker.parent}:{os.environ['PATH']}"}
    subprocess.run([tmp_path / "dev", "docker", *words], check=True, env=path, capture_output=True)
    asked, ran = (tmp_path / "said").read_text().splitlines()
    assert asked.endswith("compose version")
    token, user, arguments = ran.split("|")
    assert arguments == expected
    assert user != "0"
    assert token == "unused" or len(token) == 48
    assert (tmp_path / "jobs" / "pending").is_dir() == ("jobs" in words)
    service = expected.rsplit(maxsplit=1)[-1]
    assert service == "down" or service in COMPOSE["services"]


def test_without_docker_it_says_so(tmp_path: Path) -> None:
    shutil.copy(ROOT / "dev", tmp_path / "dev")
    (tmp_path / "bin").mkdir()
    for name in ("dirname", "od", "tr", "id", "mkdir"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run(
        ["/bin/sh", tmp_path / "dev", "docker"],
        env={"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "Docker is needed" in done.stderr
    odd = subprocess.run([ROOT / "dev", "docker", "odd"], capture_output=True, check=False)
    assert odd.returncode == 2


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def get(port: int, path: str) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {'x' * 32}"}
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return bytes(reply.read())
