#include "npy_file.h"

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <regex>

namespace kiln::tools {
namespace {

struct NpyType {
  const char* code;
  ElementType element;
};

constexpr std::array npy_types = {
    NpyType{"|b1", ElementType::boolean}, NpyType{"|i1", ElementType::i8},  NpyType{"<i2", ElementType::i16},
    NpyType{"<i4", ElementType::i32},     NpyType{"<i8", ElementType::i64}, NpyType{"|u1", ElementType::u8},
    NpyType{"<u2", ElementType::u16},     NpyType{"<u4", ElementType::u32}, NpyType{"<u8", ElementType::u64},
    NpyType{"<f2", ElementType::f16},     NpyType{"<f4", ElementType::f32}, NpyType{"<f8", ElementType::f64},
};

constexpr char magic[] = "\x93NUMPY";
constexpr uint64_t most_header_bytes = 1 << 20;
constexpr int64_t most_elements = int64_t{1} << 40;

const char* code_of(ElementType element) {
  for (const NpyType& row : npy_types)
    if (row.element == element) return row.code;
  return size_of(element) == 2 ? "<u2" : "|u1";
}

}  // namespace

std::variant<graph::Tensor, std::string> read_npy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return path + ": cannot be opened";
  std::array<char, 8> head{};
  file.read(head.data(), head.size());
  if (!file || std::memcmp(head.data(), magic, 6) != 0) return path + ": not an .npy file";
  std::array<unsigned char, 4> length_bytes{};
  file.read(reinterpret_cast<char*>(length_bytes.data()), head[6] == 1 ? 2 : 4);
  uint64_t length = 0;
  for (size_t i = 0; i < 4; ++i) length |= uint64_t{length_bytes[i]} << (8 * i);
  if (!file || length > most_header_bytes) return path + ": the header is damaged";
  std::string header(length, ' ');
  file.read(header.data(), static_cast<std::streamsize>(length));
  if (!file) return path + ": the header ends too early";

  std::smatch match;
  if (!std::regex_search(header, match, std::regex(R"('descr':\s*'([^']*)')")))
    return path + ": the header has no type";
  graph::Tensor tensor;
  const auto row = std::find_if(npy_types.begin(), npy_types.end(),
                                [code = match[1].str()](const NpyType& type) { return code == type.code; });
  if (row == npy_types.end()) return path + ": elements of type " + match[1].str() + " are not supported";
  tensor.element = row->element;
  if (std::regex_search(header, std::regex(R"('fortran_order':\s*True)")))
    return path + ": is in Fortran order; save it with numpy.ascontiguousarray";
  if (!std::regex_search(header, match, std::regex(R"('shape':\s*\(([^)]*)\))")))
    return path + ": the header has no shape";
  const std::string shape = match[1];
  int64_t count = 1;
  const std::regex digits("[0-9]{1,18}");
  for (std::sregex_iterator number(shape.begin(), shape.end(), digits), end; number != end; ++number) {
    tensor.extents.push_back(std::stoll(number->str()));
    if (__builtin_mul_overflow(count, tensor.extents.back(), &count) || count > most_elements)
      return path + ": the shape is too large";
  }
  const auto start = file.tellg();
  file.seekg(0, std::ios::end);
  const int64_t there = static_cast<int64_t>(file.tellg() - start);
  file.seekg(start);
  const int64_t bytes = count * size_of(tensor.element);
  if (there < bytes)
    return path + ": holds " + std::to_string(there) + " bytes of data, the shape needs " +
           std::to_string(bytes);
  tensor.data.resize(static_cast<size_t>(bytes));
  file.read(reinterpret_cast<char*>(tensor.data.data()), bytes);
  if (!file) return path + ": cannot be read";
  return tensor;
}

std::string write_npy(const std::string& path, const graph::Tensor& tensor) {
  std::string shape;
  for (int64_t extent : tensor.extents) shape += std::to_string(extent) + ", ";
  if (tensor.extents.size() > 1) shape.resize(shape.size() - 2);
  if (tensor.extents.size() == 1) shape.pop_back();
  std::string header = std::string("{'descr': '") + code_of(tensor.element) +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  constexpr size_t before_header = 10;
  while ((before_header + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  const std::string unfinished = path + ".unfinished";
  std::ofstream file(unfinished, std::ios::binary);
  file.write(magic, 6).put(1).put(0);
  file.put(static_cast<char>(header.size() & 255)).put(static_cast<char>(header.size() >> 8));
  file << header;
  file.write(reinterpret_cast<const char*>(tensor.data.data()),
             static_cast<std::streamsize>(tensor.data.size()));
  file.close();
  std::error_code failure;
  if (file) std::filesystem::rename(unfinished, path, failure);
  if (!file || failure) {
    std::error_code ignored;
    std::filesystem::remove(unfinished, ignored);
    return path + ": cannot be written";
  }
  return "";
}

}  // namespace kiln::tools
