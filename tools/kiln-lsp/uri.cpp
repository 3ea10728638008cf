#include "uri.h"

#include <fmt/format.h>

#include "query/analysis.h"

namespace kiln::lsp {

namespace {

constexpr std::string_view scheme = "file://";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~/").find(c) != std::string_view::npos;
}

}  // namespace

std::string path_of(std::string_view uri) {
  if (uri.substr(0, scheme.size()) != scheme) return std::string(uri);
  std::string_view rest = uri.substr(scheme.size());
  rest.remove_prefix(std::min(rest.find('/'), rest.size()));  // the host
  std::string path;
  for (size_t i = 0; i < rest.size(); ++i) {
    const bool is_escape =
        rest[i] == '%' && i + 2 < rest.size() && hex_digit(rest[i + 1]) >= 0 && hex_digit(rest[i + 2]) >= 0;
    if (!is_escape) {
      path += rest[i];
      continue;
    }
    path += static_cast<char>(16 * hex_digit(rest[i + 1]) + hex_digit(rest[i + 2]));
    i += 2;
  }
  return query::canonical_path(path);
}

std::string uri_of(std::string_view path) {
  if (path.empty() || path[0] != '/') return std::string(path);
  std::string uri(scheme);
  for (const char c : path)
    uri += is_plain(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return uri;
}

}  // namespace kiln::lsp
