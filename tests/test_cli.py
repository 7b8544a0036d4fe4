from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import morphoexplore as mx
from morphoexplore.cli import cli, lines, printing
from morphoexplore.store import runs
from tests import drawn

PWSSC = Path(__file__).resolve().parents[2] / "shared" / "data" / "pwssc" / "index.csv"


def call(*words: object) -> Result:
    """Run a verb in this process; an exception that is no exit is raised."""
    result = CliRunner().invoke(cli, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def done(*words: object) -> str:
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def no_constant(word: str) -> None:
    pytest.fail(f"{word} is no JSON")


@pytest.fixture(scope="module")
def drawn_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn.csv_source(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def made(drawn_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made by ``run``; no test changes it."""
    folder = tmp_path_factory.mktemp("made") / "study"
    out = done("run", folder, drawn_csv)
    assert "300 new objects with 300 images" in out
    assert "Round 1:" in out
    assert "Next: Review the" in out
    return folder


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "study"))


@pytest.fixture
def sorted_study(study: Path) -> Path:
    project = mx.open_project(study, user="ana")
    for seed_id in mx.seeds(project, "pending").index:
        mx.review.confirm(project, int(seed_id))
    return study


def test_running_again_says_that_all_is_done(study: Path, drawn_csv: Path) -> None:
    before = time.perf_counter()
    out = done("run", study, drawn_csv)
    assert time.perf_counter() - before < 5
    for words in ("300 were there already", "described already", "their place", "This is there already"):
        assert words in out


def test_every_result_that_a_script_may_read_is_json(sorted_study: Path, tmp_path: Path) -> None:
    some = mx.objects(mx.open_project(sorted_study))["object_id"][0]
    for words in (
        ["status", sorted_study],
        ["status", sorted_study, "--morphs"],
        ["status", sorted_study, "--seeds"],
        ["status", sorted_study, "--tree"],
        ["status", sorted_study, "--history"],
        ["extract", sorted_study],
        ["embed", sorted_study],
        ["seed", sorted_study, "--preview"],
        ["seed", sorted_study],
        ["arrange", sorted_study],
        ["similar", sorted_study, some],
        ["check", sorted_study],
        ["evaluate", sorted_study, drawn.TRUTH],
        ["export", sorted_study, tmp_path / "members.csv"],
        ["diversity", sorted_study, tmp_path / "tables", "--figures", "html"],
    ):
        out = done(*words, "--json")
        json.loads(out, parse_constant=no_constant)
        assert "<NA>" not in out


def test_results_go_to_stdout_and_remarks_to_stderr(drawn_csv: Path, tmp_path: Path) -> None:
    result = call("run", tmp_path / "new", drawn_csv, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["status"]["objects"] == 300
    assert "Made the project" in result.stderr
    assert "%|" not in result.stderr, "no bars in a log file"
    assert "\r" not in result.stderr


def test_decisions_can_be_undone_and_redone(sorted_study: Path) -> None:
    count = mx.status(mx.open_project(sorted_study))["morphs"]
    assert done("undo", sorted_study, "--user", "ben").startswith("Undid 'confirm' of ana")
    assert mx.status(mx.open_project(sorted_study))["morphs"] == count - 1
    assert done("redo", sorted_study).startswith("Redid 'confirm' of ana")
    assert mx.status(mx.open_project(sorted_study))["morphs"] == count
    assert call("redo", sorted_study).exit_code == 1


def test_names_come_from_a_csv_and_the_tree_from_arrange(sorted_study: Path, tmp_path: Path) -> None:
    morphs = json.loads(done("status", sorted_study, "--morphs", "--json"))
    names = tmp_path / "names.csv"
    names.write_text(
        "node_id,name\n" + "".join(f"{morph['node_id']},form {place}\n" for place, morph in enumerate(morphs))
    )
    assert done("name", sorted_study, names).startswith(f"Named {len(morphs)} node")
    proposal = done("arrange", sorted_study, "--groups", 2)
    assert "Nothing was changed" in proposal
    assert mx.status(mx.open_project(sorted_study))["branches"] == 0
    assert "morphoexplore undo" in done("arrange", sorted_study, "--groups", 2, "--accept")
    assert re.search(r"^ *\d+ +\d+    form 0$", done("status", sorted_study, "--tree"), flags=re.MULTILINE)


def test_arranging_what_is_arranged_says_so(sorted_study: Path) -> None:
    done("arrange", sorted_study, "--groups", 2, "--accept")
    decisions = mx.status(mx.open_project(sorted_study))["decisions"]
    for words in (["arrange", sorted_study], ["arrange", sorted_study, "--accept"]):
        assert "nothing to arrange" in done(*words)
    assert mx.status(mx.open_project(sorted_study))["decisions"] == decisions


def test_exports_and_figures_say_what_they_wrote(sorted_study: Path, tmp_path: Path) -> None:
    assert "members.csv" in done("export", sorted_study, tmp_path)
    assert "tree.json" in done("export", sorted_study, tmp_path, "--format", "tree")
    out = done("diversity", sorted_study, tmp_path / "tables", "--figures", "html,svg", "--bootstraps", "10")
    assert "unsorted" in out
    for name in ("counts.csv", "diversity.csv", "diversity.html", "composition.html"):
        assert str(tmp_path / "tables" / name) in out
        assert (tmp_path / "tables" / name).is_file()
    assert "svg" in out.lower(), "drawn, or a sentence why not"


def test_without_a_browser_figures_are_html_and_a_sentence_says_so(
    sorted_study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "none"))
    out = done(
        "diversity", sorted_study, tmp_path / "tables", "--index", "shannon, richness", "--index", "pielou"
    )
    table = pd.read_csv(tmp_path / "tables/diversity.csv")
    assert set(table["index"]) == {"shannon", "richness", "pielou"}
    assert not (tmp_path / "tables/diversity.svg").exists()
    assert (tmp_path / "tables/diversity.html").is_file()
    assert "PDF, PNG, SVG files were not written: BROWSER_PATH names" in out


def test_check_fails_where_something_is_broken(study: Path) -> None:
    assert done("check", study) == "All is sound.\n"
    next((study / "arrays").rglob("*.npy")).write_bytes(b"damaged")
    result = call("check", study)
    assert result.exit_code == 1
    assert "changed or damaged" in result.stdout


def test_init_and_status_of_an_empty_project(tmp_path: Path) -> None:
    assert "Next: morphoexplore add" in done("init", tmp_path / "new")
    assert "already" in done("init", tmp_path / "new")
    assert "Add images" in done("status", tmp_path / "new")
    assert done("status", tmp_path / "new", "--morphs") == "(none)\n"


def test_status_lists_the_feature_sets_the_clearest_groups_first(study: Path) -> None:
    counts = mx.status(mx.open_project(study)) | {"next": "-"}
    said = "\n".join(lines.status_lines("study", counts))
    (classic,) = counts["feature_sets"]
    assert (
        f"Features     classic: {classic['dims']} numbers, null ratio {classic['null_ratio']:.1f}\n" in said
    )
    assert "of classic, null ratio" in said
    better = {"name": "learned", "dims": 204, "objects": 300, "null_ratio": 99.04}
    unknown = {"name": "resnet18", "dims": 512, "objects": 12, "null_ratio": None}
    refined = {"name": "refined", "dims": 64, "objects": 300, "null_ratio": 100.0}
    sets = [unknown, classic, better, refined]
    said = "\n".join(lines.status_lines("study", counts | {"feature_sets": sets}))
    taught, first, second, third, what = said.partition("Features")[2].split("\n")[:5]
    assert taught == "     refined: 64 numbers, null ratio 100.0", "it knows the morphs"
    assert first.strip() == "learned: 204 numbers, null ratio 99.0 (the clearest groups)"
    assert second.strip().startswith("classic: ")
    assert third == "             resnet18: 512 numbers"
    assert "below 1.5 there are no groups" in what


def test_the_demo_ends_with_tables_and_may_be_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from morphoexplore.steps import showing

    samples = tmp_path / "samples"
    samples.mkdir()
    drawn.zip_source(samples / "plankton_drawn.zip", every=6)
    shutil.copy(drawn.TRUTH, samples)
    monkeypatch.setattr(showing, "samples_folder", lambda: samples)
    out = done("demo", tmp_path / "demo", "--no-serve")
    assert "confirmed the seeds of two rounds unseen" in out
    for line in out.splitlines():
        if line.startswith("  " + str(tmp_path)):
            assert Path(line.strip()).is_file()
    first = mx.status(mx.open_project(tmp_path / "demo"))
    assert done("demo", tmp_path / "demo", "--no-serve")
    assert mx.status(mx.open_project(tmp_path / "demo")) == first
    assert not mx.check(mx.open_project(tmp_path / "demo"))


def test_the_demo_spoils_no_study(study: Path) -> None:
    project = mx.open_project(study)
    with project.write() as conn:
        conn.execute("UPDATE object SET object_id = 'haul_1' WHERE object = 0")
    pending = mx.status(project)["seeds"]["pending"]
    result = call("demo", study, "--no-serve")
    assert result.exit_code == 1
    assert "Give it a folder of its own" in result.stderr
    assert mx.status(project)["seeds"]["pending"] == pending > 0


def test_tables_fit_a_terminal_whatever_the_names_are(sorted_study: Path) -> None:
    project = mx.open_project(sorted_study)
    nodes = mx.morphs(project).index.tolist()
    names = ["Oithona similis, Weibchen mit Eisäcken, " * 5, "海洋浮游生物 " * 12, "red\x1b[31m\nnext"]
    for node, name in zip(nodes, names, strict=False):
        mx.review.name(project, node, name)
    for listing in ("--morphs", "--tree", "--history"):
        lines = done("status", sorted_study, listing).splitlines()
        assert max(map(printing.columns_of, lines)) <= printing.WIDTH
        assert "\x1b" not in "".join(lines)
        assert any(line.endswith("…") for line in lines)
    assert len(done("status", sorted_study, "--morphs").splitlines()) == len(nodes) + 1
    assert call("status", sorted_study, "--morphs", "--tree").exit_code == 2


# ------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["status", "{tmp}/nothing"], "nothing does not exist. Make one with"),
        (["status", "{tmp}/folder"], "is not a morphoexplore project"),
        (["add", "{tmp}/new", "{tmp}/nothing.zip"], "nothing.zip does not exist. Check the path"),
        (["run", "{tmp}/new", "{tmp}/nothing"], "nothing does not exist. Check the path"),
        (["add", "{tmp}/new", "{tmp}/folder"], "folder"),
        (["add", "{tmp}/new", "{tmp}/pathless.csv"], "has no column path"),
        (["add", "{tmp}/new", "{tmp}/cut.zip"], "is not a zip that can be read"),
        (["add", "{tmp}/nothing", "{tmp}/pathless.csv", "--update"], "nothing does not exist. Make one"),
        (["add", "{tmp}/folder-with-files", "{source}"], "is not empty. A new project needs a folder"),
        (["add", "{tmp}/a-file", "{source}"], "is a file"),
        (["add", "{study}", "{source}", "--crop-bottom", "few"], "--crop-bottom takes a number"),
        (["add", "{study}", "{source}", "--pixel-size", "12"], "pixel size of 12.0 mm is not possible"),
        (["extract", "{study}", "--model", "no_such_net"], "no_such_net"),
        (
            ["extract", "{study}", "--model", "test_vit", "--weights", "{tmp}/gone.pth"],
            "no file of weights at {tmp}/gone.pth",
        ),
        (["embed", "{study}", "--features", "dino"], "no feature set 'dino'. Feature sets: classic"),
        (["embed", "{empty}"], "no feature set yet. Run first: morphoexplore extract {empty}"),
        (["extract", "{empty}"], "no objects yet. Run first: morphoexplore add {empty}"),
        (["seed", "{empty}"], "no objects yet"),
        (["seed", "{empty}", "--preview"], "no embedding yet"),
        (["seed", "{study}", "--min-size", "1"], "--min-size is the smallest number"),
        (["arrange", "{study}"], "no morphs yet"),
        (["name", "{study}", "{tmp}/nothing.csv"], "nothing.csv"),
        (["name", "{study}", "{tmp}/pathless.csv"], "node_id"),
        (["undo", "{study}"], "no decision to undo|no decision that can be undone|nothing to undo"),
        (["redo", "{study}"], "no undone decision to redo"),
        (["similar", "{study}", "nobody"], "no object 'nobody' (ids look like"),
        (["similar", "{study}", "0", "--by", "dino"], "0"),
        (["diversity", "{study}", "{tmp}/out"], "no morphs yet"),
        (["diversity", "{study}", "{tmp}/out", "--kind", "dead"], "no morphs yet|no kind 'dead'"),
        (["diversity", "{study}", "{tmp}/out", "--figures", "gif"], "no figure format 'gif'"),
        (
            ["export", "{study}", "{tmp}/out", "--format", "excel"],
            "no format 'excel'. Formats: csv, morphs, ecotaxa",
        ),
        (["evaluate", "{study}", "{tmp}/strange.csv"], "None of the 1 ids"),
        (["evaluate", "{study}", "{tmp}/nothing.csv"], "cannot be read as a CSV of labels"),
        (["relocate", "{study}", "{tmp}/nowhere", "{tmp}"], "No images of this project lie below"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_1(
    made: Path, drawn_csv: Path, tmp_path: Path, words: list[str], sentence: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder-with-files").mkdir()
    (tmp_path / "folder-with-files/letter.txt").write_text("dear")
    (tmp_path / "a-file").write_text("")
    (tmp_path / "pathless.csv").write_text("a,b\n1,2\n")
    (tmp_path / "strange.csv").write_text("object_id,label\nnobody,x\n")
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04 and no more")
    mx.create_project(tmp_path / "empty")
    places = {"tmp": tmp_path, "study": made, "source": drawn_csv, "empty": tmp_path / "empty"}
    result = call(*(word.format(**places) for word in words))
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert any(part.format(**places) in result.stderr for part in sentence.split("|")), result.stderr
    assert not (tmp_path / "new").exists(), "nothing is made for a source that is not there"


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["fly", "x"],
        ["add", "x"],
        ["add", "x", "y", "--format", "excel"],
        ["seed", "x", "--selection", "best"],
        ["similar", "x", "y", "--most", "0"],
    ],
)
def test_a_wrong_usage_is_exit_code_2(words: list[str]) -> None:
    result = call(*words)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


def test_a_second_run_beside_a_living_one_is_refused(study: Path, drawn_csv: Path) -> None:
    project = mx.open_project(study)
    with runs.run(project, "extract", {}):
        program = [sys.executable, "-m", "morphoexplore"]
        beside = subprocess.run(
            [*program, "add", str(study), str(drawn_csv)], capture_output=True, text=True, check=False
        )
        looking = subprocess.run(
            [*program, "status", str(study)], capture_output=True, text=True, check=False
        )
    assert beside.returncode == 1
    assert "has been running 'extract'" in beside.stderr
    assert looking.returncode == 0
    assert "Running      extract" in looking.stdout


@pytest.mark.parametrize("verb", ["export", "diversity", "evaluate"])
def test_an_out_folder_that_cannot_be_written(sorted_study: Path, tmp_path: Path, verb: str) -> None:
    (tmp_path / "file").write_text("")
    out = tmp_path / "file/below"
    words = [verb, sorted_study, out]
    if verb == "evaluate":
        words = [verb, sorted_study, drawn.TRUTH, "--out", out]
    result = call(*words)
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


# ------------------------------------------------------------------------------------- real data


@pytest.mark.skipif(not PWSSC.is_file(), reason="the labelled plankton of PWSSC are not here")
def test_real_plankton_ends_with_seeds_to_review(tmp_path: Path) -> None:
    few = pd.read_csv(PWSSC).iloc[::12]
    few["path"] = [str(PWSSC.parent / path) for path in few["path"]]
    few.to_csv(tmp_path / "few.csv", index=False)
    out = done("run", tmp_path / "study", tmp_path / "few.csv")
    assert "Next: Review the" in out
    scores = json.loads(done("evaluate", tmp_path / "study", tmp_path / "few.csv", "--json"))
    assert scores["labelled"] == len(few)
    assert scores["seeds"]["seeds"] >= 3


# ------------------------------------------------------------------------------------- speed


def test_help_answers_in_half_a_second() -> None:
    command = [sys.executable, "-m", "morphoexplore", "--help"]
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.5


@pytest.mark.parametrize(
    ("verb", "never"),
    [
        ("status", {"scipy", "cv2", "PIL"}),
        ("check", {"scipy", "cv2", "PIL"}),
        ("undo", {"cv2", "PIL"}),
    ],
)
def test_quick_verbs_load_nothing_heavy(sorted_study: Path, verb: str, never: set[str]) -> None:
    never = never | {
        "torch",
        "sklearn",
        "plotly",
        "umap",
        "faiss",
        "hdbscan",
        "fast_hdbscan",
        "skimage",
        "timm",
    }
    program = (
        "import sys; from morphoexplore.cli import cli; cli(sys.argv[1:], standalone_mode=False); "
        "print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, verb, str(sorted_study)], capture_output=True, text=True, check=True
    )
    assert never & set(ran.stderr.split()) == set()
