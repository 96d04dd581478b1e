//! The checker's state and its entry point.

use crate::graph::{FrameId, Graph, NodeId, NodeKind};
use crate::program::{Cross, Fact, Hir, Val, type_name};
use crate::scope::{Def, Defs, Origin, Scope, Sources};
use crate::unit::{Dim, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{self, Item};
use sixbtc_abi::{Column, FrameSpec, SessionSpec};
use std::collections::{HashMap, HashSet};

/// What `entry` means where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// An ordinary value: there is no entry.
    Signal,
    /// A stop or target: the fill price of this entry.
    Level,
    /// An exit or trail: the entry price of the open position.
    Held,
}

/// The checker.
pub(crate) struct Checker<'a> {
    pub src: &'a Sources<'a>,
    pub defs: Defs<'a>,
    pub g: Graph,
    pub diags: Vec<Diagnostic>,
    pub facts: Vec<Fact>,
    pub frames: Vec<FrameSpec>,
    pub session: Option<SessionSpec>,
    pub scopes: Vec<Scope<'a>>,
    pub frame: FrameId,
    pub place: Place,
    /// Definitions being instantiated: name and the span of the call.
    pub calls: Vec<(&'a str, Span, Origin)>,
    /// What `num` and `num2` stand for in the definition being instantiated.
    pub dims: [Option<Dim>; 2],
    pub memo: HashMap<(Origin, &'a str, FrameId, Vec<Val>), Val>,
    pub broken: HashSet<&'a str>,
    pub folds: u32,
    /// Only parameters may be read (inside `require` and ranges).
    pub run_only: bool,
    /// Inside a `test`, whose claims are meant to be always true.
    pub claims: bool,
    /// Comparisons across symbols; only where there can be some: in a portfolio, and in a definition seen on its own.
    pub crosses: Option<Vec<Cross>>,
    /// A definition's body is checked by itself, with stand-ins for its parameters.
    pub generic: bool,
}

/// Checks a parsed file. Never fails: what is wrong is in the diagnostics, what is right in the result.
pub fn check(src: &Sources<'_>) -> (Hir, Vec<Diagnostic>) {
    let mut hir = Hir::default();
    let mut all = Vec::new();
    let mut root = Checker::new(src, Defs::default());
    root.collect();
    root.check_definitions();
    let defs = std::mem::take(&mut root.defs);
    let broken = std::mem::take(&mut root.broken);
    all.append(&mut root.diags);
    hir.facts.append(&mut root.facts);
    let mut defs = defs;
    for item in &src.main.items {
        let mut c = Checker::new(src, defs);
        c.broken.clone_from(&broken);
        match item {
            Item::Strategy(s) => {
                if let Some(strategy) = c.strategy(s) {
                    hir.strategies.push(strategy);
                }
            }
            Item::Test(t) => {
                if let Some(test) = c.test(t) {
                    hir.tests.push(test);
                }
            }
            Item::Portfolio(p) => {
                c.crosses = Some(Vec::new());
                if let Some(portfolio) = c.strategy(p) {
                    hir.strategies.push(portfolio);
                }
            }
            _ => {}
        }
        all.append(&mut c.diags);
        hir.facts.append(&mut c.facts);
        defs = c.defs;
    }
    hir.enums.clone_from(&defs.enum_list);
    let mut last = Checker::new(src, defs);
    last.unused_definitions(!hir.strategies.is_empty());
    all.append(&mut last.diags);
    (hir, all)
}

/// Checks one expression on bars of `period_ms`, as `sixbtc eval` does, and returns its values by name.
pub fn check_expr(
    src: &Sources<'_>,
    expr: &ast::Expr,
    period_ms: i64,
) -> (Option<crate::Expression>, Vec<Diagnostic>) {
    let mut c = Checker::new(src, Defs::default());
    c.collect();
    c.base_frame(period_ms);
    c.scopes.push(Scope::default());
    let val = c.value(expr);
    let values = match val {
        Val::One(n) => vec![("value".to_string(), n)],
        Val::Record(fields) => fields,
        Val::Optional(v, p) => vec![("value".to_string(), v), ("present".to_string(), p)],
        Val::Error => Vec::new(),
        _ => {
            c.report(Diagnostic::error(
                "E0206",
                expr.span,
                "this has no value of its own",
            ));
            Vec::new()
        }
    };
    let failed = c.diags.iter().any(Diagnostic::is_error);
    let out = (!failed && !values.is_empty()).then_some(crate::Expression {
        graph: c.g,
        frames: c.frames,
        values,
    });
    (out, c.diags)
}

impl<'a> Checker<'a> {
    pub(crate) fn new(src: &'a Sources<'a>, defs: Defs<'a>) -> Self {
        let mut g = Graph::default();
        g.zero();
        Self {
            src,
            defs,
            g,
            diags: Vec::new(),
            facts: Vec::new(),
            frames: Vec::new(),
            session: None,
            scopes: Vec::new(),
            frame: FrameId(0),
            place: Place::Signal,
            calls: Vec::new(),
            dims: [None, None],
            memo: HashMap::new(),
            broken: HashSet::new(),
            folds: 0,
            run_only: false,
            claims: false,
            crosses: None,
            generic: false,
        }
    }

    /// Sets the base clock.
    pub(crate) fn base_frame(&mut self, period_ms: i64) {
        self.frames = vec![FrameSpec {
            symbol: None,
            period_ms,
            columns: Vec::new(),
        }];
    }

    /// Length of a base bar in ms; an hour while the clock is unknown.
    pub(crate) fn base_ms(&self) -> i64 {
        self.frames.first().map_or(3_600_000, |f| f.period_ms)
    }

    /// The position of a column in the current frame, added when new.
    pub(crate) fn column(&mut self, c: Column) {
        if let Some(f) = self.frames.get_mut(self.frame.0 as usize)
            && !f.columns.contains(&c)
        {
            f.columns.push(c);
        }
    }

    /// Files a diagnostic; one that arises inside a library definition is shown at the call that led there.
    pub(crate) fn report(&mut self, d: Diagnostic) {
        let Some(&(_, outer, _)) = self.calls.first() else {
            self.diags.push(d);
            return;
        };
        let in_library = self.calls.iter().any(|c| c.2 != Origin::Main);
        let name = self
            .calls
            .iter()
            .find(|c| c.2 != Origin::Main)
            .map_or(self.calls[0].0, |c| c.0);
        if in_library {
            let at = self
                .calls
                .iter()
                .take_while(|c| c.2 == Origin::Main)
                .last()
                .map_or(outer, |c| c.1);
            let at = self
                .calls
                .iter()
                .find(|c| c.2 != Origin::Main)
                .map_or(at, |c| c.1);
            let mut moved = Diagnostic::error(d.code.0, at, format!("in `{name}`: {}", d.message));
            moved.severity = d.severity;
            moved.notes = d.notes;
            moved.help = d.help;
            self.diags.push(moved.here("because of this call"));
        } else {
            self.diags.push(d.label(outer, "in this call"));
        }
    }

    /// Reports and yields the error value.
    pub(crate) fn fail(&mut self, d: Diagnostic) -> Val {
        self.report(d);
        Val::Error
    }

    /// A node of type error, to go on with.
    pub(crate) fn error_node(&mut self) -> NodeId {
        self.g.number(0.0, Type::Error)
    }

    /// Checks every definition of the main file once with abstract dimensions, so that an error is reported where it was
    /// made and even when nobody calls it.
    fn check_definitions(&mut self) {
        let src = self.src;
        self.generic = true;
        for item in &src.main.items {
            let Some(def) = Def::of(item) else { continue };
            let name = def.name().name.as_str();
            let before = self.diags.iter().filter(|d| d.is_error()).count();
            self.base_frame(3_600_000);
            self.frame = FrameId(0);
            self.crosses = Some(Vec::new());
            self.check_generic(name, def);
            if self.diags.iter().filter(|d| d.is_error()).count() > before {
                self.broken.insert(name);
            }
        }
        self.generic = false;
        self.g = Graph::default();
        self.g.zero();
        self.memo.clear();
        self.crosses = None;
    }

    /// Remembers what stands at a place of the main file.
    pub(crate) fn fact(&mut self, span: Span, name: &str, val: &Val, definition: Option<Span>) {
        // a definition's own body, checked by itself, is a place of the main file too
        if self.calls.len() > usize::from(self.generic) {
            return;
        }
        let rate = match val {
            Val::One(n) | Val::Optional(n, _) => Some(self.g.node(*n).rate),
            _ => None,
        };
        let (ty, warmup) = match val {
            Val::One(n) => {
                let node = self.g.node(*n);
                let w = self
                    .g
                    .as_const(node.lookback)
                    .zip(self.g.as_const(node.settled));
                (type_name(node.ty, &self.defs.enum_list), w)
            }
            Val::Optional(n, _) => (
                format!("{}?", type_name(self.g.node(*n).ty, &self.defs.enum_list)),
                None,
            ),
            Val::Record(fields) => {
                let inner: Vec<String> = fields
                    .iter()
                    .map(|(f, n)| {
                        format!(
                            "{f}: {}",
                            type_name(self.g.node(*n).ty, &self.defs.enum_list)
                        )
                    })
                    .collect();
                (format!("({})", inner.join(", ")), None)
            }
            _ => return,
        };
        self.facts.push(Fact {
            span,
            name: name.into(),
            ty,
            rate,
            warmup: warmup.filter(|_| !self.generic),
            definition,
        });
    }

    /// What makes a value change every bar, in words: the first series it reads.
    pub(crate) fn cause(&self, id: NodeId) -> Option<String> {
        let node = self.g.node(id);
        if node.rate != Rate::Series {
            return None;
        }
        let inner: Vec<NodeId> = match &node.kind {
            NodeKind::Field(Column::Cross(_)) => return Some("other symbols".into()),
            NodeKind::Field(c) => return Some(format!("{c:?}").to_lowercase()),
            NodeKind::Position(_) => return Some("position".into()),
            NodeKind::Entry => return Some("entry".into()),
            NodeKind::Row => return Some("bar_index".into()),
            NodeKind::Prim(_, args) => args.clone(),
            NodeKind::Select(c, a, b) => vec![*c, *a, *b],
            NodeKind::Hist { x, n, .. } => vec![*x, *n],
            NodeKind::Window { x, k, .. } => vec![*x, *k],
            NodeKind::Fold { body, .. } => vec![*body],
            NodeKind::Current(x) => vec![*x],
            NodeKind::Rec { init, next, .. } if init != next => vec![*init],
            _ => Vec::new(),
        };
        inner.into_iter().find_map(|n| self.cause(n))
    }

    /// The text of a span of the main file.
    pub(crate) fn quote(&self, span: Span) -> String {
        let text = self
            .src
            .text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
