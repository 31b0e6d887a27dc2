"""``python -m helios`` is the ``helios`` command."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - pip refuses it, a checkout does not
    sys.stderr.write(
        "error: Helios needs Python 3.11 or newer, this is {}.{}\n"
        "  Make an environment of a newer one: python3.12 -m venv .venv; where there is none: "
        "uv venv --python 3.12\n".format(*sys.version_info)
    )
    raise SystemExit(3)

from helios.cli.main import program

if __name__ == "__main__":
    raise SystemExit(program())
