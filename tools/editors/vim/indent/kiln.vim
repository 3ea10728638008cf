" Kiln: a line stands two blanks deeper than the bracket that is open around it.
if exists('b:did_indent')
  finish
endif
let b:did_indent = 1

setlocal indentexpr=KilnIndent(v:lnum) indentkeys=0{,0},0),0],!^F,o,O
let b:undo_indent = 'setlocal indentexpr< indentkeys<'

if exists('*KilnIndent')
  finish
endif

function KilnIndent(line) abort
  let before = prevnonblank(a:line - 1)
  if before == 0
    return 0
  endif
  " Strings and comments hold no brackets.
  let text = substitute(getline(before), '"\([^"\\]\|\\.\)*"\|//.*$', '', 'g')
  let depth = 0
  for char in split(substitute(text, '^\s*[\])}]*', '', ''), '\zs')
    if char =~# '[\[({]'
      let depth += 1
    elseif char =~# '[\])}]'
      let depth -= 1
    endif
  endfor
  let indent = indent(before)
  if depth > 0
    let indent += shiftwidth()
  elseif depth < 0
    let indent -= shiftwidth()
  endif
  if getline(a:line) =~# '^\s*[\])}]'
    let indent -= shiftwidth()
  endif
  return max([indent, 0])
endfunction
