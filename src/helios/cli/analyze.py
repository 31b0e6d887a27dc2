"""``helios analyze``: hear a song, say what is in it, write the table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from helios.audio.settings import Analyzer, BeatRule
from helios.audio.table import PreAnalysisResult
from helios.cli.flags import Json, Quiet
from helios.errors import EXIT_OK, DecodeError, OptionError
from helios.model import progress as model


def analyze(
    file: str,
    /,
    *,
    fps: str = "30",
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    plot: Path | None = None,
    analyzer: Analyzer = Analyzer.HELIOS,
    beats: BeatRule = BeatRule.ADAPTIVE,
    cache: bool = True,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Analyse a song for every frame of a film: beats, bands, loudness, sections.

    Prints a summary. The table itself, one row per frame, goes to --output; a picture of the
    song to --plot. A second run on the same sound comes from the cache.

        helios analyze song.mp3 --plot song.png
        helios analyze song.mp3 --fps 60 -o song.npz

    Parameters
    ----------
    file
        Sound, or video with sound: a path or an http(s) address.
    fps
        Frames per second of the film: 30, 29.97, 60000/1001.
    output
        Where the table goes: .npz (columns, compact) or .json (rows, for other programs).
    plot
        Where a picture of waveform, bands, onsets, beats and sections goes (.png, .jpg or .webp).
    analyzer
        helios, or webaudio: exactly the levels a browser's AnalyserNode shows.
    beats
        adaptive (finds tempo and beats), or threshold (bass rises above 0.05).
    cache
        Use tables kept from earlier runs and keep this one.
    json
        JSON on standard output.
    quiet
        No progress; warnings and the result only.
    """
    from helios.audio.analyzer import PreAnalyzer
    from helios.audio.plot import check_plot, save_plot
    from helios.audio.tablefile import check_table, write_table
    from helios.model.timebase import parse_fps
    from helios.rendering.local import check_not_input

    console = Console()
    for written in filter(None, (output, plot)):
        check_not_input(written, (file,))
    if output is not None:
        check_table(output)
    if plot is not None:
        check_plot(plot)
    listener = PreAnalyzer(
        fps=parse_fps(fps, "--fps"), analyzer=analyzer, beats=beats, use_cache=cache
    )
    try:
        with _Bar(quiet=quiet) as bar:
            table = listener.analyze(file, on_progress=bar.report)
    except DecodeError as error:
        # Here the sound is what was asked for: a wrong one is a wrong request.
        raise OptionError(error.message, hint=error.hint) from error
    if output is not None:
        write_table(table, output)
    if plot is not None:
        save_plot(table, Path(file).stem, plot)
    if json:
        from helios.agents.reports import of_song

        print(of_song(table, file, output, plot).model_dump_json(indent=1))
        return EXIT_OK
    _summarise(console, table, file)
    if output is not None:
        console.print(f"table    {escape(str(output))}", highlight=False)
    if plot is not None:
        console.print(f"picture  {escape(str(plot))}", highlight=False)
    return EXIT_OK


class _Bar:
    """A progress bar on a terminal; nothing elsewhere, and nothing if it is to be quiet."""

    def __init__(self, *, quiet: bool = False) -> None:
        columns = (TextColumn("listening"), BarColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        self._progress = Progress(
            *columns, console=console, transient=True, disable=quiet or not console.is_terminal
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        self._task = self._progress.add_task("", total=1.0)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def report(self, now: model.Progress) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=now.fraction)


def _summarise(console: Console, table: PreAnalysisResult, file: str) -> None:
    from helios.audio.plot import clock

    console.print(f"[bold]{escape(Path(file).name)}[/bold]", highlight=False)
    facts = Table.grid(padding=(0, 2))
    rate = f"{table.sample_rate / 1000:g} kHz, {table.channels} channels"
    facts.add_row("length", f"{clock(table.duration)}  ({table.duration:.3f} s, {rate})")
    facts.add_row("frames", f"{table.total_frames} at {float(table.fps):g} fps")
    facts.add_row("tempo", _tempo(table))
    facts.add_row("beats", str(len(table.beat_times)))
    if len(table.beat_times):
        sure = f"({table.bar_confidence:.0%} sure)"
        facts.add_row("bars", f"of {table.beats_per_bar} beats  {sure}")
    facts.add_row("loudness", f"{table.integrated_lufs:.1f} LUFS")
    for index, section in enumerate(table.sections):
        span = f"{clock(section.start_s)} to {clock(section.end_s)}"
        energy = "▮" * round(section.energy * 10)
        facts.add_row("" if index else "sections", f"{span:14}  {section.kind:10} {energy}")
    console.print(facts, highlight=False)


def _tempo(table: PreAnalysisResult) -> str:
    if table.bpm is None:
        return "no steady beat"
    shown = [table.bpm]
    for *_, bpm in table.tempos:
        if all(abs(bpm / other - 1) >= 0.02 for other in shown):
            shown.append(bpm)
    first, *others = (f"{bpm:.1f}" for bpm in shown)
    also = f", also {', '.join(others)}" if others else ""
    return f"{first} BPM{also}  ({table.tempo_confidence:.0%} sure)"
