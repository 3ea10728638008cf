// kiln-lsp: the language server of Kiln, LSP 3.17 over stdin and stdout. See docs/editors.md.
#include <csignal>
#include <cstdio>
#include <string_view>

#include <unistd.h>

#include <fmt/format.h>

#include "server.h"
#include "source/library_folders.h"

int main(int count, char** arguments) {
  using namespace kiln;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--version") {
      fmt::print("kiln-lsp {}\n", KILN_VERSION);
      return 0;
    }
    if (argument == "--help" || argument == "-h") {
      fmt::print(
          "usage: kiln-lsp [--stdio] [--version]\n\nThe language server of Kiln, over stdin and stdout.\n");
      return 0;
    }
    if (argument != "--stdio") {
      fmt::print(stderr, "kiln-lsp: there is no option `{}`\n", argument);
      return 1;
    }
  }
  std::signal(SIGPIPE, SIG_IGN);  // a client that is gone is seen where it is written to
  lsp::Server server(STDIN_FILENO, STDOUT_FILENO, standard_library_folders());
  const int code = server.run();
  std::fflush(nullptr);
  _exit(code);  // a thread may still wait for input, and must not lose what it puts that into
}
