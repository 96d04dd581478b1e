"""Where the standard library and pandas-ta differ, and why: key → reason; keys as in `talib_reasons`."""

from __future__ import annotations

REASONS: dict[str, str] = {
    "alma(close, 10) @ *": "pandas-ta-classic turns the weights round, so that the peak stands at old bars; equal to 0.4's where "
    "that need not round the peak's place",
    "supertrend @ *": "pandas-ta tightens only the band in use; ours is TA-Lib's, which tightens both",
    "psar @ *": "pandas-ta moves its extreme before it asks whether the stop was touched; ours is Wilder's order, as TA-Lib",
    "ttm_trend @ *": "the close stands exactly on the average and rounding decides",
    "bop @ *": "pandas-ta divides two empty ranges as 1",
    "macdfix @ *": "pandas-ta takes the factors 2 / 13 and 2 / 27; Appel's fixed ones are 0.15 and 0.075, as TA-Lib",
}
