"""What pandas-ta and the standard library both have: pandas-ta's call and our expression for each of its outputs.

Two packages know pandas-ta's indicators on Python 3.11: `pandas_ta_classic` goes on from release 0.3.14b, `pandas_ta` (from
pandas-ta-openbb) from 0.4. The first is asked where it has the indicator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Sequence


@dataclass(frozen=True)
class Function:
    """An indicator of pandas-ta with the arguments and expressions of one comparison."""

    name: str
    expressions: Sequence[str]
    outputs: Callable[[object, dict], Sequence]
    """(package, columns as pandas series) → one series for each expression."""
    package: str = "classic"
    scale: str = "price"
    """Size of what is added up inside, as in `talib_functions`."""
    exact: bool = False
    late: int = 0
    """By how many bars our first value may come after theirs: pandas-ta writes something over its warm-up."""
    settles: int = 0
    """Bars after which a different start has faded."""
    start: str = ""
    """Why the start differs, where `settles` is not 0."""
    index_of: str = ""


WARM = 100_000
"""Flags: pandas-ta writes `no` until its inputs exist, we write nothing."""

FLAG = "pandas-ta has no value of its own for a flag before its inputs exist"


def _one(name, expression, inputs, *parameters, **more):
    options = {k: more.pop(k) for k in list(more) if k in Function.__dataclass_fields__}

    def outputs(ta, c):
        return [getattr(ta, name)(*(c[column] for column in inputs.split()), *parameters, **more)]

    return Function(name, [expression], outputs, **options)


def _many(name, expressions, inputs, *parameters, take=None, **more):
    options = {k: more.pop(k) for k in list(more) if k in Function.__dataclass_fields__}

    def outputs(ta, c):
        frame = getattr(ta, name)(*(c[column] for column in inputs.split()), *parameters, **more)
        if frame is None:
            return [None] * len(expressions)
        return [frame.iloc[:, i] for i in (take if take is not None else range(len(expressions)))]

    return Function(name, expressions, outputs, **options)


def _fields(call, *fields):
    return [f"{call}.{field}" for field in fields]


def _flag(expression):
    return f"if {expression} then 1 else 0"


HL, HLC, OHLC, HLCV, CV = "high low", "high low close", "open high low close", "high low close volume", "close volume"

FUNCTIONS: list[Function] = [
    # overlap
    _one("alma", "alma(close, 10)", "close", 10, 6.0, 0.85),
    _one("alma", "alma(close, 21, 0.85, 6)", "close", 21, 6.0, 0.85, package="openbb"),
    _one("avgprice", "average_price()", OHLC),
    _one("dema", "dema(close, 10)", "close", 10),
    _one("ema", "ema(close, 10)", "close", 10),
    _one("fwma", "fwma(close, 10)", "close", 10),
    _many("hilo", ["hilo(13, 21).line"], HLC, 13, 21),
    _one("hl2", "hl2", HL),
    _one("hlc3", "hlc3", HLC),
    _one("hma", "hma(close, 10)", "close", 10),
    _one("ht_trendline", "ht_trendline(close)", "close"),
    _one("hwma", "hwma(close)", "close"),
    Function(
        "ichimoku",
        [f"ichimoku(9, 26, 52, 27).{part}" for part in ("span_a", "span_b", "conversion", "base")],
        lambda ta, c: _ichimoku(ta, c),
    ),
    _one("jma", "jma(close, 7)", "close", 7),
    _one("kama", "kama(close, 10, 2, 30)", "close", 10, 2, 30, late=1),
    _one("linreg", "linreg(close, 14)", "close", 14),
    _one("linregangle", "linreg_angle(close, 14)", "close", 14, scale="degrees"),
    _one("linregintercept", "linreg_intercept(close, 14)", "close", 14),
    _one("linregslope", "linreg_slope(close, 14)", "close", 14),
    Function("ma", ["ma(close, 10, MaType.wma)"], lambda ta, c: [ta.ma("wma", c["close"], length=10)]),
    _many("mama", _fields("mama(close)", "mama", "fama"), "close", scale="price"),
    Function("mavp", ["mavp(close, 2 + float(bar_index mod 40), 2, 30)"], lambda ta, c: [_mavp(ta, c)]),
    _one("mcgd", "mcginley(close, 10)", "close", 10, c=0.6),
    _one("medprice", "median_price()", HL),
    _one("midpoint", "midpoint(close, 14)", "close", 14),
    _one("midprice", "midprice(14)", HL, 14),
    _many("mmar", _fields("mmar(close)", *"abcdef"), "close"),
    _one("ohlc4", "ohlc4", OHLC),
    _one("pwma", "pwma(close, 10)", "close", 10),
    _many("rainbow", _fields("rainbow(close)", *(f"r{i}" for i in range(1, 11))), "close"),
    _one("rma", "rma(close, 10)", "close", 10),
    _one("sinwma", "sinwma(close, 14)", "close", 14),
    _one("sma", "sma(close, 10)", "close", 10),
    _one("ssf", "ssf(close, 10)", "close", 10, 2),
    Function("ssf3", ["ssf3(close, 20)"], lambda ta, c: [ta.ssf(c["close"], 20, 3)]),
    _one("ssf3", "ssf3(close, 20)", "close", 20, package="openbb", pi=3.141592653589793, sqrt3=3**0.5),
    _one("smma", "smma(close, 7)", "close", 7, package="openbb"),
    _many("supertrend", ["supertrend(7, 3).line"], HLC, 7, 3.0),
    _one("swma", "swma(close, 10)", "close", 10),
    _one("t3", "t3(close, 10, 0.7)", "close", 10, 0.7),
    _one("tema", "tema(close, 10)", "close", 10),
    _one("trima", "trima(close, 11)", "close", 11),
    _one("tsf", "tsf(close, 14)", "close", 14),
    _one("typprice", "typical_price()", HLC),
    _one("vidya", "vidya(close, 14)", "close", 14, settles=1500, start="pandas-ta starts at an average, we at the price"),
    _one("vwap", "vwap()", HLCV),
    _one("vwma", "vwma(close, 10)", CV, 10),
    _one("wcp", "weighted_close()", HLC),
    _one("wma", "wma(close, 10)", "close", 10),
    _one("zlma", "zlema(close, 10)", "close", 10),
    _many("alligator", ["smma(close, 13)", "smma(close, 8)", "smma(close, 5)"], "close", package="openbb"),
    # trend
    _many("adx", ["adx(14)", "plus_di(14)", "minus_di(14)"], HLC, 14, take=(0, 1, 2), scale="hundred"),
    _many("adxr", ["adxr(14)"], HLC, 14, scale="hundred"),
    _many(
        "amat", [_flag("amat(close).long_run"), _flag("amat(close).short_run")], "close", exact=True, late=WARM,
    ),
    _many("aroon", ["aroon(14).down", "aroon(14).up", "aroonosc(14)"], HL, 14, scale="hundred"),
    _one("chop", "choppiness(14)", HLC, 14, scale="hundred"),
    Function(
        "cksp",
        ["chande_kroll(10, 1, 9).long_stop", "chande_kroll(10, 1, 9).short_stop"],
        lambda ta, c: [f for _, f in ta.cksp(c["high"], c["low"], c["close"], 10, 1, 9).items()],
    ),
    Function(
        "cpr",
        [f"cpr().{part}[1]" for part in ("top", "pivot", "bottom")] + ["cpr().width[1]"],
        lambda ta, c: _cpr(ta, c),
    ),
    *[
        Function(
            "cpr",
            [f"pivots{kind}().{part}[1]" for part in parts.split()],
            lambda ta, c, method=method, parts=parts: _pivots(ta, c, method, parts.split()),
        )
        for kind, method, parts in [
            ("", "classic", "r1 s1 r2 s2 r3 s3"),
            ("_camarilla", "camarilla", "r1 s1 r2 s2 r3 s3 r4 s4"),
            ("_fibonacci", "fibonacci", "r1 s1 r2 s2 r3 s3"),
            ("_woodie", "woodie", "r1 s1 r2 s2"),
        ]
    ],
    _one("decay", "decay(float(close), 5)", "close", 5, late=1),
    _one("decreasing", _flag("decreasing(close, 3)"), "close", 3, exact=True, late=WARM),
    Function(
        "dpo",
        ["dpo(close, 20)", "close - sma(close, 20)[11]"],
        lambda ta, c: [ta.dpo(c["close"], 20, centered=True).shift(11), ta.dpo(c["close"], 20, centered=False)],
    ),
    _one("dx", "dx(14)", HLC, 14, scale="hundred"),
    _one("edecay", "edecay(close, 5)", "close", 5),
    _one("increasing", _flag("increasing(close, 3)"), "close", 3, exact=True, late=WARM),
    Function(
        "long_run",
        [_flag("long_run(ema(close, 8), ema(close, 21), 2)")],
        lambda ta, c: [ta.long_run(ta.ema(c["close"], 8), ta.ema(c["close"], 21), 2).astype(int)],
        exact=True,
        late=WARM,
    ),
    Function(
        "short_run",
        [_flag("short_run(ema(close, 8), ema(close, 21), 2)")],
        lambda ta, c: [ta.short_run(ta.ema(c["close"], 8), ta.ema(c["close"], 21), 2).astype(int)],
        exact=True,
        late=WARM,
    ),
    _one("minus_dm", "minus_dm(14)", HL, 14),
    _one("plus_dm", "plus_dm(14)", HL, 14),
    _one("pmax", "pmax(10, 3).line", HLC, 10, 3.0),
    Function("psar", ["psar(0.02, 0.2).line"], lambda ta, c: [_psar(ta, c)], settles=500,
             start="pandas-ta starts at the first close"),
    _one("qstick", "qstick(10)", "open close", 10),
    _one("sarext", "if sarext().up then sarext().line else -sarext().line", HL, talib=True),
    Function(
        "tsignals",
        [_flag("tsignals(close > sma(close, 10)).starts"), _flag("tsignals(close > sma(close, 10)).ends")],
        lambda ta, c: _tsignals(ta, c),
        exact=True,
        late=WARM,
    ),
    _many("ttm_trend", ["if ttm_trend(6) then 1 else -1"], HLC, 6, exact=True, late=WARM),
    _one("vhf", "vhf(close, 28)", "close", 28, scale="one"),
    _many("vortex", ["vortex(14).plus", "vortex(14).minus"], HLC, 14, scale="one"),
    Function(
        "xsignals",
        [_flag("xsignals(rsi(close, 14), 70, 30)")],
        lambda ta, c: [ta.xsignals(ta.rsi(c["close"], 14), 70, 30).iloc[:, 0]],
        exact=True,
        late=WARM,
    ),
    _many("alphatrend", ["alphatrend().line", "alphatrend().signal"], "open high low close volume", package="openbb",
          talib=False, settles=800, start="pandas-ta's line begins at 0"),
    _many("rwi", ["random_walk_index(14).high", "random_walk_index(14).low"], HLC, 14, package="openbb", scale="one",
          talib=False, settles=400, start="pandas-ta 0.4 seeds its average true range otherwise"),
    # statistics
    _one("beta", "beta(close, open, 30)", "open close", 30, scale="one"),
    _one("correl", "correlation(close, open, 30)", "close open", 30, scale="correlation"),
    _one("entropy", "window_entropy(close, 10)", "close", 10, scale="one"),
    _one("entropy", "entropy(close, 10)", "close", 10, package="openbb", scale="one"),
    _one("kurtosis", "kurtosis(close, 30)", "close", 30, scale="moment"),
    _one("mad", "avgdev(close, 30)", "close", 30),
    _one("md", "avgdev(close, 30)", "close", 30),
    _one("median", "median(close, 30)", "close", 30),
    _one("quantile", "quantile(close, 30, 0.3)", "close", 30, 0.3),
    _one("skew", "skew(close, 30)", "close", 30, scale="moment"),
    _one("stderr", "stderr(close, 14)", "close", 14, scale="root"),
    _one("stdev", "stdev(close, 30)", "close", 30, scale="root"),
    Function(
        "tos_stdevall",
        [f"tos_stdevall(close, 30).{part}" for part in ("mid", "low1", "top1", "low2", "top2", "low3", "top3")],
        lambda ta, c: _tos(ta, c),
    ),
    _one("variance", "variance(close, 30)", "close", 30, scale="price2"),
    _one("zscore", "zscore(close, 30)", "close", 30, scale="moment"),
    # cycles
    _one("dsp", "dsp(close, 14)", "close", 14),
    _one("ht_dcperiod", "ht_dcperiod(close)", "close", scale="hundred"),
    _one("ht_dcphase", "ht_dcphase(close)", "close", scale="cycle_degrees"),
    _many("ht_phasor", ["ht_phasor(close).inphase", "ht_phasor(close).quadrature"], "close"),
    _many("ht_sine", ["ht_sine(close).sine", "ht_sine(close).lead"], "close", scale="cycle"),
    _one("ht_trendmode", _flag("ht_trendmode(close)"), "close", exact=True, late=WARM),
    _many("msw", ["msw(close, 5).sine", "msw(close, 5).lead"], "close", 5, scale="cycle"),
    Function("reflex", ["reflex(close)"], lambda ta, c: [_flex(c, True)], package="own", scale="moment"),
    Function("trendflex", ["trendflex(close)"], lambda ta, c: [_flex(c, False)], package="own", scale="moment"),
    Function("ebsw", ["ebsw(close)"], lambda ta, c: [_ebsw(c)], package="own", scale="one"),
    # performance
    _many("drawdown", _fields("drawdown(close)", "size", "share", "log"), "close", scale="price"),
    _one("log_return", "log_returns(close)", "close", scale="one"),
    _one("percent_return", "returns(close)", "close", scale="one"),
    # volatility
    _many("aberration", ["aberration(5, 15).mid", "aberration(5, 15).top", "aberration(5, 15).low", "atr(15)"], HLC, 5, 15),
    _many("accbands", ["accbands(20).low", "accbands(20).mid", "accbands(20).top"], HLC, 20),
    _one("atr", "atr(14)", HLC, 14),
    _one("avolume", "avolume(close, 20)", "close", 20, scale="one"),
    _many(
        "bbands",
        [
            "bollinger(close, 20, 2).low", "bollinger(close, 20, 2).mid", "bollinger(close, 20, 2).top",
            "100 * bandwidth(close, 20, 2)", "percent_b(close, 20, 2)",
        ],
        "close", 20, 2.0, scale="root",
    ),
    _many("ce", ["chandelier(22, 3).long_exit", "chandelier(22, 3).short_exit"], HLC, 22, 3.0),
    _many("chandelier_exit", ["highest(high, 22) - 2 * atr(14)", "lowest(low, 22) + 2 * atr(14)"], HLC, package="openbb",
          late=WARM, talib=False, settles=500, start="pandas-ta 0.4 seeds its average true range otherwise"),
    _one("cvi", "chaikin_volatility(10, 10)", HL, 10, scale="hundred"),
    _many("donchian", ["donchian(20).low", "donchian(20).mid", "donchian(20).top"], HL, 20, 20),
    _one("hvol", "100 * historical_volatility(close, 20, 252)", "close", 20, scale="hundred"),
    _many("hwc", ["hwc(close).mid", "hwc(close).top", "hwc(close).low"], "close", late=1, scale="root"),
    _many("kc", ["kc(20, 2).low", "kc(20, 2).mid", "kc(20, 2).top"], HLC, 20, 2.0),
    _one("massi", "mass_index(9, 25)", HL, 9, 25, scale="one"),
    _one("natr", "natr(14)", HLC, 14, scale="hundred"),
    _one("pdist", "pdist()", OHLC),
    _one("rvi", "rvi_ema(close, 14)", "close", length=14, scale="moment"),
    _many(
        "thermo",
        ["thermo().size", "thermo().average", _flag("thermo().calm"), _flag("thermo().hot")],
        HL, late=WARM,
    ),
    _one("true_range", "true_range()", HLC),
    _one("ui", "ulcer_index(close, 14)", "close", 14, scale="hundred"),
    _one("atrts", "atrts(14, 20, 3)", HLC, package="openbb", talib=False, settles=500,
         start="pandas-ta seeds its average true range otherwise"),
    # volume
    _one("ad", "ad()", HLCV, scale="largest"),
    _one("adosc", "adosc(3, 10)", HLCV, fast=3, slow=10, scale="volume"),
    _many(
        "aobv",
        ["aobv().obv", "lowest(obv(), 2)", "highest(obv(), 2)", "aobv().fast", "aobv().slow", _flag("aobv().long_run"),
         _flag("aobv().short_run")],
        CV, late=WARM, scale="largest",
    ),
    _one("cmf", "cmf(20)", HLCV, length=20, scale="one"),
    _one("efi", "force_index(13)", CV, 13, scale="largest"),
    _one("emv", "emv()", "high low volume", scale="largest"),
    _one("eom", "ease_of_movement(14, 100_000_000)", HLCV, 14, scale="largest"),
    _many("kvo", ["klinger().line", "klinger().signal"], HLCV, late=1, settles=2200, scale="volume",
          start="pandas-ta counts the first bar as a rise"),
    _one("marketfi", "market_facilitation()", "high low volume", scale="largest"),
    _one("mfi", "mfi(14)", HLCV, 14, scale="hundred", late=1),
    _one("obv", "obv()", CV, scale="largest"),
    _one("pvol", "pvol()", CV, scale="largest"),
    _one("pvr", "pvr()", CV, exact=True, late=1),
    _one("pvt", "100 * pvt()", CV, scale="largest"),
    _one("vfi", "vfi()", CV, scale="price"),
    _one("vosc", "vosc()", "volume", scale="hundred"),
    _one("wad", "wad()", HLC, scale="largest"),
    Function("vhm", ["vhm(100)"], lambda ta, c: [_vhm(c, 100)], package="own", scale="one"),
    Function("wb_tsv", _fields("wb_tsv()", "line", "signal"), lambda ta, c: _tsv(c), package="own", scale="largest"),
    # candles
    _one("cdl_doji", "cdl_doji()", OHLC, exact=True, late=WARM),
    _one("cdl_inside", "if high >= high[1] or low <= low[1] then 0 else if close >= open then 1 else -1", OHLC, exact=True, late=WARM),
    _many("cdl_z", _fields("cdl_z(30)", "open", "high", "low", "close"), OHLC, 30, scale="moment"),
    _many("ha", _fields("heikin_ashi()", "open", "high", "low", "close"), OHLC),
    # momentum
    _one("ao", "ao(5, 34)", HL, 5, 34),
    _one("apo", "apo(close, 12, 26, MaType.sma)", "close", 12, 26),
    _one("bias", "bias(close, 26) / 100", "close", 26, scale="one"),
    _one("bop", "bop()", OHLC, scale="one"),
    _many("brar", ["brar(26).ar", "brar(26).br"], OHLC, 26, scale="hundred"),
    _one("cci", "cci(14)", HLC, 14, scale="hundred"),
    _one("cfo", "cfo(close, 9)", "close", 9, scale="hundred"),
    _one("cg", "cg(close, 10)", "close", 10, scale="one"),
    _one("cmo", "cmo_sum(close, 14)", "close", 14, scale="hundred"),
    _one("coppock", "coppock(close, 10, 11, 14)", "close", 10, 11, 14, scale="hundred"),
    _one("cti", "cti(close, 12)", "close", 12, scale="correlation"),
    _many("dm", ["plus_dm(14)", "minus_dm(14)"], HL, 14),
    _one("er", "efficiency_ratio(close, 10)", "close", 10, scale="one"),
    _many("eri", ["elder_ray(13).bull", "elder_ray(13).bear"], HLC, 13),
    _many("fisher", ["fisher(9).line", "fisher(9).signal"], HL, 9, scale="one", late=1),
    _one("fosc", "cfo(close, 14)", "close", 14, scale="hundred"),
    _one("inertia", "inertia(close, 20, 14)", "close", length=20, rvi_length=14, scale="moment"),
    _many("kdj", ["kdj(9, 3, 3).k", "kdj(9, 3, 3).d", "kdj(9, 3, 3).j"], HLC, 9, 3, scale="hundred"),
    _many("kst", ["100 * kst(close).line", "100 * kst(close).signal"], "close", scale="hundred"),
    _one("lrsi", "lrsi(close, 0.5)", "close", 14, 0.5, scale="hundred"),
    _many("macd", ["macd(close).line", "macd(close).hist", "macd(close).signal"], "close",
          settles=500, start="pandas-ta starts the fast average on its own first bar"),
    _many(
        "macdext",
        _fields("macdext(close, 12, MaType.sma, 26, MaType.wma, 9, MaType.sma)", "line", "signal", "hist"),
        "close", 12, 26, 9, 0, 2, 0,
    ),
    _many("macdfix", ["macdfix(close).line", "macdfix(close).hist", "macdfix(close).signal"], "close", 9,
          settles=900, start="pandas-ta starts the fast average on its own first bar"),
    _one("mom", "mom(close, 10)", "close", 10),
    _one("pgo", "pgo(14)", HLC, 14, scale="one"),
    _one("po", "po(close, 14)", "close", 14, scale="hundred"),
    Function(
        "ppo",
        ["ppo(close, 12, 26, MaType.sma)", "ema(ppo(close, 12, 26, MaType.sma), 9)"],
        lambda ta, c: [ta.ppo(c["close"]).iloc[:, i] for i in (0, 2)],
        scale="hundred",
    ),
    _one("psl", "psl(close, 12)", "close", length=12, scale="hundred", late=1),
    Function(
        "pvo",
        ["pvo(12, 26)", "ema(pvo(12, 26), 9)"],
        lambda ta, c: [ta.pvo(c["volume"]).iloc[:, i] for i in (0, 2)],
        scale="hundred",
    ),
    _many("qqe", ["qqe(close).line", "qqe(close).rsi"], "close", scale="hundred", late=1, settles=600,
          start="the side of the first bars hangs on values before the start"),
    _one("roc", "roc(close, 10)", "close", 10, scale="hundred"),
    _one("rocp", "rocp(close, 10)", "close", 10, scale="one"),
    _one("rocr", "rocr(close, 10)", "close", 10, scale="one"),
    _one("rocr100", "rocr100(close, 10)", "close", 10, scale="hundred"),
    _one("rsi", "rsi(close, 14)", "close", 14, scale="hundred"),
    _one("rsx", "rsx(close, 14)", "close", 14, scale="hundred", late=14),
    _many("rvgi", ["rvgi(14).line", "rvgi(14).signal"], OHLC, 14, 4, take=(1, 2), scale="moment"),
    _one("slope", "slope(close, 3)", "close", 3),
    _one("smc_sweep", "smc_sweep(15, 1.5)", OHLC, 15, 1.5, exact=True, late=WARM),
    _many("smc", [_flag("smc(14, 20, 1.5).volatile")], OHLC, package="openbb", exact=True, late=WARM),
    _many("smi", ["tsi(close, 20, 5) / 100", "ema(tsi(close, 20, 5) / 100, 5)"], "close", 5, 20, 5, scale="one"),
    Function(
        "squeeze",
        ["squeeze(20, 2, 1.5).value", _flag("squeeze(20, 2, 1.5).squeezed")],
        lambda ta, c: [ta.squeeze(c["high"], c["low"], c["close"], lazybear=True).iloc[:, i] for i in (0, 1)],
        late=WARM,
    ),
    Function(
        "squeeze_pro",
        ["squeeze_pro().value", *(_flag(f"squeeze_pro().{part}") for part in ("wide", "normal", "narrow", "off"))],
        lambda ta, c: [ta.squeeze_pro(c["high"], c["low"], c["close"]).iloc[:, i] for i in range(5)],
        late=WARM,
    ),
    _many("stoch", ["stoch(14, 3, 3).k", "stoch(14, 3, 3).d"], HLC, 14, 3, 3, scale="hundred"),
    _many("stochf", ["stochf(5, 3).k", "stochf(5, 3).d"], HLC, 5, 3, scale="hundred"),
    Function(
        "stochrsi",
        ["sma(stochrsi(close, 14, 14, 3).k, 3)"],
        lambda ta, c: [ta.stochrsi(c["close"]).iloc[:, 0]],
        scale="hundred",
    ),
    Function(
        "td_seq",
        ["td_seq(close).up", "td_seq(close).down"],
        lambda ta, c: [ta.td_seq(c["close"]).iloc[:, i].fillna(0) for i in (0, 1)],
        exact=True,
        late=WARM,
    ),
    Function(
        "exhc",
        ["td_seq(close).down", "td_seq(close).up"],
        lambda ta, c: [ta.exhc(c["close"]).iloc[:, i] for i in (0, 1)],
        package="openbb",
        exact=True,
        late=WARM,
    ),
    _many("tmo", ["tmo().main", "tmo().signal"], "open close", package="openbb", scale="one", settles=200,
          start="pandas-ta 0.4 seeds its averages otherwise"),
    _many("trix", ["trix(close, 30)", "sma(trix(close, 30), 9)"], "close", 30, 9, scale="hundred"),
    _many("trixh", ["trixh(close, 18, 9).line", "trixh(close, 18, 9).signal", "trixh(close, 18, 9).hist"], "close", 18, 9,
          scale="hundred"),
    _many("tsi", ["tsi(close, 25, 13)", "ema(tsi(close, 25, 13), 13)"], "close", 13, 25, 13, scale="hundred"),
    _one("uo", "ultosc(7, 14, 28)", HLC, 7, 14, 28, scale="hundred", late=1),
    _many("vwmacd", ["vwmacd(close).line", "vwmacd(close).hist", "vwmacd(close).signal"], CV),
    _one("willr", "willr(14)", HLC, 14, scale="hundred"),
    # transforms
    # both write the value of the next bar; it is moved back to its own
    Function("cube", ["cube(bop())"], lambda ta, c: [ta.cube(_bop(c)).iloc[:, 0].shift(1)], "openbb", "one"),
    Function("ifisher", ["ifisher(bop(), 2)"], lambda ta, c: [ta.ifisher(_bop(c), 2.0).iloc[:, 0].shift(1)], "openbb", "one"),
    Function("remap", ["remap(close, price(0), price(100))"], lambda ta, c: [ta.remap(c["close"])], "openbb", "price"),
]

NAMED: dict[str, str] = {
    "cdl_pattern": "its patterns are TA-Lib's: talib_compare.py compares all 61",
    "crsi": "connors_rsi counts the length of the streak as its author does, pandas-ta only its sign",
    "nvi": "nvi multiplies up the returns (as TA-Lib), pandas-ta adds them and has no value on other bars",
    "pvi": "pvi multiplies up the returns (as TA-Lib), pandas-ta adds them and has no value on other bars",
    "pivots": "pivots are of the bar they are asked on (`on 1d`); the formulas are compared with cpr's methods",
    "stc": "pandas-ta holds its first stochastic still while the lowest MACD is negative instead of while it has no range",
    "vp": "pandas-ta's is one table over the whole data, the future included; vp here is over the last bars, each bar",
    "zigzag": "pandas-ta looks back from the last bar; zigzag here knows each turn on the bar that confirms it",
}
"""Indicators of pandas-ta that cannot be compared by value, and why."""


def _bop(c):
    """A series within -1..1 that equals our `bop()`."""
    width = c["high"] - c["low"]
    return ((c["close"] - c["open"]) / width.where(width != 0, 1.0)).where(width != 0, 0.0)


def _ichimoku(ta, c):
    frame = ta.ichimoku(c["high"], c["low"], c["close"], as_dataframe=True)
    return [None] * 4 if frame is None else [frame.iloc[:, i] for i in range(4)]


def _mavp(ta, c):
    import numpy as np
    import pandas as pd

    return ta.mavp(c["close"], pd.Series(2.0 + np.arange(len(c["close"])) % 40, index=c["close"].index), 2, 30)


def _cpr(ta, c):
    frame = ta.cpr(c["open"], c["high"], c["low"], c["close"])
    if frame is None:
        return [None] * 4
    return [frame.iloc[:, 0], frame.iloc[:, 1], frame.iloc[:, 2], frame["CPR_WIDTH_PCT"].abs()]


def _pivots(ta, c, method, parts):
    frame = ta.cpr(c["open"], c["high"], c["low"], c["close"], method=method, levels="all")
    return [next(frame[name] for name in frame if name.upper().endswith(f"_{part.upper()}")) for part in parts]


def _psar(ta, c):
    frame = ta.psar(c["high"], c["low"], c["close"])
    return frame.iloc[:, 0].fillna(frame.iloc[:, 1])


def _tsignals(ta, c):
    trend = (c["close"] > ta.sma(c["close"], 10)).astype(int)
    frame = ta.tsignals(trend, trade_offset=0)
    # its exits are taken as the size of `trades < 0`, which is a truth value already
    return [frame["TS_Entries"], frame["TS_Exits"]]


def _tos(ta, c):
    """The last row of each window is what was known then; forty windows do."""
    import numpy as np
    import pandas as pd

    bars = len(c["close"])
    out = np.full((7, bars), np.nan)
    for last in np.unique(np.linspace(29, bars - 1, 40).astype(int)) if bars > 29 else []:
        window = c["close"].iloc[last - 29 : last + 1]
        frame = ta.tos_stdevall(window, 30)
        if frame is not None:
            out[:, last] = frame.iloc[-1].to_numpy()
    return [pd.Series(row, index=c["close"].index) for row in out]


def _smooth(x, n):
    """Ehlers' super smoother in radians, 0 on its first two values."""
    import math

    import numpy as np

    a = math.exp(-2 * math.sqrt(2) * math.pi / n)
    b = 2 * a * math.cos(2 * math.sqrt(2) * math.pi / n)
    f = np.zeros(len(x))
    for i in range(2, len(x)):
        f[i] = (1 + a * a - b) * (x[i] + x[i - 1]) / 2 + b * f[i - 1] - a * a * f[i - 2]
    return f


def _flex(c, reflex):
    """`reflex` and `trendflex` with their angle in radians, written independently of our source."""
    import numpy as np
    import pandas as pd

    x, n = c["close"].to_numpy(), 20
    f = _smooth(x, 20)
    out, ms = np.full(len(x), np.nan), None
    for i in range(n, len(x)):
        j = np.arange(1, n)
        line = j * (f[i - n] - f[i]) / n if reflex else 0.0
        s = np.sum(f[i] - f[i - j] + line) / n
        ms = 0.04 * s * s + (0.96 * ms if ms is not None else 0.0)
        out[i] = s / np.sqrt(ms) if ms else 0.0
    return pd.Series(out, index=c["close"].index)


def _ebsw(c, n=40, smooth=10):
    """The even better sine wave with its angles in radians, written independently of our source."""
    import math

    import numpy as np
    import pandas as pd

    x = c["close"].to_numpy()
    c1 = (1 - math.sin(2 * math.pi / n)) / math.cos(2 * math.pi / n)
    a = math.exp(-math.sqrt(2) * math.pi / smooth)
    b = 2 * a * math.cos(math.sqrt(2) * math.pi / smooth)
    h, f, out = np.zeros(len(x)), np.zeros(len(x)), np.full(len(x), np.nan)
    for i in range(1, len(x)):
        h[i] = 0.5 * (1 + c1) * (x[i] - x[i - 1]) + c1 * h[i - 1]
        f[i] = (1 + a * a - b) * (h[i] + h[i - 1]) / 2 + b * f[i - 1] - a * a * (f[i - 2] if i > 1 else 0.0)
        if i >= 60:
            wave, power = f[i - 2 : i + 1].mean(), (f[i - 2 : i + 1] ** 2).mean()
            out[i] = wave / math.sqrt(power) if power > 0 else 0.0
    return pd.Series(out, index=c["close"].index)


def _vhm(c, n):
    """Over the last bars; pandas-ta takes the spread of the whole series around the number `n`."""
    v = c["volume"]
    spread = v.rolling(n).std(ddof=0)
    return ((v - v.rolling(n).mean()) / spread).where(spread > 0, 0.0).where(spread.notna())


def _tsv(c):
    """Its line and signal as pandas-ta defines them, but without taking the size of the volume's sign first."""
    flow = c["volume"] * c["close"].diff()
    line = flow.rolling(18).sum()
    return [line, line.rolling(10).mean()]
