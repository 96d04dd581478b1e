//! What stands under the cursor, in Markdown.

use crate::analysis::Analysis;
use crate::callable::{Callable, Origin, of_library};
use crate::index::{Symbol, SymbolKind, Target};
use crate::language;
use crate::outline::symbol_word;
use sbt_grammar::Token;
use sbt_hir::unit::Rate;

/// An answer to a hover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// First byte of what it is about.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Markdown.
    pub text: String,
}

/// Lines of source that a hover shows at most.
const SOURCE_LINES: usize = 24;

impl Analysis {
    /// What stands at an offset.
    pub fn hover(&self, offset: usize) -> Option<Hover> {
        let offset = self.clamp(offset);
        if let Some(o) = self.index().at(offset) {
            let text = match &o.target {
                Target::Symbol(n) => self.symbol_text(*n, o.start, o.end),
                Target::Module { item, part, .. } => {
                    let c = self.callable(item);
                    self.with_fact(o.start, o.end, item_text(c, item, part.as_deref()))
                }
                Target::Library { module, item, part } => {
                    let c = of_library(module, item);
                    self.with_fact(o.start, o.end, item_text(c, item, part.as_deref()))
                }
                Target::Builtin(name) => self.builtin_text(name),
                Target::Type(name) => {
                    let doc = language::type_doc(name).unwrap_or_default();
                    format!("```sbt\n{name}\n```\n\n{doc}")
                }
                Target::BuiltinPart { of, part } => {
                    let (ty, doc) = language::part_doc(of, part)?;
                    format!("```sbt\n{of}.{part}: {ty}\n```\n\n{doc}")
                }
            };
            return Some(Hover {
                start: o.start,
                end: o.end,
                text,
            });
        }
        self.token_hover(offset)
    }

    /// `price, changes every bar, exists after 14 bars`
    fn fact_line(&self, start: usize, end: usize) -> Option<String> {
        let f = self.fact_at(start, end)?;
        let mut parts = vec![format!("`{}`", f.ty)];
        match f.rate {
            Some(Rate::Const) => parts.push("known before the run".into()),
            Some(Rate::Run) => parts.push("fixed for the run".into()),
            Some(Rate::Series) => parts.push("changes every bar".into()),
            None => {}
        }
        if let Some((exists, settled)) = f.warmup {
            if exists > 0.0 {
                parts.push(format!("exists after {exists} bars"));
            }
            if settled > exists {
                parts.push(format!("settled after {settled} bars"));
            }
        }
        Some(parts.join(" · "))
    }

    fn with_fact(&self, start: usize, end: usize, text: String) -> String {
        match self.fact_line(start, end) {
            Some(line) => format!("{text}\n\nHere: {line}"),
            None => text,
        }
    }

    fn symbol_text(&self, n: usize, start: usize, end: usize) -> String {
        let Some(s) = self.index().symbols.get(n) else {
            return String::new();
        };
        match s.kind {
            SymbolKind::Indicator | SymbolKind::Function => {
                let c = self.callable(&s.name);
                self.with_fact(start, end, item_text(c, &s.name, None))
            }
            _ => self.plain_symbol(s, start, end),
        }
    }

    fn plain_symbol(&self, s: &Symbol, start: usize, end: usize) -> String {
        let mut code = self
            .text
            .get(s.full.0..s.full.1)
            .unwrap_or("")
            .trim()
            .to_owned();
        if matches!(s.kind, SymbolKind::Strategy | SymbolKind::Portfolio) {
            code = code.split('{').next().unwrap_or("").trim().to_owned();
        }
        let mut out = format!("```sbt\n{code}\n```\n\n{}", symbol_word(s.kind));
        if let Some(p) = s.parent.and_then(|p| self.index().symbols.get(p)) {
            out.push_str(" of `");
            out.push_str(&p.name);
            out.push('`');
        }
        let fact = self
            .fact_line(start, end)
            .or_else(|| self.fact_line(s.span.0, s.span.1));
        if let Some(line) = fact {
            out.push_str("\n\n");
            out.push_str(&line);
        }
        out
    }

    fn builtin_text(&self, name: &str) -> String {
        if language::function(name).is_some() {
            return item_text(self.callable(name), name, None);
        }
        if let Some((ty, doc)) = language::value_doc(name) {
            let head = if ty.is_empty() {
                name.to_owned()
            } else {
                format!("{name}: {ty}")
            };
            return format!("```sbt\n{head}\n```\n\n{}", doc_text(doc));
        }
        format!("```sbt\n{name}\n```")
    }

    fn token_hover(&self, offset: usize) -> Option<Hover> {
        let t = self.token_at(offset)?;
        let word = t.text(&self.text);
        let text = match t.token {
            Token::Word => {
                let e = language::keyword(word)?;
                format!("```sbt\n{}\n```\n\n{}", e.signature, e.text)
            }
            Token::Percent => {
                let v: f64 = word.trim_end_matches('%').replace('_', "").parse().ok()?;
                format!("`percent` · {}", v / 100.0)
            }
            Token::Risk => format!(
                "{} times the distance from the entry to its stop",
                word.trim_end_matches('R')
            ),
            Token::Bars => "`bars` · a count of bars".to_owned(),
            Token::Timeframe => "`duration` · the length of a bar or a span of time".to_owned(),
            Token::Header => "The edition of the language that the file is written in.".to_owned(),
            _ => return None,
        };
        Some(Hover {
            start: t.start as usize,
            end: t.end as usize,
            text,
        })
    }
}

/// Signature, doc comment, origin and source of a definition.
pub(crate) fn item_text(c: Option<Callable>, name: &str, part: Option<&str>) -> String {
    let Some(c) = c else {
        return match part {
            Some(p) => format!("```sbt\n{name}.{p}\n```"),
            None => format!("```sbt\n{name}\n```"),
        };
    };
    if let Some(p) = part {
        let ty = c
            .outputs
            .iter()
            .find(|o| o.0 == p)
            .map(|o| o.1.clone())
            .or_else(|| c.formals.iter().find(|f| f.name == p).map(|f| f.ty.clone()))
            .unwrap_or_default();
        return format!("```sbt\n{p}: {ty}\n```\n\nof `{}`", c.signature());
    }
    let mut out =
        format!("```sbt\n{} {}\n```", c.keyword, c.signature()).replace("```sbt\n ", "```sbt\n");
    if !c.doc.trim().is_empty() {
        out.push_str("\n\n");
        out.push_str(&doc_text(&c.doc));
    }
    match &c.origin {
        Origin::Library(module) => {
            out.push_str("\n\nLibrary, module `");
            out.push_str(module);
            out.push('`');
        }
        Origin::Module(m) => {
            out.push_str("\n\nModule `");
            // the last parts of a path say enough
            out.push_str(m.rsplit('/').next().unwrap_or(m));
            out.push('`');
        }
        Origin::Here | Origin::Builtin => {}
    }
    if !c.source.is_empty() && c.origin != Origin::Here {
        let lines: Vec<&str> = c.source.lines().collect();
        out.push_str("\n\n```sbt\n");
        out.push_str(&lines[..lines.len().min(SOURCE_LINES)].join("\n"));
        if lines.len() > SOURCE_LINES {
            out.push_str("\n  …");
        }
        out.push_str("\n```");
    }
    out
}

/// A doc comment as Markdown: its sentences on formula and source as paragraphs of their own.
pub(crate) fn doc_text(doc: &str) -> String {
    let flat = doc.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let mut out = flat.trim().to_owned();
    for mark in ["Formula:", "Source:", "Units:"] {
        out = out.replace(&format!(" {mark}"), &format!("\n\n**{mark}**"));
    }
    out
}
