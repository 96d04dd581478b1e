//! What can be called: definitions of the program, of modules, of the library, and built-in functions, in one shape.

use crate::analysis::{Analysis, Place};
use crate::index::SymbolKind;
use crate::language;
use sbt_diagnostics::{FileId, Span};
use sbt_driver::Shelf;
use sbt_hir::Library;
use sbt_syntax::ast::{self, Expr, Item, Rets, TypeExpr};
use std::sync::OnceLock;

/// Where a definition comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// This file.
    Here,
    /// A module that it uses, by name.
    Module(String),
    /// A module of the library, by path.
    Library(String),
    /// The language itself.
    Builtin,
}

/// A parameter of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formal {
    /// Name.
    pub name: String,
    /// Type as written.
    pub ty: String,
    /// Default as written.
    pub default: Option<String>,
}

/// Something that can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callable {
    /// Its name.
    pub name: String,
    /// `indicator`, `fn` or nothing for a built-in.
    pub keyword: &'static str,
    /// Doc comment.
    pub doc: String,
    /// Parameters.
    pub formals: Vec<Formal>,
    /// What it gives, as written.
    pub returns: String,
    /// Named results with their types.
    pub outputs: Vec<(String, String)>,
    /// Where it comes from.
    pub origin: Origin,
    /// Its text without doc comment; empty for a built-in.
    pub source: String,
    /// Where its name stands.
    pub place: Option<Place>,
}

impl Callable {
    /// `ema(x: num, n: bars = 20) -> num`
    pub fn signature(&self) -> String {
        let formals: Vec<String> = self.formals.iter().map(Formal::written).collect();
        format!("{}({}) -> {}", self.name, formals.join(", "), self.returns)
    }
}

impl Formal {
    /// `n: bars = 20`
    pub fn written(&self) -> String {
        match &self.default {
            Some(d) => format!("{}: {} = {d}", self.name, self.ty),
            None => format!("{}: {}", self.name, self.ty),
        }
    }
}

/// A type as written.
pub(crate) fn type_text(t: &TypeExpr) -> String {
    let power = if t.power == 1 {
        String::new()
    } else {
        format!("^{}", t.power)
    };
    format!("{}{power}{}", t.name, if t.optional { "?" } else { "" })
}

fn cut(text: &str, span: Span, shift: usize) -> String {
    let at = |x: u32| (x as usize).saturating_sub(shift);
    text.get(at(span.start)..at(span.end))
        .unwrap_or("")
        .trim()
        .to_owned()
}

fn formals(list: &[ast::Formal], text: &str, shift: usize) -> Vec<Formal> {
    list.iter()
        .map(|f| Formal {
            name: f.name.name.clone(),
            ty: type_text(&f.ty),
            default: f.default.as_ref().map(|e: &Expr| cut(text, e.span, shift)),
        })
        .collect()
}

/// A definition in one shape. `shift` is what its spans are ahead of the text.
fn of_item(item: &Item, text: &str, shift: usize, origin: Origin) -> Option<Callable> {
    match item {
        Item::Indicator(i) => {
            let (returns, outputs) = match &i.rets {
                Rets::One(t) => (type_text(t), Vec::new()),
                Rets::Many(list) => {
                    let outputs: Vec<(String, String)> = list
                        .iter()
                        .map(|(id, t)| (id.name.clone(), type_text(t)))
                        .collect();
                    let inner: Vec<String> =
                        outputs.iter().map(|(n, t)| format!("{n}: {t}")).collect();
                    (format!("({})", inner.join(", ")), outputs)
                }
            };
            Some(Callable {
                name: i.name.name.clone(),
                keyword: "indicator",
                doc: i.doc.clone(),
                formals: formals(&i.formals, text, shift),
                returns,
                outputs,
                origin,
                source: cut(text, i.span, shift),
                place: None,
            })
        }
        Item::Func(f) => Some(Callable {
            name: f.name.name.clone(),
            keyword: "fn",
            doc: f.doc.clone(),
            formals: formals(&f.formals, text, shift),
            returns: type_text(&f.ret),
            outputs: Vec::new(),
            origin,
            source: cut(text, f.span, shift),
            place: None,
        }),
        _ => None,
    }
}

fn name_span(item: &Item) -> Option<(&str, Span)> {
    let id = match item {
        Item::Indicator(i) => &i.name,
        Item::Func(f) => &f.name,
        Item::Enum(e) => &e.name,
        _ => return None,
    };
    Some((&id.name, id.span))
}

/// The shelf that holds a module of the library.
pub(crate) fn shelf(module: &str) -> Option<&'static Shelf> {
    if sbt_std::PRELUDE.contains(&module) {
        return Some(sbt_driver::library());
    }
    sbt_driver::library_module(module)
}

/// The text of a library item and where it begins in its module.
fn library_offset(module: &str, name: &str) -> Option<(&'static str, usize)> {
    let shelf = shelf(module)?;
    Some((shelf.text(name)?.1, shelf.start(name)?))
}

/// The header that the driver puts before a lone item of the library.
fn header_len() -> usize {
    format!("#sbt {}\n", sbt_std::EDITION).len()
}

/// Where a library item, or a part of it, is defined.
pub(crate) fn library_place(module: &str, name: &str, part: Option<&str>) -> Option<Place> {
    let (_, offset) = library_offset(module, name)?;
    let item = shelf(module)?.item(name)?;
    let span = match part {
        Some(p) => part_span(item, p)?,
        None => name_span(item)?.1,
    };
    let shift = header_len();
    Some(Place::Library {
        module: module.to_owned(),
        start: (span.start as usize).checked_sub(shift)? + offset,
        end: (span.end as usize).checked_sub(shift)? + offset,
    })
}

/// Where a parameter, result or member of an item is defined.
pub(crate) fn part_span(item: &Item, part: &str) -> Option<Span> {
    let (formals, rets): (&[ast::Formal], Option<&Rets>) = match item {
        Item::Indicator(i) => (&i.formals, Some(&i.rets)),
        Item::Func(f) => (&f.formals, None),
        Item::Enum(e) => {
            return e.members.iter().find(|m| m.name == part).map(|m| m.span);
        }
        _ => return None,
    };
    formals
        .iter()
        .find(|f| f.name.name == part)
        .map(|f| f.name.span)
        .or_else(|| match rets {
            Some(Rets::Many(list)) => list
                .iter()
                .find(|(id, _)| id.name == part)
                .map(|x| x.0.span),
            _ => None,
        })
}

/// A definition of the library.
pub(crate) fn of_library(module: &str, name: &str) -> Option<Callable> {
    let (text, _) = library_offset(module, name)?;
    let mut found = of_item(
        shelf(module)?.item(name)?,
        text,
        header_len(),
        Origin::Library(module.to_owned()),
    )?;
    found.place = library_place(module, name, None);
    Some(found)
}

fn of_builtin(name: &str) -> Option<Callable> {
    let f = language::function(name)?;
    Some(Callable {
        name: f.name.to_owned(),
        keyword: "",
        doc: f.doc.to_owned(),
        formals: f
            .formals
            .iter()
            .map(|(n, t)| Formal {
                name: (*n).to_owned(),
                ty: (*t).to_owned(),
                default: None,
            })
            .collect(),
        returns: f.returns.to_owned(),
        outputs: language::parts()
            .iter()
            .filter(|p| p.of == name && name == "forming")
            .map(|p| (p.name.to_owned(), p.ty.to_owned()))
            .collect(),
        origin: Origin::Builtin,
        source: String::new(),
        place: None,
    })
}

impl Analysis {
    /// What a called name means here.
    pub fn callable(&self, name: &str) -> Option<Callable> {
        if let Some(f) = of_builtin(name) {
            return Some(f);
        }
        if let Some(found) = self.defined(&self.file, FileId(0), &self.text, name, Origin::Here) {
            return Some(found);
        }
        for m in self.modules() {
            let text = self.checked.sources.text(m.id);
            let origin = Origin::Module(self.checked.sources.name(m.id).to_owned());
            if let Some(found) = self.defined(&m.file, m.id, text, name, origin) {
                return Some(found);
            }
        }
        of_library(self.library_module_of(name)?, name)
    }

    fn defined(
        &self,
        file: &ast::File,
        id: FileId,
        text: &str,
        name: &str,
        origin: Origin,
    ) -> Option<Callable> {
        let item = file
            .items
            .iter()
            .find(|i| name_span(i).is_some_and(|n| n.0 == name))?;
        let mut found = of_item(item, text, 0, origin)?;
        found.place = name_span(item).map(|(_, s)| self.place(Span { file: id, ..s }));
        Some(found)
    }

    /// Names of the user's definitions that can be called here: own ones, then those of modules.
    pub(crate) fn own_callables(&self) -> Vec<(String, SymbolKind)> {
        let mut out = Vec::new();
        for file in std::iter::once(&self.file).chain(self.modules().iter().map(|m| &m.file)) {
            for item in &file.items {
                let found = match item {
                    Item::Indicator(i) => (i.name.name.clone(), SymbolKind::Indicator),
                    Item::Func(f) => (f.name.name.clone(), SymbolKind::Function),
                    Item::Enum(e) => (e.name.name.clone(), SymbolKind::Enum),
                    _ => continue,
                };
                out.push(found);
            }
        }
        out
    }
}

/// An item of the prelude, for lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibrarySymbol {
    /// Name.
    pub name: &'static str,
    /// The module that holds it.
    pub module: &'static str,
    /// Its head on one line, from the keyword to what it gives.
    pub head: String,
    /// Bytes of its name in the module.
    pub span: (usize, usize),
}

static SYMBOLS: OnceLock<Vec<LibrarySymbol>> = OnceLock::new();

/// Items of the prelude in the order of its files. Heads are cut from the text, so that nothing is parsed for a list.
pub fn library_symbols() -> &'static [LibrarySymbol] {
    SYMBOLS.get_or_init(|| {
        sbt_driver::library_names()
            .iter()
            .filter_map(|name| {
                let (module, _) = sbt_driver::item_text(name)?;
                symbol(module, name)
            })
            .collect()
    })
}

/// Items of a module of the library outside of the prelude.
pub(crate) fn module_symbols(path: &str) -> Vec<LibrarySymbol> {
    let Some(module) = sbt_std::module(path) else {
        return Vec::new();
    };
    sbt_driver::library_module(path).map_or_else(Vec::new, |shelf| {
        shelf
            .defined()
            .iter()
            .filter_map(|name| symbol(module.path, name))
            .collect()
    })
}

fn symbol(module: &'static str, name: &'static str) -> Option<LibrarySymbol> {
    let (text, offset) = library_offset(module, name)?;
    let code: usize = text
        .split_inclusive('\n')
        .take_while(|l| l.starts_with("///"))
        .map(str::len)
        .sum();
    let body = text.get(code..)?;
    let end = if body.starts_with("fn") {
        body.find(") ->")
            .and_then(|a| body[a..].find(" =").map(|b| a + b))
    } else {
        body.find('{')
    }
    .unwrap_or(body.len());
    let head = body[..end].split_whitespace().collect::<Vec<_>>().join(" ");
    let at = offset + code + body.find(' ')? + 1;
    Some(LibrarySymbol {
        name,
        module,
        head,
        span: (at, at + name.len()),
    })
}
