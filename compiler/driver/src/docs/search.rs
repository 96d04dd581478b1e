//! Finding entries by name, by what they are called elsewhere, by their words, and in spite of slips of the finger.

use super::{Entry, Kind, entries};

/// What names of other programs and of conversation mean here. Words that stand in an entry's own summary need no line.
#[rustfmt::skip] // a line a name is a table that can be read
const CALLED: &[(&str, &str)] = &[
    ("moving average", "sma"), ("simple moving average", "sma"), ("ta.sma", "sma"),
    ("exponential moving average", "ema"), ("ewm", "ema"), ("ta.ema", "ema"),
    ("wilder", "rma"), ("wilders", "rma"), ("smoothed moving average", "rma"), ("hull", "hma"), ("arnaud legoux", "alma"),
    ("bbands", "bollinger"), ("bollinger bands", "bollinger"), ("bb", "bollinger"), ("percent b", "percent_b"), ("%b", "percent_b"),
    ("bollinger width", "bandwidth"), ("stochastic", "stoch"), ("slow stochastic", "stoch"), ("fast stochastic", "stochf"),
    ("stochastic rsi", "stochrsi"), ("relative strength", "rsi"), ("average true range", "atr"), ("tr", "true_range"), ("trange", "true_range"),
    ("standard deviation", "stdev"), ("stddev", "stdev"), ("std", "stdev"), ("var", "variance"), ("volatility", "historical_volatility"),
    ("momentum", "mom"), ("rate of change", "roc"), ("williams %r", "willr"), ("williams r", "willr"), ("wpr", "willr"),
    ("commodity channel index", "cci"), ("money flow index", "mfi"), ("chaikin money flow", "cmf"), ("on balance volume", "obv"),
    ("accumulation distribution", "ad"), ("parabolic sar", "psar"), ("sar", "psar"), ("directional movement", "adx"), ("dmi", "adx"),
    ("keltner channel", "keltner"), ("donchian channel", "donchian"), ("ichimoku cloud", "ichimoku"),
    ("linear regression", "linreg"), ("regression slope", "linreg_slope"), ("correl", "correlation"),
    ("heikin ashi", "heikin_ashi"), ("heikinashi", "heikin_ashi"), ("z score", "zscore"), ("z-score", "zscore"),
    ("highest high", "highest"), ("lowest low", "lowest"), ("ta.highest", "highest"), ("ta.lowest", "lowest"), ("rolling max", "highest"),
    ("rolling min", "lowest"), ("rolling sum", "sum_of"), ("rolling mean", "mean_of"), ("cumulative sum", "cumulative"), ("cumsum", "cumulative"),
    ("barssince", "bars_since"), ("valuewhen", "value_when"), ("crossover", "crosses"), ("crossunder", "crosses"), ("cross", "crosses"),
    ("trailing stop", "trail"), ("take profit", "target"), ("tp", "target"), ("stop loss", "stop"), ("sl", "stop"), ("stoploss", "stop"),
    ("break even", "breakeven"), ("position size", "size"), ("position sizing", "size"), ("leverage", "limit"), ("pyramiding", "pyramid"),
    ("time stop", "exit"), ("holding time", "position.bars"), ("unrealised profit", "position.profit"), ("unrealized pnl", "position.profit"),
    ("pnl", "position.profit"), ("entry price", "position.entry"), ("multi timeframe", "on"), ("higher timeframe", "on"), ("mtf", "on"), ("request.security", "on"),
    ("current day", "forming"), ("today", "forming"), ("loop", "sum"), ("for loop", "sum"), ("lookback", "[]"), ("history", "[]"), ("previous", "[]"),
    ("shift", "[]"), ("var", "rec"), ("variable", "let"), ("input", "param"), ("parameter", "param"), ("nz", "??"), ("na", "??"), ("modulo", "mod"), ("%", "mod"),
    ("&&", "and"), ("||", "or"), ("!", "not"), ("ternary", "if"), ("buy", "enter"), ("sell", "exit"), ("ma cross", "crosses"),
    ("day of week", "weekday"), ("dayofweek", "weekday"), ("pivot points", "pivots"), ("support resistance", "pivots"), ("squeeze momentum", "squeeze"),
    ("typical price", "hlc3"), ("true strength index", "tsi"), ("ultimate oscillator", "ultosc"), ("awesome oscillator", "ao"),
    ("supertrend", "supertrend"), ("volume weighted average price", "vwap"), ("choppiness index", "choppiness"), ("kaufman", "kama"),
    ("uo", "ultosc"), ("chop", "choppiness"), ("cksp", "chande_kroll"), ("zlma", "zlema"), ("mcgd", "mcginley"), ("wcp", "weighted_close"),
    ("massi", "mass_index"), ("eri", "elder_ray"), ("efi", "force_index"), ("eom", "ease_of_movement"), ("kvo", "klinger"), ("ui", "ulcer_index"),
    ("er", "efficiency_ratio"), ("crsi", "connors_rsi"), ("rwi", "random_walk_index"), ("ce", "chandelier"), ("chandelier exit", "chandelier"),
    ("cvi", "chaikin_volatility"), ("hvol", "historical_volatility"), ("mad", "avgdev"), ("marketfi", "market_facilitation"), ("ha", "heikin_ashi"),
    ("linregslope", "linreg_slope"), ("linearreg_slope", "linreg_slope"), ("linearreg", "linreg"), ("exhc", "td_seq"), ("ttm squeeze", "squeeze"),
    ("avgprice", "average_price"), ("typprice", "typical_price"), ("wclprice", "weighted_close"), ("medprice", "median_price"),
    ("maxindex", "highest_ago"), ("minindex", "lowest_ago"), ("pivot range", "cpr"), ("volume profile", "vp"),
    ("engulfing", "cdl_engulfing"), ("pin bar", "bullish_pin_bar"), ("narrow range 7", "narrowest_range"), ("nr7", "narrowest_range"),
];

/// Entries for a query, best first, at most `limit`. Equal in rank, the library comes before built-ins and words, then the
/// order of the alphabet decides; the same query always gives the same list.
pub fn search(query: &str, limit: usize) -> Vec<&'static Entry> {
    let query = query.trim().to_lowercase();
    if query.is_empty() {
        return Vec::new();
    }
    let words: Vec<&str> = query.split_whitespace().collect();
    let mut scored: Vec<(u32, u8, &str, &'static Entry)> = entries()
        .iter()
        .filter_map(|e| {
            let score = score(e, &query, &words);
            (score > 0).then_some((score, rank(e.kind), e.name.as_str(), e))
        })
        .collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(b.2)));
    scored.into_iter().take(limit).map(|s| s.3).collect()
}

/// The names nearest to one that does not exist, best first, at most three, none too far.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let name = name.trim().to_lowercase();
    let mut out: Vec<&str> = Vec::new();
    let mut add = |n: &'static str| {
        if out.len() < 3 && !out.contains(&n) {
            out.push(n);
        }
    };
    for (_, meant) in CALLED
        .iter()
        .filter(|(called, _)| plain(called) == plain(&name))
    {
        add(meant);
    }
    let names: Vec<&'static str> = entries().iter().map(|e| e.name.as_str()).collect();
    for n in names.iter().filter(|n| plain(n) == plain(&name)) {
        add(n);
    }
    let mut scored: Vec<(usize, usize, &'static str)> = names
        .iter()
        .map(|n| (distance(&name, n), n.len(), *n))
        .filter(|(d, length, n)| {
            *d <= (name.len().max(*length) / 3).max(1) || (name.len() >= 3 && n.starts_with(&name))
        })
        .collect();
    scored.sort_unstable();
    for (_, _, n) in scored {
        add(n);
    }
    if out.len() < 3 {
        for e in search(&name, 3) {
            if out.len() < 3 && !out.contains(&e.name.as_str()) {
                out.push(e.name.as_str());
            }
        }
    }
    out
}

/// Definitions before built-ins before words.
fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Indicator | Kind::Fn | Kind::Enum => 0,
        Kind::Value | Kind::Function | Kind::Fold => 1,
        Kind::Statement | Kind::Operator | Kind::Type => 2,
        Kind::Clause => 3,
    }
}

/// Letters and digits alone: `Super Trend` is `super_trend`.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn distance(a: &str, b: &str) -> usize {
    strsim::damerau_levenshtein(a, b)
}

fn score(e: &Entry, query: &str, words: &[&str]) -> u32 {
    let name = e.name.as_str();
    let (q, n) = (plain(query), plain(name));
    if name == query {
        return 1000;
    }
    if CALLED
        .iter()
        .any(|(called, meant)| *called == query && *meant == name)
    {
        return 950;
    }
    if !q.is_empty() && q == n {
        return 900;
    }
    let summary = e.summary.to_lowercase();
    let mut best = 0;
    if q.len() >= 2 && n.starts_with(&q) {
        best = best.max(700);
    } else if q.len() >= 3 && n.contains(&q) {
        best = best.max(600);
    }
    if words.len() > 1 && summary.starts_with(query) {
        best = best.max(850);
    } else if words.len() > 1 && summary.contains(query) {
        best = best.max(750);
    }
    best.max(by_words(e, &summary, words))
        .max(if words.len() == 1 && q.len() >= 3 {
            slip(&q, &n)
        } else {
            0
        })
}

/// Every word of the query must be somewhere; the places add up.
fn by_words(e: &Entry, summary: &str, words: &[&str]) -> u32 {
    let text = e.text.to_lowercase();
    let family = e.family.to_lowercase();
    let parts: Vec<&str> = e.name.split(['_', '.']).collect();
    let mut total = 0;
    for w in words {
        total += if parts.contains(w) || CALLED.iter().any(|(c, m)| c == w && *m == e.name) {
            100
        } else if has_word(summary, w) {
            60
        } else if w.len() >= 3 && e.name.contains(w) {
            50
        } else if w.len() >= 4 && summary.contains(w) {
            40
        } else if has_word(&text, w) {
            25
        } else if has_word(&family, w) {
            15
        } else {
            return 0;
        };
    }
    200 + total / words.len() as u32 * 3
}

/// Whether a word stands in a text, alone or in the plural.
fn has_word(text: &str, word: &str) -> bool {
    let singular = word.strip_suffix('s').filter(|s| s.len() >= 3);
    text.split(|c: char| !c.is_alphanumeric())
        .any(|t| t == word || Some(t) == singular || t.strip_suffix('s') == Some(word))
}

/// Points for a name that differs by a slip of the finger.
fn slip(query: &str, name: &str) -> u32 {
    let d = distance(query, name);
    let near = d <= (query.len().max(name.len()) / 4).max(1);
    if near && name.len() >= 3 {
        450 - 50 * d as u32
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::entry;

    fn first(query: &str) -> &'static str {
        search(query, 1).first().map_or("", |e| e.name.as_str())
    }

    #[test]
    fn what_people_say_is_found() {
        for (query, name) in [
            ("bollinger bands", "bollinger"),
            ("MACD", "macd"),
            ("macd", "macd"),
            ("Super Trend", "supertrend"),
            ("trailing stop", "trail"),
            ("moving average", "sma"),
            ("stochastic rsi", "stochrsi"),
            ("average true range", "atr"),
            ("bolinger", "bollinger"),
            ("donchain", "donchian"),
            ("percent rank", "percent_rank"),
            ("hull moving average", "hma"),
            ("take profit", "target"),
            ("crossover", "crosses"),
            ("morning star", "morning_star"),
        ] {
            assert_eq!(first(query), name, "{query}");
        }
        assert!(search("", 5).is_empty());
        assert!(search("zzzzqqqq", 5).is_empty());
    }

    #[test]
    fn words_in_any_order_find_summaries() {
        let found = search("engulfing candle", 8);
        assert!(found.iter().any(|e| e.name.contains("engulfing")));
        assert!(search("money flow", 5).iter().any(|e| e.name == "cmf"));
    }

    #[test]
    fn nearest_names_of_a_slip() {
        assert_eq!(nearest("bolinger").first(), Some(&"bollinger"));
        assert_eq!(nearest("SuperTrend").first(), Some(&"supertrend"));
        assert_eq!(nearest("stddev").first(), Some(&"stdev"));
        assert!(nearest("positon.bars").contains(&"position.bars"));
        assert!(nearest("zzzzqqqqxxxx").is_empty());
        assert!(nearest("sm").len() <= 3);
    }

    #[test]
    fn every_other_name_leads_to_an_entry() {
        for (called, meant) in CALLED {
            assert!(entry(meant).is_some(), "{called} → {meant}");
        }
    }
}
