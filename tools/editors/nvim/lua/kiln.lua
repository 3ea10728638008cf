-- Kiln in Neovim (0.7 or later): starts kiln-lsp for .model files.
--
--   vim.opt.runtimepath:append('/path/to/kiln/tools/editors/vim')
--   vim.opt.runtimepath:append('/path/to/kiln/tools/editors/nvim')
--   require('kiln').setup()                     -- or setup { cmd = { '/path/to/kiln-lsp' } }
local M = {}

M.defaults = {
  cmd = { 'kiln-lsp' },
  -- What the server takes: see docs/editors.md.
  settings = { inlayHints = { types = true, ranges = true }, diagnostics = { delay = 150 } },
  keys = true, -- the usual keys, in buffers of Kiln alone
  on_attach = nil, -- function(client, buffer)
}

local function root_of(buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  local folder = vim.fn.fnamemodify(file, ':p:h')
  local git = vim.fn.finddir('.git', folder .. ';')
  return git ~= '' and vim.fn.fnamemodify(git, ':p:h:h') or folder
end

local function map_keys(buffer)
  local function map(keys, action)
    vim.keymap.set('n', keys, action, { buffer = buffer })
  end
  map('K', vim.lsp.buf.hover)
  map('gd', vim.lsp.buf.definition)
  map('gr', vim.lsp.buf.references)
  map('<leader>rn', vim.lsp.buf.rename)
  map('<leader>ca', vim.lsp.buf.code_action)
end

local clients = {} -- by root: one server for each

local function start(buffer, options)
  local root = root_of(buffer)
  local id = clients[root]
  if id == nil or vim.lsp.get_client_by_id(id) == nil then
    id = vim.lsp.start_client({
      name = 'kiln-lsp',
      cmd = options.cmd,
      root_dir = root,
      workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
      init_options = options.settings,
      settings = { kiln = options.settings },
      on_attach = function(client, attached)
        vim.bo[attached].omnifunc = 'v:lua.vim.lsp.omnifunc'
        if options.keys then
          map_keys(attached)
        end
        if options.on_attach then
          options.on_attach(client, attached)
        end
      end,
    })
    clients[root] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

function M.setup(options)
  options = vim.tbl_deep_extend('force', M.defaults, options or {})
  -- Names of indices and statics, in Neovim 0.9 or later (semantic tokens).
  vim.api.nvim_set_hl(0, '@lsp.type.index.kiln', { link = 'Identifier', default = true })
  vim.api.nvim_set_hl(0, '@lsp.type.static.kiln', { link = 'Constant', default = true })
  local group = vim.api.nvim_create_augroup('kiln', {})
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    pattern = 'kiln',
    callback = function(event)
      start(event.buf, options)
    end,
  })
end

return M
