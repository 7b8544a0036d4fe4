"""
Make the golden project of a release: a small project that every later version must open.

    python tests/golden/make_golden.py

Run once per release; a golden project is never made again for an old one.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import zipfile
from pathlib import Path

import morphoexplore as mx
from morphoexplore import review

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "data_samples" / "plankton_drawn.zip"
SAMPLE = "drawn_2020_06"
OBJECTS = 120


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        take_one_sample(source)
        project = mx.create_project(Path(scratch) / "project", user="golden")
        mx.add(project, source, copy=True)
        mx.extract(project)
        mx.embed(project)
        mx.seed(project, min_size=5)
        decide(project)
        expected = describe(project)
        with sqlite3.connect(project.folder / "project.db") as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.make_archive(str(HERE / f"project-{mx.__version__}"), "zip", project.folder)
    (HERE / f"project-{mx.__version__}.json").write_text(json.dumps(expected, indent=1) + "\n")
    print(json.dumps(expected, indent=1))


def take_one_sample(folder: Path) -> None:
    """Unpack the table and the images of the first objects of one drawn sample."""
    with zipfile.ZipFile(SAMPLES) as packed:
        table = packed.read(f"{SAMPLE}/ecotaxa_{SAMPLE}.tsv").decode("utf-8-sig").splitlines()
        lines = table[: OBJECTS + 2]
        place = lines[0].split("\t").index("img_file_name")
        (folder / SAMPLE).mkdir(parents=True)
        (folder / SAMPLE / f"ecotaxa_{SAMPLE}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
        for line in lines[2:]:
            packed.extract(f"{SAMPLE}/{line.split(chr(9))[place]}", folder)


def decide(project: mx.Project) -> None:
    """Make every sort of decision once."""
    pending = [int(seed_id) for seed_id in mx.seeds(project, "pending").index]
    first = mx.seed_objects(project, pending[0])
    one = review.confirm(project, pending[0], wrong=first[-1:], shown=first, name="first")
    two = review.confirm(project, pending[1])
    review.discard(project, pending[2])
    page = review.candidates(project, one, most=6)["object"].to_numpy()
    review.grow(project, one, page[:3], wrong=page[3:4], shown=page[:2])
    part = review.split(project, one, mx.morph_members(project, one)[:2])
    review.merge(project, [one, part])
    branch = review.make_branch(project, name="both", owns=[one, two])
    review.kind(project, branch, "detritus")
    review.identify(project, two, taxon="Oithona", ecotaxa_id=1, aphia_id=2)
    review.describe(project, two, "as drawn")
    review.flag(project, two, "really?")
    review.complete(project, two)
    review.move(project, mx.morph_members(project, two)[:1], one)
    review.reject(project, one, mx.morph_members(project, one)[:1])
    review.name(project, two, "second")
    review.undo(project)


def describe(project: mx.Project) -> dict[str, object]:
    """Return what a later version must find in the project."""
    status = mx.status(project)
    wanted = [
        "objects",
        "images",
        "samples",
        "round",
        "seeds",
        "morphs",
        "named",
        "members",
        "origins",
        "rejections",
    ]
    return {
        **{key: status[key] for key in [*wanted, "looks", "decisions", "undo", "redo"]},
        "feature_sets": [one["name"] for one in status["feature_sets"]],
        "columns": sorted(mx.metadata_columns(project)),
        "sizes": {
            title: int(n)
            for title, n in zip(*mx.morphs(project)[["title", "members"]].to_numpy().T, strict=True)
        },
    }


if __name__ == "__main__":
    main()
