"""
Descriptors against the columns of EcoTaxa's own test vignettes, where a file carries both image and value.

The vignettes were saved with gamma 2 and with marks at the corners of the bounding box, and segmented at level 245 of
the scan: all three are undone here, because the definitions are compared and not the preparation of images.
"""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from morphoexplore.methods import segmenting
from morphoexplore.methods.classic import DESCRIPTORS, PLACES, describe_many
from morphoexplore.methods.classic.ecotaxa import as_ecotaxa
from morphoexplore.reading.images import crop_footer, decode, find_footer, to_grey

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "formats" / "ecotaxa_import" / "import_test"
MARK = 9  # px, either arm

# An open net of faint lines that fills the frame; ZooProcess took it for one object in the whole scan, here it is many.
NOT_ONE_OBJECT = {"m106_mn01_n1_sml_409"}

RELATIVE = {"area": 0.12, "major": 0.08, "minor": 0.08, "feret": 0.08}  # the rim is that of a smoothed image
ABSOLUTE = {"width": 3, "height": 3, "mean": 5}


def objects():
    for table in sorted(FOLDER.rglob("ecotaxa*.tsv")):
        lines = table.read_text(encoding="latin-1").splitlines()
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["object_id"] not in {"[t]", *NOT_ONE_OBJECT}:
                yield table.parent / row["img_file_name"], row


def whiten_marks(vignette):
    """Paint the marks over; return the vignette and the box between them."""
    arms = np.full((MARK, MARK), 255, np.uint8)
    arms[0] = arms[:, 0] = 0
    painted, corners = vignette.copy(), []
    for step in (1, -1):  # the second mark is the first one turned by half
        lying = np.ascontiguousarray(vignette[::step, ::step])
        misfit = cv2.matchTemplate(lying, arms, cv2.TM_SQDIFF, mask=(arms == 0).astype(np.uint8))
        row, column = np.unravel_index(misfit.argmin(), misfit.shape)
        view = painted[::step, ::step]
        top, left = max(row - 1, 0), max(column - 1, 0)
        view[top : row + 2, left : column + MARK + 1] = 255
        view[top : row + MARK + 1, left : column + 2] = 255
        corners.append((int(row), int(column)))
    (top, left), (below, right) = corners
    return painted, (vignette.shape[1] - 1 - right - left, vignette.shape[0] - 1 - below - top)


def test_descriptors_agree_with_ecotaxas_columns(monkeypatch):
    if not FOLDER.exists():
        pytest.skip(f"{FOLDER} is not here")
    seen = 0
    for path, row in objects():
        vignette = to_grey(decode(path.read_bytes()))
        vignette, box = whiten_marks(crop_footer(vignette, find_footer(vignette)))
        assert row["process_gamma_value"] == "2"
        level = np.rint(255 * np.sqrt(vignette / 255)).astype(np.uint8)
        threshold = 255.0 - float(row["process_upper"])
        monkeypatch.setattr(segmenting, "_choose_threshold", lambda *_, at=threshold: at)
        found = describe_many([level], polarity=segmenting.DARK)
        columns = as_ecotaxa(
            dict(zip([one.name for one in DESCRIPTORS], found.values.T, strict=True)),
            dict(zip([one.name for one in PLACES], found.places.T, strict=True)),
        )
        assert box == (float(row["object_width"]), float(row["object_height"])), (
            "the marks are those of the box"
        )
        for name, tolerance in RELATIVE.items():
            assert columns[name][0] == pytest.approx(float(row[f"object_{name}"]), rel=tolerance), (
                path,
                name,
            )
        for name, tolerance in ABSOLUTE.items():
            assert columns[name][0] == pytest.approx(float(row[f"object_{name}"]), abs=tolerance), (
                path,
                name,
            )
        holes = columns["area"][0] - columns["area_exc"][0]
        assert holes == pytest.approx(float(row["object_area_exc"]), abs=20), (
            path,
            "here area_exc is the holes",
        )
        assert 0.5 < columns["thickr"][0] / float(row["object_thickr"]) < 2, path
        seen += 1
    assert seen == 10
