" Generated from the sbt-grammar crate: UPDATE_PAGES=1 cargo test -p sbt-grammar
if exists("b:current_syntax")
  finish
endif

syn case match

syn keyword sixbtcItem enum fn indicator portfolio strategy test use
syn keyword sixbtcStatement enter exit give let on param rec
syn keyword sixbtcClause init of when
syn keyword sixbtcOperator and crosses else if in mod not or then
syn keyword sixbtcConstant false long short true

" words that are names too: keywords where an operand follows
syn match sixbtcStatement "\v%(\.\s*)@<!<%(require|limit|size|plot|alert|universe|hold|given|forall|assert|stop|target|trail)>\ze\s+%(%(above|after|and|as|at|below|breakeven|by|closing|cooldown|crosses|else|every|for|in|init|is|leverage|limit|mod|of|or|per|pyramid|rebalance|session|settle|size|step|stop|then|to|trades|weight|when)>)@!%([A-Za-z0-9_(\"]|-[A-Za-z0-9_(])"
syn match sixbtcClause "\v%(\.\s*)@<!<%(step|session|settle|at|for|after|to|breakeven|closing|end|risk|vol|equity|leverage|pyramid|every|cooldown|trades|per|top|bottom|by|as|rebalance|weight|is|above|below|max)>\ze\s+%(%(above|after|and|as|at|below|breakeven|by|closing|cooldown|crosses|else|every|for|in|init|is|leverage|limit|mod|of|or|per|pyramid|rebalance|session|settle|size|step|stop|then|to|trades|weight|when)>)@!%([A-Za-z0-9_(\"]|-[A-Za-z0-9_(])"
syn match sixbtcStatement "\v%(\.\s*)@<!<%(stop)>\ze\s+%(at|to)>"
syn match sixbtcStatement "\v%(\.\s*)@<!<%(target)>\ze\s+%(at|vol)>"
syn match sixbtcClause "\v%(\.\s*)@<!<%(to)>\ze\s+%(breakeven)>"
syn match sixbtcClause "\v%(\.\s*)@<!<%(breakeven)>\ze\s+%(after)>"
syn match sixbtcClause "\v%(\.\s*)@<!<%(at)>\ze\s+%(limit|stop|session)>"
syn match sixbtcClause "\v%(\.\s*)@<!<%(session)>\ze\s+%(end)>"
syn match sixbtcStatement "\v%(\.\s*)@<!<%(size)>\ze\s+%(risk|target)>"
syn match sixbtcStatement "\v%(\.\s*)@<!<%(limit)>\ze\s+%(leverage|pyramid|cooldown|trades)>"
syn match sixbtcStatement "\v%(\.\s*)@<!<%(universe)>\ze\s+%(top)>"
syn match sixbtcStatement "\v%(\.\s*)@<!<%(hold)>\ze\s+%(top|bottom)>"
syn match sixbtcClause "\v%(\.\s*)@<!<%(rebalance)>\ze\s+%(every)>"
syn match sixbtcClause "\v%(<crosses\s+)@<=<above>"
syn match sixbtcClause "\v%(<crosses\s+)@<=<below>"
syn match sixbtcClause "\v%(<of\s+)@<=<equity>"
syn match sixbtcClause "\v%(<session\s+)@<=<end>"
syn match sixbtcClause "\v%(\.\s*)@<!<%(is)>\ze\s+\["
syn match sixbtcStatement "\v%(\.\s*)@<!<%(universe)>\ze\s*\{"

" names and values
syn match sixbtcFold "\v<%(sum|max|min|all|any|count)>\ze\s*\(\s*\h\w*\s+in>"
syn match sixbtcNumber "\v<[0-9]+%(_[0-9]+)*%(\.[0-9]+)?%([eE][+-]?[0-9]+)?%(R>|\%|\s+bars?>|>)"
syn match sixbtcNumber "\v<[0-9]+[smhdw]>"
syn match sixbtcLabel "\v#\h\w*"
syn region sixbtcString start=+"+ end=+"+ oneline
syn match sixbtcType "\v%(:\s*|-\>\s*)@<=<%(bool|int|float|num|price|percent|quantity|money|bars|duration|time|timeframe|side)>"
syn match sixbtcHeader "\v^#sbt\s+[0-9]+>"
syn match sixbtcComment "//.*$" contains=@Spell
syn match sixbtcDoc "\v///%(/)@!.*$" contains=@Spell

hi def link sixbtcItem Keyword
hi def link sixbtcStatement Statement
hi def link sixbtcClause Statement
hi def link sixbtcOperator Operator
hi def link sixbtcConstant Boolean
hi def link sixbtcFold Function
hi def link sixbtcNumber Number
hi def link sixbtcLabel Label
hi def link sixbtcString String
hi def link sixbtcType Type
hi def link sixbtcHeader PreProc
hi def link sixbtcComment Comment
hi def link sixbtcDoc SpecialComment

let b:current_syntax = "sixbtc"
