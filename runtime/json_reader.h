#pragma once

#include <stddef.h>
#include <stdint.h>

namespace kiln::runtime {

/// A piece of text that belongs to someone else; not ended by 0.
struct Text {
  const char* data;
  size_t size;

  bool is(const char* other) const;
};
bool operator<(const Text& a, const Text& b);
bool operator==(const Text& a, const Text& b);

/// Reads JSON (RFC 8259) from memory that may hold anything. Strings are decoded in place. After the first
/// mistake `failed()` holds, every further step does nothing and says false.
class JsonReader {
 public:
  JsonReader(char* text, size_t size) : begin_(text), at_(text), end_(text + size) {}

  bool failed() const { return what_ != nullptr; }
  /// What was wrong ("expected `:`"), and at which byte.
  const char* what() const { return what_; }
  size_t where() const { return static_cast<size_t>(at_ - begin_); }

  /// `{` `"name" :` … `}`:  if (enter_object()) while (next_member(name)) read the value;
  bool enter_object();
  bool next_member(Text& name);
  /// `[` … `]`, in the same way.
  bool enter_array();
  bool next_element();

  /// The kind of the next value by its first character: `{ [ " t f n 0`(a number), or 0.
  char peek();
  bool read_string(Text& value);
  /// A number without sign, fraction and exponent that is at most `greatest`. If the next value is another
  /// one, says false without failing and without moving.
  bool try_read_count(uint64_t greatest, uint64_t& value);
  /// Any value, nested at most 64 deep.
  bool skip_value() { return skip_value(0); }
  /// Nothing but white space is left.
  bool at_end();

 private:
  bool fail(const char* what);
  void skip_space();
  bool expect(char character, const char* what);
  bool skip_value(int depth);
  bool skip_number();
  bool skip_word(const char* word);
  bool decode_escape(char*& to);
  bool read_code_unit(uint32_t& unit);
  bool copy_character(char*& to);

  char* begin_;
  char* at_;
  char* end_;
  const char* what_ = nullptr;
  bool first_ = false;  // just after `{` or `[`
};

}  // namespace kiln::runtime
