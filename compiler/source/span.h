#pragma once

#include <cstdint>

namespace kiln {

/// A run of bytes of one source file. The empty span of file 0 stands for "no place".
struct Span {
  uint32_t file = 0;  // SourceFiles gives numbers from 1
  uint32_t begin = 0;
  uint32_t end = 0;

  bool known() const { return file != 0; }
  friend bool operator==(const Span&, const Span&) = default;
};

/// The smallest span over both; one that is unknown is left out.
inline Span cover(Span a, Span b) {
  if (!a.known()) return b;
  if (!b.known()) return a;
  return {a.file, a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end};
}

}  // namespace kiln
