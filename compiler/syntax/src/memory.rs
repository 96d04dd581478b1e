//! What an earlier parse of nearly the same text understood, so that an editor pays for the statement that changed and not for
//! the file.

use crate::shift::Shift;
use sbt_grammar::Rule;
use std::any::Any;
use std::collections::HashMap;

/// Pieces of the last parse, by the rule they were parsed with and their text. A piece is kept only when it parsed without a
/// message; it means the same wherever it stands, but for its spans.
#[derive(Debug, Default)]
pub struct Memory {
    last: Pieces,
    next: Pieces,
}

type Pieces = HashMap<Rule, HashMap<Box<str>, Kept>>;

#[derive(Debug)]
struct Kept {
    /// Where the piece stood.
    start: u32,
    tree: Box<dyn Any + Send + Sync>,
}

impl Memory {
    /// The tree of a piece that stands at `start` now.
    pub(crate) fn recall<T: Shift + Clone + 'static>(
        &mut self,
        rule: Rule,
        text: &str,
        start: u32,
    ) -> Option<T> {
        if let Some((text, kept)) = self
            .last
            .get_mut(&rule)
            .and_then(|pieces| pieces.remove_entry(text))
        {
            self.next.entry(rule).or_default().insert(text, kept);
        }
        let kept = self.next.get(&rule)?.get(text)?;
        let mut tree = kept.tree.downcast_ref::<T>()?.clone();
        if kept.start != start {
            tree.shift(i64::from(start) - i64::from(kept.start));
        }
        Some(tree)
    }

    /// Keeps the tree of a piece for the next parse.
    pub(crate) fn keep<T: Clone + Send + Sync + 'static>(
        &mut self,
        rule: Rule,
        text: &str,
        start: u32,
        tree: &T,
    ) {
        let tree = Box::new(tree.clone());
        self.next
            .entry(rule)
            .or_default()
            .insert(text.into(), Kept { start, tree });
    }

    /// Ends a parse: what it did not meet is forgotten.
    pub(crate) fn turn(&mut self) {
        self.last = std::mem::take(&mut self.next);
    }
}
