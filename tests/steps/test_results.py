from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import DecisionError, ProjectError, SourceError, StepMissingError, WrongValueError
from morphoexplore.steps import exporting, overview, showing
from tests import drawn


def test_the_next_step_leads_from_nothing_to_diversity(project: mx.Project, drawn_csv: Path) -> None:
    def say() -> str:
        return overview.next_step(project, mx.status(project))

    assert "morphoexplore add" in say()
    mx.add(project, drawn_csv)
    assert "morphoexplore extract" in say()
    mx.extract(project)
    assert "morphoexplore embed" in say()
    mx.embed(project)
    assert "morphoexplore seed" in say()
    mx.seed(project)
    assert "Review the" in say()
    for seed_id in mx.seeds(project, "pending").index:
        review.confirm(project, int(seed_id))
    assert "Name the morphs" in say()
    for node_id in mx.morphs(project).index:
        review.name(project, int(node_id), f"morph-{node_id}")
    assert "morphoexplore diversity" in say()


def test_few_objects_are_led_to_direct_review(project: mx.Project, tmp_path: Path) -> None:
    mx.add(project, drawn.csv_source(tmp_path, each=2))
    mx.extract(project)
    mx.embed(project)
    assert overview.next_step(project, mx.status(project)).startswith(
        "Look at the 10 objects and make morphs"
    )


def test_status_has_the_keys_that_scripts_rely_on(seeded: mx.Project) -> None:
    counts = mx.status(seeded)
    assert {
        "objects",
        "samples",
        "feature_sets",
        "embeddings",
        "round",
        "seeds",
        "morphs",
        "named",
        "members",
        "free",
        "rejections",
        "decisions",
    } <= counts.keys()
    assert counts["seeds"].keys() == {"pending", "confirmed", "discarded"}
    assert {"name", "dims"} <= counts["feature_sets"][0].keys() & counts["embeddings"][0].keys()


def test_the_nearest_images_are_mostly_of_the_same_form(seeded: mx.Project) -> None:
    forms = drawn.truth()
    ids = mx.objects(seeded)["object_id"]
    for by, step in ((None, 15), ("classic", 100)):
        hits = [
            forms[other] == forms[object_id]
            for object_id in ids[::step]
            for other in mx.similar(seeded, object_id, by=by, most=5)["object_id"]
        ]
        assert sum(hits) > 0.7 * len(hits)
    assert mx.similar(seeded, 7, most=1)["object"].tolist() != [7]


@pytest.mark.parametrize("wrong", ["nobody", -1, 300])
def test_similar_refuses_an_object_that_is_not_there(seeded: mx.Project, wrong: str | int) -> None:
    with pytest.raises(DecisionError, match=f"no object.*{wrong}"):
        mx.similar(seeded, wrong)


def test_members_survive_the_csv_and_the_update_for_ecotaxa(
    sorted_project: mx.Project, tmp_path: Path
) -> None:
    members = mx.members(sorted_project)
    expected = dict(zip(members["object_id"], members["node_id"], strict=True))
    mx.export(sorted_project, tmp_path / "members.csv")
    back = pd.read_csv(tmp_path / "members.csv")
    assert dict(zip(back["object_id"], back["node_id"], strict=True)) == expected
    report = mx.export(sorted_project, tmp_path / "update.zip", format="ecotaxa")
    with zipfile.ZipFile(report["file"]) as archive:
        (name,) = archive.namelist()
        with archive.open(name) as file:
            table = pd.read_csv(file, sep="\t", skiprows=[1])
    column = next(name for name in table.columns if name.endswith("node_id") or name.endswith("morph_id"))
    assert dict(zip(table["object_id"], table[column], strict=True)) == expected
    tree = json.loads(Path(mx.export(sorted_project, tmp_path, format="tree")["file"]).read_text())
    assert tree


def test_a_proposed_tree_groups_morphs_of_one_form(sorted_project: mx.Project) -> None:
    groups = mx.arrange(sorted_project, groups=3)
    assert sorted(node for group in groups for node in group) == sorted(mx.morphs(sorted_project).index)
    made = review.accept_arrangement(sorted_project, groups)
    assert len(made) == sum(len(group) > 1 for group in groups)
    assert mx.arrange(sorted_project) == [
        group for group in mx.arrange(sorted_project) if all(node not in made for node in group)
    ]


def test_what_needs_morphs_says_so(seeded: mx.Project, tmp_path: Path) -> None:
    for verb in (
        lambda: mx.arrange(seeded),
        lambda: mx.export(seeded, tmp_path / "x.csv"),
        lambda: mx.diversity(seeded, tmp_path),
    ):
        with pytest.raises(StepMissingError, match=r"no morphs yet. Run first: morphoexplore seed"):
            verb()


def test_counts_have_explicit_zeros_and_shares_sum_to_one(sorted_project: mx.Project) -> None:
    counts = mx.counts(sorted_project)
    samples, morphs = mx.samples(sorted_project), mx.morphs(sorted_project)
    assert len(counts) == len(samples) * (len(morphs) + 1)
    assert counts["count"].sum() == 300
    assert counts.groupby("sample")["share"].sum().round(9).eq(1).all()


def test_indices_agree_with_a_calculation_by_hand(sorted_project: mx.Project) -> None:
    table = mx.indices(sorted_project)
    counts = mx.counts(sorted_project)
    sample = counts.groupby("sample")["count"].sum().idxmax()
    found = counts[(counts["sample"] == sample) & counts["node_id"].notna() & (counts["count"] > 0)]["count"]
    shares = found / found.sum()
    row = table[(table["sample_id"] == sample) & (table["index"] == "shannon")]
    assert row["estimate"].item() == pytest.approx(-sum(p * math.log(p) for p in shares))
    unsorted = counts[(counts["sample"] == sample) & counts["node_id"].isna()]["share"].item()
    assert row["share_unsorted"].item() == pytest.approx(unsorted)


def test_kinds_that_do_not_count_are_left_out(sorted_project: mx.Project, tmp_path: Path) -> None:
    largest = int(mx.morphs(sorted_project).index[0])
    review.kind(sorted_project, largest, "detritus")
    living = mx.diversity(sorted_project, tmp_path / "living", formats=["html"])
    both = mx.diversity(sorted_project, tmp_path / "both", kinds=["living", "detritus"], formats=["html"])
    gone = len(mx.morph_members(sorted_project, largest))
    assert both["objects"] - living["objects"] == gone
    assert both["morphs"] - living["morphs"] == 1
    assert all(Path(path).is_file() for path in living["files"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kinds": ["dead"]}, "no kind 'dead'"),
        ({"kinds": []}, "no kind ''"),
        ({"formats": ["gif"]}, "no figure format 'gif'. Formats: html"),
    ],
)
def test_diversity_refuses_what_it_does_not_know(
    sorted_project: mx.Project, tmp_path: Path, options: dict[str, object], words: str
) -> None:
    with pytest.raises(WrongValueError, match=words):
        mx.diversity(sorted_project, tmp_path, **options)


def test_a_branch_and_samples_choose_what_is_counted(sorted_project: mx.Project, tmp_path: Path) -> None:
    morphs = [int(node) for node in mx.morphs(sorted_project).index[:2]]
    branch = review.make_branch(sorted_project, name="round ones", owns=morphs)
    sample = str(mx.samples(sorted_project).index[-1])
    counts = mx.counts(sorted_project, branch=branch, samples=[sample])
    assert set(counts["sample"]) == {sample}
    assert counts["node_id"].dropna().tolist() == morphs
    whole = mx.counts(sorted_project)
    whole = whole[(whole["sample"] == sample) & (whole["node_id"].isna() | whole["node_id"].isin(morphs))]
    assert counts["share"].tolist() == whole["share"].tolist()
    table = mx.indices(sorted_project, branch=branch, samples=[sample])
    assert set(table["morph_set"]) == {"tree: round ones"}
    found = counts.dropna(subset="node_id")["count"]
    richness = table.loc[table["index"] == "richness", "estimate"].item()
    assert richness == (found > 0).sum()
    report = mx.diversity(sorted_project, tmp_path, branch=branch, samples=[sample], formats=[])
    assert (report["samples"], report["morphs"], report["objects"]) == (1, 2, found.sum())


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"samples": ["nowhere"]}, WrongValueError, "no sample 'nowhere'"),
        ({"branch": 999}, DecisionError, "no branch 999"),
        ({"branch": 1}, DecisionError, "is a morph; it owns objects"),
    ],
)
def test_counts_refuse_what_is_not_there(
    sorted_project: mx.Project, options: dict[str, object], error: type[Exception], words: str
) -> None:
    for table in (mx.counts, mx.indices):
        with pytest.raises(error, match=words):
            table(sorted_project, **options)


def test_the_table_of_names_is_read_back_as_it_was(sorted_project: mx.Project, tmp_path: Path) -> None:
    first, second = (int(node) for node in mx.morphs(sorted_project).index[:2])
    review.name(sorted_project, first, 'with "quotes", commas')
    review.identify(sorted_project, first, taxon="Copepoda", ecotaxa_id=25828)
    review.make_branch(sorted_project, name="a branch", owns=[first])
    report = mx.export(sorted_project, tmp_path, format="names")
    with pytest.raises(DecisionError, match="nothing was entered"):
        mx.name_from_csv(sorted_project, Path(report["file"]))
    table = pd.read_csv(report["file"])
    assert report["rows"] == len(table) == len(mx.morphs(sorted_project)) + 1
    table.loc[table["node_id"] == second, "name"] = "another"
    table.to_csv(tmp_path / "names.csv", index=False)
    mx.name_from_csv(sorted_project, tmp_path / "names.csv")
    assert mx.morphs(sorted_project).loc[[first, second], "name"].tolist() == [
        'with "quotes", commas',
        "another",
    ]


def test_a_preview_tells_what_an_export_would_write(sorted_project: mx.Project, tmp_path: Path) -> None:
    morph = int(mx.morphs(sorted_project).index[0])
    review.name(sorted_project, morph, "long " * 80)
    review.identify(sorted_project, morph, taxon="Copepoda", ecotaxa_id=25828)
    mx.partition(sorted_project, cells=4)
    for name in exporting.FORMATS:
        told, done = (
            exporting.preview(sorted_project, format=name),
            mx.export(sorted_project, tmp_path, format=name),
        )
        assert (told["rows"], told["notes"]) == (done["rows"], done["notes"])
    assert "was cut to 250 characters" in exporting.preview(sorted_project, format="ecotaxa")["notes"][0]


def test_results_go_nowhere_but_into_a_folder(sorted_project: mx.Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for write in (
        lambda out: mx.diversity(sorted_project, out, formats=["html"]),
        lambda out: mx.export(sorted_project, out / "members.csv"),
        lambda out: mx.evaluate(sorted_project, drawn.TRUTH, out=out),
    ):
        with pytest.raises(ProjectError, match="cannot be written"):
            write(tmp_path / "file" / "out")


def test_scores_of_sorting_by_the_truth_are_perfect(seeded: mx.Project, tmp_path: Path) -> None:
    forms = mx.objects(seeded)["object_id"].map(drawn.truth())
    for form in drawn.FORMS:
        morph = review.make_morph(seeded, name=form)
        review.move(seeded, forms.index[forms == form], morph)
    scores = mx.evaluate(seeded, drawn.TRUTH, out=tmp_path / "scores")
    assert scores["labelled"] == 300
    assert scores["morphs"] == pytest.approx(
        {"sorted": 1, "purity": 1, "ami": 1, "ari": 1, "macro_f1": 1, "weighted_f1": 1}
    )
    assert {Path(path).stem for path in scores["files"]} == {"morphs", "labels", "confusion", "seeds"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("object_id,label\nnobody,x\n", "None of the 1 ids"),
        ("object_id,thing\na,x\n", "needs a column object_id .* it has: object_id, thing"),
        ("", "cannot be read as a CSV of labels"),
        (None, "cannot be read as a CSV of labels"),
    ],
)
def test_labels_that_cannot_be_used(seeded: mx.Project, tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(SourceError, match=words):
        mx.evaluate(seeded, tmp_path / "labels.csv")


def test_labels_that_are_all_empty_are_told_from_ids_that_are_not_there(
    seeded: mx.Project, tmp_path: Path
) -> None:
    name = mx.objects(seeded)["object_id"].iloc[0]
    (tmp_path / "labels.csv").write_text(f"object_id,label\n{name},\n")
    with pytest.raises(SourceError, match=r"column label of .* is empty for all objects"):
        mx.evaluate(seeded, tmp_path / "labels.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("node_id,name\n9999,a\n", "9999"),
        ("name\na\n", "node_id"),
        ("node_id,name\nx,a\n", "line 2"),
        (None, "does not exist|cannot be read"),
    ],
)
def test_one_wrong_line_of_names_changes_nothing(
    sorted_project: mx.Project, tmp_path: Path, text: str | None, words: str
) -> None:
    if text is not None:
        (tmp_path / "names.csv").write_text(text)
    with pytest.raises((SourceError, DecisionError), match=words):
        mx.name_from_csv(sorted_project, tmp_path / "names.csv")
    assert mx.status(sorted_project)["named"] == 0


def test_a_sheet_shows_every_object_and_leaves_broken_ones_empty(seeded: mx.Project) -> None:
    sheet = mx.sheet(seeded, range(5), columns=3, side=50)
    assert sheet.mode == "RGB"
    assert sheet.height > sheet.width * 0.7
    assert min(sheet.convert("L").tobytes()) < 100


def test_the_demo_says_where_its_images_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "__file__", str(tmp_path / "a/b/c.py"))
    with pytest.raises(SourceError, match="come with a clone"):
        showing.samples_folder()


def test_nothing_to_count_gives_empty_tables(project: mx.Project, drawn_csv: Path) -> None:
    assert len(mx.counts(project)) == len(mx.indices(project)) == 0
    mx.add(project, drawn_csv)
    counts, indices = mx.counts(project), mx.indices(project)
    assert counts["count"].sum() == mx.status(project)["objects"]
    assert counts["title"].unique().tolist() == ["unsorted"]
    assert (indices["share_unsorted"] == 1).all()
    assert set(indices["status"]) == {"empty"}


def test_empty_and_undated_samples_stand_in_the_tables(sorted_project: mx.Project, tmp_path: Path) -> None:
    with sorted_project.write() as conn:
        conn.execute("INSERT INTO sample (name, metadata) VALUES ('empty haul', '{}')")
    mx.review.make_morph(sorted_project, name="nobody")
    counts, indices = mx.counts(sorted_project), mx.indices(sorted_project)
    assert counts.loc[counts["sample"] == "empty haul", "count"].sum() == 0
    assert counts.loc[counts["title"] == "nobody", "count"].sum() == 0
    empty = indices[indices["sample_id"] == "empty haul"]
    assert empty["datetime"].isna().all()
    assert set(empty["status"]) == {"empty"}
    assert counts["count"].sum() == mx.status(sorted_project)["objects"]
    assert (
        mx.diversity(sorted_project, tmp_path / "out", formats=["html"])["samples"]
        == indices["sample_id"].nunique()
    )
