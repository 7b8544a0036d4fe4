"""``demo``: a project from drawn images through every step, without anybody's labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from morphoexplore import review
from morphoexplore.errors import ProjectError, SourceError
from morphoexplore.records import Progress, silent
from morphoexplore.steps.adding import add
from morphoexplore.steps.arranging import arrange
from morphoexplore.steps.embedding import embed
from morphoexplore.steps.evaluating import evaluate
from morphoexplore.steps.exporting import export
from morphoexplore.steps.extracting import extract
from morphoexplore.steps.overview import status
from morphoexplore.steps.reporting import write_diversity
from morphoexplore.steps.seeding import seed
from morphoexplore.steps.sheets import sheet
from morphoexplore.store import morphospace, objects, seeds, tree
from morphoexplore.store.project import DATABASE, Project, create_project, open_project

REVIEWER = "demo"
SIZES = (
    64,
    32,
)  # of the smallest seeds of its rounds: nobody cuts these seeds, so that larger ones would be mixed
LARGEST, PICTURES = 12, 12  # morphs on the contact sheet, pictures of each


def samples_folder() -> Path:
    """
    Return the folder of the drawn images.

    Raises
    ------
    SourceError
        If it is not beside the program, as in an installed wheel.
    """
    folder = Path(__file__).resolve().parents[2] / "data_samples"
    if not (folder / "plankton_drawn.zip").is_file():
        message = (
            "The drawn images of the demo come with a clone of the repository (data_samples/), not with the package: "
            "run 'make demo' in a clone, or sort images of your own with: morphoexplore run my-study SOURCE"
        )
        raise SourceError(message)
    return folder


def demo(folder: Path, *, progress: Progress = silent) -> dict[str, Any]:
    """
    Build a project from the drawn images: all steps, with every seed confirmed unseen by the user "demo".

    No person looks at anything here, which is fine to show what comes out and wrong for a study.

    Returns
    -------
    report : dict
        ``status``, ``seeds`` (results of the rounds), ``diversity`` and ``members`` (reports of what was
        written to ``FOLDER/tables``), ``sheet`` (file with pictures of the largest morphs), ``scores`` against
        the forms that were drawn.

    Raises
    ------
    SourceError
        If the drawn images are not here.
    ProjectError
        If the folder is a project of other images, which the demo would spoil.
    """
    samples = samples_folder()
    is_there = (folder / DATABASE).is_file()
    project = open_project(folder, user=REVIEWER) if is_there else create_project(folder, user=REVIEWER)
    _refuse_a_study(project)
    add(project, samples / "plankton_drawn.zip", crop_bottom="auto", progress=progress)
    extract(project, progress=progress)
    embed(project, progress=progress)
    _confirm_all(project)  # where a demo was stopped before
    rounds = []
    for size in SIZES[seeds.last_round(project) :]:
        rounds.append(seed(project, min_size=size, progress=progress))
        _confirm_all(project)
    if not any(node.is_branch for node in tree.nodes(project).values()):
        review.accept_arrangement(project, arrange(project))
    if seeds.last_round(project) == len(SIZES):
        seed(project, progress=progress)  # for whoever opens the app
    tables = folder / "tables"
    return {
        "status": status(project),
        "seeds": rounds,
        "dims": morphospace.read_pca(project).shape[1],
        "diversity": write_diversity(project, tables, replicates=50, formats=["html"], progress=progress),
        "members": export(project, tables / "members.csv"),
        "sheet": str(_write_sheet(project, tables / "morphs.png")),
        "scores": evaluate(project, samples / "truth.csv"),
    }


def _refuse_a_study(project: Project) -> None:
    ids = objects.frame(project)["object_id"]
    if not ids.str.startswith("drawn_").all():
        message = (
            f"{project.folder} is a project of other images, where the demo would confirm seeds that nobody looked at. "
            "Give it a folder of its own: morphoexplore demo NEW_FOLDER"
        )
        raise ProjectError(message)


def _confirm_all(project: Project) -> None:
    pending = seeds.listing(project, "pending")
    for seed_id in pending.index[pending["round"] <= len(SIZES)]:
        review.confirm(project, int(str(seed_id)))


def _write_sheet(project: Project, path: Path) -> Path:
    """Write pictures of the largest morphs, those that were the most typical of their seed."""
    largest = tree.morphs(project).head(LARGEST)
    seed_of = {node_id: seed_id for seed_id, node_id in seeds.listing(project)["node_id"].items()}
    rows = {
        f"{row['path']}, {row['members']} members": seeds.objects_of(project, int(str(seed_of[node_id])))[
            :PICTURES
        ]
        for node_id, row in largest.iterrows()
        if node_id in seed_of
    }
    sheet(project, rows, columns=PICTURES).save(path)
    return path
