"""``python -m helios`` is the ``helios`` command."""

from helios.cli.main import program

if __name__ == "__main__":
    raise SystemExit(program())
