"""A real editor: Neovim, with the configuration of tools/editors/nvim, opens a file and asks what a user asks."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from client import ROOT, SERVER

PROGRAM = """import nn

fn scores(x: f32[B, In], w: f32[Out, In]) -> y: f32[B, Out] {
  let z[b, o] = sum[i] x[b, i]   *  w[o, i]
  y = nn.relu(zz)
}
"""

SCRIPT = r"""
local result = {}
local function wait(what, condition)
  if not vim.wait(30000, condition, 20) then
    error('waited in vain for ' .. what)
  end
end

local function run()
  vim.cmd('edit ' .. vim.fn.fnameescape(vim.env.KILN_TEST_FILE))
  result.filetype = vim.bo.filetype
  result.omnifunc = function() return vim.bo.omnifunc end
  local buffer = vim.api.nvim_get_current_buf()
  wait('the server', function() return next(vim.lsp.buf_get_clients(buffer)) ~= nil end)
  wait('diagnostics', function() return #vim.diagnostic.get(buffer) > 0 end)
  result.diagnostic = vim.diagnostic.get(buffer)[1].message
  result.omnifunc = vim.bo.omnifunc

  -- The fix, as the user would choose it.
  vim.fn.cursor(5, 15)
  vim.ui.select = function(items, options, choose) choose(items[1], 1) end
  vim.lsp.buf.code_action()
  wait('the fix', function() return vim.fn.getline(5):find('relu%(z%)') ~= nil end)
  wait('no diagnostics', function() return #vim.diagnostic.get(buffer) == 0 end)

  -- Hover: the window that it opens.
  vim.fn.cursor(4, 7)
  vim.lsp.buf.hover()
  local window
  wait('the hover', function()
    for _, other in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(other).relative ~= '' then window = other end
    end
    return window ~= nil
  end)
  result.hover = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
  vim.api.nvim_win_close(window, true)

  -- Completion by the omni function, as the user would ask for it.
  vim.fn.cursor(5, 10)
  local items = vim.lsp.buf_request_sync(buffer, 'textDocument/completion', vim.lsp.util.make_position_params(), 30000)
  for _, answer in pairs(items) do result.completion = #answer.result.items end

  -- Rename.
  vim.fn.cursor(4, 7)
  vim.lsp.buf.rename('product')
  wait('the new name', function() return vim.fn.getline(5):find('product') ~= nil end)
  result.renamed = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)

  -- Format.
  vim.lsp.buf.formatting_sync(nil, 30000)
  result.formatted = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  vim.cmd('write')

  -- To a definition in another file.
  vim.fn.cursor(5, 11)
  vim.lsp.buf.definition()
  wait('the definition', function() return vim.fn.expand('%:t') == 'nn.model' end)
  result.definition = vim.fn.getline('.')
end

local good, failure = xpcall(run, debug.traceback)
if not good then result = { failure = failure } end
vim.fn.writefile({ vim.fn.json_encode(result) }, vim.env.KILN_TEST_RESULT)
vim.cmd('qall!')
"""


class Neovim(unittest.TestCase):
    def test_a_session(self):
        editor = shutil.which("nvim")
        if editor is None:
            print("nvim is not installed: tools/setup installs it")
            self.skipTest("nvim is not installed")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name).resolve()
            file, script, result = folder / "scores.model", folder / "session.lua", folder / "result.json"
            init = folder / "init.lua"
            file.write_text(PROGRAM)
            script.write_text(SCRIPT)
            init.write_text(f"vim.opt.runtimepath:append('{ROOT}/tools/editors/vim')\n"
                            f"vim.opt.runtimepath:append('{ROOT}/tools/editors/nvim')\n"
                            f"require('kiln').setup {{ cmd = {{ '{pathlib.Path(SERVER).resolve()}' }} }}\n")
            environment = dict(os.environ, KILN_TEST_FILE=str(file), KILN_TEST_RESULT=str(result), HOME=str(folder),
                               XDG_CONFIG_HOME=str(folder), XDG_DATA_HOME=str(folder), XDG_STATE_HOME=str(folder), XDG_CACHE_HOME=str(folder))
            done = subprocess.run([editor, "--headless", "-n", "-i", "NONE", "-u", str(init), "-c", f"luafile {script}"], env=environment,
                                  capture_output=True, text=True, timeout=300)
            self.assertTrue(result.is_file(), done.stdout + done.stderr)
            found = json.loads(result.read_text())
            self.assertNotIn("failure", found, found)
            self.assertEqual(found["filetype"], "kiln")
            self.assertEqual(found["omnifunc"], "v:lua.vim.lsp.omnifunc")
            self.assertIn("nothing is called `zz` here", found["diagnostic"])
            self.assertIn("let z: f32[B, Out]", "\n".join(found["hover"]))
            self.assertGreater(found["completion"], 5)
            self.assertEqual([line.count("product") for line in found["renamed"]], [0, 0, 0, 1, 1, 0])
            self.assertEqual(found["formatted"][3], "  let product[b, o] = sum[i] x[b, i] * w[o, i]")
            self.assertEqual(file.read_text().split("\n")[:-1], found["formatted"])
            self.assertTrue(found["definition"].startswith("fn relu"), found["definition"])


if __name__ == "__main__":
    unittest.main()
