"""The map as numbers: positions of objects, a column that colours them, its legend, and who one of them is."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from typing import Any

import numpy as np
from flask import Flask, Response, abort, jsonify, request

from morphoexplore.errors import MorphoExploreError
from morphoexplore.steps import colouring, mapping
from morphoexplore.steps.colouring import MEASURED, METADATA, Column
from morphoexplore.steps.mapping import Points
from morphoexplore.store import objects, tree
from morphoexplore_app.session import Session

BINARY = "application/octet-stream"
KEPT = 4  # columns in memory: the one shown, and those that a person switches between


class MapData:
    """Points and columns of one session, as they were asked for last."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.RLock()
        self._points: dict[str, Points] = {}
        self._columns: OrderedDict[str, Column] = OrderedDict()
        # A browser keeps columns by version; another project, or this one restored, may be at the same address later.
        self._salt = secrets.token_hex(4)

    def points(self, space: str) -> Points:
        """Return the points of a space."""
        with self._lock:
            kept = self._points.get(space)
            if kept is None or kept.version != mapping.version(self._session.project, space):
                kept = self._points[space] = mapping.points(self._session.project, space)
            return kept

    def column(self, name: str, space: str) -> tuple[str, Column]:
        """Return a column for the points of a space, and the key that tells its state."""
        project, state = self._session.project, self._session.membership.state
        with self._lock:
            points = self.points(space)
            key = _hashed(space, points.version, name, colouring.version(project, name, state), self._salt)
            if key not in self._columns:
                self._columns[key] = colouring.column(project, name, state, points.objects)
            self._columns.move_to_end(key)
            while len(self._columns) > KEPT:
                self._columns.popitem(last=False)
            return key, self._columns[key]


def of_session(session: Session) -> MapData:
    """Return the map data of a session."""
    with session.lock:
        data: MapData = session.memo.setdefault("map", MapData(session))
        return data


def register(server: Flask, session: Session) -> None:
    """Register the routes."""
    data = of_session(session)

    @server.get("/points/<space>")
    def points(space: str) -> Response:
        """Answer all x, all y (uint16), all object numbers (uint32), little-endian."""
        try:
            found = data.points(space)
        except MorphoExploreError as error:
            abort(404, str(error))
        response = Response(found.packed(), content_type=BINARY)
        if request.args.get("version") == found.version:
            response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
        return response

    @server.get("/column/<name>")
    def column(name: str) -> Response:
        """Answer a code (uint16, little-endian) for every point of ``space``, in the order of the points."""
        key, found = _column(data, name)
        return _checked(Response(found.codes.astype("<u2").tobytes(), content_type=BINARY), key)

    @server.get("/legend/<name>")
    def legend(name: str) -> Response:
        """Answer what the codes mean; its ETag is that of the codes, so that a browser sees whether they agree."""
        key, found = _column(data, name)
        return _checked(jsonify(found.legend), key)

    @server.get("/caption/<int(max=4294967295):number>")
    def caption(number: int) -> Response:
        """Answer who an object is, in two lines."""
        if number >= session.project.count_objects():
            abort(404, "This project has no such object.")
        return jsonify(_caption(session, number))

    @server.get("/selection/<token>")
    def get_selection(token: str) -> Response:
        """Answer the objects of a selection (uint32, little-endian), in its order."""
        try:
            chosen = session.selections.get(token)
        except MorphoExploreError as error:
            abort(404, str(error))
        return Response(chosen.astype("<u4").tobytes(), content_type=BINARY)


def _column(data: MapData, name: str) -> tuple[str, Column]:
    """Return the column that a request asks for; the rest of a long name is in ``of``, for it may hold anything."""
    name = f"{name}:{request.args.get('of', '')}" if f"{name}:" in (METADATA, MEASURED) else name
    try:
        return data.column(name, request.args.get("space", "map"))
    except MorphoExploreError as error:
        abort(404, str(error))


def _checked(response: Response, key: str) -> Response:
    """Let the browser keep an answer, and ask whether it still holds."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(key)
    response.make_conditional(request)
    return response


def _hashed(*parts: str) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def _caption(session: Session, number: int) -> dict[str, Any]:
    node_id = int(session.membership.node[number])
    nodes = tree.nodes(session.project) if node_id != tree.FREE else {}
    return {
        "object_id": objects.ids_of(session.project, np.array([number]))[0],
        "morph": nodes[node_id].title if node_id in nodes else "free",
    }
