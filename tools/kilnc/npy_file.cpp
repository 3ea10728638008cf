#include "npy_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "package/write_files.h"

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
constexpr size_t most_axes = 64;

const char* code_of(ElementType element) {
  for (const NpyType& row : npy_types)
    if (row.element == element) return row.code;
  return size_of(element) == 2 ? "<u2" : "|u1";
}

/// The header: a Python dictionary such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class Header {
 public:
  explicit Header(std::string_view text) : rest_(text) {}

  std::string type;
  bool is_fortran_order = false;
  std::vector<int64_t> shape;

  /// Empty, or what is wrong.
  std::string parse() {
    if (!take('{')) return "the header is damaged";
    bool has_type = false, has_shape = false;
    while (!take('}')) {
      const std::optional<std::string_view> key = quoted();
      if (!key || !take(':')) return "the header is damaged";
      if (*key == "descr") {
        const std::optional<std::string_view> value = quoted();
        if (!value) return "elements that are records are not supported";
        type = *value;
        has_type = true;
      } else if (*key == "fortran_order") {
        is_fortran_order = take_word("True");
        if (!is_fortran_order && !take_word("False")) return "the header is damaged";
      } else if (*key == "shape") {
        if (const std::string problem = parse_shape(); !problem.empty()) return problem;
        has_shape = true;
      } else {
        return "the header has an unknown entry `" + std::string(*key) + "`";
      }
      take(',');
    }
    if (!has_type) return "the header has no type";
    return has_shape ? "" : "the header has no shape";
  }

 private:
  void skip_space() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
  }
  bool take(char wanted) {
    skip_space();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view wanted) {
    skip_space();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }
  std::optional<std::string_view> quoted() {
    skip_space();
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"')) return std::nullopt;
    const size_t end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }
  std::string parse_shape() {
    if (!take('(')) return "the header is damaged";
    int64_t count = 1;
    while (!take(')')) {
      skip_space();
      int64_t extent = 0;
      size_t digits = 0;
      for (; !rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_.front())); ++digits) {
        if (digits == 18) return "the shape is too large";
        extent = extent * 10 + (rest_.front() - '0');
        rest_.remove_prefix(1);
      }
      if (digits == 0) return "the shape is not a list of numbers";
      take('L');  // as Python 2 wrote it
      if (!take(',') && (rest_.empty() || rest_.front() != ')')) return "the shape is not a list of numbers";
      shape.push_back(extent);
      if (shape.size() > most_axes) return "the shape has too many axes";
      if (__builtin_mul_overflow(count, extent, &count) || count > most_elements)
        return "the shape is too large";
    }
    return "";
  }

  std::string_view rest_;
};

}  // namespace

std::variant<graph::Tensor, std::string> read_npy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return path + ": cannot be opened: " + std::strerror(errno);
  std::array<char, 8> head{};
  file.read(head.data(), head.size());
  if (!file || std::memcmp(head.data(), magic, 6) != 0) return path + ": not an .npy file";
  if (head[6] < 1 || head[6] > 3) return path + ": a version of .npy that is not known";
  std::array<unsigned char, 4> length_bytes{};
  file.read(reinterpret_cast<char*>(length_bytes.data()), head[6] == 1 ? 2 : 4);
  uint64_t length = 0;
  for (size_t i = 0; i < 4; ++i) length |= uint64_t{length_bytes[i]} << (8 * i);
  if (!file || length > most_header_bytes) return path + ": the header is damaged";
  std::string text(length, ' ');
  file.read(text.data(), static_cast<std::streamsize>(length));
  if (!file) return path + ": the header ends too early";

  Header header(text);
  if (const std::string problem = header.parse(); !problem.empty()) return path + ": " + problem;
  const auto row = std::find_if(npy_types.begin(), npy_types.end(),
                                [&](const NpyType& type) { return header.type == type.code; });
  if (row == npy_types.end()) return path + ": elements of type " + header.type + " are not supported";
  if (header.is_fortran_order && header.shape.size() > 1)
    return path + ": is in Fortran order; save it with numpy.ascontiguousarray";
  graph::Tensor tensor;
  tensor.element = row->element;
  tensor.extents = header.shape;
  const auto start = file.tellg();
  file.seekg(0, std::ios::end);
  const int64_t there = static_cast<int64_t>(file.tellg() - start);
  file.seekg(start);
  const int64_t bytes = tensor.count() * size_of(tensor.element);
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
  std::string text(magic, 6);
  text += {1, 0, static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  text += header;
  text.append(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size());
  return package::write_whole(path, std::as_bytes(std::span(text))).value_or("");
}

}  // namespace kiln::tools
