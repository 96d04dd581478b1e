//! `sbt-std`.
