"""Which call is answered by what."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from helios.children.chunks import inspect, render
from helios.drawing.host import CompositionHost
from helios.executors.call import (
    Call,
    ChunkCall,
    ExportCall,
    GlanceCall,
    HearCall,
    InspectCall,
    LiveCall,
    MeasureCall,
    MixCall,
    PreviewCall,
    ProbeCall,
    Reply,
    StillCall,
    TrialCall,
    WordsCall,
)
from helios.executors.serve import Send, Talk

if TYPE_CHECKING:
    from concurrent.futures import Future

    from helios.browser.launch import Browser
    from helios.children.preview import PreviewStage


def serve(browser: Future[Browser] | None = None) -> int:
    """Answer calls until the holder goes; ``browser`` is one that was started ahead."""
    with CompositionHost(browser) as host, ExitStack() as previews:
        stage: PreviewStage | None = None

        def answer(call: Call, send: Send) -> Reply:
            nonlocal stage
            match call:
                case InspectCall():
                    return inspect(host, call)
                case ChunkCall():
                    return render(host, call, send)
                case PreviewCall() | WordsCall() | LiveCall():
                    from helios.children.preview import PreviewStage, read_words

                    if isinstance(call, WordsCall):
                        return read_words(host, call)
                    stage = stage or previews.enter_context(PreviewStage())
                    return stage.answer(call, send)
                case HearCall() | ProbeCall() | GlanceCall():
                    return _answer_about(call)
                case _:
                    return _answer_alone(call, send)

        Talk().serve(answer)
    return 0


def _answer_about(call: HearCall | ProbeCall | GlanceCall) -> Reply:
    """Say what a file holds."""
    match call:
        case HearCall():
            from helios.children.hear import hear

            return hear(call)
        case ProbeCall():
            from helios.children.probe import probe

            return probe(call)
        case GlanceCall():
            from helios.children.glance import glance

            return glance(call)


def _answer_alone(
    call: StillCall | ExportCall | MeasureCall | TrialCall | MixCall, send: Send
) -> Reply:
    """Answer what keeps nothing open for the next call."""
    match call:
        case StillCall():
            from helios.children.still import draw

            return draw(call)
        case ExportCall():
            from helios.children.export import export

            return export(call, send)
        case MeasureCall():
            from helios.children.measure import measure

            return measure(call)
        case TrialCall():
            from helios.children.trial import try_encoder

            return try_encoder(call)
        case MixCall():
            from helios.children.mix import mix

            return mix(call)
