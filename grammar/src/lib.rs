//! `sbt-grammar`.
