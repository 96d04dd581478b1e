//! Signals as sets of rows.
