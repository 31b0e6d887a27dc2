"""What a child gives up before it becomes somebody else's program: network, rights, resources."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from helios.process.limits import lower

NOBODY = 65534
_CLONE_NEWUSER = 0x1000_0000
_CLONE_NEWNET = 0x4000_0000
_PR_SET_DUMPABLE = 4
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Isolation(StrEnum):
    """Which network a child sees."""

    NONE = "none"
    """This machine's."""
    NET = "net"
    """An empty one, made by root."""
    USER = "user"
    """An empty one, made by anybody in a user namespace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What each process of a child may use; the kernel holds it."""

    data_bytes: int
    """Private memory that can be written."""
    processes: int
    """Processes and threads together, counted where the child has a user namespace of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What a child is left with."""

    isolation: Isolation = Isolation.NONE
    uid: int | None = None
    gid: int | None = None
    limits: Limits | None = None


def confine(to: Confinement) -> None:
    """Called between fork and exec.

    Raises:
        OSError: the kernel does not allow it.
    """
    if to.isolation is Isolation.NET:
        _unshare(_CLONE_NEWNET)
    if to.gid is not None:
        os.setgroups([])
        os.setgid(to.gid)
    if to.uid is not None:
        os.setuid(to.uid)
    if to.isolation is Isolation.USER:
        _enter_user_namespace()
    if to.limits is not None:
        lower(resource.RLIMIT_DATA, to.limits.data_bytes)
        lower(resource.RLIMIT_CORE, 0)
        if to.isolation is Isolation.USER:
            lower(resource.RLIMIT_NPROC, to.limits.processes)


def has_user(uid: int) -> bool:
    """Whether a process of ours can become this user: not all are mapped into a container."""
    try:
        lines = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    except OSError:
        return True
    ranges = [tuple(map(int, line.split())) for line in lines]
    return any(first <= uid < first + count for first, _, count in ranges)


def possible_isolations() -> tuple[Isolation, ...]:
    """The ways to an empty network worth trying here, the best first; NONE is always the last."""
    ways = [Isolation.NONE]
    if _LIBC is None:
        return tuple(ways)
    if os.geteuid() == 0:
        ways.insert(0, Isolation.NET)
    if _allows_user_namespaces():
        ways.insert(0, Isolation.USER)
    return tuple(ways)


def _allows_user_namespaces(settings: Path = Path("/proc/sys")) -> bool:
    def number(name: str, otherwise: int) -> int:
        try:
            return int((settings / name).read_text())
        except (OSError, ValueError):
            return otherwise

    # Where AppArmor restricts them, they can be made but Chromium has no sandbox inside.
    return (
        number("user/max_user_namespaces", 0) > 0
        and number("kernel/unprivileged_userns_clone", 1) == 1
        and number("kernel/apparmor_restrict_unprivileged_userns", 0) == 0
    )


def _enter_user_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    if _LIBC is not None:
        # After a change of user the files below would belong to root.
        _LIBC.prctl(_PR_SET_DUMPABLE, 1)
    _unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    # Root of a container that has no other user is somebody else at least inside.
    maps = {"setgroups": b"deny", "uid_map": b"%d %d 1" % (uid or NOBODY, uid)}
    maps["gid_map"] = b"%d %d 1" % (gid or NOBODY, gid)
    for name, text in maps.items():
        # Nothing here may import: this user may not read our own modules.
        file = os.open(f"/proc/self/{name}", os.O_WRONLY)
        os.write(file, text)
        os.close(file)


def _unshare(flags: int) -> None:
    if _LIBC is None or _LIBC.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "no namespace")
