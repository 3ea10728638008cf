#include "message.h"

#include <string.h>

#include "memory.h"

namespace kiln::runtime {
namespace {

constexpr char ellipsis[] = "...";
constexpr size_t quoted_size = 200;  // of a name from outside; hostile files have names of megabytes

}  // namespace

Message::~Message() {
  if (data_ != inline_) memory_.release(data_, capacity_);
}

void Message::clear() {
  size_ = 0;
  full_ = false;
  data_[0] = 0;
}

bool Message::make_room(size_t more) {
  const size_t needed = size_ + more + sizeof(ellipsis);
  if (needed <= capacity_) return true;
  if (needed > greatest_size_) return false;
  size_t capacity = capacity_;
  while (capacity < needed) capacity *= 2;
  char* larger = static_cast<char*>(memory_.allocate(capacity));
  if (larger == nullptr) return false;
  memcpy(larger, data_, size_ + 1);
  if (data_ != inline_) memory_.release(data_, capacity_);
  data_ = larger;
  capacity_ = capacity;
  return true;
}

void Message::append(const char* text, size_t size) {
  if (full_) return;
  if (!make_room(size)) {
    full_ = true;
    text = ellipsis;
    size = sizeof(ellipsis) - 1;  // make_room always leaves place for it
  }
  memcpy(data_ + size_, text, size);
  size_ += size;
  data_[size_] = 0;
}

Message& Message::operator<<(const char* text) {
  append(text, strlen(text));
  return *this;
}

Message& Message::operator<<(uint64_t number) {
  char digits[20];
  size_t begin = sizeof(digits);
  do {
    digits[--begin] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  append(digits + begin, sizeof(digits) - begin);
  return *this;
}

Message& Message::operator<<(int64_t number) {
  if (number >= 0) return *this << static_cast<uint64_t>(number);
  append("-", 1);
  return *this << (~static_cast<uint64_t>(number) + 1);
}

Message& Message::quote(const char* text, size_t size) {
  constexpr char hexadecimal[] = "0123456789abcdef";
  append("`", 1);
  size_t shown = size;
  if (size > quoted_size) {
    shown = quoted_size;
    while (shown > 0 && (static_cast<unsigned char>(text[shown]) & 0xc0) == 0x80)
      --shown;  // not inside a character
  }
  for (size_t i = 0; i < shown; ++i) {
    const unsigned char byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != 0x7f) {
      append(text + i, 1);
    } else {
      const char escaped[] = {'\\', 'x', hexadecimal[byte >> 4], hexadecimal[byte & 15]};
      append(escaped, sizeof(escaped));
    }
  }
  if (shown < size) append(ellipsis, sizeof(ellipsis) - 1);
  append("`", 1);
  return *this;
}

}  // namespace kiln::runtime
