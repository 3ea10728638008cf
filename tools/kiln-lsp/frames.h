#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kiln::lsp {

/// Cuts a stream of bytes into the messages of the base protocol: headers, an empty line, as many bytes as
/// `Content-Length` says. What is no header is passed over up to the next one that is.
class FrameReader {
 public:
  static constexpr size_t largest_message = size_t{256} << 20;
  static constexpr size_t largest_header = 4096;

  void feed(std::string_view bytes) { waiting_ += bytes; }
  /// The next whole message, if it has arrived.
  std::optional<std::string> next();
  /// How often something was passed over.
  size_t malformed() const { return malformed_; }

 private:
  std::string waiting_;
  size_t to_skip_ = 0;  // of a message that is too long
  size_t malformed_ = 0;
};

std::string framed(std::string_view message);

}  // namespace kiln::lsp
