"""Lists of taxa in every form that users have them in."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from morphoexplore.errors import SourceError
from morphoexplore.reading.taxa import read_taxa
from morphoexplore.records import Taxon

TREE = (
    "id\taphia_id\tparent_id\trank\tname\ttaxotype\ttaxostatus\trename_to\tdisplay_name\tlineage\n"
    "1\t1\t\tSuperdomain\tBiota\tP\tA\t\tBiota\tBiota\n"
    "25828\t1080\t1\tClass\tCopepoda\tP\tA\t\tCopepoda\tCopepoda<Biota\n"
    "900\t\t25828\t\tegg\tM\tN\t\tegg<Copepoda\tegg<Copepoda<Biota\n"
    "901\t\t25828\t\told\tM\tD\t900\told<Copepoda\told<Copepoda<Biota\n"
    "902\t\t77\t\tlost\tP\tA\t\tlost\tlost<Annelida<Biota\n"
)
WORMS = (
    "AphiaID,ScientificName,AphiaID_accepted,ScientificName_accepted,Kingdom,Phylum,Class,Genus,taxonRank\n"
    "104464,Calanus finmarchicus,104464,Calanus finmarchicus,Animalia,Arthropoda,Copepoda,Calanus,Species\n"
    "1080,Copepoda,1080,Copepoda,Animalia,Arthropoda,Copepoda,,Class\n"
    "5,Old name,1080,Copepoda,Animalia,Arthropoda,Copepoda,,Class\n"
    ",Nothing,,,,,,,\n"
)
DARWIN_CORE = (
    "taxonID\tscientificName\tacceptedNameUsageID\tkingdom\tphylum\tclass\ttaxonRank\n"
    "urn:lsid:marinespecies.org:taxname:1080\tCopepoda\turn:lsid:marinespecies.org:taxname:1080\tAnimalia\tArthropoda\tCopepoda\tClass\n"
)
TABLE = (
    "object_id\tobject_annotation_category\tobject_annotation_category_id\tobject_annotation_hierarchy\n"
    "[t]\t[t]\t[f]\t[t]\n"
    "o1\tdetritus\t84963.0\tnot-living>detritus\n"
    "o2\tdetritus\t84963.0\tnot-living>detritus\n"
    "o3\t\t\t\n"
    "o4\tsmall<egg\t92731\t\n"
)


def written(folder: Path, text: str, name: str = "list.txt", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def test_the_tree_of_ecotaxa_gives_numbers_types_and_lineages_from_the_root_down(tmp_path: Path) -> None:
    found = read_taxa(written(tmp_path, TREE, encoding="utf-8-sig"))
    assert found.format == "ecotaxa"
    assert found.taxa[1:3] == [
        Taxon("Copepoda", "Biota>Copepoda", 25828, 1080, "P", "Class"),
        Taxon("egg<Copepoda", "Biota>Copepoda>egg", 900, None, "M", None),
    ]
    assert found.taxa[3].lineage == "Biota>Annelida>lost"  # its parent is not in the file
    assert [problem.line for problem in found.problems] == [5]


def test_a_download_of_worms_gives_accepted_names_below_biota(tmp_path: Path) -> None:
    found = read_taxa(written(tmp_path, WORMS, encoding="cp1252"))
    assert found.taxa == [
        Taxon(
            "Calanus finmarchicus",
            "Biota>Animalia>Arthropoda>Copepoda>Calanus>Calanus finmarchicus",
            None,
            104464,
            "P",
            "Species",
        ),
        Taxon("Copepoda", "Biota>Animalia>Arthropoda>Copepoda", None, 1080, "P", "Class"),
    ]
    assert [problem.line for problem in found.problems] == [5]


@pytest.mark.parametrize("species", ["finmarchicus", "Calanus finmarchicus", ""])
def test_epithets_alone_are_no_part_of_a_lineage(tmp_path: Path, species: str) -> None:
    text = (
        "AphiaID,ScientificName,Phylum,Genus,Species,Subspecies\n"
        f"104464,Calanus finmarchicus,Arthropoda,Calanus,{species},\n"
    )
    (taxon,) = read_taxa(written(tmp_path, text)).taxa
    assert taxon.lineage == "Biota>Arthropoda>Calanus>Calanus finmarchicus"


def test_the_darwin_core_of_worms_is_read_from_its_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "worms.zip", "w") as archive:
        archive.writestr("taxon.txt", DARWIN_CORE)
        archive.writestr("meta.xml", "<archive/>")
    (taxon,) = read_taxa(tmp_path / "worms.zip").taxa
    assert (taxon.display_name, taxon.aphia_id) == ("Copepoda", 1080)


def test_tables_of_ecotaxa_teach_the_categories_that_they_name(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    written(tmp_path / "s", TABLE, "ecotaxa_s.tsv")
    found = read_taxa(tmp_path)
    assert found.format == "learned"
    assert found.taxa == [
        Taxon("detritus", "not-living>detritus", 84963),
        Taxon("small<egg", "egg>small", 92731),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_plain_list_is_read_whatever_separates_its_cells(tmp_path: Path, separator: str) -> None:
    text = "category|hierarchy|id|aphiaid|type\nfiber|detritus<not-living|12.0||morpho\n|||| \nbad||x||\n"
    found = read_taxa(written(tmp_path, text.replace("|", separator)))
    assert found.taxa == [Taxon("fiber", "not-living>detritus>fiber", 12, None, "M")]
    assert [(problem.line, problem.reason) for problem in found.problems] == [
        (4, "The number 'x' is no whole one; it was left out.")
    ]


def test_a_number_of_0_stands_for_none(tmp_path: Path) -> None:
    found = read_taxa(written(tmp_path, "display_name,ecotaxa_id,aphia_id\nCopepoda,0,1080\nfiber,0.0,0\n"))
    assert found.taxa == [Taxon("Copepoda", "Copepoda", None, 1080), Taxon("fiber", "fiber")]
    assert found.problems == []


def _not_packed(path: Path) -> Path:
    return written(path, "display_name\nCopepoda\n", "list.csv.gz")


def _cut_off(path: Path) -> Path:
    (path / "cut.csv.gz").write_bytes(gzip.compress(b"display_name\nCopepoda\n" * 9000)[:-20])
    return path / "cut.csv.gz"


def _locked(path: Path) -> Path:
    with zipfile.ZipFile(path / "worms.zip", "w") as archive:
        archive.writestr("taxon.txt", DARWIN_CORE)
    data = bytearray((path / "worms.zip").read_bytes())
    for place in (6, data.find(b"PK\x01\x02") + 8):  # flags: it is encrypted
        data[place] |= 1
    (path / "worms.zip").write_bytes(data)
    return path / "worms.zip"


def _folder(path: Path) -> Path:
    (path / "taxon.txt").mkdir()
    return path


@pytest.mark.parametrize("make", [_not_packed, _cut_off, _locked, _folder])
def test_what_cannot_be_opened_is_a_sentence(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(SourceError, match="cannot be read as a table"):
        read_taxa(make(tmp_path))


def test_what_cannot_be_opened_does_not_hide_the_rest(tmp_path: Path) -> None:
    _folder(tmp_path)
    written(tmp_path, TABLE, "ecotaxa_s.tsv")
    found = read_taxa(tmp_path)
    assert len(found.taxa) == 2
    assert [problem.file for problem in found.problems] == ["taxon.txt"]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "name\n\n", "\x00\x01\x02"])
def test_what_is_no_list_of_taxa_is_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError, match="holds no taxa that can be read"):
        read_taxa(written(tmp_path, text))


def test_a_list_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_taxa(tmp_path / "nowhere.csv")
