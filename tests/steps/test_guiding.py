"""The guide: morphs in the order of the tree and cells, with pictures from typical to strange, in one file that asks for nothing."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import StepMissingError
from morphoexplore.steps import exporting, guiding
from morphoexplore.store import morphospace
from morphoexplore.store.project import Project


def written(project: Project, folder: Path) -> str:
    return Path(exporting.export(project, folder / "guide.html", format="guide")["file"]).read_text("utf-8")


def test_morphs_and_cells_are_in_it_with_what_is_known_of_them(made_project: Project, tmp_path: Path) -> None:
    morph = review.confirm(made_project, 1)
    branch = review.make_branch(made_project, owns=[morph], name="Crustacea & <b>")
    review.name(made_project, morph, "hooked <i>copepod</i>")
    review.identify(made_project, morph, taxon="Copepoda", ecotaxa_id=25828)
    mx.partition(made_project, cells=4, dims=3)
    report = exporting.export(made_project, tmp_path, format="guide")
    assert (Path(report["file"]).name, report["rows"]) == ("guide.html", 5)
    assert exporting.preview(made_project, format="guide")["rows"] == 5
    text = Path(report["file"]).read_text("utf-8")
    assert branch
    assert "Crustacea &amp; &lt;b&gt;</h3>" in text
    assert "hooked &lt;i&gt;copepod&lt;/i&gt;</h4>" in text
    assert "living · Copepoda (EcoTaxa 25828) · 8 objects · in " in text
    assert "how many are right is not known" in text
    assert re.findall(r">(cell \d)</h4>", text) == ["cell 1", "cell 2", "cell 3", "cell 4"]
    assert "unsorted" in text
    assert not re.search(r"(src|href)=\"(?!data:|#)", text), "it asks for nothing"


def test_pictures_go_from_typical_to_strange(seeded: Project, tmp_path: Path) -> None:
    positions = np.asarray(morphospace.read_pca(seeded))
    pictures = guiding._Pictures(seeded, positions)
    objects = np.arange(min(40, seeded.count_objects()))
    ranked = pictures._ranked(objects, None)
    away = np.linalg.norm(positions[ranked] - positions[objects].mean(axis=0), axis=1)
    assert (np.diff(away) >= 0).all()
    assert sorted(ranked.tolist()) == objects.tolist()
    sheet = Image.open(io.BytesIO(pictures.sheet(objects)))
    assert sheet.size == (guiding.PICTURES * guiding.SIDE, guiding.SIDE)
    review.gather(seeded, objects)
    found = re.search(r"data:image/jpeg;base64,([^\"]+)", written(seeded, tmp_path))
    assert found is not None
    assert Image.open(io.BytesIO(base64.b64decode(found[1]))).size == sheet.size


def test_without_morphs_and_cells_there_is_no_guide(made_project: Project, tmp_path: Path) -> None:
    with pytest.raises(StepMissingError):
        written(made_project, tmp_path)
    assert not list(tmp_path.glob("*.html"))


def test_a_guide_of_objects_without_images_says_so(made_project: Project, tmp_path: Path) -> None:
    review.confirm(made_project, 1)
    assert "No pictures." in written(made_project, tmp_path)
