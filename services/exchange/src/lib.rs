//! What exchanges say: candles, funding, lists of coins.
