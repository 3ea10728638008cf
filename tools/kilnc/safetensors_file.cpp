#include "safetensors_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>

#include "package/write_files.h"

namespace kiln::tools {
namespace {

using json = nlohmann::ordered_json;

/// As the format spells elements: F32, BF16, BOOL, I64, …
std::string code_of(ElementType element) {
  std::string name(name_of(element));
  for (char& character : name)
    character = static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
  return name;
}

constexpr uint64_t most_header_bytes = 100'000'000;  // what the format allows

json shape_of(const sema::Leaf& leaf) {
  json shape = json::array();
  for (const dim::Dim& extent : leaf.type.shape) shape.push_back(extent.constant().value_or(-1));
  return shape;
}

}  // namespace

std::string read_safetensors(const std::string& path, const elaborate::ModelType& model,
                             std::vector<graph::Tensor>& leaves) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return path + ": cannot be opened: " + std::strerror(errno);
  std::error_code failure;
  const uint64_t size = std::filesystem::file_size(path, failure);
  uint64_t length = 0;
  file.read(reinterpret_cast<char*>(&length), sizeof length);
  if (!file || failure || length > size - sizeof length || length > most_header_bytes)
    return path + ": the header is damaged";
  std::string text(length, ' ');
  file.read(text.data(), static_cast<std::streamsize>(length));
  const json header = json::parse(text, nullptr, false);
  if (!file || !header.is_object()) return path + ": the header is damaged";
  const uint64_t data_size = size - sizeof length - length;

  std::string problems;
  const auto complain = [&](const std::string& what) {
    problems += (problems.empty() ? path + ": " : "; ") + what;
  };
  std::vector<graph::Tensor> read;
  for (const sema::Leaf& leaf : model.leaves) {
    std::vector<int64_t> extents;
    for (const dim::Dim& extent : leaf.type.shape) extents.push_back(extent.constant().value_or(0));
    graph::Tensor tensor(leaf.type.element, extents);
    const auto found = header.find(leaf.path);
    if (found == header.end()) {
      complain("`" + leaf.path + "` is missing");
    } else if (!found->is_object() || found->value("dtype", json()) != json(code_of(leaf.type.element)) ||
               found->value("shape", json()) != shape_of(leaf)) {
      complain("`" + leaf.path + "` should be " + code_of(leaf.type.element) + " " + shape_of(leaf).dump());
    } else {
      const json offsets = found->value("data_offsets", json());
      const bool fits = offsets.is_array() && offsets.size() == 2 && offsets[0].is_number_unsigned() &&
                        offsets[1].is_number_unsigned() && offsets[0] <= offsets[1] &&
                        offsets[1] <= data_size &&
                        offsets[1].get<uint64_t>() - offsets[0].get<uint64_t>() == tensor.data.size();
      if (!fits) {
        complain("the data of `" + leaf.path + "` lies outside of the file");
      } else {
        file.seekg(static_cast<std::streamoff>(sizeof length + length + offsets[0].get<uint64_t>()));
        file.read(reinterpret_cast<char*>(tensor.data.data()),
                  static_cast<std::streamsize>(tensor.data.size()));
        if (!file) complain("`" + leaf.path + "` cannot be read");
      }
    }
    read.push_back(std::move(tensor));
  }
  for (const auto& [name, ignored] : header.items()) {
    const bool known =
        name == "__metadata__" || std::any_of(model.leaves.begin(), model.leaves.end(),
                                              [&](const sema::Leaf& leaf) { return leaf.path == name; });
    if (!known) complain("`" + name + "` is not part of " + model.name);
  }
  if (problems.empty()) leaves = std::move(read);
  return problems;
}

std::string write_safetensors(const std::string& path, const elaborate::ModelType& model,
                              const std::vector<graph::Tensor>& leaves) {
  json header = json::object();
  uint64_t offset = 0;
  for (size_t i = 0; i < leaves.size(); ++i) {
    const uint64_t end = offset + leaves[i].data.size();
    header[model.leaves[i].path] = {{"dtype", code_of(leaves[i].element)},
                                    {"shape", shape_of(model.leaves[i])},
                                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
  bytes += text;
  for (const graph::Tensor& leaf : leaves)
    bytes.append(reinterpret_cast<const char*>(leaf.data.data()), leaf.data.size());
  return package::write_whole(path, std::as_bytes(std::span(bytes))).value_or("");
}

}  // namespace kiln::tools
