"""
What was computed, as prose for the methods section of a paper, and the literature it cites.

A parameter that is not given has no sentence: nothing is said that was not done. Numbers are those of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from morphoexplore.writing.references import REFERENCES

Parameters = Mapping[str, Any]

LEVELS = {
    "morph": "indices of morphs from the abundances of morphs",
    "object": "indices of the cloud of objects from their positions in the morphospace",
}
WEIGHTS = {
    "count": "Objects were weighted equally (counts).",
    "concentration": "Each object was weighted by the concentration that it stands for, the inverse of the volume of water sampled "
    "times the fraction imaged.",
    "biovolume": "Each object was weighted by the biovolume per volume of water that it stands for.",
}
#: Name of an index -> what is said of it, after "we computed".
INDICES = {
    "richness": "the number of morphs",
    "shannon": "Shannon entropy (nats; Shannon 1948)",
    "simpson": "the Gini-Simpson index (Simpson 1949)",
    "inverse_simpson": "the inverse Simpson index (Simpson 1949)",
    "pielou": "Pielou evenness (Pielou 1966)",
    "hill": "Hill numbers, the effective numbers of morphs{orders} (Hill 1973; Jost 2006)",
    "chao1_bias_corrected": "the bias-corrected Chao1 estimate of richness (Chao 1984)",
    "coverage": "the coverage of each sample (Chao & Jost 2012)",
    "hill_at_coverage": "Hill numbers{orders} at equal coverage (Chao & Jost 2012; Chao et al. 2014)",
    "similarity_hill": "effective numbers of distinct morphs{orders} that take their similarity into account (Leinster & Cobbold 2012)",
    "functional_evenness": "functional evenness of morphs (FEve; Vill\u00e9ger et al. 2008)",
    "functional_dispersion": "functional dispersion (FDis; Lalibert\u00e9 & Legendre 2010)",
    "rao_d2": "Rao's quadratic entropy in the convention of half the squared distance (Rao 1982)",
    "functional_divergence": "functional divergence (FDiv; Vill\u00e9ger et al. 2008)",
    "functional_specialisation": "functional specialisation (FSpe; Mouillot et al. 2013)",
    "functional_richness": "functional richness as the volume of the convex hull (FRic; Vill\u00e9ger et al. 2008), which grows with the "
    "number of objects",
    "standardised_functional_richness": "functional richness at an equal number of objects (FRic; Vill\u00e9ger et al. 2008)",
    "cwm": "weighted means of the axes of the morphospace (Garnier et al. 2004)",
    "sd": "weighted standard deviations along the axes of the morphospace",
}
HULLS = ("functional_richness", "standardised_functional_richness")


def methods_text(parameters: Parameters) -> str:
    """
    Return a methods section in plain prose, ready to paste, built from the parameters of a run.

    Parameters
    ----------
    parameters : mapping
        What is known, all of it optional: ``n_samples``, ``n_objects``, ``first_date``, ``last_date``, ``morph_set``, ``kinds``,
        ``branch``, ``share_unsorted``; ``level`` (one or several), ``weight``, ``indices`` (names of the tidy table), ``orders``;
        ``space``, ``n_dimensions``, ``share_of_variance``; ``coverage`` (common to all samples), ``m_standard``, ``draws``, ``trim``;
        ``replicates``, ``sorting_replicates``, ``random_state``; ``step`` (``month``, ``week``), ``mode``, ``how``, ``tolerance``, ``max_gap``,
        ``decomposed``, ``seasonal_window``, ``trend_window``, ``trends`` (True where they were tested), ``turnover``, ``size_spectra``;
        ``protocol`` (``beck2023``); ``version``.

    Returns
    -------
    text : str
        Paragraphs, with a blank line between them. The literature is that of :func:`references_of`.

    Examples
    --------
    >>> print(methods_text({"indices": ["shannon"], "version": "1.0"}))
    Of each sample, we computed Shannon entropy (nats; Shannon 1948).
    <BLANKLINE>
    Analyses were done with morphoexplore 1.0.
    """
    paragraphs = [part(parameters) for part in PARTS]
    return "\n\n".join(" ".join(sentences) for sentences in paragraphs if sentences)


def references_of(parameters: Parameters) -> list[str]:
    """
    Return the references that :func:`methods_text` cites for the same parameters, in alphabetical order.

    Examples
    --------
    >>> references_of({"indices": ["pielou"]})[0][:32]
    'Pielou, E. C. (1966). The measur'
    """
    text = methods_text(parameters)
    return sorted(full for cited, full in REFERENCES.items() if cited in text)


def _material(of: Parameters) -> list[str]:
    sentences = []
    if "n_objects" in of:
        samples = f" of {_number(of['n_samples'])} sample{_s(of['n_samples'])}" if "n_samples" in of else ""
        dates = (
            f" taken between {of['first_date']} and {of['last_date']}"
            if of.get("first_date") and of.get("last_date")
            else ""
        )
        sentences.append(f"We analysed {_number(of['n_objects'])} imaged objects{samples}{dates}.")
    if "morph_set" in of:
        kinds = _many(of.get("kinds", ()))
        which = f" of the kind{_s(len(kinds))} {_list(kinds)}" if kinds else ""
        branch = f" below {of['branch']!r}" if of.get("branch") else ""
        if str(of["morph_set"]).startswith("partition"):
            sentences.append(
                f"Morphs were the cells of a weighted k-means partition of the morphospace, {of['morph_set']}; objects{which} were "
                "counted."
            )
        else:
            sentences.append(
                f"Objects were sorted into morphs by form, not by taxonomy; the morphs{which}{branch} of the set "
                f"\u201c{of['morph_set']}\u201d were counted."
            )
    if "share_unsorted" in of:
        is_counted = str(of.get("morph_set", "")).startswith("partition") and "living" in _many(
            of.get("kinds", ())
        )
        fate = "were in no morph and taken for living" if is_counted else "were in no morph and left out"
        sentences.append(f"{_percent(of['share_unsorted'])} of the objects {fate}.")
    weights = _many(of.get("weight", ()))
    return sentences + [WEIGHTS.get(weight, f"Objects were weighted by {weight}.") for weight in weights]


def _computed(of: Parameters) -> list[str]:
    names = list(dict.fromkeys(_base(name) for name in _many(of.get("indices", ()))))
    if not names:
        return []
    given = _many(of.get("orders", ()))
    orders = f" of order{_s(len(given))} {_list([f'{q:g}' for q in given])}" if given else ""
    said = [INDICES.get(name, name.replace("_", " ")).format(orders=orders) for name in names]
    sentences = [f"Of each sample, we computed {_list(said, last='; and ', between='; ')}."]
    levels = [LEVELS[level] for level in _many(of.get("level", ())) if level in LEVELS]
    if len(levels) > 1:
        sentences.append(f"We took {_list(levels)}.")
    if of.get("space"):
        dimensions = f" ({of['n_dimensions']} axes" if "n_dimensions" in of else ""
        if dimensions:
            share = of.get("share_of_variance")
            dimensions += f", {_percent(share)} of the variance)" if share is not None else ")"
        sentences.append(
            f"The morphospace is a principal component analysis of image features, fitted once to all samples{dimensions} and kept "
            f"fixed ({of['space']})."
        )
    return sentences


def _standardised(of: Parameters) -> list[str]:
    names = {_base(name) for name in _many(of.get("indices", ()))}
    sentences = []
    if "hill_at_coverage" in names and of.get("coverage") is not None:
        sentences.append(
            f"To compare samples of unequal effort, Hill numbers were rarefied or extrapolated to a common coverage of "
            f"{_percent(of['coverage'])} (Chao & Jost 2012); values beyond twice the size of a sample are marked as unreliable."
        )
    if "standardised_functional_richness" in names and of.get("m_standard") is not None:
        draws = f", as the mean of {of['draws']} draws" if "draws" in of else ""
        sentences.append(
            f"Functional richness was brought to {of['m_standard']:g} objects per sample{draws}; objects were drawn without replacement "
            "with chances by their weight (Efraimidis & Spirakis 2006), and samples of a smaller effective size (Kish 1965) were left out."
        )
    if of.get("trim") and names & set(HULLS):
        sentences.append(
            f"Before hulls were made, the outermost {_percent(of['trim'])} of the pooled cloud, by Mahalanobis distance, was cut off."
        )
    return sentences


def _uncertain(of: Parameters) -> list[str]:
    sentences = []
    if of.get("replicates"):
        sentences.append(
            f"Intervals of 95 % come from {of['replicates']} bootstrap replicates: of objects within sample and fraction for indices of "
            "the morphospace, and of the estimated assemblage, morphs that were not seen included, for Hill numbers (Chao et al. 2014). "
            "They are those of counting; how much two hauls differ is not in them."
        )
    if of.get("sorting_replicates"):
        sentences.append(
            f"What errors of sorting add was propagated in {of['sorting_replicates']} replicates from the posterior distribution of the "
            "precision of each morph, as known from audited objects (Gelman et al. 2013), and is reported apart."
        )
    if sentences and of.get("random_state") is not None:
        sentences.append(f"Random numbers depend on the sample and on the seed {of['random_state']} alone.")
    return sentences


def _chain(of: Parameters) -> list[str]:
    if of.get("protocol") != "beck2023":
        return []
    return [
        "To compare with Beck et al. 2023, their chain was followed as well, in tables of its own: the sample nearest to the middle of each "
        "week within 3 days, gaps of up to 2 weeks interpolated linearly, a periodic season and a trend window of 5 years (STL; Cleveland "
        "et al. 1990), and Mann-Kendall tests (Mann 1945; Kendall 1975) of trend plus remainder, which of autocorrelated series find "
        "trends too often."
    ]


def _series(of: Parameters) -> list[str]:
    if "step" not in of:
        return []
    modes = {
        "mean_of_indices": "the mean of the indices of its samples",
        "pooled": "the index of its samples added up",
        "beta": "the ratio of the index of its samples added up to the mean of theirs",
    }
    sentences = []
    value = modes.get(str(of.get("mode", "mean_of_indices")), str(of.get("mode")))
    if of.get("how") == "nearest":
        within = f" within {of['tolerance']:g} days" if of.get("tolerance") is not None else ""
        value = f"the sample nearest to its middle{within}"
    gaps = (
        f"; gaps of up to {of['max_gap']} {of['step']}{_s(of['max_gap'])} were interpolated linearly and marked as such"
        if of.get("max_gap")
        else "; gaps were left open"
    )
    sentences.append(f"The value of each {of['step']} is {value}{gaps}. Nothing was extrapolated.")
    sentences.append(
        f"Anomalies are differences from the mean of the same {of['step']} over at least three years; interpolated values were not used for it."
    )
    if of.get("decomposed"):
        season = of.get("seasonal_window", "periodic")
        words = (
            "a season that is the same every year"
            if season == "periodic"
            else f"a seasonal window of {season} years"
        )
        trend = f" and a trend window of {of['trend_window']} {of['step']}s" if of.get("trend_window") else ""
        sentences.append(
            f"Series were taken apart into trend, season and remainder by STL (Cleveland et al. 1990) with {words}{trend}; gaps were filled "
            "in turns by the fit itself and taken out again."
        )
    if of.get("trends"):
        sentences.append(
            "Slopes are those of Theil and Sen (Theil 1950; Sen 1968). Trends were tested with the Mann-Kendall test (Mann 1945; Kendall "
            "1975) after pre-whitening (von Storch 1995), since tests that take neighbouring values for independent find trends where there "
            "are none, and compared with least squares with first-order autocorrelated errors (Prais & Winsten 1954); p values of several "
            "indices were adjusted for the false discovery rate (Benjamini & Hochberg 1995)."
        )
    return sentences


def _beside(of: Parameters) -> list[str]:
    sentences = []
    if of.get("turnover"):
        sentences.append(
            "Turnover between successive samples is the Bray-Curtis dissimilarity (Bray & Curtis 1957) of concentrations and of shares, with "
            "its parts of losses and gains (Legendre 2019)."
        )
    if of.get("size_spectra"):
        sentences.append(
            "Normalised biomass size spectra have classes of one octave of biovolume (Platt & Denman 1977); their slope is that of a least-"
            "squares line on logarithmic axes from the class of the highest value on."
        )
    return sentences


def _program(of: Parameters) -> list[str]:
    return [f"Analyses were done with morphoexplore {of['version']}."] if of.get("version") else []


PARTS: tuple[Callable[[Parameters], list[str]], ...] = (
    _material,
    _computed,
    _standardised,
    _uncertain,
    _series,
    _chain,
    _beside,
    _program,
)


def _base(name: str) -> str:
    """``cwm_1`` and ``cwm_2`` are one thing to say."""
    start, _, end = name.rpartition("_")
    return start if start in ("cwm", "sd") and end.isdigit() else name


def _many(given: object) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, str) or not isinstance(given, Sequence):
        return [given]
    return list(given)


def _list(words: Sequence[str], *, last: str = " and ", between: str = ", ") -> str:
    words = [str(word) for word in words]
    return last.join([between.join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _s(number: float) -> str:
    return "" if number == 1 else "s"
