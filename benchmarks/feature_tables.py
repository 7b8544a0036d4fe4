"""The rows of the benchmark of the feature sets as tables."""

from __future__ import annotations

from typing import Any

import pandas as pd

Row = dict[str, Any]


def as_text(rows: list[Row]) -> str:
    """Return the tables for a terminal."""
    return "\n\n".join(
        f"{title}\n\n{table.to_string(index=False, na_rep='')}" for title, table in _tables(rows)
    )


def as_markdown(rows: list[Row]) -> str:
    """Return the tables in Markdown."""
    return "\n\n".join(f"{title}\n\n{_markdown(table)}" for title, table in _tables(rows))


def _tables(rows: list[Row]) -> list[tuple[str, pd.DataFrame]]:
    """Return what each set costs, and its scores at each level, with a title each."""
    tables = [("What it costs", pd.DataFrame([_cost(row) for row in rows if "hours_per_million" in row]))]
    for place, scored in enumerate(rows[0]["scores"]):
        without = f" without {', '.join(scored['excluded'])}" if scored["excluded"] else ""
        title = f"Labels of the column {scored['level']}{without}: {scored['objects']} objects of {scored['labels']} labels"
        tables.append((title, pd.DataFrame([_scores(row, row["scores"][place]) for row in rows])))
    refined = [row for row in rows if row["features"] == "refined"]
    if refined:
        tables.append(
            (
                "Refined after 30 % were named, before and after: the other objects, and those of labels of which none "
                "was named",
                pd.DataFrame([_refined(scored) for scored in refined[0]["scores"]]),
            )
        )
    return tables


def _cost(row: Row) -> Row:
    training = row.get("training")
    return {
        "features": row["features"],
        "dims": row["dims"],
        "images/s": _number(row["images_per_s"], 0),
        "of the bare engine": "" if row["share_of_engine"] is None else f"{row['share_of_engine']:.0%}",
        "hours for 10^6 on 2 cores": _number(row["hours_per_million"], 1),
        "trained on": ""
        if training is None
        else f"{training['images_seen']:,} images seen".replace(",", " "),
    }


def _scores(row: Row, scored: Row) -> Row:
    ratio = scored.get("null_ratio", row.get("null_ratio"))
    return {
        "features": row["features"],
        "5-NN": _number(scored["knn_accuracy"], 3),
        "macro F1": _number(scored["macro_f1"], 3),
        "AMI": _number(scored["kmeans_ami"], 3),
        "pure seeds": f"{scored['seeds_pure']} of {scored['seeds']}",
        "classes": str(scored["classes_found"]),
        "coverage": f"{scored['coverage']:.0%}",
        "null ratio": _number(ratio, 1),
        "with all labels": _number(scored.get("supervised_accuracy"), 3),
    }


def _refined(scored: Row) -> Row:
    without = f" without {', '.join(scored['excluded'])}" if scored["excluded"] else ""

    def pair(name: str, of: str) -> str:
        return f"{_number(scored[f'{of}before_{name}'], 3)} → {_number(scored[f'{of}{name}'], 3)}"

    return {
        "labels": f"{scored['level']}{without}",
        "AMI of the others": pair("kmeans_ami", ""),
        "5-NN of the others": pair("knn_accuracy", ""),
        "AMI of labels never named": pair("kmeans_ami", "left_out_"),
        "5-NN of labels never named": pair("knn_accuracy", "left_out_"),
    }


def _number(value: float | None, digits: int) -> str:
    return "" if value is None or value != value else f"{value:.{digits}f}"


def _markdown(table: pd.DataFrame) -> str:
    lines = [list(table.columns), ["---"] * len(table.columns), *table.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
