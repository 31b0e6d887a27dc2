"""The first step to a film: the request with absolute paths, and nothing wrong in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from helios.drawing.overlays import check_overlays
from helios.drawing.subtitles import check_subtitles
from helios.errors import OptionError, OutputNotWritable, UnknownFormatError
from helios.files.names import check_name, is_text
from helios.files.regular import is_special
from helios.files.whole import why_unwritable
from helios.model.composition import Composition, within
from helios.model.facts import CompositionFacts
from helios.model.formats import CONTAINERS
from helios.model.options import RenderOptions
from helios.planning.resolve import check_formats
from helios.rendering.combined import combined
from helios.rendering.find import find_composition
from helios.rendering.local import check_not_input, make_folder
from helios.rendering.places import absolute
from helios.rendering.sounds import check_stems, check_tracks


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request that can be looked at: it means the same in every folder."""

    composition: Composition
    output: Path
    options: RenderOptions


def prepare(
    composition: str | Path | Composition, output: Path, options: RenderOptions, base: Path
) -> Prepared:
    """A film that is to be made, with nothing wrong in its request that no inspection could mend.

    Raises:
        OptionError: an option cannot be carried out, or the output is one of the files read.
        UnknownFormatError: a codec or container we do not have, or that do not fit.
        OutputNotWritable: it cannot be written there.
    """
    check_output(output, options)
    asked = prepare_plan(composition, output, options, base)
    check_not_read(output, asked.composition, asked.options, None)
    return asked


def prepare_plan(
    composition: str | Path | Composition, output: Path, options: RenderOptions, base: Path
) -> Prepared:
    """A film that is planned and not made: nobody asks whether its place can be written.

    Raises:
        OptionError: an option cannot be carried out.
        UnknownFormatError: a codec or container we do not have, or that do not fit.
    """
    target, options = requested(composition, options, base)
    check_formats(target.kind, output, options)
    check_tracks(options.audio)
    check_stems(options)
    return Prepared(composition=target, output=output, options=options)


def requested(
    composition: str | Path | Composition, options: RenderOptions, base: Path
) -> tuple[Composition, RenderOptions]:
    """What is asked for, with names that mean the same in every folder, and what combinations
    and bundles stand for in their place. Nothing of it is opened.

    Args:
        composition: a path, URL, template or ``module:object``; or what one was found to be.
        options: as they were given.
        base: where relative names lead.

    Raises:
        CompositionNotFound: there is no such composition.
        OptionError: an option cannot be carried out.
    """
    if not isinstance(composition, Composition):
        composition = find_composition(str(composition), base)
    composition, options = combined(composition, options, base)
    options = absolute(options, base)
    composition = within(composition, options.root, base)
    check_subtitles(options)
    check_overlays(options)
    return composition, options


def files_read(composition: Composition, options: RenderOptions) -> tuple[str, ...]:
    """The files that a render reads, as far as it is told and not found by inspection."""
    followed = (options.react_to,) if options.react_to else ()
    sounds = (*options.audio, *followed, *options.stem)
    texts = (options.subtitles, options.subtitles_style)
    pages = (each for over in options.overlay for each in (over.page, over.picture, over.lines))
    named = filter(None, (*texts, *pages))
    return (composition.location, *(track.file for track in sounds), *named)


def check_not_read(
    film: Path, composition: Composition, options: RenderOptions, facts: CompositionFacts | None
) -> None:
    """Refuse an output that is one of the files which are read, as far as these are known.

    Raises:
        OptionError: it is.
    """
    found = tuple(name for name, _ in facts.inputs) if facts else ()
    if options.frames is None:
        check_not_input(film, (*files_read(composition, options), *found))
        return
    for path in map(Path, found):
        is_numbered = path.stem.isdigit() and path.suffix == f".{options.frames}"
        if is_numbered and path.parent.resolve() == film.resolve():
            raise OptionError(
                f"{film} holds the images that are read, which would be replaced",
                hint="Write to another folder.",
            )


def check_output(output: Path, options: RenderOptions) -> None:
    """Say what is wrong with the output before any work is done.

    Raises:
        UnknownFormatError: the suffix is no film's.
        OutputNotWritable: it cannot be written there.
    """
    check_name(str(output))
    if not is_text(str(output.absolute())):
        raise OptionError(
            f"-o {str(output)!r}: the name is not UTF-8 and cannot be written down",
            hint="Give the file and its folders names in UTF-8.",
        )
    _check_reachable(output)
    if options.frames is not None:
        if output.exists() and not output.is_dir():
            raise OptionError(f"-o {output} must be a folder for --frames {options.frames}")
        make_folder(output)
        return
    check_suffix(output)
    if output.is_dir():
        raise OutputNotWritable(f"{output} is a folder", hint="Name a file with -o.")
    if is_special(output):
        raise OutputNotWritable(
            f"{output} is a device or a pipe; a film is written whole",
            hint="Name a file with -o.",
        )
    make_folder(output.parent)
    if output.exists() and (reason := why_unwritable(output)):
        raise OutputNotWritable(
            f"cannot overwrite {output}: {reason}", hint="Choose another name or place."
        )


def check_suffix(output: Path) -> None:
    """Refuse a name that is no film's.

    Raises:
        UnknownFormatError: no film has this suffix.
    """
    if output.suffix.lower().lstrip(".") not in CONTAINERS:
        raise UnknownFormatError(
            f"cannot tell the format of {output.name!r} from its suffix",
            hint=f"End it in one of: {', '.join('.' + name for name in CONTAINERS)}.",
        )


def _check_reachable(output: Path) -> None:
    """Names that are too long and folders that may not be entered are found before work is done."""
    try:
        output.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise OutputNotWritable(
            f"cannot write {output}: {error.strerror or error}",
            hint="Choose another name or place.",
        ) from error
