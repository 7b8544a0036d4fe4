"""A zip of zips as UVP6 comes: a zip per sequence, with table, native images and compute_vignette.txt."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import morphoexplore as mx
from morphoexplore.reading.images import ImageFiles, decode
from morphoexplore.store import images as image_store

VIGNETTE = """[vignette]
gamma= 4
invert= y
scale= 2
Pixel_Size= 73
scalebarsize_mm= 2
footerheight_px= 31
fontcolor= black
keeporiginal= n
"""
#: As UVPapp writes them: everything is text but what is measured on objects.
HEADER = {
    "img_file_name": "[t]", "img_rank": "[f]", "object_id": "[t]", "object_date": "[t]", "object_time": "[t]", "object_lat": "[f]",
    "object_lon": "[f]", "object_depth_min": "[f]", "object_depth_max": "[f]", "object_area": "[f]", "object_mean": "[f]",
    "acq_id": "[t]", "acq_instrument": "[t]", "acq_pixel": "[t]", "acq_volimage": "[t]", "acq_threshold": "[t]",
    "process_id": "[t]", "process_gamma": "[t]", "sample_id": "[t]", "sample_profileid": "[t]", "sample_bottomdepth": "[t]",
}  # fmt: skip


def picture(size: int) -> bytes:
    """Return an object as the camera sees it: bright on black."""
    image = Image.new("L", (40 + size, 30 + size), 0)
    ImageDraw.Draw(image).ellipse((8, 8, 20 + size, 15 + size), fill=180)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def sequence(name: str, count: int, *, vignette: str | None = VIGNETTE) -> bytes:
    """Return ``NAME_Images.zip``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        rows = [list(HEADER), list(HEADER.values())]
        for number in range(count):
            image = f"{name}_{number:05d}.png"
            archive.writestr(f"sub1/{image}", picture(number))
            rows.append(
                [f"sub1/{image}", "0", f"{name}_{number}", "20210607", f"1030{number:02d}", "43.5", "7.3", f"{number * 6.5}",
                 f"{number * 6.5}", f"{100 + number}", "90.5", f"uvp6_{name}", "UVP6LP", "73", "0.7", "21", f"process_{name}",
                 "4", name, f"profile_{name}", "1000"]
            )  # fmt: skip
        archive.writestr(f"ecotaxa_{name}.tsv", "\n".join("\t".join(row) for row in rows) + "\n")
        if vignette is not None:
            archive.writestr("compute_vignette.txt", vignette)
    return buffer.getvalue()


@pytest.fixture
def casts(tmp_path: Path) -> Path:
    path = tmp_path / "uvp6_sn000003lp_2021_casts.zip"
    with zipfile.ZipFile(path, "w") as archive:  # stored: what is in it is packed already
        archive.writestr("20210607-103000_Images.zip", sequence("cast_1", 4))
        archive.writestr("20210608-103000_Images.zip", sequence("cast_2", 3))
    return path


def test_a_zip_of_zips_is_added_and_its_vignettes_are_told(casts: Path, project: mx.Project) -> None:
    found = mx.preview(casts)
    remark = (
        "compute_vignette.txt (2 times) tells EcoTaxa how to draw vignettes from these images (gamma 4, invert y, scale 2, "
        "scalebarsize_mm 2, footerheight_px 31, keeporiginal n). Here images are read as they are, without that footer."
    )
    assert found["layout"] == "import bundle for EcoTaxa, 2 tables in 2 zips inside of a zip"
    assert found["remarks"] == [remark]
    assert (found["objects"], found["samples"], found["acquisitions"], found["problems"]) == (7, 2, 2, 0)
    assert (found["images"]["found"], found["images"]["missing"], found["images"]["with_scale_bar"]) == (
        7,
        0,
        0,
    )
    result = mx.add(project, casts)
    assert (result["objects"], result["images"], result["unreadable"]) == (7, 7, 0)
    assert remark in result["notes"]
    (source,) = image_store.sources(project).values()
    with ImageFiles(source.root) as files:
        for number, object_id in enumerate(mx.objects(project)["object_id"]):
            (row,) = image_store.images_of(project, number)
            data = files.read(row["path"])
            assert data == picture(int(object_id.rpartition("_")[2]))
            assert decode(data)[0, 0] == 0, "black ground, as the camera saw it"
    assert not mx.check(project)


def test_profiles_beside_it_give_concentrations(casts: Path, project: mx.Project, tmp_path: Path) -> None:
    mx.add(project, casts)
    table = tmp_path / "PAR.tsv"
    rows = [f"cast_{cast}\t{depth}\t{20 + cast}" for cast in (1, 2) for depth in (2.5, 7.5, 12.5, 17.5, 22.5)]
    table.write_text("Profile\tDepth [m]\tSampled volume [L]\n" + "\n".join(rows) + "\n")
    mx.set_profiles(project, [table])
    mx.set_formulas(project, preset="uvp6")
    litres = np.array([5 * 21, 5 * 22])
    np.testing.assert_allclose(mx.volumes(project)["concentration"], 1000 / litres)


def test_a_wish_that_says_little_is_told_as_well(tmp_path: Path) -> None:
    for name, text in (("a", ""), ("b", None), ("c", "# \xff\nGAMMA =\t3   3\n")):
        (tmp_path / f"{name}_Images.zip").write_bytes(sequence(name, 1, vignette=text))
    (first, second) = mx.preview(tmp_path)["remarks"]
    assert "from these images. Here" in first
    assert "from these images (gamma 3 3). Here" in second
