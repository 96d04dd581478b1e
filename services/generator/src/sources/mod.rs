//! Sources that join the parts of the library's catalogues.

pub mod parts;
pub mod pattern_gen;
pub mod unger;

#[cfg(test)]
mod tests;
