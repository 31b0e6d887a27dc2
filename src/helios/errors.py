"""Every error Helios raises on purpose.

    HeliosError                       exit code
      UsageError                      2   the request cannot be right
        OptionError                       an option's value
        CompositionNotFound               the input does not exist or cannot be reached
        JobSpecError                      a job file that cannot be run
        AddressRefused                    a host that must not be reached
        UnknownFormatError                a codec, container, size or type we do not have
        QueueError                        a job that is not there, or not in the right state
          JobNotFound · InvalidTransition
      EnvironmentProblem              3   this machine lacks something
        BrowserNotFound
        ExtraMissing                      an optional part of Helios is not installed
        OutputNotWritable
        DiskFull
        StoreUnavailable                  a database of jobs or a store of chunks does not answer
        StoreRefused                      a store of chunks that is not there or lets us not in
        BudgetSpent                       as much was drawn as was allowed
      RenderError                     4   the work itself failed
        CompositionError              2   the composition itself is wrong (do not retry)
          LoadError · NotReadyError · ScriptError · ShaderError
        NotFetched                        something on the network (a retry may help)
        BrowserError                      the browser is wrong (a retry may help)
          BrowserCrashed · StepTimeout
        CaptureError                      a frame could not be taken
          CaptureRefused          2   the page cannot be captured as it was asked
        MediaError                        reading or writing media
          DecodeError             2   a film, sound or picture that was given (do not retry)
          EncodeError
        MergeError
          ChunkMissing · ChunkMismatch
        MetadataError                     spatial metadata
          FilmRefused             2   a film that was given
        ChunkFailed                       a chunk's process ended badly
    Cancelled                       130   the user stopped it; not an error

Each carries what failed in its message and, in ``hint``, what to do next.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_USAGE = 2
EXIT_ENVIRONMENT = 3
EXIT_RENDER = 4
EXIT_INTERRUPTED = 130


class HeliosError(Exception):
    """Something Helios can explain."""

    exit_code = EXIT_RENDER
    retry = False
    """Whether doing the same again may succeed."""
    warnings: tuple[str, ...] = ()
    """What else was noticed until then, and may be the cause."""

    def __init__(self, message: str | None = None, *, hint: str = "") -> None:
        message = message or (type(self).__doc__ or "").strip()
        super().__init__(_whole(message))
        self.hint = _whole(hint)

    @property
    def message(self) -> str:
        """What failed, without the hint."""
        return str(self.args[0])


def in_sentences(message: str, hint: str | None) -> str:
    """What failed and what to do in one line.

    Example:
        >>> in_sentences("no template 'x'", "There are: aurora.")
        "no template 'x'. There are: aurora."
    """
    if not hint:
        return message
    return f"{message} {hint}" if message.endswith((".", "!", "?", ":")) else f"{message}. {hint}"


def _whole(text: str) -> str:
    r"""Text that no reader ends early: databases and C programs take no NUL, so it says ``\0``."""
    return text.replace("\0", r"\0")


class UsageError(HeliosError, ValueError):
    """The request cannot be carried out as it was given."""

    exit_code = EXIT_USAGE


class OptionError(UsageError):
    """An option has a value that cannot be used."""


class CompositionNotFound(UsageError):
    """The composition does not exist or cannot be reached."""


class JobSpecError(UsageError):
    """The job file cannot be run."""


class AddressRefused(UsageError):
    """The address leads to a host that must not be reached."""


class UnknownFormatError(UsageError):
    """No such codec, container, size or export type."""


class QueueError(UsageError):
    """The queue cannot do this."""


class JobNotFound(QueueError):
    """No such job."""


class InvalidTransition(QueueError):
    """The job is not in a state from which this can be done."""


class EnvironmentProblem(HeliosError):
    """This machine lacks something the render needs."""

    exit_code = EXIT_ENVIRONMENT


class BrowserNotFound(EnvironmentProblem):
    """No Chromium was found."""


class ExtraMissing(EnvironmentProblem):
    """An optional part of Helios is not installed."""


class OutputNotWritable(EnvironmentProblem):
    """The output cannot be written."""


class DiskFull(EnvironmentProblem):
    """The disk is full."""


class StoreUnavailable(EnvironmentProblem):
    """The database of jobs, or the store of chunks, cannot be used just now."""

    retry = True


class StoreRefused(EnvironmentProblem):
    """The store of chunks is not there, or does not let us in."""


class BudgetSpent(EnvironmentProblem):
    """As much was drawn as was allowed; what is finished is kept."""


class RenderError(HeliosError):
    """The render failed."""


class CompositionError(RenderError):
    """The composition is wrong: what was given, as with an option, and not the work."""

    exit_code = EXIT_USAGE


class LoadError(CompositionError):
    """The composition could not be loaded."""


class NotReadyError(CompositionError):
    """The composition never became ready."""


class ScriptError(CompositionError):
    """The composition raised an error."""


class ShaderError(CompositionError):
    """The shader is wrong: it cannot be read or does not compile."""


class NotFetched(RenderError):
    """Something could not be fetched over the network."""

    retry = True


class BrowserError(RenderError):
    """The browser failed."""

    retry = True


class BrowserCrashed(BrowserError):
    """The browser ended unexpectedly."""


class StepTimeout(BrowserError):
    """A step of the browser took longer than it may."""


class CaptureError(RenderError):
    """A frame could not be captured."""


class CaptureRefused(CaptureError):
    """The page cannot be captured in the way that was asked for."""

    exit_code = EXIT_USAGE


class MediaError(RenderError):
    """Media could not be read or written."""


class DecodeError(MediaError):
    """Media could not be read: what was given, and not the work."""

    exit_code = EXIT_USAGE


class EncodeError(MediaError):
    """Media could not be written."""


class MergeError(RenderError):
    """The chunks could not be joined."""


class ChunkMissing(MergeError):
    """A chunk's file is missing."""


class ChunkMismatch(MergeError):
    """A chunk does not fit the others."""


class MetadataError(RenderError):
    """Spatial metadata could not be written or proven."""


class FilmRefused(MetadataError):
    """The film cannot be read, or cannot take spatial metadata: what was given, not the work."""

    exit_code = EXIT_USAGE


class ChunkFailed(RenderError):
    """A chunk's process ended badly."""

    def __init__(
        self,
        message: str | None = None,
        *,
        chunk_id: int = -1,
        chunk_exit_code: int = 1,
        last_lines: tuple[str, ...] = (),
        hint: str = "",
        retry: bool = True,
    ) -> None:
        super().__init__(message, hint=hint)
        self.chunk_id = chunk_id
        self.chunk_exit_code = chunk_exit_code
        self.last_lines = last_lines
        self.retry = retry


class Cancelled(Exception):
    """The work was stopped on request; what was finished is kept."""

    exit_code = EXIT_INTERRUPTED

    def __init__(self, message: str = "cancelled", *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
