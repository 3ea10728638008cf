#include <algorithm>

#include "sema/models.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

std::string joined(const std::string& path, const std::string& name) {
  if (path.empty()) return name;
  return name.empty() ? path : path + "." + name;
}

ElementType stored_element(const Element& element) {
  switch (element.kind) {
    case Element::Kind::known: return element.type;
    case Element::Kind::variable: return ElementType::f32;
    default: return element.is_loose() ? ElementType::i64 : settled(element).type;
  }
}

class LeafCollector {
 public:
  explicit LeafCollector(Session& session) : session_(session) {}

  void add(const Type& type, const std::string& path, LeafRole role) {
    const size_t first = leaves_.size();
    add_single(type, path, role);
    const std::vector<dim::Dim> axes = extents_of(type.axes);
    if (axes.empty()) return;
    for (size_t i = first; i < leaves_.size(); ++i) {
      std::vector<dim::Dim>& shape = leaves_[i].type.shape;
      shape.insert(shape.begin(), axes.begin(), axes.end());
    }
  }

  std::vector<Leaf> finish() { return std::move(leaves_); }

 private:
  void add_single(const Type& type, const std::string& path, LeafRole role) {
    switch (type.kind) {
      case Type::Kind::tensor:
        leaves_.push_back({path, role, {stored_element(type.element), extents_of(type.shape)}});
        break;
      case Type::Kind::rng: leaves_.push_back({path, role, {ElementType::u64, {2}}}); break;
      case Type::Kind::tuple:
        for (size_t i = 0; i < type.items.size(); ++i) {
          add(type.items[i], joined(path, type.names[i].empty() ? std::to_string(i) : type.names[i]), role);
        }
        break;
      case Type::Kind::model:
        for (const ModelField& field : fields_of(session_, *type.model))
          add_field(field, joined(path, field.name));
        break;
      case Type::Kind::array: {
        const int64_t count = type.count.constant().value_or(1);
        for (int64_t i = 0; i < count; ++i) add(type.items[0], joined(path, std::to_string(i)), role);
        break;
      }
      case Type::Kind::gradient:
        for (const Leaf& leaf : leaves_of(session_, type.items[0])) {
          if (leaf.role != LeafRole::param || !is_float(leaf.type.element) ||
              !path_matches(leaf.path, type.pattern)) {
            continue;
          }
          leaves_.push_back({joined(path, leaf.path), role, leaf.type});
        }
        break;
      default: break;
    }
  }

  void add_field(const ModelField& field, const std::string& path) {
    switch (field.syntax->kind) {
      case syntax::FieldKind::param: return add(field.type, path, LeafRole::param);
      case syntax::FieldKind::state: return add(field.type, path, LeafRole::state);
      case syntax::FieldKind::submodel: return add(field.type, path, LeafRole::plain);
    }
  }

  Session& session_;
  std::vector<Leaf> leaves_;
};

bool glob(const char* pattern, const char* text) {
  if (*pattern == 0) return *text == 0;
  if (*pattern == '*') return glob(pattern + 1, text) || (*text != 0 && glob(pattern, text + 1));
  return *pattern == *text && glob(pattern + 1, text + 1);
}

}  // namespace

LeafList leaves_of(Session& session, const Type& type) {
  if (type.kind == Type::Kind::tensor) {
    return std::vector<Leaf>{{"", LeafRole::plain, {stored_element(type.element), extents_of(type.shape)}}};
  }
  const bool is_large = type.kind == Type::Kind::model || type.kind == Type::Kind::array ||
                        type.kind == Type::Kind::gradient || type.kind == Type::Kind::tuple;
  const std::string key = is_large ? key_of(type) : "";
  if (is_large) {
    if (const auto found = session.leaves.find(key); found != session.leaves.end()) return found->second;
  }
  LeafCollector collector(session);
  collector.add(type, "", LeafRole::plain);
  LeafList leaves = collector.finish();
  if (is_large) session.leaves.emplace(key, leaves);
  return leaves;
}

uint32_t leaf_count(Session& session, const Type& type) {
  if (type.kind == Type::Kind::tensor || type.kind == Type::Kind::rng) return 1;
  return static_cast<uint32_t>(leaves_of(session, type).size());
}

ValueType value_type(Session& session, const Type& type) {
  if (type.is_scalar() && type.element.kind == Element::Kind::known) return scalar_type(type.element.type);
  return {leaves_of(session, type), type.is_tensor()};
}

std::vector<bool> differentiable_leaves(Session& session, const Type& type) {
  std::vector<bool> result;
  for (const Leaf& leaf : leaves_of(session, type)) {
    const bool is_computed_with = !row_of(leaf.type.element).storage_only;
    result.push_back(is_float(leaf.type.element) && is_computed_with && leaf.role != LeafRole::state);
  }
  return result;
}

Type gradient_type(Session& session, const Type& type) {
  switch (type.kind) {
    case Type::Kind::tensor: return is_floating(type.element) ? type : Type::error();
    case Type::Kind::array: {
      Type gradients = Type::array(gradient_type(session, type.items[0]), type.count);
      gradients.axes = type.axes;
      return gradients;
    }
    case Type::Kind::model: {
      Type single = type;
      single.axes.clear();
      Type gradient = Type::gradient(std::move(single), "*");
      gradient.axes = type.axes;
      return gradient;
    }
    case Type::Kind::gradient:
    case Type::Kind::variable: return type;
    case Type::Kind::tuple: {
      std::vector<Type> items;
      std::vector<std::string> names;
      for (size_t i = 0; i < type.items.size(); ++i) {
        Type item = gradient_type(session, type.items[i]);
        if (item.failed()) continue;
        items.push_back(std::move(item));
        names.push_back(type.names[i]);
      }
      return items.empty() ? Type::error() : Type::tuple(std::move(items), std::move(names));
    }
    default: return Type::error();
  }
}

bool path_matches(const std::string& path, const std::string& patterns) {
  for (size_t begin = 0; (begin = patterns.find_first_not_of(" \t\r\n", begin)) != patterns.npos;) {
    const size_t end = std::min(patterns.find_first_of(" \t\r\n", begin), patterns.size());
    if (glob(patterns.substr(begin, end - begin).c_str(), path.c_str())) return true;
    begin = end;
  }
  return false;
}

}  // namespace kiln::sema
