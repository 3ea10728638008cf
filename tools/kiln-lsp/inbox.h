#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "json.h"

namespace kiln::lsp {

/// What a client sends, read by a thread of its own so that a request can be cancelled while another one is
/// answered.
class Inbox {
 public:
  struct Item {
    enum class Kind : uint8_t { message, malformed, end };
    Kind kind = Kind::end;
    Json message;
    std::string problem;  // of malformed ones
  };
  using Clock = std::chrono::steady_clock;

  explicit Inbox(int file_descriptor);
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// The next item; nothing if none has come by then.
  std::optional<Item> take(std::optional<Clock::time_point> until);
  /// Whether the client does not want the answer to a request any more.
  bool is_cancelled(const Json& id) const;
  void forget(const Json& id);

 private:
  void read_all();
  void put(Item item);
  void receive(const std::string& text);

  int file_descriptor_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Item> items_;
  std::set<std::string> cancelled_;
  std::thread thread_;
};

}  // namespace kiln::lsp
