"""Small sources for ``add``: images, CSV and EcoTaxa tables that name them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

import morphoexplore as mx


def image(path: Path, *, height: int = 40, width: int = 30, level: int = 90, mode: str = "L") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((height, width), 255, np.uint8)
    pixels[height // 4 : height // 2, width // 4 : width // 2] = level
    if mode == "16":
        Image.fromarray(pixels.astype(np.uint16) * 16).save(path)
    else:
        Image.fromarray(pixels).convert(mode).save(path)


def source(folder: Path, rows: list[dict[str, object]], name: str = "index.csv") -> Path:
    """Write a CSV, and a plain image wherever a path of it does not exist."""
    folder.mkdir(exist_ok=True)
    for row in rows:
        path = folder / str(row["path"])
        if not path.exists() and row.pop("draw", True):
            image(path)
    with (folder / name).open("w", newline="") as file:
        table = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        table.writeheader()
        table.writerows(rows)
    return folder / name


def ecotaxa(
    folder: Path, rows: list[dict[str, object]], kinds: dict[str, str], name: str = "ecotaxa_a.tsv"
) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", newline="") as file:
        table = csv.DictWriter(file, list(kinds), delimiter="\t", restval="")
        table.writeheader()
        table.writerow(kinds)
        table.writerows(rows)
    for row in rows:
        if row.get("img_file_name") and not (folder / str(row["img_file_name"])).exists():
            image(folder / str(row["img_file_name"]))
    return folder


def changes(project: mx.Project) -> list[tuple[object, ...]]:
    """Return what updates have changed: level, row, column, old and new value."""
    with project.read() as conn:
        return [tuple(row) for row in conn.execute("SELECT level, row_id, column_name, old, new FROM change")]
