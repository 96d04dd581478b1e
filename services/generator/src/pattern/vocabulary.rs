//! What the miner makes patterns of: conditions on bars, each an expression of the language with its words.

/// A condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// The expression.
    pub formula: &'static str,
    /// In words, after "while" or "when".
    pub says: &'static str,
    /// Conditions of one family say much the same: a pattern has one of each at most.
    pub family: u8,
}

macro_rules! words {
    ($($family:literal { $($formula:literal => $says:literal),+ $(,)? })+) => {
        /// All conditions.
        pub const WORDS: &[Word] = &[$($(Word { formula: $formula, says: $says, family: $family }),+),+];
    };
}

words! {
    0 {
        "close > close[1]" => "the bar closed higher",
        "close < close[1]" => "the bar closed lower",
    }
    1 {
        "close[1] > close[2]" => "the bar before closed higher",
        "close[1] < close[2]" => "the bar before closed lower",
    }
    2 {
        "close[2] > close[3]" => "the second bar before closed higher",
        "close[2] < close[3]" => "the second bar before closed lower",
    }
    3 {
        "close - low < 0.2 * (high - low)" => "the close is in the lowest fifth of the bar",
        "high - close < 0.2 * (high - low)" => "the close is in the highest fifth of the bar",
    }
    4 {
        "high - low > 1.8 * sma(high - low, 20)" => "the bar is wide",
        "high - low < 0.5 * sma(high - low, 20)" => "the bar is narrow",
    }
    5 {
        "close > highest(high, 20)[1]" => "the close is above the highest high of 20 bars",
        "close < lowest(low, 20)[1]" => "the close is below the lowest low of 20 bars",
        "high < highest(high, 20) and low > lowest(low, 20)" => "the bar is inside the range of 20 bars",
    }
    6 {
        "close > sma(close, 50)" => "the close is above its average of 50 bars",
        "close < sma(close, 50)" => "the close is below its average of 50 bars",
    }
    7 {
        "close > sma(close, 200)" => "the close is above its average of 200 bars",
        "close < sma(close, 200)" => "the close is below its average of 200 bars",
    }
    8 {
        "rsi(close, 14) < 30" => "RSI is under 30",
        "rsi(close, 14) > 70" => "RSI is over 70",
        "rsi(close, 14) in 45..55" => "RSI is near 50",
    }
    9 {
        "close < bollinger(close, 20, 2).low" => "the close is below the lower Bollinger band",
        "close > bollinger(close, 20, 2).top" => "the close is above the upper Bollinger band",
    }
    10 {
        "volume > 2 * sma(volume, 20)" => "volume is twice its average",
        "volume < 0.5 * sma(volume, 20)" => "volume is half its average",
    }
    11 {
        "close - close[5] > 2 * atr(14)" => "the price rose by two true ranges in 5 bars",
        "close - close[5] < -2 * atr(14)" => "the price fell by two true ranges in 5 bars",
    }
    12 {
        "close - close[20] > 4 * atr(14)" => "the price rose by four true ranges in 20 bars",
        "close - close[20] < -4 * atr(14)" => "the price fell by four true ranges in 20 bars",
    }
    13 {
        "atr(14) > 1.3 * sma(atr(14), 100)" => "volatility is high",
        "atr(14) < 0.7 * sma(atr(14), 100)" => "volatility is low",
    }
    14 {
        "adx(14) > 30" => "ADX is over 30",
        "adx(14) < 15" => "ADX is under 15",
    }
    15 {
        "hour in 0..7" => "the hour is between 0 and 7 UTC",
        "hour in 8..15" => "the hour is between 8 and 15 UTC",
        "hour in 16..23" => "the hour is between 16 and 23 UTC",
    }
    16 {
        "weekday in {saturday, sunday}" => "it is the weekend",
    }
    17 {
        "close - open > 0.7 * (high - low)" => "the bar is a long white candle",
        "open - close > 0.7 * (high - low)" => "the bar is a long black candle",
        "min(open, close) - low > 0.6 * (high - low)" => "the bar has a long lower wick",
        "high - max(open, close) > 0.6 * (high - low)" => "the bar has a long upper wick",
    }
}
