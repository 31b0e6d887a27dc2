"""Flat films of scenes: the export of everyday formats."""

from __future__ import annotations

from typing import Any

from helios.errors import OptionError
from helios.model.export import ExportConfig
from helios.model.formats import Projection, export_type
from helios.model.progress import ProgressListener
from helios.rendering.cancellation import Cancellation
from helios.rendering.pipeline import ExportPipeline, ExportResult


class FlatExporter:
    """Exports flat types only; stages and their weights are those of ``ExportPipeline``."""

    def __init__(self, pipeline: ExportPipeline | None = None) -> None:
        self._pipeline = pipeline or ExportPipeline()

    def export(
        self,
        config: ExportConfig | dict[str, Any],
        on_progress: ProgressListener | None = None,
        cancellation: Cancellation | None = None,
    ) -> ExportResult:
        """Make one flat film.

        Raises:
            OptionError: the type is not flat.
            HeliosError: with what failed and what to do.
            Cancelled: stopped on request.
        """
        if not isinstance(config, ExportConfig):
            config = ExportConfig.read(config)
        name = config.options.type
        if name is not None and export_type(name).projection is not Projection.PERSPECTIVE:
            raise OptionError(
                f"{name} is not a flat type", hint="Use ExportPipeline for 360 films."
            )
        return self._pipeline.export(config, on_progress, cancellation)
