#include "package/write_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kiln::package {
namespace {

namespace fs = std::filesystem;

std::string cannot_write(const fs::path& path, int error) {
  return "cannot write `" + path.string() + "`: " + std::strerror(error);
}

/// 0, or the error. Whole and on the disk, or not there.
int write_new(const fs::path& path, std::span<const std::byte> bytes, bool executable) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, executable ? 0777 : 0666);
  if (file < 0) return errno;
  int error = 0;
  while (error == 0 && !bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && fsync(file) != 0 && errno != EINVAL && errno != EROFS) error = errno;
  if (close(file) != 0 && error == 0) error = errno;
  if (error != 0) unlink(path.c_str());
  return error;
}

}  // namespace

StagedFiles::~StagedFiles() {
  for (const Staged& file : files_) unlink(file.unfinished.c_str());
}

std::optional<std::string> StagedFiles::add(const fs::path& path, std::span<const std::byte> bytes,
                                            bool executable) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return cannot_write(path, EISDIR);
  // Two that write the same file at once do not meet, and the last one wins.
  const fs::path unfinished = path.string() + ".unfinished-" + std::to_string(getpid());
  if (const int error = write_new(unfinished, bytes, executable)) return cannot_write(path, error);
  files_.push_back({path, unfinished});
  return std::nullopt;
}

std::optional<std::string> StagedFiles::add(const fs::path& path, std::string_view text) {
  return add(path, std::as_bytes(std::span(text)));
}

std::optional<std::string> StagedFiles::commit() {
  while (!files_.empty()) {
    const Staged& first = files_.front();
    if (rename(first.unfinished.c_str(), first.path.c_str()) != 0) return cannot_write(first.path, errno);
    files_.erase(files_.begin());
  }
  return std::nullopt;
}

std::optional<std::string> write_whole(const fs::path& path, std::span<const std::byte> bytes) {
  StagedFiles files;
  if (auto problem = files.add(path, bytes)) return problem;
  return files.commit();
}

}  // namespace kiln::package
