//! Changes that the editor can make: repairs of messages, and small steps of rewriting.

use crate::analysis::Analysis;
use crate::layout::Edit;
use crate::walk;
use sbt_diagnostics::{Diagnostic, FileId};
use sbt_syntax::ast::{Expr, ExprKind, Item, Stmt};

/// What an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// Repairs a message.
    Fix,
    /// All repairs at once.
    FixAll,
    /// Names a value.
    Extract,
}

/// A change that can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What it does, as an imperative sentence.
    pub title: String,
    /// What it is.
    pub kind: ActionKind,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
    /// Number of the message that it repairs.
    pub message: Option<usize>,
    /// Only the likeliest of several readings.
    pub guess: bool,
}

fn edit_of(d: &Diagnostic) -> Option<Edit> {
    let fix = d.fix.as_ref()?;
    (fix.span.file == FileId(0)).then(|| Edit {
        start: fix.span.start as usize,
        end: fix.span.end as usize,
        new: fix.replace.clone(),
    })
}

/// The repairs that can be made together without a look at each: of two that touch, the first.
pub fn fix_all(diagnostics: &[Diagnostic]) -> Vec<Edit> {
    let sure = |d: &&Diagnostic| d.fix.as_ref().is_some_and(|f| !f.guess);
    let mut edits: Vec<Edit> = diagnostics
        .iter()
        .filter(sure)
        .filter_map(edit_of)
        .collect();
    edits.sort_by_key(|e| (e.start, e.end));
    edits.dedup();
    let mut out: Vec<Edit> = Vec::new();
    for e in edits {
        if out.last().is_none_or(|l| l.end < e.start) {
            out.push(e);
        }
    }
    out
}

impl Analysis {
    /// Changes for a selection; an empty one is a cursor.
    pub fn actions(&self, start: usize, end: usize) -> Vec<Action> {
        let (start, end) = (self.clamp(start), self.clamp(end.max(start)));
        let mut out = Vec::new();
        for (i, d) in self.diagnostics().iter().enumerate() {
            let touches = |s: sbt_diagnostics::Span| {
                s.file == FileId(0) && s.start as usize <= end && start <= s.end as usize
            };
            let here = touches(d.span()) || d.fix.as_ref().is_some_and(|f| touches(f.span));
            if let (true, Some(edit), Some(fix)) = (here, edit_of(d), &d.fix) {
                out.push(Action {
                    title: fix.title.clone(),
                    kind: ActionKind::Fix,
                    edits: vec![edit],
                    message: Some(i),
                    guess: fix.guess,
                });
            }
        }
        let all = fix_all(self.diagnostics());
        if all.len() > 1 {
            out.push(Action {
                title: format!("make all {} repairs", all.len()),
                kind: ActionKind::FixAll,
                edits: all,
                message: None,
                guess: false,
            });
        }
        out.extend(self.extract_let(start, end));
        out.extend(self.introduce_param(start, end));
        out
    }

    /// The smallest expression that holds a selection, with the statement that holds it.
    fn expression(&self, start: usize, end: usize) -> Option<(&Expr, (usize, usize))> {
        let mut best: Option<(&Expr, (usize, usize))> = None;
        let mut look = |e, owner: (usize, usize)| {
            walk::deep(e, &mut |x: &Expr| {
                let (s, t) = (x.span.start as usize, x.span.end as usize);
                let smaller =
                    best.is_none_or(|(b, _)| t - s <= (b.span.end - b.span.start) as usize);
                if s <= start && end <= t && smaller {
                    best = Some((x, owner));
                }
            });
        };
        for item in &self.file.items {
            match item {
                Item::Strategy(s) => {
                    for stmt in &s.body {
                        let sp = walk::stmt_span(stmt);
                        match stmt {
                            Stmt::On { body, .. } => {
                                for d in body {
                                    let sp = walk::decl_span(d);
                                    let owner = (sp.start as usize, sp.end as usize);
                                    walk::of_decl(d, &mut |e| look(e, owner));
                                }
                            }
                            Stmt::Param(_) | Stmt::Require { .. } => {}
                            _ => {
                                let owner = (sp.start as usize, sp.end as usize);
                                walk::of_stmt(stmt, &mut |e| look(e, owner));
                            }
                        }
                    }
                }
                Item::Indicator(i) => {
                    for d in &i.body {
                        let sp = walk::decl_span(d);
                        let owner = (sp.start as usize, sp.end as usize);
                        walk::of_decl(d, &mut |e| look(e, owner));
                    }
                    for e in &i.give {
                        let line = self.text[..e.span.start as usize]
                            .rfind("give")
                            .unwrap_or(e.span.start as usize);
                        look(e, (line, e.span.end as usize));
                    }
                }
                _ => {}
            }
        }
        best
    }

    /// A name of this form that nothing has.
    fn fresh(&self, base: &str) -> String {
        let taken = |n: &str| {
            self.index().symbols.iter().any(|s| s.name == n) || self.callable(n).is_some()
        };
        let mut name = base.to_owned();
        let mut k = 2;
        while taken(&name) {
            name = format!("{base}{k}");
            k += 1;
        }
        name
    }

    fn indent(&self, at: usize) -> (usize, String) {
        let line = self.text[..at].rfind('\n').map_or(0, |i| i + 1);
        let indent: String = self.text[line..at]
            .chars()
            .take_while(|c| matches!(c, ' ' | '\t'))
            .collect();
        (line, indent)
    }

    fn extract_let(&self, start: usize, end: usize) -> Option<Action> {
        if start == end {
            return None;
        }
        let (e, owner) = self.expression(start, end)?;
        let (s, t) = (e.span.start as usize, e.span.end as usize);
        let chosen = self.text.get(start..end)?.trim();
        // only a whole expression can be named
        if self.text.get(s..t)?.trim() != chosen || matches!(e.kind, ExprKind::Name(_)) {
            return None;
        }
        // a fold's index, `entry` and `position` mean nothing outside of where they stand
        let mut bound = matches!(e.kind, ExprKind::Risk(_) | ExprKind::Error);
        for o in &self.index().occurrences {
            if s <= o.start && o.end <= t {
                bound |= match &o.target {
                    crate::index::Target::Symbol(n) => {
                        self.index().symbols.get(*n).is_some_and(|x| {
                            x.scope.0 > owner.0 && !(s <= x.scope.0 && x.scope.1 <= t)
                        })
                    }
                    crate::index::Target::Builtin(n) => n == "entry",
                    _ => false,
                };
            }
        }
        if bound {
            return None;
        }
        let name = self.fresh("value");
        let (line, indent) = self.indent(owner.0);
        Some(Action {
            title: format!("name it: `let {name} = …`"),
            kind: ActionKind::Extract,
            edits: vec![
                Edit {
                    start: line,
                    end: line,
                    new: format!("{indent}let {name} = {chosen}\n"),
                },
                Edit {
                    start: s,
                    end: t,
                    new: name,
                },
            ],
            message: None,
            guess: false,
        })
    }

    fn introduce_param(&self, start: usize, end: usize) -> Option<Action> {
        let (e, _) = self.expression(start, end)?;
        let strategy = self.file.items.iter().find_map(|i| match i {
            Item::Strategy(s) if s.span.start <= e.span.start && e.span.end <= s.span.end => {
                Some(s)
            }
            _ => None,
        })?;
        let (s, t) = (e.span.start as usize, e.span.end as usize);
        let text = self.text.get(s..t)?.trim();
        let (ty, value, range) = match e.kind {
            ExprKind::Number(v) => {
                let (ty, whole) = self.number_type(e, v);
                (ty, text.to_owned(), around(v, whole, ""))
            }
            ExprKind::Percent(v) => ("percent", text.to_owned(), around(v * 100.0, false, "%")),
            ExprKind::Bars(n) => ("bars", n.to_string(), around(f64::from(n), true, "")),
            _ => return None,
        };
        let name = self.fresh(match ty {
            "bars" => "length",
            "percent" => "share",
            _ => "level",
        });
        let after = strategy
            .body
            .iter()
            .filter(|x| matches!(x, Stmt::Clock { .. } | Stmt::Param(_)))
            .map(|x| walk::stmt_span(x).end as usize)
            .next_back()?;
        let (_, indent) = self.indent(after);
        let end_of_line = self.text[after..]
            .find('\n')
            .map_or(self.text.len(), |i| after + i);
        if end_of_line > s {
            return None;
        }
        Some(Action {
            title: format!("make it a parameter: `param {name}`"),
            kind: ActionKind::Extract,
            edits: vec![
                Edit {
                    start: end_of_line,
                    end: end_of_line,
                    new: format!("\n{indent}param {name}: {ty} = {value} in {range}"),
                },
                Edit {
                    start: s,
                    end: t,
                    new: name,
                },
            ],
            message: None,
            guess: false,
        })
    }

    /// The type that a bare number takes where it stands: a length of an indicator, else a plain number.
    fn number_type(&self, number: &Expr, v: f64) -> (&'static str, bool) {
        let mut ty = None;
        for item in &self.file.items {
            walk::of_item(item, &mut |e| {
                walk::deep(e, &mut |x| match &x.kind {
                    ExprKind::Call { callee, args } => {
                        for (i, a) in args.iter().enumerate() {
                            if a.value.span != number.span {
                                continue;
                            }
                            let c = self.callable(&callee.name);
                            let formal = c.and_then(|c| match &a.name {
                                Some(n) => c.formals.into_iter().find(|f| f.name == n.name),
                                None => c.formals.into_iter().nth(i),
                            });
                            ty = formal.map(|f| f.ty);
                        }
                    }
                    ExprKind::Index { index, .. } if index.span == number.span => {
                        ty = Some("bars".to_owned());
                    }
                    _ => {}
                });
            });
        }
        match ty.as_deref() {
            Some("bars") => ("bars", true),
            Some("int") => ("int", true),
            _ if v.fract() == 0.0 && ty.is_none() => ("float", false),
            _ => ("float", false),
        }
    }
}

/// A range around a value, for a first sweep: from a half to twice.
fn around(v: f64, whole: bool, unit: &str) -> String {
    if v <= 0.0 {
        return format!("{v}{unit}..{}{unit}", v.abs().max(1.0));
    }
    if whole {
        let lo = (v / 2.0).floor().max(1.0);
        return format!("{lo}..{}", (v * 2.0).max(lo + 1.0));
    }
    let round = |x: f64| (x * 1e6).round() / 1e6;
    format!("{}{unit}..{}{unit}", round(v / 2.0), round(v * 2.0))
}
