//! Calls of the standard library: what they are called with and what they give.

use super::{Maker, Room, Text, Ty, Unit};
use Unit::{Float, Money, Num, Price, Quantity};

/// A call as a template: `$x` a series of the unit asked for (any unit where the result has one of its own), `$y` another
/// of the same unit, `$z` a series of any unit, `$c` a truth, `$n` a length, `$m` a longer one, `$k` a factor.
type Call = (&'static str, Unit);

/// Results keep the unit of `$x` where they are [`Num`].
const NUMBERS: &[Call] = &[
    ("sma($x, $n)", Num),
    ("sma($x, $n)", Num),
    ("ema($x, $n)", Num),
    ("ema($x, $n)", Num),
    ("rma($x, $n)", Num),
    ("wma($x, $n)", Num),
    ("dema($x, $n)", Num),
    ("tema($x, $n)", Num),
    ("trima($x, $n)", Num),
    ("t3($x, $n)", Num),
    ("hma($x, $m)", Num),
    ("zlema($x, $n)", Num),
    ("kama($x, $n)", Num),
    ("vwma($x, $n)", Num),
    ("alma($x, $n)", Num),
    ("swma($x)", Num),
    ("mcginley($x, $n)", Num),
    ("vidya($x, $n)", Num),
    ("super_smoother($x, $m)", Num),
    ("midpoint($x, $n)", Num),
    ("highest($x, $n)", Num),
    ("lowest($x, $n)", Num),
    ("highest($x, $n)[1]", Num),
    ("mean_of($x, $n)", Num),
    ("sum_of($x, $n)", Num),
    ("median($x, $n)", Num),
    ("percentile($x, $n, 30)", Num),
    ("quantile($x, $n, 0.75)", Num),
    ("stdev($x, $m)", Num),
    ("sample_stdev($x, $m)", Num),
    ("avgdev($x, $n)", Num),
    ("linreg($x, $m)", Num),
    ("tsf($x, $m)", Num),
    ("mom($x, $n)", Num),
    ("apo($x, $n, $m)", Num),
    ("dpo($x, $n)", Num),
    ("fma($x, 0.75, $y)", Num),
    ("fma($k, $x, $y * 0.5)", Num),
    ("fma(0.9, $y, $x * 0.1)", Num),
    ("clamp($x, min($x, $y), max($x, $y))", Num),
    ("lerp($x, $y, 0.25)", Num),
    ("value_when($c, $x)", Num),
    ("highest_since($c, $x)", Num),
    ("lowest_since($c, $x)", Num),
    ("record_high($x)", Num),
    ("cumulative($x)", Num),
    ("kth($x, $m, 2)", Num),
    ("ht_trendline($x)", Num),
    ("mama($x).fama", Num),
    ("bollinger($x, $n, $k).top", Num),
    ("bollinger($x, n = $n).low", Num),
    ("linreg_channel($x, $m, $k).mid", Num),
    ("macd($x, 3, 8, 4).hist", Num),
    ("macd($x, 5, 9, $n).line", Num),
    ("rsi($z, $n)", Float),
    ("rsi($z, $n)", Float),
    ("cmo($z, $n)", Float),
    ("roc($z, $n)", Float),
    ("rocr($z, $n)", Float),
    ("ppo($z, $n, $m)", Float),
    ("trix($z, $n)", Float),
    ("tsi($z, $m, $n)", Float),
    ("returns($z, $n)", Float),
    ("zscore($z, $m)", Float),
    ("percent_rank($z, $n)", Float),
    ("place_in_range($z, $n)", Float),
    ("efficiency_ratio($z, $n)", Float),
    ("streak($z)", Float),
    ("skew($z, $m)", Float),
    ("kurtosis($z, $m)", Float),
    ("autocorrelation($z, $m, 1)", Float),
    ("correlation($z, close, $m)", Float),
    ("percent_b($z, $n, $k)", Float),
    ("bandwidth($z, $n, $k)", Float),
    ("stochrsi($z, $n, $n, $n).k", Float),
    ("connors_rsi($z, $n, 2, 10)", Float),
    ("stc($z, 4, 3, 6, 3)", Float),
    ("linreg_angle($z, $m)", Float),
    ("ht_sine($z).lead", Float),
    ("ht_dcperiod($z)", Float),
    ("bars_since($c)", Float),
    ("times($c, $n)", Float),
    ("as_number($c)", Float),
    ("highest_ago($z, $n)", Float),
    ("lowest_ago($z, $n)", Float),
    ("adx($n)", Float),
    ("dmi($n).plus", Float),
    ("aroon($n).up", Float),
    ("cci($n)", Float),
    ("mfi($n)", Float),
    ("willr($n)", Float),
    ("natr($n)", Float),
    ("bop()", Float),
    ("ibs()", Float),
    ("cmf($n)", Float),
    ("stoch($n, $n, $n).d", Float),
    ("kdj($n, 3, 3).j", Float),
    ("fisher($n).line", Float),
    ("vortex($n).minus", Float),
    ("choppiness($m)", Float),
    ("ultosc(3, 6, 9)", Float),
    ("mass_index($n, $n)", Float),
    ("relative_volume($n)", Float),
    ("parkinson($n)", Float),
    ("pvo($n, $m)", Float),
    ("cdl_doji()", Float),
    ("cdl_engulfing()", Float),
    ("cdl_hammer()", Float),
    ("cdl_morningstar(0.3)", Float),
    ("cdl_3outside()", Float),
    ("cdl_hikkake()", Float),
    ("cdl_risefall3methods()", Float),
    ("atr($n)", Price),
    ("atr($n)", Price),
    ("true_range()", Price),
    ("supertrend($n, $k).line", Price),
    ("psar().line", Price),
    ("atr_trail($n, $k).line", Price),
    ("donchian($n).mid", Price),
    ("keltner($n, $k, $n).top", Price),
    ("accbands($n).low", Price),
    ("heikin_ashi().close", Price),
    ("chandelier($n, $k).long_exit", Price),
    ("chande_kroll($n, 1, $n).short_stop", Price),
    ("alligator(5, 4, 3).jaw", Price),
    ("elder_ray($n).bull", Price),
    ("pivots().r1", Price),
    ("swing_high(2, 2)", Price),
    ("vwap()", Price),
    ("vwap_rolling($n)", Price),
    ("anchored_vwap($c)", Price),
    ("midprice($n)", Price),
    ("ao(3, 7)", Price),
    ("wad()", Price),
    ("squeeze($m, 2, 1.5).value", Price),
    ("obv()", Quantity),
    ("ad()", Quantity),
    ("adosc(3, 8)", Quantity),
    ("klinger(4, 7, 3).signal", Quantity),
    ("turnover()", Money),
    ("force_index($n)", Money),
];

const TRUTHS: &[&str] = &[
    "rising($z, $n)",
    "falling($z, $n)",
    "crossed_above($x, $y, $n)",
    "crossed_below($x, $y, $n)",
    "happened($c, $n)",
    "held($c, $n)",
    "starts($c)",
    "ends($c)",
    "either($c, $c)",
    "latch($c, $c)",
    "new_high($z, $n)",
    "new_low($z, $n)",
    "doji()",
    "hammer()",
    "inside_bar()",
    "bullish_engulfing()",
    "morning_star()",
    "key_reversal_up()",
    "narrowest_range($n)",
    "gap_up()",
    "supertrend($n, $k).up",
    "psar().up",
    "fractal(2, 2).top",
    "squeeze($m, 2, 1.5).squeezed",
    "ht_trendmode($z)",
];

impl Maker<'_> {
    /// A call of the library with this unit.
    pub(super) fn library_number(&mut self, unit: Unit, depth: usize) -> Text {
        let fit: Vec<&str> = NUMBERS
            .iter()
            .filter(|c| c.1 == unit || c.1 == Num)
            .map(|c| c.0)
            .collect();
        let template = fit[self.dice.below(fit.len())];
        self.fill(template, unit, depth)
    }

    /// A call of the library that is true or false.
    pub(super) fn library_truth(&mut self, depth: usize) -> Text {
        let template = self.dice.pick(TRUTHS);
        let unit = self.unit();
        self.fill(template, unit, depth)
    }

    fn fill(&mut self, template: &str, unit: Unit, depth: usize) -> Text {
        let mut text = String::new();
        let mut rest = template.chars();
        // no clock within a call: it is what makes programs large, and nests no deeper than in the open
        let room = self.room;
        self.room = Room {
            clocks: false,
            ..room
        };
        while let Some(c) = rest.next() {
            if c != '$' {
                text.push(c);
                continue;
            }
            match rest.next() {
                Some('x' | 'y') => text.push_str(&self.number(unit, depth).at(0)),
                Some('z') => {
                    let other = self.unit();
                    text.push_str(&self.number(other, depth).at(0));
                }
                Some('c') => text.push_str(&self.truth(depth).at(0)),
                Some('n') => text.push_str(&self.length(1)),
                Some('m') => text.push_str(&self.length(4)),
                Some('k') => text.push_str(["0.5", "1.5", "2", "3"][self.dice.below(4)]),
                _ => {}
            }
        }
        self.room = room;
        Text::atom(text)
    }

    /// Any unit, prices first.
    pub(super) fn unit(&mut self) -> Unit {
        match self.dice.below(10) {
            0..=5 => Price,
            6..=7 => Float,
            8 => Quantity,
            _ => Money,
        }
    }

    /// A length of at least `least` bars that is fixed for the run.
    pub(super) fn length(&mut self, least: u32) -> String {
        let literal = least + self.dice.below(9) as u32;
        if self.lengths.is_empty() || self.dice.once_in(2) {
            return literal.to_string();
        }
        let name = self.lengths[self.dice.below(self.lengths.len())]
            .name
            .clone();
        match self.dice.below(4) {
            0 => format!("{name} + {literal}"),
            1 => format!("2 * {name} + {least}"),
            _ if least > 1 => format!("{name} + {least}"),
            _ => name,
        }
    }

    /// A name or field of any type that can be written before `[`.
    pub(super) fn atom(&mut self, ty: Ty) -> String {
        match ty {
            Ty::Num(unit) => self.leaf(unit).at(9),
            Ty::Bool => match self.known(Ty::Bool) {
                Some(name) => name,
                None => "(close > open)".into(),
            },
        }
    }
}
