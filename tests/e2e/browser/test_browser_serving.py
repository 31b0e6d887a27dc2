"""A page gets its own folder, and nothing else."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from helios.browser.page import Page, StageSettings
from helios.model.composition import Composition, CompositionKind

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    pages: list[Page] = []

    def open_page(composition: Composition, **more: Any) -> Page:
        settings = StageSettings(width=320, height=180, fps=Fraction(30), **more)
        pages.append(Page(browser, composition, settings))
        return pages[-1]

    yield open_page
    for page in pages:
        page.close()


def fetched(page: Page, url: str, **options: Any) -> Any:
    return page.evaluate(
        f"fetch({json.dumps(url)}, {json.dumps(options)}).then(async (r) => "
        "[r.status, r.headers.get('content-type'), r.headers.get('content-range'), "
        "await r.text()]).catch((e) => String(e))"
    )


def test_the_page_is_a_secure_isolated_context(opened: Any, helpers: Any, tmp_path: Path) -> None:
    page = opened(helpers.write(tmp_path, "<p>x"))
    assert page.evaluate("[isSecureContext, crossOriginIsolated, typeof SharedArrayBuffer]") == [
        True,
        True,
        "function",
    ]


def test_files_come_with_their_type_and_are_digested(
    opened: Any, helpers: Any, tmp_path: Path
) -> None:
    (tmp_path / "größe & maß.json").write_text('{"a": 1}')
    (tmp_path / "module.mjs").write_text("export const answer = 42;")
    page = opened(helpers.write(tmp_path, "<p>x"))
    status, kind, _, body = fetched(page, "gr%C3%B6%C3%9Fe%20%26%20ma%C3%9F.json")
    assert (status, kind, body) == (200, "application/json; charset=utf-8", '{"a": 1}')
    assert page.evaluate("import('./module.mjs').then((m) => m.answer)") == 42
    for name in ("page.html", "größe & maß.json", "module.mjs"):
        digest = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        assert page.server.inputs[str(tmp_path / name)] == digest


def test_ranges_are_served(opened: Any, helpers: Any, tmp_path: Path) -> None:
    (tmp_path / "tone.wav").write_bytes(bytes(range(65, 91)))
    page = opened(helpers.write(tmp_path, "<p>x"))
    expected = {
        "bytes=2-4": (206, "bytes 2-4/26", "CDE"),
        "bytes=24-": (206, "bytes 24-25/26", "YZ"),
        "bytes=-2": (206, "bytes 24-25/26", "YZ"),
        "bytes=99-": (416, "bytes */26", ""),
    }
    for header, (status, span, text) in expected.items():
        found = fetched(page, "tone.wav", headers={"Range": header})
        assert (found[0], found[2], found[3]) == (status, span, text)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<body><img src=dot.svg>")
    (tmp_path / "site" / "dot.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    )

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(tmp_path / "site"))

        def log_message(self, *_: Any) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_page_on_the_network_is_opened_and_digested(opened: Any, site: str) -> None:
    page = opened(Composition(kind=CompositionKind.PAGE, location=f"{site}/index.html"))
    assert page.evaluate("document.images[0].naturalWidth") == 9
    assert sorted(page.server.inputs) == [f"{site}/dot.svg", f"{site}/index.html"]
    assert page.server.undigested == set()


def test_http_error_is_not_found(opened: Any, site: str) -> None:
    from helios.errors import CompositionNotFound

    with pytest.raises(CompositionNotFound, match="HTTP 404"):
        opened(Composition(kind=CompositionKind.PAGE, location=f"{site}/nothing.html"))


def test_storage_does_not_leak_from_one_page_to_the_next(
    opened: Any, helpers: Any, tmp_path: Path
) -> None:
    composition = helpers.write(tmp_path, "<p>x")
    first = opened(composition)
    first.evaluate("localStorage.setItem('seen', '1')")
    first.close()
    assert opened(composition).evaluate("localStorage.getItem('seen')") is None


def test_pages_of_one_film_have_files_and_nothing_in_common(
    opened: Any, helpers: Any, tmp_path: Path
) -> None:
    said = "new BroadcastChannel('films').onmessage = () => { window.heard = true; }"
    composition = helpers.write(tmp_path, f"<p>x<script>{said}</script>")
    pages = [opened(composition, place=place, keeps_files=True) for place in (0, 1, 2, 2)]
    # Only the last has none: it is the second of its origin.
    assert [page.has_files for page in pages] == [True, True, True, False]
    pages[1].evaluate("localStorage.setItem('seen', '1'), document.cookie = 'seen=1'")
    pages[1].evaluate("new BroadcastChannel('films').postMessage('x')")
    left = "[localStorage.getItem('seen'), document.cookie, Boolean(window.heard)]"
    assert pages[1].evaluate(left) == ["1", "seen=1", True]
    for page in (pages[0], *pages[2:]):
        assert page.evaluate(left) == [None, "", False]


def test_hidden_files_are_not_served(opened: Any, helpers: Any, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SECRET=1")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("[remote]")
    (tmp_path / "link.txt").symlink_to(tmp_path / ".env")
    package = tmp_path / "node_modules" / ".pnpm" / "a"
    package.mkdir(parents=True)
    (package / "index.js").write_text("export const answer = 42;")
    (tmp_path / "node_modules" / "a").symlink_to(package)
    page = opened(helpers.write(tmp_path, "<p>x"))
    for name in (
        ".env",
        "%2eenv",
        ".git/config",
        "./x/../.env",
        "link.txt",
        "node_modules/../.env",
    ):
        assert fetched(page, name)[0] == 404
    assert page.evaluate("import('./node_modules/a/index.js').then((m) => m.answer)") == 42
    assert "begin with a dot" in page.server.loads.missing[".env"]


def test_nothing_is_sent_to_hosts_that_are_not_allowed(
    opened: Any, helpers: Any, tmp_path: Path
) -> None:
    page = opened(helpers.write(tmp_path, "<p>x"))
    for ask in ("fetch(url, {method: 'POST', body: 'x'})", "navigator.sendBeacon(url, 'x')"):
        url = f"https://{'beacon' if 'Beacon' in ask else 'post'}.example.com/take"
        page.evaluate(
            f"{{ const url = {json.dumps(url)}; Promise.resolve({ask}).catch(() => 0); }}"
        )
        deadline = time.monotonic() + 60
        while url not in page.server.loads.hints:
            assert time.monotonic() < deadline, page.server.loads.missing
            time.sleep(0.02)
        assert "nothing is sent to" in page.server.loads.missing[url]
        assert "--allow-host" in page.server.loads.hints[url]
