#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// A tensor of bytes from an IDX file, the format of the MNIST data sets.
struct IdxFile {
  std::vector<std::int64_t> extents;
  std::vector<std::uint8_t> values;
};

/// Reads a gzip-compressed IDX file of unsigned bytes. Throws std::runtime_error that names the file and what
/// is wrong.
IdxFile read_idx_gz(const std::string& path);
