//! What a name can mean: library and user definitions, built-in names, and the bindings of a body.

use crate::graph::{FrameId, NodeId};
use crate::program::Val;
use crate::unit::{EnumId, Type};
use sbt_diagnostics::Span;
use sbt_syntax::ast::{self, Item};
use std::collections::{HashMap, HashSet};

/// A shelf of definitions, item by item, so that only what a program uses needs to be parsed.
pub trait Library {
    /// The indicator, function or enum of that name.
    fn item(&self, name: &str) -> Option<&Item>;
    /// All names, in the order of the source.
    fn names(&self) -> Vec<&str>;
}

impl Library for ast::File {
    fn item(&self, name: &str) -> Option<&Item> {
        self.items
            .iter()
            .find(|i| item_name(i).is_some_and(|n| n.name == name))
    }
    fn names(&self) -> Vec<&str> {
        self.items
            .iter()
            .filter_map(|i| item_name(i).map(|n| n.name.as_str()))
            .collect()
    }
}

/// The name by which other items can refer to this one: that of an indicator, function or enum.
pub fn item_name(item: &Item) -> Option<&ast::Ident> {
    match item {
        Item::Indicator(i) => Some(&i.name),
        Item::Func(f) => Some(&f.name),
        Item::Enum(e) => Some(&e.name),
        _ => None,
    }
}

/// A library without entries.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLibrary;

impl Library for NoLibrary {
    fn item(&self, _: &str) -> Option<&Item> {
        None
    }
    fn names(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// A module that `use` names.
pub struct Module<'a> {
    /// As `use` writes it.
    pub path: String,
    /// What it defines.
    pub items: &'a dyn Library,
    /// The modules that it uses itself: positions in [`Sources::modules`].
    pub uses: Vec<usize>,
}

/// What is checked.
pub struct Sources<'a> {
    /// The file that was asked for.
    pub main: &'a ast::File,
    /// The modules that the file uses itself: positions in `modules`, and where `use` stands.
    pub uses: Vec<(usize, Span)>,
    /// Modules that the file uses, directly or through others. A file sees the names of the modules that it uses itself; what
    /// those use is their own affair.
    pub modules: Vec<Module<'a>>,
    /// The prelude.
    pub library: &'a dyn Library,
    /// Values of `timeframe` parameters in ms, by name, where they differ from the default.
    pub timeframes: HashMap<String, i64>,
    /// Text of the main file, for quoting.
    pub text: &'a str,
}

/// Where a definition comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The file being checked.
    Main,
    /// A module named by `use`: its position in [`Sources::modules`].
    Module(usize),
    /// The standard library.
    Prelude,
}

/// A callable definition.
#[derive(Debug, Clone, Copy)]
pub enum Def<'a> {
    /// `indicator`
    Indicator(&'a ast::Indicator),
    /// `fn`
    Func(&'a ast::Func),
}

impl<'a> Def<'a> {
    /// The callable in an item.
    pub fn of(item: &'a Item) -> Option<Self> {
        match item {
            Item::Indicator(i) => Some(Def::Indicator(i)),
            Item::Func(f) => Some(Def::Func(f)),
            _ => None,
        }
    }
    /// Its formal parameters.
    pub fn formals(self) -> &'a [ast::Formal] {
        match self {
            Def::Indicator(i) => &i.formals,
            Def::Func(f) => &f.formals,
        }
    }
    /// Where its name stands.
    pub fn name(self) -> &'a ast::Ident {
        match self {
            Def::Indicator(i) => &i.name,
            Def::Func(f) => &f.name,
        }
    }
}

/// Definitions of the main file by name, and what is known of enums.
#[derive(Default)]
pub struct Defs<'a> {
    /// Indicators, functions and enums of the main file.
    pub items: HashMap<&'a str, &'a Item>,
    /// Definitions of the main file that something refers to.
    pub used: HashSet<&'a str>,
    /// Modules from which the main file takes something.
    pub used_modules: HashSet<usize>,
    /// Enums met so far, by where they are defined and name.
    pub enums: HashMap<(Origin, String), EnumId>,
    /// Enum names with members.
    pub enum_list: Vec<(String, Vec<String>)>,
}

/// Days, the one built-in enum.
pub const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The id of the built-in enum of days.
pub const WEEKDAY: EnumId = EnumId(0);

/// Names that mean something everywhere and can't be defined anew.
pub const BUILTIN_NAMES: &[&str] = &[
    "open",
    "high",
    "low",
    "close",
    "volume",
    "hl2",
    "hlc3",
    "ohlc4",
    "time",
    "hour",
    "minute",
    "weekday",
    "day",
    "month",
    "year",
    "bar_index",
    "position",
    "session",
    "entry",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// What a name is bound to in a body.
#[derive(Debug, Clone)]
pub enum Bound {
    /// A finished value.
    Val(Val),
    /// A `rec` of this body that is not finished: index into the body's list.
    Rec(usize),
}

/// A binding.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Its value.
    pub bound: Bound,
    /// The clock it was made on.
    pub frame: FrameId,
    /// Where the name was written.
    pub span: Span,
    /// Whether anything read it.
    pub used: bool,
    /// A parameter rather than a `let`.
    pub param: bool,
}

/// A recurrence being built.
#[derive(Debug, Clone)]
pub struct RecSlot<'a> {
    /// Its declaration.
    pub decl: &'a ast::Decl,
    /// Name.
    pub name: &'a ast::Ident,
    /// The `Rec` node, once declared.
    pub node: Option<NodeId>,
    /// Its type.
    pub ty: Type,
    /// Body being elaborated right now.
    pub active: bool,
    /// Body finished.
    pub done: bool,
    /// Row facts of the body without the recurrence itself: (lookback, settled).
    pub body_rows: Option<(NodeId, NodeId)>,
    /// Row facts of the initial value.
    pub init_rows: Option<(NodeId, NodeId)>,
    /// Extra settling rows.
    pub settle: Option<NodeId>,
}

/// One level of names. `barrier` hides the levels below (a definition's body sees none of its caller's names).
#[derive(Default)]
pub struct Scope<'a> {
    /// Names.
    pub names: HashMap<String, Binding>,
    /// Recurrences of this body.
    pub recs: Vec<RecSlot<'a>>,
    /// Hides outer scopes.
    pub barrier: bool,
    /// Order in which names were bound, for lints.
    pub order: Vec<String>,
}

/// The nearest names by edit distance, best first, at most three, none too far.
pub fn nearest<'n>(name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let mut scored: Vec<(usize, &str)> = candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(name, c), c))
        .filter(|(d, c)| {
            *d <= (name.len().max(c.len()) / 3).max(1) || (name.len() >= 3 && c.starts_with(name))
        })
        .collect();
    scored.sort_unstable();
    scored.dedup();
    scored
        .into_iter()
        .take(3)
        .map(|(_, c)| c.to_string())
        .collect()
}

/// "`a`, `b` or `c`"
pub fn list_names(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [head @ .., last] => {
            format!(
                "{} or `{last}`",
                head.iter()
                    .map(|n| format!("`{n}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
    }
}
