#include "sema/scope.h"

namespace kiln::sema {

Entity* Scope::find(const std::string& name) {
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    if (const auto found = block->find(name); found != block->end()) return &found->second;
  }
  return nullptr;
}

Entity& Scope::define(const std::string& name, Entity entity) {
  entity.depth = blocks_.size();
  return blocks_.back().insert_or_assign(name, std::move(entity)).first->second;
}

std::vector<std::string> Scope::names() const {
  std::vector<std::string> names;
  for (const auto& block : blocks_) {
    for (const auto& [name, entity] : block) names.push_back(name);
  }
  return names;
}

}  // namespace kiln::sema
