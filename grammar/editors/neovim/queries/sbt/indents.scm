[
  (strategy_body)
  (portfolio_body)
  (indicator_body)
  (test_body)
  (on_body)
  (bracket)
  (enum_declaration)
  (list)
  (arguments)
  (parameters)
  (parenthesized_expression)
] @indent.begin

[
  "}"
  "]"
  ")"
] @indent.end @indent.branch

[
  (comment)
  (doc_comment)
] @indent.auto
