"""The map's binary routes."""

from __future__ import annotations

import numpy as np
import pytest
from flask.testing import FlaskClient

from morphoexplore import review
from morphoexplore.steps import colouring, mapping
from morphoexplore.store import morphospace
from morphoexplore.store.project import Project
from morphoexplore_app import create_app
from tests.made import add_array


@pytest.fixture
def mapped(made_project: Project) -> Project:
    positions = np.array([[number % 6, number // 6] for number in range(30)], dtype=np.float64)
    positions[7] = np.nan
    add_array(made_project, morphospace.EMBEDDING, morphospace.MAP, positions)
    return made_project


@pytest.fixture
def client(mapped: Project) -> FlaskClient:
    return create_app(mapped).server.test_client()


def test_points_are_kept_for_ever_under_their_version_only(client: FlaskClient, mapped: Project) -> None:
    version = mapping.version(mapped, "map")
    answer = client.get(f"/points/map?version={version}")
    assert len(answer.data) == 29 * 8
    assert "immutable" in answer.headers["Cache-Control"]
    assert "immutable" not in client.get("/points/map?version=other").headers.get("Cache-Control", "")
    assert client.get("/points/map").data == answer.data


@pytest.mark.parametrize(
    "path", ["/points/nowhere", "/column/nothing", "/legend/metadata?of=x", "/caption/30", "/selection/x"]
)
def test_what_is_not_there_is_a_sentence(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    assert "<" not in answer.text, "the page shows it as it is"


def test_a_space_without_an_array_is_not_there(made_project: Project) -> None:
    client = create_app(made_project).server.test_client()
    assert client.get("/points/map").status_code == 404
    assert client.get("/points/pc12").status_code == 200


def test_a_column_has_a_code_for_every_point_and_agrees_with_its_legend(
    client: FlaskClient, mapped: Project
) -> None:
    review.confirm(mapped, 1, name="Copepod")
    column, legend = client.get("/column/morph?space=map"), client.get("/legend/morph?space=map")
    codes = np.frombuffer(column.data, "<u2")
    assert len(codes) == 29
    assert column.headers["ETag"] == legend.headers["ETag"]
    assert legend.json is not None
    assert [group["label"] for group in legend.json["groups"]] == ["Copepod"]
    assert (codes != colouring.NONE).sum() == legend.json["groups"][0]["count"] == 7
    assert len(client.get("/column/morph?space=pc12").data) == 60


def test_a_column_is_sent_again_only_after_a_decision(client: FlaskClient, mapped: Project) -> None:
    first = client.get("/column/morph?space=map")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/column/morph?space=map", headers=tag).status_code == 304
    review.confirm(mapped, 1)
    assert client.get("/column/morph?space=map", headers=tag).status_code == 200
    review.undo(mapped)
    assert client.get("/column/morph?space=map").data == first.data


def test_metadata_columns_may_have_any_name(client: FlaskClient, mapped: Project) -> None:
    add_array(mapped, "metadata", "%area/1 ä", np.arange(30, dtype=np.float64))
    answer = client.get("/legend/metadata", query_string={"of": "%area/1 ä", "space": "map"})
    assert answer.json is not None
    assert answer.json["title"] == "%area/1 ä"


def test_a_caption_says_who_an_object_is_now(client: FlaskClient, mapped: Project) -> None:
    assert client.get("/caption/0").json == {"object_id": "obj_0", "morph": "free"}
    review.confirm(mapped, 1, name="<b>")
    assert client.get("/caption/0").json == {"object_id": "obj_0", "morph": "<b>"}


def test_a_selection_comes_back_in_its_order(client: FlaskClient) -> None:
    sent = np.array([9, 3, 5], "<u4").tobytes()
    answer = client.post("/selection", data=sent)
    assert answer.json is not None
    assert client.get(f"/selection/{answer.json['token']}").data == sent
