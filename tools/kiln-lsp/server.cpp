#include "server.h"

#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "diagnostics.h"
#include "frames.h"
#include "uri.h"

namespace kiln::lsp {

namespace {

Json rpc() { return {{"jsonrpc", "2.0"}}; }

}  // namespace

Server::Server(int input, int output, std::vector<std::filesystem::path> library_folders)
    : inbox_(input), output_(output), workspace_(std::move(library_folders)) {}

int Server::run() {
  while (!is_over_) {
    const auto item = inbox_.take(diagnose_at_);
    if (!item) {
      diagnose_at_.reset();
      publish_diagnostics();
      continue;
    }
    if (item->kind == Inbox::Item::Kind::end) return has_said_goodbye_ ? 0 : 1;
    handle(*item);
  }
  return has_said_goodbye_ ? 0 : 1;
}

void Server::handle(const Inbox::Item& item) {
  if (item.kind == Inbox::Item::Kind::malformed)
    return send_error(nullptr, ErrorCode::parse_error, item.problem);
  if (item.message.is_array())
    return send_error(nullptr, ErrorCode::invalid_request, "batches are not part of the protocol");
  handle_message(item.message);
}

void Server::handle_message(const Json& message) {
  static const Json nothing = Json::object();
  const Json* id = find(message, {"id"});
  const auto method = find_text(message, {"method"});
  if (!method) {
    const bool is_response =
        id != nullptr && (find(message, {"result"}) != nullptr || find(message, {"error"}) != nullptr);
    if (!is_response)
      send_error(id == nullptr ? Json() : *id, ErrorCode::invalid_request, "there is no method");
    return;
  }
  const Json* given = find(message, {"params"});
  const Json& parameters = given == nullptr ? nothing : *given;
  if (id != nullptr) {
    if (!id->is_string() && !id->is_number_integer())
      return send_error(nullptr, ErrorCode::invalid_request, "the id is no string and no integer");
    return answer(*id, *method, parameters);
  }
  if (!is_started_ && *method != "exit") return;
  if (const NotificationRow* row = notification_named(*method)) row->take(*this, parameters);
}

void Server::answer(const Json& id, const std::string& method, const Json& parameters) {
  const RequestRow* row = request_named(method);
  if (inbox_.is_cancelled(id)) {
    inbox_.forget(id);
    return send_error(id, ErrorCode::request_cancelled, "cancelled");
  }
  if (!is_started_ && method != "initialize")
    return send_error(id, ErrorCode::server_not_initialized, "`initialize` comes first");
  if (has_said_goodbye_)
    return send_error(id, ErrorCode::invalid_request, "nothing but `exit` comes after `shutdown`");
  if (row == nullptr)
    return send_error(id, ErrorCode::method_not_found, fmt::format("there is no method `{}`", method));
  if (is_started_ && method == "initialize")
    return send_error(id, ErrorCode::invalid_request, "`initialize` comes once");
  current_ = &id;
  const Reply reply = row->answer(*this, parameters);
  current_ = nullptr;
  const bool is_unwanted = inbox_.is_cancelled(id);
  inbox_.forget(id);
  if (is_unwanted && method != "shutdown") return send_error(id, ErrorCode::request_cancelled, "cancelled");
  if (reply.error) return send_error(id, *reply.error, reply.why);
  Json response = rpc();
  response["id"] = id;
  response["result"] = reply.result;
  send(response);
}

void Server::send(const Json& message) {
  const std::string bytes = framed(text_of(message));
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::write(output_, bytes.data() + sent, bytes.size() - sent);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {  // nobody listens any more
      is_over_ = true;
      return;
    }
    sent += static_cast<size_t>(count);
  }
}

void Server::send_error(const Json& id, ErrorCode code, const std::string& why) {
  Json response = rpc();
  response["id"] = id;
  response["error"] = {{"code", static_cast<int>(code)}, {"message", why}};
  send(response);
}

void Server::notify(const char* method, Json parameters) {
  Json message = rpc();
  message["method"] = method;
  message["params"] = std::move(parameters);
  send(message);
}

void Server::request(const char* method, Json parameters) {
  Json message = rpc();
  message["id"] = fmt::format("kiln-{}", next_request_++);
  message["method"] = method;
  message["params"] = std::move(parameters);
  send(message);
}

std::shared_ptr<const query::Analysis> Server::file(const Json& parameters, std::string* path) {
  const auto uri = find_text(parameters, {"textDocument", "uri"});
  if (!uri) return nullptr;
  const std::string found = path_of(*uri);
  if (path != nullptr) *path = found;
  return workspace_.analysis(found);
}

std::optional<Place> Server::place(const Json& parameters) {
  Place place;
  place.analysis = file(parameters, &place.path);
  const Json* position = find(parameters, {"position"});
  if (place.analysis == nullptr || position == nullptr) return std::nullopt;
  place.offset = positions(*place.analysis, place.analysis->root).offset(*position);
  return place;
}

Positions Server::positions(const query::Analysis& analysis, uint32_t file) const {
  return {analysis.files[file].text(), settings_.encoding};
}

Json Server::location(const query::Analysis& analysis, Span span) const {
  return {{"uri", uri_of(query::canonical_path(analysis.files[span.file].path()))},
          {"range", positions(analysis, span.file).range(span)}};
}

void Server::diagnose_later() {
  diagnose_at_ = Inbox::Clock::now() + std::chrono::milliseconds(settings_.delay);
}

void Server::configure(const Json& options) {
  settings_.shows_types = find_bool(options, {"inlayHints", "types"}, settings_.shows_types);
  settings_.shows_ranges = find_bool(options, {"inlayHints", "ranges"}, settings_.shows_ranges);
  const auto delay = find_number(options, {"diagnostics", "delay"});
  if (delay && *delay >= 0 && *delay <= 10000) settings_.delay = static_cast<int>(*delay);
}

void Server::publish_diagnostics() {
  std::map<std::string, std::string> now;
  for (const auto& [path, document] : workspace_.documents()) {
    Json parameters = {{"uri", document.uri}, {"version", document.version}};
    parameters["diagnostics"] = diagnostics_of(*this, path);
    std::string text = text_of(parameters);
    const auto before = published_.find(document.uri);
    if (before == published_.end() || before->second != text)
      notify("textDocument/publishDiagnostics", std::move(parameters));
    now[document.uri] = std::move(text);
  }
  for (const auto& [uri, text] : published_) {  // what was closed has none
    if (now.count(uri) == 0)
      notify("textDocument/publishDiagnostics", {{"uri", uri}, {"diagnostics", Json::array()}});
  }
  published_ = std::move(now);
}

}  // namespace kiln::lsp
