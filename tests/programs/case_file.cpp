#include "case_file.h"

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "golden_values.h"

namespace kiln::tests {
namespace {

using nlohmann::json;

double number_of(const json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (!value.is_string()) return value.get<double>();
  const std::string text = value;
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  return text == "-inf" ? -infinity : infinity;
}

RecordedTensor tensor_of(const json& value) {
  RecordedTensor tensor;
  if (!value.is_object()) {
    tensor.values = {number_of(value)};
    return tensor;
  }
  tensor.shape = value.at("shape").get<std::vector<int64_t>>();
  tensor.every = value.value("every", 1);
  if (value.contains("values")) {
    for (const json& element : value["values"]) tensor.values.push_back(number_of(element));
    return tensor;
  }
  int64_t count = 1;
  for (int64_t extent : tensor.shape) count *= extent;
  const auto salt = value.at("salt").get<uint32_t>();
  for (uint32_t i = 0; i < count; ++i)
    tensor.values.push_back(value.contains("below") ? golden::integer(i, salt, value["below"].get<uint32_t>())
                                                    : golden::real(i, salt, value.at("scale").get<float>()));
  return tensor;
}

RecordedTensors tensors_of(const json& object) {
  RecordedTensors tensors;
  for (const auto& [name, value] : object.items()) tensors.emplace(name, tensor_of(value));
  return tensors;
}

}  // namespace

std::vector<Case> read_cases(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<Case> cases;
  for (const json& object : json::parse(stream)) {
    Case one;
    one.function = object.at("call");
    one.name = object.value("name", one.function);
    one.dims = object.value("dims", std::map<std::string, int64_t>{});
    one.arguments = tensors_of(object.value("arguments", json::object()));
    one.results = tensors_of(object.value("results", json::object()));
    if (object.contains("fails")) one.fails = object["fails"];
    if (object.contains("trains")) {
      const json& trains = object["trains"];
      one.training = Training{trains.at("result"), trains.at("rounds"), trains.at("factor")};
    }
    one.only_recorded = object.value("only_recorded", false);
    one.unchecked = object.value("unchecked", std::vector<std::string>{});
    one.threads = object.value("threads", one.threads);
    one.tolerance = object.value("tolerance", 0.0);
    cases.push_back(std::move(one));
  }
  return cases;
}

graph::Tensor to_tensor(const RecordedTensor& recorded, ElementType element) {
  graph::Tensor tensor(element, recorded.shape);
  for (int64_t i = 0; i < tensor.count(); ++i) {
    const double value = recorded.values.at(static_cast<size_t>(i));
    tensor.set(i, is_float(element) ? convert(Scalar::of_real(value), ElementType::f64, element)
                                    : Scalar::of_integer(static_cast<int64_t>(value)));
  }
  return tensor;
}

}  // namespace kiln::tests
