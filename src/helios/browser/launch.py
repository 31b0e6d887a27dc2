"""Start Chromium, keep it, and end it with everything it made."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import IO, Self

from helios.browser.find import (
    BrowserExecutable,
    demand_version,
    find_browser,
    stated_version,
)
from helios.browser.flags import browser_environment, browser_flags
from helios.browser.frames import FrameGate
from helios.browser.profile import has_shared_memory, make_profile
from helios.browser.protocol import Connection, wait_reply
from helios.errors import BrowserCrashed, BrowserNotFound, EnvironmentProblem, StepTimeout
from helios.model.facts import FontSpecimen
from helios.process.child import DEVNULL, PIPE, Child, Spawn, SubprocessError, start
from helios.process.confine import (
    NOBODY,
    Confinement,
    Isolation,
    Limits,
    has_user,
    possible_isolations,
)
from helios.process.janitor import Janitor
from helios.process.limits import address_space_allowed, file_bytes_allowed, open_files_allowed
from helios.process.memory import memory_limit_bytes
from helios.remedies.libraries import missing_libraries
from helios.remedies.table import Fault, libraries_remedy, remedy
from helios.remote.files import RemoteFiles

START_TIMEOUT_S = 60.0
"""A busy machine takes half a minute."""
MAX_PROCESSES = 4096
MAX_DATA_BYTES = 8 << 30
_STDERR_LINES = 40
_RING_ROOM = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserConfig:
    """How to start a browser."""

    executable: BrowserExecutable | None = None
    """None: whichever ``find_browser`` finds."""
    headless: bool = True
    sandbox: bool = True
    begin_frame: bool | None = None
    """Draw frames only on command. None: where the executable can."""
    isolate: bool = True
    """Give it an empty network where the kernel allows it."""
    gpu: bool = False
    """Try to draw WebGL with a GPU; see ``helios.browser.gpu`` for whether it does."""
    webgpu: bool = False
    """Let pages draw by WebGPU; on the processor, without ``gpu``."""
    width: int = 1920
    height: int = 1080
    pixel_ratio: Fraction = Fraction(1)
    """Pixels for a CSS pixel: a page that is drawn on command cannot have its own."""
    start_timeout_s: float = START_TIMEOUT_S


def _ignore() -> None:
    pass


class Browser:
    """A running browser, used by one thread; it ends with ``close`` or with this process."""

    def __init__(self, config: BrowserConfig, on_spawned: Callable[[], None] = _ignore) -> None:
        self.executable = config.executable or find_browser()
        self.config = replace(config, executable=self.executable)
        self.config = replace(self.config, begin_frame=self._begins(begin_frame=config.begin_frame))
        self.remote_files = RemoteFiles()
        """What its pages loaded over the network."""
        self.fonts_proven: set[FontSpecimen] = set()
        """What letters look like in it: of each font that was looked at."""
        self._beside: list[threading.Thread] = []
        self._process: _Process | None = None
        self._process = _start_process(self.config, self.executable, on_spawned)

    @property
    def connection(self) -> Connection:
        """The conversation with the browser process."""
        return self._running().connection

    @property
    def frames(self) -> FrameGate:
        """Where the tabs wait for their turn to draw."""
        return self._running().frames

    @property
    def profile(self) -> Path:
        """The folder the browser keeps its files in."""
        return self._running().profile

    def storage_of(self, origin: str) -> threading.Lock:
        """Held by the page that has the origin's storage in the profile; no second one of the
        origin sees it meanwhile."""
        return self._running().storages.setdefault(origin, threading.Lock())

    @property
    def version(self) -> str:
        """Product and version, as the browser gives it."""
        return self._running().version

    @property
    def flags(self) -> tuple[str, ...]:
        """The command-line switches that pixels may depend on."""
        return self._running().flags

    @property
    def pid(self) -> int:
        """Process id, also the id of its process group."""
        return self._running().child.pid

    @property
    def isolation(self) -> Isolation:
        """How it was cut off from this machine's network."""
        return self._running().isolation

    @property
    def draws_on_command(self) -> bool:
        """Whether it was started with control over frames."""
        return bool(self.config.begin_frame)

    def _begins(self, *, begin_frame: bool | None) -> bool:
        """Whether it draws frames on command; ``begin_frame`` as in ``BrowserConfig``."""
        if begin_frame is not None:
            return begin_frame
        return self.executable.is_headless_shell and self.config.headless

    def require(self, *, begin_frame: bool | None, pixel_ratio: Fraction = Fraction(1)) -> None:
        """Start again if it was not started this way; ``begin_frame`` as in ``BrowserConfig``.

        Raises:
            EnvironmentProblem: this browser cannot draw on command.
        """
        begins = self._begins(begin_frame=begin_frame)
        wanted = replace(self.config, begin_frame=begins, pixel_ratio=pixel_ratio)
        if wanted == self.config and self.connection.is_open:
            return
        if begins and not self.executable.is_headless_shell:
            executable = find_browser(need_headless_shell=True)
            self.executable = executable
        self.close()
        self.config = replace(wanted, executable=self.executable)
        self._process = _start_process(self.config, self.executable)

    def diagnosis(self) -> str:
        """The last lines the browser wrote to its error stream."""
        return "\n".join(self._process.stderr_tail) if self._process else ""

    def crash(self, what: str) -> BrowserCrashed:
        """The error for a browser that went away during ``what``."""
        code = self._process.child.wait(1) if self._process else None
        ended = "" if code is None else f" (exit code {code})"
        return BrowserCrashed(
            f"the browser ended during {what}{ended}",
            hint=_last_lines(self.diagnosis()) or "It may have run out of memory.",
        )

    def close(self) -> None:
        """End the browser and remove its folder."""
        process, self._process = self._process, None
        if process is not None:
            process.close()
        # Without a browser they end at once. One that outlived the program would be cut off in
        # the middle of whatever it calls, and take the program down with it.
        beside, self._beside = self._beside, []
        for thread in beside:
            thread.join(_BESIDE_ENDS_S)

    def do_beside(self, work: Callable[[], None], name: str) -> None:
        """Do something with this browser on a thread of its own, which ``close`` waits for."""
        self._beside = [thread for thread in self._beside if thread.is_alive()]
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._beside.append(thread)
        thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _running(self) -> _Process:
        if self._process is None:
            raise BrowserCrashed("the browser was closed")
        return self._process


_BESIDE_ENDS_S = 5.0
LEAST_OPEN_FILES = 256
"""Below, Chromium's processes end without a word."""


def launch(
    config: BrowserConfig | None = None, on_spawned: Callable[[], None] = _ignore
) -> Browser:
    """Start a browser.

    Args:
        config: how.
        on_spawned: called when its process runs, long before it answers.

    Raises:
        BrowserNotFound: there is none.
        EnvironmentProblem: it cannot run here.
        BrowserCrashed: it ended at once.
    """
    return Browser(config or BrowserConfig(), on_spawned)


def _start_process(
    config: BrowserConfig,
    executable: BrowserExecutable,
    on_spawned: Callable[[], None] = _ignore,
) -> _Process:
    """With the best isolation that works here."""
    if (files := open_files_allowed()) < LEAST_OPEN_FILES:
        raise EnvironmentProblem(
            f"this process may open only {files} files at once; a browser needs {LEAST_OPEN_FILES}",
            hint=f"Allow more: {remedy(Fault.FEW_OPEN_FILES)}",
        )
    # A window may be drawn by a display that is reached over the network.
    wanted = config.isolate and config.headless
    ways = possible_isolations() if wanted else (Isolation.NONE,)
    for way in ways[:-1]:
        try:
            return _Process(config, executable, way, on_spawned)
        except BrowserNotFound:
            raise
        except (SubprocessError, EnvironmentProblem):
            continue
    return _Process(config, executable, ways[-1], on_spawned)


class _Process:
    def __init__(
        self,
        config: BrowserConfig,
        executable: BrowserExecutable,
        isolation: Isolation,
        on_spawned: Callable[[], None],
    ) -> None:
        self.isolation = isolation
        self.executable = executable
        uid, gid = _identity(sandbox=config.sandbox)
        self.frames = FrameGate()
        self.storages: dict[str, threading.Lock] = {}
        self.stderr_tail: deque[str] = deque(maxlen=_STDERR_LINES)
        self.flags = browser_flags(
            executable,
            headless=config.headless,
            sandbox=config.sandbox,
            begin_frame=bool(config.begin_frame),
            gpu=config.gpu,
            webgpu=config.webgpu,
            size=(config.width, config.height),
            pixel_ratio=config.pixel_ratio,
        )
        self.room = config.width * config.height * 4 * _RING_ROOM * 3
        self._profile = make_profile(self.room, uid, gid)
        self.profile = self._profile.folder
        limits = Limits(data_bytes=_most_data_bytes(), processes=MAX_PROCESSES)
        confinement = Confinement(isolation=isolation, uid=uid, gid=gid, limits=limits)
        try:
            self.child, self.connection = self._start(executable, confinement, config)
        except BaseException:
            self._profile.remove()
            raise
        on_spawned()
        self._janitor = Janitor(self.child.pid, self.profile, uid, gid)
        try:
            self.version = self._greet(config)
        except BaseException:
            self.close()
            raise

    def _start(
        self, executable: BrowserExecutable, confinement: Confinement, config: BrowserConfig
    ) -> tuple[Child, Connection]:
        their_in, our_out = os.pipe()
        our_in, their_out = os.pipe()
        argv = [str(executable.path), *self.flags, f"--user-data-dir={self.profile}"]
        if not has_shared_memory(self.room):
            argv.append("--disable-dev-shm-usage")
        try:
            child = start(
                Spawn(
                    argv=argv,
                    cwd=self.profile,
                    env=browser_environment(self.profile, headless=config.headless, gpu=config.gpu),
                    stdout=DEVNULL,
                    stderr=PIPE,
                    fds={3: their_in, 4: their_out},
                    confinement=confinement,
                )
            )
        except (OSError, SubprocessError) as error:
            os.close(our_out)
            os.close(our_in)
            if isinstance(error, SubprocessError):
                raise
            raise EnvironmentProblem(
                f"cannot start {executable.path}: {error.strerror or error}",
                hint="All users must be able to run it, as root's runs as nobody: "
                f"chmod o+x {executable.path} and its folders.",
            ) from error
        finally:
            os.close(their_in)
            os.close(their_out)
        assert child.stderr is not None
        threading.Thread(
            target=self._keep_stderr, args=(child.stderr,), name="helios-browser-err", daemon=True
        ).start()
        return child, Connection(our_out, our_in)

    def _greet(self, config: BrowserConfig) -> str:
        reply = self.connection.send("Browser.getVersion")
        try:
            version = str(wait_reply(reply, config.start_timeout_s, "its version")["product"])
        except (BrowserCrashed, StepTimeout) as error:
            self.child.wait(0.5)
            demand_version(self.executable.path, stated_version(self.executable.path))
            tail = "\n".join(self.stderr_tail)
            if "sandbox" in tail.lower() and config.sandbox:
                raise EnvironmentProblem(
                    "this system gives Chromium no sandbox",
                    hint=f"Allow unprivileged user namespaces: {remedy(Fault.NO_SANDBOX)}. "
                    f"{_last_lines(tail)}",
                ) from error
            if missing := missing_libraries(tail):
                raise EnvironmentProblem(
                    f"{self.executable.path} lacks shared libraries: {', '.join(missing)}",
                    hint=f"{libraries_remedy(missing)}. Whether more are missing: helios doctor",
                ) from error
            if (space := address_space_allowed()) is not None:
                raise EnvironmentProblem(
                    f"{self.executable.path} did not start: it reserves much more memory than it "
                    f"uses, and may address only {space / 1e9:.1f} GB",
                    hint=f"Allow more: {remedy(Fault.LITTLE_ADDRESS_SPACE)}",
                ) from error
            if (size := file_bytes_allowed()) is not None:
                raise EnvironmentProblem(
                    f"{self.executable.path} did not start: what it shares between its processes "
                    f"are files, and these may be only {size} bytes large",
                    hint=f"Allow more: {remedy(Fault.SMALL_FILES)}",
                ) from error
            raise BrowserCrashed(
                f"{self.executable.path} did not start",
                hint=_last_lines(tail) or try_by_hand(self.executable),
            ) from error
        demand_version(self.executable.path, version)
        return version

    def _keep_stderr(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in stream:
                self.stderr_tail.append(line.decode("utf-8", "replace").rstrip()[:500])

    def close(self) -> None:
        # Its files are worthless, so it need not tidy up, which would take longer.
        self.child.stop(grace_s=0)
        self.connection.close()
        self._profile.remove()
        self._janitor.dismiss()


def _identity(*, sandbox: bool) -> tuple[int | None, int | None]:
    """Root's browser runs as nobody, so that its sandbox works."""
    if sandbox and os.name == "posix" and os.geteuid() == 0 and has_user(NOBODY):
        return NOBODY, NOBODY
    return None, None


def _most_data_bytes() -> int:
    return min(MAX_DATA_BYTES, memory_limit_bytes() * 3 // 4)


def try_by_hand(executable: BrowserExecutable) -> str:
    """What makes a browser that says nothing say why it does not start."""
    return f"Its own words: {executable.path} --headless --dump-dom about:blank"


def _last_lines(text: str, count: int = 3) -> str:
    return " | ".join(text.splitlines()[-count:])
