[
  (source_file)
  (strategy)
  (portfolio)
  (indicator)
  (function)
  (test)
  (fold)
] @local.scope

(let name: (identifier) @local.definition.var)
(let name: (names (identifier) @local.definition.var))
(rec name: (identifier) @local.definition.var)
(param name: (identifier) @local.definition.parameter)
(parameter name: (identifier) @local.definition.parameter)
(fold index: (identifier) @local.definition.var)
(indicator name: (identifier) @local.definition.function)
(function name: (identifier) @local.definition.function)
(enum_declaration name: (identifier) @local.definition.type)

(identifier) @local.reference
(function_name) @local.reference
