"""
Time and memory of the verbs that place and seed objects, on a made collection of any size.

    python benchmarks/million.py [--objects 1000000] [--dims 64]

The collection has no images: a feature set of 400 groups of very uneven size and scatter, in a fifth of plain
noise, is entered as if it had been extracted. Then ``embed``, ``seed`` and ``status`` run as a user runs them, and
the short verbs are timed inside one process.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from measure import run_verb

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.store import arrays, morphospace, objects, runs

GROUPS, NOISE, PART = 400, 0.2, 65536


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--dims", type=int, default=64)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        project = make(Path(scratch) / "project", options.objects, options.dims)
        rows = []
        for verb in ("embed", "seed", "status"):
            _, cost = run_verb(verb, project.folder)
            rows.append({"verb": verb, "seconds": round(cost.seconds, 1), "MiB": round(cost.mebibytes)})
            print(rows[-1], flush=True)
        rows += time_short_verbs(project)
        print(pd.DataFrame(rows).to_string(index=False))


def make(folder: Path, n: int, dims: int) -> mx.Project:
    project = mx.create_project(folder, user="bench")
    samples = pd.DataFrame(index=[f"s{i:03d}" for i in range(120)])
    acquisitions = pd.DataFrame(index=pd.MultiIndex.from_product([samples.index, ["a"]]))
    with runs.run(project, "add", {}) as run:
        with project.write() as conn:
            objects.put_samples(conn, samples)
            ids = list(objects.put_acquisitions(conn, acquisitions, [None] * len(acquisitions)).values())
            none = [None] * 5
            objects.put_objects(conn, ((i, f"o{i:08d}", ids[i * len(ids) // n], *none) for i in range(n)))
            array_id = arrays.declare(
                conn, morphospace.FEATURES, "made", dtype="f4", width=dims, run_id=run.run_id
            )
        rng = np.random.default_rng(0)
        for values, _, start in draw(rng, n, dims):
            shard = arrays.write_shard(project, array_id, start, values)
            with project.write() as conn:
                arrays.enter(conn, [shard])
    return project


def draw(rng: np.random.Generator, n: int, dims: int):
    """Yield vectors, the group of each (-1: none), and the number of the first, part by part."""
    fading = 1 / np.sqrt(1 + np.arange(dims))
    centres = rng.normal(size=(GROUPS, dims)) * fading
    share = rng.lognormal(sigma=1.5, size=GROUPS)
    spread = rng.uniform(0.1, 0.5, size=GROUPS)
    for start in range(0, n, PART):
        count = min(PART, n - start)
        group = rng.choice(GROUPS, count, p=share / share.sum())
        values = centres[group] + rng.normal(size=(count, dims)) * spread[group, None] * fading
        noise = rng.random(count) < NOISE
        values[noise] = rng.normal(size=(int(noise.sum()), dims)) * fading
        group[noise] = -1
        yield values.astype(np.float32), group, start


def time_short_verbs(project: mx.Project) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []

    def timed(name: str, call):
        begin = time.perf_counter()
        result = call()
        rows.append({"verb": name, "seconds": round(time.perf_counter() - begin, 3), "MiB": None})
        return result

    table = mx.seeds(project, "pending")
    largest = int(table["size"].idxmax())
    seed = timed("objects of a seed", lambda: mx.seed_objects(project, largest))
    node = timed(f"confirm {len(seed)}", lambda: review.confirm(project, largest))
    for seed_id in table.index.drop(largest)[:20]:
        review.confirm(project, int(seed_id))
    page = timed("candidates, first", lambda: review.candidates(project, node, most=100))
    timed("candidates, again", lambda: review.candidates(project, node, most=100))
    timed("accept a page", lambda: review.grow(project, node, page["object"]))
    many = mx.free_objects(project)[: min(100_000, project.count_objects() // 2)]
    timed(f"accept {len(many)}", lambda: review.grow(project, node, many))
    timed("undo it", lambda: review.undo(project))
    timed("morphs", lambda: mx.morphs(project))
    timed("similar", lambda: mx.similar(project, 5))
    timed("indices", lambda: mx.indices(project))
    return rows


if __name__ == "__main__":
    main()
