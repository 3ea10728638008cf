#pragma once

#include <stddef.h>
#include <stdint.h>

#include "message.h"

namespace kiln::runtime {

/// An open file that is closed at the end of its scope. Steps that fail leave errno.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Never blocks on a pipe, never passes to a child process.
  static int open_for_reading(const char* path);
  static int create_new(const char* path);
  static int open_folder(const char* path);

  bool is_open() const { return descriptor_ >= 0; }
  /// Bytes of a regular file; -1 if it cannot be told.
  int64_t size() const;
  /// Fewer than asked for only at the end of the file; -1 for an error.
  int64_t read_at(void* to, int64_t bytes, int64_t offset) const;
  bool write_all(const void* from, int64_t bytes) const;
  bool sync() const;
  /// Closes at once, for who must know whether that went well.
  bool close();

 private:
  int descriptor_;
};

/// "no space left on device" for the errno of now.
void write_errno(Message& message);

}  // namespace kiln::runtime
