#pragma once

#include <stddef.h>
#include <stdint.h>

namespace kiln::runtime {

class Memory;

/// Builds the message of a failure, word by word, without stdio: `message << "axis " << 3;`.
/// Starts in a buffer of its own and grows through the allocator; where that gives nothing, or past the
/// greatest size, the message ends in "...".
class Message {
 public:
  explicit Message(const Memory& memory, size_t greatest_size = size_t{4} << 20)
      : memory_(memory), greatest_size_(greatest_size) {
    inline_[0] = 0;
  }
  ~Message();
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  void clear();
  const char* text() const { return data_; }
  size_t size() const { return size_; }
  bool full() const { return full_; }

  Message& operator<<(const char* text);
  Message& operator<<(int64_t number);
  Message& operator<<(int32_t number) { return *this << int64_t{number}; }
  Message& operator<<(uint64_t number);
  /// Text from outside, such as a name in a file: in backticks, cut if long, with control characters as \xNN.
  Message& quote(const char* text, size_t size);
  void append(const char* text, size_t size);

 private:
  bool make_room(size_t more);

  const Memory& memory_;
  const size_t greatest_size_;
  char inline_[512];
  char* data_ = inline_;
  size_t size_ = 0;
  size_t capacity_ = sizeof(inline_);
  bool full_ = false;
};

}  // namespace kiln::runtime
