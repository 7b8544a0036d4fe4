"""Verbs that go from images to seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from morphoexplore.cli.group import AS_JSON, PATH, PROJECT, USER, open_or_make, open_there
from morphoexplore.cli.lines import (
    LossTeller,
    demo_lines,
    embed_line,
    extract_line,
    preview_lines,
    seed_lines,
    tell_added,
    train_lines,
)
from morphoexplore.cli.printing import bar, say, show, warn


@click.command()
@click.argument("folder", metavar="[DIR]", default="demo-project", type=PATH)
@click.option(
    "--serve/--no-serve", "serves", default=True, show_default=True, help="Open the app at the end."
)
@AS_JSON
def demo(*, folder: Path, serves: bool, as_json: bool) -> None:
    """
    Build a project from 5 000 drawn images, through every step, and open it.

    Takes about a minute and 50 MB. The seeds of two rounds are confirmed unseen, by a user called "demo", so that
    there is something to count; in a study a person reviews them. Those of a third round wait for you.

    Example: morphoexplore demo
    """
    from morphoexplore.steps import showing

    report = showing.demo(folder, progress=bar)
    show(report, as_json=as_json, text=demo_lines(folder, report))
    if serves:
        from morphoexplore_app.serving import serve

        say()
        serve(open_there(folder), tell=say)


@click.command()
@PROJECT
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=PATH)
@click.option("--model", default="classic", show_default=True, help="Features: classic, or a timm model.")
@click.option("--weights", type=PATH, help="Weights of a timm model, for work offline.")
@click.option("--crop-bottom", default="0", show_default=True, help="Rows to cut below images, or auto.")
@click.option("--pixel-size", type=float, help="Side of a pixel in mm, where the source does not state it.")
@click.option("--copy", is_flag=True, help="Copy the images into the project.")
@AS_JSON
def run(
    *,
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
    Do everything up to the first review.

    That is init, add, extract, embed and seed, with their defaults. Can be stopped and started again at any time; what is done is not done twice.

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
        tell_added(study, source, result, tell)
    results["extract"] = extract_step(study, model=model, weights=weights, tell=warn, progress=bar)
    tell(extract_line(results["extract"]))
    results["embed"] = embed_step(study, progress=bar)
    tell(embed_line(results["embed"]))
    for note in results["embed"]["notes"]:
        warn(note)
    results["seed"] = seed_step(study, progress=bar)
    results["status"] = status_step(study)
    lines = [*seed_lines(results["seed"]), f"Next: {next_step(study, results['status'])}"]
    show(results, as_json=as_json, text=lines)


@click.command()
@PROJECT
def init(*, project: Path) -> None:
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


@click.command()
@PROJECT
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=PATH)
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
@click.option("--take", help="States whose annotations become morphs: validated, or validated,predicted.")
@click.option("--preview", is_flag=True, help="Say what would be read; writes nothing.")
@USER
@AS_JSON
def add(
    *,
    project: Path,
    sources: tuple[Path, ...],
    format_: str | None,
    copy: bool,
    crop_bottom: str,
    pixel_size: float | None,
    update: bool,
    take: str | None,
    preview: bool,
    user: str | None,
    as_json: bool,
) -> None:
    """
    Read images and their metadata.

    A SOURCE is an EcoTaxa zip, folder or TSV; a CSV with images; or a folder or zip of images. A CSV needs a
    column "path" (relative to it, or absolute); "object_id", "sample", "date", "datetime", "lat", "lon" and
    "depth" are recognised, every other column is kept as metadata and sorts nothing. What cannot be used is
    listed with file and line in PROJECT/problems.csv; the rest is added. Makes the project if it is new.

    Example: morphoexplore add my-study export.zip --crop-bottom 31
    """
    from morphoexplore.steps.adding import add as add_step

    if preview:
        _preview(project, sources, format_, as_json=as_json)
        return
    study = open_there(project) if update else open_or_make(project, sources, format_)
    study.user = user or study.user
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
            take=take,
            progress=bar,
        )
        results.append(result)
        tell_added(study, source, result, warn if as_json else say)
    show(results, as_json=as_json, text=[])


def _preview(folder: Path, sources: tuple[Path, ...], format: str | None, *, as_json: bool) -> None:
    from morphoexplore.cli.source_lines import source_lines
    from morphoexplore.steps.previewing import preview
    from morphoexplore.store.project import DATABASE, Project

    study = Project(folder) if (folder / DATABASE).is_file() else None
    found = [preview(source, format=format, project=study, progress=bar) for source in sources]
    show(found, as_json=as_json, text=[line for one in found for line in (*source_lines(one), "")][:-1])


@click.command()
@PROJECT
@click.option("--minutes", type=float, help="Budget in minutes of this machine; 30 unless a budget is given.")
@click.option("--images", type=int, help="Budget in images seen: the same on every machine.")
@click.option("--random-state", type=int, default=0, show_default=True, help="Of the training.")
@click.option("--again", is_flag=True, help="Train anew, although there is a model or a stopped training.")
@AS_JSON
def train(
    *,
    project: Path,
    minutes: float | None,
    images: int | None,
    random_state: int,
    again: bool,
    as_json: bool,
) -> None:
    """
    Train a network on the images of this project, without labels.

    Extract with --model learned describes the images by it. Can be stopped and started again at any time. The model,
    PROJECT/models/learned.safetensors, is a file that a colleague can use for another collection. Uses a GPU where
    there is one. Not worth it for fewer than 500 images.

    Example: morphoexplore train my-study --minutes 30
    """
    from morphoexplore.steps.training import train as train_step

    result = train_step(
        open_there(project),
        minutes=minutes,
        images_seen=images,
        random_state=random_state,
        again=again,
        tell=LossTeller(warn),
        progress=bar,
    )
    show(result, as_json=as_json, text=train_lines(project, result))


@click.command()
@PROJECT
@click.option(
    "--model", "models", multiple=True, default=["classic"], show_default=True, help="Several may be given."
)
@click.option("--weights", type=PATH, help="Weights of the timm model, or the model of a colleague.")
@click.option("--input-size", type=int, help="Side in px that a timm model sees; 224 at most unless given.")
@click.option("--untrained", is_flag=True, help="Random weights, to try things out.")
@click.option("--again", is_flag=True, help="Describe all objects anew, with other weights say.")
@AS_JSON
def extract(
    *,
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

    "classic" are some 200 descriptors of size, form, grey and texture (docs/descriptors.md) and need no
    weights; "learned" is the network that train has trained, or with --weights that of a colleague;
    "dinov2" is a good network for images of any kind, and any other name is a model of timm. Weights
    are downloaded once, or given with --weights. Networks run on a GPU where there is one, on CPUs
    fastest with OpenVINO (pip install openvino).

    Example: morphoexplore extract my-study --model classic --model dinov2
    """
    from morphoexplore.steps.extracting import extract as extract_step

    study = open_there(project)
    results = [
        extract_step(
            study,
            model=model,
            weights=None if model == "classic" else weights,
            untrained=untrained and model not in ("classic", "learned"),
            input_size=None if model in ("classic", "learned") else input_size,
            again=again,
            tell=warn,
            progress=bar,
        )
        for model in models
    ]
    show(results, as_json=as_json, text=map(extract_line, results))


@click.command()
@PROJECT
@click.option("--features", help="Feature sets to join, separated by commas; all there are unless given.")
@click.option(
    "--refit", is_flag=True, help="Fit a new morphospace; otherwise new objects go into the old one."
)
@click.option("--random-state", type=int, help="Of the map; 0 unless given.")
@AS_JSON
def embed(
    *, project: Path, features: str | None, refit: bool, random_state: int | None, as_json: bool
) -> None:
    """
    Place the objects in the morphospace.

    Joins the feature sets, takes their principal components (pca), links each object to its nearest
    neighbours, and lays out the map.

    Example: morphoexplore embed my-study --features classic
    """
    from morphoexplore.steps.embedding import embed as embed_step

    names = [name.strip() for name in features.split(",") if name.strip()] if features else None
    result = embed_step(
        open_there(project), features=names, refit=refit, random_state=random_state, progress=bar
    )
    show(result, as_json=as_json, text=[embed_line(result), *result["notes"]])


@click.command()
@PROJECT
@click.option("--min-size", type=int, help="Smallest seed; a ladder from large to small unless given.")
@click.option(
    "--min-samples",
    type=int,
    help="Neighbours that make a place dense; 1 unless given, 5 for UMAP.",
)
@click.option("--selection", type=click.Choice(["leaf", "eom"]), default="leaf", show_default=True)
@click.option("--space", type=click.Choice(["pca", "umap"]), default="pca", show_default=True)
@click.option("--only-new", is_flag=True, help="Keep out what is like a morph already: growth is for that.")
@click.option("--preview", is_flag=True, help="Print counts for several smallest sizes; stores nothing.")
@AS_JSON
def seed(
    *,
    project: Path,
    min_size: int | None,
    min_samples: int | None,
    selection: str,
    space: str,
    only_new: bool,
    preview: bool,
    as_json: bool,
) -> None:
    """
    Propose dense groups of free objects: the next round.

    Each is a pending seed until a person confirms or discards it. Pending seeds of the round before are
    replaced.

    Example: morphoexplore seed my-study --preview
    """
    from morphoexplore.steps.seeding import SAMPLES, preview_seeds
    from morphoexplore.steps.seeding import seed as seed_step

    study = open_there(project)
    if preview:
        counts = preview_seeds(study, min_samples=min_samples or SAMPLES, only_new=only_new)
        show(counts.to_dict("records"), as_json=as_json, text=preview_lines(counts))
        return
    result = seed_step(
        study,
        min_size=min_size,
        min_samples=min_samples,
        selection=selection,
        space=space,
        only_new=only_new,
        progress=bar,
    )
    show(result, as_json=as_json, text=seed_lines(result))
