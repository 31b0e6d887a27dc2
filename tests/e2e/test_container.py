"""The container: its file system in a prefix of its own, its settings, and a real engine's."""

from __future__ import annotations

import fnmatch
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from platformdirs import user_cache_dir
from tests.commandline import ended_with_block
from tests.engine import (
    COMPOSE,
    DOCKERFILE,
    ROOT,
    TOKEN,
    argument,
    await_health,
    docker,
    free_port,
    instructions,
    remove_container,
    start_container,
)

from helios.cli import health
from helios.errors import HeliosError


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
@pytest.mark.browser
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
    assert "-c constraints.txt '.[gpu,scene,server,postgres]'" in install
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
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    entry = shlex.split(" ".join(json.loads(argument("ENTRYPOINT"))))
    words = [*entry[2:], *json.loads(argument("CMD"))]
    assert entry[:2] == ["tini", "--"]
    port = free_port()
    words = [str(data) if word == "/app/data" else word for word in words]
    words[0] = str(prefix / "bin" / words[0])
    environment = {
        "PATH": f"{prefix}/bin:{os.environ['PATH']}",
        "HELIOS_TOKEN": TOKEN,
        "HOME": str(tmp_path),
        # Kernels that are compiled already are not compiled once more.
        "HELIOS_CACHE_DIR": os.environ.get("HELIOS_CACHE_DIR", user_cache_dir("helios")),
        "TMPDIR": str(temporary),
        "HELIOS_PORT": str(port),
        "LANG": "C.UTF-8",
    }
    server = subprocess.Popen([*words, "--port", str(port)], env=environment, cwd=tmp_path)
    with ended_with_block(server):
        health = [prefix / "bin" / json.loads(argument("HEALTHCHECK").split("CMD", 1)[1])[0]]
        deadline = time.monotonic() + 200
        while subprocess.run(health, env=environment, check=False, capture_output=True).returncode:
            assert time.monotonic() < deadline
            assert server.poll() is None
            time.sleep(0.2)
        page = get(port, "/")
        assert b"<title>Helios</title>" in page
        assert b"drawWave" in get(port, "/timeline.js")
        names = [t["name"] for t in json.loads(get(port, "/api/templates"))["templates"]]
        assert "etherealFlame" in names
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


def test_every_folder_that_is_written_belongs_to_the_user_of_the_container() -> None:
    uid = re.search(r"--uid (\d+)", DOCKERFILE)
    assert uid is not None
    for name, service in COMPOSE["services"].items():
        user = service.get("user", f"{uid[1]}:{uid[1]}")
        owner, group = re.findall(r"\$\{[^}]*\}|\d+", user)
        mounts = dict(mount.split(":", 1) for mount in service["tmpfs"])
        assert mounts == {
            "/tmp": "mode=1777",
            "/home/helios": f"uid={owner},gid={group},mode=0700",
        }, name
        variables = dict(
            pair.split("=", 1)
            for word, rest in instructions()
            for pair in rest.split()
            if word == "ENV"
        )
        kept = {**variables, **service["environment"]}["HELIOS_CACHE_DIR"]
        folders = [volume.split(":")[1] for volume in service["volumes"]]
        assert any(Path(kept).is_relative_to(folder) for folder in folders), name


def test_the_seccomp_profile_gives_chromium_its_sandbox_and_nothing_else() -> None:
    for service in COMPOSE["services"].values():
        assert service["security_opt"] == ["no-new-privileges:true", "seccomp=seccomp.json"]
    profile = json.loads((ROOT / "seccomp.json").read_text())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    ordinary, *judged = profile["syscalls"]
    allowed = set(ordinary["names"])
    assert allowed >= {"chroot", "execve", "futex", "prctl", "seccomp", "socketpair", "statx"}
    assert not allowed & {
        *("clone", "clone3", "unshare", "setns", "socket", "mount", "umount2", "move_mount"),
        *("fsopen", "open_tree", "pivot_root", "ptrace", "process_vm_readv", "pidfd_getfd", "bpf"),
        *("io_uring_setup", "userfaultfd", "keyctl", "add_key", "perf_event_open", "reboot"),
        *("init_module", "finit_module", "kexec_load", "open_by_handle_at", "settimeofday"),
    }
    assert all("args" not in rule for rule in [ordinary])
    rules = {rule["names"][0]: rule for rule in judged}
    assert set(rules) == {"clone", "unshare", "clone3", "socket"}
    user, pid, network = 0x10000000, 0x20000000, 0x40000000
    mount, control_group, host_name, messages = 0x20000, 0x02000000, 0x04000000, 0x08000000
    for name in ("clone", "unshare"):
        (judge,) = rules[name]["args"]
        assert (judge["op"], judge["valueTwo"]) == ("SCMP_CMP_MASKED_EQ", 0)
        assert not judge["value"] & (user | pid | network)
        for refused in (mount, control_group, host_name, messages):
            assert judge["value"] & refused
    # Libraries go on with clone only if clone3 seems not to be there.
    assert (rules["clone3"]["action"], rules["clone3"]["errnoRet"]) == ("SCMP_ACT_ERRNO", 38)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("_page", "pages and subtitles cannot be drawn: no sandbox (allow namespaces)"),
        ("_scene", "scenes cannot be drawn: no sandbox (allow namespaces)"),
    ],
)
def test_health_names_what_cannot_be_drawn(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    broken: str,
    said: str,
) -> None:
    def fail() -> None:
        raise HeliosError("no sandbox", hint="allow namespaces")

    drawn: list[str] = []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(health, "_asked_server", list)
    monkeypatch.setattr(health, "_page", lambda: drawn.append("page"))
    monkeypatch.setattr(health, "_scene", lambda: drawn.append("scene"))
    with monkeypatch.context() as wrong:
        wrong.setattr(health, broken, fail)
        for _ in range(2):  # a failure is not remembered
            assert health.main() == 1
            assert capsys.readouterr().err.splitlines() == [said]
    drawn.clear()
    assert [health.main(), health.main()] == [0, 0]
    assert drawn == ["page", "scene"]  # once for each start


def test_health_of_a_container_that_can_write_nowhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere() -> str:
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr(health, "_asked_server", list)
    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    assert health.main() == 1
    assert "no usable temporary directory" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(3600)
def test_a_real_engine_draws_pages_subtitles_and_scenes_and_keeps_them(image: str) -> None:
    name, port = f"helios-test-{os.getpid()}", free_port()
    start_container(image, name, port)
    try:
        await_health(name)
        for path in ("/", "/api.js"):  # without the token: the page that asks for it
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as reply:
                assert reply.status == 200
        first = draw_all(name)
        body = {"templateId": "etherealFlame", "duration": 1, "width": 64, "height": 64}
        (job,) = json.loads(post(port, "/api/render", body))["jobIds"]
        deadline = time.monotonic() + 600
        while json.loads(get(port, f"/api/render/{job}"))["status"] != "completed":
            assert time.monotonic() < deadline
            time.sleep(1)
        docker("restart", name)
        await_health(name)
        assert json.loads(get(port, f"/api/render/{job}"))["status"] == "completed"
        assert get(port, f"/api/render/{job}/download")[4:8] == b"ftyp"
        assert draw_all(name) == first
        again = docker("exec", name, "helios", "still", "etherealFlame", "-o", "/tmp/again.png")
        assert "compiling" not in again  # the kernels lie on the volume
    finally:
        remove_container(name)


def draw_all(name: str) -> list[bytes]:
    """A red page, the same with words over it, a scene; the first frames of their films."""
    page = "<!doctype html><body style='margin:0;background:#f00'>"
    words = "1\n00:00:00,000 --> 00:00:01,000\nHelios\n"
    docker(
        "exec",
        name,
        "sh",
        "-c",
        'printf %s "$0" >/tmp/p.html; printf %b "$1" >/tmp/w.srt',
        page,
        words,
    )
    plain = pixels_of(name, "/tmp/p.html")
    titled = pixels_of(name, "/tmp/p.html", "--subtitles", "/tmp/w.srt")
    scene = pixels_of(name, "etherealFlame")
    assert (plain == (255, 0, 0)).all()
    assert (titled != plain).any()
    assert scene.max() > scene.min()
    return [drawn.tobytes() for drawn in (plain, titled, scene)]


def pixels_of(name: str, composition: str, *options: str) -> NDArray[np.uint8]:
    size = ("--width", "320", "--height", "180", "--duration", "1")
    docker("exec", name, "helios", "still", composition, *size, *options, "-o", "/tmp/still.png")
    done = subprocess.run(
        ["docker", "exec", name, "cat", "/tmp/still.png"],
        capture_output=True,
        check=True,
    )
    return np.asarray(Image.open(io.BytesIO(done.stdout)).convert("RGB"))


def post(port: int, path: str, body: object) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return bytes(reply.read())


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


def get(port: int, path: str) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return bytes(reply.read())
