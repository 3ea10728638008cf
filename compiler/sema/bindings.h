#pragma once

#include <map>
#include <set>
#include <string>

#include "sema/type.h"

namespace kiln::sema {

/// What the open names of a signature stand for. Open dims are symbols such as "?N".
struct Bindings {
  std::map<std::string, dim::Dim> dims;  // also static bools, and run-time integers in `where`
  std::map<std::string, Element> elements;
  std::map<std::string, Shape> packs;
  std::map<std::string, Type> types;
  std::map<std::string, std::string> families;  // of tensors of lengths, by the name of the parameter
  std::map<std::string, StaticValue> others;    // strings and functions, by the name of the parameter
  std::set<std::string> defaulted;  // parameters without an argument, whose default the callee evaluates
};

Shape substitute(const Shape& shape, const Bindings& bindings);
Type substitute(const Type& type, const Bindings& bindings);
StaticValue substitute(const StaticValue& value, const Bindings& bindings);

}  // namespace kiln::sema
