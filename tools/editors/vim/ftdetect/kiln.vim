autocmd BufRead,BufNewFile *.model setfiletype kiln
