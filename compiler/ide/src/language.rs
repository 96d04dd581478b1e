//! What the words of the language mean, for editors: built-in values and functions, types, parts, keywords. The sentences
//! are those of the compiler's own tables.

use sbt_driver::docs::{self, Entry, Kind};
use sbt_hir::reference::{BUILTINS, Builtin, Family};
use std::sync::OnceLock;

/// A built-in function.
pub(crate) struct Function {
    /// Its name.
    pub name: &'static str,
    /// Its parameters: name and type.
    pub formals: Vec<(&'static str, &'static str)>,
    /// What it gives.
    pub returns: &'static str,
    /// What it does.
    pub doc: &'static str,
}

/// A built-in value.
pub(crate) struct Value {
    /// Its name.
    pub name: &'static str,
    /// Its type; empty for one that is only its parts.
    pub ty: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// A part of a built-in value.
pub(crate) struct Part {
    /// Of what: `position`, `session`, `forming`, `optional`.
    pub of: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: &'static str,
    /// What it means.
    pub doc: &'static str,
}

struct Tables {
    functions: Vec<Function>,
    values: Vec<Value>,
    parts: Vec<Part>,
}

static TABLES: OnceLock<Tables> = OnceLock::new();

fn tables() -> &'static Tables {
    TABLES.get_or_init(|| {
        let mut t = Tables {
            functions: Vec::new(),
            values: Vec::new(),
            parts: vec![Part {
                of: "optional",
                name: "present",
                ty: "bool",
                doc: "Whether the value is there.",
            }],
        };
        for b in BUILTINS {
            t.add(b);
        }
        t
    })
}

impl Tables {
    fn add(&mut self, b: &'static Builtin) {
        if b.family == Family::Fold {
            return;
        }
        if b.is_function() {
            let f = function_of(b);
            if f.name == "forming" {
                let fields = f.returns.trim_start_matches('(').trim_end_matches(')');
                self.parts.extend(fields.split(", ").filter_map(|p| {
                    let (name, ty) = p.split_once(": ")?;
                    Some(Part {
                        of: "forming",
                        name,
                        ty,
                        doc: "Of the unfinished bar, so far.",
                    })
                }));
            }
            self.functions.push(f);
            return;
        }
        let ty = b.signature.split_once(": ").map_or("", |x| x.1);
        match b.name().split_once('.') {
            Some((of, name)) => self.parts.push(Part {
                of,
                name,
                ty,
                doc: b.text,
            }),
            None => self.values.push(Value {
                name: b.name(),
                ty,
                doc: b.text,
            }),
        }
    }
}

fn function_of(b: &'static Builtin) -> Function {
    let (head, returns) = b.signature.split_once(" -> ").unwrap_or((b.signature, ""));
    let inner = head
        .split_once('(')
        .map_or("", |x| x.1)
        .trim_end_matches(')');
    Function {
        name: b.name(),
        formals: inner
            .split(", ")
            .filter_map(|p| p.split_once(": "))
            .collect(),
        returns,
        doc: b.text,
    }
}

/// A built-in function by its name.
pub(crate) fn function(name: &str) -> Option<&'static Function> {
    functions().iter().find(|f| f.name == name)
}

/// All built-in functions.
pub(crate) fn functions() -> &'static [Function] {
    &tables().functions
}

/// All built-in values.
pub(crate) fn values() -> &'static [Value] {
    &tables().values
}

/// All parts of built-in values.
pub(crate) fn parts() -> &'static [Part] {
    &tables().parts
}

/// Type and meaning of a built-in value.
pub(crate) fn value_doc(name: &str) -> Option<(&'static str, &'static str)> {
    values()
        .iter()
        .find(|v| v.name == name)
        .map(|v| (v.ty, v.doc))
}

/// Types: name and meaning.
pub(crate) const TYPES: &[(&str, &str)] = &[
    ("bool", "True or false."),
    ("int", "A whole number."),
    ("float", "A number without unit."),
    ("price", "Quote currency for one unit of the base asset."),
    ("percent", "A share; `2%` is 0.02."),
    ("quantity", "Units of the base asset."),
    ("money", "Quote currency; price × quantity."),
    ("bars", "A count of bars."),
    ("duration", "A span of time, such as `4h`."),
    (
        "timeframe",
        "The length of a clock's bars, such as `4h`; as a parameter, each of its values is compiled on its own.",
    ),
    ("time", "A moment."),
    ("num", "Any unit, the same one everywhere in a signature."),
    ("num2", "Any unit, independent of `num`."),
];

/// The meaning of a type's name.
pub(crate) fn type_doc(name: &str) -> Option<&'static str> {
    TYPES.iter().find(|t| t.0 == name).map(|t| t.1)
}

/// Type and meaning of a part.
pub(crate) fn part_doc(of: &str, part: &str) -> Option<(&'static str, &'static str)> {
    parts()
        .iter()
        .find(|p| p.of == of && p.name == part)
        .map(|p| (p.ty, p.doc))
}

/// What a keyword means and how it is written.
pub(crate) fn keyword(word: &str) -> Option<&'static Entry> {
    let of_language = |e: &&Entry| {
        matches!(
            e.kind,
            Kind::Statement | Kind::Operator | Kind::Clause | Kind::Fold
        )
    };
    docs::named(word)
        .find(of_language)
        .or_else(|| docs::named(word).find(|e| !e.kind.is_definition()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sbt_grammar::word;

    #[test]
    fn every_keyword_is_explained() {
        for w in word::RESERVED
            .iter()
            .chain(word::ITEMS)
            .chain(word::STATEMENTS)
            .chain(word::CLAUSES)
            .chain(word::OPERATORS)
            .chain(word::FOLDS)
        {
            assert!(keyword(w).is_some_and(|e| !e.text.is_empty()), "{w}");
        }
    }

    #[test]
    fn signatures_are_taken_apart() {
        let f = function("pow").unwrap();
        assert_eq!(f.formals, [("x", "num"), ("y", "float")]);
        assert_eq!(function("max").unwrap().formals.len(), 2);
        assert_eq!(part_doc("forming", "volume").unwrap().0, "quantity");
        assert_eq!(part_doc("position", "bars").unwrap().0, "bars");
        assert_eq!(value_doc("close").unwrap().0, "price");
        assert!(value_doc("position").is_some() && function("sum").is_none());
    }
}
