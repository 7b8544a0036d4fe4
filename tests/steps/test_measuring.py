"""What classic measured: its table, its versions, the polarity of sources, and what could not be measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import morphoexplore as mx
from morphoexplore.cli.lines import status_lines
from morphoexplore.errors import DecisionError, StepMissingError, WrongValueError
from morphoexplore.methods.classic import DESCRIPTORS
from morphoexplore.steps import colouring, looking, polarity
from morphoexplore.store import arrays
from morphoexplore.store.membership import Membership
from tests import drawn


def plankter(shape: tuple[int, int] = (40, 60), *, at: tuple[int, int] = (12, 15)) -> np.ndarray:
    """Draw a bar of 20 x 10 px, dark on white, with a light spot."""
    image = np.full(shape, 255, np.uint8)
    image[at[0] : at[0] + 10, at[1] : at[1] + 20] = 80
    image[at[0] + 4 : at[0] + 6, at[1] + 8 : at[1] + 12] = 160
    return image


def source(folder: Path, images: list[np.ndarray]) -> Path:
    folder.mkdir(parents=True)
    for number, pixels in enumerate(images):
        Image.fromarray(pixels).save(folder / f"{folder.name}_{number}.png")
    return folder


@pytest.fixture
def described(project: mx.Project, tmp_path: Path) -> mx.Project:
    """A project of a whole object, one that is cut, an empty image, a broken one, and a pixel size of 0.1 mm."""
    blank = np.full((30, 30), 255, np.uint8)
    path = source(tmp_path / "in", [plankter(), plankter()[:, :25], blank])
    (path / "in_3.png").write_bytes((path / "in_0.png").read_bytes()[:60])
    mx.add(project, path, pixel_size=0.1)
    mx.extract(project)
    return project


def test_the_table_has_ecotaxas_columns_in_px_and_mm(described: mx.Project) -> None:
    table = mx.descriptors(described).set_index("object_id")
    whole = table.loc["in_0"]
    assert (whole["width"], whole["height"]) == (20, 10)
    assert whole["area"] == pytest.approx(200, abs=4)
    assert whole["area_mm2"] == pytest.approx(0.01 * whole["area"])
    assert whole["feret_mm"] == pytest.approx(0.1 * whole["feret"])
    assert whole["min"] == 80
    assert (whole["bx"], whole["by"]) == (15, 12)
    assert (whole["touches_border"], table.loc["in_1", "touches_border"]) == (0, 1)
    assert not any(name.endswith("_mm") for name in ("circ.", "mean"))


def test_what_could_not_be_measured_stays_with_empty_cells_and_a_reason(described: mx.Project) -> None:
    table = mx.descriptors(described)
    assert len(table) == 4
    assert table.drop(columns="object_id").iloc[2:].isna().all(axis=None)
    counts = mx.status(described)
    assert (counts["objects"], counts["unreadable"], counts["not_measured"]) == (4, 1, 1)
    lines = "\n".join(status_lines("study", counts | {"next": ""}))
    assert "1 image could not be read; 1 object not measured, as the image shows nothing" in lines
    reasons = mx.problems(described).set_index("object_id")["reason"]
    assert reasons["in_2"].startswith("No object: nothing in the image differs")
    assert looking.describe(described, 2).metadata["measured"] == {"not measured": reasons["in_2"]}


def test_the_panel_of_an_object_has_its_measures(described: mx.Project) -> None:
    measured = looking.describe(described, 0).metadata["measured"]
    assert measured["width"] == 20
    assert measured["width_mm"] == 2
    assert measured["touches_border"] == 0


def test_columns_can_be_chosen_and_must_exist(described: mx.Project) -> None:
    table = mx.descriptors(described, columns=["circ.", "major"])
    assert list(table) == ["object_id", "touches_border", "circ.", "major", "major_mm"]
    with pytest.raises(WrongValueError, match=r"no column 'length'. Columns: area, "):
        mx.descriptors(described, columns=["length"])


def test_the_table_is_exported_before_anything_is_sorted(described: mx.Project, tmp_path: Path) -> None:
    report = mx.export(described, tmp_path / "out", format="descriptors")
    assert report["rows"] == 4
    assert report["notes"] == [
        "2 of 4 objects have empty cells: they could not be measured (see problems.csv)."
    ]
    read = pd.read_csv(report["file"])
    np.testing.assert_allclose(read["perim."], mx.descriptors(described)["perim."], rtol=1e-6)


def test_there_is_no_table_before_extract(project: mx.Project, drawn_csv: Path) -> None:
    mx.add(project, drawn_csv)
    with pytest.raises(StepMissingError, match="no classic features yet"):
        mx.descriptors(project)
    assert looking.describe(project, 0).metadata["measured"] == {}


def make_older(project: mx.Project) -> None:
    """Let a project be one of an earlier version: other descriptors, and no places beside them."""
    array = arrays.find(project, "features", "classic")
    assert array is not None
    with project.write() as conn:
        conn.execute(
            "UPDATE array SET parameters = json_remove(parameters, '$.definitions') WHERE array_id = ?",
            (array.array_id,),
        )
        arrays.drop(conn, "places", "classic")


def test_an_older_project_is_left_as_it_is_and_told(seeded: mx.Project) -> None:
    make_older(seeded)
    before = np.array(arrays.read_array(seeded, "features", "classic"))
    told: list[str] = []
    result = mx.extract(seeded, tell=told.append)
    assert (result["objects"], result["notes"]) == (0, told)
    assert told[0].startswith(
        f"The feature set classic holds {len(DESCRIPTORS)} descriptors of another version"
    )
    assert told[0].endswith("--model classic --again; then: morphoexplore embed " + str(seeded.folder))
    np.testing.assert_array_equal(arrays.read_array(seeded, "features", "classic"), before)
    mx.embed(seeded)
    with pytest.raises(WrongValueError, match=r"made by an earlier version of the program.*--again"):
        mx.descriptors(seeded)


def test_new_objects_of_an_older_project_are_never_described_otherwise(
    seeded: mx.Project, tmp_path: Path
) -> None:
    make_older(seeded)
    mx.add(seeded, drawn.csv_source(tmp_path / "more", each=2, skip=60))
    with pytest.raises(WrongValueError, match=r"do not compare with those of this one.*--again"):
        mx.extract(seeded)
    mx.extract(seeded, again=True)
    assert len(mx.descriptors(seeded, columns=["area"])) == 310


def test_a_source_has_the_polarity_of_most_of_its_images(project: mx.Project, tmp_path: Path) -> None:
    odd = np.full((40, 60), 120, np.uint8)  # dark on grey, with a halo that outweighs it
    odd[10:30, 10:50] = 250
    odd[15:25, 20:40] = 20
    grey = np.where(plankter() == 255, 120, 20).astype(np.uint8)
    mx.add(project, source(tmp_path / "dark", [grey] * 30 + [odd]))
    mx.add(project, source(tmp_path / "bright", [255 - plankter()] * 5 + [np.zeros((9, 9), np.uint8)]))
    mx.add(project, source(tmp_path / "mixed", [plankter(), 255 - plankter()] * 3))
    mx.add(project, source(tmp_path / "empty", [np.zeros((9, 9), np.uint8)]))
    assert polarity.settle_polarities(project) == {1: -1, 2: 1, 3: None}
    assert project.setting("polarity")["1"] == {"bright": 1, "dark": 30}
    mx.extract(project)
    table = mx.descriptors(project, columns=["area", "min"])
    assert table.loc[30, "area"] == pytest.approx(200, abs=30), "the dark core, not the halo"


def test_what_was_found_about_a_source_is_kept(
    project: mx.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mx.add(project, source(tmp_path / "dark", [plankter()] * 3))
    assert polarity.settle_polarities(project) == {1: -1}
    monkeypatch.setattr(polarity, "_votes", lambda *_: pytest.fail("it was settled"))
    assert polarity.settle_polarities(project) == {1: -1}


def test_the_map_can_be_coloured_by_what_was_measured(described: mx.Project) -> None:
    names = [name for group, name, _ in colouring.choices(described) if group == "Measured"]
    assert names[:3] == ["measured:touches_border", "measured:area_mm2", "measured:esd_mm"]
    drawn, state = np.arange(4), Membership(described).state
    cut = colouring.column(described, "measured:touches_border", state, drawn)
    assert cut.codes.tolist() == [0, colouring.TOP, colouring.NONE, colouring.NONE]
    area = colouring.column(described, "measured:area_mm2", state, drawn).legend["scale"]
    assert area["most"] == pytest.approx(0.01 * mx.descriptors(described)["area"].max())
    assert colouring.version(described, "measured:area_mm2", state) == "1-4"
    with pytest.raises(DecisionError, match="nothing of that name was measured"):
        colouring.column(described, "measured:area", state, drawn)


def test_without_pixel_sizes_the_map_has_pixels(seeded: mx.Project) -> None:
    names = [name for group, name, _ in colouring.choices(seeded) if group == "Measured"]
    assert names[1:3] == ["measured:area", "measured:esd"]
