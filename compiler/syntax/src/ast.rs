//! The abstract syntax tree: what was written, with spans, before any name has a meaning.
//!
//! A statement that does not parse becomes an `Error` node and hides nothing else.

pub use sbt_diagnostics::Span;

/// A name where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Ident {
    /// The name.
    pub name: String,
    /// Where.
    pub span: Span,
}

/// A whole file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Edition of the `#sbt N` header; `None` when it is missing or unreadable (already reported).
    pub edition: Option<u32>,
    /// Top-level items in source order.
    pub items: Vec<Item>,
    /// The whole text.
    pub span: Span,
}

/// A top-level item.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `use patterns/unger`
    Use(Use),
    /// `enum`
    Enum(EnumDef),
    /// `strategy`
    Strategy(Strategy),
    /// `portfolio` (same shape; statements that only a portfolio has stand in its body)
    Portfolio(Strategy),
    /// `indicator`
    Indicator(Indicator),
    /// `fn`
    Func(Func),
    /// `test`
    Test(Test),
    /// Did not parse.
    Error(Span),
}

/// `use a/b`
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// The path as written, `a/b`.
    pub path: String,
    /// Span of the path.
    pub span: Span,
}

/// `enum Bias { with_trend, off }`
#[derive(Debug, Clone, PartialEq)]
pub struct EnumDef {
    /// Its name.
    pub name: Ident,
    /// Its members.
    pub members: Vec<Ident>,
    /// All of it.
    pub span: Span,
}

/// `strategy name "title" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Strategy {
    /// Identifier.
    pub name: Ident,
    /// Title string, unquoted.
    pub title: Option<String>,
    /// Doc comment lines in front, joined by newlines, without `///`.
    pub doc: String,
    /// Statements in source order.
    pub body: Vec<Stmt>,
    /// All of it.
    pub span: Span,
}

/// `indicator name(formals) -> rets { decls give … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Indicator {
    /// Identifier.
    pub name: Ident,
    /// Doc comment.
    pub doc: String,
    /// Formal parameters.
    pub formals: Vec<Formal>,
    /// Returned type(s).
    pub rets: Rets,
    /// `let` and `rec` in source order.
    pub body: Vec<Decl>,
    /// The `give` expressions.
    pub give: Vec<Expr>,
    /// All of it.
    pub span: Span,
}

/// `fn name(formals) -> type = expr`
#[derive(Debug, Clone, PartialEq)]
pub struct Func {
    /// Identifier.
    pub name: Ident,
    /// Doc comment.
    pub doc: String,
    /// Formal parameters.
    pub formals: Vec<Formal>,
    /// Returned type.
    pub ret: TypeExpr,
    /// Its value.
    pub body: Expr,
    /// All of it.
    pub span: Span,
}

/// A formal parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Formal {
    /// Name.
    pub name: Ident,
    /// Type.
    pub ty: TypeExpr,
    /// Default.
    pub default: Option<Expr>,
}

/// A type as written: `price`, `num`, `num^2`, `price?`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeExpr {
    /// Name.
    pub name: String,
    /// Exponent after `^`, 1 when absent (only for `num` variables).
    pub power: i8,
    /// `?` at the end.
    pub optional: bool,
    /// Where.
    pub span: Span,
}

/// What an indicator returns.
#[derive(Debug, Clone, PartialEq)]
pub enum Rets {
    /// One value.
    One(TypeExpr),
    /// A record.
    Many(Vec<(Ident, TypeExpr)>),
}

/// `test "name" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Its name, unquoted.
    pub name: String,
    /// Statements.
    pub body: Vec<TestStmt>,
    /// All of it.
    pub span: Span,
}

/// A statement of a test.
// A file holds a few dozen statements: boxes would only be in the reader's way.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone, PartialEq)]
pub enum TestStmt {
    /// `given close = [1, 2, 3]`
    Given {
        /// The column.
        column: Ident,
        /// Its values.
        values: Vec<ListItem>,
        /// All of it.
        span: Span,
    },
    /// `forall random_bars(1000)`
    Forall {
        /// The generator call.
        source: Expr,
        /// All of it.
        span: Span,
    },
    /// `assert e`, `assert e is [_, 1.5]`
    Assert {
        /// What is claimed; a bool, or any number with `is` / `in`.
        expr: Expr,
        /// Expected values bar by bar.
        expected: Option<Vec<ListItem>>,
        /// All of it.
        span: Span,
    },
    /// `let` or `rec`.
    Decl(Decl),
    /// Did not parse.
    Error(Span),
}

/// An element of a list of expected or given values.
#[derive(Debug, Clone, PartialEq)]
pub enum ListItem {
    /// `_`: not looked at.
    Any(Span),
    /// A value.
    Value(Expr),
}

/// `let` or `rec`.
// See `TestStmt`.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone, PartialEq)]
pub enum Decl {
    /// `let x = e`, `let (a, b) = e`
    Let {
        /// One name, or several for a record in order.
        names: Vec<Ident>,
        /// Written with parentheses (destructuring).
        tuple: bool,
        /// Type, if written.
        ty: Option<TypeExpr>,
        /// Value.
        value: Expr,
        /// All of it.
        span: Span,
    },
    /// `rec x = e init v settle s`
    Rec {
        /// Name.
        name: Ident,
        /// Type, if written.
        ty: Option<TypeExpr>,
        /// Value from the second bar on.
        value: Expr,
        /// Value of the first bar.
        init: Expr,
        /// Further bars until the start-up bias has faded.
        settle: Option<Expr>,
        /// All of it.
        span: Span,
    },
}

/// `15m`, or the name of a `timeframe` parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum TimeframeRef {
    /// A literal; milliseconds.
    Lit {
        /// Length in ms.
        ms: i64,
        /// As written.
        text: String,
        /// Where.
        span: Span,
    },
    /// A parameter.
    Name(Ident),
}

/// A statement of a strategy.
#[derive(Debug, Clone, PartialEq)]
pub enum Stmt {
    /// `on 15m`, `on 5m session "08:00-21:00" in "UTC"`
    Clock {
        /// Base timeframe.
        timeframe: TimeframeRef,
        /// Session hours and zone, unquoted, with the span of both.
        session: Option<(String, String, Span)>,
        /// All of it.
        span: Span,
    },
    /// `param`
    Param(Param),
    /// `require e`
    Require {
        /// Condition over parameters.
        cond: Expr,
        /// All of it.
        span: Span,
    },
    /// `let`/`rec`
    Decl(Decl),
    /// `on 4h { … }`, `on 1d of BTC { … }`
    On {
        /// Coarser timeframe.
        timeframe: TimeframeRef,
        /// Another symbol.
        of: Option<Ident>,
        /// Declarations on that clock.
        body: Vec<Decl>,
        /// All of it.
        span: Span,
    },
    /// `enter`
    Enter(Enter),
    /// `exit` of the strategy
    Exit(Exit),
    /// `limit …`
    Limit(Limit),
    /// `size …`
    Size {
        /// How.
        sizing: Sizing,
        /// All of it.
        span: Span,
    },
    /// `plot a, b`
    Plot {
        /// What.
        exprs: Vec<Expr>,
        /// All of it.
        span: Span,
    },
    /// `alert "text" when c`
    Alert {
        /// Text, unquoted.
        text: String,
        /// Condition.
        cond: Expr,
        /// All of it.
        span: Span,
    },
    /// `universe top n by e` or `universe { BTC, ETH }` (portfolio)
    Universe {
        /// `top n by e`
        top: Option<(Expr, Expr)>,
        /// Explicit symbols.
        symbols: Vec<Ident>,
        /// All of it.
        span: Span,
    },
    /// `hold top n by e as long rebalance every 1w weight w` (portfolio)
    Hold {
        /// `top` (else `bottom`).
        top: bool,
        /// How many.
        count: Expr,
        /// Score.
        by: Expr,
        /// Side.
        side: Option<Side>,
        /// Rebalance period.
        every: Option<TimeframeRef>,
        /// Weight.
        weight: Option<Expr>,
        /// All of it.
        span: Span,
    },
    /// Did not parse.
    Error(Span),
}

/// `param n: bars = 20 in 5..60 step 5`
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Name.
    pub name: Ident,
    /// Type.
    pub ty: TypeExpr,
    /// Default.
    pub default: Expr,
    /// Range or set.
    pub domain: Option<Domain>,
    /// All of it.
    pub span: Span,
}

/// Values a parameter may take.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// `lo..hi step s`
    Range {
        /// The range.
        range: Box<Range>,
        /// The step.
        step: Option<Expr>,
    },
    /// `{a, b, c}`
    Set(Vec<Expr>, Span),
}

/// `a..b` (both ends) or `a..<b` (without the last).
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// First.
    pub lo: Expr,
    /// Last.
    pub hi: Expr,
    /// Whether `hi` belongs to it.
    pub inclusive: bool,
    /// All of it.
    pub span: Span,
}

/// Long or short, where written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `long`
    Long,
    /// `short`
    Short,
}

/// `enter long #tag when c at limit p for n bars size … { legs }`
#[derive(Debug, Clone, PartialEq)]
pub struct Enter {
    /// Side.
    pub side: Side,
    /// `#label`.
    pub label: Option<Ident>,
    /// Condition.
    pub when: Expr,
    /// `at limit p for n`
    pub at: Option<At>,
    /// Sizing of this entry.
    pub size: Option<Sizing>,
    /// Legs in source order.
    pub legs: Vec<Leg>,
    /// All of it.
    pub span: Span,
}

/// `at limit p for n bars`
#[derive(Debug, Clone, PartialEq)]
pub struct At {
    /// Limit, else stop.
    pub limit: bool,
    /// Price.
    pub price: Expr,
    /// Bars it stays.
    pub bars: Option<Expr>,
    /// All of it.
    pub span: Span,
}

/// A leg of an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Leg {
    /// `stop 1.5%`, `stop at p`, `stop entry - 2 * atr(14)`
    Stop {
        /// Level or percentage or multiple of risk.
        level: Expr,
        /// All of it.
        span: Span,
    },
    /// `stop to breakeven after 1R`
    Breakeven {
        /// Travel.
        after: Expr,
        /// All of it.
        span: Span,
    },
    /// `target 2R closing 50%`
    Target {
        /// Level or percentage or multiple of risk.
        level: Expr,
        /// Part closed.
        closing: Option<Expr>,
        /// All of it.
        span: Span,
    },
    /// `trail 3 * atr(14) after 1R`
    Trail {
        /// Distance.
        distance: Expr,
        /// Activation.
        after: Option<Expr>,
        /// All of it.
        span: Span,
    },
    /// `exit when …` of this entry.
    Exit(Exit),
    /// Did not parse.
    Error(Span),
}

/// `exit long when c`, `exit after 48 bars`, `exit at session end`, `exit at p`
#[derive(Debug, Clone, PartialEq)]
pub struct Exit {
    /// Whose.
    pub scope: ExitScope,
    /// When.
    pub kind: ExitKind,
    /// All of it.
    pub span: Span,
}

/// Whose position an exit closes.
#[derive(Debug, Clone, PartialEq)]
pub enum ExitScope {
    /// Any (or the owning entry's).
    All,
    /// A side's.
    Side(Side),
    /// An entry's.
    Label(Ident),
}

/// When an exit is due.
#[derive(Debug, Clone, PartialEq)]
pub enum ExitKind {
    /// `when c`
    When(Expr),
    /// `after n bars`
    After(Expr),
    /// `at session end`
    SessionEnd,
    /// `at p`
    At(Expr),
}

/// `size` forms.
#[derive(Debug, Clone, PartialEq)]
pub enum Sizing {
    /// `risk 1%`
    Risk(Expr),
    /// `target vol 20%`
    TargetVol(Expr),
    /// `100% of equity`
    Equity(Expr),
    /// `0.5`, `quantity(0.5)`, `money(1000)`
    Amount(Expr),
}

/// `limit` forms.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Which.
    pub kind: LimitKind,
    /// All of it.
    pub span: Span,
}

/// Which limit.
#[derive(Debug, Clone, PartialEq)]
pub enum LimitKind {
    /// `leverage 3`
    Leverage(Expr),
    /// `pyramid 3 every 1 * range`
    Pyramid(Expr, Option<Expr>),
    /// `cooldown 4 bars`
    Cooldown(Expr),
    /// `trades 1 per 1d`
    Trades(Expr, TimeframeRef),
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `1.5`, `60_000`
    Number(f64),
    /// `2%` as 0.02
    Percent(f64),
    /// `48 bars`
    Bars(u32),
    /// `4h` in ms
    Timeframe(i64),
    /// `3R`
    Risk(f64),
    /// `"text"`
    Str(String),
    /// `true`
    Bool(bool),
    /// A name.
    Name(String),
    /// `f(a, n = 3)`
    Call {
        /// Called name.
        callee: Ident,
        /// Arguments.
        args: Vec<Arg>,
    },
    /// `x[n]`, `x[k max 50]`
    Index {
        /// Indexed value.
        base: Box<Expr>,
        /// Bars back.
        index: Box<Expr>,
        /// Bound.
        max: Option<Box<Expr>>,
    },
    /// `x.field`
    Field {
        /// Record, enum, optional, `position`, `session`, `forming(…)`.
        base: Box<Expr>,
        /// Member.
        field: Ident,
    },
    /// `-x`, `not c`
    Unary {
        /// Operator.
        op: UnaryOp,
        /// Operand.
        expr: Box<Expr>,
    },
    /// `a + b`
    Binary {
        /// Operator.
        op: BinaryOp,
        /// Where the operator stands.
        op_span: Span,
        /// Left.
        lhs: Box<Expr>,
        /// Right.
        rhs: Box<Expr>,
    },
    /// `x in 9..19`, `assert e in 0..100`
    Within {
        /// Tested value.
        expr: Box<Expr>,
        /// Range, both ends unless `..<`.
        range: Box<Range>,
    },
    /// `x in {a, b}`
    OneOf {
        /// Tested value.
        expr: Box<Expr>,
        /// Members.
        items: Vec<Expr>,
    },
    /// `if c then a else b`
    If {
        /// Condition.
        cond: Box<Expr>,
        /// Then.
        then: Box<Expr>,
        /// Else.
        otherwise: Box<Expr>,
    },
    /// `sum(i in 0..<n: e)`
    Fold {
        /// Which.
        op: FoldOp,
        /// Index variable.
        var: Ident,
        /// Bounds.
        range: Box<Range>,
        /// Body.
        body: Box<Expr>,
    },
    /// `on 1d of BTC: e`
    On {
        /// Timeframe.
        timeframe: TimeframeRef,
        /// Another symbol.
        of: Option<Ident>,
        /// Expression on that clock.
        body: Box<Expr>,
    },
    /// Parenthesised; kept for the formatter.
    Paren(Box<Expr>),
    /// Did not parse.
    Error,
}

/// An argument.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// `name =`
    pub name: Option<Ident>,
    /// Value.
    pub value: Expr,
}

/// Prefix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `not`
    Not,
}

/// Infix operators, weakest first: `or`, `and`, comparison and `crosses`, `??`, sum, product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `crosses` (either way)
    Crosses,
    /// `crosses above`
    CrossesAbove,
    /// `crosses below`
    CrossesBelow,
    /// `??`
    OrElse,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `mod`
    Rem,
}

/// Folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoldOp {
    /// `sum`
    Sum,
    /// `max`
    Max,
    /// `min`
    Min,
    /// `all`
    All,
    /// `any`
    Any,
    /// `count`
    Count,
}
