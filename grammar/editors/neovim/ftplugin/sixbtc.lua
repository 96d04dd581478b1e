-- no guard: the file may have been taken for one of Scala's a moment ago
vim.b.did_ftplugin = 1

vim.bo.commentstring = "// %s"
vim.bo.comments = ":///,://"
vim.bo.shiftwidth = 2
vim.bo.softtabstop = 2
vim.bo.expandtab = true
vim.opt_local.formatoptions:append("croql")
vim.opt_local.formatoptions:remove("t")
vim.b.undo_ftplugin = "setlocal commentstring< comments< shiftwidth< softtabstop< expandtab< formatoptions<"

require("sixbtc").attach(vim.api.nvim_get_current_buf())
