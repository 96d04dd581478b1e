"""The notation of the Unger catalogue over short lists, each definition written out the plain way.

None stands where a value does not exist yet, nan where there is none (a division by zero).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

NAN = math.nan


def divided(a: float, b: float) -> float:
    """Division as the language has it."""
    if b == 0:
        return NAN if a == 0 else math.copysign(math.inf, a)
    return a / b


class Series:
    """A value for every bar; `x[k]` is that of `k` bars ago."""

    def __init__(self, values: Sequence) -> None:
        self.v = list(values)

    def __len__(self) -> int:
        return len(self.v)

    def with_(self, other: Series | float, f: Callable) -> Series:
        """Bar by bar, missing where either is missing."""
        if not isinstance(other, Series):
            other = Series([other] * len(self.v))
        return Series([None if a is None or b is None else f(a, b) for a, b in zip(self.v, other.v)])

    def each(self, f: Callable) -> Series:
        """Of each value that exists."""
        return Series([None if a is None else f(a) for a in self.v])

    def __add__(self, o):
        return self.with_(o, lambda a, b: a + b)

    __radd__ = __add__

    def __sub__(self, o):
        return self.with_(o, lambda a, b: a - b)

    def __rsub__(self, o):
        return self.with_(o, lambda a, b: b - a)

    def __mul__(self, o):
        return self.with_(o, lambda a, b: a * b)

    __rmul__ = __mul__

    def __truediv__(self, o):
        return self.with_(o, divided)

    def __lt__(self, o):
        return self.with_(o, lambda a, b: a < b)

    def __le__(self, o):
        return self.with_(o, lambda a, b: a <= b)

    def __gt__(self, o):
        return self.with_(o, lambda a, b: a > b)

    def __ge__(self, o):
        return self.with_(o, lambda a, b: a >= b)

    def __and__(self, o):
        return self.with_(o, lambda a, b: bool(a and b))

    def __or__(self, o):
        return self.with_(o, lambda a, b: bool(a or b))

    def __invert__(self):
        return self.each(lambda a: not a)

    def __neg__(self):
        return self.each(lambda a: -a)

    def __getitem__(self, k: int) -> Series:
        return Series(([None] * k + self.v)[: len(self.v)]) if k else self

    def up(self, other: Series | float) -> Series:
        """Crosses above."""
        other = other if isinstance(other, Series) else Series([other] * len(self))
        return (self > other) & (self[1] <= other[1])

    def down(self, other: Series | float) -> Series:
        """Crosses below."""
        other = other if isinstance(other, Series) else Series([other] * len(self))
        return (self < other) & (self[1] >= other[1])


def window(x: Series, n: int, f: Callable) -> Series:
    """A function of the last n values, this one included."""
    out = []
    for i in range(len(x)):
        w = x.v[i - n + 1 : i + 1] if i >= n - 1 else []
        out.append(None if len(w) < n or any(a is None for a in w) else f(w))
    return Series(out)


def larger(a: Series, b: Series) -> Series:
    return a.with_(b, max)


def smaller(a: Series, b: Series) -> Series:
    return a.with_(b, min)


def size(a: Series) -> Series:
    return a.each(abs)


def where(c: Series, a: Series | float, b: Series | float) -> Series:
    """a where c holds, else b."""
    a = a if isinstance(a, Series) else Series([a] * len(c))
    b = b if isinstance(b, Series) else Series([b] * len(c))
    return Series([None if None in (p, q, r) else (q if p else r) for p, q, r in zip(c.v, a.v, b.v)])


def total(x: Series, n: int) -> Series:
    return window(x, n, sum)


def sma(x: Series, n: int) -> Series:
    return window(x, n, lambda w: sum(w) / n)


def wma(x: Series, n: int) -> Series:
    return window(x, n, lambda w: sum(v * (i + 1) for i, v in enumerate(w)) / (n * (n + 1) / 2))


def highest(x: Series, n: int) -> Series:
    return window(x, n, max)


def lowest(x: Series, n: int) -> Series:
    return window(x, n, min)


def squares(w: Sequence[float]) -> float:
    mean = sum(w) / len(w)
    return sum((v - mean) ** 2 for v in w)


def sample_std(x: Series, n: int) -> Series:
    return window(x, n, lambda w: math.sqrt(squares(w) / (n - 1)))


def population_std(x: Series, n: int) -> Series:
    return window(x, n, lambda w: math.sqrt(squares(w) / n))


def mean_deviation(x: Series, n: int) -> Series:
    return window(x, n, lambda w: sum(abs(v - sum(w) / n) for v in w) / n)


def quantile(x: Series, n: int, q: float) -> Series:
    """Linear between neighbours."""

    def f(w):
        w = sorted(w)
        p = (n - 1) * q
        i, j = math.floor(p), math.ceil(p)
        return w[i] + (p - i) * (w[j] - w[i])

    return window(x, n, f)


def average(x: Series, alpha: float, seed: Series) -> Series:
    """e += alpha (x - e), from the first value of the seed on."""
    out, e = [], None
    for i in range(len(x)):
        e = seed.v[i] if e is None else e + alpha * (x.v[i] - e)
        out.append(e)
    return Series(out)


def ema(x: Series, n: int) -> Series:
    return average(x, 2 / (n + 1), sma(x, n))


def rma(x: Series, n: int) -> Series:
    return average(x, 1 / n, sma(x, n))


def smooth(x: Series, n: int) -> Series:
    return average(x, 2 / (n + 1), x)


def first(x: Series) -> int:
    """Row of the first value."""
    return next((i for i, a in enumerate(x.v) if a is not None), len(x))


def from_row(x: Series, r: int) -> Series:
    """Missing before a row."""
    return Series([None if i < r else a for i, a in enumerate(x.v)])


def running(x: Series) -> Series:
    """Sum since the first bar."""
    out, t = [], 0
    for a in x.v:
        t += a
        out.append(t)
    return Series(out)


def linreg(x: Series, n: int) -> Series:
    """The least-squares line at the newest bar."""

    def f(w):
        mid, mean = (n - 1) / 2, sum(w) / n
        slope = sum((i - mid) * (v - mean) for i, v in enumerate(w)) / sum((i - mid) ** 2 for i in range(n))
        return mean + slope * (n - 1 - mid)

    return window(x, n, f)


@dataclass
class Bars:
    """Candles."""

    open: Series
    high: Series
    low: Series
    close: Series
    volume: Series

    @cached_property
    def range(self) -> Series:
        return self.high - self.low

    @cached_property
    def body(self) -> Series:
        return size(self.close - self.open)

    @cached_property
    def upper_wick(self) -> Series:
        return self.high - larger(self.open, self.close)

    @cached_property
    def lower_wick(self) -> Series:
        return smaller(self.open, self.close) - self.low

    @cached_property
    def typical(self) -> Series:
        return (self.high + self.low + self.close) / 3

    @cached_property
    def true_range(self) -> Series:
        before = self.close[1]
        return larger(self.range, larger(size(self.high - before), size(self.low - before)))

    def place(self, x: Series) -> Series:
        """Where in the bar a price lies."""
        return where(self.range > 0, (x - self.low) / self.range, 0.5)

    def atr(self, n: int) -> Series:
        return rma(self.true_range, n)

    def avg_range(self, n: int) -> Series:
        return sma(self.range, n)


def rises(x: Series) -> Series:
    return (x - x[1]).each(lambda d: max(d, 0))


def falls(x: Series) -> Series:
    return (x - x[1]).each(lambda d: max(-d, 0))


def rsi_sma(x: Series, n: int) -> Series:
    up, down = sma(rises(x), n), sma(falls(x), n)
    return 100 * up / (up + down)


def rsi(x: Series, n: int) -> Series:
    up, down = rma(rises(x), n), rma(falls(x), n)
    return up.with_(down, lambda a, b: 50 if a + b == 0 else 100 * a / (a + b))


def adx_sma(b: Bars, n: int) -> Series:
    up, down = b.high - b.high[1], b.low[1] - b.low
    plus = 100 * sma(where((up > down) & (up > 0), up, 0), n) / b.avg_range(n)
    minus = 100 * sma(where((down > up) & (down > 0), down, 0), n) / b.avg_range(n)
    return sma(100 * size(plus - minus) / (plus + minus), n)


def stoch_raw(b: Bars, n: int) -> Series:
    return 100 * (b.close - lowest(b.low, n)) / (highest(b.high, n) - lowest(b.low, n))


def macd(x: Series, fast: int, slow: int, signal: int) -> tuple[Series, Series, Series]:
    """Line, signal, difference; both averages start on the slow one's first bar."""
    row = first(sma(x, slow))
    line = average(x, 2 / (fast + 1), from_row(sma(x, fast), row)) - ema(x, slow)
    return line, ema(line, signal), line - ema(line, signal)


def band_width(x: Series, n: int, k: float) -> Series:
    return 2 * k * sample_std(x, n) / sma(x, n)


def narrow(b: Bars) -> Series:
    """A squeeze by widths of three bars over five, 30 %."""
    width = band_width(b.close, 3, 2)
    return width < quantile(width, 5, 0.3)


def cci(b: Bars, n: int) -> Series:
    return (b.typical - sma(b.typical, n)) / (0.015 * mean_deviation(b.typical, n))


def mfi(b: Bars, n: int) -> Series:
    flow, change = b.typical * b.volume, b.typical - b.typical[1]
    up, down = total(where(change > 1e-9, flow, 0), n), total(where(change < -1e-9, flow, 0), n)
    return 100 * up / (up + down)


def roc(x: Series, n: int) -> Series:
    return (x / x[n] - 1) * 100


def vwap_rolling(b: Bars, n: int) -> Series:
    return total(b.typical * b.volume, n) / total(b.volume, n)


def supertrend(b: Bars, n: int, k: float) -> Series:
    """Whether the trend is up; it starts so."""
    mid, away = (b.high + b.low) / 2, k * b.atr(n)
    out, top, bottom, up = [], None, None, True
    for i, (raw_top, raw_low) in enumerate(zip((mid + away).v, (mid - away).v)):
        if raw_top is None:
            out.append(None)
            continue
        if top is None:
            top, bottom = raw_top, raw_low
        else:
            before, now = b.close.v[i - 1], b.close.v[i]
            top = raw_top if raw_top < top or before > top else top
            bottom = raw_low if raw_low > bottom or before < bottom else bottom
            up = now >= bottom if up else now > top
        out.append(up)
    return Series(out)


def psar_up(b: Bars, step: float, most: float) -> Series:
    """Whether Wilder's stop runs below; its first direction is the greater movement of the second bar."""
    high, low = b.high.v, b.low.v
    out: list = [None]
    up = not (low[0] - low[1] > 0 and low[0] - low[1] > high[1] - high[0])
    sar, extreme, pace = (low[0] if up else high[0]), (high[1] if up else low[1]), step
    for i in range(1, len(high)):
        if up and low[i] <= sar:
            up, sar, extreme, pace = False, max(extreme, high[i - 1], high[i]), low[i], step
        elif not up and high[i] >= sar:
            up, sar, extreme, pace = True, min(extreme, low[i - 1], low[i]), high[i], step
        elif up and high[i] > extreme:
            extreme, pace = high[i], min(pace + step, most)
        elif not up and low[i] < extreme:
            extreme, pace = low[i], min(pace + step, most)
        out.append(up)
        sar += pace * (extreme - sar)
        sar = min(sar, low[i], low[i - 1]) if up else max(sar, high[i], high[i - 1])
    return Series(out)


def midprice(b: Bars, n: int) -> Series:
    return (highest(b.high, n) + lowest(b.low, n)) / 2


def spans(b: Bars, fast: int, mid: int, slow: int, shift: int) -> tuple[Series, Series]:
    """Ichimoku's spans over this bar."""
    return ((midprice(b, fast) + midprice(b, mid)) / 2)[shift - 1], midprice(b, slow)[shift - 1]


def aroon(b: Bars, n: int) -> tuple[Series, Series]:
    """Up and down; of equals the most recent."""
    up = window(b.high, n + 1, lambda w: 100 * (n - w[::-1].index(max(w))) / n)
    return up, window(b.low, n + 1, lambda w: 100 * (n - w[::-1].index(min(w))) / n)


def vortex(b: Bars, n: int) -> tuple[Series, Series]:
    path = total(b.true_range, n)
    return total(size(b.high - b.low[1]), n) / path, total(size(b.low - b.high[1]), n) / path


def choppiness(b: Bars, n: int) -> Series:
    share = total(b.true_range, n) / (highest(b.high, n) - lowest(b.low, n))
    return 100 * share.each(lambda a: math.log10(a) if 0 < a < math.inf else NAN) / math.log10(n)


def hma(x: Series, n: int) -> Series:
    return wma(2 * wma(x, n // 2) - wma(x, n), int(math.sqrt(n)))


def alma(x: Series, n: int, offset: float = 0.85, sigma: float = 6) -> Series:
    m, s = offset * (n - 1), n / sigma
    weights = [math.exp(-((j - m) ** 2) / (2 * s * s)) for j in range(n)]
    return window(x, n, lambda w: sum(a * b for a, b in zip(w, weights)) / sum(weights))


def tsi(x: Series, first_n: int, second_n: int) -> Series:
    d = x - x[1]
    return 100 * ema(ema(d, first_n), second_n) / ema(ema(size(d), first_n), second_n)


def fisher(b: Bars, n: int) -> Series:
    mid = (b.high + b.low) / 2
    bottom, width = lowest(mid, n), highest(mid, n) - lowest(mid, n)
    out, v, f = [], None, 0.0
    for i, w in enumerate(width.v):
        if w is None:
            out.append(None)
            continue
        if v is None:
            v = 0.0
        else:
            at = 0 if w == 0 else (mid.v[i] - bottom.v[i]) / w - 0.5
            v = 0.66 * at + 0.67 * v
            v = math.copysign(0.999, v) if abs(v) > 0.99 else v
            f = 0.5 * math.log((1 + v) / (1 - v)) + 0.5 * f
        out.append(f)
    return Series(out)


def cmo(x: Series, n: int) -> Series:
    up, down = total(rises(x), n), total(falls(x), n)
    return 100 * (up - down) / (up + down)


def ultimate(b: Bars, fast: int, mid: int, slow: int) -> Series:
    floor = smaller(b.low, b.close[1])
    pressure, path = b.close - floor, larger(b.high, b.close[1]) - floor

    def part(n):
        return total(pressure, n) / total(path, n)

    return 100 * (4 * part(fast) + 2 * part(mid) + part(slow)) / 7


def squeeze(b: Bars, n: int, k: float, kc: float) -> tuple[Series, Series]:
    """Whether the bands lie inside the channel, and the momentum."""
    mean = sma(b.close, n)
    inside = k * population_std(b.close, n) < kc * sma(b.true_range, n)
    return inside, linreg(b.close - (midprice(b, n) + mean) / 2, n)


def stoch_rsi(x: Series, n: int, k: int, d: int) -> tuple[Series, Series]:
    r = rsi(x, n)
    bottom, width = lowest(r, n), highest(r, n) - lowest(r, n)
    place = (r - bottom).with_(width, lambda a, w: NAN if w < 1e-10 else 100 * a / w)
    return sma(place, k), sma(sma(place, k), d)


def swma(x: Series) -> Series:
    return (x + 2 * x[1] + 2 * x[2] + x[3]) / 6


def rvgi(b: Bars, n: int) -> tuple[Series, Series]:
    line = total(swma(b.close - b.open), n) / total(swma(b.high - b.low), n)
    return line, swma(line)


def qqe_up(x: Series, n: int, smoothing: int, k: float) -> Series:
    """Whether the line runs above its trailing band; it starts so."""
    line = ema(rsi(x, n), smoothing)
    away = k * ema(ema(size(line - line[1]), 2 * n - 1), 2 * n - 1)
    out, bottom, top, up = [], None, None, True
    for i, d in enumerate(away.v):
        if d is None:
            out.append(None)
            continue
        now, before = line.v[i], line.v[i - 1]
        if bottom is None:
            bottom, top = now - d, now + d
        else:
            old_bottom, old_top = bottom, top
            bottom = max(old_bottom, now - d) if before > old_bottom and now > old_bottom else now - d
            top = min(old_top, now + d) if before < old_top and now < old_top else now + d
            up = True if now > old_top else False if now < old_bottom else up
        out.append(up)
    return Series(out)


def rvi_ema(x: Series, n: int) -> Series:
    """Relative volatility index with one length and exponential averages, as pandas-ta has it."""
    s, d = sample_std(x, n), x - x[1]
    up, down = ema(where(d > 0, s, 0), n), ema(where(d < 0, s, 0), n)
    return up.with_(down, lambda a, b: 50 if a + b == 0 else 100 * a / (a + b))


def inertia(x: Series, n: int, rvi_n: int) -> Series:
    return linreg(rvi_ema(x, rvi_n), n)


def jurik(x: Series, n: int) -> Series:
    """Two averages in a row from 0, the lag taken back; they start a bar before their input."""
    k, a, b, out = 3 / (n + 2), None, 0.0, []
    for i, y in enumerate(x.v):
        if i < first(x) - 1:
            out.append(None)
            continue
        if a is None:
            a = 0.0
        else:
            a = (1 - k) * a + k * y
            b = (1 - k) * b + k * a
        out.append(1.5 * a - 0.5 * b)
    return Series(out)


def rsx(x: Series, n: int) -> Series:
    """Jurik's index as rebuilt in pandas-ta, which begins to smooth on row n and shows it n - 1 (at least 5) bars later."""
    x = from_row(x, n)
    d = x - x[1]
    travel, path = jurik(jurik(jurik(d, n), n), n), jurik(jurik(jurik(size(d), n), n), n)
    index = travel.with_(path, lambda a, q: 50 if q <= 0 else min(max(50 * (a / q + 1), 0), 100))
    return from_row(index, n + max(n - 1, 5))


def close_location(b: Bars) -> Series:
    return (2 * b.close - b.high - b.low).with_(b.range, lambda a, r: 0 if r == 0 else a / r)


def cmf(b: Bars, n: int) -> Series:
    return total(close_location(b) * b.volume, n) / total(b.volume, n)


def force_index(b: Bars, n: int) -> Series:
    return ema((b.close - b.close[1]) * b.volume, n)


def klinger(b: Bars, fast: int, slow: int) -> Series:
    t = b.high + b.low + b.close
    flow = where(t >= t[1], b.volume, -b.volume)
    return ema(flow, fast) - ema(flow, slow)


def percentage_oscillator(x: Series, fast: int, slow: int) -> Series:
    return 100 * (ema(x, fast) - ema(x, slow)) / ema(x, slow)


def volume_index(b: Bars, rising: bool) -> Series:
    """Positive (rising) or negative volume index."""
    out = [1000.0]
    for i in range(1, len(b.close)):
        v, before = b.volume.v[i], b.volume.v[i - 1]
        counts = v > before if rising else v < before
        out.append(out[-1] * b.close.v[i] / b.close.v[i - 1] if counts else out[-1])
    return Series(out)


def obv(b: Bars) -> Series:
    signed = [b.volume.v[0]]
    for i in range(1, len(b.close)):
        d = b.close.v[i] - b.close.v[i - 1]
        signed.append(b.volume.v[i] if d > 0 else -b.volume.v[i] if d < 0 else 0)
    return running(Series(signed))


def accumulation(b: Bars) -> Series:
    return running(close_location(b) * b.volume)


def adosc(b: Bars, fast: int, slow: int) -> Series:
    return from_row(smooth(accumulation(b), fast) - smooth(accumulation(b), slow), slow - 1)
