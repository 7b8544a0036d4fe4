"""The documents name every verb, option and word that there is, and no verb that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from morphoexplore.cli import cli

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


def test_the_page_of_verbs_lists_their_options() -> None:
    page = ROOT / "docs" / "verbs.md"
    if not page.is_file():
        pytest.skip("docs/verbs.md is not written yet")
    known = {
        option
        for command in cli.commands.values()
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    named = set(re.findall(r"(--[a-z][a-z-]+)", page.read_text(encoding="utf-8"))) - {"--help"}
    assert named <= known


@pytest.mark.skipif(not GLOSSARY.is_file(), reason="docs/glossary.md is not written yet")
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
    import morphoexplore as mx
    from morphoexplore import review

    blocks = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL))
    for name in set(re.findall(r"\bmx\.(?!review\b)([a-zA-Z_]+)", blocks)):
        assert hasattr(mx, name), f"mx.{name}"
    for name in set(re.findall(r"\b(?:mx\.)?review\.([a-z_]+)", blocks)):
        assert hasattr(review, name), f"review.{name}"
