#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kiln::docs {

/// What a ```kiln block of a document claims: the word behind `kiln`.
enum class Claim {
  compiles,  // ```kiln           nothing is said about it
  fragment,  // ```kiln fragment  a piece that is no program; not checked
  error,     // ```kiln error     mistakes
  limit,     // ```kiln limit     nothing but known limits
};

/// A ```kiln block. What makes it a program may stand in a comment above it that readers do not see:
///
///     <!-- kiln with: declarations that it needs -->
///     <!-- kiln in: the head of the function whose body it is -->
///
/// A ```text says block below it holds what kilnc says: whole messages, or only their first lines.
struct Block {
  int line;  // of the fence, from 1
  Claim claim;
  std::string program;  // with what the comment adds
  bool has_says = false;
  std::string says;
  size_t says_begin = 0, says_end = 0;  // its place in the document
};

struct Document {
  std::filesystem::path file;
  std::string text;
  std::vector<Block> blocks;
};

/// Throws std::runtime_error at a fence or comment that it cannot understand.
Document read_document(const std::filesystem::path& file);

/// What kilnc said, as briefly as the expectation is: whole messages, or their first lines.
std::string as_briefly_as(const std::string& expectation, const std::string& said);

}  // namespace kiln::docs
