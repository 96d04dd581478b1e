" no guard: the file may have been taken for one of Scala's a moment ago
let b:did_indent = 1

setlocal indentexpr=SixbtcIndent(v:lnum)
setlocal indentkeys=0{,0},0),0],o,O,!^F,0=and,0=or,0=then,0=else,0=at,0=init
setlocal nosmartindent
let b:undo_indent = "setlocal indentexpr< indentkeys< smartindent<"

if exists("*SixbtcIndent")
  finish
endif

" A line without its comment and the insides of its strings.
function! s:code(lnum) abort
  return substitute(substitute(getline(a:lnum), '"[^"]*"', '""', 'g'), '//.*$', '', '')
endfunction

" Whether a line can't begin a statement, or the line above it can't end one.
function! s:goes_on(lnum) abort
  let code = s:code(a:lnum)
  if code =~# '\v^\s*%(%(and|or|mod|crosses|in|then|else|init|settle|at|rebalance|weight|when)>|-[ >]|[+*/<>=!?]|\.\.)'
    return 1
  endif
  let before = prevnonblank(a:lnum - 1)
  return before > 0 && s:code(before) =~# '\v%(<%(and|or|mod|crosses|not|in|if|then|else|init|settle|when)|[-+*/<>=?,]|-\>)\s*$'
endfunction

" Whether a line begins a statement or ends a block.
function! s:begins(lnum) abort
  let code = s:code(a:lnum)
  return code =~# '\v^\s*%(}|$|#sbt)'
        \ || code =~# '\v^\s*%(use|enum|strategy|portfolio|indicator|fn|test|on|param|require|let|rec|enter|exit|limit|size|plot|alert|universe|hold|give|given|forall|assert|stop|target|trail)>'
        \ && !s:goes_on(a:lnum)
endfunction

" How many brackets a line opens more than it closes; a block's end belongs to the lines before it.
function! s:opened(lnum) abort
  let code = substitute(s:code(a:lnum), '^\s*}', '', '')
  return len(substitute(code, '[^({[]', '', 'g')) - len(substitute(code, '[^])}]', '', 'g'))
endfunction

" A statement's further lines are indented once from its first, however deep their brackets are.
function! SixbtcIndent(lnum) abort
  let first = prevnonblank(a:lnum - 1)
  if first == 0
    return 0
  endif
  let opened = s:opened(first)
  while first > 1 && !s:begins(first)
    let first = prevnonblank(first - 1)
    let opened += s:opened(first)
  endwhile
  let closes = s:code(a:lnum) =~# '^\s*[])}]'
  if opened > 0
    return indent(first) + (closes ? 0 : shiftwidth())
  endif
  if closes
    return indent(first) - shiftwidth()
  endif
  return indent(first) + (s:goes_on(a:lnum) ? shiftwidth() : 0)
endfunction
