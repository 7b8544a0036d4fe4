"""
Time and memory of reading a made EcoTaxa table of any size, and what is there afterwards.

    python benchmarks/interop.py [--rows 1000000] [--update] [--backup]

The table is as EcoTaxa exports it: 60 columns, a type row, quoted text, one line per object without an image; 40 samples,
two acquisitions each, 30 categories. ``add`` runs as a user runs it; ``--quick`` makes the same of 20 000 rows. ``--update``
adds the table once more with ``add --update``, first as it is, then with two columns that differ in every row and a new one.
``--backup`` writes everything for EcoTaxa: for that, every object gets one of a hundred images without being drawn.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from measure import run_verb
from PIL import Image

import morphoexplore as mx

PART = 50_000
SAMPLES, CATEGORIES, IMAGES = 40, 30, 100
TEXTS = ("object_link", "object_annotation_status", "object_annotation_person_name")
FEATURES = [f"object_feature_{number}" for number in range(32)]
SAMPLE_COLUMNS = (
    "sample_id",
    "sample_ship",
    "sample_net",
    "sample_tot_vol",
    "sample_operator",
    "sample_zmax",
)
PROCESS_COLUMNS = ("process_id", "process_pixel", "process_software", "process_gamma", "process_date")
ACQ_COLUMNS = ("acq_id", "acq_instrument", "acq_sub_part", "acq_min_mesh", "acq_max_mesh")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="20 000 rows")
    parser.add_argument("--update", action="store_true", help="measure add --update as well")
    parser.add_argument(
        "--backup", action="store_true", help="measure export --format ecotaxa-backup as well"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        n = 20_000 if options.quick else options.rows
        rows = read_in(Path(scratch), n)
        if options.update:
            rows += update(Path(scratch), n)
        if options.backup:
            rows.append(back_up(Path(scratch), n))
        print(pd.DataFrame(rows).to_string(index=False))


def read_in(scratch: Path, n: int) -> list[dict[str, object]]:
    """Make a table and read it: looked at, added with its validated annotations, and added again."""
    table = write_table(scratch / "ecotaxa_made.tsv", n)
    project = scratch / "project"
    print(f"{table.name}: {n} rows, {table.stat().st_size / 2**20:.0f} MiB", flush=True)
    return [
        measure(name, "add", project, table, *words)
        for name, words in (
            ("preview", ("--preview",)),
            ("add", ()),
            ("add again, take", ("--take", "validated")),
        )
    ]


def update(scratch: Path, n: int) -> list[dict[str, object]]:
    """Update from the same table, and from one of which two columns differ in every row and one is new."""
    words = ("add", scratch / "project", scratch / "ecotaxa_made.tsv", "--update")
    rows = [measure("update, nothing differs", *words)]
    write_table(scratch / "ecotaxa_made.tsv", n, later=True)
    return [*rows, measure("update, 3 n values differ", *words)]


def back_up(scratch: Path, n: int) -> dict[str, object]:
    """Write a backup with an image for every object."""
    folder = scratch / "images"
    folder.mkdir()
    for number in range(IMAGES):
        Image.new("L", (60, 40), number).save(folder / f"{number}.png")
    project = mx.open_project(scratch / "project")
    with project.write() as conn:
        source = conn.execute("SELECT source_id FROM source").fetchone()[0]
        rows = ((number, 0, source, f"images/{number % IMAGES}.png", 60, 40) for number in range(n))
        conn.executemany(
            "INSERT INTO image (object, rank, source_id, path, width, height) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
    return measure("backup", "export", project.folder, scratch / "out.zip", "--format", "ecotaxa-backup")


def measure(name: str, *words: str | Path) -> dict[str, object]:
    """Run a verb; return what it cost."""
    before = cpu_seconds()
    result, cost = run_verb(*words)
    result = result[0] if isinstance(result, list) else result
    row: dict[str, object] = {
        "verb": name,
        "seconds": round(cost.seconds, 1),
        "CPU seconds": round(cpu_seconds() - before, 1),
        "MiB": round(cost.mebibytes),
    }
    told = ("objects", "there", "updated", "rows", "problems", "taken")
    print(row, {key: result[key] for key in told if key in result}, flush=True)
    return row


def cpu_seconds() -> float:
    """Return what commands took of the processor so far; where others use it too, more steady than the clock."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def write_table(path: Path, n: int, *, later: bool = False) -> Path:
    """Write a table of *n* objects as a general export of EcoTaxa with a type row; *later*, with other values."""
    rng = np.random.default_rng(0)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        for start in range(0, n, PART):
            part = draw(rng, start, min(PART, n - start), n)
            if later:
                part[FEATURES[0]] += 1
                part["object_annotation_status"] = "dubious"
                part.insert(1, "object_new", part[FEATURES[1]])
            if not start:
                stream.write("\t".join(f'"{name}"' for name in part.columns) + "\n")
                is_number = [part[name].dtype.kind == "f" for name in part.columns]
                stream.write("\t".join('"[f]"' if number else '"[t]"' for number in is_number) + "\n")
            part.to_csv(stream, sep="\t", header=False, index=False, quoting=2, lineterminator="\n")
    return path


def draw(rng: np.random.Generator, start: int, count: int, n: int) -> pd.DataFrame:
    number = np.arange(start, start + count)
    sample = number * SAMPLES // n
    category = rng.integers(CATEGORIES, size=count)
    columns: dict[str, object] = {
        "object_id": [f"cruise_2020_{place:08d}" for place in number],
        "object_lat": (40 + 0.1 * sample).round(4),
        "object_lon": (5 + 0.05 * sample).round(4),
        "object_date": [f"2020{1 + place % 12:02d}15" for place in sample],
        "object_time": "042000",
        "object_depth_min": 0.0,
        "object_depth_max": rng.uniform(10, 200, count).round(1),
        "object_link": [f"https://example.org/{place}" for place in number],
        "object_annotation_status": rng.choice(["validated", "predicted", ""], count),
        "object_annotation_person_name": "A. Annotator",
        "object_annotation_category": [f"Taxon {place}<Copepoda" for place in category],
        "object_annotation_hierarchy": [f"Biota>Animalia>Copepoda>Taxon {place}" for place in category],
    }
    values = rng.lognormal(size=(count, len(FEATURES))).astype(np.float32).astype(np.float64)
    columns |= {name: values[:, place] for place, name in enumerate(FEATURES)}
    for prefix, names in (("s", SAMPLE_COLUMNS), ("p", PROCESS_COLUMNS), ("a", ACQ_COLUMNS)):
        owner = sample if prefix == "s" else sample * 2 + number % 2
        for place, name in enumerate(names):
            text = np.array(
                [f"{prefix}{place}_{one}" if place % 2 == 0 else f"{one}.5" for one in range(2 * SAMPLES)]
            )
            columns[name] = text[owner]
    return pd.DataFrame(columns)


if __name__ == "__main__":
    main()
