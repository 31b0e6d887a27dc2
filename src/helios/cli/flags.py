"""Flags that several commands share: each is said once, with one help."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from helios.errors import OptionError

Json = Annotated[bool, Parameter(negative="", help="JSON on standard output")]
JsonEvents = Annotated[bool, Parameter(negative="", help="JSON events on standard output")]
Quiet = Annotated[
    bool,
    Parameter(
        name=["--quiet", "-q"],
        negative="",
        help="no progress; warnings and the result only",
    ),
]
QuietFindings = Annotated[
    bool,
    Parameter(
        name=["--quiet", "-q"],
        negative="",
        help="only what is not as it should be, and the result",
    ),
]
QuietAlready = Annotated[
    bool,
    Parameter(
        name=["--quiet", "-q"],
        negative="",
        help="as everywhere; warnings and the result are all that is told here",
    ),
]
Verbose = Annotated[
    bool,
    Parameter(
        negative="", help="a line on each worker: what it draws, how fast, what it waits for"
    ),
]
MaxHours = Annotated[
    float | None, Parameter(help="begin no chunk after so many hours of all workers together")
]
MaxCost = Annotated[
    float | None, Parameter(help="begin no chunk once workers have cost so much; with --price")
]
Price = Annotated[float | None, Parameter(help="of a worker for an hour")]
Needs = Annotated[
    str | None,
    Parameter(help="what each chunk needs of a machine: cpu=2,memory=8GB,gpu=1, or some of these"),
]
Executor = Annotated[
    str, Parameter(help="who draws: threads, dask[:ADDRESS], ray[:ADDRESS] or MODULE:FACTORY")
]


def check_port(port: int) -> None:
    """Refuse what is no TCP port; 0 is any free one.

    Raises:
        OptionError: it is none.
    """
    if not 0 <= port < 65_536:
        raise OptionError(f"--port {port} is no port", hint="Give 0 to 65535; 0: any free one.")
