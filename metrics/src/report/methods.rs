//! Definitions for the end of the page.

/// Term and definition.
pub(super) const METHODS: [(&str, &str); 17] = [
    ("N", "Number of answers."),
    (
        "exact %, adjacent %",
        "Percentage of scores that are equal to the human score, or at most one point away.",
    ),
    (
        "kappa",
        "Cohen's kappa of rounded scores: 1 − (observed disagreement) / (disagreement expected by chance). Without a \
         value where both raters use one score only.",
    ),
    (
        "QWK",
        "Quadratic weighted kappa, 2 cov(M, H) / (var M + var H + (mean M − mean H)²) with N in the denominators, of \
         scores that may be fractions (Haberman 2019). For whole scores it is the usual weighted kappa.",
    ),
    (
        "r, R², RMSE",
        "Pearson's correlation; 1 − squared errors / squared deviations of human scores from their mean; the root of the mean squared error.",
    ),
    (
        "SMD",
        "Mean of the system minus human mean, in standard deviations with N − 1: human ones of the same answers, if \
         nothing else is said. Beyond ±0.15 it is marked (Williamson, Xi and Breyer 2012).",
    ),
    (
        "DSM",
        "Difference of standardized means: for a group, the system's mean in standard deviations of all of its scores \
         from their mean, minus the same of human scores. Beyond ±0.1 it is marked, as in RSMTool.",
    ),
    (
        "degradation",
        "Human–system agreement minus human–human agreement. Below −0.1 it is marked (Williamson, Xi and Breyer 2012).",
    ),
    (
        "disattenuated r",
        "Human–system correlation / √(human–human correlation). Below 0.9 it is marked, as in RSMTool.",
    ),
    (
        "PRMSE",
        "Proportional reduction in mean squared error when true scores are predicted: 1 − MSE / variance of true \
         scores, both estimated with the variance of the raters' errors (Loukina, Madnani, Cahill, Yao, Johnson, \
         Riordan and McCaffrey 2020).",
    ),
    (
        "OSA, OSD, CSD",
        "Adjusted R² of least-squares regressions of (S − H)² on group, of S − H on group, and the gain in adjusted R² \
         from adding the group to human scores as categories (Loukina, Madnani and Zechner 2019). p-values are those of \
         F-tests, intervals of estimates those of Student's distribution; they take answers as independent.",
    ),
    (
        "r without length",
        "Partial correlation of system and human scores, the number of words held constant.",
    ),
    (
        "intervals",
        "Bootstrap over students or questions where the table names them: percentiles corrected for bias and \
         acceleration (Efron 1987), or plain percentiles for large tables. Intervals of shares are exact (Clopper and \
         Pearson 1934).",
    ),
    (
        "ECE",
        "Expected calibration error: |mean confidence − share right| of ten bins, weighted by their answers. With few \
         answers it is above 0 even for a calibrated system.",
    ),
    (
        "promise",
        "With the stated confidence, at most the stated share of the scores that count without review is wrong, for \
         answers of the same students, questions and time. Thresholds are tested in an order that is fixed in advance; \
         each test has an exact binomial p-value (Clopper and Pearson 1934), and the order controls the probability of \
         any false promise (Wiens 2003; Angelopoulos, Bates, Candès, Jordan and Lei 2021, “Learn then Test”).",
    ),
    (
        "homogeneity",
        "Pearson's chi-squared statistic of equal error rates; its p-value is from random re-allocations of the errors.",
    ),
    (
        "drift",
        "Population stability index, the sum of (p − q) ln(p / q) over tenths of the earlier answers with half an answer \
         added to each; Kolmogorov and Smirnov's largest distance; difference of means with Welch's test.",
    ),
];
