"""The page benchmark: from the command to the finished file, against npm's Helios renderer.

    python -m benchmarks.pages --rounds 3 --scratch /tmp/rivals

1280x720, 150 frames, everything started cold, contestants in turns, every film checked by its bar
codes. Prints a Markdown table; progress goes to standard error.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import contestants as make
from benchmarks.harness import (
    FPS,
    FRAMES,
    HEIGHT,
    WIDTH,
    Contestant,
    browser_version,
    describe_machine,
    find_browser,
    make_table,
    run_rounds,
)

CANVAS = "Canvas page"
DOM = "DOM page (boxes with shadows and gradients that turn, grow and fade)"
TITLES = "DOM page of titles (cards of text that slide and fade)"
FILMS = {"canvas": CANVAS, "dom": DOM, "titles": TITLES}


def list_contestants(scratch: Path | None, film: str | None = None) -> list[Contestant]:
    """Ours on plain pages and on pages with the hook; npm's on the pages it renders right."""
    return [
        contestant
        for name, group in FILMS.items()
        if film in (None, name)
        for contestant in [*_ours(group, name), *(_npm(group, name, scratch) if scratch else [])]
    ]


def _ours(group: str, film: str) -> list[Contestant]:
    return [
        make.ours(group, f"{film}.html", "plain page"),
        make.ours(group, f"{film}-hook.html", "page with a hook"),
    ]


def _npm(group: str, film: str, scratch: Path) -> list[Contestant]:
    page, hook = f"{film}-hook.html", "page with a hook"
    chromium = find_browser("chromium", "google-chrome", "chrome")
    shell = find_browser("chromium-headless-shell", "chromium", "google-chrome")
    browser = chromium if film == "canvas" else shell
    found = [
        make.helios_npm(
            group, scratch, page, f"{hook}, concurrency {count}", browser, concurrency=count
        )
        for count in (1, 2)
    ]
    if film == "canvas":
        note = f"{hook}, VP8 between (right frame rate)"
        options = {"intermediateVideoCodec": "vp8"}
        found.append(make.helios_npm(group, scratch, page, note, browser, **options))
    return found


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scratch", type=Path, help="where npm packages go (default: temporary)")
    parser.add_argument("--alone", action="store_true", help="only our side; needs no Node")
    parser.add_argument("--film", choices=tuple(FILMS), help="only this one (default: all)")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for one film")
    parser.add_argument(
        "--patience", type=float, default=0, help="seconds in all to wait for a quiet machine"
    )
    return parser.parse_args()


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="helios-bench-") as name:
        folder = Path(name)
        scratch = None
        versions = [browser_version(find_browser("chromium", "google-chrome", "chrome"))]
        if not arguments.alone:
            scratch = (arguments.scratch or folder).resolve() / "helios"
            make.install(scratch, make.HELIOS_NPM)
            versions += [
                f"{package} {make.installed_version(scratch, package)}"
                for package in make.HELIOS_NPM
            ]
        (folder / "films").mkdir()
        machine = describe_machine()
        runs = run_rounds(
            list_contestants(scratch, arguments.film),
            arguments.rounds,
            folder / "films",
            arguments.timeout,
            arguments.patience,
        )
    print(
        f"{WIDTH}x{HEIGHT}, {FRAMES} frames at {FPS} fps, {arguments.rounds} rounds in turns, "
        f"cold start to file. {machine}. {'; '.join(versions)}.\n"
    )
    print(make_table(runs))
    sys.exit(any(run.contestant.is_ours and not run.is_right for run in runs))


if __name__ == "__main__":
    main()
