"""
A made collection with pictures, of any size: what the benchmarks of the app look at.

Objects are of 400 groups (:func:`million.draw`), each group with drawn vignettes of its own, so that a page of a
seed looks like one. 2048 vignettes lie in a zip; the objects share them.
"""

from __future__ import annotations

import functools
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from million import GROUPS, draw

import morphoexplore as mx
from morphoexplore.reading.images import encode_picture, make_tile
from morphoexplore.steps import columns
from morphoexplore.store import arrays, history, images, morphospace, objects, runs
from morphoexplore.store.runs import Run

SAMPLES, VIGNETTES, SHARD = 120, 2048, 1024
EACH = VIGNETTES // GROUPS  # vignettes of a group; those left over are of no group
PIXEL_SIZE = 0.0106  # mm
ZIP = "images/vignettes.zip"


def make(folder: Path, n: int, dims: int) -> mx.Project:
    """Make a project of n objects with samples, metadata, images, tiles, pictures and one feature set."""
    project = mx.create_project(folder, user="bench")
    rng = np.random.default_rng(0)
    with runs.run(project, "add", {}) as run:
        vectors, groups = map(np.concatenate, list(zip(*draw(rng, n, dims), strict=True))[:2])
        any_of = rng.integers(GROUPS * EACH, VIGNETTES, size=n)
        shown = np.where(groups < 0, any_of, groups * EACH + rng.integers(EACH, size=n))
        _write_zip(project.folder / ZIP)
        _enter_objects(project, n)
        _enter_images(project, run, shown)
        _enter_metadata(project, run, shown, groups)
        with project.write() as conn:
            array_id = arrays.declare(
                conn, morphospace.FEATURES, "made", dtype="f4", width=dims, run_id=run.run_id
            )
            arrays.enter(conn, [arrays.write_shard(project, array_id, 0, vectors)])
    return project


def sort_all(project: mx.Project, morphs: int, branches: int) -> None:
    """Make morphs of objects that lie beside each other along the first axes, and branches of the morphs."""
    vectors = morphospace.read_pca(project)[:, :2]
    order = np.lexsort((vectors[:, 1], np.round(vectors[:, 0], 1)))
    with history.decision(project, "sort all") as edit:
        tops = [edit.add_node(is_branch=True, name=f"branch {place}") for place in range(branches)]
        for place, members in enumerate(np.array_split(order[: len(order) * 9 // 10], morphs)):
            node = edit.add_node(is_branch=False, parent_id=tops[place * branches // morphs])
            edit.assign(members, node, origin="seed")


def _enter_objects(project: mx.Project, n: int) -> None:
    days = pd.date_range("2014-01-15", periods=SAMPLES, freq="30D").strftime("%Y-%m-%dT10:00:00").tolist()
    names = [f"villefranche_{day[:10]}" for day in days]
    samples = pd.DataFrame({"tot_vol": 250.0}, index=names)
    acquisitions = pd.DataFrame({"sub_part": 4.0}, index=pd.MultiIndex.from_product([names, ["d1"]]))
    with project.write() as conn:
        objects.put_samples(conn, samples)
        numbers = list(objects.put_acquisitions(conn, acquisitions, [PIXEL_SIZE] * SAMPLES).values())
        places = [number * SAMPLES // n for number in range(n)]
        objects.put_objects(
            conn,
            (
                (number, f"{names[place]}_{number}", numbers[place], days[place], 43.68, 7.31, 0.0, 75.0)
                for number, place in enumerate(places)
            ),
        )


def _enter_images(project: mx.Project, run: Run, shown: np.ndarray) -> None:
    drawn = _vignettes()
    tiles = np.stack([make_tile(image) for image in drawn])
    pictures = [encode_picture(image) for image in drawn]
    with project.write() as conn:
        source = images.put_source(
            conn,
            project,
            run_id=run.run_id,
            path=project.folder / ZIP,
            format="made",
            root=project.folder / ZIP,
            crop_bottom=0,
            white_level=255,
        )
        conn.executemany(
            "INSERT INTO image VALUES (?, 0, ?, ?, ?, ?, NULL)",
            (
                (number, source, f"{which}.png", drawn[which].shape[1], drawn[which].shape[0])
                for number, which in enumerate(shown.tolist())
            ),
        )
        of_tiles = arrays.declare(
            conn, "tile", "tiles", dtype="u1", width=images.TILE_SIDE, run_id=run.run_id
        )
        of_pictures = arrays.declare(conn, "picture", "pictures", dtype="u1", width=0, run_id=run.run_id)
    shards = []
    for start in range(0, len(shown), SHARD):
        part = shown[start : start + SHARD]
        place = {"start": start, "stop": start + len(part), "folder": "tiles"}
        packed = images.pack_pictures([pictures[which] for which in part])
        shards += [
            arrays.write_file(project, of_tiles, data=arrays.as_npy(tiles[part]), suffix="npy", **place),
            arrays.write_file(project, of_pictures, data=packed, suffix="jpegs", **place),
        ]
    with project.write() as conn:
        arrays.enter(conn, shards)


def _enter_metadata(project: mx.Project, run: Run, shown: np.ndarray, groups: np.ndarray) -> None:
    areas = np.array([(image < 200).sum() for image in _vignettes()], dtype=np.float64)
    values = {
        "area": areas[shown],
        "status": np.where(groups < 0, "unclassified", "predicted").astype(object),
    }
    made = [columns.prepare_whole(project, run, name, None, column) for name, column in values.items()]
    with project.write() as conn:
        columns.enter(conn, made, run_id=run.run_id)


def _write_zip(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for place, image in enumerate(_vignettes()):
            archive.writestr(f"{place}.png", cv2.imencode(".png", image)[1].tobytes())


@functools.cache
def _vignettes() -> list[np.ndarray]:
    return list(_draw_vignettes(np.random.default_rng(1)))


def _draw_vignettes(rng: np.random.Generator) -> Iterator[np.ndarray]:
    for _ in range(GROUPS):
        form = _form(rng)
        for _ in range(EACH):
            yield _vignette(rng, *form)
    for _ in range(VIGNETTES - GROUPS * EACH):
        yield _vignette(rng, *_form(rng))


def _form(rng: np.random.Generator) -> tuple[float, float, float, int, float]:
    """Return what the vignettes of a group have in common: length (px), slimness, grey, appendages, bend."""
    length = float(np.clip(rng.lognormal(4.4, 0.55), 20, 340))
    return (
        length,
        rng.uniform(0.15, 0.95),
        rng.uniform(30, 170),
        int(rng.integers(0, 9)),
        rng.uniform(-0.5, 0.5),
    )


def _vignette(
    rng: np.random.Generator, length: float, slimness: float, grey: float, limbs: int, bend: float
) -> np.ndarray:
    length *= rng.uniform(0.85, 1.15)
    side = int(length * 1.5) + 16
    canvas = np.full((side, side), 240, np.uint8)
    turn = rng.uniform(0, 2 * np.pi)
    along = np.linspace(-0.5, 0.5, 24)
    width = 0.5 * slimness * length * np.sqrt(np.clip(1 - (2 * along) ** 2, 0, 1)) * (1 - 0.5 * along)
    spine = np.stack([along * length, bend * length * (along**2 - 0.08)], 1)
    outline = np.concatenate(
        [spine + np.stack([0 * width, width], 1), (spine - np.stack([0 * width, width], 1))[::-1]]
    )
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def placed(points: np.ndarray) -> np.ndarray:
        return np.round(points @ rotation.T + side / 2).astype(np.int32)

    for limb in range(limbs):
        root = spine[4 + 2 * limb]
        tip = root + np.array([-0.15, (-1) ** limb * 0.32]) * length * rng.uniform(0.8, 1.2, 2)
        cv2.polylines(
            canvas,
            [placed(np.stack([root, tip]))],
            isClosed=False,
            color=int(grey + 40),
            thickness=1 + side // 120,
            lineType=cv2.LINE_AA,
        )
    cv2.fillPoly(canvas, [placed(outline)], int(grey), cv2.LINE_AA)
    eye = placed(spine[20:21])[0]
    cv2.circle(canvas, tuple(map(int, eye)), max(1, side // 40), int(grey / 3), -1, cv2.LINE_AA)
    texture = cv2.resize(rng.normal(0, 14, (side // 4 + 1, side // 4 + 1)).astype(np.float32), (side, side))
    canvas = canvas + texture * (canvas < 200) + rng.normal(0, 2.5, canvas.shape)
    canvas = np.clip(cv2.GaussianBlur(canvas, (3, 3), 0), 0, 255).astype(np.uint8)
    ink = np.argwhere(canvas < 225)
    if not len(ink):
        return canvas
    (top, left), (bottom, right) = np.maximum(ink.min(0) - 6, 0), ink.max(0) + 7
    return np.ascontiguousarray(canvas[top:bottom, left:right])
