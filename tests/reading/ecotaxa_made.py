"""Tables as EcoTaxa has them, written and read."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from morphoexplore.reading import open_source

HEADER = [
    "img_file_name",
    "object_id",
    "object_date",
    "object_time",
    "object_lat",
    "object_area",
    "sample_id",
]
TYPES = ["[t]", "[t]", "[t]", "[t]", "[f]", "[f]", "[t]"]
GOOD = ["a.png", "a", "20140420", "420", "18.5", "12.5", "haul"]


def write_table(path: Path, *rows: list[str], encoding: str = "utf-8-sig") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding=encoding)
    return path


def write_image(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (8, 6), 200).save(path)


def read(path: Path) -> list:
    return list(open_source(path).batches())


def read_one(folder: Path, *rows: list[str], **options):
    write_table(folder / "ecotaxa_x.tsv", *rows, **options)
    (batch,) = read(folder)
    return batch


def reasons(batch) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.reason) for problem in batch.problems]
