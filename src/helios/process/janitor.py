"""Cleans up after this process when it cannot any more: not even ``kill -9`` leaves a folder."""

from __future__ import annotations

import contextlib
from pathlib import Path

from helios.process.child import PIPE, Child, Spawn, start
from helios.process.confine import Confinement

_SHELL = "/bin/sh"
# The pipe ends without a line when its only writer, this process, is gone.
_SCRIPT = """
read -r word && exit 0
kill -s KILL -- "-$1" 2>/dev/null
tries=0
while [ -e "$2" ] && [ "$tries" -lt 200 ]; do
  rm -rf -- "$2" 2>/dev/null
  tries=$((tries + 1))
  sleep 0.05
done
"""


class Janitor:
    """Waits for this process to end; then ends a group of processes and removes a folder."""

    def __init__(self, group: int, folder: Path, uid: int | None, gid: int | None) -> None:
        """``uid`` and ``gid`` are those that own the group and the folder."""
        self._child: Child | None = None
        with contextlib.suppress(OSError):  # Without a shell the next start sweeps.
            self._child = start(
                Spawn(
                    argv=[_SHELL, "-c", _SCRIPT, "helios-janitor", str(group), str(folder)],
                    cwd=Path("/"),
                    stdin=PIPE,
                    confinement=Confinement(uid=uid, gid=gid),
                    outlives=True,
                )
            )

    def dismiss(self) -> None:
        """All is clean already."""
        child, self._child = self._child, None
        if child is None or child.stdin is None:
            return
        with contextlib.suppress(OSError):
            child.stdin.write(b"done\n")
            child.stdin.flush()
        child.wait(2)
        child.stop(grace_s=0)
