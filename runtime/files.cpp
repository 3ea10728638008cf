#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

namespace kiln::runtime {
namespace {

constexpr int64_t greatest_transfer = 1 << 30;  // Linux moves less than 2^31 bytes at a time

struct ErrorRow {
  int number;
  const char* text;
};

// strerror is neither free of state nor of locales.
constexpr ErrorRow errors[] = {
    {ENOENT, "no such file or folder"},
    {EACCES, "permission denied"},
    {EPERM, "operation not permitted"},
    {EISDIR, "it is a folder"},
    {ENOTDIR, "a part of the path is not a folder"},
    {ENOSPC, "no space left on device"},
    {EDQUOT, "disk quota exceeded"},
    {EFBIG, "file too large"},
    {EROFS, "the file system is read-only"},
    {EIO, "input/output error"},
    {EMFILE, "too many open files"},
    {ENFILE, "too many open files in the system"},
    {ENAMETOOLONG, "the name is too long"},
    {ELOOP, "too many symbolic links"},
    {ESPIPE, "it is not a regular file"},
    {ENXIO, "it is not a regular file"},
    {EBUSY, "it is in use"},
    {ENOMEM, "not enough memory"},
    {EEXIST, "it exists already"},
};

}  // namespace

File::~File() { close(); }

int File::open_for_reading(const char* path) {
  return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

int File::create_new(const char* path) { return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); }

int File::open_folder(const char* path) { return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

int64_t File::size() const { return lseek(descriptor_, 0, SEEK_END); }

int64_t File::read_at(void* to, int64_t bytes, int64_t offset) const {
  int64_t done = 0;
  while (done < bytes) {
    const int64_t wanted = bytes - done < greatest_transfer ? bytes - done : greatest_transfer;
    const int64_t got =
        pread(descriptor_, static_cast<char*>(to) + done, static_cast<size_t>(wanted), offset + done);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    done += got;
  }
  return done;
}

bool File::write_all(const void* from, int64_t bytes) const {
  int64_t done = 0;
  while (done < bytes) {
    const int64_t wanted = bytes - done < greatest_transfer ? bytes - done : greatest_transfer;
    const int64_t put =
        write(descriptor_, static_cast<const char*>(from) + done, static_cast<size_t>(wanted));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    done += put;
  }
  return true;
}

bool File::sync() const {
  int result = 0;
  do {
    result = fsync(descriptor_);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

bool File::close() {
  if (descriptor_ < 0) return true;
  const int descriptor = descriptor_;
  descriptor_ = -1;
  return ::close(descriptor) == 0;  // never repeated: the number may be another file's by now
}

void write_errno(Message& message) {
  const int number = errno;
  for (const ErrorRow& row : errors) {
    if (row.number != number) continue;
    message << row.text;
    return;
  }
  message << "error " << number;
}

}  // namespace kiln::runtime
