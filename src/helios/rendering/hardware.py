"""Which graphics card encodes a film, if one shall: found by test films, before it is planned.

From then on the encoder has a name, in the plan and in each of its chunks: a machine that lacks it
refuses them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from helios.errors import EnvironmentProblem, HeliosError, OptionError, UnknownFormatError
from helios.executors.call import TrialCall
from helios.executors.spawn import start_child
from helios.executors.worker import Worker
from helios.model.composition import CompositionKind
from helios.model.encoding import EncodeSettings
from helios.model.facts import CompositionFacts
from helios.model.formats import video_codec
from helios.model.options import RenderOptions
from helios.planning.encoding import hardware_for
from helios.planning.resolve import resolve

TRIAL_S = 60.0
"""A test film that takes longer will not come. In software one of 8192x8192 takes a tenth of it."""
_known: dict[EncodeSettings, str] = {}
"""What was wrong with encoders that this process has tried: films of a batch ask for the same."""


def with_hardware(
    kind: CompositionKind, output: Path, options: RenderOptions, facts: CompositionFacts
) -> tuple[RenderOptions, CompositionFacts]:
    """The options with a graphics card's encoder in them, if one is wished for and works; the facts
    warn of a wish that is not fulfilled.

    Raises:
        EnvironmentProblem: one is required, and none works here: each is named, with why.
        OptionError: one is required for what no card encodes.
    """
    if options.hwaccel == "none" or options.frames is not None:
        return options.changed(hwaccel="none"), facts
    software = resolve(kind, output, options, facts).encode
    usual = video_codec(software.encoder)
    wanted = hardware_for(options, software, output.suffix)
    if not wanted and options.hwaccel == "require":
        raise OptionError(
            f"--hwaccel require: no graphics card encodes {usual.family} in {output.suffix}",
            hint="Use h264, hevc or av1.",
        )
    faults: list[str] = []
    for hardware in wanted:
        try:
            encode = resolve(kind, output, hardware.options, facts).encode
        except (OptionError, UnknownFormatError) as error:
            fault = error.message
        else:
            fault = fault_of(encode)
        if not fault:
            return hardware.options, facts
        faults.append(f"{hardware.codec.encoder}: {fault}")
    said = "; ".join(faults)
    if options.hwaccel == "require" or usual.hardware:
        raise EnvironmentProblem(
            f"no graphics card encodes {usual.family} here: {said}",
            hint="helios doctor says what each needs. Without --hwaccel the processor encodes.",
        )
    why = f" ({said})" if said else ""
    text = f"no graphics card encodes {usual.family} here{why}: {usual.encoder} does"
    return options.changed(hwaccel="none"), replace(facts, warnings=(*facts.warnings, text))


def fault_of(encode: EncodeSettings) -> str:
    """What is wrong with an encoder, by a test film made in a process of its own; empty if nothing.

    A driver that ends the process, or never answers, is an answer too.
    """
    if encode not in _known:
        _known[encode] = _tried(encode)
    return _known[encode]


def _tried(encode: EncodeSettings) -> str:
    worker = Worker(start_child("trial", own_temporary=True))
    try:
        return worker.call(TrialCall(encode=encode), stall_s=TRIAL_S).fault
    except HeliosError as error:
        return " ".join(error.message.split())
    finally:
        worker.kill(grace_s=0)
