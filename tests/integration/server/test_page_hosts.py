"""Pages by request: off, unless the operator lists their hosts; then from these hosts alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helios.errors import OptionError
from helios.server.policy import Policy
from helios.server.settings import ServerSettings
from helios.server.sounds import SoundShelf
from helios.server.subtitles import SubtitleShelf

Served = Any
ADDRESSES = {
    "pages.example": ["93.184.216.34"],
    "intern.example": ["10.1.2.3"],
    "cloud.example": ["93.184.216.34", "169.254.169.254"],
    "a.tree.example": ["93.184.216.34"],
}


def resolve(host: str, _: int) -> list[str]:
    if host in ADDRESSES:
        return ADDRESSES[host]
    raise OSError


@pytest.fixture
def listed(serve: Callable[..., Served]) -> Served:
    hosts = ("pages.example", "intern.example:8080", "cloud.example", "gone.example")
    served = serve(allow_hosts=(*hosts, "*.tree.example"))
    served.app.state.context.policy._resolver = resolve
    return served


def ask(served: Served, page: str, **config: Any) -> Any:
    return served.http.post("/api/render", json={"composition": page, **config})


@pytest.mark.parametrize(
    "page",
    [
        "https://pages.example/film.html",
        "http://PAGES.example:81/",
        "http://intern.example:8080/x",
        "https://a.tree.example/?x=1",
    ],
)
def test_pages_of_listed_hosts_are_taken(listed: Served, page: str) -> None:
    listed.ended(ask(listed, page).json()["jobId"])
    (config,) = listed.exporter.configs
    assert config["composition"] == page
    assert config["publicHosts"] is False
    assert "pages.example" in config["allowHost"]
    assert config.get("sandbox", True) is True


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("https://other.example/", "not an allowed host"),
        ("https://tree.example/", "not an allowed host"),
        ("https://pages.example.evil.example/", "not an allowed host"),
        ("https://pages.example@evil.example/", "not an allowed host"),
        ("http://intern.example/", "not an allowed host"),
        ("http://127.0.0.1:8787/", "not an allowed host"),
        ("http://169.254.169.254/latest/meta-data/", "not an allowed host"),
        ("http://[::1]/", "not an allowed host"),
        ("https://cloud.example/", "metadata"),
        ("https://gone.example/", "cannot be resolved"),
        ("http://", "names no host"),
        ("http://[::1/", "no http(s) address"),
        ("http://pages.example:99999/", "no http(s) address"),
        ("file:///etc/passwd", "no "),
        ("ftp://pages.example/", "no "),
    ],
)
def test_other_pages_are_refused_and_it_is_said_why(listed: Served, page: str, said: str) -> None:
    for path, body in (("/api/render", {}), ("/api/preview", {"at": 0})):
        config = {"composition": page}
        sent = {"config": config, **body} if body else config
        reply = listed.http.post(path, json=sent)
        assert reply.status_code == 422
        assert said in reply.json()["error"]
        assert "--allow-host" not in reply.text
    assert listed.queue.list_jobs() == []


def test_without_a_list_no_page_of_another_host_is_drawn(served: Served) -> None:
    reply = ask(served, "https://pages.example/")
    assert reply.status_code == 422
    assert "not rendered by this server" in reply.json()["error"]


def test_a_request_cannot_widen_the_list(listed: Served) -> None:
    for wish in ({"allowHost": ["evil.example"]}, {"publicHosts": True}):
        reply = ask(listed, "https://pages.example/", **wish)
        assert reply.status_code == 422
        assert "operator" in reply.json()["error"]
    assert listed.exporter.configs == []


def test_pages_on_disk_reach_listed_hosts_only(listed: Served, tmp_path: Path) -> None:
    (tmp_path / "comps" / "page.html").write_text("<p>x")
    job_id = ask(listed, "page.html").json()["jobId"]
    shown = listed.ended(job_id)["config"]
    (config,) = listed.exporter.configs
    assert config["publicHosts"] is False
    assert "allowHost" not in shown
    assert ask(listed, **{**shown, "page": shown.pop("composition")}).status_code == 200


def test_a_list_that_makes_no_sense_is_refused_at_the_start(tmp_path: Path) -> None:
    settings = ServerSettings(data=tmp_path, allow_hosts=("http://a/",))
    with pytest.raises(OptionError, match="is no host"):
        Policy(settings, SoundShelf(settings), SubtitleShelf(settings))
