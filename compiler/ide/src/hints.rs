//! What the reader would ask while reading: types of values, warm-up, which argument is which.

use crate::analysis::Analysis;
use crate::callable::Callable;
use crate::index::SymbolKind;
use crate::walk;
use sbt_syntax::ast::{Arg, ExprKind, Ident};
use std::collections::HashMap;

/// What a hint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HintKind {
    /// A type, behind a name.
    Type,
    /// A parameter's name, before an argument.
    Parameter,
}

/// A remark between the characters of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Where it stands.
    pub at: usize,
    /// What it says.
    pub text: String,
    /// What it is about.
    pub kind: HintKind,
}

impl Analysis {
    /// Hints that stand between two offsets.
    pub fn hints(&self, start: usize, end: usize) -> Vec<Hint> {
        let mut out = Vec::new();
        for s in &self.index().symbols {
            if !matches!(s.kind, SymbolKind::Value | SymbolKind::Recurrence)
                || s.span.1 < start
                || s.span.0 > end
            {
                continue;
            }
            let Some(f) = self.fact_at(s.span.0, s.span.1) else {
                continue;
            };
            if f.ty.starts_with('(') {
                continue;
            }
            let annotated = self.text[s.span.1..].trim_start().starts_with(':');
            let warm = match f.warmup {
                Some((_, settled)) if settled > 0.0 => format!(" · {settled} bars"),
                _ => String::new(),
            };
            if annotated && warm.is_empty() {
                continue;
            }
            out.push(Hint {
                at: s.span.1,
                text: if annotated {
                    warm
                } else {
                    format!(": {}{warm}", f.ty)
                },
                kind: HintKind::Type,
            });
        }
        let mut known: HashMap<String, Option<Callable>> = HashMap::new();
        for item in &self.file.items {
            walk::of_item(item, &mut |e| {
                walk::deep(e, &mut |x| {
                    if let ExprKind::Call { callee, args } = &x.kind
                        && x.span.end as usize >= start
                        && x.span.start as usize <= end
                    {
                        self.argument_hints(callee, args, &mut known, &mut out);
                    }
                });
            });
        }
        out.retain(|h| start <= h.at && h.at <= end);
        out.sort_by_key(|h| h.at);
        out
    }

    fn argument_hints(
        &self,
        callee: &Ident,
        args: &[Arg],
        known: &mut HashMap<String, Option<Callable>>,
        out: &mut Vec<Hint>,
    ) {
        let c = known
            .entry(callee.name.clone())
            .or_insert_with(|| self.callable(&callee.name));
        let Some(c) = c else { return };
        if c.formals.len() < 2 {
            return;
        }
        for (a, f) in args.iter().zip(&c.formals) {
            // a name or a price says itself what it is; a bare number does not
            let bare = matches!(
                a.value.kind,
                ExprKind::Number(_) | ExprKind::Percent(_) | ExprKind::Bool(_)
            );
            if a.name.is_none() && bare && f.name.len() > 1 {
                out.push(Hint {
                    at: a.value.span.start as usize,
                    text: format!("{}:", f.name),
                    kind: HintKind::Parameter,
                });
            }
        }
    }
}
