//! The shape of a program: outline, folds, widening selections.

use crate::analysis::Analysis;
use crate::index::SymbolKind;
use crate::walk;
use sbt_grammar::Token;
use sbt_syntax::ast::{Decl, Expr, Item, Leg, Stmt};

/// An entry of the outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The name.
    pub name: String,
    /// More: title, type.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Bytes of the whole.
    pub full: (usize, usize),
    /// Bytes of the name.
    pub span: (usize, usize),
    /// What it holds.
    pub children: Vec<Outline>,
}

/// A part of the text that can be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fold {
    /// First byte: of the line that stays visible.
    pub start: usize,
    /// Last byte that is hidden.
    pub end: usize,
    /// A run of comments rather than a block.
    pub comment: bool,
}

/// What a kind is called.
pub(crate) fn symbol_word(kind: SymbolKind) -> &'static str {
    match kind {
        SymbolKind::Strategy => "strategy",
        SymbolKind::Portfolio => "portfolio",
        SymbolKind::Indicator => "indicator",
        SymbolKind::Function => "formula",
        SymbolKind::Enum => "enum",
        SymbolKind::Member => "member",
        SymbolKind::Test => "test",
        SymbolKind::Parameter => "parameter",
        SymbolKind::Formal => "argument",
        SymbolKind::Value => "value",
        SymbolKind::Recurrence => "recurrence",
        SymbolKind::Step => "index of a fold",
        SymbolKind::Label => "entry",
        SymbolKind::Output => "result",
    }
}

impl Analysis {
    /// Strategies and portfolios: name and first byte.
    pub fn strategies(&self) -> Vec<(String, usize)> {
        self.file
            .items
            .iter()
            .filter_map(|i| match i {
                Item::Strategy(s) | Item::Portfolio(s) => {
                    Some((s.name.name.clone(), s.span.start as usize))
                }
                _ => None,
            })
            .collect()
    }

    /// Items with what they define.
    pub fn outline(&self) -> Vec<Outline> {
        let symbols = &self.index().symbols;
        let mut out: Vec<Outline> = Vec::new();
        for item in &self.file.items {
            let span = walk::item_span(item);
            let full = (span.start as usize, span.end as usize);
            let head = match item {
                Item::Test(t) => Some(Outline {
                    name: t.name.clone(),
                    detail: String::new(),
                    kind: SymbolKind::Test,
                    full,
                    span: full,
                    children: Vec::new(),
                }),
                Item::Use(_) | Item::Error(_) => None,
                _ => symbols
                    .iter()
                    .find(|s| s.full == full && s.parent.is_none())
                    .map(|s| Outline {
                        name: s.name.clone(),
                        detail: match item {
                            Item::Strategy(x) | Item::Portfolio(x) => {
                                x.title.clone().unwrap_or_default()
                            }
                            Item::Indicator(_) | Item::Func(_) => self
                                .callable(&s.name)
                                .map(|c| c.signature())
                                .unwrap_or_default(),
                            _ => String::new(),
                        },
                        kind: s.kind,
                        full,
                        span: s.span,
                        children: Vec::new(),
                    }),
            };
            let Some(mut head) = head else { continue };
            head.children = symbols
                .iter()
                .filter(|s| {
                    s.full != full
                        && full.0 <= s.full.0
                        && s.full.1 <= full.1
                        && s.kind != SymbolKind::Step
                })
                .map(|s| Outline {
                    name: if s.kind == SymbolKind::Label {
                        format!("#{}", s.name)
                    } else {
                        s.name.clone()
                    },
                    detail: self
                        .fact_at(s.span.0, s.span.1)
                        .map(|f| f.ty.clone())
                        .unwrap_or_default(),
                    kind: s.kind,
                    full: s.full,
                    span: s.span,
                    children: Vec::new(),
                })
                .collect();
            head.children.sort_by_key(|c| c.span);
            out.push(head);
        }
        out
    }

    /// Blocks and runs of comments.
    pub fn folds(&self) -> Vec<Fold> {
        let mut out = Vec::new();
        let mut open = Vec::new();
        for t in &self.tokens {
            match t.token {
                Token::LBrace | Token::LParen | Token::LBracket => open.push(*t),
                Token::RBrace | Token::RParen | Token::RBracket => {
                    if let Some(o) = open.pop() {
                        let (start, end) = (o.start as usize, t.start as usize);
                        if self.text.get(start..end).is_some_and(|s| s.contains('\n')) {
                            out.push(Fold {
                                start,
                                end,
                                comment: false,
                            });
                        }
                    }
                }
                _ => {}
            }
        }
        let mut run: Option<(usize, usize, usize)> = None;
        let mut lines = 0;
        for t in &self.tokens {
            match t.token {
                Token::Newline => lines += 1,
                Token::Comment | Token::Doc if lines == 1 && run.is_some() => {
                    if let Some(r) = &mut run {
                        r.1 = t.end as usize;
                        r.2 += 1;
                    }
                    lines = 0;
                }
                other => {
                    if let Some((start, end, count)) = run.take()
                        && count > 1
                    {
                        out.push(Fold {
                            start,
                            end,
                            comment: true,
                        });
                    }
                    if matches!(other, Token::Comment | Token::Doc) && (lines > 0 || t.start == 0) {
                        run = Some((t.start as usize, t.end as usize, 1));
                    }
                    lines = 0;
                }
            }
        }
        if let Some((start, end, count)) = run
            && count > 1
        {
            out.push(Fold {
                start,
                end,
                comment: true,
            });
        }
        out.sort_unstable();
        out
    }

    /// Ever larger pieces of the program around an offset, the smallest first.
    pub fn selections(&self, offset: usize) -> Vec<(usize, usize)> {
        let at = self.clamp(offset);
        let mut found: Vec<(usize, usize)> = vec![(0, self.text.len())];
        let mut add = |start: u32, end: u32| {
            let (s, e) = (start as usize, end as usize);
            if s <= at && at <= e && s < e {
                found.push((s, e));
            }
        };
        if let Some(t) = self.token_at(at) {
            add(t.start, t.end);
        }
        let mut expr = |e: &Expr| {
            walk::deep(e, &mut |x| add(x.span.start, x.span.end));
        };
        for item in &self.file.items {
            walk::of_item(item, &mut expr);
        }
        for item in &self.file.items {
            let s = walk::item_span(item);
            add(s.start, s.end);
            match item {
                Item::Strategy(x) | Item::Portfolio(x) => {
                    for stmt in &x.body {
                        let s = walk::stmt_span(stmt);
                        add(s.start, s.end);
                        match stmt {
                            Stmt::On { body, .. } => each_decl(body, &mut add),
                            Stmt::Enter(e) => e.legs.iter().for_each(|l: &Leg| {
                                let s = walk::leg_span(l);
                                add(s.start, s.end);
                            }),
                            _ => {}
                        }
                    }
                }
                Item::Indicator(i) => each_decl(&i.body, &mut add),
                Item::Test(t) => t.body.iter().for_each(|x| {
                    let s = walk::test_stmt_span(x);
                    add(s.start, s.end);
                }),
                _ => {}
            }
        }
        found.sort_by_key(|(s, e)| (e - s, *s));
        found.dedup();
        // pieces that overlap without holding one another would not widen
        let mut out: Vec<(usize, usize)> = Vec::new();
        for (s, e) in found {
            if out.last().is_none_or(|(a, b)| s <= *a && *b <= e) {
                out.push((s, e));
            }
        }
        out
    }
}

fn each_decl(body: &[Decl], add: &mut dyn FnMut(u32, u32)) {
    for d in body {
        let s = walk::decl_span(d);
        add(s.start, s.end);
    }
}
