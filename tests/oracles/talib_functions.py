"""What TA-Lib and the standard library both have: TA-Lib's call and our expression for each of its outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Sequence


@dataclass(frozen=True)
class Function:
    """A TA-Lib function with the arguments and expressions of one comparison."""

    name: str
    expressions: Sequence[str]
    outputs: Callable[[object, dict], Sequence]
    """(talib, candles) → one array for each expression."""
    scale: str = "price"
    """Size of what is added up inside: rounding is measured against it where a value passes through zero."""
    exact: bool = False
    """Whole numbers: no tolerance."""
    late: int = 0
    """By how many bars our first value comes after TA-Lib's, for a reason that the library's doc comment states."""
    index_of: str = ""
    """The output is a row of this column: rows that hold the same price are the same answer."""


def _one(name, expression, inputs, *parameters, scale="price", exact=False):
    def outputs(talib, candles):
        return [getattr(talib, name)(*(candles[column] for column in inputs.split()), *parameters)]

    return Function(name, [expression], outputs, scale, exact)


def _many(name, call, fields, inputs, *parameters, scale="price"):
    def outputs(talib, candles):
        return getattr(talib, name)(*(candles[column] for column in inputs.split()), *parameters)

    return Function(name, [f"{call}.{field}" for field in fields], outputs, scale)


def _bop(candles):
    """A series within -1..1, as the inverse functions want it; equals our `bop()`."""
    import numpy as np

    width = candles["high"] - candles["low"]
    return np.where(width == 0, 0.0, (candles["close"] - candles["open"]) / np.where(width == 0, 1.0, width))


def _rows(candles):
    """The number of each row, as `bar_index`."""
    import numpy as np

    return np.arange(len(candles["close"]), dtype=float)


KINDS = "sma ema wma dema tema trima kama mama t3 hma none  zlema rma".split(" ")
"""Our name for each number of TA-Lib's MA_Type; 11 is a function's own default."""

HLC = "high low close"
OHLC = "open high low close"
HLCV = "high low close volume"

PATTERNS = """
2crows 3blackcrows 3inside 3linestrike 3outside 3starsinsouth 3whitesoldiers abandonedbaby advanceblock belthold
breakaway closingmarubozu concealbabyswall counterattack darkcloudcover doji dojistar dragonflydoji engulfing
eveningdojistar eveningstar gapsidesidewhite gravestonedoji hammer hangingman harami haramicross highwave hikkake
hikkakemod homingpigeon identical3crows inneck invertedhammer kicking kickingbylength ladderbottom longleggeddoji
longline marubozu matchinglow mathold morningdojistar morningstar onneck piercing rickshawman risefall3methods
separatinglines shootingstar shortline spinningtop stalledpattern sticksandwich takuri tasukigap thrusting tristar
unique3river upsidegap2crows xsidegap3methods
""".split()

FUNCTIONS: list[Function] = [
    # averages
    _one("SMA", "sma(close, 30)", "close", 30),
    _one("EMA", "ema(close, 30)", "close", 30),
    _one("WMA", "wma(close, 30)", "close", 30),
    _one("RMA", "rma(close, 30)", "close", 30),
    _one("DEMA", "dema(close, 30)", "close", 30),
    _one("TEMA", "tema(close, 30)", "close", 30),
    _one("TRIMA", "trima(close, 30)", "close", 30),
    _one("TRIMA", "trima(close, 9)", "close", 9),
    _one("T3", "t3(close, 5, 0.7)", "close", 5, 0.7),
    _one("HMA", "hma(close, 20)", "close", 20),
    _one("ZLEMA", "zlema(close, 30)", "close", 30),
    _one("KAMA", "kama(close, 30)", "close", 30),
    _one("VWMA", "vwma(close, 30)", "close volume", 30),
    *[_one("MA", f"ma(close, 20, MaType.{kind})", "close", 20, number) for number, kind in enumerate(KINDS) if kind],
    Function("MAVP", ["mavp(close, float(low), 5, 30)"], lambda talib, c: [talib.MAVP(c["close"], c["low"], 5, 30)]),
    Function(
        "MAVP",
        ["mavp(close, 2 + float(bar_index mod 40), 5, 30)"],
        lambda talib, c: [talib.MAVP(c["close"], 2.0 + _rows(c) % 40, 5, 30)],
    ),
    _one("MIDPOINT", "midpoint(close, 14)", "close", 14),
    _one("MIDPRICE", "midprice(14)", "high low", 14),
    _one("ER", "efficiency_ratio(close, 10)", "close", 10, scale="one"),
    # momentum
    _one("MOM", "mom(close, 10)", "close", 10),
    _one("ROC", "roc(close, 10)", "close", 10, scale="hundred"),
    _one("ROCP", "rocp(close, 10)", "close", 10, scale="one"),
    _one("ROCR", "rocr(close, 10)", "close", 10, scale="one"),
    _one("ROCR100", "rocr100(close, 10)", "close", 10, scale="hundred"),
    _one("RSI", "rsi(close, 14)", "close", 14, scale="hundred"),
    _one("CMO", "cmo(close, 14)", "close", 14, scale="hundred"),
    _one("CMOU", "cmo_sum(close, 14)", "close", 14, scale="hundred"),
    _many("MACD", "macd(close, 12, 26, 9)", ("line", "signal", "hist"), "close", 12, 26, 9),
    _many("MACDFIX", "macdfix(close, 9)", ("line", "signal", "hist"), "close", 9),
    _many("MACDEXT", "macd_sma(close, 12, 26, 9)", ("line", "signal", "hist"), "close", 12, 0, 26, 0, 9, 0),
    *[
        _many(
            "MACDEXT",
            f"macdext(close, 12, MaType.{KINDS[fast]}, 26, MaType.{KINDS[slow]}, 9, MaType.{KINDS[signal]})",
            ("line", "signal", "hist"),
            "close", 12, fast, 26, slow, 9, signal,
        )
        for fast, slow, signal in [(1, 1, 1), (3, 4, 5), (8, 0, 2), (6, 5, 1), (9, 12, 13), (2, 1, 6)]
    ],
    _one("APO", "apo(close, 12, 26)", "close", 12, 26, 1),
    _one("PPO", "ppo(close, 12, 26)", "close", 12, 26, 1, scale="hundred"),
    *[_one("APO", f"apo(close, 12, 26, MaType.{KINDS[kind]})", "close", 12, 26, kind) for kind in (0, 2, 3, 4, 5, 6, 8)],
    *[
        _one("PPO", f"ppo(close, 12, 26, MaType.{KINDS[kind]})", "close", 12, 26, kind, scale="hundred")
        for kind in (0, 2, 3, 4, 5, 6, 8)
    ],
    _one("PVO", "pvo(12, 26, MaType.sma)", "volume", 12, 26, 0, scale="hundred"),
    _one("PVO", "pvo(12, 26)", "volume", 12, 26, 1, scale="hundred"),
    _many("STOCHF", "stochf(5, 3)", ("k", "d"), HLC, 5, 3, scale="hundred"),
    _many("STOCH", "stoch(5, 3, 3)", ("k", "d"), HLC, 5, 3, 0, 3, 0, scale="hundred"),
    _many("STOCHF", "stochf(14, 3, MaType.ema)", ("k", "d"), HLC, 14, 3, 1, scale="hundred"),
    _many("STOCH", "stoch(14, 3, 5, MaType.ema, MaType.wma)", ("k", "d"), HLC, 14, 3, 1, 5, 2, scale="hundred"),
    _many("STOCHRSI", "stochrsi(close, 14, 5, 3, MaType.ema)", ("k", "d"), "close", 14, 5, 3, 1, scale="hundred"),
    _many("STOCHRSI", "stochrsi(close, 14, 5, 3)", ("k", "d"), "close", 14, 5, 3, scale="hundred"),
    _many("KDJ", "kdj(9, 3, 3)", ("k", "d", "j"), HLC, 9, 3, 13, 3, 13, scale="hundred"),
    _one("WILLR", "willr(14)", HLC, 14, scale="hundred"),
    _one("CCI", "cci(14)", HLC, 14, scale="hundred"),
    _one("MFI", "mfi(14)", HLCV, 14, scale="hundred"),
    _one("BOP", "bop()", OHLC, scale="one"),
    _one("TRIX", "trix(close, 30)", "close", 30, scale="hundred"),
    _one("ULTOSC", "ultosc(7, 14, 28)", HLC, 7, 14, 28, scale="hundred"),
    _one("TSI", "tsi(close, 25, 13)", "close", 25, 13, scale="hundred"),
    _many("SMI", "smi(13, 2, 25, 9)", ("line", "signal"), HLC, 13, 2, 25, 9, scale="hundred"),
    _one("AO", "ao(5, 34)", "high low", 5, 34),
    _one("AC", "ac(5, 34, 5)", "high low", 5, 34, 5),
    _one("DPO", "dpo(close, 20)", "close", 20),
    _one("COPPOCK", "coppock(close, 10, 11, 14)", "close", 10, 11, 14, scale="hundred"),
    _many("ERI", "elder_ray(13)", ("bull", "bear"), HLC, 13),
    _one("IMI", "imi(14)", "open close", 14, scale="hundred"),
    _one("QSTICK", "qstick(10)", "open close", 10),
    _one("FOSC", "fosc(close, 5)", "close", 5, scale="hundred"),
    # volatility
    _one("TRANGE", "true_range()", HLC),
    _one("ATR", "atr(14)", HLC, 14),
    _one("NATR", "natr(14)", HLC, 14, scale="hundred"),
    _one("ADR", "adr(14)", "high low", 14),
    _one("VAR", "variance(close, 5)", "close", 5, scale="price2"),
    _one("STDDEV", "stdev(close, 5)", "close", 5, scale="root"),
    Function(
        "BBANDS",
        ["bollinger(close, 20, 2).top", "bollinger(close, 20, 2).mid", "bollinger(close, 20, 2).low"],
        lambda talib, c: talib.BBANDS(c["close"], 20, 2.0, 2.0),
    ),
    Function(
        "BBANDS",
        ["bollinger(close, 20, 1.5).top", "bollinger(close, 20, 3).low"],
        lambda talib, c: talib.BBANDS(c["close"], 20, 1.5, 3.0)[::2],
    ),
    *[
        Function(
            "BBANDS",
            [f"bollinger(close, 20, 2, MaType.{KINDS[kind]}).{part}" for part in ("top", "mid", "low")],
            lambda talib, c, kind=kind: talib.BBANDS(c["close"], 20, 2.0, 2.0, kind),
        )
        for kind in (1, 3, 5, 8)
    ],
    _many("KC", "keltner(20, 2, 10)", ("top", "mid", "low"), HLC, 20, 10, 2.0),
    _many("DONCHIAN", "donchian(20)", ("top", "mid", "low"), "high low", 20),
    _many("ACCBANDS", "accbands(20)", ("top", "mid", "low"), HLC, 20),
    _one("CVI", "chaikin_volatility(10, 10)", "high low", 10, 10, scale="hundred"),
    _one("MASSI", "mass_index(9, 25)", "high low", 9, 25, scale="one"),
    _one("RVI", "rvi(close, 14, 10)", "close", 14, 10, scale="hundred"),
    # volume
    _one("OBV", "obv()", "close volume", scale="largest"),
    _one("AD", "ad()", HLCV, scale="largest"),
    _one("ADOSC", "adosc(3, 10)", HLCV, 3, 10, scale="largest"),
    _one("CMF", "cmf(20)", HLCV, 20, scale="one"),
    _one("EFI", "force_index(13)", "close volume", 13, scale="largest"),
    _one("MARKETFI", "market_facilitation()", "high low volume", scale="largest"),
    _one("NVI", "nvi()", "close volume", scale="largest"),
    _one("PVI", "pvi()", "close volume", scale="largest"),
    _one("PVT", "pvt()", "close volume", scale="largest"),
    _one("RVOL", "relative_volume(20)", "volume", 20, scale="one"),
    _one("VWAP", "vwap_cumulative()", HLCV),
    _one("WAD", "wad()", HLC, scale="largest"),
    # trend
    _one("PLUS_DM", "plus_dm(14)", "high low", 14),
    _one("MINUS_DM", "minus_dm(14)", "high low", 14),
    _one("PLUS_DI", "plus_di(14)", HLC, 14, scale="hundred"),
    _one("MINUS_DI", "minus_di(14)", HLC, 14, scale="hundred"),
    _one("DX", "dx(14)", HLC, 14, scale="hundred"),
    _one("ADX", "adx(14)", HLC, 14, scale="hundred"),
    _one("ADXR", "adxr(14)", HLC, 14, scale="hundred"),
    _many("AROON", "aroon(14)", ("down", "up"), "high low", 14, scale="hundred"),
    _one("AROONOSC", "aroonosc(14)", "high low", 14, scale="hundred"),
    Function(
        "SUPERTREND",
        ["supertrend(10, 3).line", "if supertrend(10, 3).up then 1 else -1"],
        lambda talib, c: talib.SUPERTREND(c["high"], c["low"], c["close"], 10, 3.0),
    ),
    _one("SAR", "psar(0.02, 0.2).line", "high low", 0.02, 0.2),
    *[
        Function(
            "SAREXT",
            [f"if sarext({ours}).up then sarext({ours}).line else -sarext({ours}).line"],
            lambda talib, c, theirs=theirs: [talib.SAREXT(c["high"], c["low"], *theirs)],
        )
        for ours, theirs in {
            "": (),
            "price(0), 0.01, 0.03, 0.04, 0.3, 0.01, 0.02, 0.1": (0, 0.01, 0.03, 0.04, 0.3, 0.01, 0.02, 0.1),
            "price(50)": (50,),
            "price(-20000), 0.02": (-20000, 0.02),
            "price(0), 0, 0.3, 0.02, 0.2, 0.25, 0.02, 0.2": (0, 0, 0.3, 0.02, 0.2, 0.25, 0.02, 0.2),
        }.items()
    ],
    _many("VORTEX", "vortex(14)", ("plus", "minus"), HLC, 14, scale="one"),
    _one("VHF", "vhf(close, 28)", "close", 28, scale="one"),
    _many("HA", "heikin_ashi()", ("open", "high", "low", "close"), OHLC),
    Function(
        "FRACTAL",
        ["if fractal(2, 2).top then 100 else 0", "if fractal(2, 2).bottom then 100 else 0"],
        lambda talib, c: talib.FRACTAL(c["high"], c["low"], 2, 2),
        exact=True,
    ),
    # statistics
    _one("AVGDEV", "avgdev(close, 14)", "close", 14),
    _one("PERCENTILE", "percentile(close, 30, 50)", "close", 30, 50.0),
    _one("PERCENTILE", "percentile(close, 30, 20)", "close", 30, 20.0),
    _one("PERCENTRANK", "percent_rank(close, 100)", "close", 100, scale="hundred"),
    _one("LINEARREG", "linreg(close, 14)", "close", 14),
    _one("LINEARREG_SLOPE", "linreg_slope(close, 14)", "close", 14),
    _one("LINEARREG_INTERCEPT", "linreg_intercept(close, 14)", "close", 14),
    _one("LINEARREG_ANGLE", "linreg_angle(close, 14)", "close", 14, scale="degrees"),
    _one("TSF", "tsf(close, 14)", "close", 14),
    _one("CORREL", "correlation(high, low, 30)", "high low", 30, scale="one"),
    _one("BETA", "beta(high, low, 5)", "high low", 5, scale="one"),
    _one("MEDPRICE", "median_price()", "high low"),
    _one("TYPPRICE", "typical_price()", HLC),
    _one("AVGPRICE", "average_price()", OHLC),
    _one("WCLPRICE", "weighted_close()", HLC),
    _one("CUMSUM", "cumulative(close)", "close", scale="largest"),
    _one("MAX", "highest(close, 30)", "close", 30),
    _one("MIN", "lowest(close, 30)", "close", 30),
    _one("SUM", "sum_of(close, 30)", "close", 30),
    Function("MINMAX", ["lowest(close, 30)", "highest(close, 30)"], lambda talib, c: talib.MINMAX(c["close"], 30)),
    Function(
        "MAXINDEX",
        ["bar_index - highest_ago(close, 30)"],
        lambda talib, c: [talib.MAXINDEX(c["close"], 30)],
        exact=True,
        index_of="close",
    ),
    Function(
        "MININDEX",
        ["bar_index - lowest_ago(close, 30)"],
        lambda talib, c: [talib.MININDEX(c["close"], 30)],
        exact=True,
        index_of="close",
    ),
    Function(
        "MINMAXINDEX",
        ["bar_index - lowest_ago(close, 30)", "bar_index - highest_ago(close, 30)"],
        lambda talib, c: talib.MINMAXINDEX(c["close"], 30),
        exact=True,
        index_of="close",
    ),
    # cycles
    _one("HT_DCPERIOD", "ht_dcperiod(close)", "close", scale="hundred"),
    _one("HT_DCPHASE", "ht_dcphase(close)", "close", scale="cycle_degrees"),
    _many("HT_PHASOR", "ht_phasor(close)", ("inphase", "quadrature"), "close"),
    _many("HT_SINE", "ht_sine(close)", ("sine", "lead"), "close", scale="cycle"),
    _one("HT_TRENDLINE", "ht_trendline(close)", "close"),
    Function(
        "HT_TRENDMODE",
        ["if ht_trendmode(close) then 1 else 0"],
        lambda talib, c: [talib.HT_TRENDMODE(c["close"])],
        exact=True,
        late=12,
    ),
    _many("MAMA", "mama(close, 0.5, 0.05)", ("mama", "fama"), "close", 0.5, 0.05),
    # operators and transforms
    _one("ADD", "high + low", "high low"),
    _one("SUB", "high - low", "high low"),
    _one("MULT", "high * low", "high low"),
    _one("DIV", "high / low", "high low", scale="one"),
    _one("SQRT", "sqrt(float(close))", "close"),
    _one("LN", "log(float(close))", "close", scale="one"),
    _one("LOG10", "log10(float(close))", "close", scale="one"),
    _one("FLOOR", "floor(close)", "close"),
    _one("CEIL", "ceil(close)", "close"),
    _one("SIN", "sin(float(close))", "close", scale="one"),
    _one("COS", "cos(float(close))", "close", scale="one"),
    _one("ATAN", "atan(float(close))", "close", scale="one"),
    *[
        Function(name, [f"{ours}(bop())"], lambda talib, c, name=name: [getattr(talib, name)(_bop(c))], "one")
        for name, ours in {
            "ACOS": "acos", "ASIN": "asin", "TAN": "tan", "COSH": "cosh", "SINH": "sinh", "TANH": "tanh", "EXP": "exp",
        }.items()
    ],
    # candlestick patterns
    *[_one(f"CDL{name.upper()}", f"cdl_{name}()", OHLC, exact=True) for name in PATTERNS],
]
