"""The lines that verbs print, from what the functions behind them return."""

from __future__ import annotations

import math
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from morphoexplore.cli.printing import WIDTH, counted, cut, is_missing, number, printable, table, warn

if TYPE_CHECKING:
    import pandas as pd

    from morphoexplore.methods.recipe import Step
    from morphoexplore.records import Decision, Node
    from morphoexplore.store.project import Project


NULL_RATIO = "null ratio: objects in groups, over those by chance; 1 is chance, below 1.5 there are no groups"


def tell_added(study: Project, source: Path, result: dict[str, Any], tell: Callable[[str], None]) -> None:
    """Say what a source brought, with remarks, and where problems are listed."""
    tell(add_line(result, source))
    for note in result["notes"]:
        warn(note)
    if result["problems"] + result["unreadable"]:
        warn(f"What could not be used is listed in {study.folder / 'problems.csv'}.")


def add_line(result: dict[str, Any], source: Path) -> str:
    """Say what a source brought."""
    if "updated" in result:
        levels = {"object": result["there"]}
        if not result["there"]:
            levels = {"sample": result["samples"], "acquisition": result["acquisitions"]}
        whose = " and ".join(counted(count, word) for word, count in levels.items() if count) or "no object"
        parts = [f"{source}: {counted(result['updated'], 'value')} of {whose} changed"]
        if result["changed"]:
            most = [f"{printable(name)} {number(count)}" for name, count in result["changed"].items()]
            more = f" and {len(most) - 8} more columns" if len(most) > 8 else ""
            parts[0] += f" ({', '.join(most[:8])}{more})"
        if result["unknown"]:
            parts.append(f"{counted(result['unknown'], 'object')} not in the project")
    else:
        parts = [f"{source}: {counted(result['objects'], 'new object')}"]
        if result["objects"]:
            parts[0] += (
                f" with {counted(result['images'], 'image')} from {counted(result['samples'], 'new sample')} and "
                f"{counted(result['acquisitions'], 'new acquisition')}"
            )
        if result["there"]:
            parts.append(f"{number(result['there'])} were there already")
    if result["unreadable"]:
        parts.append(f"{counted(result['unreadable'], 'image')} could not be read")
    if result["problems"]:
        parts.append(counted(result["problems"], "problem"))
    if "taken" in result:
        parts.append(_taken(result["taken"]))
    return "; ".join(parts) + "."


def _taken(taken: dict[str, Any]) -> str:
    """Say what became of annotations."""
    if not taken["objects"]:
        states = ", ".join(f"{printable(name)} {number(count)}" for name, count in taken["states"].items())
        before = f", {number(taken['in_morphs'])} were in morphs before" if taken["in_morphs"] else ""
        return f"no annotation was taken over{before} (states: {states or 'none'})"
    return (
        f"{counted(taken['objects'], 'annotated object')} taken over into {counted(taken['morphs'], 'morph')}, "
        f"{number(taken['new_morphs'])} of them new, with {counted(taken['new_branches'], 'new branch')}"
    )


class LossTeller:
    """
    Says now and then how a training goes.

    Parameters
    ----------
    tell : callable
        Prints a line.
    every : float
        Seconds between lines.
    """

    def __init__(self, tell: Callable[[str], None], every: float = 60.0) -> None:
        self._tell, self._every = tell, every
        self._told = time.monotonic()
        self._losses: list[float] = []

    def __call__(self, step: Step) -> None:
        """Take note of a step."""
        self._losses.append(step.loss)
        if time.monotonic() - self._told < self._every:
            return
        minutes = math.ceil(step.seconds_left / 60)
        mean = sum(self._losses) / len(self._losses)
        self._tell(
            f"{number(step.seen)} of {number(step.budget)} images seen, loss {mean:.3f}; about "
            f"{counted(minutes, 'minute')} left."
        )
        self._told, self._losses = time.monotonic(), []


def train_lines(project: Path, result: dict[str, Any]) -> list[str]:
    """Say how a training went and what to do next."""
    seen = f"{number(result['images_seen'])} images seen ({result['epochs']:g} times {number(result['objects'])})"
    loss = f"loss {result['curve'][0][1]:.2f} at first, {result['loss']:.2f} at the end"
    if not result["trained"]:
        first = f"This is there already: {result['model']}, {seen}, {loss}. To train anew: --again"
    else:
        first = f"Trained {result['model']}: {seen}; {loss}."
    follow = f"Next: morphoexplore extract {project} --model learned"
    return [*result["notes"], first, follow]


def extract_line(result: dict[str, Any]) -> str:
    """Say how many objects were described."""
    if not result["objects"]:
        return f"{result['name']}: all {counted(result['there'], 'object')} were described already."
    count = result["objects"] - result["unreadable"] - result["blank"] - result["imageless"]
    parts = [f"{result['name']}: described {counted(count, 'object')} by {result['dims']} numbers each"]
    if not count:
        parts = [f"{result['name']}: described no object"]
    if result["unreadable"]:
        parts.append(f"{counted(result['unreadable'], 'image')} could not be read (see problems.csv)")
    if result["blank"]:
        parts.append(
            f"{counted(result['blank'], 'image')} not measured: nothing stands out (see problems.csv)"
        )
    if result["imageless"]:
        parts.append(f"{counted(result['imageless'], 'object')} without an image")
    if result["cut"]:
        parts.append(f"{counted(result['cut'], 'object')} at the border of the image, perhaps cut")
    if result["null_ratio"]:
        parts.append(f"null ratio {result['null_ratio']:.1f}")
    return "; ".join(parts) + "."


def embed_line(result: dict[str, Any]) -> str:
    """Say how many objects were placed."""
    lost = (
        f"; {counted(result['without'], 'object')} without features, and so no place"
        if result["without"]
        else ""
    )
    ratio = f"; null ratio {result['null_ratio']:.1f}" if result["null_ratio"] else ""
    if not result["objects"]:
        return f"All {counted(result['there'], 'object')} had their place in the morphospace already{lost}."
    return (
        f"Placed {counted(result['objects'], 'object')} in a morphospace of {result['dims']} dimensions "
        f"({result['explained']:.0%} of the variance) and on the map{lost}{ratio}."
    )


def seed_lines(result: dict[str, Any]) -> list[str]:
    """Say which seeds a round proposed."""
    lines = []
    if result["min_size"] is not None:
        share = result["objects"] / max(1, result["free"])
        start = "Round" if result["is_new"] else "This is there already: round"
        lines.append(
            f"{start} {result['round']}: {counted(result['seeds'], 'seed')} (minimum size {result['min_size']}) with "
            f"{number(result['objects'])} of {counted(result['free'], 'free object')} ({share:.0%}); "
            f"{number(result['pending'])} pending."
        )
        if result["null_ratio"]:
            lines.append(
                f"Groups of 5 and more hold {result['null_ratio']:.1f} times the objects that they would hold in data "
                "without structure."
            )
    return [*lines, *result["notes"]]


def status_lines(title: str, counts: dict[str, Any]) -> list[str]:
    """Say what a project holds and what to do next."""
    places = ", ".join(map(_place, counts["embeddings"])) or "none"
    seeds = ", ".join(f"{number(count)} {state}" for state, count in counts["seeds"].items())
    origins = ", ".join(f"{number(count)} {origin}" for origin, count in counts["origins"].items() if count)
    share = f" ({counts['members'] / counts['objects']:.0%})" if counts["objects"] else ""
    branches = f" in {counted(counts['branches'], 'branch')}" if counts["branches"] else ""
    lines = [
        f"Project      {title}",
        f"Objects      {number(counts['objects'])} with {counted(counts['images'], 'image')} in {counted(counts['samples'], 'sample')}",
        *_lost_lines(counts),
        *_feature_lines(counts["feature_sets"]),
        f"Embeddings   {places}",
        f"Round        {counts['round'] or 'none'}; seeds: {seeds}",
        f"Morphs       {number(counts['morphs'])} ({number(counts['named'])} named){branches}",
        f"Sorted       {number(counts['members'])}{share}{': ' + origins if origins else ''}; free: {number(counts['free'])}",
        *_new_lines(counts["new"]),
        *_precision_lines(counts["precision"]),
        *_progress_lines(counts["progress"]),
        f"Decisions    {number(counts['decisions'])}; rejections: {number(counts['rejections'])}; looks: {number(counts['looks'])}",
    ]
    if counts["undo"]:
        lines.append(f"Undo         {counts['undo']}")
    if counts["redo"]:
        lines.append(f"Redo         {counts['redo']}")
    if counts["problems"] or counts["unreadable"]:
        lines.append(f"Problems     {number(counts['problems'])} (see problems.csv)")
    if counts["running"]:
        lines.append(f"Running      {', '.join(counts['running'])}")
    return [*lines, f"Next         {counts['next']}"]


def _new_lines(new: dict[str, int]) -> list[str]:
    """Say how many objects came after something was sorted; nothing where none of them is free."""
    if not new["free"]:
        return []
    free = "" if new["free"] == new["came"] else f", {number(new['free'])} of them free"
    return [
        f"New          {counted(new['came'], 'object')} came with the last add{free}; see page New objects"
    ]


def _precision_lines(errors: dict[str, Any]) -> list[str]:
    """Say how many members are wrong at most, and of how many nobody knows."""
    if not errors["members"]:
        return []
    said, unknown = [], errors["unseen"] - errors["covered"]
    if errors["covered"]:
        said.append(
            f"of the {number(errors['covered'] + errors['passed'])} members that samples speak of, about {errors['expected']:.0f} are wrong, "
            f"at most {number(errors['most'])}"
        )
    if unknown:
        said.append(f"{number(unknown)} members that nobody looked at: not known (audit them)")
    return [f"Precision    {'; '.join(said) or 'every member was looked at'}"]


def _progress_lines(progress: dict[str, Any]) -> list[str]:
    """Say how fast this person sorts and about how long it still takes; nothing where too little is known."""
    if progress["per_hour"] is None:
        return []
    said = [f"{number(round(progress['per_hour']))} objects an hour of your work"]
    if progress["per_hour_today"] is not None:
        said.append(f"{number(round(progress['per_hour_today']))} today")
    if progress["hours_left"]:
        said.append(f"at this speed about {progress['hours_left']:.2g} hours left (a guess)")
    return [f"Speed        {'; '.join(said)}"]


def _lost_lines(counts: dict[str, Any]) -> list[str]:
    """Say how many objects are in the project without being in its feature sets."""
    parts = []
    if counts["unreadable"]:
        parts.append(f"{counted(counts['unreadable'], 'image')} could not be read")
    if counts["not_measured"]:
        parts.append(f"{counted(counts['not_measured'], 'object')} not measured, as the image shows nothing")
    return [f"{'':<13}{'; '.join(parts)}"] if parts else []


def _feature_lines(sets: list[dict[str, Any]]) -> list[str]:
    """List the feature sets, those first that show groups most clearly."""
    if not sets:
        return ["Features     none"]
    ranked = sorted(sets, key=lambda one: -(one["null_ratio"] or 0))
    # Refined features have learned from the morphs that they show.
    scored = [one for one in ranked if one["null_ratio"] is not None and one["name"] != "refined"]
    lines: list[str] = []
    for one in ranked:
        ratio = "" if one["null_ratio"] is None else f", null ratio {one['null_ratio']:.1f}"
        best = " (the clearest groups)" if len(scored) > 1 and one is scored[0] else ""
        lines.append(f"{'' if lines else 'Features':<13}{one['name']}: {one['dims']} numbers{ratio}{best}")
    if scored:
        lines.append(f"{'':<13}{NULL_RATIO}")
    return lines


def _place(one: dict[str, Any]) -> str:
    joined = f", of {' + '.join(one['features'])}" if one.get("features") else ""
    ratio = "" if one.get("null_ratio") is None else f", null ratio {one['null_ratio']:.1f}"
    return f"{one['name']} ({one['dims']}{joined}{ratio})"


def morph_lines(morphs: pd.DataFrame) -> list[str]:
    """List the morphs, the name last because it may be long."""
    morphs = morphs.rename(columns={"is_complete": "complete", "path": "morph"})
    origins = [origin for origin in ("looked", "seed", "grown", "imported") if morphs[origin].any()]
    taxon = ["taxon"] if morphs["taxon"].notna().any() else []
    known = ["precision"] if morphs["precision"].notna().any() else []
    return table(morphs[["node_id", "members", *origins, *known, "complete", "kind", *taxon, "morph"]])


def preview_lines(counts: pd.DataFrame) -> list[str]:
    """List what seeds of several smallest sizes would hold; shares are of the free objects, without those that are kept out."""
    sizes = ["" if is_missing(size) else f"{size:,.0f}" for size in counts["median_size"]]
    named = counts.assign(median_size=sizes).rename(
        columns={"clustered": "share_in_seeds", "biggest": "share_of_largest"}
    )
    kept_out = counts.attrs.get("kept_out", 0)
    return [
        *(
            [f"Kept out, because like a morph already: {counted(kept_out, 'free object')}"]
            if kept_out
            else []
        ),
        *table(named),
    ]


def tree_lines(outline: Iterable[tuple[int, Node]], counts: Mapping[int, int]) -> list[str]:
    """Draw the tree: number, members (of a branch: of all that it owns), and name, by depth."""
    rows = list(outline)
    members = [0] * len(rows)
    for place in reversed(range(len(rows))):
        depth, node = rows[place]
        members[place] = counts.get(node.node_id, 0)
        if node.is_branch:
            for below in range(place + 1, len(rows)):
                if rows[below][0] <= depth:
                    break
                members[place] += counts.get(rows[below][1].node_id, 0)
    if not rows:
        return ["The tree is empty."]
    heads = [("node_id", "members", "morph")]
    cells = [
        (
            str(node.node_id),
            number(size),
            "  " * depth + printable(node.title) + ("/" if node.is_branch else ""),
        )
        for (depth, node), size in zip(rows, members, strict=True)
    ]
    first, second = (max(len(row[column]) for row in heads + cells) for column in (0, 1))
    return [cut(f"{a:>{first}}  {b:>{second}}  {c}", WIDTH) for a, b, c in heads + cells]


def group_lines(groups: Iterable[Iterable[int]], titles: Mapping[int, str]) -> list[str]:
    """List proposed groups of morphs by their titles."""
    lines = []
    for place, group in enumerate(groups, start=1):
        text = ", ".join(printable(titles[node_id]) for node_id in group)
        lines += textwrap.wrap(text, WIDTH, initial_indent=f"{place:>3}  ", subsequent_indent=" " * 5)
    return lines


def decision_line(did: str, decision: Decision, titles: Mapping[int, str]) -> str:
    """Say which decision was undone or redone."""
    title = titles.get(decision.node_id) if decision.node_id is not None else None
    about = f" ({printable(title)})" if title else ""
    return f"{did} '{decision.verb}' of {decision.user}{about}, {_moment(decision.time)}."


def _moment(time: str) -> str:
    return time[:19].replace("T", " ") + " UTC"


def history_lines(decisions: pd.DataFrame, titles: Mapping[int, str]) -> list[str]:
    """List decisions with what they were about."""
    frame = decisions.copy()
    frame["time"] = [_moment(time) for time in frame["time"]]
    frame["morph"] = [titles.get(node_id, "") for node_id in frame["node_id"]]
    names = {"decision_id": "decision", "seed_id": "seed", "target_id": "of", "is_undone": "undone"}
    return table(
        frame.rename(columns=names)[
            ["decision", "time", "user", "verb", "seed", "of", "undone", "node_id", "morph"]
        ]
    )


def diversity_lines(report: dict[str, Any]) -> list[str]:
    """Say what was counted, and where tables and figures lie."""
    what = "morph" if report["morph_set"] == "tree" else "cell"
    return [
        f"{counted(report['samples'], 'sample')}, {counted(report['morphs'], what)}, "
        f"{counted(report['objects'], 'object')} counted; {report['share_unsorted']:.0%} of all objects are unsorted.",
        *report["notes"],
        *(f"Wrote {path}" for path in report["files"]),
    ]


def score_lines(scores: dict[str, Any]) -> list[str]:
    """Say how well morphs, seeds and similar images agree with reference labels, in words."""
    lines = [f"{counted(scores['labelled'], 'labelled object')}, {counted(scores['labels'], 'label')}."]
    morphs, seeds, similar = scores["morphs"], scores["seeds"], scores["similar"]
    if morphs is not None:
        lines += [
            f"Morphs    {_share(morphs['sorted'])} of the labelled objects are sorted; "
            f"{_share(morphs['purity'])} of these have the commonest label of their morph (purity)",
            f"          agreement of sorted objects: adjusted mutual information {_score(morphs['ami'])}, "
            f"adjusted Rand index {_score(morphs['ari'])}",
            f"          F1 over all labelled objects: {_score(morphs['macro_f1'])} (mean of labels), "
            f"{_score(morphs['weighted_f1'])} (weighted by their objects)",
        ]
    if seeds is not None:
        lines += [
            f"Seeds     {number(seeds['pure'])} of {number(seeds['seeds'])} of the last round are pure "
            f"(at least 80% of one label), of {counted(seeds['classes'], 'different label')}",
            f"          they hold {_share(seeds['share_pure'])} of the labelled objects; "
            f"median purity of all {_share(seeds['median_purity'])}",
        ]
    if similar is not None:
        ranks = ", ".join(
            f"{_score(value)} (first {key.partition('@')[2]})" for key, value in similar.items()
        )
        lines.append(f"Similar   mean average precision {ranks}")
    return [*lines, *(f"Wrote {path}" for path in scores["files"])]


def _share(value: float) -> str:
    return "-" if is_missing(value) else f"{value:.0%}"


def _score(value: float) -> str:
    return "-" if is_missing(value) else f"{value:.2f}"


def demo_lines(folder: Path, report: dict[str, Any]) -> list[str]:
    """Say what the demo found, where it lies, and how to go on."""
    counts, scores = report["status"], report["scores"]["morphs"]
    following = {
        f"morphoexplore serve {folder}": "look, review, grow, arrange and name in the browser",
        f"morphoexplore status {folder} --morphs": "what was found",
        f"morphoexplore status {folder} --tree": "morphs of like form in one branch",
        f"morphoexplore undo {folder}": "take a decision back",
        "morphoexplore run my-study SOURCE": "the same with images of your own, up to the first review",
    }
    width = max(map(len, following))
    return [
        "",
        *status_lines(folder.name, counts | {"next": ""})[:-1],
        "",
        "Nobody looked at these morphs: the demo confirmed the seeds of two rounds unseen. Against the forms that were",
        f"drawn, {scores['purity']:.0%} of the sorted objects are in a morph of their own form; {scores['sorted']:.0%} are sorted.",
        "",
        "Pictures, tables and plots:",
        *(
            f"  {path}"
            for path in [report["sheet"], *report["diversity"]["files"], report["members"]["file"]]
        ),
        *report["diversity"]["notes"],
        "",
        "Next:",
        *(f"  {command:<{width}}   {what}" for command, what in following.items()),
    ]
