"""The ``helios`` command: parse, call, print, and nothing else."""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from helios.cli.streams import patient_streams, was_lost
from helios.cli.visible import VisibleFormatter, visible
from helios.errors import (
    EXIT_INTERRUPTED,
    EXIT_RENDER,
    EXIT_USAGE,
    Cancelled,
    CompositionError,
    EnvironmentProblem,
    HeliosError,
    OutputNotWritable,
    UsageError,
)
from helios.executors.spawn import is_page_name, start_ahead, stop_unused
from helios.files.names import is_text
from helios.files.regular import open_regular
from helios.process.collector import end_without_looking
from helios.process.limits import allow_open_files, lack_of_memory
from helios.remedies.broken import broken_package
from helios.version import __version__

if TYPE_CHECKING:
    from cyclopts import App

HELP = """Anything that can draw frame n becomes a video.

Start with: helios render page.html -o film.mp4
"""

Entries = tuple[tuple[str, str, str], ...]
"""(name, where the function is, one line of help) of each command."""

COMMANDS: Entries = (
    ("init", "helios.cli.init:command", "Begin a film: a small composition to change."),
    ("doctor", "helios.cli.doctor:command", "What this machine lacks, and what mends it."),
    ("render", "helios.cli.render:command", "Render a composition to a film."),
    ("watch", "helios.cli.watch:command", "Render again whenever what a film is made of is saved."),
    ("plan", "helios.cli.plan:command", "What would be made, and how long on how many machines."),
    ("bundle", "helios.cli.bundle:command", "Put a composition and what it needs into one file."),
    ("batch", "helios.cli.batch:command", "Render a film for every row of a table."),
    ("analyze", "helios.cli.analyze:analyze", "Hear a song: tempo, beats, loudness, sections."),
    ("captions", "helios.cli.captions:captions", "Check lyrics, and write them for an overlay."),
    ("info", "helios.cli.info:command", "What a film holds, or a composition says of itself."),
    ("check", "helios.cli.check:command", "What would be wrong with a composition's film."),
    ("verify", "helios.cli.verify:command", "What is wrong with a finished film."),
    ("still", "helios.cli.still:still", "Draw one frame as an image."),
    ("sheet", "helios.cli.still:sheet", "Draw a contact sheet, of a composition or a film."),
    ("preview", "helios.cli.preview:command", "Draw stills of a scene over its song."),
    ("merge", "helios.cli.merge:command", "Join chunk files into one film."),
    ("encode", "helios.cli.encode:command", "Make a film of numbered images."),
    ("studio", "helios.cli.studio:command", "See a composition move, shape it, make its film."),
    ("serve", "helios.cli.serve:command", "Serve the web page and REST, and make the films."),
    ("render-server", "helios.cli.render_server:command", "A folder as a queue."),
    ("mcp", "helios.cli.mcp:command", "Tools for programs that write programs (MCP)."),
    ("schema", "helios.cli.schema:command", "JSON Schemas of documents, for programs."),
    ("benchmark", "helios.cli.benchmark:command", "How fast this machine makes films."),
    ("completion", "helios.cli.completion:command", "Complete commands and flags in a shell."),
    ("help", "helios.cli.help:command", "The help of a command."),
)
GROUPS: dict[str, tuple[str, Entries]] = {
    "job": (
        "Run renders that were written down as job files.",
        (
            ("run", "helios.cli.job:run", "Run a job file made by render --emit-job."),
            ("status", "helios.cli.job:status", "Which chunks of a job are finished."),
            ("merge", "helios.cli.job:merge", "Join the chunks of a job, and draw none."),
            ("emit", "helios.cli.job:emit", "A job for Slurm, Kubernetes and others; for a store."),
            ("verify", "helios.cli.job:verify", "Draw some frames anew: are they the same?"),
            ("cancel", "helios.cli.job:cancel", "Stop a job on all machines."),
            ("requeue", "helios.cli.job:requeue", "Let a cancelled job be drawn again."),
        ),
    ),
    "executor": (
        "What draws a film on several machines.",
        (("dask", "helios.cli.executor:dask", "A Dask cluster on this machine, to try with."),),
    ),
    "cache": (
        "What was heard before and is kept.",
        (
            ("ls", "helios.cli.cache:ls", "List the entries."),
            ("clear", "helios.cli.cache:clear", "Forget them."),
        ),
    ),
    "templates": (
        "The scenes that come with Helios, and your own.",
        (
            ("list", "helios.cli.templates:list_", "List the templates."),
            ("show", "helios.cli.templates:show", "Print a template."),
            ("new", "helios.cli.templates:new", "Start a template of your own."),
            ("sheet", "helios.cli.templates:sheet", "Judge a scene by the film of a song."),
        ),
    ),
    "vr": (
        "Spatial metadata: what makes a film play as 360.",
        (
            ("inspect", "helios.cli.vr:inspect", "Say what a film claims to be."),
            ("inject", "helios.cli.vr:inject", "Write spatial metadata, and prove it."),
            ("validate", "helios.cli.vr:validate", "Check a film against a platform."),
        ),
    ),
    "queue": (
        "Talk to the queue of a server (helios serve).",
        (
            ("submit", "helios.cli.queue:submit", "Ask for a film."),
            ("ls", "helios.cli.queue:ls", "List jobs."),
            ("show", "helios.cli.queue:show", "Show a job, and why it is not running."),
            ("logs", "helios.cli.queue:logs", "Print what happened to a job."),
            ("cancel", "helios.cli.queue:cancel", "Stop jobs for good."),
            ("retry", "helios.cli.queue:retry", "Try failed or cancelled jobs again."),
            ("pause", "helios.cli.queue:pause", "Pause jobs, or the whole queue."),
            ("resume", "helios.cli.queue:resume", "Go on with jobs, or with the whole queue."),
            ("prune", "helios.cli.queue:prune", "Forget jobs that are over, with their films."),
        ),
    ),
}
_NOT_AHEAD = {"--help", "-h", "--no-headless", "--no-sandbox"}
_FIRST_RENDER = re.compile(rb'"argv":\s*\[\s*"helios",([^]]*)]')
_WORD = re.compile(rb'"([^"]*)"')
_GLANCE_BYTES = 1 << 16


def build_app(words: Sequence[str] = ()) -> App:
    """All commands; each is imported when it is used.

    The one that ``words`` name tells its whole help, the others a line each.
    """
    from cyclopts import App

    # Markdown would eat underscores and run lines together.
    app = App(
        name="helios",
        help=HELP,
        version=__version__,
        version_flags=("--version", "-V"),
        help_format="plaintext",
    )
    for name, target, text in COMMANDS:
        app.command(target, name=name, help=None if [name] == list(words[:1]) else text)
    for group, (text, entries) in GROUPS.items():
        sub = App(name=group, help=text)
        for name, target, line in entries:
            named = [group, name] == list(words[:2])
            sub.command(target, name=name, help=None if named else line)
        app.command(sub)
    return app


def commands_known() -> set[tuple[str, ...]]:
    """The words of every command and group."""
    single = {(name,) for name in (*(name for name, _, _ in COMMANDS), *GROUPS)}
    return single | {(group, name) for group, (_, of) in GROUPS.items() for name, _, _ in of}


def program() -> int:
    """The ``helios`` program: the command line in a process of its own."""
    code = main()
    end_without_looking()
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    with patient_streams() as output:
        allow_open_files()
        _start_ahead(words)
        try:
            code = _run(words)
        finally:
            stop_unused()
        output.flush()
        if lost := was_lost(output):
            print(f"error: {lost}", file=sys.stderr)
            return code or EXIT_RENDER
        return code


def _start_ahead(words: list[str]) -> None:
    """Start what draws an ordinary render or job while the command line is still being loaded."""
    if words[:2] == ["job", "run"]:
        words = _first_render(words[2:3])
    if words[:1] == ["render"] and len(words) > 1 and not _NOT_AHEAD & set(words):
        start_ahead(expect_page=any(map(is_page_name, words[1:])))


def _first_render(names: list[str]) -> list[str]:
    """What a job file tells the program first, at a glance; nothing if that is not seen at once."""
    try:
        with open_regular(Path(*names)) as file:
            found = _FIRST_RENDER.search(file.read(_GLANCE_BYTES))
    except (OSError, ValueError):
        return []
    return [word.decode(errors="replace") for word in _WORD.findall(found[1])] if found else []


def _run(words: list[str]) -> int:
    from cyclopts import CycloptsError

    lines = logging.StreamHandler()
    lines.setLevel(logging.WARNING)  # other libraries give their loggers levels of their own
    lines.setFormatter(VisibleFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[lines])
    as_json = "--json" in words
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _demand_text(words)
        code = build_app(words)(
            words, exit_on_error=False, print_error=False, result_action="return_value"
        )
        return code if isinstance(code, int) else 0
    except CycloptsError as error:
        from helios.cli.misread import in_our_words, what_to_type

        hint = what_to_type(error, _command_of(words))
        _say("UsageError", in_our_words(error), hint, EXIT_USAGE, as_json=as_json)
        return EXIT_USAGE
    except HeliosError as error:
        for text in error.warnings:
            _warn(text, as_json=as_json)
        hint = error.hint or _usual_step(error, words)
        _say(type(error).__name__, error.message, hint, error.exit_code, as_json=as_json)
        return error.exit_code
    except (Cancelled, KeyboardInterrupt) as stop:
        hint = getattr(stop, "hint", "")
        text = str(stop) if hint and str(stop) != str(Cancelled()) else "interrupted"
        _say("Interrupted", text, hint, EXIT_INTERRUPTED, as_json=as_json)
        return EXIT_INTERRUPTED
    except Exception as error:
        if os.environ.get("HELIOS_DEBUG"):
            raise
        if known := lack_of_memory(error) or _gone_folder(error) or broken_package(error):
            _say(type(known).__name__, known.message, known.hint, known.exit_code, as_json=as_json)
            return known.exit_code
        hint = "This is a bug in Helios; HELIOS_DEBUG=1 shows where. Please report it."
        _say(
            "InternalError", f"{type(error).__name__}: {error}", hint, EXIT_RENDER, as_json=as_json
        )
        return EXIT_RENDER


def _usual_step(error: HeliosError, words: Sequence[str]) -> str:
    """What to do where the error itself knows nothing better."""
    if isinstance(error, OutputNotWritable):
        return "Choose another place."
    if isinstance(error, CompositionError):
        return "Mend it, and look at a frame of it with helios still."
    return f"See: {_command_of(words)} --help" if isinstance(error, UsageError) else ""


def _command_of(words: Sequence[str]) -> str:
    """The command whose help tells what was wrong."""
    commands = {name for name, _, _ in COMMANDS}
    if words[:1] and words[0] in commands:
        return f"helios {words[0]}"
    if words[:1] and words[0] in GROUPS:
        names = {name for name, _, _ in GROUPS[words[0]][1]}
        known = words[1:2] if words[1:2] and words[1] in names else []
        return " ".join(["helios", words[0], *known])
    return "helios"


def _demand_text(words: list[str]) -> None:
    """Names that are not UTF-8 fit in no job file, record or database."""
    for word in words:
        if not is_text(word):
            raise UsageError(
                f"{word!r} is not UTF-8: it cannot be written down",
                hint="Give the file or folder a name in UTF-8.",
            )


def _gone_folder(error: Exception) -> EnvironmentProblem | None:
    """What to say if the folder in which the command was given has been removed."""
    try:
        Path.cwd()
    except FileNotFoundError:
        if isinstance(error, FileNotFoundError):
            return EnvironmentProblem(
                "the current folder is gone", hint="Go (cd) to a folder that is there."
            )
    return None


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _warn(text: str, *, as_json: bool) -> None:
    if as_json:
        import json

        print(json.dumps({"event": "warning", "message": text}), flush=True)
    else:
        print(f"warning: {text}", file=sys.stderr)


def _say(kind: str, message: str, hint: str, code: int, *, as_json: bool) -> None:
    if as_json:
        import json

        event = {"event": "error", "error": kind, "message": message, "hint": hint, "code": code}
        print(json.dumps(event), flush=True)
        return
    text = message if code == EXIT_INTERRUPTED else f"error: {message}"
    print(visible(text), file=sys.stderr)
    if hint:
        print(visible(f"  {hint}"), file=sys.stderr)
