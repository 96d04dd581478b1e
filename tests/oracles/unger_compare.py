#!/usr/bin/env python3
"""Holds the bars of the Unger catalogue's tests against plain definitions of its entries.

Reads the `test "bars …"` blocks of stdlib/sbt/patterns/unger*.sbt. Every `assert call is […]` must be what the definition below
gives on the bars of the block, and hold both a bar that fires and one that does not. Needs Python only.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from unger_definitions import (
    Bars,
    Series,
    accumulation,
    adosc,
    adx_sma,
    alma,
    aroon,
    band_width,
    cci,
    choppiness,
    cmf,
    cmo,
    ema,
    fisher,
    force_index,
    highest,
    hma,
    inertia,
    klinger,
    larger,
    lowest,
    macd,
    mfi,
    midprice,
    narrow,
    obv,
    percentage_oscillator,
    psar_up,
    qqe_up,
    quantile,
    roc,
    rsi_sma,
    rsx,
    rvgi,
    sample_std,
    sma,
    smaller,
    spans,
    squeeze,
    stoch_raw,
    stoch_rsi,
    supertrend,
    tsi,
    ultimate,
    volume_index,
    vortex,
    vwap_rolling,
)

MODULES = Path(__file__).resolve().parent.parent.parent / "stdlib" / "sbt" / "patterns"
COLUMNS = ("open", "high", "low", "close", "volume")

DEFINITIONS = {
    # unger
    "range_above_usual(1.5, 2)": lambda b: b.range > 1.5 * sma(b.range, 2)[1],
    "range_breakout(3)": lambda b: (b.close > highest(b.high, 3)[1]) | (b.close < lowest(b.low, 3)[1]),
    "small_bar()": lambda b: b.range < 0.5 * b.range[1],
    "small_body()": lambda b: b.body < 0.3 * b.range,
    "narrow_range()": lambda b: b.range < 0.75 * sma(b.range, 5)[1],
    "range_expansion_up()": lambda b: (b.range > 1.5 * b.range[1]) & (b.place(b.close) > 0.7),
    "range_expansion_down()": lambda b: (b.range > 1.5 * b.range[1]) & (b.place(b.close) < 0.3),
    "wide_range_bar()": lambda b: b.range > 2 * sma(b.range, 10)[1],
    "breakout_bar()": lambda b: (b.close > highest(b.high, 5)[1]) | (b.close < lowest(b.low, 5)[1]),
    "three_up_closes()": lambda b: (b.close > b.close[1]) & (b.close[1] > b.close[2]) & (b.close[2] > b.close[3]),
    "three_down_closes()": lambda b: (b.close < b.close[1]) & (b.close[1] < b.close[2]) & (b.close[2] < b.close[3]),
    "higher_high_higher_low()": lambda b: (b.high > b.high[1]) & (b.low > b.low[1]),
    "lower_high_lower_low()": lambda b: (b.high < b.high[1]) & (b.low < b.low[1]),
    "range_contraction()": lambda b: (b.range < b.range[1]) & (b.range[1] < b.range[2]),
    "range_expansion()": lambda b: (b.range > b.range[1]) & (b.range[1] > b.range[2]),
    "close_above_open()": lambda b: b.close > b.open,
    "close_below_open()": lambda b: b.close < b.open,
    "close_upper_quartile()": lambda b: b.place(b.close) > 0.75,
    "close_lower_quartile()": lambda b: b.place(b.close) < 0.25,
    "open_gap_up()": lambda b: b.open > b.high[1],
    "open_gap_down()": lambda b: b.open < b.low[1],
    "gap_filled_up()": lambda b: (b.open > b.high[1]) & (b.low <= b.high[1]),
    "gap_filled_down()": lambda b: (b.open < b.low[1]) & (b.high >= b.low[1]),
    "close_above_previous_high()": lambda b: b.close > b.high[1],
    "close_below_previous_low()": lambda b: b.close < b.low[1],
    "close_in_previous_range()": lambda b: (b.low[1] <= b.close) & (b.close <= b.high[1]),
    "open_in_previous_range()": lambda b: (b.low[1] <= b.open) & (b.open <= b.high[1]),
    "body_above_average()": lambda b: b.body > sma(b.body, 5)[1],
    "body_below_average()": lambda b: b.body < sma(b.body, 5)[1],
    "high_above_previous_two()": lambda b: b.high > larger(b.high[1], b.high[2]),
    "low_below_previous_two()": lambda b: b.low < smaller(b.low[1], b.low[2]),
    "close_near_high()": lambda b: b.high - b.close < 0.1 * b.range,
    "close_near_low()": lambda b: b.close - b.low < 0.1 * b.range,
    "inside_bar_strict()": lambda b: (b.high < b.high[1]) & (b.low > b.low[1]),
    "outside_bar_strict()": lambda b: (b.high > b.high[1]) & (b.low < b.low[1]),
    "two_inside_bars()": lambda b: (
        (b.high < b.high[1]) & (b.high[1] < b.high[2]) & (b.low > b.low[1]) & (b.low[1] > b.low[2])
    ),
    "gap_and_go_up()": lambda b: (b.open > b.high[1]) & (b.low > b.high[1]),
    "gap_and_go_down()": lambda b: (b.open < b.low[1]) & (b.high < b.low[1]),
    "reversal_bar_up()": lambda b: (b.low < b.low[1]) & (b.close > b.close[1]),
    "reversal_bar_down()": lambda b: (b.high > b.high[1]) & (b.close < b.close[1]),
    "thrust_up()": lambda b: (b.place(b.open) < 0.3) & (b.place(b.close) > 0.7),
    "thrust_down()": lambda b: (b.place(b.open) > 0.7) & (b.place(b.close) < 0.3),
    "close_at_high(3)": lambda b: b.close >= highest(b.close, 3),
    "close_at_low(3)": lambda b: b.close <= lowest(b.close, 3),
    # unger_candles
    "doji_bar()": lambda b: b.body < 0.1 * b.range,
    "hammer_by_place()": lambda b: (
        ((smaller(b.open, b.close) - b.low) / b.range > 0.6) & (b.lower_wick > 2 * b.body)
        & (b.upper_wick < b.body)
    ),
    "shooting_star_by_place()": lambda b: (
        ((larger(b.open, b.close) - b.low) / b.range < 0.4) & (b.upper_wick > 2 * b.body)
        & (b.lower_wick < b.body)
    ),
    "engulfing_up()": lambda b: (
        (b.close[1] < b.open[1]) & (b.close > b.open) & (b.close > larger(b.open[1], b.close[1]))
        & (b.open < smaller(b.open[1], b.close[1]))
    ),
    "engulfing_down()": lambda b: (
        (b.close[1] > b.open[1]) & (b.close < b.open) & (b.open > larger(b.open[1], b.close[1]))
        & (b.close < smaller(b.open[1], b.close[1]))
    ),
    "volume_doubled(4)": lambda b: b.volume > 2 * sma(b.volume, 4)[1],
    "volume_halved(4)": lambda b: b.volume < 0.5 * sma(b.volume, 4)[1],
    "volume_climax(4)": lambda b: (b.volume >= highest(b.volume, 4)) & (b.range > 1.5 * sma(b.range, 4)[1]),
    "nr4()": lambda b: b.range <= lowest(b.range, 4),
    "nr7()": lambda b: b.range <= lowest(b.range, 7),
    "ws7()": lambda b: b.range >= highest(b.range, 7),
    "pin_bar_up()": lambda b: (b.lower_wick > 0.66 * b.range) & (b.low < b.low[1]),
    "pin_bar_down()": lambda b: (b.upper_wick > 0.66 * b.range) & (b.high > b.high[1]),
    "failed_breakout_up()": lambda b: (b.high > highest(b.high, 5)[1]) & (b.close < b.close[1]),
    "failed_breakout_down()": lambda b: (b.low < lowest(b.low, 5)[1]) & (b.close > b.close[1]),
    "momentum_shift()": lambda b: (
        (b.close[1] > b.close[2]) & (b.close[2] > b.close[3]) & (b.close[3] > b.close[4])
        & (b.close < b.close[1]) | (b.close[1] < b.close[2]) & (b.close[2] < b.close[3])
        & (b.close[3] < b.close[4]) & (b.close > b.close[1])
    ),
    "hammer_by_shadows()": lambda b: (b.body > 0) & (b.lower_wick > 2 * b.body) & (b.upper_wick < 0.3 * b.body),
    "shooting_star_by_shadows()": lambda b: (
        (b.body > 0) & (b.upper_wick > 2 * b.body) & (b.lower_wick < 0.3 * b.body)
    ),
    "three_up_bars()": lambda b: (
        (b.close > b.open) & (b.close > b.open)[1] & (b.close > b.open)[2] & (b.close > b.close[1])
        & (b.close[1] > b.close[2])
    ),
    "three_down_bars()": lambda b: (
        (b.close < b.open) & (b.close < b.open)[1] & (b.close < b.open)[2] & (b.close < b.close[1])
        & (b.close[1] < b.close[2])
    ),
    "morning_reversal()": lambda b: (
        (b.close[2] < b.open[2]) & (b.body[1] < 0.3 * b.range[1]) & (b.close > b.open)
        & (b.close > (b.open[2] + b.close[2]) / 2)
    ),
    "evening_reversal()": lambda b: (
        (b.close[2] > b.open[2]) & (b.body[1] < 0.3 * b.range[1]) & (b.close < b.open)
        & (b.close < (b.open[2] + b.close[2]) / 2)
    ),
    "long_tail_up()": lambda b: (
        (b.range > 0) & (b.lower_wick > 2.5 * b.body) & (larger(b.open, b.close) > b.low + 0.7 * b.range)
    ),
    "long_tail_down()": lambda b: (
        (b.range > 0) & (b.upper_wick > 2.5 * b.body) & (smaller(b.open, b.close) < b.high - 0.7 * b.range)
    ),
    # unger_indicators
    "bands_narrow(0.3, 3, 5)": lambda b: band_width(b.close, 3, 2) < quantile(band_width(b.close, 3, 2), 5, 0.3),
    # unger_breakouts
    "breakout_high(3)": lambda b: b.close > highest(b.high, 3)[1],
    "breakout_low(3)": lambda b: b.close < lowest(b.low, 3)[1],
    "volatility_breakout_up(0.5, 3)": lambda b: b.close > b.close[1] + 0.5 * b.avg_range(3),
    "volatility_breakout_down(0.5, 3)": lambda b: b.close < b.close[1] - 0.5 * b.avg_range(3),
    "wide_bar_up(3)": lambda b: (b.range > 1.5 * sma(b.range, 3)[1]) & (b.close > b.open),
    "wide_bar_down(3)": lambda b: (b.range > 1.5 * sma(b.range, 3)[1]) & (b.close < b.open),
    "inside_breakout_up()": lambda b: (b.high[1] < b.high[2]) & (b.low[1] > b.low[2]) & (b.close > b.high[1]),
    "inside_breakout_down()": lambda b: (b.high[1] < b.high[2]) & (b.low[1] > b.low[2]) & (b.close < b.low[1]),
    "sma_cross_up(2, 4)": lambda b: sma(b.close, 2).up(sma(b.close, 4)),
    "sma_cross_down(2, 4)": lambda b: sma(b.close, 2).down(sma(b.close, 4)),
    "price_cross_sma_up(3)": lambda b: b.close.up(sma(b.close, 3)),
    "price_cross_sma_down(3)": lambda b: b.close.down(sma(b.close, 3)),
    "macd_cross_up(2, 4, 2)": lambda b: macd(b.close, 2, 4, 2)[0].up(macd(b.close, 2, 4, 2)[1]),
    "macd_cross_down(2, 4, 2)": lambda b: macd(b.close, 2, 4, 2)[0].down(macd(b.close, 2, 4, 2)[1]),
    "macd_cross_zero_up(2, 4)": lambda b: macd(b.close, 2, 4, 2)[0].up(0),
    "macd_cross_zero_down(2, 4)": lambda b: macd(b.close, 2, 4, 2)[0].down(0),
    "ema_cross_up(2, 4)": lambda b: ema(b.close, 2).up(ema(b.close, 4)),
    "ema_cross_down(2, 4)": lambda b: ema(b.close, 2).down(ema(b.close, 4)),
    "stoch_cross_up(4, 3, 60)": lambda b: stoch_raw(b, 4).up(sma(stoch_raw(b, 4), 3)) & (stoch_raw(b, 4) < 60),
    "stoch_cross_down(4, 3, 40)": lambda b: stoch_raw(b, 4).down(sma(stoch_raw(b, 4), 3)) & (stoch_raw(b, 4) > 40),
    "vwap_cross_up(3)": lambda b: b.close.up(vwap_rolling(b, 3)),
    "vwap_cross_down(3)": lambda b: b.close.down(vwap_rolling(b, 3)),
    # unger_levels
    "rsi_oversold(30, 3)": lambda b: rsi_sma(b.close, 3) < 30,
    "rsi_overbought(70, 3)": lambda b: rsi_sma(b.close, 3) > 70,
    "rsi_leaves_oversold(40, 3)": lambda b: rsi_sma(b.close, 3).up(40),
    "rsi_leaves_overbought(60, 3)": lambda b: rsi_sma(b.close, 3).down(60),
    "stoch_oversold(20, 4)": lambda b: stoch_raw(b, 4) < 20,
    "stoch_overbought(80, 4)": lambda b: stoch_raw(b, 4) > 80,
    "cci_oversold(90, 4)": lambda b: cci(b, 4) < -90,
    "cci_overbought(90, 4)": lambda b: cci(b, 4) > 90,
    "adx_trending(40, 3)": lambda b: adx_sma(b, 3) > 40,
    "willr_oversold(80, 4)": lambda b: stoch_raw(b, 4) - 100 < -80,
    "willr_overbought(20, 4)": lambda b: stoch_raw(b, 4) - 100 > -20,
    "mfi_oversold(25, 3)": lambda b: mfi(b, 3) < 25,
    "mfi_overbought(75, 3)": lambda b: mfi(b, 3) > 75,
    "roc_above(2, 3)": lambda b: roc(b.close, 3) > 2,
    "roc_below(2, 3)": lambda b: roc(b.close, 3) < -2,
    "momentum_high(1.5, 3)": lambda b: b.close - b.close[3] > 1.5 * sample_std(b.close - b.close[3], 3),
    "momentum_low(1.5, 3)": lambda b: b.close - b.close[3] < -1.5 * sample_std(b.close - b.close[3], 3),
    "bands_break_up(4, 1)": lambda b: b.close > sma(b.close, 4) + sample_std(b.close, 4),
    "bands_break_down(4, 1)": lambda b: b.close < sma(b.close, 4) - sample_std(b.close, 4),
    "squeeze_release_up(3, 0.3, 5)": lambda b: narrow(b)[1] & ~narrow(b) & (b.close > sma(b.close, 3)),
    "squeeze_release_down(3, 0.3, 5)": lambda b: narrow(b)[1] & ~narrow(b) & (b.close < sma(b.close, 3)),
    "keltner_break_up(0.5, 3, 3)": lambda b: b.close > ema(b.close, 3) + 0.5 * b.avg_range(3),
    "keltner_break_down(0.5, 3, 3)": lambda b: b.close < ema(b.close, 3) - 0.5 * b.avg_range(3),
    "ranges_expand(1.1, 2, 4)": lambda b: b.avg_range(2) > 1.1 * sma(b.avg_range(2), 4),
    "ranges_contract(0.8, 2, 4)": lambda b: b.avg_range(2) < 0.8 * sma(b.avg_range(2), 4),
    "far_below_sma(2%, 4)": lambda b: b.close < sma(b.close, 4) * 0.98,
    "far_above_sma(2%, 4)": lambda b: b.close > sma(b.close, 4) * 1.02,
    "far_below_vwap(2%, 4)": lambda b: b.close < vwap_rolling(b, 4) * 0.98,
    "far_above_vwap(2%, 4)": lambda b: b.close > vwap_rolling(b, 4) * 1.02,
    "rsi_bounce(40, 3)": lambda b: (rsi_sma(b.close, 3) < 40) & (rsi_sma(b.close, 3) > rsi_sma(b.close, 3)[1]),
    "rsi_fade(60, 3)": lambda b: (rsi_sma(b.close, 3) > 60) & (rsi_sma(b.close, 3) < rsi_sma(b.close, 3)[1]),
    # unger_trends
    "supertrend_turns_up(2, 1)": lambda b: supertrend(b, 2, 1) & ~supertrend(b, 2, 1)[1],
    "supertrend_turns_down(2, 1)": lambda b: ~supertrend(b, 2, 1) & supertrend(b, 2, 1)[1],
    "psar_turns_up()": lambda b: psar_up(b, 0.02, 0.2) & ~psar_up(b, 0.02, 0.2)[1],
    "psar_turns_down()": lambda b: ~psar_up(b, 0.02, 0.2) & psar_up(b, 0.02, 0.2)[1],
    "ichimoku_cross_up(2, 4)": lambda b: midprice(b, 2).up(midprice(b, 4)),
    "ichimoku_cross_down(2, 4)": lambda b: midprice(b, 2).down(midprice(b, 4)),
    "cloud_break_up(2, 3, 4, 3)": lambda b: b.close.up(larger(*spans(b, 2, 3, 4, 3))),
    "cloud_break_down(2, 3, 4, 3)": lambda b: b.close.down(smaller(*spans(b, 2, 3, 4, 3))),
    "aroon_cross_up(4)": lambda b: aroon(b, 4)[0].up(aroon(b, 4)[1]),
    "aroon_cross_down(4)": lambda b: aroon(b, 4)[1].up(aroon(b, 4)[0]),
    "aroon_high(4, 90)": lambda b: aroon(b, 4)[0] >= 90,
    "aroon_low(4, 90)": lambda b: aroon(b, 4)[1] >= 90,
    "vortex_cross_up(3)": lambda b: vortex(b, 3)[0].up(vortex(b, 3)[1]),
    "vortex_cross_down(3)": lambda b: vortex(b, 3)[1].up(vortex(b, 3)[0]),
    "choppiness_low(4, 45)": lambda b: choppiness(b, 4) < 45,
    "chandelier_cross_up(3, 1)": lambda b: b.close.up(highest(b.high, 3) - b.atr(3)),
    "chandelier_cross_down(3, 1)": lambda b: b.close.down(lowest(b.low, 3) + b.atr(3)),
    "hma_turns_up(4)": lambda b: (hma(b.close, 4) > hma(b.close, 4)[1]) & (hma(b.close, 4)[1] <= hma(b.close, 4)[2]),
    "hma_turns_down(4)": lambda b: (
        (hma(b.close, 4) < hma(b.close, 4)[1]) & (hma(b.close, 4)[1] >= hma(b.close, 4)[2])
    ),
    "alma_cross_up(4)": lambda b: b.close.up(alma(b.close, 4)),
    "alma_cross_down(4)": lambda b: b.close.down(alma(b.close, 4)),
    # unger_momentum
    "tsi_cross_zero_up(2, 3)": lambda b: tsi(b.close, 3, 2).up(0),
    "tsi_cross_zero_down(2, 3)": lambda b: tsi(b.close, 3, 2).down(0),
    "tsi_cross_up(2, 3, 3)": lambda b: tsi(b.close, 3, 2).up(ema(tsi(b.close, 3, 2), 3)),
    "tsi_cross_down(2, 3, 3)": lambda b: tsi(b.close, 3, 2).down(ema(tsi(b.close, 3, 2), 3)),
    "fisher_turns_up(3)": lambda b: fisher(b, 3).up(fisher(b, 3)[1]),
    "fisher_turns_down(3)": lambda b: fisher(b, 3).down(fisher(b, 3)[1]),
    "cmo_oversold(40, 3)": lambda b: cmo(b.close, 3) < -40,
    "cmo_overbought(40, 3)": lambda b: cmo(b.close, 3) > 40,
    "ultosc_oversold(40, 1, 2, 3)": lambda b: ultimate(b, 1, 2, 3) < 40,
    "ultosc_overbought(65, 1, 2, 3)": lambda b: ultimate(b, 1, 2, 3) > 65,
    "squeeze_fires_up(3, 1.5, 1.5)": lambda b: (
        squeeze(b, 3, 1.5, 1.5)[0][1] & ~squeeze(b, 3, 1.5, 1.5)[0] & (squeeze(b, 3, 1.5, 1.5)[1] > 0)
    ),
    "squeeze_fires_down(3, 1.5, 1.5)": lambda b: (
        squeeze(b, 3, 1.5, 1.5)[0][1] & ~squeeze(b, 3, 1.5, 1.5)[0] & (squeeze(b, 3, 1.5, 1.5)[1] < 0)
    ),
    "stochrsi_oversold(30, 3, 2)": lambda b: stoch_rsi(b.close, 3, 2, 2)[0] < 30,
    "stochrsi_overbought(80, 3, 2)": lambda b: stoch_rsi(b.close, 3, 2, 2)[0] > 80,
    "stochrsi_cross_up(3, 2, 2)": lambda b: (
        stoch_rsi(b.close, 3, 2, 2)[0].up(stoch_rsi(b.close, 3, 2, 2)[1])
        & (stoch_rsi(b.close, 3, 2, 2)[0] < 50)
    ),
    "stochrsi_cross_down(3, 2, 2)": lambda b: (
        stoch_rsi(b.close, 3, 2, 2)[0].down(stoch_rsi(b.close, 3, 2, 2)[1])
        & (stoch_rsi(b.close, 3, 2, 2)[0] > 50)
    ),
    "rvgi_cross_up(2)": lambda b: rvgi(b, 2)[0].up(rvgi(b, 2)[1]),
    "rvgi_cross_down(2)": lambda b: rvgi(b, 2)[0].down(rvgi(b, 2)[1]),
    "qqe_up(2)": lambda b: qqe_up(b.close, 2, 5, 4.236),
    "qqe_down(2)": lambda b: ~qqe_up(b.close, 2, 5, 4.236),
    "inertia_turns_up(2, 2)": lambda b: (
        inertia(b.close, 2, 2).up(inertia(b.close, 2, 2)[1]) & (inertia(b.close, 2, 2) > 50)
    ),
    "inertia_turns_down(2, 2)": lambda b: (
        inertia(b.close, 2, 2).down(inertia(b.close, 2, 2)[1]) & (inertia(b.close, 2, 2) < 50)
    ),
    "rsx_oversold(30, 2)": lambda b: rsx(b.close, 2) < 30,
    "rsx_overbought(70, 2)": lambda b: rsx(b.close, 2) > 70,
    # unger_flow
    "cmf_cross_up(0, 3)": lambda b: cmf(b, 3).up(0),
    "cmf_cross_down(0, 3)": lambda b: cmf(b, 3).down(0),
    "force_cross_up(3)": lambda b: force_index(b, 3).up(0),
    "force_cross_down(3)": lambda b: force_index(b, 3).down(0),
    "klinger_cross_up(2, 3, 2)": lambda b: klinger(b, 2, 3).up(ema(klinger(b, 2, 3), 2)),
    "klinger_cross_down(2, 3, 2)": lambda b: klinger(b, 2, 3).down(ema(klinger(b, 2, 3), 2)),
    "pvo_cross_up(2, 3, 2)": lambda b: (
        percentage_oscillator(b.volume, 2, 3).up(ema(percentage_oscillator(b.volume, 2, 3), 2))
    ),
    "pvo_cross_down(2, 3, 2)": lambda b: (
        percentage_oscillator(b.volume, 2, 3).down(ema(percentage_oscillator(b.volume, 2, 3), 2))
    ),
    "nvi_cross_up(3)": lambda b: volume_index(b, False).up(sma(volume_index(b, False), 3)),
    "pvi_cross_down(3)": lambda b: volume_index(b, True).down(sma(volume_index(b, True), 3)),
    "obv_breakout_up(2)": lambda b: (obv(b) > highest(obv(b), 2)[1]) & ~(obv(b) > highest(obv(b), 2)[1])[1],
    "obv_breakout_down(2)": lambda b: (obv(b) < lowest(obv(b), 2)[1]) & ~(obv(b) < lowest(obv(b), 2)[1])[1],
    "ad_cross_up(3)": lambda b: accumulation(b).up(sma(accumulation(b), 3)),
    "ad_cross_down(3)": lambda b: accumulation(b).down(sma(accumulation(b), 3)),
    "adosc_cross_up(2, 3)": lambda b: adosc(b, 2, 3).up(0),
    "adosc_cross_down(2, 3)": lambda b: adosc(b, 2, 3).down(0),
    # unger_filters
    "close_above_sma(3)": lambda b: b.close > sma(b.close, 3),
    "close_below_sma(3)": lambda b: b.close < sma(b.close, 3),
    "sma_rises(3, 3)": lambda b: sma(b.close, 3) > sma(b.close, 3)[2],
    "sma_falls(3, 3)": lambda b: sma(b.close, 3) < sma(b.close, 3)[2],
    "sma_stack_up(2, 3, 5)": lambda b: (sma(b.close, 2) > sma(b.close, 3)) & (sma(b.close, 3) > sma(b.close, 5)),
    "sma_stack_down(2, 3, 5)": lambda b: (sma(b.close, 2) < sma(b.close, 3)) & (sma(b.close, 3) < sma(b.close, 5)),
    "higher_highs(2)": lambda b: (b.high > highest(b.high, 2)[1]) | (highest(b.high, 2)[1] > highest(b.high, 2)[3]),
    "lower_lows(2)": lambda b: (b.low < lowest(b.low, 2)[1]) | (lowest(b.low, 2)[1] < lowest(b.low, 2)[3]),
    "rsi_neutral(3)": lambda b: (rsi_sma(b.close, 3) > 40) & (rsi_sma(b.close, 3) < 60),
    "rsi_not_oversold(30, 3)": lambda b: rsi_sma(b.close, 3) > 30,
    "rsi_not_overbought(65, 3)": lambda b: rsi_sma(b.close, 3) < 65,
    "macd_above_zero(2, 4)": lambda b: macd(b.close, 2, 4, 2)[0] > 0,
    "macd_below_zero(2, 4)": lambda b: macd(b.close, 2, 4, 2)[0] < 0,
    "macd_hist_rises(2, 4, 2)": lambda b: macd(b.close, 2, 4, 2)[2] > macd(b.close, 2, 4, 2)[2][1],
    "macd_hist_falls(2, 4, 2)": lambda b: macd(b.close, 2, 4, 2)[2] < macd(b.close, 2, 4, 2)[2][1],
    "roc_positive(3)": lambda b: roc(b.close, 3) > 0,
    "roc_negative(3)": lambda b: roc(b.close, 3) < 0,
    "volatility_above_usual(2, 4)": lambda b: b.avg_range(2) > sma(b.avg_range(2), 4),
    "volatility_below_usual(2, 4)": lambda b: b.avg_range(2) < sma(b.avg_range(2), 4),
    "bands_widen(3, 2)": lambda b: band_width(b.close, 3, 2) > band_width(b.close, 3, 2)[2],
    "range_not_extreme(1.3, 3)": lambda b: b.range < 1.3 * b.avg_range(3),
    "range_sufficient(0.5, 3)": lambda b: b.range > 0.5 * b.avg_range(3),
    "volume_above_average(3)": lambda b: b.volume > sma(b.volume, 3),
    "volume_spike(1.5, 3)": lambda b: b.volume > 1.5 * sma(b.volume, 3),
    "obv_rises(3)": lambda b: obv(b) > obv(b)[2],
    "obv_falls(3)": lambda b: obv(b) < obv(b)[2],
    "below_resistance(3, 2%)": lambda b: b.close < 0.98 * highest(b.high, 3)[1],
    "above_support(3, 2%)": lambda b: b.close > 1.02 * lowest(b.low, 3)[1],
    "inside_recent_range(2)": lambda b: (lowest(b.low, 2)[1] < b.close) & (b.close < highest(b.high, 2)[1]),
    "consolidation(2, 1.4, 4)": lambda b: highest(b.high, 2) - lowest(b.low, 2) < 1.4 * b.avg_range(4),
    "pullback_in_uptrend(2, 3)": lambda b: (sma(b.close, 3) < b.close) & (b.close < highest(b.high, 2)[1]),
    "pullback_in_downtrend(2, 3)": lambda b: (lowest(b.low, 2)[1] < b.close) & (b.close < sma(b.close, 3)),
    # unger_exits
    "adx_weakens(2, 2, 60)": lambda b: (adx_sma(b, 2) < adx_sma(b, 2)[2]) & (adx_sma(b, 2) < 60),
}


def values(text: str) -> list:
    """Members of a list in the language."""
    names = {"true": True, "false": False, "_": None}
    return [names[v] if v in names else float(v) for v in re.split(r",\s*", text.strip())]


def check(path: Path) -> tuple[int, list[str]]:
    """How many asserts of a module were looked at, and what is wrong."""
    count, wrong = 0, []
    for block in re.findall(r'^test "bars .*?^}', path.read_text(), flags=re.M | re.S):
        given = {name: values(body) for name, body in re.findall(r"given (\w+) = \[(.*?)\]", block, flags=re.S)}
        given.setdefault("volume", [1.0] * len(given["close"]))
        bars = Bars(*(Series(given[column]) for column in COLUMNS))
        for call, body in re.findall(r"assert (\w+\(.*?\)) is \[(.*?)\]", block, flags=re.S):
            count += 1
            have = values(body)
            if call not in DEFINITIONS:
                wrong.append(f"{path.name}: {call} has no definition here")
            elif DEFINITIONS[call](bars).v != have:
                wrong.append(f"{path.name}: {call} is {have}, by definition {DEFINITIONS[call](bars).v}")
            elif True not in have or False not in have:
                wrong.append(f"{path.name}: {call} does not show both answers")
    return count, wrong


def main() -> int:
    total_count, wrong = 0, []
    for path in sorted(MODULES.glob("unger*.sbt")):
        count, found = check(path)
        print(f"{path.name}: {count} asserts, {len(found)} wrong")
        total_count += count
        wrong += found
    if total_count != len(DEFINITIONS):
        wrong.append(f"{total_count} asserts, but {len(DEFINITIONS)} definitions")
    print("\n".join(wrong) if wrong else f"{total_count} asserts are as defined")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
