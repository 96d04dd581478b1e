//! `sbt-hir`.
