--- Strategies in Neovim, from 0.7 on: which files are ours, and the language server for them.
local M = {}

--- What `setup` may change.
M.options = {
  --- The language server and its arguments; nil: found in `target` of the workspace, else in PATH.
  cmd = nil,
  --- Candles for the preview of the server: a file or a directory.
  data = nil,
  --- Called as `on_attach(client, bufnr)`.
  on_attach = nil,
  --- Capabilities beyond Neovim's own, of a completion plugin say.
  capabilities = nil,
}

--- Clients by root, where Neovim does not keep them itself (before 0.8).
local clients = {}

function M.setup(options)
  M.options = vim.tbl_extend("force", M.options, options or {})
end

--- Whether a buffer begins with the header of a strategy, comments and empty lines aside.
function M.is_strategy(bufnr)
  for _, line in ipairs(vim.api.nvim_buf_get_lines(bufnr, 0, 200, false)) do
    local text = vim.trim((line:gsub("^\239\187\191", "")))
    if text ~= "" and not vim.startswith(text, "//") then
      return text:match("^#sbt[ \t]+%d+$") ~= nil or text:match("^#sbt[ \t]+%d+[^%w_]") ~= nil
    end
  end
  return false
end

--- Sets the filetype of a strategy; leaves every other file with the filetype it has.
function M.detect()
  if vim.bo.filetype ~= "sixbtc" and M.is_strategy(0) then
    vim.bo.filetype = "sixbtc"
  end
end

--- The directory that a file's project begins in.
function M.root(file)
  local dir = vim.fn.fnamemodify(file, ":p:h")
  for _, mark in ipairs({ "sixbtc.toml", ".git", "Cargo.toml" }) do
    local found = vim.fn.findfile(mark, dir .. ";")
    if found == "" then
      found = vim.fn.finddir(mark, dir .. ";")
    end
    if found ~= "" then
      return vim.fn.fnamemodify(found, ":p"):gsub("[/\\]$", ""):match("^(.*)[/\\]") or dir
    end
  end
  return dir
end

--- A program of ours: built in the project, else in PATH.
local function program(name, root)
  for _, profile in ipairs({ "release", "debug" }) do
    local built = root .. "/target/" .. profile .. "/" .. name
    if vim.fn.executable(built) == 1 then
      return built
    end
  end
  return vim.fn.executable(name) == 1 and name or nil
end

--- What a client of the server is started with; nil if there is no server.
function M.config(root)
  local server = program("sixbtc-lsp", root)
  local cmd = M.options.cmd or (server and { server })
  if not cmd then
    return nil
  end
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  return {
    name = "sixbtc",
    cmd = cmd,
    root_dir = root,
    capabilities = vim.tbl_deep_extend("force", capabilities, M.options.capabilities or {}),
    init_options = { data = M.options.data },
    on_attach = M.options.on_attach,
  }
end

--- Starts the server for a buffer, or joins the one that runs for its project. `vim.g.sixbtc_lsp = false` prevents it.
function M.attach(bufnr)
  if vim.g.sixbtc_lsp == false or vim.bo[bufnr].buftype ~= "" then
    return
  end
  local root = M.root(vim.api.nvim_buf_get_name(bufnr))
  local config = M.config(root)
  if not config then
    vim.notify_once("sixbtc-lsp was not found: cargo build -p sixbtc-lsp", vim.log.levels.WARN)
    return
  end
  if vim.lsp.start then
    vim.lsp.start(config, { bufnr = bufnr })
    return
  end
  local id = clients[root]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client(config)
    clients[root] = id
  end
  if id then
    vim.lsp.buf_attach_client(bufnr, id)
  end
end

--- Stops the servers and attaches every open strategy anew.
function M.restart()
  local running = (vim.lsp.get_clients or vim.lsp.get_active_clients)()
  for _, client in ipairs(running) do
    if client.name == "sixbtc" then
      vim.lsp.stop_client(client.id)
    end
  end
  clients = {}
  vim.defer_fn(function()
    for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
      if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype == "sixbtc" then
        M.attach(bufnr)
      end
    end
  end, 200)
end

--- Backtests the file of the current buffer in a terminal.
function M.backtest()
  local file = vim.api.nvim_buf_get_name(0)
  local command = program("sixbtc", M.root(file))
  if not command then
    vim.notify("the command sixbtc was not found", vim.log.levels.ERROR)
    return
  end
  vim.cmd("silent update")
  local args = { command, "backtest", file }
  if M.options.data then
    vim.list_extend(args, { "--data", M.options.data })
  end
  vim.cmd("botright new")
  vim.fn.termopen(args)
end

--- Compiles the tree-sitter parser, which lies beside this plugin, to where Neovim finds it.
function M.build_parser()
  local here = debug.getinfo(1, "S").source:sub(2)
  local src = vim.fn.fnamemodify(here, ":p:h:h:h:h") .. "/tree-sitter-sbt/src"
  local out = vim.fn.stdpath("data") .. "/site/parser"
  vim.fn.mkdir(out, "p")
  local cc = os.getenv("CC") or "cc"
  local command = { cc, "-O2", "-shared", "-fPIC", "-std=c11", "-I" .. src, src .. "/parser.c", src .. "/scanner.c" }
  vim.list_extend(command, { "-o", out .. "/sbt.so" })
  local answer = vim.fn.system(command)
  if vim.v.shell_error ~= 0 then
    error(answer)
  end
  return out .. "/sbt.so"
end

return M
