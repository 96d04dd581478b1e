//! Tests that belong to no single room: the house's own rules.
