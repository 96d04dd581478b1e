//! Prints a tree as a person in a hurry would: odd spaces, comments and line ends wherever the language allows them.

use super::Dice;
use sbt_syntax::ast::*;

/// Writes trees; `dice` scatters space and comments, or nothing when absent.
pub struct Printer {
    pub out: String,
    pub dice: Option<Dice>,
}

impl Printer {
    fn roll(&mut self, n: usize) -> bool {
        self.dice.as_mut().is_some_and(|d| d.one_in(n))
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// A place where a space must stand.
    fn space(&mut self) {
        let wide = self.roll(6);
        self.put(if wide { "  \t" } else { " " });
    }

    /// A place where a line may break.
    fn gap(&mut self) {
        if self.roll(12) {
            self.put(" // why\n   ");
        } else if self.roll(10) {
            self.put("\r\n\n  ");
        } else if self.roll(25) {
            self.put("\n// alone\n    /// stray\n");
        } else {
            self.space();
        }
    }

    /// The end of a statement.
    fn end(&mut self) {
        if self.roll(8) {
            self.put(" // behind");
        }
        self.put("\n");
        if self.roll(6) {
            self.put("\n\n");
        }
        if self.roll(12) {
            self.put("   // between\n");
        }
    }

    fn commas<T>(&mut self, items: &[T], mut print: impl FnMut(&mut Self, &T)) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.put(",");
                self.gap();
            }
            print(self, item);
        }
    }

    pub fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Number(v) => self.put(&v.to_string()),
            ExprKind::Percent(v) => self.put(&format!("{}%", (v * 400.0).round() / 4.0)),
            ExprKind::Bars(n) => self.put(&format!("{n} bars")),
            ExprKind::Timeframe(ms) => {
                let units = [
                    (604_800_000, "w"),
                    (86_400_000, "d"),
                    (3_600_000, "h"),
                    (60_000, "m"),
                    (1000, "s"),
                ];
                let (unit, name) = units.iter().find(|(unit, _)| ms % unit == 0).unwrap();
                self.put(&format!("{}{name}", ms / unit));
            }
            ExprKind::Risk(v) => self.put(&format!("{v}R")),
            ExprKind::Str(text) => self.put(&format!("\"{text}\"")),
            ExprKind::Bool(v) => self.put(&v.to_string()),
            ExprKind::Name(name) => self.put(name),
            ExprKind::Call { callee, args } => {
                self.put(&callee.name);
                self.put("(");
                self.commas(args, |p, arg| {
                    if let Some(name) = &arg.name {
                        p.put(&name.name);
                        p.put(" =");
                        p.gap();
                    }
                    p.expr(&arg.value);
                });
                self.put(")");
            }
            ExprKind::Index { base, index, max } => {
                self.expr(base);
                self.put("[");
                self.expr(index);
                if let Some(max) = max {
                    self.put(" max ");
                    self.expr(max);
                }
                self.put("]");
            }
            ExprKind::Field { base, field } => {
                self.expr(base);
                self.put(".");
                self.put(&field.name);
            }
            ExprKind::Unary {
                op: UnaryOp::Neg,
                expr,
            } => {
                self.put("-");
                self.expr(expr);
            }
            ExprKind::Unary {
                op: UnaryOp::Not,
                expr,
            } => {
                self.put("not");
                self.gap();
                self.expr(expr);
            }
            ExprKind::Binary { op, lhs, rhs, .. } => {
                self.expr(lhs);
                self.gap();
                self.put(symbol(*op));
                self.gap();
                self.expr(rhs);
            }
            ExprKind::Within { expr, range } => {
                self.expr(expr);
                self.gap();
                self.put("in ");
                self.range(range);
            }
            ExprKind::OneOf { expr, items } => {
                self.expr(expr);
                self.put(" in");
                self.gap();
                self.put("{");
                self.commas(items, Self::expr);
                self.put("}");
            }
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => {
                self.put("if");
                self.gap();
                self.expr(cond);
                self.gap();
                self.put("then");
                self.gap();
                self.expr(then);
                self.gap();
                self.put("else");
                self.gap();
                self.expr(otherwise);
            }
            ExprKind::Fold {
                op,
                var,
                range,
                body,
            } => {
                let name = match op {
                    FoldOp::Sum => "sum",
                    FoldOp::Max => "max",
                    FoldOp::Min => "min",
                    FoldOp::All => "all",
                    FoldOp::Any => "any",
                    FoldOp::Count => "count",
                };
                self.put(&format!("{name}({} in ", var.name));
                self.range(range);
                self.put(":");
                self.gap();
                self.expr(body);
                self.put(")");
            }
            ExprKind::On {
                timeframe,
                of,
                body,
            } => {
                self.put("on ");
                self.timeframe(timeframe);
                self.of(of.as_ref());
                self.put(":");
                self.gap();
                self.expr(body);
            }
            ExprKind::Paren(inner) => {
                self.put("(");
                self.expr(inner);
                self.put(")");
            }
            ExprKind::Error => panic!("an error has no text"),
        }
    }

    fn range(&mut self, range: &Range) {
        self.expr(&range.lo);
        let spaced = self.roll(3);
        self.put(if spaced { " " } else { "" });
        self.put(if range.inclusive { ".." } else { "..<" });
        self.expr(&range.hi);
    }

    fn of(&mut self, of: Option<&Ident>) {
        if let Some(symbol) = of {
            self.put(" of ");
            self.put(&symbol.name);
        }
    }

    fn timeframe(&mut self, timeframe: &TimeframeRef) {
        match timeframe {
            TimeframeRef::Lit { text, .. } => self.put(text),
            TimeframeRef::Name(name) => self.put(&name.name),
        }
    }

    fn ty(&mut self, ty: &TypeExpr) {
        self.put(&ty.name);
        if ty.power != 1 {
            self.put(&format!("^{}", ty.power));
        }
        if ty.optional {
            self.put("?");
        }
    }

    fn typed(&mut self, ty: Option<&TypeExpr>) {
        if let Some(ty) = ty {
            self.put(":");
            self.gap();
            self.ty(ty);
        }
        self.gap();
        self.put("=");
        self.gap();
    }

    fn decl(&mut self, decl: &Decl) {
        match decl {
            Decl::Let {
                names,
                tuple,
                ty,
                value,
                ..
            } => {
                self.put("let ");
                self.put(if *tuple { "(" } else { "" });
                self.commas(names, |p, name| p.put(&name.name));
                self.put(if *tuple { ")" } else { "" });
                self.typed(ty.as_ref());
                self.expr(value);
            }
            Decl::Rec {
                name,
                ty,
                value,
                init,
                settle,
                ..
            } => {
                self.put("rec ");
                self.put(&name.name);
                self.typed(ty.as_ref());
                self.expr(value);
                self.gap();
                self.put("init ");
                self.expr(init);
                if let Some(settle) = settle {
                    self.gap();
                    self.put("settle ");
                    self.expr(settle);
                }
            }
        }
        self.end();
    }

    fn block<T>(&mut self, items: &[T], mut print: impl FnMut(&mut Self, &T)) {
        let own_line = self.roll(8);
        self.put(if own_line { "\n{" } else { " {" });
        self.end();
        for item in items {
            print(self, item);
        }
        self.put("}");
        self.end();
    }

    fn exit(&mut self, exit: &Exit) {
        self.put("exit ");
        match &exit.scope {
            ExitScope::All => {}
            ExitScope::Side(side) => self.put(&format!("{} ", word(*side))),
            ExitScope::Label(label) => self.put(&format!("#{} ", label.name)),
        }
        match &exit.kind {
            ExitKind::When(e) => {
                self.put("when");
                self.gap();
                self.expr(e);
            }
            ExitKind::After(e) => {
                self.put("after ");
                self.expr(e);
            }
            ExitKind::SessionEnd => self.put("at session end"),
            ExitKind::At(e) => {
                self.put("at ");
                self.expr(e);
            }
        }
        self.end();
    }

    fn clause(&mut self, name: &str, value: Option<&Expr>) {
        if let Some(value) = value {
            self.put(&format!(" {name} "));
            self.expr(value);
        }
    }

    fn leg(&mut self, leg: &Leg) {
        match leg {
            Leg::Stop { level, .. } => {
                self.put("stop");
                self.space();
                self.expr(level);
            }
            Leg::Breakeven { after, .. } => {
                self.put("stop to breakeven after ");
                self.expr(after);
            }
            Leg::Target { level, closing, .. } => {
                self.put("target ");
                self.expr(level);
                self.clause("closing", closing.as_ref());
            }
            Leg::Trail {
                distance, after, ..
            } => {
                self.put("trail ");
                self.expr(distance);
                self.clause("after", after.as_ref());
            }
            Leg::Exit(exit) => return self.exit(exit),
            Leg::Error(_) => panic!("an error has no text"),
        }
        self.end();
    }

    fn sizing(&mut self, sizing: &Sizing) {
        match sizing {
            Sizing::Risk(e) => {
                self.put("size risk ");
                self.expr(e);
            }
            Sizing::TargetVol(e) => {
                self.put("size target vol ");
                self.expr(e);
            }
            Sizing::Equity(e) => {
                self.put("size ");
                self.expr(e);
                self.put(" of equity");
            }
            Sizing::Amount(e) => {
                self.put("size ");
                self.expr(e);
            }
        }
    }

    fn statement(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Clock {
                timeframe, session, ..
            } => {
                self.put("on ");
                self.timeframe(timeframe);
                if let Some((hours, zone, _)) = session {
                    self.put(&format!(" session \"{hours}\" in \"{zone}\""));
                }
            }
            Stmt::Param(param) => {
                self.put(&format!("param {}", param.name.name));
                self.typed(Some(&param.ty));
                self.expr(&param.default);
                match &param.domain {
                    None => {}
                    Some(Domain::Range { range, step }) => {
                        self.gap();
                        self.put("in ");
                        self.range(range);
                        self.clause("step", step.as_ref());
                    }
                    Some(Domain::Set(items, _)) => {
                        self.put(" in {");
                        self.commas(items, Self::expr);
                        self.put("}");
                    }
                }
            }
            Stmt::Require { cond, .. } => {
                self.put("require ");
                self.expr(cond);
            }
            Stmt::Decl(decl) => return self.decl(decl),
            Stmt::On {
                timeframe,
                of,
                body,
                ..
            } => {
                self.put("on ");
                self.timeframe(timeframe);
                self.of(of.as_ref());
                return self.block(body, Self::decl);
            }
            Stmt::Enter(enter) => {
                self.put(&format!("enter {}", word(enter.side)));
                if let Some(label) = &enter.label {
                    self.put(&format!(" #{}", label.name));
                }
                self.put(" when");
                self.gap();
                self.expr(&enter.when);
                if let Some(at) = &enter.at {
                    self.gap();
                    self.put(if at.limit { "at limit " } else { "at stop " });
                    self.expr(&at.price);
                    self.clause("for", at.bars.as_ref());
                }
                if let Some(size) = &enter.size {
                    self.put(" ");
                    self.sizing(size);
                }
                if !enter.legs.is_empty() {
                    return self.block(&enter.legs, Self::leg);
                }
            }
            Stmt::Exit(exit) => return self.exit(exit),
            Stmt::Limit(limit) => match &limit.kind {
                LimitKind::Leverage(e) => {
                    self.put("limit leverage ");
                    self.expr(e);
                }
                LimitKind::Pyramid(e, every) => {
                    self.put("limit pyramid ");
                    self.expr(e);
                    self.clause("every", every.as_ref());
                }
                LimitKind::Cooldown(e) => {
                    self.put("limit cooldown ");
                    self.expr(e);
                }
                LimitKind::Trades(e, per) => {
                    self.put("limit trades ");
                    self.expr(e);
                    self.put(" per ");
                    self.timeframe(per);
                }
            },
            Stmt::Size { sizing, .. } => self.sizing(sizing),
            Stmt::Plot { exprs, .. } => {
                self.put("plot ");
                self.commas(exprs, Self::expr);
            }
            Stmt::Alert { text, cond, .. } => {
                self.put(&format!("alert \"{text}\" when "));
                self.expr(cond);
            }
            Stmt::Universe {
                top: Some((n, by)), ..
            } => {
                self.put("universe top ");
                self.expr(n);
                self.put(" by ");
                self.expr(by);
            }
            Stmt::Universe { symbols, .. } => {
                self.put("universe {");
                self.commas(symbols, |p, s| p.put(&s.name));
                self.put("}");
            }
            Stmt::Hold {
                top,
                count,
                by,
                side,
                every,
                weight,
                ..
            } => {
                self.put(if *top { "hold top " } else { "hold bottom " });
                self.expr(count);
                self.put(" by ");
                self.expr(by);
                if let Some(side) = side {
                    self.put(&format!(" as {}", word(*side)));
                }
                if let Some(every) = every {
                    self.gap();
                    self.put("rebalance every ");
                    self.timeframe(every);
                }
                if let Some(weight) = weight {
                    self.gap();
                    self.put("weight ");
                    self.expr(weight);
                }
            }
            Stmt::Error(_) => panic!("an error has no text"),
        }
        self.end();
    }

    fn doc(&mut self, doc: &str) {
        if doc.is_empty() {
            return;
        }
        for line in doc.split('\n') {
            let line = if line.is_empty() {
                "///\n".to_owned()
            } else {
                format!("/// {line}\n")
            };
            self.put(&line);
        }
    }

    fn formals(&mut self, formals: &[Formal]) {
        self.put("(");
        self.commas(formals, |p, formal| {
            p.put(&format!("{}: ", formal.name.name));
            p.ty(&formal.ty);
            if let Some(default) = &formal.default {
                p.put(" = ");
                p.expr(default);
            }
        });
        self.put(")");
    }

    fn list(&mut self, items: &[ListItem]) {
        self.put("[");
        self.commas(items, |p, item| match item {
            ListItem::Any(_) => p.put("_"),
            ListItem::Value(e) => p.expr(e),
        });
        self.put("]");
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Use(path) => {
                self.put(&format!("use {}", path.path));
                self.end();
            }
            Item::Enum(def) => {
                self.put(&format!("enum {} {{", def.name.name));
                self.gap();
                self.commas(&def.members, |p, m| p.put(&m.name));
                self.gap();
                self.put("}");
                self.end();
            }
            Item::Strategy(s) | Item::Portfolio(s) => {
                self.doc(&s.doc);
                let word = if matches!(item, Item::Strategy(_)) {
                    "strategy"
                } else {
                    "portfolio"
                };
                self.put(&format!("{word} {}", s.name.name));
                if let Some(title) = &s.title {
                    self.put(&format!(" \"{title}\""));
                }
                self.block(&s.body, Self::statement);
            }
            Item::Indicator(i) => {
                self.doc(&i.doc);
                self.put(&format!("indicator {}", i.name.name));
                self.formals(&i.formals);
                self.put(" -> ");
                match &i.rets {
                    Rets::One(ty) => self.ty(ty),
                    Rets::Many(rets) => {
                        self.put("(");
                        self.commas(rets, |p, (name, ty)| {
                            p.put(&format!("{}: ", name.name));
                            p.ty(ty);
                        });
                        self.put(")");
                    }
                }
                self.put(" {\n");
                for decl in &i.body {
                    self.decl(decl);
                }
                self.put("give ");
                self.commas(&i.give, Self::expr);
                self.end();
                self.put("}");
                self.end();
            }
            Item::Func(f) => {
                self.doc(&f.doc);
                self.put(&format!("fn {}", f.name.name));
                self.formals(&f.formals);
                self.put(" -> ");
                self.ty(&f.ret);
                self.put(" =");
                self.gap();
                self.expr(&f.body);
                self.end();
            }
            Item::Test(t) => {
                self.put(&format!("test \"{}\"", t.name));
                self.block(&t.body, |p, stmt| match stmt {
                    TestStmt::Given { column, values, .. } => {
                        p.put(&format!("given {} = ", column.name));
                        p.list(values);
                        p.end();
                    }
                    TestStmt::Forall { source, .. } => {
                        p.put("forall ");
                        p.expr(source);
                        p.end();
                    }
                    TestStmt::Assert { expr, expected, .. } => {
                        p.put("assert ");
                        p.expr(expr);
                        if let Some(values) = expected {
                            p.put(" is ");
                            p.list(values);
                        }
                        p.end();
                    }
                    TestStmt::Decl(decl) => p.decl(decl),
                    TestStmt::Error(_) => panic!("an error has no text"),
                });
            }
            Item::Error(_) => panic!("an error has no text"),
        }
    }

    /// The whole file.
    pub fn file(&mut self, file: &File) {
        self.put("#sbt 1\n");
        for item in &file.items {
            self.item(item);
        }
    }
}

fn word(side: Side) -> &'static str {
    match side {
        Side::Long => "long",
        Side::Short => "short",
    }
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "or",
        BinaryOp::And => "and",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::Crosses => "crosses",
        BinaryOp::CrossesAbove => "crosses above",
        BinaryOp::CrossesBelow => "crosses below",
        BinaryOp::OrElse => "??",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "mod",
    }
}
