#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "element.h"
#include "files.h"
#include "safetensors.h"
#include "weights.h"

namespace kiln::runtime {
namespace {

constexpr int temporary_tries = 1000;
constexpr size_t kept_name =
    100;  // of the file's name in that of the temporary one: names have at most 255 bytes

/// Where the file is to be, and the name beside it under which it is written.
struct Names {
  size_t folder_size;  // with its last slash; 0: the current folder
  const char* name;
};

Names split(const char* path) {
  const char* slash = strrchr(path, '/');
  const size_t folder_size = slash == nullptr ? 0 : static_cast<size_t>(slash - path) + 1;
  return {folder_size, path + folder_size};
}

void write_json_text(const char* text, Message& to) {
  constexpr char hexadecimal[] = "0123456789abcdef";
  to << "\"";
  for (; *text != 0; ++text) {
    const unsigned char byte = static_cast<unsigned char>(*text);
    if (byte == '"' || byte == '\\') to << "\\";
    if (byte < 0x20) {
      const char escaped[] = {'\\', 'u', '0', '0', hexadecimal[byte >> 4], hexadecimal[byte & 15]};
      to.append(escaped, sizeof(escaped));
    } else {
      to.append(text, 1);
    }
  }
  to << "\"";
}

/// Leaves of large elements first, so that every tensor in the file is aligned to its element.
template <class Visit>
void in_file_order(const kiln_image_model& described, Visit visit) {
  for (int32_t bytes = 8; bytes > 0; bytes /= 2)
    for (int32_t i = 0; i < described.leaf_count; ++i)
      if (element_row(described.leaves[i].element)->bytes == bytes) visit(described.leaves[i]);
}

void write_header(const kiln_image_model& described, Message& to) {
  int64_t offset = 0;
  const char* separator = "{";
  in_file_order(described, [&](const kiln_image_leaf& leaf) {
    to << separator;
    write_json_text(leaf.path, to);
    to << ":{\"dtype\":\"" << element_row(leaf.element)->safetensors << "\",\"shape\":[";
    for (int32_t axis = 0; axis < leaf.rank; ++axis) to << (axis == 0 ? "" : ",") << leaf.extents[axis];
    to << "],\"data_offsets\":[" << offset << "," << (offset + leaf.bytes) << "]}";
    offset += leaf.bytes;
    separator = ",";
  });
  to << (*separator == '{' ? "{}" : "}");
  while (to.size() % 8 != 0) to << " ";
}

bool write_file(const File& file, const Model& model, const Message& header) {
  unsigned char length[8];
  for (size_t i = 0; i < sizeof(length); ++i)
    length[i] = static_cast<unsigned char>(uint64_t{header.size()} >> (8 * i));
  bool written = file.write_all(length, sizeof(length)) &&
                 file.write_all(header.text(), static_cast<int64_t>(header.size()));
  in_file_order(*model.described, [&](const kiln_image_leaf& leaf) {
    written = written && file.write_all(model.block + leaf.offset, leaf.bytes);
  });
  return written && file.sync();
}

/// A new file beside the wanted one; its name goes to `temporary`.
int create_temporary(const char* path, const Names& names, Message& temporary) {
  const size_t name_size = strlen(names.name);
  for (int i = 0; i < temporary_tries; ++i) {
    temporary.clear();
    temporary.append(path, names.folder_size);
    temporary << ".";
    temporary.append(names.name, name_size < kept_name ? name_size : kept_name);
    temporary << "." << getpid() << "." << i << ".tmp";
    const int descriptor = File::create_new(temporary.text());
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
  }
  return -1;
}

kiln_status fail(Message& message, const char* step) {
  const int number = errno;
  message << step << ": ";
  errno = number;
  write_errno(message);
  return KILN_FILE_ERROR;
}

kiln_status save(Context& context, const Model& model, const char* path) {
  Message& message = context.message;
  const Names names = split(path);
  if (*names.name == 0) {
    message << "the path names no file";
    return KILN_FILE_ERROR;
  }
  Message header(context.memory, greatest_header), temporary(context.memory), folder_name(context.memory);
  write_header(*model.described, header);
  folder_name.append(path, names.folder_size);
  if (names.folder_size == 0) folder_name << ".";

  const File folder(File::open_folder(folder_name.text()));
  if (!folder.is_open() && errno != EACCES) return fail(message, "opening the folder");
  File file(create_temporary(path, names, temporary));
  if (!file.is_open()) return fail(message, "creating a file beside it");
  const char* step = nullptr;
  if (header.full() || temporary.full() || folder_name.full()) {
    step = "building the header";
    errno = ENOMEM;
  } else if (!write_file(file, model, header)) {
    step = "writing";
  } else if (!file.close()) {
    step = "closing";
  } else if (rename(temporary.text(), path) != 0) {
    step = "renaming";
  }
  if (step != nullptr) {
    const kiln_status status = fail(message, step);
    unlink(temporary.text());
    return status;
  }
  // The file is in place and whole. Folders that cannot be synced say EINVAL; a folder that may not be read
  // is not open at all. Anything else must be told: after a power failure the former file may be back.
  if (folder.is_open() && !folder.sync() && errno != EINVAL)
    return fail(message, "the file is in place, but its folder could not be synced");
  return KILN_OK;
}

}  // namespace

kiln_status save_model(Context& context, const Model& model, const char* path) {
  Message& message = context.message;
  message << "cannot save " << model.described->name << " to ";
  message.quote(path, strlen(path)) << ": ";
  for (int32_t i = 0; i < model.described->leaf_count; ++i) {
    const kiln_image_leaf& leaf = model.described->leaves[i];
    const ElementRow& row = *element_row(leaf.element);
    if (row.safetensors != nullptr) continue;
    message.quote(leaf.path, strlen(leaf.path))
        << ": tensors of " << row.name << " in weights files are not supported yet";
    return KILN_NOT_SUPPORTED;
  }
  const kiln_status status = save(context, model, path);
  if (status == KILN_OK) message.clear();
  return status;
}

}  // namespace kiln::runtime
