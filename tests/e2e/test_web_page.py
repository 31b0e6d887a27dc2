"""The web page in a real browser: a song becomes a film that plays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import av
import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect
from tests.studio import (
    DESK,
    KIND,
    OWN_NAME,
    PHONE,
    TABLET,
    Window,
    Windows,
    choose,
    choose_only,
    choose_template,
    chromium,
    drop,
    empty,
    fits,
    named,
    press,
    problems,
    running,
    saved,
    take,
    template,
    until,
    walk_to,
    windows,
    write_song,
)

from helios.server.client import HeliosClient

__all__ = ["chromium", "windows"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("web page"),
]

TOKEN = "a token of 16 letters or more"
LONG = "W" * 100
SERVE = ("serve", "--grace", "0", "--port")
LONG_NAME_IS_READ = f"""() => {{
  const place = document.getElementById("song-name"), name = place.textContent;
  place.textContent = "{LONG}";
  const isRead = place.scrollWidth <= place.clientWidth;
  place.textContent = name;
  return isRead;
}}"""
WATCH_SCROLLS = """() => {
  const { scrollIntoView } = Element.prototype;
  window.scrolls = [];
  Element.prototype.scrollIntoView = function (how) {
    window.scrolls.push(how.behavior);
    scrollIntoView.call(this, how);
  };
}"""


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("open"), *SERVE, "0") as (url, _):
        yield url


@pytest.fixture
def server(open_server: str) -> Iterator[str]:
    """A server that has no films yet."""
    yield open_server
    empty(open_server)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write_song(tmp_path / "Morning.wav")


def is_the_songs_film(path: Path) -> None:
    """A second of a square of 270 pixels that moves, with the song's tone of 159 Hz."""
    with av.open(str(path)) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert [*frames[0].shape, len(frames)] == [270, 270, 3, 30]
        assert frames[15].std() > 5
        assert np.abs(frames[0].astype(int) - frames[29]).max() > 30
    with av.open(str(path)) as film:
        heard = np.concatenate([block.to_ndarray()[0] for block in film.decode(audio=0)])
        rate = film.streams.audio[0].rate
    assert len(heard) / rate == pytest.approx(1, abs=0.1)
    loudness = np.abs(np.fft.rfft(heard[:rate]))
    assert np.argmax(loudness) * rate / min(rate, len(heard)) == pytest.approx(159, abs=3)


def card(page: Page, button: str) -> str:
    """A button of the newest film."""
    return f".job:first-child button:text-is('{button}')"


@pytest.mark.parametrize("window", [TABLET, PHONE], ids=["by clicks", "by touch"])
def test_a_song_becomes_a_film(server: str, song: Path, windows: Windows, window: Window) -> None:
    page = windows.open(server, window, moves=window.is_phone)
    expect(page.locator(".template").first).to_be_visible()
    page.locator("#scale").select_option("1/4")
    fits(page)
    small = (
        "[...document.querySelectorAll('button, .button, .chip span')]"
        ".filter((e) => e.offsetHeight && e.offsetHeight < 40).length"
    )
    assert page.evaluate(small) == 0
    expect(page.locator("#go")).to_be_disabled()
    expect(page.locator("#go")).to_have_text("Choose a song first")
    until(page, "document.querySelector('.template img')?.naturalWidth === 480")
    choose(page, "#drop-text", song)
    expect(page.locator("#song")).to_be_visible()
    assert page.evaluate(LONG_NAME_IS_READ)
    choose_template(page, "aurora")
    choose_only(page, "square")
    # A click may scroll as far as the films: there the strip with the picture is not.
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    expect(page.locator("#screen[data-whole=yes][data-type=square]")).to_be_visible()
    page.evaluate(WATCH_SCROLLS)
    press(page, "#go")
    done = page.locator(".job:first-child .state")
    expect(done).to_have_text("Done")
    # Who wants no motion is taken there in one step: a click on what glides can be lost.
    assert page.evaluate("window.scrolls") == ["smooth" if window.is_phone else "instant"]
    # How far it is was told beside the button too.
    expect(page.locator("#making-text")).to_have_text("Done")
    # Its card shows it.
    until(page, "document.querySelector('.job .glimpse').naturalWidth > 0")
    is_the_songs_film(saved(page, ".job a.button").path())
    press(page, card(page, "Play"))
    until(page, "document.querySelector('.job video').currentTime > 0.2")
    fits(page)
    assert problems(page) == []
    if window is PHONE:
        is_shared(page, windows)
    with HeliosClient(server) as client:
        (job,) = client.list().jobs
        assert (job.config["composition"], job.config["output"]) == ("aurora", "Morning.mp4")


def test_the_strip_is_as_the_last_of_changes_says_that_come_together(
    server: str, windows: Windows
) -> None:
    page = windows.open(server, TABLET)
    expect(page.locator(".template").first).to_be_visible()
    shown = page.evaluate(
        """async () => {
          const told = [];
          window.IntersectionObserver = class {
            constructor(hear) { told.push(hear); }
            observe() {}
          };
          (await import("/strip.js")).setUpStrip();
          const above = { isIntersecting: false, boundingClientRect: { top: -900 } };
          const here = { isIntersecting: true, boundingClientRect: { top: 0 } };
          const { classList } = document.getElementById("stage-place");
          told[0]([here, above]);
          told[1]([here, above]);
          const scrolled = [classList.contains("scrolled"), classList.contains("away")];
          told[0]([above, here]);
          told[1]([above, here]);
          return [...scrolled, classList.contains("scrolled"), classList.contains("away")];
        }"""
    )
    assert shown == [True, False, False, True]


def is_shared(page: Page, windows: Windows) -> None:
    """A link plays the film for whoever has it; what does not hold is said there."""
    press(page, card(page, "Share"))
    expect(page.locator("#share")).to_be_visible()
    link = page.locator("#share-link").input_value()
    press(page, page.locator("#share button", has_text="Close"))
    other = windows.open(link, PHONE)
    expect(other.locator("h1")).to_have_text("Morning")
    expect(other.locator("#shared-note")).to_contain_text("shows the film until")
    until(other, "document.querySelector('video').currentTime > 0.2")
    fits(other)
    assert problems(other) == []
    other.goto(f"{link}0")
    expect(other.locator("#shared-note")).to_contain_text("there is no such link")
    other.close()


def test_a_film_is_cancelled_tried_again_found_and_removed(server: str, windows: Windows) -> None:
    with HeliosClient(server) as client:
        page = windows.open(server, PHONE)
        expect(page.locator(".template").first).to_be_visible()
        small = {"composition": "aurora", "type": "square", "scale": "1/16", "duration": "0.2"}
        client.submit({**small, "output": "Small.mp4"})
        state = page.locator(".job:first-child .state")
        expect(state).to_have_text("Done")
        client.pause()
        again = client.submit({**small, "output": "Other.mp4"})
        for button, told in (
            ("Cancel", "Cancelled"),
            ("Try again", "Waiting"),
            ("Cancel", "Cancelled"),
        ):
            press(page, card(page, button))
            expect(state).to_have_text(told)
        assert client.get(again).status == "cancelled"
        which = page.locator("#which")
        which.select_option("failed")
        expect(page.locator("#empty")).to_have_text("None is failed.")
        # With the others out of the list it is the only one.
        which.select_option("completed")
        expect(page.locator(".job")).to_have_count(1)
        expect(page.locator(".job .film")).to_have_text("Small.mp4")
        fits(page)
        which.select_option("")
        expect(page.locator(".job")).to_have_count(2)
        assert client.list("completed").total == 1
        press(page, card(page, "Remove"))
        expect(page.locator(".job")).to_have_count(1)
        assert [job.status for job in client.list().jobs] == ["completed"]
    assert problems(page) == []


def test_the_token_is_asked_for_and_a_film_is_made_by_keyboard_only(
    tmp_path: Path, song: Path, windows: Windows
) -> None:
    """A server as other machines see it: with a token, under a name of its own."""
    flags = (*SERVE, "0", "--host", "0.0.0.0")
    with running(tmp_path, *flags, HELIOS_TOKEN=TOKEN) as (url, _), ExitStack() as at_the_end:
        port = url.rpartition(":")[2]
        client = at_the_end.enter_context(HeliosClient(f"http://127.0.0.1:{port}", token=TOKEN))
        client.pause()
        for name in (LONG, "wide " * 20):
            client.submit({"composition": "aurora", "output": f"{name}.mp4", "fps": 25})
        page = windows.open(f"http://{OWN_NAME}:{port}", DESK)
        login, keyboard = page.locator("#login"), page.keyboard
        expect(login).to_be_visible()
        for _ in range(3):
            keyboard.press("Escape")
        expect(login).to_be_visible()
        walk_to(page, "#token")
        keyboard.insert_text("not the token, though long")
        keyboard.press("Enter")
        expect(page.locator("#login-error")).to_be_visible()
        keyboard.press("ControlOrMeta+a")
        keyboard.insert_text(TOKEN)
        keyboard.press("Enter")
        expect(login).to_be_hidden()
        expect(page.locator(".job")).to_have_count(2)
        expect(page.locator(".template").first).to_be_visible()
        for window in (PHONE, DESK):
            page.set_viewport_size({"width": window.width, "height": window.height})
            fits(page)
        # Each film's buttons are reached and pressed without a mouse.
        walk_to(page, ".job:first-child .actions button:last-child", "Shift+Tab")
        keyboard.press("Enter")
        expect(page.locator(".job:first-child .state")).to_have_text("Cancelled")
        fits(page)
        client.cancel(client.list("pending").jobs[0].id)
        client.resume()
        makes_a_film_by_keyboard(page, song)


def makes_a_film_by_keyboard(page: Page, song: Path) -> None:
    keyboard = page.keyboard
    walk_to(page, "#scale", "Shift+Tab")
    keyboard.press("q")
    walk_to(page, "#file", "Shift+Tab")
    with page.expect_file_chooser() as asked:
        keyboard.press("Enter")
    take(asked.value, song)
    expect(page.locator("#song")).to_be_visible()
    # Of the templates one has the focus: the arrows choose.
    walk_to(page, "#templates-all")
    keyboard.press("Enter")
    walk_to(page, "input[name=template]", "Shift+Tab")
    walk_to(page, "input[value=aurora]", "ArrowRight")
    expect(template(page, "aurora").locator("input")).to_be_checked()
    for name in ("square", "flat-1080p-landscape"):
        walk_to(page, f"input[name=type][value='{name}']")
        keyboard.press(" ")
    walk_to(page, "#go:enabled", "Shift+Tab")
    keyboard.press("Enter")
    expect(page.locator(".job")).to_have_count(3)
    expect(page.locator(".job:first-child .state")).to_have_text("Done")
    walk_to(page, ".job:first-child a.button")
    with page.expect_download() as download:
        keyboard.press("Enter")
    is_the_songs_film(download.value.path())


def test_settings_are_opened_by_keyboard_and_nothing_of_them_is_lost(
    server: str, song: Path, windows: Windows
) -> None:
    page = windows.open(server, PHONE)
    settings = {
        "templateId": "aurora",
        "exportType": "square",
        "fps": 25,
        "quality": "draft",
        "seed": 7,
        "colourOfMagic": 8,
        "outputName": f"{LONG}.mp4",
    }
    expect(page.locator(".template").first).to_be_visible()
    walk_to(page, "#open")
    with page.expect_file_chooser() as asked:
        page.keyboard.press("Enter")
    take(asked.value, named("settings.json", json.dumps(settings)))
    kept, error = page.locator("#kept"), page.locator("#make-error")
    expect(kept).to_contain_text("seed")
    expect(kept).to_contain_text("colourOfMagic")
    expect(page.locator("#quality")).to_have_value("draft")
    expect(page.locator("#fps")).to_have_value("25")
    fits(page)
    song = song.rename(song.with_name(f"{LONG}.wav"))
    drop(page, song)
    expect(page.locator("#song")).to_be_visible()
    fits(page)
    press(page, "#go")
    expect(error).to_contain_text("colourOfMagic")

    def opened(changes: dict[str, object]) -> None:
        choose(page, "#open", named("settings.json", json.dumps(settings | changes)))

    opened({"colourOfMagic": None, "exportType": "flat-9k"})
    expect(error).to_contain_text("flat-9k")
    del settings["colourOfMagic"]
    opened({"scale": "1/32", "duration": "0.2"})
    expect(error).to_be_hidden()
    press(page, "#go")
    expect(page.locator(".job")).to_have_count(1)
    fits(page)
    with HeliosClient(server) as client:
        (job,) = client.list().jobs
        assert (job.config["fps"], job.config["quality"], job.config["type"]) == (
            "25",
            "draft",
            "square",
        )
    makes_a_film_of_each_song(page, server, song)


def makes_a_film_of_each_song(page: Page, server: str, song: Path) -> None:
    """Several songs are dropped: of those that can be read a film each is made."""
    other, text = song.with_name(f"{'歌' * 80}.wav"), song.with_name("text.wav")
    other.write_bytes(song.read_bytes()[:-2] + b"\0\1")
    text.write_text("no song")
    sent: list[str] = []

    def lose(route: Route) -> None:
        """The connection is lost when half of the first is sent."""
        sent.append(route.request.url)
        if len(sent) > 1:
            route.continue_()
            return
        half = song.read_bytes()[:8000]
        kind = {"content-type": KIND}
        assert httpx.post(route.request.url, content=half, headers=kind).status_code == 400
        route.abort()

    page.route("**/api/audio?name=*", lose)
    drop(page, song, text, other)
    error = page.locator("#song-error")
    expect(error).to_contain_text("text.wav: ")
    expect(page.locator("#songs li")).to_have_count(2)
    assert [url.partition("&offset=")[2].partition("&")[0] for url in sent] == [
        "0",
        "8000",
        "0",
        "0",
    ]
    page.unroute("**/api/audio?name=*")
    fits(page)
    expect(page.locator("#go")).to_have_text("Make 2 films")
    press(page, "#go")
    expect(page.locator(".job")).to_have_count(3)
    with HeliosClient(server) as client:
        made = {job.config["output"] for job in client.list().jobs}
    assert made == {f"{LONG}.mp4", f"{'歌' * 53}.mp4"}
    rows = page.locator("#rows-body td:nth-child(2)")
    expect(rows).to_have_text([f"{LONG}.wav", f"{'歌' * 80}.wav"])
    fits(page)
    # What is no song takes the place of none.
    drop(page, text)
    expect(error).to_have_text(re.compile("^text.wav: "))
    expect(page.locator("#go")).to_have_text("Make 2 films")
    expect(page.locator("#song")).to_contain_text(LONG)


def test_settings_that_are_none_are_refused_in_words(server: str, windows: Windows) -> None:
    page = windows.open(server, DESK)
    expect(page.locator(".template").first).to_be_visible()
    for text in ("[1]", "null", "{", "7"):
        choose(page, "#open", named("settings.json", text))
        expect(page.locator("#make-error")).to_contain_text("cannot be read")
        choose(page, "#open", named("settings.json", '{"fps": 24}'))
        expect(page.locator("#make-error")).to_be_hidden()


def test_a_server_that_is_killed_is_missed_and_found_again(
    tmp_path: Path, windows: Windows
) -> None:
    """In the middle of a film the page is loaded anew, and the server killed and started anew."""
    state = ".job:first-child .state"
    with running(tmp_path, *SERVE, "0") as (url, process):
        with HeliosClient(url) as client:
            square = {"composition": "aurora", "type": "square", "scale": "1/2"}
            client.submit({**square, "duration": "4"})
        page = windows.open(url, TABLET)
        under_way = re.compile("^(Listening|Rendering|Joining) ")
        expect(page.locator(state)).to_have_text(under_way)
        page.reload()
        expect(page.locator(state)).to_have_text(under_way)
        process.kill()
        process.wait(60)
        press(page, card(page, "Cancel"))
        expect(page.locator(".job .note")).to_contain_text("cannot be reached")
        expect(page.locator("#summary")).to_contain_text("cannot be reached")
        assert "Failed to fetch" not in page.inner_text("body")
    with running(tmp_path, *SERVE, url.rpartition(":")[2]):
        expect(page.locator(state)).to_have_text("Done")
        with av.open(str(saved(page, ".job a.button").path())) as film:
            assert sum(1 for _ in film.decode(video=0)) == 120


def test_what_one_tab_removes_goes_from_the_others(server: str, windows: Windows) -> None:
    with HeliosClient(server) as client:
        client.pause()
        jobs = [client.submit({"composition": "aurora"}) for _ in range(2)]
        client.cancel(jobs[0])
        tabs = [windows.open(server, window) for window in (PHONE, DESK)]
        for tab in tabs:
            expect(tab.locator(".job")).to_have_count(2)
        # A list that was asked for before, and comes after, does not bring it back; neither does
        # it take away what came meanwhile.
        tabs[0].evaluate(
            """{
            const now = window.fetch;
            window.fetch = async (...asked) => {
              const answer = await now(...asked);
              if (!String(asked[0]).includes("?limit=")) return answer;
              await new Promise((resolve) => { window.letGo = resolve; });
              return answer;
            };
            document.getElementById("more").click();
            }"""
        )
        until(tabs[0], "!!window.letGo")
        client.forget(jobs[0])
        jobs.append(client.submit({"composition": "emberLake"}))
        shown = "[...document.querySelectorAll('.job')].map((job) => job.dataset.id)"
        kept = f"{shown}.join() === '{jobs[2]},{jobs[1]}'"
        for tab in tabs:
            until(tab, kept)
        tabs[0].evaluate("window.letGo()")
        assert tabs[0].evaluate(f"new Promise((done) => setTimeout(() => done({kept}), 300))")
        # A tab that nobody sees holds no connection, and looks again when it is seen.
        hide = (
            "(isHidden) => { Object.defineProperty(document, 'hidden',"
            " {value: isHidden, configurable: true});"
            " document.dispatchEvent(new Event('visibilitychange')); }"
        )
        tabs[1].evaluate(hide, True)
        client.cancel(jobs[2])
        client.forget(jobs[2])
        expect(tabs[0].locator(".job")).to_have_count(1)
        assert tabs[1].locator(".job").count() == 2
        tabs[1].evaluate(hide, False)
        expect(tabs[1].locator(".job")).to_have_count(1)
        client.cancel(jobs[1])
        assert client.prune() == (jobs[1],)
        for tab in tabs:
            expect(tab.locator(".job")).to_have_count(0)
            expect(tab.locator("#empty")).to_be_visible()
