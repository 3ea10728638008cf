#include "idx_file.h"

#include <zlib.h>

#include <memory>
#include <stdexcept>

namespace {

struct Closer {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

void read_exactly(gzFile file, void* to, std::size_t bytes, const std::string& path) {
  auto* next = static_cast<std::uint8_t*>(to);
  while (bytes > 0) {
    const unsigned step = bytes < (1u << 30) ? static_cast<unsigned>(bytes) : 1u << 30;
    const int got = gzread(file, next, step);
    if (got <= 0) throw std::runtime_error(path + ": the file is damaged or ends too early");
    next += got;
    bytes -= static_cast<std::size_t>(got);
  }
}

}  // namespace

IdxFile read_idx_gz(const std::string& path) {
  const std::unique_ptr<gzFile_s, Closer> file(gzopen(path.c_str(), "rb"));
  if (!file) throw std::runtime_error(path + ": cannot be opened");
  std::uint8_t head[4];
  read_exactly(file.get(), head, sizeof head, path);
  constexpr std::uint8_t unsigned_bytes = 8;
  if (head[0] != 0 || head[1] != 0 || head[2] != unsigned_bytes || head[3] == 0 || head[3] > 4)
    throw std::runtime_error(path + ": not an IDX file of unsigned bytes");
  IdxFile result;
  std::int64_t count = 1;
  for (int axis = 0; axis < head[3]; ++axis) {
    std::uint8_t extent[4];
    read_exactly(file.get(), extent, sizeof extent, path);
    result.extents.push_back(std::int64_t{extent[0]} << 24 | extent[1] << 16 | extent[2] << 8 | extent[3]);
    count *= result.extents.back();
    if (count > std::int64_t{1} << 33)
      throw std::runtime_error(path + ": the header asks for more than 8 GiB");
  }
  result.values.resize(static_cast<std::size_t>(count));
  read_exactly(file.get(), result.values.data(), result.values.size(), path);
  return result;
}
