#include <string.h>

#include "argument_text.h"
#include "element.h"
#include "safetensors.h"
#include "weights.h"

namespace kiln::runtime {
namespace {

void write_entry_shape(const TensorEntry& entry, Message& message) {
  if (entry.element >= 0) {
    message << element_row(entry.element)->name;
  } else {
    message.quote(entry.element_name.data, entry.element_name.size);
  }
  if (entry.rank == 0) return;
  const char* separator = "[";
  for_each_extent(entry, [&](uint64_t extent) {
    message << separator << extent;
    separator = ", ";
  });
  message << "]";
}

bool same_shape(const TensorEntry& entry, const kiln_image_leaf& leaf) {
  if (entry.element != leaf.element || entry.rank != leaf.rank) return false;
  if (entry.rank == 0) return true;
  bool same = true;
  int32_t axis = 0;
  for_each_extent(
      entry, [&](uint64_t extent) { same = same && extent == static_cast<uint64_t>(leaf.extents[axis++]); });
  return same;
}

/// What the model wants against what the file has.
void compare(const kiln_image_model& described, SafetensorsHeader& header, Problems& problems) {
  for (int32_t i = 0; i < described.leaf_count; ++i) {
    const kiln_image_leaf& leaf = described.leaves[i];
    const TensorEntry* entry = header.claim(leaf.path);
    if (entry != nullptr && (!entry->well_formed || same_shape(*entry, leaf))) continue;
    Message& line = problems.add();
    line.quote(leaf.path, strlen(leaf.path)) << (entry == nullptr ? ": missing, expected " : ": expected ");
    write_shape(leaf.element, leaf.extents, leaf.rank, line);
    if (entry == nullptr) continue;
    line << ", got ";
    write_entry_shape(*entry, line);
  }
  for (size_t i = 0; i < header.count(); ++i) {
    const TensorEntry& entry = header.entries()[i];
    if (!entry.claimed) problems.add().quote(entry.name.data, entry.name.size) << ": not in the model";
  }
}

bool has_file_form(const kiln_image_model& described, Problems& problems) {
  for (int32_t i = 0; i < described.leaf_count; ++i) {
    const kiln_image_leaf& leaf = described.leaves[i];
    if (element_row(leaf.element)->safetensors != nullptr) continue;
    problems.add().quote(leaf.path, strlen(leaf.path))
        << ": tensors of " << element_row(leaf.element)->name << " in weights files are not supported yet";
  }
  return !problems.any();
}

/// A bool of another value than 0 and 1 would be neither for compiled code.
bool holds_only_bools(const char* data, int64_t bytes) {
  unsigned char all = 0;
  for (int64_t i = 0; i < bytes; ++i) all |= static_cast<unsigned char>(data[i]);
  return all <= 1;
}

kiln_status read_leaves(const File& file, const kiln_image_model& described, SafetensorsHeader& header,
                        char* block, Problems& problems) {
  for (int32_t i = 0; i < described.leaf_count; ++i) {
    const kiln_image_leaf& leaf = described.leaves[i];
    const TensorEntry& entry = *header.claim(leaf.path);
    char* to = block + leaf.offset;
    const int64_t got =
        file.read_at(to, leaf.bytes, header.data_offset() + static_cast<int64_t>(entry.begin));
    if (got != leaf.bytes) {
      if (got < 0) {
        write_errno(problems.add());
      } else {
        problems.add() << "the file became shorter while it was read";
      }
      return KILN_FILE_ERROR;
    }
    if (leaf.element == KILN_BOOL && !holds_only_bools(to, leaf.bytes))
      problems.add().quote(leaf.path, strlen(leaf.path)) << ": a bool that is neither 0 nor 1";
  }
  return problems.any() ? KILN_BAD_WEIGHTS : KILN_OK;
}

/// Reads all leaves to `block`, which holds anything afterwards if that fails. `get_block` is called when the
/// header has been found right.
template <class GetBlock>
kiln_status load(Context& context, const kiln_image_model& described, const char* path, GetBlock get_block) {
  Message& message = context.message;
  message << "cannot load ";
  message.quote(path, strlen(path)) << " into " << described.name << ":";
  Problems problems(message, context.memory);
  kiln_status status = KILN_NOT_SUPPORTED;
  if (has_file_form(described, problems)) {
    const File file(File::open_for_reading(path));
    if (!file.is_open()) {
      write_errno(problems.add());
      return KILN_FILE_ERROR;
    }
    SafetensorsHeader header(context.memory);
    status = header.read(file, problems);
    const bool parsed = status == KILN_OK && header.is_parsed();
    if (parsed) compare(described, header, problems);
    if (status == KILN_OK && problems.any()) status = KILN_BAD_WEIGHTS;
    if (status == KILN_OK) {
      char* block = get_block();
      if (block == nullptr) {
        problems.add() << "no memory for " << described.bytes << " bytes of weights";
        status = KILN_OUT_OF_MEMORY;
      } else {
        status = read_leaves(file, described, header, block, problems);
      }
    }
  }
  problems.finish();
  if (status == KILN_OK) message.clear();
  return status;
}

}  // namespace

kiln_status load_model(Context& context, Model& model, const char* path) {
  const kiln_image_model& described = *model.described;
  const size_t bytes = static_cast<size_t>(described.bytes);
  // Read aside and copied at the end: reading can fail at its last byte.
  char* aside = nullptr;
  const kiln_status status = load(context, described, path,
                                  [&] { return aside = static_cast<char*>(context.memory.allocate(bytes)); });
  if (status == KILN_OK) thaw_model(model);
  for (int32_t i = 0; status == KILN_OK && i < described.leaf_count; ++i) {
    const kiln_image_leaf& leaf = described.leaves[i];
    memcpy(model.block + leaf.offset, aside + leaf.offset, static_cast<size_t>(leaf.bytes));
  }
  context.memory.release(aside, bytes);
  return status;
}

kiln_status open_model(Context& context, int32_t type, const char* path, Model** result) {
  *result = nullptr;
  Model* model = allocate_model(context, type);
  if (model == nullptr) return KILN_OUT_OF_MEMORY;
  const kiln_status status = load(context, *model->described, path, [&] { return model->block; });
  if (status == KILN_OK) {
    *result = model;
  } else {
    free_model(model);
  }
  return status;
}

}  // namespace kiln::runtime
