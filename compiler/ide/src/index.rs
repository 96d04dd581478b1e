//! Names of a program: where each is defined, where it is used, and what a use means.
//!
//! Follows the checker's rules of scope on the tree alone, so that it works where the program has errors: a body's names are
//! visible in all of that body, a fold's index inside the fold, definitions everywhere; a call means a definition, never a
//! value.

mod record;

use crate::analysis::Analysis;
use crate::callable::shelf;
use crate::language;
use crate::walk;
use record::has_part;
use sbt_diagnostics::FileId;
use sbt_hir::Library;
use sbt_syntax::ast::{
    self, Arg, Decl, Domain, ExitScope, Expr, ExprKind, Ident, Item, Leg, Rets, Span, Stmt,
    TestStmt, TimeframeRef, TypeExpr,
};
use std::collections::HashMap;

/// What a name of the program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// `strategy`
    Strategy,
    /// `portfolio`
    Portfolio,
    /// `indicator`
    Indicator,
    /// `fn`
    Function,
    /// `enum`
    Enum,
    /// A member of an enum.
    Member,
    /// `test`
    Test,
    /// `param`
    Parameter,
    /// A parameter of a definition.
    Formal,
    /// `let`
    Value,
    /// `rec`
    Recurrence,
    /// The index of a fold.
    Step,
    /// `#label` of an entry.
    Label,
    /// A named result of an indicator.
    Output,
}

/// A name that the program defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Bytes of the name where it is defined.
    pub span: (usize, usize),
    /// Bytes of the whole definition.
    pub full: (usize, usize),
    /// Bytes in which the name is visible.
    pub scope: (usize, usize),
    /// The definition that it belongs to (an enum's member, a definition's parameter), as a number of this list.
    pub parent: Option<usize>,
}

/// What a use of a name means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A name of this program, by its number.
    Symbol(usize),
    /// A definition of a module, or a part of it (member, parameter, result).
    Module {
        /// Number of the file among the checker's sources.
        file: u32,
        /// The definition.
        item: String,
        /// The part.
        part: Option<String>,
    },
    /// An item of the library, or a part of it.
    Library {
        /// Its module.
        module: &'static str,
        /// The item.
        item: String,
        /// The part.
        part: Option<String>,
    },
    /// A built-in value or function.
    Builtin(String),
    /// A built-in type.
    Type(String),
    /// A part of a built-in value: `position.bars`.
    BuiltinPart {
        /// Of what: `position`, `session`, `forming`, `optional`.
        of: String,
        /// Which.
        part: String,
    },
}

/// A name where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it means.
    pub target: Target,
    /// Whether the name is defined here.
    pub definition: bool,
}

/// All names of a program.
#[derive(Debug, Default)]
pub struct Index {
    /// Names defined, in source order of their items.
    pub symbols: Vec<Symbol>,
    /// Names where they stand, sorted.
    pub occurrences: Vec<Occurrence>,
}

impl Index {
    /// Reads the names of a program.
    pub(crate) fn of(a: &Analysis) -> Self {
        let mut b = Builder {
            a,
            out: Self::default(),
            globals: HashMap::new(),
            scopes: Vec::new(),
            values: HashMap::new(),
            labels: HashMap::new(),
        };
        for item in &a.file.items {
            b.declare(item);
        }
        for item in &a.file.items {
            b.item(item);
        }
        b.out
            .occurrences
            .sort_by_key(|o| (o.start, o.end, !o.definition));
        b.out.occurrences.dedup_by_key(|o| (o.start, o.end));
        b.out
    }

    /// The name that an offset touches.
    pub fn at(&self, offset: usize) -> Option<&Occurrence> {
        let from = self.occurrences.partition_point(|o| o.end < offset);
        let touching = self.occurrences[from..]
            .iter()
            .take_while(|o| o.start <= offset);
        // between two names that touch, the one that begins here
        touching.max_by_key(|o| o.start)
    }
}

struct Builder<'a> {
    a: &'a Analysis,
    out: Index,
    globals: HashMap<&'a str, usize>,
    scopes: Vec<HashMap<&'a str, usize>>,
    values: HashMap<usize, &'a Expr>,
    labels: HashMap<&'a str, usize>,
}

fn bytes(s: Span) -> (usize, usize) {
    (s.start as usize, s.end as usize)
}

impl<'a> Builder<'a> {
    fn symbol(
        &mut self,
        id: &'a Ident,
        kind: SymbolKind,
        full: Span,
        scope: Span,
        parent: Option<usize>,
    ) -> usize {
        let n = self.out.symbols.len();
        let span = bytes(id.span);
        self.out.symbols.push(Symbol {
            name: id.name.clone(),
            kind,
            span,
            full: bytes(full),
            scope: bytes(scope),
            parent,
        });
        self.out.occurrences.push(Occurrence {
            start: span.0,
            end: span.1,
            target: Target::Symbol(n),
            definition: true,
        });
        n
    }

    fn used(&mut self, span: Span, target: Target) {
        let (start, end) = bytes(span);
        if start < end {
            self.out.occurrences.push(Occurrence {
                start,
                end,
                target,
                definition: false,
            });
        }
    }

    fn declare(&mut self, item: &'a Item) {
        let everywhere = self.a.file.span;
        match item {
            Item::Strategy(s) => {
                self.symbol(&s.name, SymbolKind::Strategy, s.span, everywhere, None);
            }
            Item::Portfolio(s) => {
                self.symbol(&s.name, SymbolKind::Portfolio, s.span, everywhere, None);
            }
            Item::Indicator(i) => {
                let n = self.symbol(&i.name, SymbolKind::Indicator, i.span, everywhere, None);
                self.globals.entry(&i.name.name).or_insert(n);
                self.formals(&i.formals, i.span, n);
                if let Rets::Many(list) = &i.rets {
                    for (id, t) in list {
                        let full = id.span.to(t.span);
                        self.symbol(id, SymbolKind::Output, full, i.span, Some(n));
                    }
                }
            }
            Item::Func(f) => {
                let n = self.symbol(&f.name, SymbolKind::Function, f.span, everywhere, None);
                self.globals.entry(&f.name.name).or_insert(n);
                self.formals(&f.formals, f.span, n);
            }
            Item::Enum(e) => {
                let n = self.symbol(&e.name, SymbolKind::Enum, e.span, everywhere, None);
                self.globals.entry(&e.name.name).or_insert(n);
                for m in &e.members {
                    self.symbol(m, SymbolKind::Member, m.span, everywhere, Some(n));
                }
            }
            Item::Test(_) | Item::Use(_) | Item::Error(_) => {}
        }
    }

    fn formals(&mut self, formals: &'a [ast::Formal], scope: Span, parent: usize) {
        for f in formals {
            let full = f
                .name
                .span
                .to(f.default.as_ref().map_or(f.ty.span, |d| d.span));
            self.symbol(&f.name, SymbolKind::Formal, full, scope, Some(parent));
        }
    }

    fn child(&self, parent: usize, name: &str) -> Option<usize> {
        self.out
            .symbols
            .iter()
            .position(|s| s.parent == Some(parent) && s.name == name)
    }

    fn bind(&mut self, id: &'a Ident, kind: SymbolKind, full: Span, scope: Span) -> usize {
        let n = self.symbol(id, kind, full, scope, None);
        if let Some(top) = self.scopes.last_mut() {
            top.entry(&id.name).or_insert(n);
        }
        n
    }

    fn bind_decl(&mut self, d: &'a Decl, scope: Span) {
        match d {
            Decl::Let {
                names, value, span, ..
            } => {
                for id in names {
                    let n = self.bind(id, SymbolKind::Value, *span, scope);
                    if names.len() == 1 {
                        self.values.insert(n, value);
                    }
                }
            }
            Decl::Rec { name, span, .. } => {
                self.bind(name, SymbolKind::Recurrence, *span, scope);
            }
        }
    }

    fn item(&mut self, item: &'a Item) {
        self.scopes.clear();
        self.scopes.push(HashMap::new());
        self.labels.clear();
        match item {
            Item::Strategy(s) | Item::Portfolio(s) => self.strategy(s),
            Item::Indicator(i) => {
                self.enter_definition(&i.name, &i.formals);
                for d in &i.body {
                    self.bind_decl(d, i.span);
                }
                match &i.rets {
                    Rets::One(t) => self.type_(t),
                    Rets::Many(list) => list.iter().for_each(|(_, t)| self.type_(t)),
                }
                i.body.iter().for_each(|d| self.decl(d));
                i.give.iter().for_each(|e| self.expr(e));
            }
            Item::Func(f) => {
                self.enter_definition(&f.name, &f.formals);
                self.type_(&f.ret);
                self.expr(&f.body);
            }
            Item::Test(t) => {
                for s in &t.body {
                    if let TestStmt::Decl(d) = s {
                        self.bind_decl(d, t.span);
                    }
                }
                for s in &t.body {
                    match s {
                        TestStmt::Given { column, .. } => {
                            self.used(column.span, Target::Builtin(column.name.clone()));
                        }
                        TestStmt::Decl(d) => {
                            self.decl(d);
                            continue;
                        }
                        _ => {}
                    }
                    walk::of_test_stmt(s, &mut |e| self.expr(e));
                }
            }
            Item::Use(_) | Item::Enum(_) | Item::Error(_) => {}
        }
    }

    fn enter_definition(&mut self, name: &'a Ident, formals: &'a [ast::Formal]) {
        let at = bytes(name.span);
        let me = self.out.symbols.iter().position(|s| s.span == at);
        for f in formals {
            if let Some(n) = me.and_then(|me| self.child(me, &f.name.name))
                && let Some(top) = self.scopes.last_mut()
            {
                top.insert(&f.name.name, n);
            }
            self.type_(&f.ty);
            if let Some(d) = &f.default {
                self.expr(d);
            }
        }
    }

    fn strategy(&mut self, s: &'a ast::Strategy) {
        for stmt in &s.body {
            match stmt {
                Stmt::Param(p) => {
                    self.bind(&p.name, SymbolKind::Parameter, p.span, s.span);
                }
                Stmt::Decl(d) => self.bind_decl(d, s.span),
                Stmt::On { body, .. } => body.iter().for_each(|d| self.bind_decl(d, s.span)),
                Stmt::Enter(e) => {
                    if let Some(l) = &e.label {
                        let n = self.symbol(l, SymbolKind::Label, l.span, s.span, None);
                        self.labels.entry(&l.name).or_insert(n);
                        // the name stands behind the `#`
                        self.without_hash(n);
                    }
                }
                _ => {}
            }
        }
        for stmt in &s.body {
            self.stmt(stmt);
        }
    }

    fn without_hash(&mut self, n: usize) {
        let Some(symbol) = self.out.symbols.get_mut(n) else {
            return;
        };
        symbol.span.0 = symbol.span.1.saturating_sub(symbol.name.len());
        let start = symbol.span.0;
        if let Some(o) = self.out.occurrences.last_mut() {
            o.start = start;
        }
    }

    fn stmt(&mut self, s: &'a Stmt) {
        match s {
            Stmt::Clock { timeframe, .. } => self.timeframe(timeframe),
            Stmt::Param(p) => {
                self.type_(&p.ty);
                self.param(p);
                return;
            }
            Stmt::Decl(d) => {
                self.decl(d);
                return;
            }
            Stmt::On {
                timeframe, body, ..
            } => {
                self.timeframe(timeframe);
                for d in body {
                    self.decl(d);
                }
                return;
            }
            Stmt::Limit(l) => {
                if let ast::LimitKind::Trades(_, t) = &l.kind {
                    self.timeframe(t);
                }
            }
            Stmt::Hold { every: Some(t), .. } => self.timeframe(t),
            Stmt::Exit(x) => self.exit(x),
            Stmt::Enter(e) => {
                for l in &e.legs {
                    if let Leg::Exit(x) = l {
                        self.exit(x);
                    }
                }
            }
            _ => {}
        }
        walk::of_stmt(s, &mut |e| self.expr(e));
    }

    fn exit(&mut self, x: &'a ast::Exit) {
        if let ExitScope::Label(id) = &x.scope
            && let Some(n) = self.labels.get(id.name.as_str()).copied()
        {
            let end = id.span.end as usize;
            let span = Span::new(FileId(0), end.saturating_sub(id.name.len()), end);
            self.used(span, Target::Symbol(n));
        }
    }

    /// Members of the parameter's own enum stand without the enum's name.
    fn param(&mut self, p: &'a ast::Param) {
        let mut list: Vec<&'a Expr> = vec![&p.default];
        match &p.domain {
            Some(Domain::Set(items, _)) => list.extend(items),
            Some(Domain::Range { range, step }) => {
                list.extend([&range.lo, &range.hi]);
                list.extend(step);
            }
            None => {}
        }
        for e in list {
            if let ExprKind::Name(name) = &e.kind
                && let Some(target) = self.member_of(&p.ty.name, name)
            {
                self.used(e.span, target);
            } else {
                self.expr(e);
            }
        }
    }

    fn member_of(&self, enum_name: &str, member: &str) -> Option<Target> {
        if let Some(n) = self.globals.get(enum_name)
            && self.out.symbols[*n].kind == SymbolKind::Enum
        {
            return self.child(*n, member).map(Target::Symbol);
        }
        if let Some(module) = self.a.library_module_of(enum_name)
            && has_part(shelf(module)?.item(enum_name)?, enum_name, member)
        {
            return Some(Target::Library {
                module,
                item: enum_name.to_owned(),
                part: Some(member.to_owned()),
            });
        }
        for m in self.a.modules() {
            for i in &m.file.items {
                if let Item::Enum(e) = i
                    && e.name.name == enum_name
                    && e.members.iter().any(|x| x.name == member)
                {
                    return Some(Target::Module {
                        file: m.id.0,
                        item: enum_name.to_owned(),
                        part: Some(member.to_owned()),
                    });
                }
            }
        }
        None
    }

    fn timeframe(&mut self, t: &'a TimeframeRef) {
        if let TimeframeRef::Name(id) = t {
            self.name(&id.name, id.span);
        }
    }

    fn type_(&mut self, t: &TypeExpr) {
        let end = t.span.start as usize + t.name.len();
        let span = Span::new(t.span.file, t.span.start as usize, end);
        if language::type_doc(&t.name).is_some() {
            self.used(span, Target::Type(t.name.clone()));
        } else if let Some(target) = self.global(&t.name) {
            self.used(span, target);
        }
    }

    fn decl(&mut self, d: &'a Decl) {
        match d {
            Decl::Let { ty, .. } | Decl::Rec { ty, .. } => {
                if let Some(t) = ty {
                    self.type_(t);
                }
            }
        }
        walk::of_decl(d, &mut |e| self.expr(e));
    }

    /// What a definition's name means: this file's, a module's, the library's.
    fn global(&self, name: &str) -> Option<Target> {
        if let Some(n) = self.globals.get(name) {
            return Some(Target::Symbol(*n));
        }
        for m in self.a.modules() {
            let found = m.file.items.iter().any(|i| match i {
                Item::Indicator(i) => i.name.name == name,
                Item::Func(f) => f.name.name == name,
                Item::Enum(e) => e.name.name == name,
                _ => false,
            });
            if found {
                return Some(Target::Module {
                    file: m.id.0,
                    item: name.to_owned(),
                    part: None,
                });
            }
        }
        self.a
            .library_module_of(name)
            .map(|module| Target::Library {
                module,
                item: name.to_owned(),
                part: None,
            })
    }

    fn local(&self, name: &str) -> Option<usize> {
        self.scopes.iter().rev().find_map(|s| s.get(name)).copied()
    }

    fn name(&mut self, name: &str, span: Span) {
        let target = if let Some(n) = self.local(name) {
            Some(Target::Symbol(n))
        } else if language::value_doc(name).is_some() {
            Some(Target::Builtin(name.to_owned()))
        } else {
            self.global(name)
        };
        if let Some(t) = target {
            let start = span.start as usize;
            self.used(Span::new(FileId(0), start, start + name.len()), t);
        }
    }

    fn call(&mut self, callee: &'a Ident, args: &'a [Arg]) {
        let target = if language::function(&callee.name).is_some() {
            Some(Target::Builtin(callee.name.clone()))
        } else {
            self.global(&callee.name)
        };
        for a in args {
            if let Some(id) = &a.name {
                let span = Span::new(
                    FileId(0),
                    id.span.start as usize,
                    id.span.start as usize + id.name.len(),
                );
                let part = match &target {
                    Some(Target::Symbol(n)) => self.child(*n, &id.name).map(Target::Symbol),
                    Some(Target::Module { file, item, .. }) => Some(Target::Module {
                        file: *file,
                        item: item.clone(),
                        part: Some(id.name.clone()),
                    }),
                    Some(Target::Library { module, item, .. }) => Some(Target::Library {
                        module,
                        item: item.clone(),
                        part: Some(id.name.clone()),
                    }),
                    _ => None,
                };
                if let Some(t) = part {
                    self.used(span, t);
                }
            }
            self.expr(&a.value);
        }
        if let Some(t) = target {
            self.used(callee.span, t);
        }
    }

    fn expr(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Name(name) => self.name(name, e.span),
            ExprKind::Call { callee, args } => self.call(callee, args),
            ExprKind::Field { base, field } => {
                self.expr(base);
                if let Some(t) = self
                    .record(base, 0)
                    .and_then(|r| self.part(&r, &field.name))
                {
                    self.used(field.span, t);
                }
            }
            ExprKind::Fold {
                var, range, body, ..
            } => {
                self.expr(&range.lo);
                self.expr(&range.hi);
                self.scopes.push(HashMap::new());
                self.bind(var, SymbolKind::Step, var.span, e.span);
                self.expr(body);
                self.scopes.pop();
            }
            ExprKind::On {
                timeframe, body, ..
            } => {
                self.timeframe(timeframe);
                self.expr(body);
            }
            _ => walk::parts(e, &mut |p| self.expr(p)),
        }
    }
}
