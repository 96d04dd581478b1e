-- Tests of the plugin, in a headless Neovim; see run.sh. Prints a line a test and the counts; ends with 1 on a failure.
local here = debug.getinfo(1, "S").source:sub(2)
local repository = vim.fn.fnamemodify(here, ":p:h:h:h:h:h")
local scratch = vim.env.SCRATCH
local parts = {}
for part in (vim.env.PARTS or ""):gmatch("%S+") do
  parts[part] = true
end

local passed, failed = 0, 0

-- an empty SERVER says that there shall be none
local serving = (vim.env.SERVER or "") ~= ""
vim.g.sixbtc_lsp = false

local function test(part, name, body)
  if next(parts) and not parts[part] then
    return
  end
  local ok, message = xpcall(body, debug.traceback)
  passed, failed = passed + (ok and 1 or 0), failed + (ok and 0 or 1)
  io.stdout:write((ok and "ok - " or "not ok - ") .. name .. "\n")
  if not ok then
    io.stdout:write("  " .. tostring(message):gsub("\n", "\n  ") .. "\n")
  end
end

local function same(found, wanted, what)
  if not vim.deep_equal(found, wanted) then
    error((what or "value") .. ": " .. vim.inspect(found) .. ", not " .. vim.inspect(wanted), 2)
  end
end

local function write(name, text)
  local path = scratch .. "/" .. name
  vim.fn.writefile(vim.split(text, "\n"), path)
  return path
end

local function read(path)
  return table.concat(vim.fn.readfile(path), "\n")
end

local function edit(path)
  vim.cmd("edit! " .. vim.fn.fnameescape(path))
  return vim.api.nvim_get_current_buf()
end

local function lines()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

--- The line and column, from 0, of a text in the buffer.
local function find(text, offset)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local column = line:find(text, 1, true)
    if column then
      return row - 1, column - 1 + (offset or 0)
    end
  end
  error("no " .. text .. " in\n" .. lines(), 2)
end

local function go(text, offset)
  local row, column = find(text, offset)
  vim.api.nvim_win_set_cursor(0, { row + 1, column })
end

local function eventually(what, holds)
  if not vim.wait(30000, holds, 20) then
    error("never: " .. what, 2)
  end
end

local function examples()
  local found = {}
  for _, glob in ipairs({ "docs/examples/*.sbt", "services/cli/templates/*.sbt", "stdlib/sbt/**/*.sbt", "docs/cookbook/*.sbt" }) do
    vim.list_extend(found, vim.fn.glob(repository .. "/" .. glob, false, true))
  end
  assert(#found > 10, "no programs found")
  return found
end

test("files", "a strategy is told by its header, a build of Scala stays one", function()
  edit(repository .. "/docs/examples/sma_cross.sbt")
  same(vim.bo.filetype, "sixbtc")
  same({ vim.bo.shiftwidth, vim.bo.expandtab, vim.bo.commentstring }, { 2, true, "// %s" })
  edit(write("build.sbt", 'name := "x"\n// #sbt 1\n'))
  same(vim.bo.filetype, "sbt")
  edit(write("late.sbt", "// mine\n\n#sbt 1\n"))
  same(vim.bo.filetype, "sixbtc")
end)

test("files", "a file becomes a strategy when it is written", function()
  edit(scratch .. "/new.sbt")
  same(vim.bo.filetype, "sbt")
  vim.api.nvim_buf_set_lines(0, 0, -1, false, { "#sbt 1" })
  vim.cmd("silent write")
  same(vim.bo.filetype, "sixbtc")
end)

test("syntax", "every token of the examples has the colour that the lexer gives it", function()
  local groups = {
    Item = "sixbtcItem", Statement = "sixbtcStatement", Clause = "sixbtcClause", Operator = "sixbtcOperator",
    Constant = "sixbtcConstant", Name = "sixbtcClause",
  }
  local kinds = {
    Comment = "sixbtcComment", Doc = "sixbtcDoc", Header = "sixbtcHeader", Label = "sixbtcLabel", Str = "sixbtcString",
    Number = "sixbtcNumber", Percent = "sixbtcNumber", Risk = "sixbtcNumber", Bars = "sixbtcNumber",
    Timeframe = "sixbtcNumber",
  }
  local tool = (vim.env.CARGO_TARGET_DIR or (repository .. "/target")) .. "/debug/examples/tokens"
  assert(vim.fn.executable(tool) == 1, "build the lexer first: cargo build -p sbt-grammar --example tokens")
  local command = { tool }
  vim.list_extend(command, examples())
  local wrong, count = {}, 0
  for _, file in ipairs(vim.fn.json_decode(vim.fn.system(command))) do
    edit(file.path)
    vim.cmd("syntax sync fromstart")
    for _, token in ipairs(file.tokens) do
      local wanted = kinds[token.token]
      if token.token == "Word" then
        wanted = token.keyword == true and groups[token.class] or token.keyword == false and "name" or nil
      end
      if wanted then
        count = count + 1
        local found = vim.fn.synIDattr(vim.fn.synID(token.line + 1, token.column + 1, 1), "name")
        local name = found == "" or found == "sixbtcFold" or found == "sixbtcType"
        if found ~= wanted and not (wanted == "name" and name) then
          table.insert(wrong, ("%s:%d:%d %s: %s, not %s"):format(
            vim.fn.fnamemodify(file.path, ":t"), token.line + 1, token.column + 1, token.text, found, wanted))
        end
      end
    end
  end
  same(vim.list_slice(wrong, 1, 10), {}, #wrong .. " of " .. count .. " tokens")
  assert(count > 1000, count .. " tokens")
end)

test("indent", "indenting the examples changes nothing", function()
  for _, path in ipairs(examples()) do
    edit(path)
    local before = vim.split(lines(), "\n")
    vim.cmd("silent normal! gg=G")
    local after = vim.split(lines(), "\n")
    for i, line in ipairs(before) do
      same(after[i], line, vim.fn.fnamemodify(path, ":t") .. ":" .. i)
    end
  end
end)

test("tree", "the tree-sitter parser loads, and its queries fit", function()
  vim.treesitter.require_language("sbt")
  for _, path in ipairs(examples()) do
    local bufnr = edit(path)
    local root = vim.treesitter.get_parser(bufnr, "sbt"):parse()[1]:root()
    same({ root:type(), root:has_error() }, { "source_file", false }, path)
  end
  for _, kind in ipairs({ "highlights", "folds", "indents", "locals", "injections" }) do
    assert(vim.treesitter.get_query("sbt", kind), kind)
  end
end)

-- ---- with the language server

local client

local function clients()
  return (vim.lsp.get_clients or vim.lsp.get_active_clients)()
end

local function attached(bufnr)
  return vim.lsp.get_clients and vim.lsp.get_clients({ bufnr = bufnr }) or vim.lsp.buf_get_clients(bufnr)
end

--- Opens a copy of the example, changed, with the server attached.
local function serve(name, change)
  local path = write(name, change(read(repository .. "/docs/examples/sma_cross.sbt")))
  local bufnr = edit(path)
  eventually("a client", function()
    for _, running in pairs(attached(bufnr)) do
      client = running
      return client.server_capabilities ~= nil
    end
    return false
  end)
  return bufnr
end

local function unchanged(text)
  return text
end

--- The answer of the server to a request at the cursor.
local function ask(method, more)
  local what = vim.lsp.util.make_position_params(0, client.offset_encoding)
  local answers = assert(vim.lsp.buf_request_sync(0, method, vim.tbl_extend("force", what, more or {}), 30000))
  for _, answer in pairs(answers) do
    assert(answer.err == nil, vim.inspect(answer.err))
    return answer.result
  end
end

if serving then
  vim.g.sixbtc_lsp = true
  require("sixbtc").setup({ cmd = { vim.env.SERVER } })

  test("server", "a wrong name is shown where it stands, and goes when it is mended", function()
    local bufnr = serve("wrong.sbt", function(text)
      return (text:gsub("sma%(close, fast%)", "sma(clsoe, fast)"))
    end)
    eventually("a diagnostic", function()
      return #vim.diagnostic.get(bufnr) > 0
    end)
    local first = vim.diagnostic.get(bufnr)[1]
    local row, column = find("clsoe")
    same({ first.lnum, first.col, first.severity }, { row, column, vim.diagnostic.severity.ERROR })
    assert(first.message:find("clsoe", 1, true), first.message)
    local marks = 0
    local shown = {}
    for _, namespace in pairs(vim.diagnostic.get_namespaces()) do
      vim.list_extend(shown, { namespace.user_data.virt_text_ns, namespace.user_data.underline_ns })
    end
    for _, id in ipairs(shown) do
      for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(bufnr, id, { row, 0 }, { row, -1 }, { details = true })) do
        marks = marks + ((mark[4].virt_text or mark[4].hl_group) and 1 or 0)
      end
    end
    assert(marks >= 2, "the line shows " .. marks .. " marks")
    vim.api.nvim_buf_set_text(bufnr, row, column, row, column + #"clsoe", { "close" })
    eventually("no diagnostic", function()
      return #vim.diagnostic.get(bufnr) == 0
    end)
  end)

  test("server", "hover tells what a name is", function()
    serve("hover.sbt", unchanged)
    go("sma(close")
    local answer = ask("textDocument/hover")
    local text = type(answer.contents) == "table" and (answer.contents.value or vim.inspect(answer.contents)) or answer.contents
    assert(text:find("sma", 1, true) and text:find("num", 1, true), text)
  end)

  test("server", "completion offers names and the library", function()
    local bufnr = serve("complete.sbt", unchanged)
    local row = find("  enter long")
    vim.api.nvim_buf_set_lines(bufnr, row, row, false, { "  let q = sm" })
    vim.api.nvim_win_set_cursor(0, { row + 1, #"  let q = sm" })
    local what = { textDocument = vim.lsp.util.make_text_document_params(), position = { line = row, character = 12 } }
    local answer = ask("textDocument/completion", what)
    local labels = {}
    for _, item in ipairs(answer.items or answer) do
      labels[item.label:match("^[%w_]+") or item.label] = true
    end
    assert(labels.sma, vim.inspect(vim.tbl_keys(labels)))
  end)

  test("server", "rename changes every use", function()
    serve("rename.sbt", unchanged)
    go("fast: bars")
    vim.lsp.buf.rename("quick")
    eventually("the new name", function()
      return lines():find("param quick: bars", 1, true) ~= nil
    end)
    assert(lines():find("require quick < slow", 1, true) and lines():find("sma(close, quick)", 1, true), lines())
    assert(not lines():find("fast", 1, true), lines())
  end)

  test("server", "formatting restores the layout", function()
    serve("format.sbt", function(text)
      return (text:gsub("  let f = sma%(close, fast%)", "      let f=sma( close,fast )"))
    end)
    if vim.lsp.buf.format then
      vim.lsp.buf.format({ timeout_ms = 30000 })
    else
      vim.lsp.buf.formatting_sync({}, 30000)
    end
    same(lines(), read(repository .. "/docs/examples/sma_cross.sbt"))
  end)

  test("server", "a definition is found", function()
    serve("definition.sbt", unchanged)
    go("fast < slow")
    local answer = ask("textDocument/definition")
    local found = answer[1] or answer
    local range = found.range or found.targetSelectionRange
    same({ range.start.line, range.start.character }, { find("fast: bars") })
  end)

  test("server", "the server ends with the editor's word", function()
    for _, running in ipairs(clients()) do
      vim.lsp.stop_client(running.id)
    end
    eventually("no client", function()
      return #clients() == 0
    end)
  end)
end

io.stdout:write(("neovim: %d passed; %d failed\n"):format(passed, failed))
vim.cmd(failed == 0 and passed > 0 and "qall!" or "cquit!")
