"""Reference vectors: what R packages, scikit-bio and closed forms give for the same input."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from morphoexplore.methods import diversity as d

OWN = Path(__file__).parents[1] / "vectors" / "diversity"
SHARED = Path(__file__).parents[3] / "shared" / "diversity_vectors"
FISHER = 2e-6  # vegan and scikit-bio stop their search there; ours solves its equation to the last digits, see test_diversity_counts
# iNEXT searches the size that has a coverage to 1e-4 of the sample; at the size that it found, ours agree to all digits.
SIZE_OF_COVERAGE = 1e-5


def vector(name):
    """Return a vector of ours, or one of the data of other packages, which are not ours to give away."""
    path = OWN / f"{name}.json"
    if not path.exists():
        path = SHARED / f"{name}.json"
    if not path.exists():
        pytest.skip(f"Reference vectors with data of GPL packages are not in this repository: {path}")
    return json.loads(path.read_text(encoding="utf-8"))


def close(found, expected, rtol, **options):
    value = np.asarray(getattr(found, "value", found), dtype=float)
    expected = np.array(
        [math.nan if one is None else float(one) for one in np.ravel(np.asarray(expected, dtype=object))]
    ).reshape(value.shape)
    np.testing.assert_allclose(value, expected, rtol=rtol, atol=1e-300, **options)


def apart(coordinates):
    return squareform(pdist(np.asarray(coordinates, dtype=float)))


# ------------------------------------------------------------------------------------------- closed forms


@pytest.mark.parametrize("dimensions", [2, 4, 6])
@pytest.mark.parametrize("shape", ["cube", "simplex", "cross_polytope"])
def test_solids_have_the_volumes_and_spreads_of_geometry(dimensions, shape):
    expected = vector("analytic_shared")["expected"][f"d{dimensions}"][shape]
    points = np.array(expected["coords"], dtype=float)
    even = np.ones(len(points))
    functions = {
        "FRic": d.functional_richness,
        "FDis_equal_w": d.functional_dispersion,
        "trace_cov_equal_w": d.rao,
        "FDiv_equal_w": d.functional_divergence,
        "FEve_equal_w": d.functional_evenness,
    }
    for name, function in functions.items():
        if name in expected:
            close(function(even, points), expected[name], 1e-10, err_msg=name)


@pytest.mark.parametrize("dimensions", [2, 4, 6])
def test_a_gaussian_cloud_spreads_as_it_must(dimensions):
    expected = vector("analytic_shared")["expected"][f"d{dimensions}"]["gaussian_iso_sigma1"]
    points = np.random.default_rng(4).standard_normal((200_000, dimensions))
    even = np.ones(len(points))
    close(d.functional_dispersion(even, points), expected["FDis_expect"], 0.005)
    close(d.rao(even, points), expected["Rao_halfsq_expect"], 0.01)
    found = d.rao_of_pairs(even, points)
    assert abs(found.value - expected["Rao_unsq_expect"]) < 4 * found.se + 0.005
    assert found.status == d.SAMPLED_PAIRS


def test_the_densest_region_of_a_gaussian_cloud_has_its_volume():
    expected = vector("analytic_shared")["expected"]["d2"]["gaussian_iso_sigma1"]["hdr95_volume"]
    points = np.random.default_rng(4).standard_normal((4000, 2))
    value, status = d.kernel_volume(np.ones(4000), points, 0.2)
    assert value / 1.04 == pytest.approx(
        expected, rel=0.05
    )  # kernels make the cloud wider, by 0.2^2 of its variance
    assert status == d.OK


# ----------------------------------------------------------------------------- hulls, trees, dispersion


@pytest.mark.parametrize("panel", ["a", "b", "c"])
def test_figure_two_of_villeger(panel):
    whole = vector("villeger2008_fig2_abc")
    inputs, expected = whole["inputs"][panel], whole["expected"][panel]["full"]
    points, weights = np.array(inputs["coords"], dtype=float), inputs["abundance"][0]
    rtol = whole["rtol"]
    close(d.functional_richness(weights, points), expected["FRic"], rtol)
    close(d.functional_richness(weights, points, pool=points), expected["FRic_stand"], rtol)
    close(d.functional_divergence(weights, points), expected["FDiv"], rtol)
    close(d.functional_evenness(weights, points), expected["FEve"], rtol)
    close(d.functional_dispersion(weights, points), expected["FDis"], rtol)
    close(d.rao(weights, points, convention="d"), expected["Q_unsquared"], rtol)


def fundiversity(weights, points, expected, rtol):
    """Compare with fundiversity, apart from empty samples, where it says 0 and we say that there is nothing."""
    there = np.asarray(weights, dtype=float).sum(axis=1) > 0
    found = {
        "FRic": d.functional_richness(weights, points),
        "FRic_stand": d.functional_richness(weights, points, pool=points),
        "FRic_rel": d.functional_richness(weights, points, pool=points),
        "FDiv": d.functional_divergence(weights, points),
        "FEve": d.functional_evenness(weights, points),
        "FDis": d.functional_dispersion(weights, points),
        "Q_unsquared": d.rao(weights, points, convention="d"),
    }
    for name, values in expected.items():
        close(found[name].value[there], np.array(values, dtype=object)[there], rtol, err_msg=name)
        assert np.isnan(found[name].value[~there]).all()
        assert (found[name].status[~there] == d.EMPTY).all()


@pytest.mark.parametrize("name", ["fundiv_birds", "fundiv_birds_scaled_nb"])
def test_birds_of_fundiversity(name):
    whole = vector(name)
    points = np.array(whole["inputs"]["coords"], dtype=float)
    fundiversity(whole["inputs"]["abundance"], points, whole["expected"], whole["rtol"])


def of_fd(weights, points, expected, rtol):
    found = {
        "nbsp": d.richness(weights),
        "FRic": d.functional_richness(weights, points),
        "FEve": d.functional_evenness(weights, points),
        "FDiv": d.functional_divergence(weights, points),
        "FDis": d.functional_dispersion(weights, points),
        "RaoQ": d.rao(weights, points, convention="d2"),
    }
    for name, result in found.items():
        if name in expected:
            close(result, expected[name], rtol, err_msg=name)


def test_tussock_of_fd():
    whole = vector("fd_tussock_pc3")
    points, weights = np.array(whole["inputs"]["coords"]), whole["inputs"]["abundance"]
    of_fd(weights, points, whole["expected"]["FD"], whole["rtol"])
    close(d.community_weighted_mean(weights, points), whole["expected"]["CWM"], whole["rtol"])
    fundiversity(weights, points, whole["expected"]["fundiversity"], whole["rtol"])


def test_fruits_of_mfd():
    whole = vector("mfd_fruits")
    points, weights = np.array(whole["inputs"]["coords"]), np.array(whole["inputs"]["abundance"], dtype=float)
    rtol, plain, scaled = whole["rtol"], whole["expected"]["unscaled"], whole["expected"]["scaled"]
    found = {
        "sp_richn": d.richness(weights),
        "fdis": d.functional_dispersion(weights, points),
        "fmpd": d.functional_mean_pairwise_distance(weights, points),
        "fnnd": d.functional_nearest_neighbour_distance(weights, points),
        "fric": d.functional_richness(weights, points),
        "fdiv": d.functional_divergence(weights, points),
        "fori": d.functional_originality(weights, points),
        "fspe": d.functional_specialisation(weights, points),
    }
    for name, result in found.items():
        close(result, plain[name], rtol, err_msg=name)
    centres = np.stack([plain[f"fide_PC{axis}"] for axis in range(1, 5)], axis=1)
    close(d.community_weighted_mean(weights, points), centres, rtol)
    close(d.functional_richness(weights, points, pool=points), scaled["fric"], rtol)
    farthest = np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1)).max()
    close(found["fspe"].value / farthest, scaled["fspe"], rtol)
    close(found["fmpd"].value / (apart(points).sum(axis=1) / (len(points) - 1)).max(), scaled["fmpd"], rtol)
    distances = np.array(whole["inputs"]["dist_gower"])
    for name, expected in whole["expected"]["hill_chao2019"].items():
        for column, q in enumerate((0, 1, 2)):
            values = [row[column] for row in expected["FD_q012"]]
            close(d.attribute_hill(weights, q, distances, name.removeprefix("hill_tau_")), values, rtol)
            close(d.attribute_hill(weights, q, distances, expected["tau"]), values, rtol)


def test_packages_disagree_where_input_is_degenerate_and_we_say_why():
    """What fundiversity and FD return here is for contrast; where they agree, so do we."""
    whole = vector("edge_cases_packages")
    for name in ("one", "two", "three", "dups", "alldup", "oneD"):
        inputs = whole["inputs"][name]
        points = np.array(inputs["coords"], dtype=float).reshape(np.size(inputs["w"]), -1)
        weights = np.ravel(np.array(inputs["w"], dtype=float))
        expected = whole["expected"][name]["fundiversity"]
        close(d.functional_dispersion(weights, points), expected["FDis"], 1e-9, err_msg=name)
        close(d.rao(weights, points, convention="d"), expected["Q"], 1e-9, err_msg=name)
        if expected["FRic"] is not None:
            close(d.functional_richness(weights, points), expected["FRic"], 1e-9, err_msg=name)
    statuses = {"one": d.TOO_FEW_POINTS, "collinear": d.RANK_DEFICIENT, "nearcoplanar": d.RANK_DEFICIENT}
    for name, status in statuses.items():
        inputs = whole["inputs"][name]
        weights = np.ravel(np.array(inputs["w"], dtype=float))
        points = np.array(inputs["coords"], dtype=float).reshape(len(weights), -1)
        for function in (d.functional_richness, d.functional_divergence):
            value, found = function(weights, points)
            assert math.isnan(value)
            assert found == status
    for name in ("nanweight", "nancoord"):
        inputs = whole["inputs"][name]
        with pytest.raises(ValueError, match="must be finite"):
            d.functional_dispersion(
                np.array(inputs["w"], dtype=float), np.array(inputs["coords"], dtype=float)
            )


# ------------------------------------------------------------------------------------------- abundances


def test_barro_colorado_of_vegan():
    whole = vector("vegan_BCI")
    counts, expected, rtol = np.array(whole["inputs"]["counts"]), whole["expected"], whole["rtol"]
    found = {
        "shannon": d.shannon(counts),
        "shannon_base2": d.shannon(counts, base=2),
        "simpson": d.simpson(counts),
        "invsimpson": d.simpson(counts, kind="inverse"),
        "richness": d.richness(counts),
        "pielou": d.pielou(counts),
        "rarefy": d.rarefy(counts, expected["rarefy_sample"]),
        "rarefy_se": d.rarefied_richness_error(counts, expected["rarefy_sample"]),
        "braycurtis_successive": d.bray_curtis(counts),
        "jaccard_pa_successive": d.jaccard(counts),
        "hellinger_successive": d.hellinger(counts),
        "chord_successive": d.chord(counts),
        "horn_successive": d.morisita_horn(counts),
        "morisita_successive": d.morisita(counts),
    }
    for name, result in found.items():
        close(result, expected[name], rtol, err_msg=name)
        assert (result.status == d.OK).all()
    close(d.fisher_alpha(counts), expected["fisher_alpha"], FISHER)
    seen, chao, error, ace, ace_error = expected["estimateR"]
    close(d.richness(counts), seen, rtol)
    close(d.chao1(counts, form="bias_corrected"), chao, rtol)
    close(np.sqrt(d.chao1_variance(counts).value), error, rtol)
    close(d.ace(counts), ace, rtol)
    close(np.sqrt(d.ace_variance(counts, form="vegan").value), ace_error, rtol)
    orders = [float(q) for q in expected["renyi_scales"]]
    close(d.hill_profile(counts, orders), expected["renyi_hill"], rtol)


def test_small_counts_of_scikit_bio():
    whole = vector("skbio_shared")
    for counts, expected in zip(whole["inputs"]["counts"], whole["expected"], strict=True):
        found = {
            "shannon": d.shannon(counts),
            "simpson": d.simpson(counts),
            "inv_simpson": d.simpson(counts, kind="inverse"),
            "pielou_e": d.pielou(counts),
            "chao1": d.chao1(counts, form="bias_corrected"),
            "chao1_not_bias_corrected": d.chao1(counts, form="classic"),
            "ace": d.ace(counts),
            "goods_coverage": d.goods_coverage(counts),
            "berger_parker_d": d.berger_parker(counts),
            "heip_e": d.hill_evenness(counts, 1),
            "margalef": d.margalef(counts),
            "menhinick": d.menhinick(counts),
            "sobs": d.richness(counts),
        }
        for name, result in found.items():
            if isinstance(expected[name], str):  # an error there
                assert result.status == d.UNRELIABLE
            else:
                close(result, expected[name], whole["rtol"], err_msg=f"{name} of {counts}")
        close(d.fisher_alpha(counts), expected["fisher_alpha"], FISHER)
        for name, function in (("hill", d.hill), ("renyi", d.renyi), ("tsallis", d.tsallis)):
            for q, value in expected[name].items():
                close(function(counts, float(q)), value, whole["rtol"], err_msg=f"{name} {q}")
        interval = d.chao1_interval(counts)
        # scikit-bio takes 1.96 where we take the normal quantile itself
        close([interval.low, interval.high], expected["chao1_ci"], 1e-4, err_msg=str(counts))


@pytest.mark.parametrize("name", ["inext_spider", "inext_edge_a"])
def test_rarefaction_extrapolation_and_coverage_of_inext(name):
    whole = vector(name)
    for site, inputs in whole["inputs"].items():
        counts, expected = inputs["counts"], whole["expected"][site]
        size = expected["size_based"]
        for m, q, value, covered in zip(size["m"], size["Order.q"], size["qD"], size["SC"], strict=True):
            close(d.rarefy(counts, m, q), value, whole["rtol"], err_msg=f"{site} {m} {q}")
            close(d.coverage(counts, m), covered, whole["rtol"])
        for c, row in zip(expected["coverage_targets"], expected["estimateD_coverage"], strict=True):
            for q, value, size in zip(row["Order.q"], row["qD"], row["m"], strict=True):
                said = f"{site} {c} {q}"
                close(d.coverage_standardise(counts, c, q), value, SIZE_OF_COVERAGE, err_msg=said)
                close(d.rarefy(counts, size, q), value, 1e-10, err_msg=said)
        asymptotic = expected["asymptotic"]
        rounded = {
            "q0": d.chao1(counts).value,
            "q1": d.asymptotic_shannon(counts).value,
            "q2": 1 - 1 / d.asymptotic_hill(counts, 2).value,
        }
        for q, value in rounded.items():
            assert value == pytest.approx(asymptotic[q]["Estimator"][0], abs=5.1e-4)


def test_likeness_of_leinster_and_cobbold():
    whole = vector("leinster_cobbold_A")
    counts, distances = whole["inputs"]["counts"], np.array(whole["inputs"]["dist"])
    expected = whole["expected"]
    for place, q in enumerate(whole["inputs"]["q"]):
        close(d.similarity_hill(counts, q, distances), expected["D_exp"][place], whole["rtol"])
        linear = d.similarity_hill(counts, q, distances, distances.max(), kernel="linear")
        close(linear, expected["D_lin"][place], whole["rtol"])
        close(d.hill(counts, q), expected["hill"][place], whole["rtol"])
        close(d.tsallis(counts, q), expected["tsallis"][place], whole["rtol"])


def test_dune_of_hillr():
    whole = vector("hillR_dune")
    counts, distances = np.array(whole["inputs"]["counts"]), apart(whole["inputs"]["coords"])
    for row in whole["expected"]["hill_taxa"]:
        close(d.hill(counts, row["q"]), row["D"], whole["rtol"])
    for row in whole["expected"]["hill_func"]:
        weights = counts > 0 if row["q"] == 0 else counts  # hillR takes Rao's entropy of presence there
        found = d.functional_hill(weights, row["q"], distances)
        parts = (found.rao, found.value, found.mean_distance, found.total)
        for part, values in zip(parts, row["values"], strict=True):
            close(part, values, whole["rtol"], err_msg=str(row["q"]))


def test_mites_of_adespatial():
    whole = vector("tbi_mite")
    before, after = np.array(whole["inputs"]["T1"]), np.array(whole["inputs"]["T2"])
    for expected in whole["expected"]:
        method = expected["method"]
        if method in ("hellinger", "chord"):
            close(getattr(d, method)(before, after), expected["TBI"], whole["rtol"])
            continue
        denominator = "difference" if method == "%difference" else "ruzicka"
        found = d.temporal_beta(before, after, denominator=denominator)
        close(found, expected["TBI"], whole["rtol"])
        losses, gains, both, change = zip(*expected["BCD"]["v"], strict=True)
        close(found.losses, losses, 1e-6)  # printed with few digits
        close(found.gains, gains, 1e-6)
        close(found, both, 1e-6)
        assert [{"-": -1, "+": 1, "0": 0}[sign.strip()] for sign in change] == found.change.tolist()


# ------------------------------------------------------------------------------------------- a whole study


def test_a_series_of_our_own_by_all_packages():
    whole = vector("synthetic_A")
    inputs, expected, rtol = whole["inputs"], whole["expected"], whole["rtol"]
    points, counts = np.array(inputs["coords"]), np.array(inputs["counts"])
    concentration = counts / (np.array(inputs["volume"]) * np.array(inputs["fraction"]))[:, None]
    fundiversity(concentration, points, expected["fundiversity"], rtol)
    of_fd(concentration, points, expected["FD"], rtol)
    of_fd(counts > 0, points, expected["FD_presence_absence"], rtol)
    close(d.community_weighted_mean(concentration, points), expected["CWM"], rtol)
    beck = expected["beck2023"]
    close(d.richness(counts), beck["Nb_sp"], rtol)
    close(concentration.sum(axis=1), beck["Tot_weight"], rtol)
    close(d.functional_richness(counts, points, pool=points).value.round(6), beck["FRic"], rtol)
    close(d.functional_divergence(concentration, points).value.round(6), beck["FDiv"], rtol)
    close(d.functional_evenness(concentration, points).value.round(6), beck["FEve"], rtol)
    vegan = expected["vegan"]
    found = {
        "richness": d.richness(counts),
        "shannon": d.shannon(concentration),
        "simpson": d.simpson(concentration),
        "invsimpson": d.simpson(concentration, kind="inverse"),
        "pielou": d.pielou(concentration),
        "chao1_bc": d.chao1(counts, form="bias_corrected"),
        "se_chao1": np.sqrt(d.chao1_variance(counts).value),
        "ace": d.ace(counts),
        "rarefy": d.rarefy(counts, vegan["rarefy_m"]),
        "fisher": d.fisher_alpha(counts),
        "hill": d.hill_profile(concentration, [float(q) for q in vegan["hill_q"]]),
        "bray_conc_successive": d.bray_curtis(concentration),
        "bray_rel_successive": d.bray_curtis(concentration, relative=True),
        "jaccard_pa_successive": d.jaccard(concentration),
        "hellinger_successive": d.hellinger(concentration),
        "horn_successive": d.morisita_horn(concentration),
    }
    for name, result in found.items():
        close(result, vegan[name], FISHER if name == "fisher" else rtol, err_msg=name)
    inext = expected["inext"]
    close(d.coverage(counts), inext["coverage_obs"], rtol)
    close(d.chao1(counts).value.round(3), inext["chao1"], 1e-6)
    for row, size, covered in zip(counts, inext["size_based"], inext["at_coverage"], strict=True):
        for m, q, value, share in zip(size["m"], size["Order.q"], size["qD"], size["SC"], strict=True):
            close(d.rarefy(row, m, q), value, rtol)
            close(d.coverage(row, m), share, rtol)
        for m, q, value in zip(covered["m"], covered["Order.q"], covered["qD"], strict=True):
            found = d.coverage_standardise(row, inext["coverage_target"], q)
            close(found, value, SIZE_OF_COVERAGE, err_msg=f"{m} {q}")
            close(d.rarefy(row, m, q), value, 1e-10, err_msg=f"{m} {q}")
