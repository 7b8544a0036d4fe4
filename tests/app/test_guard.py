"""Who may talk to the server, and what it never says."""

from __future__ import annotations

import http.client
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dash import Dash, Input, Output
from dash.exceptions import PreventUpdate

import morphoexplore as mx
from morphoexplore.errors import DecisionError
from morphoexplore_app import create_app, ids, shell
from tests.app.browsing import Served


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    served: Served,
    path: str,
    *,
    method: str = "GET",
    token: str | None = None,
    host: str | None = None,
    body: bytes | None = None,
    **headers: str,
) -> Answer:
    """Ask as any program can, without following where it is sent; underscores of headers are hyphens."""
    sent = {"Host": host or f"127.0.0.1:{served.port}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    if token is not None:
        sent["Cookie"] = f"morphoexplore_{served.port}={token}"
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=sent)
        response = connection.getresponse()
        cookies = response.headers.get_all("Set-Cookie") or []
        return Answer(response.status, dict(response.headers), cookies, response.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The project of :mod:`tests.made`, served."""
    folder = tmp_path_factory.mktemp("guarded") / "project"
    shutil.copytree(template, folder)
    server = Served(folder)
    yield server
    server.stop()
    assert "Traceback" not in server.log


def suites(served: Served) -> list[str]:
    """Return the addresses of scripts and styles in the first page."""
    page = ask(served, "/", token=served.token).text
    return [part.split('"')[0] for mark in ('src="', 'href="') for part in page.split(mark)[1:]]


# ------------------------------------------------------------------------------------------ the token


@pytest.mark.parametrize(
    "path",
    ["/", "/review", "/_dash-layout", "/_dash-dependencies", "/picture/0", "/assets/keys.js", "/nothing"],
)
def test_nothing_is_told_without_the_token(served: Served, path: str) -> None:
    answer = ask(served, path)
    assert answer.status == 401
    assert "open the link" in answer.text.lower()
    assert served.folder.name not in answer.text


def test_a_wrong_token_is_none(served: Served) -> None:
    assert ask(served, "/", token="a" * 32).status == 401
    assert ask(served, "/", token="").status == 401
    assert ask(served, "/?token=" + "a" * 32).status == 401
    assert ask(served, "/?token=").status == 401
    assert ask(served, "/?token=%E2%82%AC").status == 401


def test_the_link_becomes_a_cookie(served: Served) -> None:
    answer = ask(served, f"/?token={served.token}")
    assert answer.status == 302
    assert answer.headers["Location"] == "/"
    (cookie,) = answer.cookies
    assert cookie.startswith(f"morphoexplore_{served.port}={served.token};")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert served.token not in answer.text


def test_the_link_keeps_what_else_it_says(served: Served) -> None:
    answer = ask(served, f"/map?view=1,2&token={served.token}&colour=a%20b")
    assert answer.headers["Location"] == "/map?view=1%2C2&colour=a+b"


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%2F%2Fevil.example/", "/\\evil.example", "/%09/evil.example", "/%0D%0A/x"]
)
def test_the_link_leads_nowhere_else(served: Served, path: str) -> None:
    answer = ask(served, f"{path}?token={served.token}")
    assert answer.status == 302
    place = answer.headers["Location"]
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\")), "a browser would take this for another site"


def test_the_cookie_opens_the_page(served: Served) -> None:
    answer = ask(served, "/", token=served.token)
    assert answer.status == 200
    assert '<html lang="en">' in answer.text
    assert served.token not in answer.text


def test_scripts_and_styles_need_the_cookie_too(served: Served) -> None:
    found = [address for address in suites(served) if address.startswith("/")]
    kinds = {address.split("/")[1] for address in found}
    assert {"_dash-component-suites", "assets"} <= kinds
    for address in found:
        assert ask(served, address).status == 401, address
        assert ask(served, address, token=served.token).status == 200, address


def test_a_token_on_a_writing_request_lets_nobody_in(served: Served) -> None:
    assert ask(served, f"/selection?token={served.token}", method="POST", body=b"").status == 401


# ------------------------------------------------------------------------------------------ other sites


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8050",
        "[::2]",
        "0",
    ],
)
def test_a_foreign_host_is_refused_even_with_the_cookie(served: Served, host: str) -> None:
    answer = ask(served, "/", token=served.token, host=host)
    assert answer.status == 403
    assert "127.0.0.1" in answer.text


def test_localhost_is_this_machine(served: Served) -> None:
    assert ask(served, "/", token=served.token, host=f"localhost:{served.port}").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
    ],
    ids=lambda headers: "=".join(*headers.items()),
)
def test_what_writes_must_come_from_our_pages(served: Served, method: str, headers: dict[str, str]) -> None:
    answer = ask(served, "/selection", method=method, token=served.token, body=b"", **headers)
    assert answer.status == 403
    assert "another site" in answer.text


def test_our_own_pages_may_write(served: Served) -> None:
    headers = {"Origin": served.base, "Sec_Fetch_Site": "same-origin"}
    answer = ask(served, "/selection", method="POST", token=served.token, body=bytes(8), **headers)
    assert answer.status == 200
    assert json.loads(answer.body)["n"] == 2


def test_two_servers_do_not_share_their_cookies(served: Served, made_project: mx.Project) -> None:
    other = Served(made_project.folder)
    try:
        assert other.port != served.port
        both = f"morphoexplore_{served.port}={served.token}; morphoexplore_{other.port}={other.token}"
        for one in (served, other):
            assert ask(one, "/", Cookie=both).status == 200
        assert ask(other, "/", token=served.token).status == 401
        assert ask(other, "/", Cookie=f"morphoexplore_{served.port}={served.token}").status == 401
        assert ask(other, f"/?token={served.token}").status == 401
    finally:
        other.stop()


# ------------------------------------------------------------------------------------------ files and headers


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../guard.py",
        "/assets/..%2fguard.py",
        "/assets/%2e%2e/guard.py",
        "/assets//etc/passwd",
        "/_dash-component-suites/morphoexplore_app/components/../guard.py",
        "/_dash-component-suites/morphoexplore_app.components/build.mjs",
        "/_dash-component-suites/os/../../etc/passwd",
        "/picture/../project.db",
        "/image/0/..%2f..%2fproject.db",
        "/project.db",
        "/serving.json",
    ],
)
def test_no_path_leads_to_a_file(served: Served, path: str) -> None:
    answer = ask(served, path, token=served.token)
    assert answer.status in (200, 404)
    if answer.status == 200:  # a path that is nobody's gets the app, which says so
        assert '<html lang="en">' in answer.text
    assert b"SQLite format" not in answer.body
    assert "hmac" not in answer.text
    assert "root:" not in answer.text
    assert "esbuild" not in answer.text
    assert served.token not in answer.text


@pytest.mark.parametrize("token", ["right", None])
def test_headers_stand_on_every_answer(served: Served, token: str | None) -> None:
    answer = ask(served, "/", token=token and served.token)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert "'unsafe" not in policy["script-src"]
    assert policy["frame-ancestors"] == "'none'"
    assert "waitress" not in answer.headers.get("Server", "")
    assert "python" not in answer.headers.get("Server", "").lower()


def test_only_this_machine_is_listened_to(served: Served) -> None:
    import psutil

    listening = [
        connection.laddr.ip
        for connection in psutil.Process(served.process.pid).net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


# ------------------------------------------------------------------------------------------ what goes wrong

SECRET = "object 5 of /home/ana/private"


@pytest.fixture
def broken(made_project: mx.Project) -> Dash:
    """An app with callbacks and routes that raise."""
    app = create_app(made_project)

    @app.callback(Output("one", "children"), Input("key", "data"))
    def one_output(key: str) -> str:
        raise KeyError(SECRET)

    @app.callback(Output("first", "children"), Output("second", "children"), Input("known", "data"))
    def two_outputs(known: str) -> tuple[str, str]:
        raise DecisionError("Seed 3 is confirmed already.")

    @app.callback(Output("calm", "children"), Input("nothing", "data"))
    def nothing_to_do(nothing: str) -> str:
        raise PreventUpdate

    @app.server.get("/broken")
    def broken_route() -> str:
        raise RuntimeError(SECRET)

    @app.server.get("/refused")
    def refused_route() -> str:
        raise DecisionError("Seed 3 is confirmed already.")

    return app


def fire(app: Dash, outputs: list[tuple[str, str]], trigger: str, property: str = "data") -> Any:
    """Send what Dash's own script sends when a property has changed."""
    flat = [{"id": id, "property": name} for id, name in outputs]
    several = len(outputs) > 1
    named = "...".join(f"{id}.{name}" for id, name in outputs)
    sent = {
        "output": f"..{named}.." if several else named,
        "outputs": flat if several else flat[0],
        "inputs": [{"id": trigger, "property": property, "value": "x"}],
        "changedPropIds": [f"{trigger}.{property}"],
        "state": [],
    }
    app.server.test_client().get("/_dash-layout")
    return app.server.test_client().post("/_dash-update-component", json=sent)


def test_a_callback_that_raises_shows_a_sentence_and_logs_the_trace(
    broken: Dash, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = fire(broken, [("one", "children")], "key")
    assert answer.status_code == 200
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    (notice,) = answer.json["sideUpdate"][ids.NOTICES]["sendNotifications"]
    assert "error in the program (KeyError)" in notice["message"]
    assert notice["autoClose"] is False
    (record,) = caplog.records
    assert record.exc_info is not None
    assert SECRET in str(record.exc_info[1])


def test_an_error_that_can_be_mended_is_its_own_sentence(
    broken: Dash, caplog: pytest.LogCaptureFixture
) -> None:
    answer = fire(broken, [("first", "children"), ("second", "children")], "known")
    (notice,) = answer.json["sideUpdate"][ids.NOTICES]["sendNotifications"]
    assert notice["message"] == "Seed 3 is confirmed already."
    assert "first" not in answer.json.get("response", {}), "what was there stays"
    assert caplog.records == []


def test_a_callback_with_nothing_to_do_says_nothing(broken: Dash) -> None:
    assert fire(broken, [("calm", "children")], "nothing").status_code == 204


def test_a_page_that_cannot_be_drawn_says_so_in_its_place(
    made_project: mx.Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(made_project)

    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(shell.PAGES[0], "layout", fail)
    sent = {
        "output": f"..{ids.CONTENT}.children...{ids.NAVIGATION}.children..",
        "outputs": [
            {"id": ids.CONTENT, "property": "children"},
            {"id": ids.NAVIGATION, "property": "children"},
        ],
        "inputs": [
            {"id": ids.URL, "property": "pathname", "value": "/"},
            {"id": ids.URL, "property": "search", "value": ""},
            {"id": ids.REDRAW, "property": "data", "value": None},
        ],
        "changedPropIds": [f"{ids.URL}.pathname"],
        "state": [],
    }
    answer = app.server.test_client().post("/_dash-update-component", json=sent)
    assert answer.status_code == 200
    assert SECRET not in answer.text
    shown = json.dumps(answer.json["sideUpdate"][ids.CONTENT]["children"])
    assert "error in the program (ZeroDivisionError)" in shown
    assert len(caplog.records) == 1


def test_a_route_that_raises_answers_with_a_sentence(broken: Dash, caplog: pytest.LogCaptureFixture) -> None:
    answer = broken.server.test_client().get("/broken")
    assert answer.status_code == 500
    assert "error in the program (RuntimeError)" in answer.text
    assert SECRET not in answer.text
    assert len(caplog.records) == 1
    refused = broken.server.test_client().get("/refused")
    assert (refused.status_code, refused.text) == (409, "Seed 3 is confirmed already.\n")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"{}", "application/json"),
        (b"x" * 10, "text/plain"),
        (
            json.dumps({"output": "a.b", "outputs": {}, "inputs": [], "changedPropIds": []}).encode(),
            "application/json",
        ),
    ],
)
def test_nonsense_gets_no_trace(made_project: mx.Project, body: bytes, kind: str) -> None:
    client = create_app(made_project).server.test_client()
    answer = client.post("/_dash-update-component", data=body, content_type=kind)
    assert 400 <= answer.status_code <= 500
    assert "Traceback" not in answer.text
    assert "File " not in answer.text
    assert "site-packages" not in answer.text


def test_a_selection_names_objects_of_the_project(served: Served) -> None:
    for body in (b"abc", bytes([255] * 4), bytes(4 * 1000)):
        answer = ask(served, "/selection", method="POST", token=served.token, body=body)
        assert answer.status == 400
        assert json.loads(answer.body)["error"].startswith("A selection ")


def test_the_users_names_are_text(serve: Callable[..., Served], made_project: mx.Project) -> None:
    node = mx.review.confirm(made_project, 1)
    mx.review.name(made_project, node, "<img src=x onerror=alert(1)>")
    served = serve(made_project.folder)
    assert "<img" not in ask(served, "/", token=served.token).text
