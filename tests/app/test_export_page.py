from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.methods.classic import DESCRIPTORS, PLACES
from morphoexplore.steps import exporting
from morphoexplore.store import tree
from morphoexplore.store.project import Project
from morphoexplore_app import create_app
from morphoexplore_app.pages import export
from morphoexplore_app.session import Session
from tests import made
from tests.app.test_diversity_page import text_of


@pytest.fixture
def session(made_project: Project) -> Session:
    review.confirm(made_project, 1)
    second = review.confirm(made_project, 2)
    review.name(made_project, second, "long " * 80)
    review.identify(made_project, second, taxon="Copepoda", ecotaxa_id=25828)
    n, names = made_project.count_objects(), [one.name for one in DESCRIPTORS]
    made.add_array(
        made_project, "features", "classic", np.ones((n, len(names))), parameters={"descriptors": names}
    )
    made.add_array(made_project, "places", "classic", np.ones((n, len(PLACES))), parameters={"of": 1})
    mx.partition(made_project, cells=4, dims=3)
    return Session(made_project)


def test_every_format_of_the_verb_has_a_card_and_no_other(session: Session) -> None:
    assert list(export.CARDS) == list(exporting.FORMATS)
    said = text_of(export.layout(session, query={}))
    for name, (file, _) in exporting.FORMATS.items():
        assert (f"Download {file}" in said) == (name != exporting.BACKUP)
    assert "There are no images" in said
    assert "14 members" in said
    assert "14 confirmed with their seed, unseen" in said


def test_without_descriptors_there_is_no_card_for_them(made_project: Project) -> None:
    review.confirm(made_project, 1)
    assert "Download descriptors.csv" not in text_of(export.layout(Session(made_project), query={}))


def test_cells_need_nobody_who_sorted(made_project: Project) -> None:
    mx.partition(made_project, cells=4, dims=3)
    said = text_of(export.layout(Session(made_project), query={}))
    assert "Nothing is sorted yet. What there is of the partition into 4 cells" in said
    assert [file for _, (file, _) in exporting.FORMATS.items() if f"Download {file}" in said] == [
        "guide.html",
        "partition.csv",
        "cells.csv",
    ]
    assert "30 objects" in said


def test_without_a_partition_there_are_no_cards_for_cells(made_project: Project) -> None:
    review.confirm(made_project, 1)
    said = text_of(export.layout(Session(made_project), query={}))
    assert "Download guide.html" in said
    assert "partition.csv" not in said


def test_nothing_sorted_leads_to_review(made_project: Project) -> None:
    assert "nothing to export" in text_of(export.layout(Session(made_project), query={}))


def test_what_ecotaxa_cannot_take_is_said_before_the_download(session: Session) -> None:
    said = text_of(export.notes(session))
    assert "was cut to 250 characters" in said
    review.name(session.project, tree.nodes(session.project)[2].node_id, "short")
    assert "Everything fits" in text_of(export.notes(session))


def test_without_categories_the_card_leads_to_the_names(made_project: Project) -> None:
    review.confirm(made_project, 1)
    said = text_of(export.layout(Session(made_project), query={}))
    assert "No morph has an EcoTaxa id yet." in said
    assert "Download ecotaxa_classification.zip" not in said
    assert export.notes(Session(made_project), exporting.CLASSIFICATION) == []


def test_who_is_left_out_of_a_classification_is_said_before(session: Session) -> None:
    assert "8 objects left out: morph 1 has no" in text_of(export.notes(session, exporting.CLASSIFICATION))


@pytest.mark.parametrize("name", [name for name in exporting.FORMATS if name != exporting.BACKUP])
def test_downloads_are_the_files_of_the_verb(session: Session, tmp_path: Path, name: str) -> None:
    answer = create_app(session.project).server.test_client().get(f"/download/export/{name}")
    file, _ = exporting.FORMATS[name]
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{file}"
    assert answer.data == Path(exporting.export(session.project, tmp_path, format=name)["file"]).read_bytes()


def test_temporary_files_are_removed(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    client = create_app(session.project).server.test_client()
    for path in ("csv", "ecotaxa", "no-such-format"):
        with client.get(f"/download/export/{path}") as answer:
            assert answer.data
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_a_backup_without_images_is_answered_with_a_sentence(session: Session) -> None:
    answer = create_app(session.project).server.test_client().get("/download/export/ecotaxa-backup")
    assert answer.status_code == 409
    assert "nothing that EcoTaxa could import" in answer.text


def test_a_download_of_nothing_is_answered_with_a_sentence(made_project: Project) -> None:
    answer = create_app(made_project).server.test_client().get("/download/export/csv")
    assert answer.status_code == 409
    assert "no morphs yet" in answer.text


def test_the_update_for_ecotaxa_holds_members_only(session: Session) -> None:
    answer = create_app(session.project).server.test_client().get("/download/export/ecotaxa")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive, archive.open("ecotaxa_morphs.tsv") as file:
        assert len(pd.read_csv(file, sep="\t", skiprows=[1])) == 14
