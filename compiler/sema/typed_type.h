#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "base/element_type.h"
#include "dim/dim.h"
#include "source/span.h"

namespace kiln::sema {

/// A tensor type without anything open: the element is known, the shape is written in the dims of the export
/// (or test) that is being instantiated. Extents that are data hold symbols, and `$1` for the index of the
/// axis before (ragged.h).
struct TensorType {
  ElementType element = ElementType::f32;
  std::vector<dim::Dim> shape;
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

enum class LeafRole : uint8_t { plain, param, state };

/// One tensor of a value. Tensors have one leaf (path ""), an Rng has one (u64[2]: key, counter), a tuple has
/// the leaves of its fields in order, a model those of its fields (params, states, submodels) in order, an
/// array of models those of its elements, a gradient one for each param of float type of its model.
struct Leaf {
  std::string path;  // "fc1.weight", "blocks.3.attn.wq", "k"; fields without a name count from 0: "0", "1"
  LeafRole role = LeafRole::plain;
  TensorType type;
};

/// The leaves of a type. They never change and copies share them: every node about a model has hundreds.
class LeafList {
 public:
  LeafList() = default;
  LeafList(std::vector<Leaf> leaves)
      : shared_(std::make_shared<const std::vector<Leaf>>(std::move(leaves))) {}
  LeafList(std::initializer_list<Leaf> leaves) : LeafList(std::vector<Leaf>(leaves)) {}

  size_t size() const { return shared_ ? shared_->size() : 0; }
  bool empty() const { return size() == 0; }
  const Leaf& operator[](size_t place) const { return (*shared_)[place]; }
  const Leaf* begin() const { return shared_ ? shared_->data() : nullptr; }
  const Leaf* end() const { return begin() + size(); }

 private:
  std::shared_ptr<const std::vector<Leaf>> shared_;  // null: none
};

/// The type of a value, as elaborate needs it: its leaves, in a fixed order. A part of a value (a field, an
/// element of a tuple or of an array, a leaf) is always a run of neighbouring leaves.
struct ValueType {
  LeafList leaves;
  bool is_tensor = false;  // exactly one leaf, of path ""
};

/// "f32[B, 10]"
std::string to_string(const TensorType& type);
/// That of a tensor; of other values all leaves: "(fc1.weight: f32[512, 784], fc1.bias: f32[512])".
std::string to_string(const ValueType& type);

}  // namespace kiln::sema
