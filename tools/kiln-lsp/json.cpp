#include "json.h"

namespace kiln::lsp {

const Json* find(const Json& json, std::initializer_list<const char*> keys) {
  const Json* at = &json;
  for (const char* key : keys) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(key);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::optional<std::string> find_text(const Json& json, std::initializer_list<const char*> keys) {
  const Json* found = find(json, keys);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<int64_t> find_number(const Json& json, std::initializer_list<const char*> keys) {
  const Json* found = find(json, keys);
  if (found == nullptr || !found->is_number_integer()) return std::nullopt;
  return found->get<int64_t>();
}

bool find_bool(const Json& json, std::initializer_list<const char*> keys, bool otherwise) {
  const Json* found = find(json, keys);
  return found != nullptr && found->is_boolean() ? found->get<bool>() : otherwise;
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace kiln::lsp
