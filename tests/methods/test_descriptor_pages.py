"""The page on descriptors says what the program measures."""

import re
from pathlib import Path

import numpy as np

from morphoexplore.methods.classic import DESCRIPTORS, PLACES
from morphoexplore.methods.classic.ecotaxa import ECOTAXA_COLUMNS
from morphoexplore.methods.classic.form import fourier_descriptors

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


def test_each_harmonic_of_a_contour_moves_the_descriptor_that_is_said_to_be_it():
    said = {one.name: one.definition for one in DESCRIPTORS if one.name.startswith("fourier")}
    harmonics = [
        int(re.search(r"harmonic ([+-]\d+)", said[f"fourier{i}"])[1]) for i in range(1, len(said) + 1)
    ]
    for turn in (1, -1):  # traced either way round
        spectra = np.zeros((len(harmonics), 64))
        spectra[:, turn] = 1.0
        spectra[np.arange(len(harmonics)), [turn * harmonic for harmonic in harmonics]] = 0.1
        found = np.exp(fourier_descriptors(spectra)) - 0.001
        np.testing.assert_allclose(found, 0.1 * np.eye(len(harmonics)), atol=1e-12)
