"""
How much water a profiling camera imaged at which depth: a table beside EcoTaxa's, as EcoPart exports it.

One row per profile and depth bin: ``Profile``, ``Depth [m]`` (the middle of the bin) and ``Sampled volume [L]``. A profile
has the name of its sample.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from morphoexplore.errors import SourceError, WrongValueError
from morphoexplore.reading.encodings import decoded
from morphoexplore.store import runs
from morphoexplore.store.project import Project, now

SETTING = "profiles"
WIDTH = 5.0  # m; EcoPart's
COLUMNS = {
    # what it is called in the sentences: how files call it, in small letters
    "Profile": ("profile", "sample_id", "sample"),
    "Depth [m]": ("depth [m]", "depth_bin", "depth"),
    "Sampled volume [L]": ("sampled volume [l]", "sampled_volume_l", "water_volume_l"),
}
UNKNOWN_VOLUMES = (999999.0,)
DEEPEST = 20_000.0  # m; nothing on Earth lies deeper
NARROWEST = 0.05  # m, of a bin
_SAME = 1e-6  # of a volume; files are rounded


@dataclass(frozen=True)
class Profiles:
    """
    The sampled volumes that a project knows.

    Attributes
    ----------
    width : float
        Of a depth bin, m; bin k goes from k to k + 1 times this.
    litres : dict of str to dict of int to float
        By name of the sample, then by number of the bin.
    """

    width: float
    litres: dict[str, dict[int, float]]


def read_profiles(project: Project) -> Profiles | None:
    """Return the sampled volumes of a project, None where it has none."""
    kept = project.setting(SETTING)
    if kept is None:
        return None
    litres = {name: {int(place): float(one) for place, one in bins} for name, bins in kept["bins"].items()}
    return Profiles(float(kept["width"]), litres)


def set_profiles(project: Project, files: Sequence[Path | str], *, width: float = WIDTH) -> dict[str, Any]:
    """
    Take over how much water was imaged at which depth; a profile that is known already is replaced.

    Parameters
    ----------
    files : sequence of Path or str
        Tables as EcoPart exports them (``PAR`` or ``ZOO``), or any table with tabs, commas or semicolons that has the
        columns ``Profile``, ``Depth [m]`` and ``Sampled volume [L]``.
    width : float
        Of a depth bin, m. The depths of the tables are the middles of bins.

    Returns
    -------
    report : dict
        ``profiles``, ``bins`` (read now), ``unknown`` (profiles that are no sample of the project), ``problems``
        (sentences on rows that were left out).

    Raises
    ------
    SourceError
        If a file is no such table, or contradicts itself.
    WrongValueError
        If the bins are of another width than those that are known, or the width is impossible.
    """
    check_width(width)
    known = read_profiles(project)
    if known is not None and known.width != width:
        message = f"The profiles of this project have bins of {known.width:g} m; those of {width:g} m cannot stand beside them."
        raise WrongValueError(message)
    problems: list[str] = []
    found: dict[str, dict[int, float]] = {}
    for file in files:
        _read(Path(file), width, found, problems)
    parameters = {"profiles": [str(file) for file in files], "depth_bin": width}
    with runs.run(project, "volumes", parameters) as run:
        litres = ({} if known is None else known.litres) | found
        bins = {name: sorted(places.items()) for name, places in litres.items()}
        kept = {"width": width, "bins": bins, "user": project.user, "time": now(), "run_id": run.run_id}
        project.change_setting(SETTING, kept)
        with project.read() as conn:
            samples = {row[0] for row in conn.execute("SELECT name FROM sample")}
        run.result = {
            "profiles": len(found),
            "bins": sum(len(places) for places in found.values()),
            "unknown": sorted(set(found) - samples),
            "problems": problems,
        }
    return run.result


def check_width(width: float) -> None:
    """Raise WrongValueError where a depth bin cannot have this width (m)."""
    if not NARROWEST <= width <= DEEPEST:
        message = f"A depth bin of {width} m is not possible. Give its width in m, 5 say."
        raise WrongValueError(message)


def _read(path: Path, width: float, found: dict[str, dict[int, float]], problems: list[str]) -> None:
    rows = _rows(path)
    header: list[str] = next(rows, (0, []))[1]
    places = _places(path, header)
    lines: dict[tuple[str, int], int] = {}
    before = len(problems)
    for line, row in rows:
        cells = [row[place].strip() if place < len(row) else "" for place in places]
        name, depth, volume = cells[0], _number(cells[1]), _number(cells[2])
        reason = _reason(cells, depth, volume)
        if reason:
            problems.append(f"{path.name}, line {line}: {reason}; the row was left out.")
            continue
        place = depth / width - 0.5
        if abs(place - round(place)) > 0.01:
            message = (
                f"{path.name}, line {line}: {cells[1]} m is no middle of a depth bin of {width:g} m "
                f"({width / 2:g}, {width * 1.5:g}, ...). Give the width of the bins with --depth-bin."
            )
            raise SourceError(message)
        key = (name, round(place))
        known = found.setdefault(name, {}).setdefault(round(place), volume)
        if not math.isclose(known, volume, rel_tol=_SAME):
            where = f"line {lines[key]}" if key in lines else "a file before it"
            message = (
                f"{path.name}, line {line}: {volume:g} L were sampled by {name} at {cells[1]} m, but {known:g} L in "
                f"{where}. Keep one of the two rows."
            )
            raise SourceError(message)
        lines.setdefault(key, line)
    if not lines:
        more = f" The first was: {problems[before]}" if len(problems) > before else ""
        message = f"{path.name} has no row with a profile, a depth and a sampled volume.{more}"
        raise SourceError(message)


def _rows(path: Path) -> Any:
    """Yield (line, cells) of a table, its header first; what separates cells is what the header has most of."""
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror})."
        raise SourceError(message) from error
    text = decoded(data, path.name)
    first = text.partition("\n")[0]
    separator = max("\t;,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as error:
        message = f"{path.name}, line {reader.line_num}: it cannot be read as a table ({error})."
        raise SourceError(message) from error


def _places(path: Path, header: list[str]) -> list[int]:
    names = [name.strip().lower() for name in header]
    places = []
    for title, words in COLUMNS.items():
        matching = [place for word in words for place, name in enumerate(names) if name == word]
        if not matching:
            has = ", ".join(header[:8]) or "nothing"
            message = f"{path.name} has no column '{title}'. It begins with: {has}."
            raise SourceError(message)
        places.append(matching[0])
    return places


def _reason(cells: list[str], depth: float, volume: float) -> str:
    """Return why a row cannot be used, empty where it can."""
    if not cells[0]:
        return "it names no profile"
    if math.isnan(depth):
        return f"the depth {cells[1]!r} is no number"
    if abs(depth) > DEEPEST:
        return f"a depth of {cells[1]} m is not possible"
    if math.isnan(volume):
        return f"the sampled volume {cells[2]!r} is no number"
    if volume <= 0 or volume in UNKNOWN_VOLUMES:
        return f"a sampled volume of {cells[2]} L is not possible"
    return ""


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
