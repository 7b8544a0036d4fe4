"""``POST /selection``: little-endian uint32 object numbers in, a token out."""

from __future__ import annotations

import numpy as np
from flask import Flask, Response, jsonify, request

from morphoexplore_app.session import Session


def register(server: Flask, session: Session) -> None:
    """Register the route."""

    @server.post("/selection")
    def put_selection() -> tuple[Response, int] | Response:
        n = session.project.count_objects()
        body = request.get_data(cache=False)
        if len(body) % 4 or len(body) > 4 * n:
            return jsonify(error="A selection is a list of object numbers of this project."), 400
        objects = np.frombuffer(body, "<u4").astype(np.int64)
        if len(objects) and objects.max() >= n:
            return jsonify(error="A selection names an object that this project does not have."), 400
        return jsonify(token=session.selections.put(objects), n=len(objects))
