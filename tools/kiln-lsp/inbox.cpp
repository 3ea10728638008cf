#include "inbox.h"

#include <unistd.h>

#include <cerrno>

#include "frames.h"

namespace kiln::lsp {

Inbox::Inbox(int file_descriptor) : file_descriptor_(file_descriptor), thread_([this] { read_all(); }) {}

/// The thread may wait for a client that says nothing more: it ends with the process.
Inbox::~Inbox() { thread_.detach(); }

void Inbox::read_all() {
  FrameReader frames;
  size_t malformed = 0;
  char piece[1 << 16];
  while (true) {
    const ssize_t count = ::read(file_descriptor_, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return put({});
    frames.feed({piece, static_cast<size_t>(count)});
    while (const auto message = frames.next()) receive(*message);
    if (frames.malformed() != malformed) {
      malformed = frames.malformed();
      put({Item::Kind::malformed, {}, "bytes that are no header, or a message without Content-Length"});
    }
  }
}

void Inbox::receive(const std::string& text) {
  Json message = Json::parse(text, nullptr, false);
  if (message.is_discarded()) return put({Item::Kind::malformed, {}, "a message that is no JSON"});
  if (message.is_object() && find_text(message, {"method"}) == "$/cancelRequest") {
    const Json* id = find(message, {"params", "id"});
    const std::lock_guard lock(mutex_);
    if (id != nullptr && cancelled_.size() < 10000) cancelled_.insert(id->dump());
    return;
  }
  put({Item::Kind::message, std::move(message), {}});
}

void Inbox::put(Item item) {
  {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
  }
  arrived_.notify_one();
}

std::optional<Inbox::Item> Inbox::take(std::optional<Clock::time_point> until) {
  std::unique_lock lock(mutex_);
  const auto has_item = [this] { return !items_.empty(); };
  if (!until)
    arrived_.wait(lock, has_item);
  else if (!arrived_.wait_until(lock, *until, has_item))
    return std::nullopt;
  Item item = std::move(items_.front());
  items_.pop_front();
  return item;
}

bool Inbox::is_cancelled(const Json& id) const {
  const std::lock_guard lock(mutex_);
  return cancelled_.count(id.dump(-1, ' ', false, Json::error_handler_t::replace)) != 0;
}

void Inbox::forget(const Json& id) {
  const std::lock_guard lock(mutex_);
  cancelled_.erase(id.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace kiln::lsp
