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

" Whether a line goes on a statement that an earlier line began.
function! s:goes_on(lnum) abort
  let code = s:code(a:lnum)
  if code =~# '\v^\s*%(%(and|or|mod|crosses|in|then|else|init|settle|at|rebalance|weight|when)>|-\s|[+*/<>=!?]|\.\.)'
    return 1
  endif
  let before = prevnonblank(a:lnum - 1)
  if before == 0
    return 0
  endif
  let above = s:code(before)
  " several values of a `give` or `plot`, outside of brackets
  if above =~# ',\s*$' && s:opened(above) <= 0 && above !~# '^\s*[])}]'
    return above =~# '\v^\s*%(give|plot)>' || s:goes_on(before)
  endif
  return above =~# '\v%(<%(and|or|mod|crosses|not|in|if|then|else|init|settle|when)|[-+*/<>=?]|-\>)\s*$'
endfunction

" Brackets that a line leaves open; those that it begins by closing belong to the lines before.
function! s:opened(code) abort
  let code = substitute(a:code, '\v^\s*[])}]+', '', '')
  return len(substitute(code, '[^({[]', '', 'g')) - len(substitute(code, '[^])}]', '', 'g'))
endfunction

function! SixbtcIndent(lnum) abort
  let before = prevnonblank(a:lnum - 1)
  if before == 0
    return 0
  endif
  let opened = s:opened(s:code(before))
  " the line that opened what the line above closes, then the first line of its statement
  let [first, open] = [before, opened]
  while open < 0 && prevnonblank(first - 1) > 0
    let first = prevnonblank(first - 1)
    let open += s:opened(s:code(first))
  endwhile
  while s:goes_on(first) && prevnonblank(first - 1) > 0
    let first = prevnonblank(first - 1)
  endwhile
  let base = indent(first) + (opened > 0 ? shiftwidth() : 0)
  let code = s:code(a:lnum)
  if code =~# '^\s*[])}]'
    return base - shiftwidth()
  endif
  return s:goes_on(a:lnum) && opened <= 0 ? base + shiftwidth() : base
endfunction
