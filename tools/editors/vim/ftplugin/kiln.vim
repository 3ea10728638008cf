" Kiln: how .model files are edited. One style: two blanks, lines of at most 100 columns (kilnc fmt).
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal comments=:///,:// commentstring=//\ %s
setlocal formatoptions-=t formatoptions+=croql
setlocal expandtab shiftwidth=2 softtabstop=2 tabstop=2
setlocal textwidth=100
setlocal suffixesadd=.model
setlocal include=^\\s*import\\s\\+
setlocal includeexpr=substitute(v:fname,'\\.','/','g')

if executable('kilnc')
  setlocal makeprg=kilnc\ check\ %:S
  " error[E0312]: message, and on the next line where
  setlocal errorformat=%Eerror[%m,%Wwarning[%m,%Ilimit[%m,%Z\ \ %#-->\ %f:%l:%c
endif

let b:undo_ftplugin = 'setlocal comments< commentstring< formatoptions< expandtab< shiftwidth< softtabstop< tabstop<'
      \ . ' textwidth< suffixesadd< include< includeexpr< makeprg< errorformat<'
