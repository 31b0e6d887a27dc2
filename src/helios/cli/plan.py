"""``helios plan``: what would be made, and how long it takes on how many machines."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from helios.agents.events import EstimateEvent
from helios.cli.display import Display
from helios.cli.flags import JsonEvents, Quiet
from helios.cli.options import read_flags, with_render_options
from helios.cli.render import DEFAULT_OUTPUT, describe, tell_expected, tell_plan
from helios.errors import OptionError
from helios.files.whole import write_whole

_MACHINES = re.compile(r"machines=(\d{1,6})(?:\.\.(\d{1,6}))?")
_SHOWN = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000)
_MOST_MACHINES = 100_000


@with_render_options()
def command(
    composition: Annotated[str, Parameter(help="page, template or MODULE:OBJECT, as in render")],
    /,
    *,
    simulate: Annotated[
        str | None, Parameter(help="machines=1..1000: how long so many would take")
    ] = None,
    price: Annotated[float | None, Parameter(help="of a machine for an hour")] = None,
    link: Annotated[
        float, Parameter(help="megabits a second between a machine and the store")
    ] = 100.0,
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="a picture of it: NAME.svg")
    ] = None,
    json: JsonEvents = False,
    quiet: Quiet = False,
    **flags: Any,
) -> int:
    """Say what would be made of a composition, and how long it takes here, or on how many machines.

    Some frames are drawn here and measured. With --simulate, a model of a farm of machines like
    this one says the rest: it knows starts, frames, chunks, links and the merge, no other users.

    helios plan page.html --duration 3600 --simulate machines=1..1000 --price 0.40 -o farm.svg
    """
    from helios.planning.simulate import as_svg, duration, enough, simulated
    from helios.rendering.find import find_composition
    from helios.rendering.measure import measured

    options = read_flags(flags)
    found = find_composition(composition, Path.cwd(), options.root)
    if link <= 0 or (price is not None and price < 0):
        raise OptionError(
            "--link and --price must be more than 0",
            hint="For example: --simulate machines=1..100 --price 0.40 --link 100",
        )
    with Display(as_json=json, quiet=quiet) as display:
        if simulate is None:
            plan, costs = measured(found, DEFAULT_OUTPUT, options)
            tell_plan(plan, DEFAULT_OUTPUT, display, is_result=True)
            tell_expected(plan, costs, display)
            return 0
        machines = _numbers(simulate)
        if output is not None and output.suffix.lower() != ".svg":
            raise OptionError(f"-o {output}: the picture's name ends in .svg")
        plan, costs = measured(found, DEFAULT_OUTPUT, options, alone=True)
        costs = replace(costs, link_bytes_per_s=link * 125_000)
        display.say(describe(plan))
        display.result(
            f"{costs.frame_s * 1000:.1f} ms a frame, {costs.start_s:.1f} s to start, "
            f"{costs.chunk_s:.2f} s a chunk, {costs.frame_bytes / 1000:.1f} kB a frame"
        )
        estimates = simulated(costs, plan.total_frames, plan.encode.gop_frames, machines)
        best = enough(estimates)
        for each in estimates:
            money = f", {each.machine_hours * price:.2f}" if price is not None else ""
            hours = f"{each.machine_hours:.3g} machine hours{money}"
            line = (
                f"{each.machines:5} machines: {duration(each.seconds)}, {hours} "
                f"(--chunk-frames {each.chunk_frames})"
            )
            display.event(
                EstimateEvent(
                    machines=each.machines,
                    seconds=each.seconds,
                    machine_hours=each.machine_hours,
                    chunk_frames=each.chunk_frames,
                    cost=each.machine_hours * price if price is not None else None,
                )
            )
            if each.machines in _SHOWN or each in (best, estimates[-1]):
                display.result(line)
        display.result(f"more than {best.machines} hardly help")
        if output is not None:
            write_whole(output, as_svg(estimates, f"{composition}: time by machines"))
            display.result(str(output))
    return 0


def _numbers(text: str) -> list[int]:
    """``machines=1..1000`` as numbers: all up to a hundred, then some."""
    found = _MACHINES.fullmatch(text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last <= _MOST_MACHINES:
        raise OptionError(
            f"--simulate {text!r} cannot be read", hint="Give machines=1..1000, or machines=8."
        )
    step = max(1, (last - first) // 500)
    return sorted({*range(first, last + 1, step), *(n for n in _SHOWN if first <= n <= last), last})
