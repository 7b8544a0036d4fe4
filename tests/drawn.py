"""Small sources cut out of the drawn samples, for tests of whole steps."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1] / "data_samples"
ARCHIVE, TRUTH = SAMPLES / "plankton_drawn.zip", SAMPLES / "truth.csv"
FORMS = ("large_calanoid", "cyclopoid", "aggregate", "appendicularian", "chaetognath")


def truth() -> dict[str, str]:
    """Return the form of every drawn object."""
    with TRUTH.open(encoding="utf-8", newline="") as file:
        return {row["object_id"]: row["form"] for row in csv.DictReader(file)}


def csv_source(
    folder: Path, *, each: int = 60, skip: int = 0, name: str = "index", labels: Sequence[str] | None = None
) -> Path:
    """
    Make a CSV with images in a folder: *each* objects of five forms, without footers.

    Parameters
    ----------
    skip : int
        Objects of every form to leave out first, so that two sources hold different objects.
    labels : sequence of str, optional
        What to write into the column ``label``; the forms unless given.
    """
    forms = truth()
    chosen = [
        object_id
        for form in FORMS
        for object_id in [
            key for key, of in forms.items() if of == form and not key.startswith("drawn_2019")
        ][skip : skip + each]
    ]
    chosen.sort()
    images = folder / f"{name}_images"
    images.mkdir(parents=True)
    with zipfile.ZipFile(ARCHIVE) as archive:
        for object_id in chosen:
            sample = object_id.rsplit("_", 1)[0]
            (images / f"{object_id}.jpg").write_bytes(archive.read(f"{sample}/{object_id}.jpg"))
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "object_id", "sample", "date", "label", "area"])
        for place, object_id in enumerate(chosen):
            sample = object_id.rsplit("_", 1)[0]
            day = f"{sample[6:10]}-{sample[11:13]}-15"
            label = forms[object_id] if labels is None else labels[place]
            table.writerow([f"{images.name}/{object_id}.jpg", object_id, sample, day, label, place * 3 % 17])
    return path


def zip_source(path: Path, *, every: int = 1) -> Path:
    """Make an EcoTaxa zip of the drawn samples with every *every*-th object of each."""
    with zipfile.ZipFile(ARCHIVE) as archive, zipfile.ZipFile(path, "w") as small:
        for table in [name for name in archive.namelist() if name.endswith(".tsv")]:
            folder = table.rsplit("/", 1)[0]
            lines = list(csv.DictReader(io.StringIO(archive.read(table).decode("utf-8-sig")), delimiter="\t"))
            ids = sorted({line["object_id"] for line in lines} - {"[t]"})
            kept = {"[t]", *ids[::every]}
            text = io.StringIO()
            writer = csv.DictWriter(text, list(lines[0]), delimiter="\t")
            writer.writeheader()
            for line in lines:
                if line["object_id"] in kept:
                    writer.writerow(line)
                    if line["object_id"] != "[t]":
                        image = f"{folder}/{line['img_file_name']}"
                        small.writestr(image, archive.read(image))
            small.writestr(table, text.getvalue())
    return path
