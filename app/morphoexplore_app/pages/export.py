"""What was sorted and measured, as files for other programs: what each holds, what it leaves out, how to get it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from dash import Dash, Input, Output, dcc, html, no_update
from dash.development.base_component import Component

from morphoexplore.errors import MorphoExploreError
from morphoexplore.steps import exporting, measuring, partitioning
from morphoexplore.steps.overview import status
from morphoexplore.store import partitions, tree
from morphoexplore_app import ids, parts
from morphoexplore_app.session import Session

PATH, LABEL, KEY = "/export", "Export", "g e"

NOTES = 20  # shown at most; the verb lists all of them
NOTED = {"ecotaxa": ids.EXPORT_NOTES, exporting.CLASSIFICATION: ids.EXPORT_CLASSIFICATION_NOTES}


@dataclass(frozen=True)
class Card:
    """What a format is called, what it is for, what a row of it is, and how it is used."""

    title: str
    purpose: str
    rows: str
    use: str


CARDS = {
    "csv": Card(
        "Members",
        "A table for R, Python or a spreadsheet: every sorted object with its morph.",
        "member",
        "A row gives the object, its sample, time and place, its morph with path, kind and taxon, how it came in, "
        "whether somebody found it doubtful, and how precise its morph is at least (empty: not known).",
    ),
    "morphs": Card(
        "Morphs",
        "A table of all morphs: how many members, how they came in, and how precise each is.",
        "morph",
        "bound is the share that is right at least among the members that nobody looked at, precision the same among all; "
        "both with 95 % confidence, empty where nobody audited the morph.",
    ),
    "ecotaxa": Card(
        "EcoTaxa metadata update",
        "Gives objects that are in EcoTaxa already their morph, as free columns.",
        "object",
        'Import it into the EcoTaxa project with "Update Metadata", as it is set there. Classifications stay as '
        "they are; unsorted objects are not in the file and keep what they have.",
    ),
    exporting.CLASSIFICATION: Card(
        "EcoTaxa classification update",
        "Gives objects that are in EcoTaxa already the category of their morph.",
        "object",
        'Import it with "Update Metadata", tick "Allow update of classification data". Members that somebody looked at are validated, with who and '
        "when; doubtful ones are dubious; all others are predicted. What a person judged in EcoTaxa is not overwritten by a "
        "prediction.",
    ),
    exporting.BACKUP: Card(
        "EcoTaxa backup",
        "Everything with images, to import into a new EcoTaxa project, or to add to a new project here.",
        "image",
        "All objects, sorted or not, with metadata, annotations and images as they came, and their morphs as free columns. It is "
        "as large as the images: for many of them rather run the command.",
    ),
    "tree": Card(
        "Tree",
        "All branches and morphs with names, kinds, taxa and notes, as nested JSON.",
        "node",
        "For programs and as a record of the tree as it is now. Members are counted in it, not listed.",
    ),
    "names": Card(
        "Names",
        "A table of all branches and morphs, to name many of them in a spreadsheet.",
        "node",
        "Fill in name, kind, taxon, ecotaxa_id, aphia_id and description, and read it back with morphoexplore name. "
        "Cells left empty change nothing; path and members are there to know the nodes by.",
    ),
    "descriptors": Card(
        "Descriptors",
        "What was measured of every object, sorted or not, in EcoTaxa's columns.",
        "object",
        "Lengths and areas in pixels, and in mm where the pixel size is known; grey levels of a dark object on white. "
        "touches_border is 1 where an object may be cut. Cells are empty where nothing could be measured.",
    ),
    exporting.GUIDE: Card(
        "Guide",
        "A book of the morphs with pictures, to hand out to those who count, name or read; cells of the partition follow.",
        "morph or cell",
        "One page that opens offline, and prints: pictures from typical to strange, size, where and when it was, how sure it is, and "
        "what it may be taken for.",
    ),
    exporting.PARTITION: Card(
        "Partition",
        "A table of all living objects, sorted or not, with their cells.",
        "object",
        "A row gives the object, its sample and time, its cell of the morphospace, and its morph where it has one.",
    ),
    exporting.CELLS: Card(
        "Cells",
        "A table of the cells of the partition: how many objects, and where each lies.",
        "cell",
        "free counts those of its objects that are in no morph; example is the object nearest to its middle; pc1, pc2 ... are the middle.",
    ),
}
OF_CELLS = (exporting.PARTITION, exporting.CELLS)


def layout(session: Session, *, query: dict[str, str]) -> Component:
    """Return the page: a card for each format."""
    del query
    version = session.version
    counts = status(session.project) | {"cells": exporting.count_cells(session.project)}
    if not counts["members"] and not counts["cells"]:
        return parts.page(
            "Export",
            parts.empty(
                "Nothing is sorted yet, so there is nothing to export.",
                "Confirm seeds as morphs first.",
                link=("Review seeds", "/review"),
            ),
        )
    return html.Div(
        [
            dcc.Store(id=ids.EXPORT_STATE, data=version),
            parts.page(
                "Export",
                html.P(_summary(counts), className="export-says"),
                html.Div(
                    [
                        _card(session, name, key, counts)
                        for key, name in enumerate(_offered(session, counts), start=1)
                    ],
                    className="export-cards",
                ),
                wide=False,
            ),
        ]
    )


def _offered(session: Session, counts: dict[str, Any]) -> list[str]:
    """Return the formats of which there is something to write."""
    is_there = dict.fromkeys(CARDS, counts["members"] > 0)
    is_there[exporting.DESCRIPTORS] &= measuring.count_described(session.project) > 0
    is_there |= dict.fromkeys(OF_CELLS, counts["cells"] > 0)
    is_there[exporting.GUIDE] |= counts["cells"] > 0
    return [name for name in CARDS if is_there[name]]


def _summary(counts: dict[str, Any]) -> str:
    if not counts["members"]:
        return f"Nothing is sorted yet. What there is of the partition into {parts.count(counts['cells'], 'cell')}:"
    return (
        f"{parts.count(counts['members'], 'object')} in {parts.count(counts['morphs'], 'morph')}, "
        f"{counts['named']:,} of them named. {parts.count(counts['free'], 'object')} still unsorted: not in the files of what was sorted."
    )


def _card(session: Session, name: str, key: int, counts: dict[str, Any]) -> Component:
    card, (file, _) = CARDS[name], exporting.FORMATS[name]
    details = [("File", file), ("Rows", parts.count(_rows(session, name, counts), card.rows))]
    if name in ("csv", "ecotaxa"):
        details += _origins(session, counts, with_doubtful=name == "csv")
    if name == "names":
        details.append(("Without a name", parts.count(counts["morphs"] - counts["named"], "morph")))
    return html.Section(
        className="export-card",
        **{"aria-labelledby": f"export-{name}"},
        children=[
            html.H2(card.title, id=f"export-{name}"),
            html.P(card.purpose),
            html.Dl([part for term, text in details for part in (html.Dt(term), html.Dd(text))]),
            html.P(card.use, className="export-use"),
            html.Div(id=NOTED[name], className="export-notes", **{"aria-live": "polite"})
            if name in NOTED
            else None,
            *(_lacking(session, name, counts) or _ways(session, name, file, key)),
        ],
    )


def _rows(session: Session, name: str, counts: dict[str, Any]) -> int:
    if name == exporting.DESCRIPTORS:
        return measuring.count_described(session.project)
    if name == exporting.BACKUP:
        return int(counts["images"])
    if name == exporting.CLASSIFICATION:
        return _classified(session)
    if name == exporting.GUIDE:
        return int(counts["morphs"] + counts["cells"])
    if name == exporting.CELLS:
        return int(counts["cells"])
    if name == exporting.PARTITION:
        return _living(session)
    if name in ("csv", "ecotaxa"):
        return int(counts["members"])
    return int(counts["morphs"] + (counts["branches"] if name in ("tree", "names") else 0))


def _classified(session: Session) -> int:
    """Count the members of morphs that have a category of EcoTaxa."""
    sizes = tree.member_counts(session.project)
    nodes = tree.nodes(session.project).values()
    return sum(sizes.get(node.node_id, 0) for node in nodes if node.ecotaxa_id is not None)


def _living(session: Session) -> int:
    """Count the objects that have a cell and live, or are free."""
    cell = partitions.read(session.project, partitions.require(session.project))
    node = session.membership.node[: len(cell)]
    return int(((cell > 0) & partitioning.is_of_kinds(session.project, node, partitioning.LIVING)).sum())


def _lacking(session: Session, name: str, counts: dict[str, Any]) -> list[Component]:
    """Return why there is nothing to download yet, and where to go on; nothing where there is."""
    if name == exporting.CLASSIFICATION and not _classified(session):
        said = "No morph has an EcoTaxa id yet. "
        return [html.P([said, dcc.Link("Give morphs their taxa", href="/names", className="empty-link")])]
    if name == exporting.BACKUP and not counts["images"]:
        return [html.P("There are no images, and EcoTaxa takes no object without.")]
    return []


def _ways(session: Session, name: str, file: str, key: int) -> list[Component]:
    """Return the ways to get the file: a download, and the command that writes it."""
    download = html.A(
        [f"Download {file}", html.Kbd(str(key))],
        href=f"/download/export/{name}",
        className="download-button",
        **{"data-download": file, "data-key": str(key), "data-help": f"download {file}"},
    )
    return [html.Div([download]), _command(session, name, file)]


def _origins(session: Session, counts: dict[str, Any], *, with_doubtful: bool) -> list[tuple[str, str]]:
    """Say how the members came in; only looked ones were seen by a person."""
    words = {
        "looked": "seen by a person and judged right",
        "seed": "confirmed with their seed, unseen",
        "grown": "accepted unseen",
        "imported": "taken over from an annotation",
    }
    found = [
        (word, f"{counts['origins'][word]:,} {text}")
        for word, text in words.items()
        if counts["origins"][word]
    ]
    doubtful = len(tree.doubtful(session.project))
    return [*found, ("doubtful", f"{doubtful:,}")] if with_doubtful and doubtful else found


def _command(session: Session, name: str, file: str) -> Component:
    folder = shlex.quote(str(session.project.folder))
    option = "" if name == "csv" else f" --format {name}"
    command = f"morphoexplore export {folder} {file}{option}"
    lines = [command]
    if name == "names":
        lines.append(f"morphoexplore name {folder} {file}")
    return html.Div(
        className="export-commands",
        children=[
            html.Div(
                [
                    html.Code(_words(line)),
                    html.Button(
                        "Copy",
                        type="button",
                        className="export-copy",
                        **{"data-copy": line, "aria-label": f"Copy: {line}"},
                    ),
                ],
                className="export-command",
            )
            for line in lines
        ],
    )


def _words(command: str) -> list[Any]:
    """Return a command that breaks between its words, not at the dashes of an option."""
    parts: list[Any] = []
    for word in command.split(" "):
        parts += [html.Span(word, className="export-option") if word.startswith("--") else word, " "]
    return parts[:-1]


def register(app: Dash, session: Session) -> None:
    """Register the callbacks of the page."""

    @app.callback([Output(place, "children") for place in NOTED.values()], Input(ids.EXPORT_STATE, "data"))
    def tell_notes(version: int | None) -> Any:
        return no_update if version is None else [notes(session, name) for name in NOTED]


def notes(session: Session, name: str = "ecotaxa") -> list[Component]:
    """Return what EcoTaxa cannot take as it is, before anything is downloaded."""
    if name == exporting.CLASSIFICATION and not _classified(session):
        return []
    kept = session.memo.get(("export", name))
    if kept is None or kept[0] != session.version:
        version = session.version
        try:
            kept = (version, exporting.preview(session.project, format=name))
        except MorphoExploreError as error:
            return [html.P(str(error))]
        session.memo["export", name] = kept
    found = kept[1]["notes"]
    if not found:
        return [html.P("Everything fits: nothing is shortened or left out.", className="export-fits")]
    more = [f"... and {len(found) - NOTES:,} more like these."] if len(found) > NOTES else []
    return [
        html.P(f"{parts.count(len(found), 'note')} on what is shortened or left out:"),
        html.Ul([html.Li(note) for note in [*found[:NOTES], *more]]),
    ]
