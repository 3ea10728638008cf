#include "embedded/runtime_archive.h"

// From runtime_bytes.S.
extern "C" {
extern const char kiln_embedded_archive_begin[], kiln_embedded_archive_end[];
extern const char kiln_embedded_c_header_begin[], kiln_embedded_c_header_end[];
extern const char kiln_embedded_cpp_header_begin[], kiln_embedded_cpp_header_end[];
}

namespace kiln {

std::span<const std::byte> runtime_archive() {
  return std::as_bytes(std::span<const char>(kiln_embedded_archive_begin, kiln_embedded_archive_end));
}

std::string_view runtime_header(std::string_view name) {
  if (name == "kiln.h") return {kiln_embedded_c_header_begin, kiln_embedded_c_header_end};
  if (name == "kiln.hpp") return {kiln_embedded_cpp_header_begin, kiln_embedded_cpp_header_end};
  return {};
}

}  // namespace kiln
