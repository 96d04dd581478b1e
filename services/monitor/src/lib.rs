//! Watches what trades, retires it, raises alarms.
