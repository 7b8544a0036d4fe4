"""The page on descriptors says what the program measures."""

import re
from pathlib import Path

from morphoexplore.methods.classic import DESCRIPTORS, PLACES
from morphoexplore.methods.classic.ecotaxa import ECOTAXA_COLUMNS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "descriptors.md").read_text(encoding="utf-8")
MM = {0: "", 1: "mm", 2: "mm²"}


def rows(columns):
    lines = [
        line.removeprefix("| ").removesuffix(" |") for line in TEXT.splitlines() if line.startswith("| `")
    ]
    cells = [tuple(cell.strip(" `") for cell in line.split("|")) for line in lines]
    return [row for row in cells if len(row) == columns]


def test_it_lists_every_descriptor_and_place_as_it_is():
    wanted = [(one.name, one.unit, one.definition, one.source) for one in (*DESCRIPTORS, *PLACES)]
    assert sorted(rows(4)) == sorted(wanted)


def test_pages_say_how_many_descriptors_there_are():
    assert f"{len(DESCRIPTORS)} numbers" in TEXT
    said = [
        int(number)
        for page in (ROOT / "CHANGELOG.md", ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
        for number in re.findall(r"(\d+) (?:classic )?descriptors", page.read_text(encoding="utf-8"))
    ]
    assert said == [len(DESCRIPTORS)] * len(said) != []


def test_it_lists_every_column_of_ecotaxa_as_it_is():
    wanted = [(one.name, one.unit, MM[one.size_power], one.definition, one.source) for one in ECOTAXA_COLUMNS]
    assert sorted(rows(5)) == sorted(wanted)
