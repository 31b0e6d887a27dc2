"""Standard output and errors that cannot stop a render: closed, full, or read by nobody."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import TextIO


class PatientStream(io.TextIOBase):
    """Writes to a stream until that fails; what comes after is dropped, and ``failure`` says why.

    A film that takes an hour is worth more than the lines about it.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self.failure: OSError | None = None

    def write(self, text: str, /) -> int:
        """Write what can be written."""
        self._try(lambda: self._stream.write(_sayable(text, self._stream.encoding)))
        return len(text)

    def flush(self) -> None:
        """Hand over what is waiting."""
        self._try(self._stream.flush)

    def isatty(self) -> bool:
        """Whether people read it."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The descriptor below."""
        return self._stream.fileno()

    def writable(self) -> bool:
        """Always."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override] # an attribute there, of the stream below here
        """That of the stream below."""
        return self._stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override] # the same
        """That of the stream below."""
        return self._stream.errors

    @property
    def buffer(self) -> io.BufferedIOBase:
        """The bytes below: a failure there is the caller's."""
        return self._stream.buffer  # type: ignore[return-value] # BinaryIO is one

    def _try(self, action: Callable[[], object]) -> None:
        if self.failure is not None:
            return
        try:
            action()
        except OSError as error:
            self.failure = error
            _send_nowhere(self._stream)


def _sayable(text: str, encoding: str | None) -> str:
    """Characters that a terminal or file cannot take are written as escapes."""
    code = encoding or "utf-8"
    return text.encode(code, "backslashreplace").decode(code)


def _send_nowhere(stream: TextIO) -> None:
    """What still waits in the stream would fail again when Python ends, and be told then."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def patient_streams() -> Iterator[PatientStream]:
    """Standard output and errors for the time of a command; gives the output."""
    _open_standard_descriptors()
    before = sys.stdout, sys.stderr
    output = PatientStream(sys.stdout or _nowhere())
    sys.stdout, sys.stderr = output, PatientStream(sys.stderr or _nowhere())
    try:
        yield output
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(ValueError):
                stream.flush()
        sys.stdout, sys.stderr = before


def was_lost(output: PatientStream) -> str:
    """Why output did not arrive, unless its reader went away on its own account (``| head``)."""
    failure = output.failure
    if failure is None or failure.errno == errno.EPIPE:
        return ""
    return f"standard output cannot be written: {failure.strerror or failure}"


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - lives as long as we do


def _open_standard_descriptors() -> None:
    """A file that we open must not become what children take for their standard error."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
