"""
Who may talk to the server: browsers that came by the token link, from this machine, from our own pages.

A local server can be reached by any program of the machine and, through a browser, by any web page. Hence a token
that becomes a cookie, a list of host names (against DNS rebinding), and the origin of everything that writes.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask, Response, make_response, redirect, request

HOSTS = ("127.0.0.1", "localhost", "[::1]")
READING = ("GET", "HEAD")


def protect(server: Flask, *, token: str, port: int, script_hashes: Sequence[str]) -> None:
    """
    Let only our own pages in.

    Parameters
    ----------
    token : str
        Secret of this server, in the link that it prints.
    port : int
        Names the cookie, so that two servers do not overwrite each other's.
    script_hashes : sequence of str
        CSP hashes of the inline scripts that Dash writes.
    """
    cookie = f"morphoexplore_{port}"
    policy = (
        f"default-src 'self'; script-src 'self' {' '.join(script_hashes)}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'none'"
    )

    @server.before_request
    def let_in() -> Response | None:
        if _host(request.host) not in HOSTS:
            return _refuse(403, "This server answers on 127.0.0.1 only. Open the link that it printed.")
        if request.method not in READING and not _is_ours():
            return _refuse(403, "This request comes from another site and was refused.")
        if request.path == "/favicon.ico":  # browsers ask for it beside every page, the refusal included
            return Response(status=204)
        given = request.args.get("token")
        if given is not None and request.method in READING and _same(given, token):
            return _welcome(cookie, token)
        if not _same(request.cookies.get(cookie, ""), token):
            return _refuse(
                401,
                "This address needs the token of this session. Open the link that morphoexplore serve printed.",
            )
        return None

    @server.after_request
    def add_headers(response: Response) -> Response:
        for name, value in (
            ("Content-Security-Policy", policy),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
        ):
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _host(host: str) -> str:
    """Return the name in a Host header, without the port."""
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _is_ours() -> bool:
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _welcome(cookie: str, token: str) -> Response:
    others = urlencode([(name, value) for name, value in request.args.items(multi=True) if name != "token"])
    path = "/" + quote(request.path.lstrip("/"))  # one slash, nothing raw: never the name of another site
    response = make_response(redirect(path + (f"?{others}" if others else "")))
    response.set_cookie(cookie, token, httponly=True, samesite="Strict", path="/")
    return response


def _refuse(status: int, sentence: str) -> Response:
    return Response(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
