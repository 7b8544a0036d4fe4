"""What the benchmarks share: running a verb as a user does, with its time and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil


@dataclass
class Cost:
    """Wall time (s) and the largest memory of all its processes together (MiB) of one command."""

    seconds: float
    mebibytes: float


def run_verb(*words: str | Path) -> tuple[Any, Cost]:
    """Run ``morphoexplore WORDS --json``; return what it printed and what it cost."""
    command = [sys.executable, "-m", "morphoexplore", *map(str, words), "--json"]
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        peak = [0.0]
        watcher = threading.Thread(target=_watch, args=(process, peak))
        watcher.start()
        out, err = process.communicate()
        watcher.join()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{err}")
    return json.loads(out), Cost(time.perf_counter() - begin, peak[0] / 2**20)


def _watch(process: subprocess.Popen[str], peak: list[float]) -> None:
    while process.poll() is None:
        try:
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            peak[0] = max(peak[0], sum(one.memory_info().rss for one in family))
        except psutil.Error:
            pass
        time.sleep(0.05)
