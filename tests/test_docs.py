"""The documents name every verb, option and word that there is, no verb that there is not, and their code runs."""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
from pathlib import Path

import click
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.cli import cli
from tests import drawn

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
VERBS = sorted(cli.commands)
GLOSSARY = ROOT / "docs" / "glossary.md"


def glossary() -> list[str]:
    """Return the words that the glossary explains: bold, in the first column."""
    rows = re.findall(r"^\|([^|]*)\|", GLOSSARY.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [word for row in rows for word in re.findall(r"\*\*(.+?)\*\*", row)]


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_help_with_an_example_that_can_be_parsed(verb: str) -> None:
    command = cli.commands[verb]
    text = command.help or ""
    first = text.strip().split("\n")[0]
    assert first.endswith((".", ":")) or "." in text
    (example,) = re.findall(r"Example: morphoexplore (.+)", text)
    words = example.split()
    assert words[0] == verb
    command.make_context(verb, words[1:])


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_has_help_or_explains_itself(verb: str) -> None:
    for parameter in cli.commands[verb].params:
        if isinstance(parameter, click.Option):
            assert parameter.help or isinstance(parameter.type, click.Choice), parameter.name
            if isinstance(parameter.default, str | int | float) and not parameter.is_flag:
                assert parameter.show_default or parameter.multiple, parameter.name


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_in_the_documents(verb: str) -> None:
    assert re.search(rf"(`|morphoexplore ){verb}\b", TEXT)


def test_the_documents_name_no_verb_that_there_is_not() -> None:
    named = set(re.findall(r"(?:^|`|bin/)morphoexplore ([a-z]+)\b", TEXT, flags=re.MULTILINE))
    assert named <= set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_the_page_of_verbs_lists_all_options_of_a_verb(verb: str) -> None:
    page = (ROOT / "docs" / "verbs.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if re.match(rf"\| .*`{verb} (PROJECT|\[DIR\])", line)]
    known = {
        option
        for parameter in cli.commands[verb].params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert set(re.findall(r"(--[a-z][a-z-]+)", row)) == known - {"--json", "--user"}


def test_every_word_of_the_glossary_is_used_elsewhere() -> None:
    others = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page != GLOSSARY)
    helps = "\n".join(command.help or "" for command in cli.commands.values())
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "morphoexplore").rglob("*.py"))
    )
    words = glossary()
    assert len(words) > 15
    for word in words:
        assert re.search(rf"\b{word.replace(' ', '[ _]')}", others + helps + code, flags=re.IGNORECASE), word


def test_links_between_documents_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_help_lists_all_verbs_in_the_order_of_work() -> None:
    listed = cli.list_commands(click.Context(cli))
    assert sorted(listed) == VERBS
    work = ["init", "add", "extract", "embed", "seed", "arrange", "name", "diversity", "export"]
    assert [verb for verb in listed if verb in work] == work


def test_the_page_of_python_names_only_what_there_is() -> None:
    blocks = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL))
    for name in set(re.findall(r"\bmx\.(?!review\b)([a-zA-Z_]+)", blocks)):
        assert hasattr(mx, name), f"mx.{name}"
    for name in set(re.findall(r"\b(?:mx\.)?review\.([a-z_]+)", blocks)):
        assert hasattr(review, name), f"review.{name}"


# --------------------------------------------------------------------------------- blocks of code


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of code of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the documents name (images.zip, labels.csv), and my-study as their first block makes it."""
    folder = tmp_path_factory.mktemp("documents")
    drawn.zip_source(folder / "images.zip", every=4)
    shutil.copy(drawn.TRUTH, folder / "labels.csv")
    with contextlib.chdir(folder):
        exec(blocks("docs/python.md", "python")[0], {})
    return folder


@pytest.fixture
def beside_study(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the study, to be changed."""
    folder = Path(shutil.copytree(study, tmp_path / "documents"))
    monkeypatch.chdir(folder)
    return folder


def fill_in_names(path: Path) -> None:
    """Do what the page of Python asks a person to do with names.csv."""
    names = pd.read_csv(path)
    names["name"] = [f"form {node_id}" for node_id in names["node_id"]]
    names.to_csv(path, index=False)


def test_the_blocks_of_the_page_of_python_run_one_after_the_other(beside_study: Path) -> None:
    project = mx.open_project("my-study", user="Ada")
    names: dict[str, object] = {"mx": mx, "project": project}
    for code in blocks("docs/python.md", "python")[1:]:
        exec(code, names)
        if "to_csv" in code:
            fill_in_names(beside_study / "names.csv")
    assert mx.check(project) == []
    status = mx.status(project)
    assert status["round"] == 2
    assert status["named"] == status["morphs"]
    for file in ("first.png", "ecotaxa_morphs.zip", "tables/diversity.csv", "tables/composition.html"):
        assert (beside_study / file).is_file()
    assert set(mx.morphs(project)["kind"]) == {"living", "artefact"}


def test_the_block_of_the_readme_runs(beside_study: Path) -> None:
    (code,) = blocks("README.md", "python")
    names: dict[str, object] = {}
    exec(code, names)
    assert mx.check(mx.open_project("my-study")) == []
    assert "Oithona" in set(mx.morphs(mx.open_project("my-study"))["name"])
    assert (beside_study / "tables/diversity.html").is_file()


def shell_lines() -> list[list[str]]:
    """Return the commands of the blocks of shell, word by word, without what only sets the stage."""
    lines = []
    for page in PAGES:
        for block in blocks(page.relative_to(ROOT).as_posix(), "sh"):
            for line in block.splitlines():
                words = shlex.split(line.replace("\\", "/"), comments=True)
                if words:
                    lines.append(words)
    return lines


@pytest.mark.parametrize("words", shell_lines(), ids=" ".join)
def test_a_line_of_shell_can_be_typed(words: list[str]) -> None:
    program = Path(words[0]).name
    if program == "morphoexplore":
        cli.commands[words[1]].make_context(words[1], words[2:])
    elif program == "make":
        targets = re.findall(
            r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        assert set(words[1:]) <= set(targets)
    elif program == "pip":
        assert words[1] == "install"
        for word in words[2:]:
            path, _, extra = word.partition("[")
            assert word in ("-c", "-e") or (ROOT / path).exists(), word
            assert not extra or f"\n{extra.rstrip(']')} = [" in (ROOT / "pyproject.toml").read_text("utf-8")
    else:
        assert program == "python3", f"what is {program}?"
