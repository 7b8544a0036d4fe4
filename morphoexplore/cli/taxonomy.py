"""The verb that gives taxa to identify morphs by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from morphoexplore.cli.group import AS_JSON, PATH, PROJECT, open_there
from morphoexplore.cli.printing import number, show, warn

SHOWN = 20


@click.command()
@PROJECT
@click.argument("files", nargs=-1, metavar="[FILE]...", type=PATH)
@click.option("--learn", is_flag=True, help="Take over the categories that the objects brought along.")
@click.option("--find", metavar="TEXT", help="Show the taxa whose names hold these words.")
@AS_JSON
def taxa(*, project: Path, files: tuple[Path, ...], learn: bool, find: str | None, as_json: bool) -> None:
    """
    Read lists of taxa, from which the app then offers names for morphs while you type.

    FILE: EcoTaxa's taxo export, a WoRMS download, EcoTaxa tables (file, folder or zip), or a CSV with the column
    display_name and any of lineage, ecotaxa_id, aphia_id, taxon_type (P or M). Lists add to each other. Without a
    file, --learn takes what the images came with.

    Example: morphoexplore taxa my-study taxoexport.tsv
    """
    from morphoexplore.steps.taxa import add_taxa, learn_taxa
    from morphoexplore.store import taxa as taxon_store

    opened = open_there(project)
    reports = [add_taxa(opened, path) | {"file": str(path)} for path in files]
    if learn:
        reports.append(learn_taxa(opened) | {"file": None})
    for report in reports:
        for problem in report["problems"][:SHOWN]:
            warn(problem)
        if len(report["problems"]) > SHOWN:
            warn(f"... and {len(report['problems']) - SHOWN} more lines were left out; --json lists them.")
    found = taxon_store.search(opened, find, most=SHOWN) if find else []
    result: dict[str, Any] = {"total": taxon_store.count(opened), "lists": reports}
    if find:
        result["found"] = [taxon.__dict__ for taxon in found]
    lines = [
        f"{report['file'] or 'Annotations of the objects'}: {_taxa(report['read'])} "
        f"({report['new']} new, {report['changed']} changed)"
        for report in reports
    ]
    lines += [
        f"{one.display_name}\t{one.lineage}\t{one.ecotaxa_id or ''}\t{one.aphia_id or ''}" for one in found
    ]
    if find and not found:
        lines.append(f"No taxon is called like {find!r}.")
    lines.append(f"{_taxa(result['total'])} to choose from.")
    show(result, as_json=as_json, text=lines)


def _taxa(count: int) -> str:
    return f"{number(count)} {'taxon' if count == 1 else 'taxa'}"
