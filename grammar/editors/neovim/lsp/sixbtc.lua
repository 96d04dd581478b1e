-- For `vim.lsp.enable("sixbtc")` of Neovim 0.11 and newer; set `vim.g.sixbtc_lsp = false`, or the plugin starts a server too.
return {
  cmd = { "sixbtc-lsp" },
  filetypes = { "sixbtc" },
  root_markers = { "sixbtc.toml", ".git", "Cargo.toml" },
}
