"""The verbs of the command line: each parses, calls one function and prints."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from morphoexplore import __version__
from morphoexplore.errors import MorphoExploreError

if TYPE_CHECKING:
    from morphoexplore.store.project import Project

T = TypeVar("T")

SECONDS_BETWEEN_LINES = 60  # of progress, where stderr is no terminal

PROJECT = click.argument("project", metavar="PROJECT", type=click.Path(path_type=Path))
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script to read.")
USER = click.option("--user", envvar="MORPHOEXPLORE_USER", help="Who decides; the login name unless given.")


class Verbs(click.Group):
    """All verbs; an error that a user can mend is one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb."""
        try:
            return super().invoke(ctx)
        except MorphoExploreError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            sentence = _disk_sentence(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of work."""
        del ctx
        return list(self.commands)


def _disk_sentence(error: OSError) -> str | None:
    from morphoexplore.store.project import explain

    return explain(error, Path(str(error.filename)) if error.filename else Path.cwd())


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="morphoexplore")
def cli() -> None:
    """
    Sort plankton images into named groups and plot their diversity over time.

    \b
    Try it:        morphoexplore demo
    Your images:   morphoexplore run my-study images.zip
    What is next:  morphoexplore status my-study
    """  # noqa: D301 - the backspace is click's sign for "do not wrap"


# ------------------------------------------------------------------------------------------- printing


def bar(things: Iterable[T], *, label: str, total: int) -> Iterator[T]:
    """Show on stderr how far things are: a bar in a terminal, a line now and then in a log file."""
    if not sys.stderr.isatty():
        yield from _log(things, label, total)
        return
    from tqdm import tqdm

    yield from tqdm(things, desc=label, total=total or None, file=sys.stderr, mininterval=0.3)


def _log(things: Iterable[T], label: str, total: int) -> Iterator[T]:
    reported = time.monotonic()
    for done, thing in enumerate(things):
        if time.monotonic() - reported > SECONDS_BETWEEN_LINES:
            warn(f"{label}: {number(done)}{f' of {number(total)}' if total else ''}")
            reported = time.monotonic()
        yield thing


def say(text: str = "") -> None:
    """Print a line of the result."""
    click.echo(text)


def warn(text: str) -> None:
    """Print a line that is no result."""
    click.echo(text, err=True)


def show(result: Any, *, as_json: bool, text: Iterable[str]) -> None:
    """Print a result as JSON or as lines."""
    if as_json:
        say(json.dumps(_plain(result), indent=1, allow_nan=False))
    else:
        for line in text:
            say(line)


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: what JSON does not know (NaN, infinite, missing) becomes null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):  # a number of NumPy
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float):
        return value
    return None if type(value).__name__ in ("NAType", "NaTType") else str(value)


def table(frame: Any) -> str:
    """Return a frame as aligned text."""
    return str(frame.to_string(index=False)) if len(frame) else "(none)"


def number(count: int) -> str:
    """Return a count with spaces between thousands."""
    return f"{count:,}".replace(",", " ")


def counted(count: int, word: str) -> str:
    """Return "1 object", "2 objects"."""
    return f"{number(count)} {word}{'' if count == 1 else 's'}"


def open_or_make(folder: Path, sources: Iterable[Path], format: str | None = None) -> Project:
    """Open a project, or make it where there is nothing yet; not before all its sources are there."""
    from morphoexplore.reading import open_source
    from morphoexplore.store.project import DATABASE, create_project, open_project

    for source in sources:
        open_source(source, format=format)
    if (folder / DATABASE).is_file():
        return open_project(folder)
    project = create_project(folder)
    warn(f"Made the project {folder}.")
    return project


def open_there(folder: Path, user: str | None = None) -> Project:
    """Open a project that must exist."""
    from morphoexplore.store.project import open_project

    return open_project(folder, user=user)


# ------------------------------------------------------------------------------------------- verbs


@cli.command()
@click.argument("folder", metavar="[DIR]", default="demo-project", type=click.Path(path_type=Path))
@AS_JSON
def demo(folder: Path, as_json: bool) -> None:
    """
    Build a project from 5 000 drawn images, through every step.

    Takes about a minute and 60 MB. Every seed is confirmed unseen, by a user called "demo", so that there is
    something to count; in a study a person reviews them.

    Example: morphoexplore demo
    """
    from morphoexplore.steps import showing

    report = showing.demo(folder, progress=bar)
    show(report, as_json=as_json, text=_demo_lines(folder, report))


@cli.command()
@PROJECT
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", default="classic", show_default=True, help="Features: classic, or a timm model.")
@click.option("--weights", type=click.Path(path_type=Path), help="Weights of a timm model, for work offline.")
@click.option("--crop-bottom", default="0", show_default=True, help="Rows to cut below images, or auto.")
@click.option("--pixel-size", type=float, help="Side of a pixel in mm, where the source does not state it.")
@click.option("--copy", is_flag=True, help="Copy the images into the project.")
@AS_JSON
def run(
    project: Path,
    sources: tuple[Path, ...],
    model: str,
    weights: Path | None,
    crop_bottom: str,
    pixel_size: float | None,
    copy: bool,
    as_json: bool,
) -> None:
    """
    Do everything up to the first review: init, add, extract, embed, seed.

    Can be stopped and started again at any time; what is done is not done twice.

    Example: morphoexplore run my-study images.zip
    """
    from morphoexplore.steps.adding import add as add_step
    from morphoexplore.steps.embedding import embed as embed_step
    from morphoexplore.steps.extracting import extract as extract_step
    from morphoexplore.steps.overview import next_step
    from morphoexplore.steps.overview import status as status_step
    from morphoexplore.steps.seeding import seed as seed_step

    study = open_or_make(project, sources)
    results: dict[str, Any] = {"add": []}
    tell = warn if as_json else say
    for source in sources:
        result = add_step(
            study, source, crop_bottom=crop_bottom, pixel_size=pixel_size, copy=copy, progress=bar
        )
        results["add"].append(result)
        _tell_added(study, source, result, tell)
    results["extract"] = extract_step(study, model=model, weights=weights, progress=bar)
    tell(_extract_line(results["extract"]))
    results["embed"] = embed_step(study, progress=bar)
    tell(_embed_line(results["embed"]))
    for note in results["embed"]["notes"]:
        warn(note)
    results["seed"] = seed_step(study, progress=bar)
    results["status"] = status_step(study)
    lines = [*_seed_lines(results["seed"]), f"Next: {next_step(study, results['status'])}"]
    show(results, as_json=as_json, text=lines)


@cli.command()
@PROJECT
def init(project: Path) -> None:
    """
    Make a new empty project.

    Example: morphoexplore init my-study
    """
    from morphoexplore.store.project import DATABASE, create_project, open_project

    if (project / DATABASE).is_file():
        open_project(project)
        say(f"{project} is a project already; nothing was changed.")
        return
    create_project(project)
    say(f"Made {project}. Next: morphoexplore add {project} SOURCE")


@cli.command()
@PROJECT
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format", "format_", type=click.Choice(["ecotaxa", "table", "folder"]), help="Found out unless given."
)
@click.option("--copy", is_flag=True, help="Copy the images into the project.")
@click.option(
    "--crop-bottom",
    default="0",
    show_default=True,
    help="Rows to cut below each image (31 for EcoTaxa's scale bar), or auto: where a scale bar is found.",
)
@click.option("--pixel-size", type=float, help="Side of a pixel in mm, where the source does not state it.")
@click.option("--update", is_flag=True, help="Change metadata of objects that are there; adds none.")
@AS_JSON
def add(
    project: Path,
    sources: tuple[Path, ...],
    format_: str | None,
    copy: bool,
    crop_bottom: str,
    pixel_size: float | None,
    update: bool,
    as_json: bool,
) -> None:
    """
    Read images and their metadata: EcoTaxa zip, folder or TSV; CSV + images; folder of images.

    A CSV needs a column "path" (relative to it, or absolute); "sample", "date", "datetime", "lat", "lon" and
    "depth" are recognised, every other column is kept as metadata and sorts nothing. What cannot be used is
    listed with file and line in PROJECT/problems.csv; the rest is added. Makes the project if it is new.

    Example: morphoexplore add my-study export.zip --crop-bottom 31
    """
    from morphoexplore.steps.adding import add as add_step

    study = open_there(project) if update else open_or_make(project, sources, format_)
    results = []
    for source in sources:
        result = add_step(
            study,
            source,
            format=format_,
            copy=copy,
            crop_bottom=crop_bottom,
            pixel_size=pixel_size,
            update=update,
            progress=bar,
        )
        results.append(result)
        _tell_added(study, source, result, warn if as_json else say)
    show(results, as_json=as_json, text=[])


@cli.command()
@PROJECT
@click.option(
    "--model", "models", multiple=True, default=["classic"], show_default=True, help="Several may be given."
)
@click.option(
    "--weights", type=click.Path(path_type=Path), help="Weights of the timm model, for work offline."
)
@click.option("--input-size", type=int, help="Side in px that images are brought to for a timm model.")
@click.option("--untrained", is_flag=True, help="Random weights, to try things out.")
@click.option("--again", is_flag=True, help="Describe all objects anew, with other weights say.")
@AS_JSON
def extract(
    project: Path,
    models: tuple[str, ...],
    weights: Path | None,
    input_size: int | None,
    untrained: bool,
    again: bool,
    as_json: bool,
) -> None:
    """
    Describe every image by numbers: a feature set.

    "classic" are about 190 descriptors of size, form, grey and texture (docs/descriptors.md) and need no
    weights; any other name is a timm model.

    Example: morphoexplore extract my-study --model classic --model vit_small_patch14_dinov2.lvd142m
    """
    from morphoexplore.steps.extracting import extract as extract_step

    study = open_there(project)
    results = [
        extract_step(
            study,
            model=model,
            weights=None if model == "classic" else weights,
            untrained=untrained and model != "classic",
            input_size=None if model == "classic" else input_size,
            again=again,
            progress=bar,
        )
        for model in models
    ]
    show(results, as_json=as_json, text=map(_extract_line, results))


@cli.command()
@PROJECT
@click.option("--features", help="Feature sets to join, separated by commas; all there are unless given.")
@click.option(
    "--refit", is_flag=True, help="Fit a new morphospace; otherwise new objects go into the old one."
)
@click.option("--random-state", type=int, help="Of the map; 0 unless given.")
@AS_JSON
def embed(project: Path, features: str | None, refit: bool, random_state: int | None, as_json: bool) -> None:
    """
    Place the objects in the morphospace (pca), link neighbours, and lay out the map.

    Example: morphoexplore embed my-study --features classic
    """
    from morphoexplore.steps.embedding import embed as embed_step

    names = [name.strip() for name in features.split(",") if name.strip()] if features else None
    result = embed_step(
        open_there(project), features=names, refit=refit, random_state=random_state, progress=bar
    )
    show(result, as_json=as_json, text=[_embed_line(result), *result["notes"]])


@cli.command()
@PROJECT
@click.option("--min-size", type=int, help="Smallest seed; a ladder from large to small unless given.")
@click.option(
    "--min-samples",
    type=int,
    help="Neighbours that make a place dense; 2 unless given, 1 in the last rounds, 5 for UMAP.",
)
@click.option("--selection", type=click.Choice(["leaf", "eom"]), default="leaf", show_default=True)
@click.option("--space", type=click.Choice(["pca", "umap"]), default="pca", show_default=True)
@click.option("--preview", is_flag=True, help="Print counts for several smallest sizes; stores nothing.")
@AS_JSON
def seed(
    project: Path,
    min_size: int | None,
    min_samples: int | None,
    selection: str,
    space: str,
    preview: bool,
    as_json: bool,
) -> None:
    """
    Propose dense groups of free objects for review: the next round.

    Example: morphoexplore seed my-study --preview
    """
    from morphoexplore.steps.seeding import preview_seeds
    from morphoexplore.steps.seeding import seed as seed_step

    study = open_there(project)
    if preview:
        counts = preview_seeds(study, min_samples=min_samples or 2)
        show(counts.to_dict("records"), as_json=as_json, text=[table(counts.round(3))])
        return
    result = seed_step(
        study, min_size=min_size, min_samples=min_samples, selection=selection, space=space, progress=bar
    )
    show(result, as_json=as_json, text=_seed_lines(result))


@cli.command()
@PROJECT
@click.option("--groups", type=click.IntRange(min=2), help="How many groups.")
@click.option("--accept", is_flag=True, help="Make the branches; without it the proposal is only printed.")
@USER
@AS_JSON
def arrange(project: Path, groups: int | None, accept: bool, user: str | None, as_json: bool) -> None:
    """
    Propose a tree: morphs of like form in one branch.

    Example: morphoexplore arrange my-study --groups 8 --accept
    """
    from morphoexplore import review
    from morphoexplore.steps.arranging import arrange as arrange_step
    from morphoexplore.store import tree

    study = open_there(project, user)
    proposal = arrange_step(study, groups=groups)
    titles = {node_id: node.title for node_id, node in tree.nodes(study).items()}
    is_something = any(len(group) > 1 for group in proposal)
    made = review.accept_arrangement(study, proposal) if accept and is_something else []
    lines = [", ".join(titles[node_id] for node_id in group) for group in proposal]
    if not is_something:
        lines = ["There is nothing to arrange: no two morphs lie side by side at the top of the tree."]
    elif accept:
        branches = "1 branch" if len(made) == 1 else f"{number(len(made))} branches"
        lines.append(f"Made {branches}. To take it back: morphoexplore undo {project}")
    else:
        lines.append(f"Nothing was changed. To make these branches: morphoexplore arrange {project} --accept")
    show({"groups": proposal, "branches": made}, as_json=as_json, text=lines)


@cli.command()
@PROJECT
@click.argument("names", metavar="NAMES.CSV", type=click.Path(path_type=Path))
@USER
@AS_JSON
def name(project: Path, names: Path, user: str | None, as_json: bool) -> None:
    """
    Name many nodes at once: node_id,name,taxon,ecotaxa_id,aphia_id,description.

    An empty cell leaves what is there. One wrong line and nothing is changed. "morphoexplore status PROJECT
    --morphs" prints the numbers.

    Example: morphoexplore name my-study names.csv
    """
    from morphoexplore.steps.arranging import name_from_csv
    from morphoexplore.store.history import NothingToDoError

    try:
        changed = name_from_csv(open_there(project, user), names)
        said = f"Named {counted(changed, 'node')}."
    except NothingToDoError:
        changed, said = 0, "All nodes had these names already; nothing was changed."
    show({"changed": changed}, as_json=as_json, text=[said])


@cli.command()
@PROJECT
@click.option("--morphs", is_flag=True, help="List the morphs.")
@click.option("--seeds", "list_seeds", is_flag=True, help="List the pending seeds.")
@click.option("--tree", "list_tree", is_flag=True, help="Print the tree.")
@click.option("--history", "list_history", is_flag=True, help="List the decisions, newest last.")
@AS_JSON
def status(
    project: Path, morphs: bool, list_seeds: bool, list_tree: bool, list_history: bool, as_json: bool
) -> None:
    """
    Say what is there and what to do next.

    Example: morphoexplore status my-study --json
    """
    from morphoexplore.steps.overview import next_step
    from morphoexplore.steps.overview import status as status_step
    from morphoexplore.store import history, seeds, tree

    study = open_there(project)
    if morphs:
        frame = tree.morphs(study).reset_index()
        show(frame.to_dict("records"), as_json=as_json, text=[table(frame.drop(columns=["name", "flag"]))])
    elif list_seeds:
        frame = seeds.listing(study, "pending").reset_index()
        columns = ["seed_id", "round", "size", "density"]
        show(frame[columns].to_dict("records"), as_json=as_json, text=[table(frame[columns].round(3))])
    elif list_tree:
        counts = tree.member_counts(study)
        outline = list(tree.outline(study))
        rows = [
            {"node_id": node.node_id, "title": node.title, "parent_id": node.parent_id} for _, node in outline
        ]
        lines = [
            f"{'  ' * depth}{node.title} [{node.node_id}]{'' if node.is_branch else ' ' + number(counts.get(node.node_id, 0))}"
            for depth, node in outline
        ]
        show(rows, as_json=as_json, text=lines or ["The tree is empty."])
    elif list_history:
        frame = history.listing(study)
        columns = ["decision_id", "time", "user", "verb", "node_id", "seed_id", "target_id", "is_undone"]
        show(frame[[*columns, "detail"]].to_dict("records"), as_json=as_json, text=[table(frame[columns])])
    else:
        counts_ = status_step(study)
        counts_["next"] = next_step(study, counts_)
        show(counts_, as_json=as_json, text=_status_lines(study.name, counts_))


@cli.command()
@PROJECT
@USER
def undo(project: Path, user: str | None) -> None:
    """
    Take the last decision back.

    Example: morphoexplore undo my-study
    """
    from morphoexplore import review

    decision = review.undo(open_there(project, user))
    say(f"Undid '{decision.verb}' of {decision.user}, {decision.time}.")


@cli.command()
@PROJECT
@USER
def redo(project: Path, user: str | None) -> None:
    """
    Make the decision again that was undone last.

    Example: morphoexplore redo my-study
    """
    from morphoexplore import review

    decision = review.redo(open_there(project, user))
    say(f"Redid '{decision.verb}' of {decision.user}, {decision.time}.")


@cli.command()
@PROJECT
@AS_JSON
def check(project: Path, as_json: bool) -> None:
    """
    Check that nothing in the project is broken; exit code 1 if something is.

    Example: morphoexplore check my-study
    """
    from morphoexplore.store import checks

    findings = checks.check(open_there(project))
    lines = [f"{finding.where}: {finding.what}. {finding.advice}" for finding in findings]
    broken = [finding for finding in findings if not finding.is_harmless]
    show(
        [vars(finding) for finding in findings],
        as_json=as_json,
        text=lines if findings else ["All is sound."],
    )
    if broken:
        sys.exit(1)


@cli.command()
@PROJECT
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def relocate(project: Path, old: Path, new: Path) -> None:
    """
    Look for images in another place, because they moved.

    Example: morphoexplore relocate my-study /media/disk1/images /home/me/images
    """
    from morphoexplore.steps.relocating import relocate as relocate_step

    moved = relocate_step(open_there(project), old, new)
    say(f"Images of {counted(moved, 'source')} are looked for below {new} now.")


@cli.command()
@PROJECT
@click.argument("object_id", metavar="OBJECT")
@click.option("--by", help="One feature set; the joined morphospace unless given.")
@click.option("--most", default=20, show_default=True, type=click.IntRange(min=1), help="How many.")
@AS_JSON
def similar(project: Path, object_id: str, by: str | None, most: int, as_json: bool) -> None:
    """
    List the images most like one.

    Example: morphoexplore similar my-study calanus_0042
    """
    from morphoexplore.steps.overview import similar as similar_step

    found = similar_step(open_there(project), object_id, by=by, most=most)
    show(
        found.to_dict("records"),
        as_json=as_json,
        text=[table(found.drop(columns="object").fillna({"morph": ""}))],
    )


@cli.command()
@PROJECT
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--kind", "kinds", multiple=True, default=["living"], show_default=True, help="Kinds that count."
)
@click.option(
    "--figures",
    "formats",
    default="html,svg,pdf,png",
    show_default=True,
    help="Formats of the figures, separated by commas.",
)
@AS_JSON
def diversity(project: Path, out: Path, kinds: tuple[str, ...], formats: str, as_json: bool) -> None:
    """
    Write counts, diversity indices and their figures over time.

    Indices are richness, Shannon, Simpson, Hill numbers and Pielou's evenness, from raw counts of objects per
    sample. The share that is still unsorted stands beside every one of them.

    Example: morphoexplore diversity my-study tables/
    """
    from morphoexplore.steps.diversity import diversity as diversity_step

    names = [part.strip() for part in formats.split(",") if part.strip()]
    report = diversity_step(open_there(project), out, kinds=kinds, formats=names, progress=bar)
    show(report, as_json=as_json, text=_diversity_lines(report))


@cli.command()
@PROJECT
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--format", "format_", default="csv", show_default=True, help="csv, ecotaxa or tree.")
@AS_JSON
def export(project: Path, out: Path, format_: str, as_json: bool) -> None:
    """
    Write members or the tree for other programs.

    csv: one row per member. ecotaxa: a metadata update that gives objects their morph as free columns (import
    it with "Update metadata", without classification). tree: all nodes as JSON.

    Example: morphoexplore export my-study ecotaxa_morphs.zip --format ecotaxa
    """
    from morphoexplore.steps.exporting import export as export_step

    report = export_step(open_there(project), out, format=format_)
    for note in report["notes"][:20]:
        warn(note)
    show(report, as_json=as_json, text=[f"Wrote {counted(report['rows'], 'row')} to {report['file']}"])


@cli.command()
@PROJECT
@click.argument("labels", metavar="LABELS.CSV", type=click.Path(path_type=Path))
@click.option("--column", help="The column of labels.")
@click.option("--exclude", multiple=True, help="A label that is no class to be found, such as Unknown.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for tables per morph, label and seed.")
@AS_JSON
def evaluate(
    project: Path, labels: Path, column: str | None, exclude: tuple[str, ...], out: Path | None, as_json: bool
) -> None:
    """
    Score morphs, seeds and similar images against reference labels. Nothing that sorts reads labels.

    Example: morphoexplore evaluate my-study labels.csv --exclude Unknown
    """
    from morphoexplore.steps.evaluating import evaluate as evaluate_step

    scores = evaluate_step(open_there(project), labels, column=column, exclude=exclude, out=out)
    show(scores, as_json=as_json, text=_score_lines(scores))


# ------------------------------------------------------------------------------------------- lines


def _tell_added(study: Project, source: Path, result: dict[str, Any], tell: Callable[[str], None]) -> None:
    tell(_add_line(result, source))
    for note in result["notes"]:
        warn(note)
    if result["problems"] + result["unreadable"]:
        warn(f"What could not be used is listed in {study.folder / 'problems.csv'}.")


def _add_line(result: dict[str, Any], source: Path) -> str:
    if "updated" in result:
        parts = [
            f"{source}: {counted(result['updated'], 'value')} of {counted(result['there'], 'object')} changed"
        ]
    else:
        parts = [f"{source}: {counted(result['objects'], 'new object')}"]
        if result["objects"]:
            parts[0] += (
                f" with {counted(result['images'], 'image')} from {counted(result['samples'], 'new sample')} and "
                f"{counted(result['acquisitions'], 'new acquisition')}"
            )
        if result["there"]:
            parts.append(f"{number(result['there'])} were there already")
    if result["unreadable"]:
        parts.append(f"{counted(result['unreadable'], 'image')} could not be read")
    if result["problems"]:
        parts.append(counted(result["problems"], "problem"))
    return "; ".join(parts) + "."


def _extract_line(result: dict[str, Any]) -> str:
    if not result["objects"]:
        return f"{result['name']}: all {counted(result['there'], 'object')} were described already."
    count = result["objects"] - result["unreadable"] - result["imageless"]
    parts = [f"{result['name']}: described {counted(count, 'object')} by {result['dims']} numbers each"]
    if result["unreadable"]:
        parts.append(f"{counted(result['unreadable'], 'image')} could not be read (see problems.csv)")
    if result["imageless"]:
        parts.append(f"{counted(result['imageless'], 'object')} without an image")
    return "; ".join(parts) + "."


def _embed_line(result: dict[str, Any]) -> str:
    lost = f"; {counted(result['without'], 'object')} without features" if result["without"] else ""
    if not result["objects"]:
        return f"All {counted(result['there'], 'object')} had their place in the morphospace already{lost}."
    return (
        f"Placed {counted(result['objects'], 'object')} in a morphospace of {result['dims']} dimensions "
        f"({result['explained']:.0%} of the variance) and on the map{lost}."
    )


def _seed_lines(result: dict[str, Any]) -> list[str]:
    lines = []
    if result["min_size"] is not None:
        share = result["objects"] / max(1, result["free"])
        start = "Round" if result["is_new"] else "This is there already: round"
        lines.append(
            f"{start} {result['round']}: {counted(result['seeds'], 'seed')} of {result['min_size']} or more hold "
            f"{number(result['objects'])} of {number(result['free'])} free objects ({share:.0%}); "
            f"{number(result['pending'])} wait for review."
        )
        if result["null_ratio"]:
            lines.append(
                f"Seeds hold {result['null_ratio']:.1f} times the objects that they would hold in data without structure."
            )
    return [*lines, *result["notes"]]


def _status_lines(title: str, counts: dict[str, Any]) -> list[str]:
    sets = ", ".join(f"{one['name']} ({one['dims']})" for one in counts["feature_sets"]) or "none"
    places = ", ".join(f"{one['name']} ({one['dims']})" for one in counts["embeddings"]) or "none"
    seeds = ", ".join(f"{number(count)} {state}" for state, count in counts["seeds"].items())
    origins = ", ".join(f"{number(count)} {origin}" for origin, count in counts["origins"].items() if count)
    share = f" ({counts['members'] / counts['objects']:.0%})" if counts["objects"] else ""
    lines = [
        f"Project      {title}",
        f"Objects      {number(counts['objects'])} with {counted(counts['images'], 'image')} in {counted(counts['samples'], 'sample')}",
        f"Features     {sets}",
        f"Embeddings   {places}",
        f"Round        {counts['round']}; seeds: {seeds}",
        f"Morphs       {number(counts['morphs'])} ({number(counts['named'])} named) in {number(counts['branches'])} branches",
        f"Sorted       {number(counts['members'])}{share}{': ' + origins if origins else ''}; free: {number(counts['free'])}",
        f"Decisions    {number(counts['decisions'])}, rejections {number(counts['rejections'])}, looks {number(counts['looks'])}",
    ]
    if counts["undo"]:
        lines.append(f"Undo         {counts['undo']}")
    if counts["redo"]:
        lines.append(f"Redo         {counts['redo']}")
    if counts["problems"] or counts["unreadable"]:
        lines.append(f"Problems     {number(counts['problems'])} (see problems.csv)")
    if counts["running"]:
        lines.append(f"Running      {', '.join(counts['running'])}")
    return [*lines, f"Next         {counts['next']}"]


def _diversity_lines(report: dict[str, Any]) -> list[str]:
    return [
        f"{counted(report['samples'], 'sample')}, {counted(report['morphs'], 'morph')}, "
        f"{counted(report['objects'], 'object')} counted; {report['share_unsorted']:.0%} of all objects are unsorted.",
        *report["notes"],
        *(f"Wrote {path}" for path in report["files"]),
    ]


def _score_lines(scores: dict[str, Any]) -> list[str]:
    lines = [f"{counted(scores['labelled'], 'labelled object')}, {counted(scores['labels'], 'label')}."]
    for title in ("morphs", "seeds", "similar"):
        if scores[title] is not None:
            values = ", ".join(
                f"{key} {value:.3f}" if isinstance(value, float) else f"{key} {value}"
                for key, value in scores[title].items()
            )
            lines.append(f"{title}: {values}")
    return [*lines, *(f"Wrote {path}" for path in scores["files"])]


def _demo_lines(folder: Path, report: dict[str, Any]) -> list[str]:
    counts, scores = report["status"], report["scores"]["morphs"]
    following = {
        f"morphoexplore status {folder} --morphs": "what was found",
        f"morphoexplore undo {folder}": "take a decision back",
        "morphoexplore run my-study SOURCE": "the same with images of your own, up to the first review",
    }
    width = max(map(len, following))
    return [
        "",
        *_status_lines(folder.name, counts | {"next": ""})[:-1],
        "",
        "Nobody looked at these morphs: the demo confirmed every seed unseen. Against the forms that were drawn,",
        f"{scores['purity']:.0%} of the sorted objects are in a morph of their own form, and {scores['sorted']:.0%} are sorted.",
        "",
        "Tables and plots:",
        *(f"  {path}" for path in [*report["diversity"]["files"], report["members"]["file"]]),
        *report["diversity"]["notes"],
        "",
        "Next:",
        *(f"  {command:<{width}}   {what}" for command, what in following.items()),
    ]


if __name__ == "__main__":
    cli()
