"""``helios cache``: see and clear what was kept between runs."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from helios.cli.flags import Json, QuietAlready
from helios.errors import EXIT_OK


def ls(
    *,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """List the analyses kept in the cache, newest first, with size and age.

    They expire after seven days. HELIOS_CACHE_DIR puts the cache elsewhere.
    """
    from helios.audio.cache import AnalysisCache

    cache, console = AnalysisCache(), Console(highlight=False)
    entries = cache.entries()
    if json:
        from helios.agents.reports import CacheReport, KeptAnalysis

        kept = (
            KeptAnalysis(name=entry.path.stem, size_bytes=entry.size, age_s=entry.age_s)
            for entry in entries
        )
        print(CacheReport(folder=str(cache.folder), analyses=tuple(kept)).model_dump_json(indent=1))
        return EXIT_OK
    for entry in entries:
        size, hours = entry.size / 1e6, entry.age_s / 3600
        console.print(f"{entry.path.stem[:16]}  {size:8.2f} MB  {hours:6.1f} h old")
    total = sum(entry.size for entry in entries) / 1e6
    console.print(f"{len(entries)} analyses, {total:.1f} MB in {escape(str(cache.folder))}")
    return EXIT_OK


def clear(
    *,
    json: Json = False,
    quiet: QuietAlready = False,  # noqa: ARG001 - taken by every command
) -> int:
    """Remove every analysis, remote file and unpacked bundle. They come again when needed."""
    from helios.audio.cache import AnalysisCache
    from helios.commit.bundle import clear_unpacked
    from helios.remote.cache import RemoteCache, cache_folder

    cache, console = AnalysisCache(), Console(highlight=False)
    analyses, remote_files = cache.clear(), RemoteCache(cache_folder()).clear()
    bundles = clear_unpacked()
    if json:
        from helios.agents.reports import ClearedReport

        report = ClearedReport(
            folder=str(cache.folder),
            analyses=analyses,
            remote_files=remote_files,
            bundles=bundles,
        )
        print(report.model_dump_json(indent=1))
        return EXIT_OK
    console.print(f"removed {analyses} analyses from {cache.folder}")
    console.print(f"removed {remote_files} remote files")
    console.print(f"removed {bundles} unpacked bundles")
    return EXIT_OK
