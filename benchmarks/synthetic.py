"""
A made collection with known labels and no images: log-normal classes of several forms each, in a fifth of junk.

Half of the junk is spread over everything, half lies between two classes, as what is half of one thing and half of
another does. It is entered as a feature set, as if it had been extracted.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from million import PART

import morphoexplore as mx
from morphoexplore.store import arrays, morphospace, objects, runs

CLASSES, JUNK, DIMS, LARGEST = 90, 0.2, 64, 0.15
NOTHING = "junk"


def make(folder: Path, n: int, random_state: int = 0) -> tuple[mx.Project, Path]:
    """Make and embed a project of n objects; return it and the CSV of its labels."""
    vectors, labels = draw(n, random_state)
    project = enter(folder, vectors)
    mx.embed(project)
    path = folder.with_name(f"{folder.name}.csv")
    pd.DataFrame({"object_id": _ids(n), "label": labels}).to_csv(path, index=False)
    return project, path


def enter(folder: Path, vectors: np.ndarray) -> mx.Project:
    """Make a project of objects without images, with vectors as its feature set."""
    n = len(vectors)
    project = mx.create_project(folder, user="bench")
    samples = pd.DataFrame(index=["s"])
    acquisitions = pd.DataFrame(index=pd.MultiIndex.from_tuples([("s", "a")]))
    with runs.run(project, "add", {}) as run, project.write() as conn:
        objects.put_samples(conn, samples)
        (acquisition,) = objects.put_acquisitions(conn, acquisitions, [None]).values()
        objects.put_objects(
            conn, ((number, name, acquisition, *[None] * 5) for number, name in enumerate(_ids(n)))
        )
        array_id = arrays.declare(
            conn, morphospace.FEATURES, "made", dtype="f4", width=vectors.shape[1], run_id=run.run_id
        )
        arrays.enter(
            conn,
            [
                arrays.write_shard(project, array_id, start, vectors[start : start + PART])
                for start in range(0, n, PART)
            ],
        )
    return project


def _ids(n: int) -> list[str]:
    return [f"o{number:07d}" for number in range(n)]


def draw(n: int, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors, shape (n, 64), and the label of each."""
    rng = np.random.default_rng(random_state)
    fading = 1 / np.sqrt(1 + np.arange(DIMS))
    share = rng.lognormal(sigma=1.8, size=CLASSES)
    share = np.minimum(share / share.sum(), LARGEST)
    junk = rng.random(n) < JUNK
    of_class = rng.choice(CLASSES, n, p=share / share.sum())
    centres = rng.normal(size=(CLASSES, DIMS)) * fading
    forms = rng.integers(1, 5, size=CLASSES)
    shift = rng.normal(size=(CLASSES, 4, DIMS)) * fading * rng.uniform(0.1, 0.5, size=(CLASSES, 1, 1))
    form = (rng.random(n) * forms[of_class]).astype(int)
    width = rng.uniform(0.3, 0.8, size=(CLASSES, DIMS)) * fading
    heavy = np.sqrt(5 / rng.chisquare(5, size=n))[:, None]
    vectors = centres[of_class] + shift[of_class, form]
    vectors += rng.normal(size=(n, DIMS)) * width[of_class] * heavy
    between = junk & (rng.random(n) < 0.5)
    spread = junk & ~between
    vectors[spread] = rng.normal(size=(int(spread.sum()), DIMS)) * fading
    first, second = rng.integers(CLASSES, size=(2, int(between.sum())))
    weight = rng.uniform(0.3, 0.7, size=(len(first), 1))
    vectors[between] = weight * centres[first] + (1 - weight) * centres[second]
    vectors[between] += rng.normal(size=(len(first), DIMS)) * 0.4 * fading
    labels = np.where(junk, NOTHING, np.char.add("class", of_class.astype(str)))
    return vectors.astype(np.float32), labels
