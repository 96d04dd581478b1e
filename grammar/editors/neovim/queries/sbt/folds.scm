[
  (strategy_body)
  (portfolio_body)
  (indicator_body)
  (test_body)
  (on_body)
  (bracket)
  (enum_declaration)
  (list)
] @fold
