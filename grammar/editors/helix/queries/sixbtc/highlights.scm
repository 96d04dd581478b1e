; Later patterns win in Neovim, Helix and Zed alike: the general ones stand first.

(identifier) @variable

(comment) @comment.line
(doc_comment) @comment.line.documentation

; ---- literals
[
  (number)
  (percentage)
  (risk_multiple)
  (bar_count)
  (timeframe)
] @constant.numeric
(string) @string
(boolean) @constant.builtin.boolean
(any) @constant.builtin
(side) @constant.builtin
(label) @label
(path) @namespace
(symbol) @constant

; ---- header
(header "#sbt" @keyword.directive)
(edition) @constant.numeric

; ---- keywords
[
  "use"
  "enum"
  "strategy"
  "portfolio"
  "indicator"
  "fn"
  "test"
] @keyword

[
  "on"
  "param"
  "require"
  "let"
  "rec"
  "enter"
  "exit"
  "limit"
  "size"
  "plot"
  "alert"
  "universe"
  "hold"
  "give"
  "given"
  "forall"
  "assert"
  "stop"
  "target"
  "trail"
] @keyword

[
  "in"
  "step"
  "session"
  "of"
  "init"
  "settle"
  "when"
  "at"
  "for"
  "after"
  "to"
  "breakeven"
  "closing"
  "end"
  "risk"
  "vol"
  "equity"
  "leverage"
  "pyramid"
  "every"
  "cooldown"
  "trades"
  "per"
  "top"
  "bottom"
  "by"
  "as"
  "rebalance"
  "weight"
  "is"
] @keyword

(bound "max" @keyword)

[
  "if"
  "then"
  "else"
] @keyword.control.conditional

[
  "and"
  "or"
  "not"
  "mod"
  "crosses"
  "above"
  "below"
] @keyword.operator
(membership_expression "in" @keyword.operator)

; ---- operators and punctuation
[
  "<"
  "<="
  ">"
  ">="
  "=="
  "!="
  "+"
  "-"
  "*"
  "/"
  "??"
  ".."
  "..<"
  "->"
  "="
  "^"
  "?"
] @operator

[
  "("
  ")"
  "["
  "]"
  "{"
  "}"
] @punctuation.bracket

[
  ","
  ":"
  "."
] @punctuation.delimiter

; ---- names
(type_identifier (identifier) @type)
(power) @constant.numeric
(enum_declaration name: (identifier) @type)
(enum_declaration variant: (identifier) @constant)
(strategy name: (identifier) @function)
(portfolio name: (identifier) @function)
(indicator name: (identifier) @function)
(function name: (identifier) @function)
(function_name) @function
(fold_operator) @function.builtin
(fold index: (identifier) @variable.parameter)
(parameter name: (identifier) @variable.parameter)
(named_argument name: (identifier) @variable.parameter)
(param name: (identifier) @variable.parameter)
(record_field name: (identifier) @variable.other.member)
(field_name) @variable.other.member

((identifier) @variable.builtin
  (#any-of? @variable.builtin "open" "high" "low" "close" "volume"))
((identifier) @variable.builtin
  (#any-of? @variable.builtin "entry" "position"))
