"""The container's files, and the engine of this machine that runs it."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
TOKEN = "x" * 32


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) of the Dockerfile, long lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(" ", 1)) for line in text.splitlines() if line.strip()]  # type: ignore[misc]


def argument(name: str) -> str:
    """What stands behind the first ``name`` of the Dockerfile."""
    return next(rest for word, rest in instructions() if word == name)


def build_image() -> str:
    """The image, built here; the test is skipped where no engine can."""
    if shutil.which("docker") is None:
        pytest.skip("no docker here")
    if subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=60).returncode:
        pytest.skip("no engine answers docker info")
    base = argument("FROM")
    known = subprocess.run(["docker", "image", "inspect", base], capture_output=True, check=False)
    if known.returncode:
        pulled = subprocess.run(["docker", "pull", "-q", base], capture_output=True, check=False)
        if pulled.returncode:
            pytest.skip(f"no registry gives {base}")
    docker("build", "--network", "host", "-t", "helios-render", str(ROOT))
    return "helios-render"


def start_container(
    image: str, name: str, port: int, *flags: str, command: list[str] | None = None
) -> None:
    """Start it as compose.yaml does, on this host's network, with a data volume of its name."""
    service = COMPOSE["services"]["helios"]
    kept = [word for mount in service["tmpfs"] for word in ("--tmpfs", mount)]
    for option in service["security_opt"]:
        key, mark, value = option.partition("seccomp=")
        kept += ["--security-opt", f"{key}{mark}{ROOT / value if mark else value}"]
    kept += ["--shm-size", service["shm_size"], "--read-only", "--cap-drop", "ALL"]
    for variable in (f"HELIOS_TOKEN={TOKEN}", f"HELIOS_PORT={port}"):
        kept += ["-e", variable]
    kept += ["--network", "host", "-v", f"{name}:/app/data"]
    command = command or [*json.loads(argument("CMD")), "--port", str(port)]
    docker("run", "-d", "--name", name, *kept, *flags, image, *command)


def remove_container(name: str) -> None:
    """Whatever is left of it, its volume too."""
    for words in (("rm", "-f"), ("volume", "rm")):
        subprocess.run(["docker", *words, name], capture_output=True, check=False)


def await_health(name: str) -> None:
    """Until a page and a scene were drawn in it, which may compile the kernels."""
    deadline = time.monotonic() + 1200
    while True:
        done = subprocess.run(
            ["docker", "exec", name, "helios-health"], capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return
        assert time.monotonic() < deadline, done.stderr
        time.sleep(2)


def docker(*words: str) -> str:
    """Run it; what it said."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout + done.stderr


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
