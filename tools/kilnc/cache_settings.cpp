#include "cache_settings.h"

#include <cstdlib>
#include <filesystem>

#include "command_line.h"

namespace kiln::tools {
namespace {

namespace fs = std::filesystem;

/// Empty if there is none.
fs::path cache_folder() {
  if (const char* const wanted = std::getenv("KILN_CACHE_DIR")) return wanted;
  const char* const caches = std::getenv("XDG_CACHE_HOME");
  if (caches != nullptr && fs::path(caches).is_absolute()) return fs::path(caches) / "kiln";  // the XDG rules
  const char* const home = std::getenv("HOME");
  if (home == nullptr || !fs::path(home).is_absolute()) return {};
  return fs::path(home) / ".cache" / "kiln";
}

}  // namespace

std::optional<ExitCode> use_cache(driver::LibraryOptions& options) {
  codegen::CacheFolder cache{cache_folder()};
  if (cache.path.empty()) return std::nullopt;
  if (const char* const size = std::getenv("KILN_CACHE_SIZE")) {
    const std::optional<int64_t> bytes = parse_bytes("KILN_CACHE_SIZE", size);
    if (!bytes) return ExitCode::mistake;
    cache.most_bytes = *bytes;
  }
  options.cache = std::move(cache);
  return std::nullopt;
}

}  // namespace kiln::tools
