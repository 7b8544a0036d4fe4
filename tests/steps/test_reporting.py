"""Everything on diversity as files: what is written, what it rests on, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import WrongValueError
from morphoexplore.steps import report_findings, report_page
from tests.made import make_project
from tests.made_volumes import add_rows, put, zooscan_rows


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> mx.Project:
    project = make_project(tmp_path_factory.mktemp("cloud") / "p", sizes=(120, 80, 40), free=20, dims=5)
    for seed_id in (1, 2, 3):
        review.confirm(project, seed_id)
    review.name(project, 1, "<b>Copepods</b> & co")
    return project


@pytest.fixture(scope="module")
def written(cloud: mx.Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    out = tmp_path_factory.mktemp("out")
    report = mx.write_diversity(
        cloud,
        out,
        replicates=20,
        wide=True,
        save_replicates=True,
        protocol="beck2023",
        formats=["html"],
        dims=3,
    )
    return out, report


def test_every_file_that_is_named_is_there(written: tuple[Path, dict[str, object]]) -> None:
    out, report = written
    names = {Path(path).name for path in report["files"]}  # type: ignore[attr-defined]
    assert names == {path.name for path in out.iterdir()}
    assert {"diversity.csv", "counts.csv", "diversity_wide.csv", "cloud.csv", "beck2023.csv"} <= names
    assert {"report.html", "diversity.html", "composition.html"} <= names


def test_the_report_stands_alone_and_shows_names_as_text(written: tuple[Path, dict[str, object]]) -> None:
    text = (written[0] / "report.html").read_text(encoding="utf-8")
    assert 'src="http' not in text
    assert "<b>Copepods</b>" not in text
    assert "Methods" in text
    assert "Laliberté" in text
    assert "no kind" in text


def test_the_tables_say_the_same_as_the_functions(
    cloud: mx.Project, written: tuple[Path, dict[str, object]]
) -> None:
    table = pd.read_csv(written[0] / "diversity.csv")
    direct = mx.indices(cloud, dims=3)
    np.testing.assert_allclose(table["estimate"], direct["estimate"], rtol=1e-9)
    wide = pd.read_csv(written[0] / "diversity_wide.csv").set_index("sample_id")
    one = direct[(direct["index"] == "hill") & (direct["q"] == 1)].set_index("sample_id")["estimate"]
    np.testing.assert_allclose(wide["hill_q1"], one.reindex(wide.index), rtol=1e-9)
    points = pd.read_csv(written[0] / "cloud.csv")
    assert set(points["object_id"].astype(str)) <= set(mx.objects(cloud)["object_id"].astype(str))
    assert {"pc_1", "pc_2", "pc_3"} <= set(points.columns)


def test_replicates_are_those_of_the_intervals(written: tuple[Path, dict[str, object]]) -> None:
    table = pd.read_csv(written[0] / "diversity.csv").set_index(["sample_id", "index"])
    kept = pd.read_csv(written[0] / "replicates.csv")
    assert list(kept.columns) == ["sample_id", "index", "q", "interval", "replicate", "estimate"]
    of_rao = kept[(kept["index"] == "rao_d2") & (kept["interval"] == "sampling")]
    for sample, rows in of_rao.groupby("sample_id"):
        assert len(rows) == 20
        row = table.loc[(sample, "rao_d2")]
        assert rows["estimate"].std(ddof=1) == pytest.approx(row["se"])
        assert min(rows["estimate"].quantile(0.025), row["estimate"]) == pytest.approx(row["ci_lo"])


def test_size_spectra_come_where_body_volumes_are_known(tmp_path: Path) -> None:
    project = add_rows(tmp_path, zooscan_rows())
    put(project, {"copepod": [0, 1, 5, 6], "egg": [2, 3]})
    without = mx.write_diversity(project, tmp_path / "without", replicates=0, formats=[])
    assert not any(Path(path).name == "spectra.csv" for path in without["files"])
    mx.set_formulas(project, preset="zooscan")
    report = mx.write_diversity(project, tmp_path / "with", replicates=0, formats=[])
    assert report["weight"] == "concentration"
    assert (tmp_path / "with" / "spectra.csv").is_file()
    assert (tmp_path / "with" / "slopes.csv").is_file()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"step": "year"}, "no step 'year'. Steps: month, week, none"),
        ({"trim": 1.0}, "0 to below 1"),
        ({"protocol": "mine"}, "no protocol 'mine'. Protocols: beck2023"),
        ({"names": ["shanon"]}, "no index 'shanon'"),
    ],
)
def test_what_there_is_not_is_said_before_anything_is_written(
    cloud: mx.Project, tmp_path: Path, options: dict[str, object], words: str
) -> None:
    runs = len(mx.runs(cloud))
    with pytest.raises(WrongValueError, match=words):
        mx.write_diversity(cloud, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()
    assert len(mx.runs(cloud)) == runs


def test_a_large_cloud_is_drawn_from(cloud: mx.Project) -> None:
    from morphoexplore.steps import diversity, tallying

    tally = tallying.tally(cloud)
    of = diversity.communities_of(
        cloud, tally, tally.samples.index, tally.choose_morphs(), names=None, weight=None, dims=2
    )
    assert len(report_findings.cloud_of(cloud, of)) == len(of.objects)
    assert len(report_findings.cloud_of(cloud, of, most=50)) == 50


@pytest.mark.parametrize(
    ("dims", "said"), [(3, ""), (5, "2 of 2 samples have fewer than 320 objects (10 x 2^5)")]
)
def test_hulls_on_few_objects_are_warned_of(cloud: mx.Project, dims: int, said: str) -> None:
    from morphoexplore.steps import diversity, tallying

    tally = tallying.tally(cloud)
    of = diversity.communities_of(
        cloud, tally, tally.samples.index, tally.choose_morphs(), names=None, weight=None, dims=dims
    )
    assert said in " ".join(report_page.note_on_hulls(of, ["functional_richness"]))
    assert bool(report_page.note_on_hulls(of, ["functional_richness"])) == bool(said)
    assert report_page.note_on_hulls(of, ["rao_d2"]) == []


@pytest.mark.parametrize("names", [["shannon"], ["hill", "coverage"]])
def test_any_choice_of_indices_has_a_report(
    sorted_project: mx.Project, tmp_path: Path, names: list[str]
) -> None:
    report = mx.write_diversity(sorted_project, tmp_path, names=names, replicates=0, formats=["html"])
    assert str(tmp_path / "diversity.html") in report["files"]
    assert (tmp_path / "report.html").is_file()
