"""
Season and trend of the plankton of Lake Washington, 1962 to 1994: are known changes of the lake found?

Monthly means with gaps; phytoplankton in cells per mL, zooplankton in individuals per L. Every group by itself: months, the usual
year, anomalies of log10(x + m / 2), their trend, by months and by annual means. Diversity is that of the zooplankton columns (nine groups of
very unlike rank: a toy, not an index of the lake).

    .venv/bin/python benchmarks/lake_washington.py ../shared/formats/timeseries/lakeWA_plankton_1962_1994.csv

Seconds: 1. What it prints is discussed in docs/timeseries.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from morphoexplore.methods import decomposing, timeseries, trends

ENVIRONMENT = ["Temp", "TP", "pH"]  # degrees C, micrograms of phosphorus per L
ZOOPLANKTON = [
    "Conochilus",
    "Cyclops",
    "Daphnia",
    "Diaptomus",
    "Epischura",
    "Leptodora",
    "Neomysis",
    "Non.daphnid.cladocerans",
    "Non.colonial.rotifers",
]
ERAS = {"1962-68": (1962, 1968), "1969-75": (1969, 1975), "1976-94": (1976, 1994)}


def read(path: Path) -> pd.DataFrame:
    """Return the table with a time, the middle of each month."""
    table = pd.read_csv(path)
    table.index = pd.to_datetime({"year": table["Year"], "month": table["Month"], "day": 15})
    return table.drop(columns=["Year", "Month"])


def describe(series: pd.DataFrame) -> dict[str, object]:
    """Return what is found in one series."""
    usual = timeseries.climatology(series)
    table = timeseries.anomalies(series, usual)
    found = trends.find_trend(table["anomaly"], per_year=12)
    years = trends.find_trend(timeseries.annual_means(table, column="anomaly")["value"])
    parts = decomposing.decompose(timeseries.observed(series), 12)
    return {
        "missing": int((series["status"] == "missing").sum()),
        "highest": int(usual["mean"].idxmax()),
        "lowest": int(usual["mean"].idxmin()),
        "season": float(np.ptp(usual["mean"])),
        "per decade": 10 * found.slope,
        "gls": 10 * found.gls_slope,
        "gls low": 10 * found.gls_low,
        "gls high": 10 * found.gls_high,
        "p": found.p,
        "gls p": found.gls_p,
        "lag1": found.lag1,
        "n_eff": found.n_eff,
        "p of years": years.p,
        "gls p of years": years.gls_p,
        "stl": f"{parts.status}, {parts.turns} turns",
    }


def shannon(table: pd.DataFrame) -> pd.Series:
    """Return the Shannon entropy of the zooplankton columns, missing where one is missing."""
    shares = table[ZOOPLANKTON].div(table[ZOOPLANKTON].sum(axis=1, skipna=False), axis=0)
    logs = np.log(shares.where(shares > 0, 1.0))
    return -(shares * logs).sum(axis=1, skipna=False)


def main(path: Path) -> None:
    table = read(path)
    rows, eras = {}, {}
    columns = {name: table[name] for name in table} | {"Shannon (zooplankton)": shannon(table)}
    for name, values in columns.items():
        is_concentration = name in table and name not in ENVIRONMENT
        numbers = timeseries.log_concentration(values) if is_concentration else values
        rows[name] = describe(timeseries.regularise(values.index, numbers))
        eras[name] = {era: values[str(first) : str(last)].mean() for era, (first, last) in ERAS.items()}
    trends_table = pd.DataFrame(rows).T
    trends_table["p adjusted"] = trends.benjamini_hochberg(trends_table["p"].to_numpy(np.float64))
    with pd.option_context(
        "display.width", 250, "display.max_columns", 50, "display.float_format", "{:.3f}".format
    ):
        print("Season and trend (concentrations as log10):")
        print(trends_table.infer_objects().to_string())
        print("\nMeans of months, in the units of the table:")
        print(pd.DataFrame(eras).T.to_string())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
