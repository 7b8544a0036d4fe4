"""Names that are offered."""

from __future__ import annotations

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.steps.naming import suggestions
from morphoexplore.store import objects
from morphoexplore.store.project import Project
from tests.made import add_array


def annotate(project: Project, texts: list[str | None], column: str = "annotation_category") -> None:
    dictionary: dict[str, int] = {}
    codes = objects.encode(texts, dictionary)
    array_id = add_array(project, "metadata", column, codes)
    with project.write() as conn:
        objects.put_terms(conn, array_id, dictionary)


def test_a_project_without_names_or_annotations_has_nothing_to_offer(made_project: Project) -> None:
    review.confirm(made_project, 1)
    found = suggestions(made_project)
    assert (found.names, found.taxa, found.by_morph) == ({}, {}, {})


def test_names_in_use_come_first_then_the_most_frequent_annotations(made_project: Project) -> None:
    morph = review.confirm(made_project, 1, name="Calanus")
    review.identify(made_project, morph, taxon="Calanoida")
    annotate(made_project, ["Copepoda"] * 3 + ["Acantharia"] * 20 + [None] * 7)
    found = suggestions(made_project)
    assert list(found.names.items()) == [("Calanus", 1), ("Acantharia", 20), ("Copepoda", 3)]
    assert list(found.taxa) == ["Calanoida", "Acantharia", "Copepoda"]


def test_a_morph_is_offered_the_annotation_of_most_of_its_members(made_project: Project) -> None:
    first, second = review.confirm(made_project, 1), review.confirm(made_project, 2)  # 0 to 7, 8 to 13
    annotate(made_project, ["Copepoda"] * 5 + ["Detritus"] + [None] * 24)
    found = suggestions(made_project)
    assert found.by_morph[first].text == "Copepoda"
    assert found.by_morph[first].annotated == 6
    assert found.by_morph[first].share == pytest.approx(5 / 6)
    assert second not in found.by_morph


def test_of_a_lineage_the_last_name_is_offered(made_project: Project) -> None:
    morph = review.confirm(made_project, 1)
    annotate(
        made_project,
        ["living>Crustacea>Copepoda", "living>Copepoda"] * 4 + [None] * 22,
        "annotation_hierarchy",
    )
    assert suggestions(made_project).by_morph[morph].annotated == 8
    assert list(suggestions(made_project).names) == ["Copepoda"]


def test_objects_without_a_cell_count_as_without_annotation(made_project: Project) -> None:
    morph = review.confirm(made_project, 1)
    annotate(made_project, ["Copepoda"] * 4)  # added before the other objects were
    found = suggestions(made_project, node=np.repeat([morph, -1], [8, 22])).by_morph[morph]
    assert (found.share, found.annotated) == (1.0, 4)
