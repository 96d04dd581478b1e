//! Counts what the factory does.
