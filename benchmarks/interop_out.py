"""
Time and memory of sending a project of any size to EcoTaxa: morphs, classification, backup, and the check of each.

    python benchmarks/interop_out.py [--rows 1000000] [--quick]

The project is made by ``add`` from the table of ``interop.py``, with one small image that all objects share, so that it is the
rows that are measured. Two thirds of the objects are put into 200 morphs with a category, half of them as looked at. The
export itself must not hold all rows in memory.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from interop import write_table
from measure import run_verb
from PIL import Image

import morphoexplore as mx
from morphoexplore.store.history import decision

MORPHS = 200
FORMATS = ("ecotaxa", "ecotaxa-classification", "ecotaxa-backup")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="20 000 rows")
    options = parser.parse_args()
    n = 20_000 if options.quick else options.rows
    with tempfile.TemporaryDirectory() as scratch:
        project = make(Path(scratch), n)
        rows = []
        for name in FORMATS:
            out = Path(scratch) / f"{name}.zip"
            report, cost = run_verb("export", project, out, "--format", name)
            size = out.stat().st_size / 2**20
            rows.append(measured(f"export {name}", report["rows"], cost, size))
            checked, cost = run_verb("export", "--check", out)
            rows.append(measured("export --check", checked["rows"], cost, size))
            print(rows[-2], rows[-1], len(checked["errors"]), "errors", flush=True)
        print(pd.DataFrame(rows).to_string(index=False))


def measured(verb: str, rows: int, cost: object, size: float) -> dict[str, object]:
    return {
        "verb": verb,
        "rows": rows,
        "seconds": round(cost.seconds, 1),  # type: ignore[attr-defined]
        "MiB": round(cost.mebibytes),  # type: ignore[attr-defined]
        "file MiB": round(size),
    }


def make(scratch: Path, n: int) -> Path:
    """Make a project of *n* objects with metadata, one image and morphs."""
    table = write_table(scratch / "ecotaxa_made.tsv", n)
    folder = scratch / "project"
    _, cost = run_verb("add", folder, table)
    print(f"added {n} objects in {cost.seconds:.0f} s", flush=True)
    table.unlink()
    Image.new("L", (30, 20), 200).save(scratch / "one.png")
    project = mx.open_project(folder)
    with project.write() as conn:
        source = conn.execute("SELECT source_id FROM source").fetchone()[0]
        conn.execute("DELETE FROM image")
        conn.execute(
            "INSERT INTO image (object, rank, source_id, path, width, height) SELECT object, 0, ?, 'one.png', 30, 20 FROM object",
            (source,),
        )
    put_into_morphs(project, n)
    return folder


def put_into_morphs(project: mx.Project, n: int) -> None:
    """Make members in one decision, without a person."""
    rng = np.random.default_rng(0)
    chosen = np.flatnonzero(rng.random(n) < 2 / 3)
    with decision(project, "make morph") as edit:
        nodes = [
            edit.add_node(is_branch=False, name=f"morph {number}", ecotaxa_id=1000 + number)
            for number in range(MORPHS)
        ]
        made = edit.conn.execute("SELECT max(decision_id) FROM decision").fetchone()[0]
        of = rng.integers(MORPHS, size=len(chosen))
        how = rng.choice(["looked", "seed", "grown"], p=[0.5, 0.25, 0.25], size=len(chosen))
        edit.conn.executemany(
            "INSERT INTO member (object, node_id, origin, decision_id) VALUES (?, ?, ?, ?)",
            (
                (int(number), nodes[place], str(origin), made)
                for number, place, origin in zip(chosen, of, how, strict=True)
            ),
        )


if __name__ == "__main__":
    main()
