; Later patterns win in Neovim, Helix and Zed alike: the general ones stand first.

(identifier) @variable

(comment) @comment
(doc_comment) @comment.doc

; ---- literals
[
  (number)
  (percentage)
  (risk_multiple)
  (bar_count)
  (timeframe)
] @number
(string) @string
(boolean) @boolean
(any) @constant
(side) @constant
(label) @label
(path) @type
(symbol) @constant

; ---- header
(header "#sbt" @preproc)
(edition) @number

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
] @keyword

[
  "and"
  "or"
  "not"
  "mod"
  "crosses"
  "above"
  "below"
] @operator
(membership_expression "in" @operator)

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
(power) @number
(enum_declaration name: (identifier) @type)
(enum_declaration variant: (identifier) @constant)
(strategy name: (identifier) @function)
(portfolio name: (identifier) @function)
(indicator name: (identifier) @function)
(function name: (identifier) @function)
(function_name) @function
(fold_operator) @function
(fold index: (identifier) @variable)
(parameter name: (identifier) @variable)
(named_argument name: (identifier) @variable)
(param name: (identifier) @variable)
(record_field name: (identifier) @property)
(field_name) @property

((identifier) @variable.special
  (#any-of? @variable.special "open" "high" "low" "close" "volume"))
((identifier) @variable.special
  (#any-of? @variable.special "entry" "position"))
