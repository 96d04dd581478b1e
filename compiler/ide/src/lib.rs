//! What an editor asks about a program: hovers, completions, names, outlines, layout, repairs.
//!
//! Knows no protocol: places are byte offsets, answers are values of this crate. An [`Analysis`] is a program read and checked
//! once; every question to it is a pure function of it and an offset. An offset beyond the text, or inside a character, is
//! moved to the nearest place that exists.

mod actions;
mod analysis;
mod callable;
mod calls;
mod complete;
mod highlight;
mod hints;
mod hover;
mod index;
mod language;
mod layout;
mod navigate;
mod outline;
mod rename;
mod signature;
mod walk;

pub use actions::{Action, ActionKind, fix_all};
pub use analysis::{Analysis, Memory, Place};
pub use callable::{Callable, Formal, Origin, library_symbols};
pub use calls::{Call, CallItem};
pub use complete::{Completion, CompletionKind, documentation};
pub use highlight::{HighlightKind, MODIFIERS, TOKEN_TYPES, Token};
pub use hints::{Hint, HintKind};
pub use hover::Hover;
pub use index::{Occurrence, Symbol, SymbolKind, Target};
pub use layout::{Edit, apply};
pub use navigate::{Highlighted, Link};
pub use outline::{Fold, Outline};
pub use rename::RenameError;
pub use signature::Signature;

/// Builds the tables that first answers would wait for: the words of the language and the heads of the library.
pub fn prepare() {
    language::keyword("let");
    library_symbols();
}
