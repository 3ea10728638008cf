#pragma once

#include <gtest/gtest.h>

#include "graph/interpret.h"
#include "graph/text.h"

namespace kiln::graph {

/// The function of a text that must be right.
inline Function read_valid(std::string_view text) {
  std::variant<Function, ReadError> result = read(text);
  if (const ReadError* error = std::get_if<ReadError>(&result)) {
    ADD_FAILURE() << "line " << error->line << ": " << error->message;
    return {};
  }
  Function function = std::get<Function>(std::move(result));
  if (const std::optional<std::string> problem = verify(function)) ADD_FAILURE() << *problem;
  return function;
}

inline Tensor tensor_of(ElementType element, std::vector<int64_t> extents,
                        const std::vector<double>& elements) {
  Tensor tensor(element, std::move(extents));
  for (size_t i = 0; i < elements.size(); ++i)
    tensor.set(static_cast<int64_t>(i), convert(Scalar::of_real(elements[i]), ElementType::f64, element));
  return tensor;
}
inline Tensor floats(std::vector<int64_t> extents, const std::vector<double>& elements) {
  return tensor_of(ElementType::f32, std::move(extents), elements);
}
inline Tensor integers(std::vector<int64_t> extents, const std::vector<double>& elements) {
  return tensor_of(ElementType::i32, std::move(extents), elements);
}

inline std::vector<double> elements_of(const Tensor& tensor) {
  std::vector<double> elements;
  for (int64_t i = 0; i < tensor.count(); ++i)
    elements.push_back(convert(tensor.at(i), tensor.element, ElementType::f64).real);
  return elements;
}

}  // namespace kiln::graph
