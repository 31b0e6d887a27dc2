"""Links to films for whoever has them; an entrance for phones."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Self

import httpx
import pytest

from helios.errors import EnvironmentProblem
from helios.server import lan
from helios.server.guard import Refused
from helios.server.lan import code_as_image, code_for_terminal, entrance, new_token
from helios.server.share import Shares

TOKEN = "a-long-enough-token-for-tests"


def test_a_link_shows_one_film_without_the_token_until_its_time(serve: Callable[..., Any]) -> None:
    served = serve(token=TOKEN)
    served.http.headers["authorization"] = f"Bearer {TOKEN}"
    mine, other = served.submit(), served.submit(output="other.mp4")
    for job in (mine, other):
        assert served.ended(job)["status"] == "completed"
    made = served.http.post(f"/api/render/{mine}/share", json={"hours": 2}).json()
    assert made["url"].startswith(f"{served.url}/shared/{mine}.")
    assert made["code"].startswith("data:image/svg+xml")
    film = httpx.get(made["url"], headers={"range": "bytes=2-4"})
    assert (film.status_code, film.content) == (206, b"234")
    assert film.headers["content-disposition"].startswith("inline")
    # Browsers are given a page that plays it, and what that shows of it.
    page = httpx.get(made["url"], headers={"accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.headers["vary"]) == (200, "accept")
    assert '<script type="module" src="/shared.js">' in page.text
    assert httpx.get(f"{served.url}/shared.js").status_code == 200
    about = httpx.get(f"{made['url']}/about").json()
    assert about["until"] == made["until"]
    assert (about["projection"], about["stereo"]) == ("perspective", "mono")
    assert httpx.get(f"{made['url']}0/about").json()["error"] == "there is no such link"
    # It opens nothing else.
    assert httpx.get(f"{served.url}/api/render/{mine}").status_code == 401
    for changed in (made["url"].replace(mine, other), made["url"][:-1], made["url"] + "0"):
        assert httpx.get(changed).status_code == 404
    assert httpx.get(f"{served.url}/shared/").status_code == 404
    assert httpx.get(f"{served.url}/shared/..%2fapi%2frender").status_code == 404
    assert httpx.post(made["url"]).status_code == 405
    served.http.delete(f"/api/render/{mine}?forget=true")
    assert httpx.get(made["url"]).status_code == 404


@pytest.mark.parametrize("hours", [0, -1, 721, "2", None, float("1e9")])
def test_how_long_a_link_holds_is_bounded(served: Any, hours: Any) -> None:
    job = served.submit()
    served.ended(job)
    reply = served.http.post(f"/api/render/{job}/share", json={"hours": hours})
    assert reply.status_code == 422
    assert "hours" in reply.json()["error"]


def test_a_film_that_is_not_finished_has_no_link(served: Any) -> None:
    served.exporter.hold.set()
    job = served.submit()
    assert served.http.post(f"/api/render/{job}/share", json={}).status_code == 409
    assert served.http.post("/api/render/nothing/share", json={}).status_code == 404


def test_a_link_ends_and_is_its_servers_alone() -> None:
    now = [1000.0]
    shares = Shares(TOKEN, lambda: now[0])
    path, until = shares.link("job-1", 0.5)
    key = path.rpartition("/")[2]
    assert until == 1000 + 1800
    assert Shares(TOKEN, lambda: 2799.0).job_of(key) == "job-1"
    now[0] = until
    with pytest.raises(Refused, match="no longer"):
        shares.job_of(key)
    longer = key.replace(str(int(until)), str(int(until) + 1))
    for stranger, asked in ((Shares("another token of letters"), key), (Shares(None), key)):
        with pytest.raises(Refused, match="no such link"):
            stranger.job_of(asked)
    for odd in (longer, "", ".", "a.b", "job-1.٣.x", f"job-1.{10**12}.x", "job-1..", "\0.1.2"):
        with pytest.raises(Refused, match="no such link"):
            shares.job_of(odd)


def test_a_phone_gets_an_address_and_a_code_of_it() -> None:
    token = new_token()
    assert len(token) >= 16
    assert token != new_token()
    url = entrance("http://192.168.1.5:8787", token)
    # Browsers keep what follows the mark to themselves.
    assert url == f"http://192.168.1.5:8787/#token={token}"
    code = code_for_terminal(url)
    assert code.count("\n") > 10
    assert code != code_for_terminal(url + "0")
    assert "svg" in code_as_image(url)
    assert io.StringIO(code).readline()


@pytest.mark.parametrize("found", ["127.0.0.1", "0.0.0.0", OSError("no way there")])
def test_a_machine_in_no_network_says_so(found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Probe(FakeProbe):
        answer = found

    monkeypatch.setattr(lan.socket, "socket", Probe)
    with pytest.raises(EnvironmentProblem, match="no network"):
        lan.lan_address()


def test_the_address_in_the_network_is_the_one_others_answer_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lan.socket, "socket", FakeProbe)
    assert lan.lan_address() == "192.168.7.9"


class FakeProbe:
    """A socket of a machine in a network, or in none."""

    answer: Any = "192.168.7.9"

    def __init__(self, *_: Any) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def connect(self, _: Any) -> None:
        if isinstance(self.answer, OSError):
            raise self.answer

    def getsockname(self) -> tuple[str, int]:
        return self.answer, 40_000
