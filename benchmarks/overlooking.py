"""
Whether bounds hold for a person who overlooks wrong images, and what known-wrong images among the others would cost.

    python benchmarks/overlooking.py [--states 2] [--first 20] [--sessions 40] [--miss 0 .1 .2 .3] [--error 0] [--decoys 1]

Rankings of made collections (three kinds, 10 000 objects each) are drawn once; then growth with a stated precision is played on
them by the rules of the app, in sessions of 15 growths. With ``--decoys`` so many known-wrong images stand on every random page:
the person then clicks what is wrong, because a number alone does not say which of them were seen. A line for each way to state
the bound: as it is; with a share of overlooked ones allowed for; by what the decoys of the session tell (Beta posterior, a tenth
overlooked to begin with). The chance of a sample is then summed over how many wrong ones are in it, and how many of those are seen.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import synthetic
from scipy.stats import betabinom, binom, hypergeom

from morphoexplore import review
from morphoexplore.methods import certifying, finding
from morphoexplore.methods.annotating import Eyes, last_stratum
from morphoexplore.methods.certifying import Tally, Verdict
from morphoexplore.steps.evaluating import read_labels
from morphoexplore.store import morphospace
from morphoexplore.store.membership import Membership

KINDS = ({"classes": 30, "junk": 0.3}, {"classes": 20, "junk": 0.1, "apart": 0.7}, {"apart": 0.5})
OBJECTS, LEAST, START, GOOD, TARGET = 10_000, 100, 30, 0.9, 0.95
GROWTHS, MANY, SHRUNK = 15, 15, 0.85
ALLOWED = (0.02, 0.05, 0.1)
PRIOR = (9, 1)  # seen and overlooked decoys that a session begins with, as it were


@dataclass
class Outcome:
    """What growths came to: bounds that were stated, actions, objects, and the decoys seen and overlooked."""

    actions: int = 0
    objects: int = 0
    decoys: list[int] = field(default_factory=lambda: [0, 0])
    stated: list[tuple[Tally, float, tuple[int, int], int, int]] = field(default_factory=list)


def main() -> None:
    """Print how many bounds held, for each way to state them."""
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--states", type=int, default=2)
    parser.add_argument("--first", type=int, default=20, help="the first random state")
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--miss", type=float, nargs="+", default=[0, 0.1, 0.2, 0.3])
    parser.add_argument("--error", type=float, default=0.0)
    parser.add_argument("--decoys", type=int, default=0, help="known-wrong images on every random page")
    options = parser.parse_args()
    rankings = [one for state in range(options.first, options.first + options.states) for one in drawn(state)]
    for miss in options.miss:
        rng = np.random.default_rng(1)
        eyes = Eyes(options.error, miss, 0, rng)
        all_of_them = []
        for _ in range(options.sessions):
            session = Outcome()
            for place in rng.permutation(len(rankings))[:GROWTHS]:
                grow(*rankings[place], session, eyes, options.decoys, rng)
            all_of_them.append(session)
        tell(miss, all_of_them, options.sessions * GROWTHS)


def drawn(state: int) -> list[tuple[np.ndarray, int]]:
    """Return for each large class of each kind of collection which of its candidates are right, and how many are nearer."""
    rankings = []
    for number, kind in enumerate(KINDS):
        with tempfile.TemporaryDirectory() as folder:
            project, path = synthetic.make(Path(folder) / "made", OBJECTS, state, **kind)
            labels = read_labels(project, path, "label").astype(str)
            rng, vectors = np.random.default_rng([state, number]), np.asarray(morphospace.read_pca(project))
            found, counts = np.unique(labels[labels != synthetic.NOTHING], return_counts=True)
            morphs = {}
            for label in found[counts >= LEAST]:
                own = np.flatnonzero(labels == label)
                distance = ((vectors[own] - vectors[rng.choice(own)]) ** 2).sum(axis=1)
                corner = own[np.argsort(distance)[:START]]
                morphs[label] = review.gather(project, corner, shown=corner)
            membership = Membership(project)
            for label, node_id in morphs.items():
                survey = review.draft_growth(project, node_id, membership=membership, vectors=vectors)
                rankings.append((labels[survey.objects] == label, survey.parameters["nearer"]))
    return rankings


def grow(
    is_right: np.ndarray, nearer: int, out: Outcome, eyes: Eyes, decoys: int, rng: np.random.Generator
) -> None:
    """Play one growth: rulers, then random pages, up to three sets."""
    is_open, ruler, attempt, former = (
        np.ones(len(is_right), bool),
        finding.first_ruler(len(is_right), nearer),
        0,
        0,
    )
    while True:
        cut: finding.Ruler | int = ruler
        while isinstance(cut, finding.Ruler):
            rows = finding.draw_rows(cut, np.flatnonzero(is_open), rng)
            shares = [eyes.see_twice(is_right[row]).mean() if len(row) else 0.0 for row in rows]
            out.actions += 1
            cut = finding.after_row(cut, last_stratum(np.array(shares), GOOD))
        cut = min(cut, round(SHRUNK * former)) if attempt else cut
        frozen = rng.permutation(np.flatnonzero(is_open[:cut]))
        if len(frozen) < (certifying.SMALLEST if attempt else 1):
            return
        if certify(is_right, is_open, frozen, attempt, out, eyes, decoys) is Verdict.CERTIFIED:
            return
        attempt, former = attempt + 1, cut
        if attempt == len(certifying.SHARES) or cut < certifying.SMALLEST:
            return
        ruler = finding.even_ruler(0, cut)


def certify(
    is_right: np.ndarray,
    is_open: np.ndarray,
    frozen: np.ndarray,
    attempt: int,
    out: Outcome,
    eyes: Eyes,
    decoys: int,
) -> Verdict:
    """Show random pages of a set until it is certified, or too large."""
    tally, verdict, at = Tally(len(frozen)), Verdict.NEXT_PAGE, 0
    is_look = len(frozen) <= certifying.PAGE
    size = certifying.PAGE - (0 if is_look else decoys)
    while verdict is Verdict.NEXT_PAGE:
        page = frozen[at : at + size]
        at += len(page)
        wrong = page[~eyes.see(is_right[page])]
        seen = int((~eyes.see(np.zeros(0 if is_look else decoys, bool))).sum())
        out.decoys[0] += seen
        out.decoys[1] += 0 if is_look else decoys - seen
        is_clicked = (decoys or eyes.are_wary) and not is_look and 0 < len(wrong) + seen < MANY
        is_clicked = is_clicked or (is_look and len(wrong) > (1 - TARGET) * len(page))
        out.actions += 1 + (len(wrong) + seen if is_clicked else 0)
        if is_clicked and eyes.are_wary:
            wrong = wrong[~eyes.see(is_right[wrong])]
        are_many = len(wrong) >= MANY and not is_clicked
        is_named = is_clicked or not len(wrong)
        tally = Tally(
            tally.total,
            tally.looked + len(page),
            tally.wrong + (len(page) if are_many else len(wrong)),
            tally.removed + is_named * len(wrong),
            tally.settled + is_named * len(page),
            tally.pages + 1,
        )
        if is_named:
            is_open[page] = False
            out.objects += len(page) - len(wrong)
        verdict = certifying.judge(tally, attempt=attempt, target=TARGET, are_many=are_many)
    rest = frozen[is_open[frozen]]
    if verdict is Verdict.CERTIFIED:
        is_open[rest] = False
        out.objects += len(rest)
        if len(rest):
            alpha = certifying.alpha_of_test(attempt, tally.pages)
            known = (out.decoys[0], out.decoys[1])
            out.stated.append((tally, alpha, known, len(rest), int((~is_right[rest]).sum())))
    return verdict


def tell(miss: float, sessions: list[Outcome], growths: int) -> None:
    """Print a line for each way to state bounds."""
    actions, objects = (sum(getattr(one, name) for one in sessions) for name in ("actions", "objects"))
    stated = [one for session in sessions for one in session.stated]
    print(
        f"{miss:.0%} overlooked: {growths} growths, {len(stated)} bounds, {actions / growths:.2f} actions a growth, "
        f"{objects / actions:.1f} objects an action"
    )
    ways: dict[str, tuple[float, float] | None] = {"as it is": (1.0, 0.0)}
    ways |= {f"{share:.0%} allowed for": (1 - share, share) for share in ALLOWED}
    if any(sum(session.decoys) for session in sessions):
        ways["by decoys"] = None
    for name, way in ways.items():
        short, gaps = [], []
        for tally, alpha, known, rest, wrong in stated:
            seen = way or (PRIOR[0] + known[0], PRIOR[1] + known[1])
            most = min(most_wrong(tally.total, tally.looked, tally.wrong, alpha, *seen) - tally.removed, rest)
            short.append(max(0, wrong - most))
            gaps.append((most - wrong) / rest)
        held = np.array(short) == 0
        error = np.sqrt(held.mean() * (1 - held.mean()) / len(held))
        print(
            f"    {name:16s} held {held.mean():.3f} ± {error:.3f}, mean gap {np.mean(gaps):.4f}, the others short by "
            f"{np.mean([one for one in short if one] or [0]):.1f} objects, at most {max(short)}",
            flush=True,
        )


@lru_cache(100_000)
def most_wrong(total: int, looked: int, wrong: int, alpha: float, seen: float, missed: float) -> int:
    """Return how many may be wrong where some of the wrong ones in the sample were overlooked."""
    if not missed:
        return certifying.most_wrong(total, looked, wrong, alpha)
    there = np.arange(looked + 1)
    is_share = seen + missed == 1
    noticed = binom.cdf(wrong, there, seen) if is_share else betabinom.cdf(wrong, there, seen, missed)
    low, high = wrong, total
    while low < high:
        middle = (low + high + 1) // 2
        if (hypergeom.pmf(there, total, middle, looked) * noticed).sum() > alpha:
            low = middle
        else:
            high = middle - 1
    return low


if __name__ == "__main__":
    main()
