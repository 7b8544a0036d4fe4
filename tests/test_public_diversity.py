"""``morphoexplore.diversity`` is a module of numbers and the verb of that name, whichever is asked for first."""

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import morphoexplore as mx
import morphoexplore.diversity as public
from morphoexplore.errors import StepMissingError
from morphoexplore.methods import diversity as numbers

FIXED = [
    "richness",
    "shannon",
    "simpson",
    "hill",
    "hill_profile",
    "pielou",
    "chao1",
    "coverage",
    "rarefy",
    "coverage_standardise",
    "rao",
    "similarity_hill",
    "attribute_hill",
    "functional_richness",
    "functional_evenness",
    "functional_divergence",
    "functional_dispersion",
    "functional_specialisation",
    "functional_originality",
    "community_weighted_mean",
    "bray_curtis",
    "temporal_beta",
]


@pytest.mark.parametrize("name", FIXED)
def test_the_names_that_others_call_are_public(name):
    assert getattr(public, name) is getattr(mx.diversity, name)
    assert name in public.__all__


@pytest.mark.parametrize("asked", ["import morphoexplore.diversity", "mx.write_diversity"])
def test_the_verb_and_the_module_share_a_name_in_any_order(asked):
    lines = [
        "import morphoexplore as mx",
        asked,
        "assert callable(mx.diversity)",
        "assert mx.diversity.hill([1, 1], q=0) == (2.0, 'ok')",
        "import morphoexplore.diversity as again",
        "assert again is mx.diversity",
        "assert callable(mx.write_diversity)",
    ]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True)


def test_calling_the_module_runs_the_verb(tmp_path):
    project = mx.create_project(tmp_path / "study")
    for verb in (mx.diversity, mx.write_diversity):
        with pytest.raises(StepMissingError):
            verb(project, tmp_path / "out", formats=[])


@pytest.mark.parametrize(
    "name", [module.name for module in pkgutil.iter_modules(numbers.__path__)] + ["the public one"]
)
def test_examples_in_the_documents_of_functions_hold(name):
    module = public if name == "the public one" else importlib.import_module(f"{numbers.__name__}.{name}")
    given = {"simpson": numbers.simpson, "pd": importlib.import_module("pandas")}
    assert doctest.testmod(module, extraglobs=given).failed == 0


def test_every_public_function_explains_itself():
    for name in public.__all__:
        thing = getattr(public, name)
        if callable(thing):
            assert inspect.getdoc(thing), name
