from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.methods import seeding
from morphoexplore.steps.seeding import suggested_size
from morphoexplore.store import arrays, runs
from tests import drawn


def contents(project: mx.Project) -> dict[str, bytes]:
    """Return everything that was computed, without the numbers of runs."""
    return {
        f"{array.kind} {array.name}": np.asarray(arrays.read(project, array)).tobytes()
        for array in arrays.listing(project)
        if array.kind not in ("metadata", "picture")
    }


def test_seeds_need_an_embedding_of_all_objects(project: mx.Project, drawn_csv: Path, tmp_path: Path) -> None:
    with pytest.raises(StepMissingError, match="no objects yet"):
        mx.seed(project)
    mx.add(project, drawn_csv)
    with pytest.raises(StepMissingError, match=r"no embedding yet. Run first: morphoexplore embed"):
        mx.seed(project)
    mx.extract(project)
    mx.embed(project)
    mx.add(project, drawn.csv_source(tmp_path, each=2, skip=60, name="more"))
    with pytest.raises(StepMissingError, match="embedding of 10 of its 310 objects"):
        mx.seed(project)


def test_seeding_twice_is_the_same_round(seeded: mx.Project) -> None:
    first = mx.seeds(seeded)
    result = mx.seed(seeded)
    assert (result["is_new"], result["round"], result["pending"]) == (False, 1, len(first))
    assert mx.seeds(seeded).equals(first)


def test_a_decision_makes_the_next_round_and_undoing_it_the_same_one(seeded: mx.Project) -> None:
    first = mx.seeds(seeded, "pending").index.tolist()
    review.confirm(seeded, first[0])
    review.undo(seeded)
    assert mx.seed(seeded)["is_new"] is False
    review.redo(seeded)
    second = mx.seed(seeded)
    assert (second["is_new"], second["round"]) == (True, 2)
    assert second["free"] == mx.status(seeded)["free"]
    states = mx.seeds(seeded)["state"]
    assert states[first[0]] == "confirmed"
    assert set(states[first[1:]]) == {"replaced"}


def test_discarded_seeds_come_last_if_at_all(seeded: mx.Project) -> None:
    pending = mx.seeds(seeded, "pending").index.tolist()
    refused = [set(mx.seed_objects(seeded, seed_id).tolist()) for seed_id in pending]
    for seed_id in pending:
        review.discard(seeded, seed_id)
    result = mx.seed(seeded)
    assert (result["is_new"], result["round"]) == (True, 2)
    for seed_id in mx.seeds(seeded, "pending").index:
        objects = set(mx.seed_objects(seeded, int(seed_id)).tolist())
        assert all(len(objects & former) < 0.5 * len(objects | former) for former in refused)


def test_the_suggested_size_is_what_a_round_begins_with(seeded: mx.Project) -> None:
    first = suggested_size(seeded)
    size = json.loads(runs.listing(seeded)["result"].iloc[-1])["min_size"]
    assert size in {first, *(max(seeding.SMALLEST_SEED, first // 2**step) for step in range(9))}
    for seed_id in mx.seeds(seeded, "pending").index:
        review.discard(seeded, int(seed_id))
    assert suggested_size(seeded) == max(seeding.SMALLEST_SEED, size // 2)


def test_what_waits_with_a_question_is_not_proposed_anew(seeded: mx.Project) -> None:
    asked, judged = mx.seeds(seeded, "pending").index[:2]
    review.ask(seeded, int(asked), "Is this a nauplius?")
    review.confirm(seeded, int(judged))
    waits = set(mx.seed_objects(seeded, int(asked)).tolist())
    counted = mx.preview_seeds(seeded, sizes=[8])
    result = mx.seed(seeded, min_size=8)
    assert (
        result["notes"][-1]
        == f"{len(waits)} free objects wait with a question to a colleague and were kept out."
    )
    assert result["free"] == mx.status(seeded)["free"] - len(waits)
    assert counted["seeds"].tolist() == [result["seeds"]], "the preview counts what the round gives"
    pending = mx.seeds(seeded, "pending")
    assert asked in pending.index
    assert result["pending"] == len(pending) == result["seeds"] + 1
    for seed_id in pending.index.drop(asked):
        assert waits.isdisjoint(mx.seed_objects(seeded, int(seed_id)).tolist())


def test_trying_sizes_without_judging_stays_in_the_round(seeded: mx.Project) -> None:
    for size in (30, 12, 8):
        result = mx.seed(seeded, min_size=size)
        assert (result["is_new"], result["round"]) == (True, 1)
    assert mx.seeds(seeded, "pending")["size"].min() >= 8
    assert mx.status(seeded)["seeds"]["pending"] == len(mx.seeds(seeded, "pending"))
    truth_scores = mx.evaluate(seeded, drawn.TRUTH)["seeds"]
    assert truth_scores["seeds"] == result["seeds"], "the replaced ones are not scored"


def test_where_no_seed_is_found_smaller_ones_are_tried(
    seeded: mx.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    review.confirm(seeded, int(mx.seeds(seeded, "pending").index[0]))
    waiting = mx.status(seeded)["seeds"]["pending"]
    assert waiting > 0
    nothing = mx.seed(seeded, min_size=256)
    assert (nothing["seeds"], nothing["pending"]) == (0, waiting), "nothing takes the place of nothing"
    assert mx.status(seeded)["seeds"]["pending"] == waiting
    monkeypatch.setattr(seeding, "default_min_size", lambda n, round_number: 256)
    result = mx.seed(seeded)
    assert result["seeds"] > 0
    assert result["min_size"] <= 128
    assert mx.seed(seeded)["is_new"] is False


def test_few_free_objects_are_reviewed_directly(seeded: mx.Project) -> None:
    morph = review.make_morph(seeded)
    review.move(seeded, range(260), morph)
    result = mx.seed(seeded)
    assert result["notes"][0].startswith("40 free objects are few enough to be reviewed directly")
    review.move(seeded, range(260, 300), morph)
    assert mx.seed(seeded)["notes"] == ["All objects are in morphs; there is nothing to find seeds for."]
    with pytest.raises(WrongValueError, match="0 free objects are too few"):
        mx.preview_seeds(seeded)


def test_a_preview_stores_nothing(seeded: mx.Project) -> None:
    before = len(mx.runs(seeded)), mx.seeds(seeded)
    table = mx.preview_seeds(seeded)
    assert len(table) > 0
    assert len(mx.runs(seeded)) == before[0]
    assert mx.seeds(seeded).equals(before[1])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"min_size": 1}, "--min-size is the smallest"),
        ({"min_samples": 0}, "--min-samples is a number"),
        ({"selection": "best"}, "--selection is leaf or eom"),
        ({"space": "tsne"}, "--space is pca or umap"),
    ],
)
def test_options_that_cannot_be_used(seeded: mx.Project, options: dict[str, object], words: str) -> None:
    with pytest.raises(WrongValueError, match=words):
        mx.seed(seeded, **options)


def test_labels_sort_nothing(seeded: mx.Project, drawn_csv: Path, tmp_path: Path) -> None:
    forms = drawn.truth()
    labels = [forms[path.stem] for path in sorted((drawn_csv.parent / "index_images").iterdir())]
    shuffled = np.random.default_rng(1).permutation(labels).tolist()
    assert shuffled != labels
    other = mx.create_project(tmp_path / "other")
    mx.add(other, drawn.csv_source(tmp_path / "in", labels=shuffled))
    mx.extract(other)
    mx.embed(other)
    mx.seed(other)
    assert contents(other) == contents(seeded)
    assert mx.seeds(other).equals(mx.seeds(seeded))


def test_only_what_is_new_is_sought_where_asked(seeded: mx.Project) -> None:
    forms = drawn.truth()
    ids = mx.objects(seeded)["object_id"]
    form = np.array([forms[one] for one in ids])
    known = np.flatnonzero(form == form[0])
    review.gather(seeded, known[: len(known) // 2])
    for seed_id in mx.seeds(seeded, "pending").index:
        review.discard(seeded, int(seed_id))
    counted = mx.preview_seeds(seeded, sizes=[5], only_new=True)
    found = mx.seed(seeded, only_new=True, min_size=5)
    assert 0 < counted.attrs["kept_out"] == mx.status(seeded)["free"] - found["free"]
    assert any("are like a morph already and were kept out" in note for note in found["notes"])
    in_seeds = [mx.seed_objects(seeded, int(one)) for one in mx.seeds(seeded, "pending").index]
    shown = np.concatenate([np.empty(0, np.int64), *in_seeds])
    assert np.isin(shown, known).mean() < 0.2 if len(shown) else True
    assert found["free"] < len(form) - len(known) // 2
