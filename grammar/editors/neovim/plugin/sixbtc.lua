if vim.g.loaded_sixbtc then
  return
end
vim.g.loaded_sixbtc = true

local command = vim.api.nvim_create_user_command
command("SixbtcRestart", function()
  require("sixbtc").restart()
end, { desc = "Restart the language server of strategies" })
command("SixbtcBacktest", function()
  require("sixbtc").backtest()
end, { desc = "Backtest this strategy" })
command("SixbtcParser", function()
  print(require("sixbtc").build_parser())
end, { desc = "Compile the tree-sitter parser of strategies" })

-- the parser is named after the ending, the filetype after us, since "sbt" is the filetype of Scala's build files
local treesitter = vim.treesitter
if treesitter and treesitter.language and treesitter.language.register then
  treesitter.language.register("sbt", "sixbtc")
end
