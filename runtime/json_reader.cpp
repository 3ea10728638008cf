#include "json_reader.h"

#include <string.h>

namespace kiln::runtime {
namespace {

constexpr int greatest_depth = 64;

bool is_digit(char character) { return character >= '0' && character <= '9'; }

char* write_utf8(uint32_t code, char* to) {
  const auto tail = [](uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3f)); };
  if (code < 0x80) {
    *to++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *to++ = static_cast<char>(0xc0 | (code >> 6));
    *to++ = tail(code);
  } else if (code < 0x10000) {
    *to++ = static_cast<char>(0xe0 | (code >> 12));
    *to++ = tail(code >> 6);
    *to++ = tail(code);
  } else {
    *to++ = static_cast<char>(0xf0 | (code >> 18));
    *to++ = tail(code >> 12);
    *to++ = tail(code >> 6);
    *to++ = tail(code);
  }
  return to;
}

/// The length of the UTF-8 sequence at `at` (RFC 3629: shortest form, no surrogates, at most U+10FFFF); 0 if
/// it is none.
size_t utf8_size(const unsigned char* at, const unsigned char* end) {
  const unsigned char lead = at[0];
  const size_t left = static_cast<size_t>(end - at);
  const auto tail = [&](size_t i, unsigned least = 0x80, unsigned greatest = 0xbf) {
    return i < left && at[i] >= least && at[i] <= greatest;
  };
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef)
    return tail(1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf) && tail(2) ? 3 : 0;
  if (lead >= 0xf0 && lead <= 0xf4)
    return tail(1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf) && tail(2) && tail(3) ? 4 : 0;
  return 0;
}

}  // namespace

bool Text::is(const char* other) const { return strlen(other) == size && memcmp(other, data, size) == 0; }

bool operator<(const Text& a, const Text& b) {
  const int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
  return order != 0 ? order < 0 : a.size < b.size;
}

bool operator==(const Text& a, const Text& b) {
  return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

bool JsonReader::fail(const char* what) {
  if (what_ == nullptr) what_ = what;
  return false;
}

void JsonReader::skip_space() {
  while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
}

bool JsonReader::expect(char character, const char* what) {
  if (failed()) return false;
  skip_space();
  if (at_ == end_ || *at_ != character) return fail(what);
  ++at_;
  return true;
}

bool JsonReader::enter_object() { return first_ = expect('{', "expected `{`"); }

bool JsonReader::enter_array() { return first_ = expect('[', "expected `[`"); }

bool JsonReader::next_member(Text& name) {
  if (failed()) return false;
  skip_space();
  if (at_ < end_ && *at_ == '}') {
    ++at_;
    first_ = false;
    return false;
  }
  if (!first_ && !expect(',', "expected `,` or `}`")) return false;
  first_ = false;
  return read_string(name) && expect(':', "expected `:`");
}

bool JsonReader::next_element() {
  if (failed()) return false;
  skip_space();
  if (at_ < end_ && *at_ == ']') {
    ++at_;
    first_ = false;
    return false;
  }
  if (!first_ && !expect(',', "expected `,` or `]`")) return false;
  first_ = false;
  return true;
}

char JsonReader::peek() {
  if (failed()) return 0;
  skip_space();
  if (at_ == end_) return 0;
  return *at_ == '-' || is_digit(*at_) ? '0' : *at_;
}

bool JsonReader::read_string(Text& value) {
  if (!expect('"', "expected a string")) return false;
  char* const begin = at_;
  char* to = at_;
  while (at_ < end_ && *at_ != '"') {
    if (!(*at_ == '\\' ? decode_escape(to) : copy_character(to))) return false;
  }
  if (at_ == end_) return fail("the string does not end");
  ++at_;
  value = {begin, static_cast<size_t>(to - begin)};
  return true;
}

bool JsonReader::copy_character(char*& to) {
  const unsigned char* at = reinterpret_cast<unsigned char*>(at_);
  if (*at < 0x20) return fail("a control character in a string");
  const size_t size = utf8_size(at, reinterpret_cast<unsigned char*>(end_));
  if (size == 0) return fail("a string that is not UTF-8");
  for (size_t i = 0; i < size; ++i) *to++ = *at_++;
  return true;
}

bool JsonReader::decode_escape(char*& to) {
  constexpr char escapes[] = "\"\\/bfnrt";
  constexpr char meanings[] = "\"\\/\b\f\n\r\t";
  ++at_;
  if (at_ == end_) return fail("the string does not end");
  if (*at_ == 'u') {
    ++at_;
    uint32_t code = 0;
    if (!read_code_unit(code)) return false;
    if (code >= 0xdc00 && code <= 0xdfff) return fail("a surrogate without its pair");
    if (code >= 0xd800 && code <= 0xdbff) {
      uint32_t low = 0;
      if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') return fail("a surrogate without its pair");
      at_ += 2;
      if (!read_code_unit(low)) return false;
      if (low < 0xdc00 || low > 0xdfff) return fail("a surrogate without its pair");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    to = write_utf8(code, to);  // at most 4 bytes where 6 or 12 stood
    return true;
  }
  const char* known = *at_ == 0 ? nullptr : strchr(escapes, *at_);
  if (known == nullptr) return fail("an unknown escape in a string");
  *to++ = meanings[known - escapes];
  ++at_;
  return true;
}

bool JsonReader::read_code_unit(uint32_t& unit) {
  unit = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    if (at_ == end_) return fail("the string does not end");
    const char digit = *at_;
    uint32_t value = 0;
    if (is_digit(digit)) {
      value = static_cast<uint32_t>(digit - '0');
    } else if (digit >= 'a' && digit <= 'f') {
      value = static_cast<uint32_t>(digit - 'a' + 10);
    } else if (digit >= 'A' && digit <= 'F') {
      value = static_cast<uint32_t>(digit - 'A' + 10);
    } else {
      return fail("expected four hexadecimal digits");
    }
    unit = unit * 16 + value;
  }
  return true;
}

bool JsonReader::try_read_count(uint64_t greatest, uint64_t& value) {
  if (peek() != '0') return false;
  const char* at = at_;
  if (!is_digit(*at)) return false;
  uint64_t number = 0;
  for (; at < end_ && is_digit(*at); ++at) {
    const uint64_t digit = static_cast<uint64_t>(*at - '0');
    if (__builtin_mul_overflow(number, uint64_t{10}, &number) ||
        __builtin_add_overflow(number, digit, &number))
      return false;
  }
  const bool leading_zero = *at_ == '0' && at - at_ > 1;
  if (leading_zero || number > greatest) return false;
  if (at < end_ && (*at == '.' || *at == 'e' || *at == 'E')) return false;
  at_ += at - at_;
  value = number;
  return true;
}

bool JsonReader::skip_number() {
  const auto digits = [&] {
    char* const begin = at_;
    while (at_ < end_ && is_digit(*at_)) ++at_;
    return at_ != begin;
  };
  if (*at_ == '-') ++at_;
  if (at_ < end_ && *at_ == '0') {
    ++at_;
  } else if (!digits()) {
    return fail("expected a number");
  }
  if (at_ < end_ && *at_ == '.') {
    ++at_;
    if (!digits()) return fail("expected digits after the point");
  }
  if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ < end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!digits()) return fail("expected digits of an exponent");
  }
  return true;
}

bool JsonReader::skip_word(const char* word) {
  const size_t size = strlen(word);
  if (static_cast<size_t>(end_ - at_) < size || memcmp(at_, word, size) != 0) return fail("expected a value");
  at_ += size;
  return true;
}

bool JsonReader::skip_value(int depth) {
  if (depth > greatest_depth) return fail("nested too deep");
  Text text{};
  switch (peek()) {
    case '{':
      if (enter_object())
        while (next_member(text) && skip_value(depth + 1)) {
        }
      return !failed();
    case '[':
      if (enter_array())
        while (next_element() && skip_value(depth + 1)) {
        }
      return !failed();
    case '"': return read_string(text);
    case '0': return skip_number();
    case 't': return skip_word("true");
    case 'f': return skip_word("false");
    case 'n': return skip_word("null");
    default: return fail("expected a value");
  }
}

bool JsonReader::at_end() {
  if (failed()) return false;
  skip_space();
  return at_ == end_ || fail("expected nothing more");
}

}  // namespace kiln::runtime
