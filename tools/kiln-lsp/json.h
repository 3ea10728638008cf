#pragma once

#include <initializer_list>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

/// Reading JSON that may be anything: what is missing or of another kind is simply not there.
namespace kiln::lsp {

using Json = nlohmann::json;

/// The value under keys, one below the other; null if there is none.
const Json* find(const Json& json, std::initializer_list<const char*> keys);
std::optional<std::string> find_text(const Json& json, std::initializer_list<const char*> keys);
std::optional<int64_t> find_number(const Json& json, std::initializer_list<const char*> keys);
bool find_bool(const Json& json, std::initializer_list<const char*> keys, bool otherwise = false);
/// What is sent: bytes that are not UTF-8 are replaced.
std::string text_of(const Json& json);

}  // namespace kiln::lsp
