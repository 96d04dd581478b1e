/**
 * Tree-sitter grammar of .sbt, edition 1. The definition of the language is ../../sbt.pest; a test parses every .sbt file of
 * the repository and every case of ../../tests/rules.txt with both, so the two can't drift apart.
 *
 * A statement ends at the end of its line. src/scanner.c decides from the next token whether a line end is such an end; where
 * none may stand, a line end is space.
 */

/// <reference types="tree-sitter-cli/dsl" />

const PREC = { or: 1, and: 2, not: 3, compare: 4, or_else: 5, add: 6, multiply: 7, negate: 8, postfix: 9 };

// Words that begin a clause but are names too: where both may stand, the clause wins, as in sbt.pest.
const FOLDS = ["sum", "max", "min", "all", "any", "count"];

const DIGITS = /[0-9]+(_[0-9]+)*/;
const DECIMAL = /[0-9]+(_[0-9]+)*(\.[0-9]+)?([eE][-+]?[0-9]+)?/;

/** One or more, with commas between. */
const list1 = (rule) => seq(rule, repeat(seq(",", rule)));

/** Braces around statements, one a line. */
const lines = ($, rule) => seq("{", optional(seq(rule, repeat(seq($._newline, rule)))), "}");

/** An infix operator of each level over one kind of operand. */
const infix = ($, operand, levels) =>
  choice(
    ...levels.map(([level, operators]) =>
      prec.left(
        PREC[level],
        seq(field("left", operand), field("operator", operators), field("right", operand)),
      ),
    ),
  );

const ARITHMETIC = [
  ["add", choice("+", "-")],
  ["multiply", choice("*", "/", "mod")],
];

export default grammar({
  name: "sbt",

  word: ($) => $.identifier,

  externals: ($) => [$._newline],

  extras: ($) => [/[ \t\r\n]/, $.comment, $.doc_comment],

  supertypes: ($) => [$.item, $.statement, $.expression, $.literal],

  inline: ($) => [$._name],

  conflicts: () => [],

  rules: {
    source_file: ($) => seq($.header, repeat(seq($._newline, $.item))),

    header: ($) => seq(alias(token(prec(2, /#sbt[ \t]+/)), "#sbt"), field("edition", $.edition)),
    edition: () => token.immediate(/[0-9]+/),

    comment: () => token(choice(/\/\/([^\/\r\n][^\r\n]*)?/, /\/\/\/\/[^\r\n]*/)),
    doc_comment: () => token(/\/\/\/([^\/\r\n][^\r\n]*)?/),

    // ---- items
    item: ($) =>
      choice(
        $.use_declaration,
        $.enum_declaration,
        $.strategy,
        $.portfolio,
        $.indicator,
        $.function,
        $.test,
      ),

    use_declaration: ($) => seq("use", field("path", $.path)),
    path: () => /[A-Za-z_][A-Za-z0-9_]*(\/[A-Za-z_][A-Za-z0-9_]*)*/,

    enum_declaration: ($) =>
      seq("enum", field("name", $.identifier), "{", list1(field("variant", $.identifier)), "}"),

    strategy: ($) =>
      seq(
        "strategy",
        field("name", $.identifier),
        optional(field("title", $.string)),
        field("body", $.strategy_body),
      ),
    strategy_body: ($) => lines($, $.statement),

    portfolio: ($) =>
      seq(
        "portfolio",
        field("name", $.identifier),
        optional(field("title", $.string)),
        field("body", $.portfolio_body),
      ),
    portfolio_body: ($) => lines($, choice($.statement, $.universe, $.hold)),

    indicator: ($) =>
      seq(
        "indicator",
        field("name", $.identifier),
        field("parameters", $.parameters),
        "->",
        field("returns", choice($.type, $.record_type)),
        field("body", $.indicator_body),
      ),
    indicator_body: ($) => seq("{", repeat(seq($._declaration, $._newline)), $.give, "}"),

    function: ($) =>
      seq(
        "fn",
        field("name", $.identifier),
        field("parameters", $.parameters),
        "->",
        field("returns", $.type),
        "=",
        field("body", $.expression),
      ),

    test: ($) => seq("test", field("title", $.string), field("body", $.test_body)),
    test_body: ($) => lines($, choice($.given, $.forall, $.assert, $._declaration)),

    parameters: ($) => seq("(", optional(list1($.parameter)), ")"),
    parameter: ($) =>
      seq(
        field("name", $.identifier),
        ":",
        field("type", $.type),
        optional(seq("=", field("default", $.expression))),
      ),
    record_type: ($) => seq("(", list1($.record_field), ")"),
    record_field: ($) => seq(field("name", $.identifier), ":", field("type", $.type)),
    type: ($) =>
      seq(
        field("name", $.type_identifier),
        optional(seq(token.immediate("^"), field("power", $.power))),
        optional(token.immediate("?")),
      ),
    type_identifier: ($) => $.identifier,
    power: () => token.immediate(/-?[0-9]+/),

    // ---- statements
    statement: ($) =>
      choice(
        $.on_block,
        $.clock,
        $.param,
        $.require,
        $.let,
        $.rec,
        $.enter,
        $.exit,
        $.limit,
        $.size,
        $.plot,
        $.alert,
      ),
    _declaration: ($) => choice($.let, $.rec),

    clock: ($) => seq("on", field("timeframe", $._timeframe), optional($.session)),
    session: ($) => seq("session", field("hours", $.string), "in", field("zone", $.string)),

    param: ($) =>
      seq(
        "param",
        field("name", $.identifier),
        ":",
        field("type", $.type),
        "=",
        field("default", $._arithmetic),
        optional(seq("in", field("values", choice($.set, seq($.range, optional($.step)))))),
      ),
    step: ($) => seq("step", $._arithmetic),

    require: ($) => seq("require", field("condition", $.expression)),

    let: ($) =>
      seq(
        "let",
        field("name", choice($.identifier, $.names)),
        optional(seq(":", field("type", $.type))),
        "=",
        field("value", $.expression),
      ),
    names: ($) => seq("(", $.identifier, repeat1(seq(",", $.identifier)), ")"),

    rec: ($) =>
      seq(
        "rec",
        field("name", $.identifier),
        optional(seq(":", field("type", $.type))),
        "=",
        field("value", $.expression),
        $.init,
        optional($.settle),
      ),
    init: ($) => seq("init", $.expression),
    settle: ($) => seq("settle", $.expression),

    on_block: ($) =>
      seq(
        "on",
        field("timeframe", $._timeframe),
        optional($.of_symbol),
        field("body", $.on_body),
      ),
    on_body: ($) => lines($, $._declaration),
    of_symbol: ($) => seq("of", field("symbol", $._symbol)),
    _symbol: ($) => choice(alias($.identifier, $.symbol), $.string),

    // ---- orders
    side: () => choice("long", "short"),
    label: () => /#[A-Za-z_][A-Za-z0-9_]*/,

    enter: ($) =>
      seq(
        "enter",
        field("side", $.side),
        optional(field("label", $.label)),
        "when",
        field("condition", $.expression),
        optional($.at),
        optional($.size),
        optional($.bracket),
      ),
    at: ($) =>
      seq("at", choice("limit", "stop"), field("price", $.expression), optional($.valid_for)),
    valid_for: ($) => seq("for", $.expression),

    bracket: ($) => lines($, choice($.breakeven, $.stop, $.target, $.trail, $.exit)),
    breakeven: ($) => seq("stop", "to", "breakeven", "after", $.expression),
    stop: ($) => seq("stop", optional("at"), $.expression),
    target: ($) => seq("target", optional("at"), $.expression, optional($.closing)),
    closing: ($) => seq("closing", $.expression),
    trail: ($) => seq("trail", $.expression, optional($.activation)),
    activation: ($) => seq("after", $.expression),

    exit: ($) =>
      seq(
        "exit",
        optional(choice($.side, $.label)),
        choice(
          seq("when", field("condition", $.expression)),
          seq("after", field("time", $.expression)),
          seq("at", "session", "end"),
          seq("at", field("price", choice($.expression, alias("session", $.identifier)))),
        ),
      ),

    size: ($) =>
      seq(
        "size",
        choice(
          seq("risk", $.expression),
          seq("target", "vol", $.expression),
          seq($.expression, optional(seq("of", "equity"))),
        ),
      ),

    limit: ($) =>
      seq(
        "limit",
        choice(
          seq("leverage", $.expression),
          seq("pyramid", $.expression, optional($.every)),
          seq("cooldown", $.expression),
          seq("trades", $.expression, "per", field("timeframe", $._timeframe)),
        ),
      ),
    every: ($) => seq("every", $.expression),

    plot: ($) => seq("plot", list1($.expression)),
    alert: ($) => seq("alert", field("text", $.string), "when", field("condition", $.expression)),
    give: ($) => seq("give", list1($.expression)),

    // ---- portfolios
    universe: ($) =>
      seq(
        "universe",
        choice(
          seq("top", field("count", $.expression), "by", field("score", $.expression)),
          seq("{", list1($._symbol), "}"),
        ),
      ),
    hold: ($) =>
      seq(
        "hold",
        choice("top", "bottom"),
        field("count", $.expression),
        "by",
        field("score", $.expression),
        optional(seq("as", $.side)),
        optional($.rebalance),
        optional($.weight),
      ),
    rebalance: ($) => seq("rebalance", "every", field("timeframe", $._timeframe)),
    weight: ($) => seq("weight", $.expression),

    // ---- tests
    given: ($) => seq("given", field("name", $.identifier), "=", field("values", $.list)),
    forall: ($) => seq("forall", $.expression),
    assert: ($) =>
      seq("assert", field("condition", $.expression), optional(seq("is", field("expected", $.list)))),
    list: ($) => seq("[", optional(list1(choice($.any, $.expression))), "]"),
    any: () => "_",

    // ---- expressions
    expression: ($) => choice($.conditional_expression, $._operand),

    conditional_expression: ($) =>
      prec.right(
        seq(
          "if",
          field("condition", $.expression),
          "then",
          field("consequence", $.expression),
          "else",
          field("alternative", $.expression),
        ),
      ),

    // `if` begins a whole expression and is no operand
    _operand: ($) =>
      choice($.binary_expression, $.unary_expression, $.membership_expression, $._postfix),

    binary_expression: ($) =>
      infix($, $._operand, [
        ["or", "or"],
        ["and", "and"],
        ["compare", choice("<", "<=", ">", ">=", "==", "!=", $.crosses)],
        ["or_else", "??"],
        ...ARITHMETIC,
      ]),
    crosses: () => seq("crosses", optional(choice("above", "below"))),

    unary_expression: ($) =>
      choice(
        prec(PREC.not, seq(field("operator", "not"), field("operand", $._operand))),
        prec(PREC.negate, seq(field("operator", "-"), field("operand", $._operand))),
      ),

    membership_expression: ($) =>
      prec.left(
        PREC.compare,
        seq(field("value", $._operand), "in", field("values", choice($.set, $.range))),
      ),

    // what may stand in front of `in` without being its left side, and at the ends of a range
    _arithmetic: ($) =>
      choice(
        alias($._arithmetic_binary, $.binary_expression),
        alias($._arithmetic_negation, $.unary_expression),
        $._postfix,
      ),
    _arithmetic_binary: ($) => infix($, $._arithmetic, ARITHMETIC),
    _arithmetic_negation: ($) =>
      prec(PREC.negate, seq(field("operator", "-"), field("operand", $._arithmetic))),

    range: ($) =>
      seq(
        field("first", $._arithmetic),
        field("kind", choice("..", "..<")),
        field("last", $._arithmetic),
      ),
    set: ($) => seq("{", list1($.expression), "}"),

    _postfix: ($) => choice($._primary, $.index_expression, $.field_expression),

    index_expression: ($) =>
      prec(
        PREC.postfix,
        seq(
          field("value", $._postfix),
          "[",
          field("index", $.expression),
          optional($.bound),
          "]",
        ),
      ),
    bound: ($) => seq("max", $.expression),
    field_expression: ($) =>
      prec(PREC.postfix, seq(field("value", $._postfix), ".", field("field", $.field_name))),
    field_name: ($) => $.identifier,

    _primary: ($) =>
      choice(
        $.fold,
        $.on_expression,
        $.call,
        $.literal,
        $.side,
        $._name,
        $.parenthesized_expression,
      ),

    parenthesized_expression: ($) => seq("(", $.expression, ")"),

    on_expression: ($) =>
      prec.right(
        seq(
          "on",
          field("timeframe", $._timeframe),
          optional($.of_symbol),
          ":",
          field("value", $.expression),
        ),
      ),

    // `sum(i in` is a fold and nothing else
    fold: ($) =>
      prec(
        1,
        seq(
          field("operator", alias(choice(...FOLDS), $.fold_operator)),
          "(",
          field("index", $.identifier),
          "in",
          field("range", $.range),
          ":",
          field("value", $.expression),
          ")",
        ),
      ),

    call: ($) =>
      seq(
        field("function", alias($._name, $.function_name)),
        field("arguments", $.arguments),
      ),
    arguments: ($) => seq("(", optional(list1($._argument)), ")"),
    _argument: ($) => choice($.named_argument, $.expression),
    named_argument: ($) => seq(field("name", $._name), "=", field("value", $.expression)),

    // the words of a fold are names where they do not begin one
    _name: ($) => choice($.identifier, ...FOLDS.map((word) => alias(word, $.identifier))),

    _timeframe: ($) => choice($.timeframe, $.identifier),

    // ---- literals
    literal: ($) =>
      choice(
        $.risk_multiple,
        $.percentage,
        $.bar_count,
        $.timeframe,
        $.number,
        $.string,
        $.boolean,
      ),
    risk_multiple: () => token(seq(DECIMAL, "R")),
    percentage: () => token(seq(DECIMAL, "%")),
    bar_count: () => token(seq(DIGITS, /[ \t]+bars?/)),
    timeframe: () => /[0-9]+[smhdw]/,
    number: () => token(DECIMAL),
    string: () => /"[^"\r\n]*"/,
    boolean: () => choice("true", "false"),

    identifier: () => /[A-Za-z_][A-Za-z0-9_]*/,
  },
});
