"""From images to diversity over time in one go, by an annotator who decides through ``review`` alone."""

from __future__ import annotations

import csv
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore import review
from tests import drawn

PURE = 0.7
GELATINOUS = ("appendicularian", "medusa", "doliolid")
NOT_LIVING = {
    "aggregate": "detritus",
    "faecal_pellet": "detritus",
    "fibre": "detritus",
    "bubble": "artefact",
    "multiple": "multiple",
    "fragment": "part",
    "out_of_focus": "unknown",
}


class Annotator:
    """Looks at images (knows their true form), and decides as a person would."""

    def __init__(self, project: mx.Project) -> None:
        self.project = project
        forms = drawn.truth()
        self.truth = np.array([forms[object_id] for object_id in mx.objects(project)["object_id"]])
        self.form_of: dict[int, str] = {}

    def judge_seeds(self) -> None:
        for seed_id in mx.seeds(self.project, "pending").index.tolist():
            shown = mx.seed_objects(self.project, seed_id)
            form, count = Counter(self.truth[shown].tolist()).most_common(1)[0]
            if count < PURE * len(shown):
                review.discard(self.project, seed_id, shown=shown)
            else:
                wrong = shown[self.truth[shown] != form]
                node_id = review.confirm(self.project, seed_id, wrong=wrong, shown=shown)
                self.form_of[node_id] = form

    def merge_forms(self) -> None:
        for form in sorted(set(self.form_of.values())):
            same = [node_id for node_id, of in self.form_of.items() if of == form]
            if len(same) > 1:
                keep = review.merge(self.project, same)
                self.form_of = {node: of for node, of in self.form_of.items() if of != form} | {keep: form}

    def grow(self, *, pages: int, page: int = 60) -> None:
        for node_id, form in self.form_of.items():
            for _ in range(pages):
                offered = review.candidates(self.project, node_id, most=page)["object"].to_numpy()
                right = offered[self.truth[offered] == form]
                if len(right) < 0.4 * page:
                    break
                wrong = np.setdiff1d(offered, right)
                review.grow(self.project, node_id, right, wrong=wrong, shown=offered)

    def name_all(self, path: Path) -> None:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("node_id", "name"), *self.form_of.items()])
        assert mx.name_from_csv(self.project, path) == len(self.form_of)

    def set_kinds(self) -> None:
        for node_id, form in self.form_of.items():
            if form in NOT_LIVING:
                review.kind(self.project, node_id, NOT_LIVING[form])


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> Annotator:
    folder = tmp_path_factory.mktemp("minimal")
    project = mx.create_project(folder / "study", user="robot")
    assert mx.add(project, drawn.ARCHIVE, crop_bottom="auto")["objects"] == 5346
    mx.extract(project)
    mx.embed(project)
    annotator = Annotator(project)
    for _ in range(2):
        mx.seed(project)
        annotator.judge_seeds()
    annotator.merge_forms()
    annotator.grow(pages=8)
    annotator.name_all(folder / "names.csv")
    annotator.set_kinds()
    review.accept_arrangement(project, mx.arrange(project, groups=5))
    return annotator


def test_most_objects_are_sorted_and_every_member_was_right(annotated: Annotator) -> None:
    scores = mx.evaluate(annotated.project, drawn.TRUTH)["morphs"]
    assert scores["purity"] == 1.0, "this annotator never errs"
    assert scores["sorted"] > 0.5
    assert len(annotated.form_of) >= 12
    members = mx.members(annotated.project)
    assert set(members["origin"]) == {"looked"}, "every image was shown"
    assert not mx.check(annotated.project)


def test_the_exports_read_back_give_the_same_members(annotated: Annotator, tmp_path: Path) -> None:
    members = mx.members(annotated.project)
    expected = dict(zip(members["object_id"], members["node_id"], strict=True))
    forms = drawn.truth()
    mx.export(annotated.project, tmp_path / "members.csv")
    table = pd.read_csv(tmp_path / "members.csv")
    assert dict(zip(table["object_id"], table["node_id"], strict=True)) == expected
    assert (table["name"] == table["object_id"].map(forms)).all()
    mx.export(annotated.project, tmp_path / "update.zip", format="ecotaxa")
    with zipfile.ZipFile(tmp_path / "update.zip") as archive:
        (name,) = archive.namelist()
        with archive.open(name) as file:
            update = pd.read_csv(file, sep="\t", skiprows=[1])
    (column,) = [name for name in update.columns if update[name].tolist() == table["name"].tolist()]
    assert dict(zip(update["object_id"], update[column], strict=True)) == {
        object_id: forms[object_id] for object_id in expected
    }


def test_the_update_can_be_read_into_a_project(annotated: Annotator, tmp_path: Path) -> None:
    mx.export(annotated.project, tmp_path / "ecotaxa_update.zip", format="ecotaxa")
    other = mx.create_project(tmp_path / "other")
    mx.add(other, drawn.zip_source(tmp_path / "few.zip", every=20))
    result = mx.add(other, tmp_path / "ecotaxa_update.zip", update=True)
    assert result["updated"] > 0
    assert not mx.check(other)


def test_the_trend_that_was_drawn_is_seen(annotated: Annotator, tmp_path: Path) -> None:
    report = mx.diversity(annotated.project, tmp_path / "tables", formats=["html"])
    counts = pd.read_csv(tmp_path / "tables/counts.csv", parse_dates=["datetime"])
    assert {"counts", "diversity", "composition"} <= {Path(path).stem for path in report["files"]}
    # Numbers per m3: every object stands for sub_part / tot_vol of them; the tables hold raw counts.
    members = mx.members(annotated.project)
    with annotated.project.read() as conn:
        rows = conn.execute(
            "SELECT s.name, a.name, s.metadata ->> '$.tot_vol', a.metadata ->> '$.sub_part' "
            "FROM acquisition a JOIN sample s USING (sample_id)"
        ).fetchall()
    weight = {(row[0], row[1]): float(row[3]) / float(row[2]) for row in rows}
    members["weight"] = [weight[key] for key in zip(members["sample"], members["acquisition"], strict=True)]
    members["year"] = members["datetime"].str[:4]
    per_year = members.pivot_table(index="year", columns="name", values="weight", aggfunc="sum")
    change = per_year.loc["2021"] / per_year.loc["2019"]
    assert change["large_calanoid"] < 2 / 3
    seen = [form for form in GELATINOUS if form in per_year]
    assert per_year.loc["2021", seen].sum() > 1.8 * per_year.loc["2019", seen].sum()
    raw = counts[counts["title"].isin(seen)].groupby(counts["datetime"].dt.year)["count"].sum()
    assert (
        raw.to_dict()
        == members[members["name"].isin(seen)].groupby(members["year"].astype(int)).size().to_dict()
    )
    assert raw[2021] > 1.25 * raw[2019]  # of all that were drawn it is 1.6


def test_a_split_parts_what_a_wrong_merge_united_and_undo_gives_the_empty_tree(
    annotated: Annotator,
) -> None:
    project = annotated.project
    first, second = list(annotated.form_of)[:2]
    before = mx.members(project)
    united = review.merge(project, [first, second])
    chosen = mx.morph_members(project, united)
    review.split(project, united, chosen[annotated.truth[chosen] == annotated.form_of[second]])
    parts = mx.members(project).groupby("node_id")["object_id"].apply(frozenset)
    assert set(parts) == set(before.groupby("node_id")["object_id"].apply(frozenset))
    assert not mx.check(project)

    decisions = mx.status(project)["decisions"]
    for _ in range(decisions):
        review.undo(project)
    counts = mx.status(project)
    assert (counts["morphs"], counts["branches"], counts["members"], counts["rejections"]) == (0, 0, 0, 0)
    assert (counts["decisions"], counts["undo"]) == (0, None)
    assert not mx.check(project)
