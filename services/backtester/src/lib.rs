//! Judges strategies: sweep, gates, score, pool.
