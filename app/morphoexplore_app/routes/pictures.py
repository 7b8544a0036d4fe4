"""
Images of objects: ``/picture/<n>`` (at most 256 px), ``/image/<n>/<rank>`` (the original), ``/sheet`` (sprites).

What is drawn of an object never changes, so browsers may keep it. It is theirs per server (``Vary: Cookie``, which
holds the token): another project served at the same port later has other pictures at the same address.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, request

from morphoexplore.errors import MorphoExploreError
from morphoexplore.reading import sprites
from morphoexplore.steps.originals import Originals
from morphoexplore.store.images import PackReader
from morphoexplore_app.session import Session

MOST = sprites.COLUMNS**2  # objects of one sheet
SIDES = {"64", "128"}
KEPT = "private, max-age=3600"
ASKED_AGAIN = "private, no-cache"  # where something is not drawn yet
NO_IMAGE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128" width="128" height="128">'
    '<rect width="128" height="128" fill="#e8e8e8"/>'
    '<path d="M52 40l24 24m0-24l-24 24" stroke="#8a8a8a" stroke-width="3" stroke-linecap="round"/>'
    '<text x="64" y="94" text-anchor="middle" font-family="sans-serif" font-size="14" fill="#5a5a5a">no image</text>'
    "</svg>"
)


def register(server: Flask, session: Session) -> None:
    """Register the routes."""
    packs = PackReader(session.project)
    originals = originals_of(session)

    def answer(numbers: list[int], make: Callable[[], Response]) -> Response:
        """Answer with what *make* draws of some objects, or that the browser has it already."""
        version, drawn = packs.state()
        if max(numbers) >= drawn and max(numbers) >= (n := session.project.count_objects()):
            return _refuse(400, f"This project has no object {max(numbers)}; the last one is {n - 1}.")
        is_final = max(numbers) < drawn
        try:
            has_it = is_final and request.if_none_match.contains(version)
            response = Response(status=304) if has_it else make()
        except MorphoExploreError as error:
            return _refuse(500, str(error))
        if is_final:
            response.set_etag(version)
        return _keep(response, is_final=is_final)

    @server.get("/picture/<int(max=4294967295):number>")
    def get_picture(number: int) -> Response:
        def make() -> Response:
            data = packs.pictures([number])[0]
            return Response(data or NO_IMAGE, content_type="image/jpeg" if data else "image/svg+xml")

        return answer([number], make)

    @server.get("/image/<int(max=4294967295):number>/<int(signed=True, max=1000000):rank>")
    def get_image(number: int, rank: int) -> Response:
        try:
            content, mime = originals.read(number, rank)
        except MorphoExploreError as error:
            return _refuse(404, str(error))
        return _keep(Response(content, content_type=mime), is_final=True)

    @server.get("/sheet")
    def get_sheet() -> Response:
        side = request.args.get("side", "64")
        if side not in SIDES:
            return _refuse(400, "side is 64 or 128.")
        try:
            numbers = parse(request.args.get("objects", ""))
        except ValueError as error:
            return _refuse(400, str(error))

        def make() -> Response:
            if side == "64":
                sheet = sprites.sheet_of_tiles(packs.tiles(numbers))
            else:
                sheet = sprites.sheet_of_pictures(packs.pictures(numbers), int(side))
            return Response(sheet, content_type="image/jpeg")

        return answer(numbers, make)


def originals_of(session: Session) -> Originals:
    """Return the reader of original images, one for the whole server: it keeps zips open."""
    with session.lock:
        found: Originals = session.memo.setdefault("originals", Originals(session.project))
    return found


def parse(text: str) -> list[int]:
    """Return the object numbers of a list with commas."""
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        message = "objects is a list of object numbers with commas between them, as in objects=1,2,3."
        raise ValueError(message)
    if len(parts) > MOST:
        message = f"A sheet holds at most {MOST} objects; {len(parts)} were asked for."
        raise ValueError(message)
    return [int(part) for part in parts]


def _keep(response: Response, *, is_final: bool) -> Response:
    response.headers["Cache-Control"] = KEPT if is_final else ASKED_AGAIN
    response.vary.add("Cookie")
    return response


def _refuse(status: int, sentence: str) -> Response:
    response = Response(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
