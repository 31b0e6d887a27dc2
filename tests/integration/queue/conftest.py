"""A real Postgres for the store's contract: started here, by an unprivileged user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

NEEDED = "the tests of the Postgres store need its programs: sudo apt-get install postgresql"


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        found.insert(0, Path(on_path).resolve())
    if not found:
        pytest.fail(NEEDED)
    return found[0].parent


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    programs = _programs()
    # Postgres refuses to run as root; sockets need a short path.
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="helios-pg-", dir="/tmp"))
    if user:
        shutil.chown(folder, user)
    run_as = {"user": user, "group": pwd.getpwnam(user).pw_gid} if user else {}
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "helios", "-A", "trust", "-E", "UTF8", "--no-sync"],
        check=True,
        capture_output=True,
        cwd=folder,
        **run_as,
    )
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        **run_as,
    )
    try:
        deadline = time.monotonic() + 90
        ready = [programs / "pg_isready", "-q", "-h", folder]
        while subprocess.run(ready, check=False, **run_as).returncode:
            assert time.monotonic() < deadline, "Postgres did not start"
            time.sleep(0.1)
        yield f"postgresql://helios@/postgres?host={folder}"
    finally:
        server.terminate()
        server.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
