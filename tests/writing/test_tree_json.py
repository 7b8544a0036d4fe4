import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from morphoexplore.errors import ProjectError, SourceError
from morphoexplore.records import Node
from morphoexplore.writing.tree_json import read_tree, write_tree

relaxed = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])

maybe_text = st.none() | st.text(max_size=10)


def node(node_id, parent_id=None, *, is_branch=False, name=None, is_complete=False):
    return Node(node_id, parent_id, is_branch, name, "living", None, None, None, None, is_complete, None)


@st.composite
def trees(draw):
    """Nodes in any order; a parent is a branch that was drawn before."""
    numbers = draw(st.lists(st.integers(1, 10**9), unique=True, max_size=12))
    nodes, branches = [], [None]
    for number in numbers:
        is_branch = draw(st.booleans())
        parent = draw(st.sampled_from(branches))
        text = [draw(maybe_text) for _ in range(3)]
        ids = [draw(st.none() | st.integers(1, 10**7)) for _ in range(2)]
        nodes.append(
            Node(
                number,
                parent,
                is_branch,
                *text,
                *ids,
                draw(maybe_text),
                draw(st.booleans()),
                draw(maybe_text),
            )
        )
        branches += [number] if is_branch else []
    return draw(st.permutations(nodes))


@relaxed
@given(trees(), st.dictionaries(st.integers(1, 20), st.integers(0)))
def test_written_then_read_is_the_same_tree(tmp_path_factory, nodes, counts):
    path = tmp_path_factory.mktemp("tree") / "tree.json"
    write_tree(nodes, counts, path)
    assert read_tree(path) == sorted(nodes, key=lambda node: node.node_id)


def test_the_file_is_what_its_description_says(tmp_path):
    nodes = [node(2, 1, name="Cop\u00e9pode", is_complete=True), node(1, is_branch=True), node(3)]
    document = json.loads(write_tree(nodes, {2: 120}, tmp_path / "deep" / "tree.json").read_text("utf-8"))
    assert (document["format"], document["version"]) == ("morphoexplore-tree", 1)
    branch, morph = document["nodes"]
    assert (branch["type"], branch["node_id"], morph["type"], morph["node_id"]) == ("branch", 1, "morph", 3)
    assert "n_members" not in morph
    assert "children" not in morph
    assert branch["children"] == [
        {
            "node_id": 2,
            "type": "morph",
            "name": "Cop\u00e9pode",
            "kind": "living",
            "taxon": None,
            "ecotaxa_id": None,
            "aphia_id": None,
            "description": None,
            "is_complete": True,
            "flag": None,
            "taxon_type": None,
            "n_members": 120,
        }
    ]


def test_names_that_utf_8_cannot_hold_come_back(tmp_path):
    nodes = [node(1, name="broken \udcff")]
    assert read_tree(write_tree(nodes, {}, tmp_path / "tree.json")) == nodes


def test_an_empty_tree(tmp_path):
    assert read_tree(write_tree([], {}, tmp_path / "tree.json")) == []


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([node(1), node(1)], "same number"),
        ([node(1, 9)], "node 1 lies in node 9"),
        ([node(1), node(2, 1)], "no branch"),
        ([node(1, 2, is_branch=True), node(2, 1, is_branch=True)], "2 nodes lie in each other"),
    ],
)
def test_what_is_no_tree_is_not_written(tmp_path, nodes, words):
    with pytest.raises(ValueError, match=words):
        write_tree(nodes, {}, tmp_path / "tree.json")
    assert not list(tmp_path.iterdir())


HEAD = '{"format": "morphoexplore-tree", "version": 1'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("no json", "is no JSON file"),
        ("[" * 100_000, "is no JSON file"),
        ("[]", "is no tree of morphs"),
        ('{"format": "other"}', "is no tree of morphs"),
        ('{"format": "morphoexplore-tree", "version": 2, "nodes": []}', "version 2.*Update it"),
        (HEAD + "}", "no list of nodes"),
        (HEAD + ', "nodes": [{"node_id": 1}]}', "a node has no type"),
        (HEAD + ', "nodes": [{"node_id": "1", "type": "morph"}]}', "node '1' is of type 'morph'"),
        (HEAD + ', "nodes": [7]}', "is not a whole tree"),
        (
            HEAD
            + ', "nodes": [{"node_id": 1, "type": "morph", "children": [{"node_id": 2, "type": "morph"}]}]}',
            "node 2 lies in node 1",
        ),
    ],
)
def test_what_is_no_tree_file_is_a_sentence(tmp_path, content, words):
    path = tmp_path / "tree.json"
    path.write_text(content)
    with pytest.raises(SourceError, match=words):
        read_tree(path)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        read_tree(tmp_path / "tree.json")
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot be written"):
        write_tree([], {}, tmp_path / "file" / "tree.json")
