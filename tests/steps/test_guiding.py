from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import StepMissingError
from morphoexplore.store import images, tree


class Book(HTMLParser):
    """What a reader finds: entries with their pictures and words, and where links lead."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.entries: dict[str, list[tuple[str, str, bytes]]] = {}
        self.links: list[str] = []
        self.words = ""
        self._entry, self._frame, self._is_aside = "", "", False
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        if tag == "article":
            self._entry, self._is_aside = of["id"] or "", False
            self.entries[self._entry] = []
        elif tag == "div" and of.get("class") == "alike":
            self._is_aside = True
        elif tag == "figure":
            self._frame = of["class"] or ""
        elif tag == "a":
            self.links.append((of["href"] or "").removeprefix("#"))
        elif tag == "img" and not self._is_aside:
            jpeg = base64.b64decode((of["src"] or "").removeprefix("data:image/jpeg;base64,"))
            self.entries[self._entry].append((self._frame, of["alt"] or "", jpeg))

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
def written(sorted_project: mx.Project, tmp_path: Path) -> tuple[mx.Project, Path]:
    first = int(mx.morphs(sorted_project).index[0])
    review.name(sorted_project, first, "<b>Oithona & co</b>")
    review.describe(sorted_project, first, "antennae longer than the body")
    return sorted_project, Path(mx.export(sorted_project, tmp_path, format="guide")["file"])


def test_every_morph_has_an_entry_with_pictures_of_its_own_members(
    written: tuple[mx.Project, Path],
) -> None:
    project, path = written
    book, ids = Book(path), mx.objects(project)["object_id"]
    morphs = mx.morphs(project).index.tolist()
    assert {f"node-{morph}" for morph in morphs} == set(book.entries)
    for morph in morphs:
        members = mx.morph_members(project, morph)
        by_id = {str(ids[number]): int(number) for number in members}
        found = [(by_id[about.split(",")[0]], jpeg) for _, about, jpeg in book.entries[f"node-{morph}"]]
        assert len(found) == min(16, len(members))
        assert all(jpeg == images.picture(project, number) for number, jpeg in found)


def test_links_lead_to_entries_and_texts_of_people_stay_texts(written: tuple[mx.Project, Path]) -> None:
    _, path = written
    book = Book(path)
    assert set(book.links) <= set(book.entries)
    assert "<b>Oithona & co</b>" in book.words
    assert "antennae longer than the body" in book.words
    assert not re.search(r"https?://", path.read_text())


def test_what_nobody_looked_at_is_framed_and_what_was_seen_goes_first(
    sorted_project: mx.Project, tmp_path: Path
) -> None:
    morph = int(mx.morphs(sorted_project).index[0])
    members = mx.morph_members(sorted_project, morph)
    book = Book(Path(mx.export(sorted_project, tmp_path, format="guide")["file"]))
    assert {frame for frame, _, _ in book.entries[f"node-{morph}"]} == {"unseen"}
    assert "not known (nobody audited it)" in book.words

    seen = members[: len(members) // 2]
    other = review.make_morph(sorted_project)
    review.move(sorted_project, seen, other)
    review.merge(sorted_project, [morph, other], into=morph)
    book = Book(Path(mx.export(sorted_project, tmp_path, format="guide")["file"]))
    ids = mx.objects(sorted_project)["object_id"]
    origin = tree.membership(sorted_project)[1]
    for frame, about, _ in book.entries[f"node-{morph}"]:
        number = int(np.flatnonzero(ids == about.split(",")[0])[0])
        assert (frame == "seen") == (origin[number] == 0) == ("nobody looked" not in about)
    frames = [frame for frame, _, _ in book.entries[f"node-{morph}"]]
    assert frames.count("seen") > len(frames) / 2


def test_cells_of_a_partition_follow_the_morphs(sorted_project: mx.Project, tmp_path: Path) -> None:
    mx.partition(sorted_project, cells=5, dims=2)
    book = Book(Path(mx.export(sorted_project, tmp_path, format="guide")["file"]))
    assert [name for name in book.entries if name.startswith("cell-")] == [
        f"cell-{one}" for one in range(1, 6)
    ]
    sizes = mx.cells(sorted_project)["objects"]
    assert [len(book.entries[f"cell-{cell}"]) for cell in sizes.index] == sizes.clip(upper=8).tolist()


def test_cells_need_no_morphs(seeded: mx.Project, tmp_path: Path) -> None:
    with pytest.raises(StepMissingError):
        mx.export(seeded, tmp_path, format="guide")
    assert not list(tmp_path.glob("*.html"))
    mx.partition(seeded, cells=4)
    assert set(Book(Path(mx.export(seeded, tmp_path, format="guide")["file"])).entries) == {
        f"cell-{cell}" for cell in (1, 2, 3, 4)
    }


def test_a_guide_of_objects_without_images_has_their_facts(made_project: mx.Project, tmp_path: Path) -> None:
    morph = review.confirm(made_project, 1)
    book = Book(Path(mx.export(made_project, tmp_path, format="guide")["file"]))
    assert book.entries == {f"node-{morph}": []}
    assert "8 (8 unseen, with a seed)" in book.words
