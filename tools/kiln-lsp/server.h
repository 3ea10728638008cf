#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "inbox.h"
#include "json.h"
#include "positions.h"
#include "workspace.h"

namespace kiln::lsp {

/// Errors of JSON-RPC and of the protocol.
enum class ErrorCode : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  server_not_initialized = -32002,
  request_cancelled = -32800,
  content_modified = -32801,
  request_failed = -32803,
};

/// The answer to a request.
struct Reply {
  Json result;  // null: nothing to tell
  std::optional<ErrorCode> error;
  std::string why;

  Reply() = default;
  Reply(Json value) : result(std::move(value)) {}  // NOLINT: an answer is a result
  static Reply failed(ErrorCode code, std::string why) {
    Reply reply;
    reply.error = code;
    reply.why = std::move(why);
    return reply;
  }
};

struct Settings {
  Encoding encoding = Encoding::utf16;
  bool shows_types = true;  // inlay hints
  bool shows_ranges = true;
  int delay = 150;  // milliseconds from the last key to the diagnostics
  bool can_watch_files = false;
  bool has_versioned_edits = false;
};

/// A place of a request: a file that is open, as it is now.
struct Place {
  std::string path;
  std::shared_ptr<const query::Analysis> analysis;
  uint32_t offset = 0;
};

/// One client, from its first message to its last.
class Server {
 public:
  Server(int input, int output, std::vector<std::filesystem::path> library_folders);
  /// Answers until the client goes. The exit code of the process: 0 if it said goodbye first.
  int run();

  // For the answers to requests.
  Workspace& workspace() { return workspace_; }
  Settings& settings() { return settings_; }
  /// The file and position that the parameters name; nothing if it cannot be read.
  std::optional<Place> place(const Json& parameters);
  std::shared_ptr<const query::Analysis> file(const Json& parameters, std::string* path = nullptr);
  Positions positions(const query::Analysis& analysis, uint32_t file) const;
  Json location(const query::Analysis& analysis, Span span) const;
  /// Whether the client has taken back the request that is being answered.
  bool is_cancelled() const { return current_ != nullptr && inbox_.is_cancelled(*current_); }

  void notify(const char* method, Json parameters);
  void request(const char* method, Json parameters);
  /// Diagnostics are due a while after the last change.
  void diagnose_later();
  void configure(const Json& options);

  void say_goodbye() { has_said_goodbye_ = true; }
  void exit() { is_over_ = true; }
  void start() { is_started_ = true; }

 private:
  void handle(const Inbox::Item& item);
  void handle_message(const Json& message);
  void answer(const Json& id, const std::string& method, const Json& parameters);
  void send(const Json& message);
  void send_error(const Json& id, ErrorCode code, const std::string& why);
  void publish_diagnostics();

  Inbox inbox_;
  int output_;
  Workspace workspace_;
  Settings settings_;
  std::optional<Inbox::Clock::time_point> diagnose_at_;
  std::map<std::string, std::string> published_;  // by URI: what was sent last
  const Json* current_ = nullptr;                 // the id of the request that is being answered
  int next_request_ = 1;
  bool is_started_ = false, has_said_goodbye_ = false, is_over_ = false;
};

/// What answers a request, and what takes a notification.
struct RequestRow {
  std::string_view method;
  Reply (*answer)(Server& server, const Json& parameters);
};
struct NotificationRow {
  std::string_view method;
  void (*take)(Server& server, const Json& parameters);
};
const RequestRow* request_named(std::string_view method);
const NotificationRow* notification_named(std::string_view method);

}  // namespace kiln::lsp
