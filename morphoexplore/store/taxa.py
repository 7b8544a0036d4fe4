"""The taxa that a person gave lists of, to choose from; and what the root of a lineage says of a kind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import astuple

import pandas as pd

from morphoexplore.records import Taxon
from morphoexplore.store.project import Project

SEPARATOR = ">"
LIVING = ("living", "biota")  # the root of EcoTaxa's living taxa until and since January 2026
NOT_LIVING, DETRITUS, TEMPORARY = "not-living", "detritus", "temporary"
_FIELDS = ("display_name", "lineage", "ecotaxa_id", "aphia_id", "taxon_type", "rank")


def kind_of_lineage(lineage: str | None) -> str | None:
    """
    Return the kind that a lineage tells by its root, None where it tells none.

    Examples
    --------
    >>> kind_of_lineage("Biota>Animalia>Arthropoda"), kind_of_lineage("not-living>detritus>fiber")
    ('living', 'detritus')
    >>> kind_of_lineage("not-living>plastic"), kind_of_lineage("temporary>t001"), kind_of_lineage("Copepoda")
    ('artefact', 'unknown', None)
    """
    root, *below = (lineage or "").casefold().split(SEPARATOR)
    if root in LIVING:
        return "living"
    if root == NOT_LIVING:
        return "detritus" if not below or DETRITUS in below else "artefact"
    return "unknown" if root == TEMPORARY else None


def put(conn: sqlite3.Connection, taxa: Iterable[Taxon], *, run_id: int) -> dict[str, int]:
    """
    Enter taxa; what a list does not say of a taxon that is known stays as it is.

    A taxon is known by its number in EcoTaxa, else by its AphiaID, else by its name.

    Returns
    -------
    counts : dict
        ``new``, ``changed``.
    """
    rows = conn.execute(f"SELECT taxon_id, {', '.join(_FIELDS)} FROM taxon").fetchall()
    known = _Known()
    for row in rows:
        known.enter(row["taxon_id"], Taxon(*tuple(row)[1:]))
    counts = {"new": 0, "changed": 0}
    for taxon in taxa:
        taxon_id = known.find(taxon)
        if taxon_id is None:
            cursor = conn.execute(
                f"INSERT INTO taxon ({', '.join(_FIELDS)}, name, run_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*astuple(taxon), taxon.name, run_id),
            )
            known.enter(int(cursor.lastrowid or 0), taxon)
            counts["new"] += 1
            continue
        former = known.taxa[taxon_id]
        later = _joined(former, taxon)
        if later != former:
            assignments = ", ".join(f"{field} = ?" for field in (*_FIELDS, "name", "run_id"))
            conn.execute(
                f"UPDATE taxon SET {assignments} WHERE taxon_id = ?",
                (*astuple(later), later.name, run_id, taxon_id),
            )
            known.enter(taxon_id, later)
            counts["changed"] += 1
    return counts


class _Known:
    """The taxa that there are, by what they are known by."""

    def __init__(self) -> None:
        self.taxa: dict[int, Taxon] = {}
        self._by_ecotaxa: dict[int, int] = {}
        self._by_aphia: dict[int, int] = {}
        self._by_name: dict[str, int] = {}

    def enter(self, taxon_id: int, taxon: Taxon) -> None:
        self.taxa[taxon_id] = taxon
        if taxon.ecotaxa_id is not None:
            self._by_ecotaxa[taxon.ecotaxa_id] = taxon_id
        if taxon.aphia_id is not None:
            self._by_aphia.setdefault(taxon.aphia_id, taxon_id)
        self._by_name.setdefault(taxon.display_name.casefold(), taxon_id)

    def find(self, taxon: Taxon) -> int | None:
        if taxon.ecotaxa_id in self._by_ecotaxa:
            return self._by_ecotaxa[taxon.ecotaxa_id]
        of_aphia = None if taxon.aphia_id is None else self._by_aphia.get(taxon.aphia_id)
        for found in (of_aphia, self._by_name.get(taxon.display_name.casefold())):
            if found is not None and not self._differs(self.taxa[found], taxon):
                return int(found)
        return None

    def _differs(self, known: Taxon, taxon: Taxon) -> bool:
        """Tell whether two taxa have numbers that cannot both be right."""
        pairs = ((known.ecotaxa_id, taxon.ecotaxa_id), (known.aphia_id, taxon.aphia_id))
        return any(one is not None and other is not None and one != other for one, other in pairs)


def _joined(former: Taxon, later: Taxon) -> Taxon:
    """Return a taxon as the later list has it, and as the former where the later says nothing or less."""
    ours, theirs = astuple(former), astuple(later)
    fields = [new if new is not None else old for old, new in zip(ours, theirs, strict=True)]
    if _tells_less(later.lineage, former.lineage):
        fields[1] = former.lineage
    if later.ecotaxa_id is None and former.ecotaxa_id is not None:
        fields[0] = former.display_name  # that of EcoTaxa is unique there
    return Taxon(*fields)


def _tells_less(lineage: str, former: str) -> bool:
    """Tell whether a lineage has no root while the former had one, or has the root that EcoTaxa had until 2026."""
    root, root_before = (text.casefold().split(SEPARATOR)[0] for text in (lineage, former))
    if (root, root_before) == LIVING:
        return True
    return kind_of_lineage(lineage) is None and lineage.count(SEPARATOR) <= former.count(SEPARATOR)


def count(project: Project) -> int:
    """Return how many taxa there are to choose from."""
    with project.read() as conn:
        return int(conn.execute("SELECT count(*) FROM taxon").fetchone()[0])


def search(project: Project, text: str, *, most: int = 12) -> list[Taxon]:
    """
    Return taxa whose name holds the words of a text in their order, those that begin with it first.

    Parameters
    ----------
    text : str
        Parts of names; spaces and ``*`` stand for anything, as in EcoTaxa's own search.
    """
    words = text.replace("*", " ").split()
    if not words:
        return []
    escaped = [word.translate({ord(sign): f"\\{sign}" for sign in "\\%_"}) for word in words]
    within, start = f"%{'%'.join(escaped)}%", f"{'%'.join(escaped)}%"
    with project.read() as conn:
        rows = conn.execute(
            f"SELECT {', '.join(_FIELDS)} FROM taxon WHERE display_name LIKE :within ESCAPE '\\' "
            "ORDER BY display_name LIKE :whole ESCAPE '\\' DESC, display_name LIKE :start ESCAPE '\\' DESC, "
            "length(display_name), display_name LIMIT :most",
            {"within": within, "start": start, "whole": "%".join(escaped), "most": most},
        ).fetchall()
    return [Taxon(*tuple(row)) for row in rows]


def listing(project: Project) -> pd.DataFrame:
    """Return all taxa: ``display_name, lineage, ecotaxa_id, aphia_id, taxon_type, rank``, in the order of lineages."""
    with project.read() as conn:
        rows = conn.execute(f"SELECT {', '.join(_FIELDS)} FROM taxon ORDER BY lineage, taxon_id").fetchall()
    table = pd.DataFrame([tuple(row) for row in rows], columns=list(_FIELDS))
    return table.astype({"ecotaxa_id": "Int64", "aphia_id": "Int64"})
