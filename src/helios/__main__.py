"""``python -m helios`` is the ``helios`` command."""

from helios.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
