#pragma once

#include "files.h"
#include "json_reader.h"
#include "kiln/kiln.h"
#include "memory.h"
#include "message.h"

namespace kiln::runtime {

constexpr uint64_t greatest_header = 100'000'000;  // as the reference implementation has it

/// What a header says of one tensor.
struct TensorEntry {
  Text name;
  Text element_name;  // as in the file
  int32_t element;    // kiln_element, or -1
  int32_t rank;
  uint64_t begin;  // bytes of the data
  uint64_t end;
  char* shape;  // the text of the extents: "784, 512"
  size_t shape_size;
  uint64_t bytes;    // by type and shape
  bool bytes_known;  // false if the type is unknown, or the product leaves 64 bits
  bool well_formed;  // all three fields are there and of their kind
  bool in_file;      // well_formed, and the offsets lie in the data
  bool claimed;      // the model has a tensor of this name
};

/// Calls visit(extent) for each extent of a well-formed entry.
template <class Visit>
void for_each_extent(const TensorEntry& entry, Visit visit) {
  uint64_t extent = 0;
  for (size_t i = 0; i < entry.shape_size; ++i) {
    const char character = entry.shape[i];
    if (character >= '0' && character <= '9') extent = extent * 10 + static_cast<uint64_t>(character - '0');
    const bool last = i + 1 == entry.shape_size;
    if (character == ',' || last) {
      visit(extent);
      extent = 0;
    }
  }
}

/// Collects what is wrong, one line each. After 10,000 lines it only counts, and says at the end how many
/// more.
class Problems {
 public:
  Problems(Message& message, const Memory& memory) : message_(message), dropped_(memory) {}
  /// Begins a line and gives where to write it; `line()` gives it again.
  Message& add();
  Message& line() { return count_ <= lines_kept ? message_ : dropped_; }
  void finish();
  bool any() const { return count_ != 0; }

 private:
  static constexpr uint64_t lines_kept = 10'000;
  Message& message_;
  Message dropped_;
  uint64_t count_ = 0;
};

/// The header of a safetensors file: 8 bytes of length, that many bytes of JSON, then the data.
class SafetensorsHeader {
 public:
  explicit SafetensorsHeader(const Memory& memory) : memory_(memory) {}
  ~SafetensorsHeader();
  SafetensorsHeader(const SafetensorsHeader&) = delete;
  SafetensorsHeader& operator=(const SafetensorsHeader&) = delete;

  /// Reads and checks all that can be checked without a model: the lengths, JSON, fields, sizes, ranges,
  /// overlaps, holes, names that occur twice. What is wrong goes to `problems`; entries are then sorted by
  /// name. A status other than OK means that the file could not be read or there was no memory; that is among
  /// the problems too.
  kiln_status read(const File& file, Problems& problems);

  /// Whether the JSON was read to its end, so that the entries are all there is.
  bool is_parsed() const { return parsed_; }
  const TensorEntry* entries() const { return entries_; }
  size_t count() const { return count_; }
  /// The entry of a name (the first, if it is given more than once), marked as claimed; null if there is
  /// none.
  const TensorEntry* claim(const char* name);
  /// Where the data begins in the file.
  int64_t data_offset() const { return static_cast<int64_t>(8 + text_size_); }

 private:
  bool parse(JsonReader& json, Problems& problems, bool& out_of_memory);
  bool parse_entry(JsonReader& json, TensorEntry& entry, Problems& problems);
  bool parse_shape(JsonReader& json, TensorEntry& entry, bool& well_formed);
  TensorEntry* add_entry();
  void check_names(Problems& problems);
  void check_sizes(Problems& problems);
  void check_cover(Problems& problems);

  const Memory& memory_;
  char* text_ = nullptr;
  size_t text_size_ = 0;
  uint64_t data_size_ = 0;
  TensorEntry* entries_ = nullptr;
  size_t count_ = 0;
  size_t capacity_ = 0;
  bool parsed_ = false;
};

}  // namespace kiln::runtime
