"""The command line: each verb parses, calls one function and prints."""

from __future__ import annotations

from morphoexplore.cli import (
    building,
    partitioning,
    refining,
    results,
    serving,
    simulating,
    sorting,
    taxonomy,
    volumes,
)
from morphoexplore.cli.group import cli

__all__ = ["cli"]

for verb in (  # in the order of work
    building.demo,
    building.run,
    building.init,
    building.add,
    building.train,
    building.extract,
    building.embed,
    building.seed,
    serving.serve,
    refining.refine,
    partitioning.partition,
    sorting.arrange,
    taxonomy.taxa,
    sorting.name,
    sorting.status,
    sorting.undo,
    sorting.redo,
    sorting.check,
    sorting.relocate,
    sorting.similar,
    volumes.volumes,
    volumes.summary,
    results.diversity,
    results.export,
    results.evaluate,
    simulating.simulate,
):
    cli.add_command(verb)
