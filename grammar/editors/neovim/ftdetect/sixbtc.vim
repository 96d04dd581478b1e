" The ending .sbt is Scala's too: a strategy is told by its header, the first line that is neither empty nor a comment.
autocmd BufRead,BufNewFile,BufWritePost *.sbt lua require("sixbtc").detect()
