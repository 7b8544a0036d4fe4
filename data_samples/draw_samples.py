"""
Draw the sample collection: `python data_samples/draw_samples.py` rewrites plankton_drawn.zip and truth.csv.

The same versions of NumPy, OpenCV and Pillow write the same bytes again.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from PIL import Image
from sheet import Random, Sheet
from survey import MESHES_UM, Individual, Sample, by_sample, go_to_sea, scan_list, split
from vignettes import PIXEL_SIZE_MM, THRESHOLD, Grey, Scan, cut, measure, scan

RANDOM_STATE = 20190158  # of 80 tried, the one whose counts follow the trend most closely
HERE = Path(__file__).resolve().parent
ARCHIVE = HERE / "plankton_drawn.zip"
TRUTH = HERE / "truth.csv"
JPEG_QUALITY = 85
SMALLEST_PX = 130  # area
SHARE_ANNOTATED = 0.06
SHARE_VALIDATED = 0.7  # of the annotated
SHARE_MISTAKEN = 0.08  # of the predicted
SHARE_TWO_IMAGES = 0.015
ANNOTATORS = ("Zoé Crayon", "Noor Penman")  # nobody
COMMON_MISTAKES = ("detritus", "Copepoda", "othertocheck")

Cell = str | float | int


@dataclass(frozen=True)
class Drawn:
    """One drawn object with its images (displayed one first, then the one as scanned, if any)."""

    object_id: str
    individual: Individual
    images: tuple[Grey, ...]
    cells: dict[str, Cell]

    def file_name(self, rank: int) -> str:
        """Return the name of an image; the one as scanned is kept without loss."""
        return f"{self.object_id}.jpg" if rank == 0 else f"{self.object_id}_{rank}.png"


def draw(object_id: str, individual: Individual, random: Random) -> Drawn:
    """Draw one object, scan it and measure it."""
    footer = individual.acquisition.sample.footer
    seen = _scanned(individual, random)
    images = [cut(seen, footer=footer)]
    if random.random() < SHARE_TWO_IMAGES:
        images.append(cut(seen, footer=footer, masked=False))
    measured: dict[str, Cell] = {f"object_{name}": value for name, value in measure(seen).items()}
    return Drawn(object_id, individual, tuple(images), _annotation(individual, random) | measured)


def _scanned(individual: Individual, random: Random) -> Scan:
    """Draw until the largest connected piece is above the size that the scanner keeps."""
    form = individual.form
    while True:
        sheet = Sheet(individual.length, angle=random.uniform(0, 2 * np.pi), mirror=random.random() < 0.5)
        form.draw(sheet, random)
        seen = scan(sheet, random, out_of_focus=form.out_of_focus)
        if np.count_nonzero(seen.mask) >= SMALLEST_PX:
            return seen


def _annotation(individual: Individual, random: Random) -> dict[str, Cell]:
    """Return an earlier annotation, for most objects none. Predictions have no person, as in EcoTaxa."""
    columns = ("category", "status", "person_name", "date", "time")
    blank: dict[str, Cell] = {f"object_annotation_{column}": "" for column in columns}
    if random.random() >= SHARE_ANNOTATED:
        return blank
    category = str(random.choice(individual.form.categories))
    if random.random() >= SHARE_VALIDATED:
        if random.random() < SHARE_MISTAKEN:
            category = str(random.choice(COMMON_MISTAKES))
        return blank | {"object_annotation_category": category, "object_annotation_status": "predicted"}
    day = individual.acquisition.sample.day + timedelta(days=int(random.integers(40, 200)))
    values = (
        category,
        "validated",
        str(random.choice(ANNOTATORS)),
        f"{day:%Y%m%d}",
        f"{random.integers(8, 18):02d}3000",
    )
    return dict(zip(blank, values, strict=True))


def row(drawn: Drawn, rank: int) -> dict[str, Cell]:
    """Return the TSV line of one image."""
    acquisition = drawn.individual.acquisition
    sample = acquisition.sample
    min_mesh, max_mesh = MESHES_UM[acquisition.fraction]
    return {
        "img_file_name": drawn.file_name(rank),
        "img_rank": rank,
        "object_id": drawn.object_id,
        "object_link": "",
        "object_lat": 47.25,
        "object_lon": -6.5,
        "object_date": f"{sample.day:%Y%m%d}",
        "object_time": sample.time,
        "object_depth_min": 0,
        "object_depth_max": 75,
        **drawn.cells,
        "sample_id": sample.name,
        "sample_stationid": "drawn-1",
        "sample_program": "drawn samples of morphoexplore",
        "sample_tow_type": "vertical",
        "sample_net_type": "wp2",
        "sample_net_mesh": 200,
        "sample_tot_vol": sample.volume_m3,
        "acq_id": acquisition.name,
        "acq_instrument": "zooscan",
        "acq_min_mesh": min_mesh,
        "acq_max_mesh": max_mesh,
        "acq_sub_part": acquisition.sub_part,
        "acq_sub_method": "motoda",
        "process_id": f"process_{acquisition.name}",
        "process_particle_threshold": THRESHOLD,
        "process_particle_pixel_size_mm": PIXEL_SIZE_MM,
    }


def table(collection: list[Drawn]) -> bytes:
    """Return the EcoTaxa TSV: byte order mark, headers, types, one line per image."""
    rows = [row(drawn, rank) for drawn in collection for rank in range(len(drawn.images))]
    text = ("object_date", "object_time")
    types = {
        name: "[t]" if isinstance(value, str) or name in text else "[f]" for name, value in rows[0].items()
    }
    lines = pd.DataFrame([types, *rows], dtype=object)
    return lines.to_csv(sep="\t", index=False, lineterminator="\n").encode("utf-8-sig")


def encode(grey: Grey, file_name: str) -> bytes:
    """Return the image file."""
    buffer = io.BytesIO()
    if file_name.endswith(".png"):
        Image.fromarray(grey).save(buffer, "PNG", optimize=True)
    else:
        Image.fromarray(grey).save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return buffer.getvalue()


def pack(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file without any trace of the clock or the machine."""
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".tsv") else zipfile.ZIP_STORED
    archive.writestr(entry, content)


def collect(individuals: list[Individual]) -> Iterator[tuple[Sample, list[Drawn]]]:
    """Yield each sample with its drawn objects. Every object has its own random numbers."""
    serial = 0
    for sample, members in by_sample(individuals):
        collection = []
        for number, individual in enumerate(members, start=1):
            serial += 1
            random = np.random.default_rng([RANDOM_STATE, 1, serial])
            collection.append(draw(f"{sample.name}_{number:04d}", individual, random))
        yield sample, collection


def main() -> None:
    """Rewrite the archive and the truth."""
    cv2.setNumThreads(1)
    random = np.random.default_rng([RANDOM_STATE, 0])
    individuals = scan_list(split(go_to_sea(random), random), random)
    truth = []
    with zipfile.ZipFile(ARCHIVE, "w") as archive:
        for sample, collection in collect(individuals):
            pack(archive, f"{sample.name}/ecotaxa_{sample.name}.tsv", table(collection))
            for drawn in collection:
                truth.append((drawn.object_id, drawn.individual.form.name, drawn.individual.form.group))
                for rank, image in enumerate(drawn.images):
                    name = drawn.file_name(rank)
                    pack(archive, f"{sample.name}/{name}", encode(image, name))
    columns = ["object_id", "form", "group"]
    pd.DataFrame(truth, columns=columns).to_csv(TRUTH, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
