"""The literature that results rest on, by the word under which it is cited."""

from __future__ import annotations

#: Cited as -> in full.
REFERENCES = {
    "Beck et al. 2023": "Beck, M., et al. (2023). Morphological diversity increases with decreasing resources along a zooplankton "
    "time series. Proceedings of the Royal Society B 290, 20232109.",
    "Benjamini & Hochberg 1995": "Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate: a practical and "
    "powerful approach to multiple testing. Journal of the Royal Statistical Society B 57, 289-300.",
    "Bray & Curtis 1957": "Bray, J. R. & Curtis, J. T. (1957). An ordination of the upland forest communities of southern "
    "Wisconsin. Ecological Monographs 27, 325-349.",
    "Chao 1984": "Chao, A. (1984). Nonparametric estimation of the number of classes in a population. Scandinavian Journal of "
    "Statistics 11, 265-270.",
    "Chao & Jost 2012": "Chao, A. & Jost, L. (2012). Coverage-based rarefaction and extrapolation: standardizing samples by "
    "completeness rather than size. Ecology 93, 2533-2547.",
    "Chao et al. 2014": "Chao, A., et al. (2014). Rarefaction and extrapolation with Hill numbers: a framework for sampling and "
    "estimation in species diversity studies. Ecological Monographs 84, 45-67.",
    "Cleveland et al. 1990": "Cleveland, R. B., Cleveland, W. S., McRae, J. E. & Terpenning, I. (1990). STL: a seasonal-trend "
    "decomposition procedure based on loess. Journal of Official Statistics 6, 3-73.",
    "Efraimidis & Spirakis 2006": "Efraimidis, P. S. & Spirakis, P. G. (2006). Weighted random sampling with a reservoir. "
    "Information Processing Letters 97, 181-185.",
    "Garnier et al. 2004": "Garnier, E., et al. (2004). Plant functional markers capture ecosystem properties during secondary "
    "succession. Ecology 85, 2630-2637.",
    "Gelman et al. 2013": "Gelman, A., et al. (2013). Bayesian Data Analysis. Third edition, CRC Press.",
    "Hill 1973": "Hill, M. O. (1973). Diversity and evenness: a unifying notation and its consequences. Ecology 54, 427-432.",
    "Jost 2006": "Jost, L. (2006). Entropy and diversity. Oikos 113, 363-375.",
    "Kish 1965": "Kish, L. (1965). Survey Sampling. Wiley.",
    "Kendall 1975": "Kendall, M. G. (1975). Rank Correlation Methods. Griffin.",
    "Lalibert\u00e9 & Legendre 2010": "Lalibert\u00e9, E. & Legendre, P. (2010). A distance-based framework for measuring functional "
    "diversity from multiple traits. Ecology 91, 299-305.",
    "Legendre 2019": "Legendre, P. (2019). A temporal beta-diversity index to identify sites that have changed in exceptional ways "
    "in space-time surveys. Ecology and Evolution 9, 3500-3514.",
    "Leinster & Cobbold 2012": "Leinster, T. & Cobbold, C. A. (2012). Measuring diversity: the importance of species similarity. "
    "Ecology 93, 477-489.",
    "Mann 1945": "Mann, H. B. (1945). Nonparametric tests against trend. Econometrica 13, 245-259.",
    "Mouillot et al. 2013": "Mouillot, D., et al. (2013). A functional approach reveals community responses to disturbances. Trends "
    "in Ecology & Evolution 28, 167-177.",
    "Pielou 1966": "Pielou, E. C. (1966). The measurement of diversity in different types of biological collections. Journal of "
    "Theoretical Biology 13, 131-144.",
    "Platt & Denman 1977": "Platt, T. & Denman, K. (1977). Organisation in the pelagic ecosystem. Helgol\u00e4nder wissenschaftliche "
    "Meeresuntersuchungen 30, 575-581.",
    "Prais & Winsten 1954": "Prais, S. J. & Winsten, C. B. (1954). Trend estimators and serial correlation. Cowles Commission "
    "Discussion Paper 383.",
    "Rao 1982": "Rao, C. R. (1982). Diversity and dissimilarity coefficients: a unified approach. Theoretical Population Biology "
    "21, 24-43.",
    "Sen 1968": "Sen, P. K. (1968). Estimates of the regression coefficient based on Kendall's tau. Journal of the American "
    "Statistical Association 63, 1379-1389.",
    "Shannon 1948": "Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal 27, 379-423.",
    "Simpson 1949": "Simpson, E. H. (1949). Measurement of diversity. Nature 163, 688.",
    "Theil 1950": "Theil, H. (1950). A rank-invariant method of linear and polynomial regression analysis. Proceedings of the "
    "Koninklijke Nederlandse Akademie van Wetenschappen A 53, 386-392, 521-525, 1397-1412.",
    "Vill\u00e9ger et al. 2008": "Vill\u00e9ger, S., Mason, N. W. H. & Mouillot, D. (2008). New multidimensional functional diversity indices "
    "for a multifaceted framework in functional ecology. Ecology 89, 2290-2301.",
    "von Storch 1995": "von Storch, H. (1995). Misuses of statistical analysis in climate research. In: von Storch, H. & Navarra, A. "
    "(eds), Analysis of Climate Variability, 11-26. Springer.",
}
