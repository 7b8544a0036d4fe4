"""Which columns a backup for EcoTaxa has: the names it gives them, their types, and those for which it has no room."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from morphoexplore.reading.ecotaxa_rules import FREE, HIERARCHY, LONGER, MOST_TEXT, PREDEFINED

#: Columns of objects that are written from their rows, not from their metadata.
OF_ROWS = (
    "object_id",
    "object_lat",
    "object_lon",
    "object_date",
    "object_time",
    "object_depth_min",
    "object_depth_max",
)
#: Free columns that tell of sorting; where the metadata has some of these names, they are of an earlier export.
OF_MORPHS = {
    "object_morph_id": "f",
    "object_morph_name": "t",
    "object_morph_path": "t",
    "object_morph_origin": "t",
}
_STRANGE = re.compile(r"[\x00-\x20\x7f\x85\"\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True)
class Column:
    """
    A column of the tables.

    Attributes
    ----------
    name : str
        In the project; of a level's metadata.
    header : str
        In the table.
    kind : {"f", "t"}
        Number or text.
    """

    name: str
    header: str
    kind: str

    @property
    def most(self) -> int:
        """The longest text that it holds."""
        return LONGER.get(self.header, MOST_TEXT)


@dataclass
class Plan:
    """
    The columns of all tables, and what is left out.

    Attributes
    ----------
    objects, samples, acquisitions : list of Column
        Metadata of each level, in the order in which they are written.
    notes : list of str
        What has another name than in the project, or is left out.
    """

    objects: list[Column] = field(default_factory=list)
    samples: list[Column] = field(default_factory=list)
    acquisitions: list[Column] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plan_columns(
    objects: dict[str, str],
    samples: Iterable[str],
    acquisitions: Iterable[str],
    *,
    empty: Collection[str] = (),
    with_morphs: bool,
) -> Plan:
    """
    Choose headers for the metadata of a project.

    Parameters
    ----------
    objects : dict of str to {"f", "t"}
        Metadata columns of objects with their types.
    samples, acquisitions : iterable of str
        Metadata columns of these.
    empty : collection of str
        Columns of objects that are empty throughout; of text, they are called numbers where room for text is short.
    with_morphs : bool
        Whether columns tell of the morphs.
    """
    plan = Plan()
    taken = {
        *OF_ROWS,
        "img_file_name",
        "img_rank",
        "sample_id",
        "acq_id",
        *(OF_MORPHS if with_morphs else ()),
    }
    room = {prefix: dict(kinds) for prefix, kinds in FREE.items()}
    if with_morphs:
        for kind in OF_MORPHS.values():
            room["object"][kind] -= 1
    free_texts = [
        name for name, kind in objects.items() if kind == "t" and f"object_{name}" not in PREDEFINED
    ]
    is_short = len(free_texts) > room["object"]["t"]
    for name, written in objects.items():
        kind = "f" if is_short and name in empty else written
        if f"object_{name}" in OF_MORPHS and with_morphs:
            plan.notes.append(
                f"The column {name} is of an earlier export; the morphs of now are in its place."
            )
            continue
        if f"object_{name}" == HIERARCHY:
            plan.notes.append(
                f"The column {name} was left out: EcoTaxa's import fails on it. Category and number are there."
            )
            continue
        prefix = "" if name == "complement_info" else "object_"
        _place(plan, plan.objects, name, f"{prefix}{name}", kind, taken, room)
    for name in samples:
        _place(plan, plan.samples, name, f"sample_{name}", "t", taken, room)
    for name in acquisitions:
        header = name if name.startswith("process_") else f"acq_{name}"
        _place(plan, plan.acquisitions, name, header, "t", taken, room)
    has_process = any(column.header.startswith("process_") for column in plan.acquisitions)
    if has_process and "process_id" not in taken:
        plan.acquisitions.insert(0, Column("", "process_id", "t"))  # mandatory where there are others
    return plan


def _place(
    plan: Plan,
    columns: list[Column],
    name: str,
    wanted: str,
    kind: str,
    taken: set[str],
    room: dict[str, dict[str, int]],
) -> None:
    """Give a column a header that is free, unless there is no room for it."""
    header = _STRANGE.sub("_", wanted.strip().lower())
    number = 2
    while header in taken:
        header = f"{wanted.lower()}_{number}"
        number += 1
    if header not in PREDEFINED:
        prefix = header.partition("_")[0]
        if not room[prefix].get(kind, 0):
            word = {"f": "columns of numbers", "t": "columns of text"}[kind]
            most = FREE[prefix].get(kind, 0)
            plan.notes.append(
                f"The column {name} was left out: EcoTaxa has room for {most} {word} of this level."
            )
            return
        room[prefix][kind] -= 1
    taken.add(header)
    if header != wanted:
        plan.notes.append(f"The column {name} is called {header}.")
    columns.append(Column(name, header, kind))
