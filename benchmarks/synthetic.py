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


def make(folder: Path, n: int, random_state: int = 0, **kind: float) -> tuple[mx.Project, Path]:
    """Make and embed a project of n objects (as `draw` makes them); return it and the CSV of its labels."""
    vectors, labels = draw(n, random_state, **kind)
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


def draw(
    n: int, random_state: int, *, classes: float = CLASSES, junk: float = JUNK, apart: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """
    Return vectors, shape (n, 64), and the label of each.

    *classes* is their number, *junk* the share of objects of none, *apart* a factor of the distances between the middles
    of classes: at .4, with 30 % junk, labels overlap about as much as those of real plankton do in classic descriptors
    (nearest neighbours of one label: .75).
    """
    count, junk_share = int(classes), junk
    rng = np.random.default_rng(random_state)
    fading = 1 / np.sqrt(1 + np.arange(DIMS))
    share = rng.lognormal(sigma=1.8, size=count)
    share = np.minimum(share / share.sum(), LARGEST)
    is_junk = rng.random(n) < junk_share
    of_class = rng.choice(count, n, p=share / share.sum())
    centres = rng.normal(size=(count, DIMS)) * fading * apart
    forms = rng.integers(1, 5, size=count)
    shift = rng.normal(size=(count, 4, DIMS)) * fading * rng.uniform(0.1, 0.5, size=(count, 1, 1))
    form = (rng.random(n) * forms[of_class]).astype(int)
    width = rng.uniform(0.3, 0.8, size=(count, DIMS)) * fading
    heavy = np.sqrt(5 / rng.chisquare(5, size=n))[:, None]
    vectors = centres[of_class] + shift[of_class, form]
    vectors += rng.normal(size=(n, DIMS)) * width[of_class] * heavy
    between = is_junk & (rng.random(n) < 0.5)
    spread = is_junk & ~between
    vectors[spread] = rng.normal(size=(int(spread.sum()), DIMS)) * fading
    first, second = rng.integers(count, size=(2, int(between.sum())))
    weight = rng.uniform(0.3, 0.7, size=(len(first), 1))
    vectors[between] = weight * centres[first] + (1 - weight) * centres[second]
    vectors[between] += rng.normal(size=(len(first), DIMS)) * 0.4 * fading
    labels = np.where(is_junk, NOTHING, np.char.add("class", of_class.astype(str)))
    return vectors.astype(np.float32), labels
