"""
Kill ``run`` at random moments, start it again each time, and compare with a run that was left in peace.

    python benchmarks/killed.py SOURCE [--kills 10]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import morphoexplore as mx
from morphoexplore.store import arrays


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--random-state", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        peace, war = Path(scratch) / "peace", Path(scratch) / "war"
        begin = time.perf_counter()
        subprocess.run(command(peace, options.source), check=True, capture_output=True)
        duration = time.perf_counter() - begin
        print(f"in peace: {duration:.0f} s")
        kill_often(war, options.source, duration, options.kills, random.Random(options.random_state))
        differences = compare(peace, war)
        print(
            "\n".join(differences)
            or "Members, seeds and all arrays are the same; check finds nothing broken."
        )
        sys.exit(bool(differences))


def command(project: Path, source: Path) -> list[str]:
    return [sys.executable, "-m", "morphoexplore", "run", str(project), str(source)]


def kill_often(project: Path, source: Path, duration: float, kills: int, rng: random.Random) -> None:
    for kill in range(kills):
        wait = rng.uniform(0.5, duration / 3)
        process = subprocess.Popen(
            command(project, source),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(wait)
            print(f"kill {kill + 1}: was done before {wait:.1f} s")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            print(f"kill {kill + 1}: after {wait:.1f} s")
    subprocess.run(command(project, source), check=True, capture_output=True)


def compare(one: Path, other: Path) -> list[str]:
    first, second = mx.open_project(one), mx.open_project(other)
    found = [f"check: {finding}" for finding in mx.check(second) if not finding.is_harmless]
    for name, table in (("objects", mx.objects), ("seeds", mx.seeds), ("morphs", mx.morphs)):
        a, b = (table(project).drop(columns="run_id", errors="ignore") for project in (first, second))
        try:
            pd.testing.assert_frame_equal(a, b)
        except AssertionError as error:
            found.append(f"{name} differ: {error}")
    newest = [{(a.kind, kind_name(a)): a for a in arrays.listing(project)} for project in (first, second)]
    if newest[0].keys() != newest[1].keys():
        found.append(f"arrays differ: {newest[0].keys() ^ newest[1].keys()}")
        return found
    for key, array in newest[0].items():
        if array.kind == "picture":
            continue
        a, b = (
            np.asarray(arrays.read(project, n[key]))
            for project, n in zip((first, second), newest, strict=True)
        )
        if a.dtype != b.dtype or a.shape != b.shape or a.tobytes() != b.tobytes():
            found.append(f"{key} differs")
    return found


def kind_name(array: arrays.ArrayRecord) -> str:
    """Return a name that does not hold the number of a run, of which a killed one has more."""
    return "of the run" if array.kind in ("seed", "strangeness") else array.name


if __name__ == "__main__":
    main()
