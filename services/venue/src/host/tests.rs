//! Scenes over a host: a hand-made market, signed requests, frames.
