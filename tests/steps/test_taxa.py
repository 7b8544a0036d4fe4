"""Lists of taxa in the project: joined, searched, learned; and the kind that a taxon gives its morph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.steps.taxa import add_taxa, learn_taxa
from morphoexplore.store import objects, taxa, tree
from morphoexplore.store.project import Project
from tests import made

LIST = (
    "display_name,lineage,ecotaxa_id,aphia_id,taxon_type\n"
    "Copepoda,Biota>Animalia>Arthropoda>Copepoda,25828,1080,P\n"
    "egg<Copepoda,Biota>Animalia>Arthropoda>Copepoda>egg,900,,M\n"
    "detritus,not-living>detritus,84963,,P\n"
    "plastic,not-living>plastic,5,,P\n"
    "temporary>t001,temporary>t001,85012,,M\n"
)


@pytest.fixture
def listed(made_project: Project, tmp_path: Path) -> Project:
    (tmp_path / "list.csv").write_text(LIST)
    assert add_taxa(made_project, tmp_path / "list.csv")["new"] == 5
    return made_project


def test_reading_a_list_again_changes_nothing(listed: Project, tmp_path: Path) -> None:
    report = add_taxa(listed, tmp_path / "list.csv")
    assert (report["new"], report["changed"], report["total"]) == (0, 0, 5)


def test_lists_add_to_each_other(listed: Project, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text(
        "display_name,lineage,ecotaxa_id,aphia_id,taxon_type\n"
        "detritus,,84963,,\n"  # says less: nothing changes
        "plastic,not-living>plastic,,77,\n"  # known by its name
        "Copepoda,living>Eukaryota>Copepoda,25828,,\n"  # the lineage of before 2026
        "plastic,not-living>other>plastic,6,,\n"  # another of that name
    )
    report = add_taxa(listed, tmp_path / "more.csv")
    assert (report["new"], report["changed"]) == (1, 1)
    table = taxa.listing(listed).set_index("ecotaxa_id")
    assert table.loc[5, "aphia_id"] == 77
    assert table.loc[84963, "lineage"] == "not-living>detritus"
    assert table.loc[25828, "lineage"].startswith("Biota")


def test_names_that_begin_with_the_words_come_first(listed: Project) -> None:
    assert [one.display_name for one in taxa.search(listed, "cop")] == ["Copepoda", "egg<Copepoda"]
    assert [one.display_name for one in taxa.search(listed, "egg cop")] == ["egg<Copepoda"]
    assert [one.display_name for one in taxa.search(listed, "g*pod")] == ["egg<Copepoda"]
    assert taxa.search(listed, "%") == taxa.search(listed, " ") == taxa.search(listed, "_") == []


def test_the_kind_follows_from_the_root_unless_it_was_set(listed: Project) -> None:
    first, second, third = (review.confirm(listed, seed) for seed in (1, 2, 3))
    branch = review.make_branch(listed, name="B", owns=[third])

    def kinds() -> list[str]:
        nodes = tree.nodes(listed)
        return [tree.kind_of(nodes, one) for one in (first, second, third)]

    assert kinds() == ["living"] * 3
    review.identify(listed, first, taxon="detritus", ecotaxa_id=84963)
    review.identify(listed, second, taxon="plastic")
    review.identify(listed, branch, taxon="temporary>t001", taxon_type="M")
    assert kinds() == ["detritus", "artefact", "unknown"]
    review.kind(listed, first, "living")
    review.kind(listed, branch, "multiple")
    assert kinds() == ["living", "artefact", "multiple"]
    review.undo(listed)
    review.undo(listed)
    assert kinds() == ["detritus", "artefact", "unknown"]
    assert mx.check(listed) == []


def test_a_taxon_and_a_name_are_one_decision(listed: Project) -> None:
    morph = review.confirm(listed, 1)
    review.identify(listed, morph, taxon="egg<Copepoda", ecotaxa_id=900, taxon_type="M", name="egg")
    node = tree.nodes(listed)[morph]
    assert (node.name, node.taxon, node.ecotaxa_id, node.taxon_type) == ("egg", "egg<Copepoda", 900, "M")
    review.undo(listed)
    node = tree.nodes(listed)[morph]
    assert (node.name, node.taxon, node.ecotaxa_id, node.taxon_type) == (None,) * 4
    with pytest.raises(DecisionError, match="P \\(phylo\\) and M"):
        review.identify(listed, morph, taxon="x", taxon_type="Q")


def test_taxa_are_learned_from_what_the_objects_brought_along(made_project: Project) -> None:
    def column(name: str, texts: list[str | None]) -> None:
        dictionary: dict[str, int] = {}
        codes = objects.encode(texts + [None] * (made_project.count_objects() - len(texts)), dictionary)
        array_id = made.add_array(made_project, "metadata", name, codes)
        with made_project.write() as conn:
            objects.put_terms(conn, array_id, dictionary)

    assert learn_taxa(made_project)["read"] == 0
    column("annotation_category", ["detritus", "detritus", "egg<other", None])
    column("annotation_hierarchy", ["not-living>detritus", "not-living>detritus", "Biota>other>egg", None])
    numbers = np.full(made_project.count_objects(), np.nan)
    numbers[:3] = [84963, 84963, 85078]
    made.add_array(made_project, "metadata", "annotation_category_id", numbers)
    assert learn_taxa(made_project)["new"] == 2
    assert taxa.listing(made_project)[["display_name", "lineage", "ecotaxa_id"]].values.tolist() == [
        ["egg<other", "Biota>other>egg", 85078],
        ["detritus", "not-living>detritus", 84963],
    ]
