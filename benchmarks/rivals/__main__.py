"""The rivals side by side: Helios for Python, Helios from npm, Remotion.

    python -m benchmarks.rivals --scratch /tmp/rivals

Installs the rivals from npm into the scratch folder, then renders the same three films with each,
at its default and with x264's preset and CRF matched. 1280x720, 150 frames, cold start to file,
contestants in turns, every film checked by its bar codes. Prints a Markdown table.
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

FILMS = {"canvas": "Canvas", "dom": "DOM", "titles": "Titles"}


def list_contestants(scratch: Path, only: str | None = None) -> list[Contestant]:
    """Three films and renderers, two settings; rivals with one and two processes."""
    chromium = find_browser("chromium", "google-chrome", "chrome")
    shell = find_browser("chromium-headless-shell", "chromium", "google-chrome")
    found = []
    for film, title in FILMS.items():
        if only not in (None, film):
            continue
        default, matched = f"{title}, each at its default", f"{title}, {make.MATCHED}"
        found += [
            make.ours(default, f"{film}.html", "plain page"),
            make.ours(
                matched, f"{film}.html", "plain page", "--preset", "veryfast", "--quality", "20"
            ),
        ]
        browser = chromium if film == "canvas" else shell
        for count in (1, 2):
            note = f"concurrency {count}"
            page = f"{film}-hook.html"
            options = {"preset": "veryfast", "crf": 20}
            flags = (f"--concurrency={count}", "--x264-preset=veryfast", "--crf=20")
            npm = scratch / "helios"
            found += [
                make.helios_npm(default, npm, page, note, browser, concurrency=count),
                make.helios_npm(matched, npm, page, note, browser, concurrency=count, **options),
                make.remotion(default, scratch / "remotion", film, note, shell, flags[0]),
                make.remotion(matched, scratch / "remotion", film, note, shell, *flags),
            ]
    return found


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rivals", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scratch", type=Path, help="where npm packages go (default: temporary)")
    parser.add_argument("--film", choices=tuple(FILMS), help="only this one (default: all)")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for one film")
    parser.add_argument(
        "--patience", type=float, default=0, help="seconds in all to wait for a quiet machine"
    )
    return parser.parse_args()


def install(scratch: Path) -> list[str]:
    """Everything from npm; says which versions there are."""
    make.install(scratch / "helios", make.HELIOS_NPM)
    make.install(scratch / "remotion", make.REMOTION)
    make.bundle_remotion(scratch / "remotion")
    helios = [
        f"{name} {make.installed_version(scratch / 'helios', name)}" for name in make.HELIOS_NPM
    ]
    return [*helios, f"Remotion {make.installed_version(scratch / 'remotion', 'remotion')}"]


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="helios-rivals-") as name:
        folder = Path(name)
        scratch = (arguments.scratch or folder).resolve()
        versions = install(scratch)
        versions.append(browser_version(find_browser("chromium", "google-chrome", "chrome")))
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
