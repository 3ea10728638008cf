#include "safetensors.h"

#include <string.h>

#include "element.h"
#include "sort.h"

namespace kiln::runtime {
namespace {

constexpr uint64_t length_bytes = 8;
constexpr uint64_t greatest_count = INT64_MAX;

bool by_name(const TensorEntry& a, const TensorEntry& b) { return a.name < b.name; }

/// What lies outside the data or is not well formed goes last.
bool by_place(const TensorEntry& a, const TensorEntry& b) {
  if (a.in_file != b.in_file) return a.in_file;
  if (a.begin != b.begin) return a.begin < b.begin;
  return a.end != b.end ? a.end < b.end : a.name < b.name;
}

Message& quote(Message& message, Text text) { return message.quote(text.data, text.size); }

}  // namespace

Message& Problems::add() {
  ++count_;
  dropped_.clear();
  if (count_ <= lines_kept) message_ << "\n- ";
  return line();
}

void Problems::finish() {
  if (count_ > lines_kept) message_ << "\n- and " << (count_ - lines_kept) << " more";
}

SafetensorsHeader::~SafetensorsHeader() {
  memory_.release(text_, text_size_);
  memory_.release(entries_, capacity_ * sizeof(TensorEntry));
}

kiln_status SafetensorsHeader::read(const File& file, Problems& problems) {
  const int64_t size = file.size();
  if (size < 0) {
    write_errno(problems.add());
    return KILN_FILE_ERROR;
  }
  const uint64_t file_size = static_cast<uint64_t>(size);
  if (file_size < length_bytes) {
    problems.add() << "the file has " << file_size << " bytes, a weights file at least " << length_bytes;
    return KILN_OK;
  }
  unsigned char length[length_bytes];
  int64_t got = file.read_at(length, length_bytes, 0);
  if (got == int64_t{length_bytes}) {
    uint64_t text_size = 0;
    for (size_t i = length_bytes; i-- > 0;) text_size = text_size << 8 | length[i];
    if (text_size > file_size - length_bytes) {
      problems.add() << "the header would have " << text_size << " bytes, the file has only "
                     << (file_size - length_bytes) << " after its length";
      return KILN_OK;
    }
    if (text_size > greatest_header) {
      problems.add() << "the header would have " << text_size << " bytes, at most " << greatest_header
                     << " are allowed";
      return KILN_OK;
    }
    text_ = static_cast<char*>(memory_.allocate(text_size));
    if (text_ == nullptr) {
      problems.add() << "no memory for its header of " << text_size << " bytes";
      return KILN_OUT_OF_MEMORY;
    }
    text_size_ = text_size;
    data_size_ = file_size - length_bytes - text_size;
    got = file.read_at(text_, static_cast<int64_t>(text_size), length_bytes);
    if (got == static_cast<int64_t>(text_size)) {
      JsonReader json(text_, text_size_);
      bool out_of_memory = false;
      if (!parse(json, problems, out_of_memory)) {
        if (!out_of_memory) {
          problems.add() << "the header is not valid JSON: " << json.what() << " at byte "
                         << uint64_t{json.where()};
          return KILN_OK;
        }
        problems.add() << "no memory for the list of its tensors";
        return KILN_OUT_OF_MEMORY;
      }
      parsed_ = true;
      check_sizes(problems);
      check_cover(problems);
      check_names(problems);
      return KILN_OK;
    }
  }
  if (got < 0) {
    write_errno(problems.add());
  } else {
    problems.add() << "the file became shorter while it was read";
  }
  return KILN_FILE_ERROR;
}

bool SafetensorsHeader::parse(JsonReader& json, Problems& problems, bool& out_of_memory) {
  if (!json.enter_object()) return false;
  Text name{};
  while (json.next_member(name)) {
    if (name.is("__metadata__")) {
      if (!json.skip_value()) return false;
      continue;
    }
    TensorEntry* entry = add_entry();
    if (entry == nullptr) {
      out_of_memory = true;
      return false;
    }
    entry->name = name;
    if (!parse_entry(json, *entry, problems)) return false;
  }
  return json.at_end();
}

TensorEntry* SafetensorsHeader::add_entry() {
  if (count_ == capacity_) {
    const size_t capacity = capacity_ == 0 ? 64 : capacity_ * 2;
    TensorEntry* larger = static_cast<TensorEntry*>(memory_.allocate(capacity * sizeof(TensorEntry)));
    if (larger == nullptr) return nullptr;
    if (count_ > 0) memcpy(larger, entries_, count_ * sizeof(TensorEntry));
    memory_.release(entries_, capacity_ * sizeof(TensorEntry));
    entries_ = larger;
    capacity_ = capacity;
  }
  TensorEntry* entry = &entries_[count_++];
  *entry = TensorEntry{};
  return entry;
}

bool SafetensorsHeader::parse_shape(JsonReader& json, TensorEntry& entry, bool& well_formed) {
  if (json.peek() != '[') {
    well_formed = false;
    return json.skip_value();
  }
  json.enter_array();
  entry.shape = text_ + json.where();
  entry.rank = 0;
  while (json.next_element()) {
    uint64_t extent = 0;
    if (!json.try_read_count(greatest_count, extent)) {
      well_formed = false;
      if (!json.skip_value()) return false;
    }
    ++entry.rank;
  }
  if (json.failed()) return false;
  entry.shape_size = entry.rank == 0 ? 0 : static_cast<size_t>(text_ + json.where() - 1 - entry.shape);
  return true;
}

bool SafetensorsHeader::parse_entry(JsonReader& json, TensorEntry& entry, Problems& problems) {
  if (json.peek() != '{') {
    if (!json.skip_value()) return false;
    quote(problems.add(), entry.name) << ": expected an object with `dtype`, `shape` and `data_offsets`";
    return true;
  }
  int types = 0, shapes = 0, offsets = 0;
  bool type_is_text = true, shape_is_list = true, offsets_are_two = true;
  Text field{};
  json.enter_object();
  while (json.next_member(field)) {
    if (field.is("dtype")) {
      ++types;
      type_is_text = json.peek() == '"';
      if (!(type_is_text ? json.read_string(entry.element_name) : json.skip_value())) return false;
    } else if (field.is("shape")) {
      ++shapes;
      if (!parse_shape(json, entry, shape_is_list)) return false;
    } else if (field.is("data_offsets")) {
      ++offsets;
      if (json.peek() != '[') {
        offsets_are_two = false;
        if (!json.skip_value()) return false;
        continue;
      }
      int count = 0;
      json.enter_array();
      while (json.next_element()) {
        uint64_t ignored = 0;
        uint64_t& offset = count == 0 ? entry.begin : count == 1 ? entry.end : ignored;
        ++count;
        if (json.try_read_count(greatest_count, offset)) continue;
        offsets_are_two = false;
        if (!json.skip_value()) return false;
      }
      offsets_are_two = offsets_are_two && count == 2;
    } else if (!json.skip_value()) {
      return false;
    }
    if (json.failed()) return false;
  }
  if (json.failed()) return false;

  const auto once = [&](int count, const char* name) {
    if (count == 1) return true;
    quote(problems.add(), entry.name) << ": `" << name << (count == 0 ? "` is missing" : "` is given twice");
    return false;
  };
  const auto of_kind = [&](bool right, const char* expected) {
    if (!right) quote(problems.add(), entry.name) << ": " << expected;
    return right;
  };
  const bool typed = once(types, "dtype") && of_kind(type_is_text, "`dtype` is not a string");
  const bool shaped =
      once(shapes, "shape") && of_kind(shape_is_list, "`shape` is not a list of non-negative integers");
  const bool placed = once(offsets, "data_offsets") &&
                      of_kind(offsets_are_two, "`data_offsets` is not a list of two non-negative integers");
  entry.well_formed = typed && shaped && placed;
  if (entry.well_formed)
    entry.element = element_of_safetensors(entry.element_name.data, entry.element_name.size);
  return true;
}

void SafetensorsHeader::check_sizes(Problems& problems) {
  for (size_t i = 0; i < count_; ++i) {
    TensorEntry& entry = entries_[i];
    if (!entry.well_formed) continue;
    entry.in_file = entry.begin <= entry.end && entry.end <= data_size_;
    if (!entry.in_file) {
      quote(problems.add(), entry.name) << ": offsets " << entry.begin << " to " << entry.end
                                        << " lie outside the " << data_size_ << " bytes of data";
    }
    if (entry.element < 0) {
      // A type of another model's; it only matters if this model has a tensor of that name.
      continue;
    }
    uint64_t bytes = static_cast<uint64_t>(element_row(entry.element)->bytes);
    bool overflow = false, empty = false;
    if (entry.rank > 0) {
      for_each_extent(entry, [&](uint64_t extent) {
        empty = empty || extent == 0;
        overflow = __builtin_mul_overflow(bytes, extent, &bytes) || overflow;
      });
    }
    entry.bytes_known = empty || !overflow;
    entry.bytes = empty ? 0 : bytes;
    if (!entry.bytes_known) {
      quote(problems.add(), entry.name) << ": its shape takes more bytes than 64 bits can count";
    } else if (entry.in_file && entry.bytes != entry.end - entry.begin) {
      quote(problems.add(), entry.name)
          << ": its type and shape take " << entry.bytes << " bytes, its offsets " << entry.begin << " to "
          << entry.end << " hold " << (entry.end - entry.begin);
    }
  }
}

void SafetensorsHeader::check_cover(Problems& problems) {
  sort(entries_, count_, by_place);
  uint64_t covered = 0;
  size_t furthest = 0;
  bool all_placed = true;
  const auto hole = [&](uint64_t begin, uint64_t end) {
    if (begin < end)
      problems.add() << "bytes " << begin << " to " << end << " of the data belong to no tensor";
  };
  // A tensor with wrong offsets would be told once more, as a hole.
  for (size_t i = 0; i < count_; ++i) all_placed = all_placed && entries_[i].in_file;
  for (size_t i = 0; i < count_; ++i) {
    const TensorEntry& entry = entries_[i];
    if (!entry.in_file || entry.begin == entry.end) continue;
    if (entry.begin < covered) {
      quote(problems.add(), entries_[furthest].name) << " and ";
      quote(problems.line(), entry.name) << " overlap";
    } else if (all_placed) {
      hole(covered, entry.begin);
    }
    if (entry.end > covered) {
      covered = entry.end;
      furthest = i;
    }
  }
  if (all_placed) hole(covered, data_size_);
}

void SafetensorsHeader::check_names(Problems& problems) {
  sort(entries_, count_, by_name);
  for (size_t i = 1; i < count_; ++i) {
    const bool same = entries_[i].name == entries_[i - 1].name;
    const bool told = i > 1 && entries_[i - 2].name == entries_[i].name;
    if (same && !told) quote(problems.add(), entries_[i].name) << ": given more than once";
  }
}

const TensorEntry* SafetensorsHeader::claim(const char* name) {
  const Text wanted{name, strlen(name)};
  size_t low = 0, high = count_;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (entries_[middle].name < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  for (size_t i = low; i < count_ && entries_[i].name == wanted; ++i) entries_[i].claimed = true;
  return low < count_ && entries_[low].name == wanted ? &entries_[low] : nullptr;
}

}  // namespace kiln::runtime
