#include "codegen/object_cache.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/Support/BLAKE3.h>
#include <llvm/Support/CachePruning.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>

#include "codegen/build_id.h"

namespace kiln::codegen {
namespace {

namespace fs = std::filesystem;

/// What pruneCache takes for an entry.
constexpr const char* entry_prefix = "llvmcache-";

/// A file is the checksum of the object, then the object.
using Checksum = llvm::BLAKE3Result<32>;

Checksum checksum_of(llvm::ArrayRef<uint8_t> object) { return llvm::BLAKE3::hash<32>(object); }

llvm::ArrayRef<uint8_t> bytes_of(const std::vector<std::byte>& object) {
  return {reinterpret_cast<const uint8_t*>(object.data()), object.size()};
}

/// Each part with its length before it, so that no two lists of parts are hashed alike.
void update(llvm::BLAKE3& hash, std::string_view part) {
  const uint64_t length = part.size();
  hash.update({reinterpret_cast<const uint8_t*>(&length), sizeof length});
  hash.update(llvm::StringRef(part));
}

std::string path_of(const CacheFolder& folder, const std::string& key) {
  return (folder.path / (entry_prefix + key)).string();
}

}  // namespace

ObjectCache::ObjectCache(CacheFolder folder) : folder_(std::move(folder)), compiler_(compiler_build_id()) {
  std::error_code failure;
  fs::create_directories(folder_.path, failure);
  if (compiler_.empty())
    problem_ = "kilnc was linked without a build id";
  else if (failure)
    problem_ = "cannot make the folder `" + folder_.path.string() + "`: " + failure.message();
}

std::string ObjectCache::key_of(std::string_view content, const Target& target) const {
  llvm::BLAKE3 hash;
  for (const std::string_view part : {std::string_view(compiler_), std::string_view(LLVM_VERSION_STRING),
                                      target.name, target.triple, target.processor, target.features, content})
    update(hash, part);
  return llvm::toHex(hash.final<32>(), /*LowerCase=*/true);
}

std::optional<std::vector<std::byte>> ObjectCache::find(const std::string& key) const {
  if (!problem_.empty()) return std::nullopt;
  // The time of access says what is used; file systems that do not keep it are told.
  auto file = llvm::sys::fs::openNativeFileForRead(path_of(folder_, key), llvm::sys::fs::OF_UpdateAtime);
  if (!file) {
    llvm::consumeError(file.takeError());
    return std::nullopt;
  }
  // Not mapped: a file that is cut meanwhile must not end this process.
  auto buffer = llvm::MemoryBuffer::getOpenFile(*file, key, /*FileSize=*/-1, /*RequiresNullTerminator=*/false,
                                                /*IsVolatile=*/true);
  llvm::sys::fs::closeFile(*file);
  if (!buffer) return std::nullopt;
  const auto bytes = llvm::arrayRefFromStringRef((*buffer)->getBuffer());
  constexpr size_t head = std::tuple_size_v<Checksum>;
  if (bytes.size() <= head) return std::nullopt;
  const auto object = bytes.drop_front(head);
  if (llvm::ArrayRef<uint8_t>(checksum_of(object)) != bytes.take_front(head)) return std::nullopt;
  const auto* first = reinterpret_cast<const std::byte*>(object.data());
  return std::vector<std::byte>(first, first + object.size());
}

bool ObjectCache::add(const std::string& key, const std::vector<std::byte>& object) const {
  if (!problem_.empty()) return false;
  // Named as an entry, so that one that a killed process left is pruned too.
  auto file = llvm::sys::fs::TempFile::create((folder_.path / entry_prefix).string() + "unfinished-%%%%%%%%");
  if (!file) {
    llvm::consumeError(file.takeError());
    return false;
  }
  llvm::raw_fd_ostream stream(file->FD, /*shouldClose=*/false);
  const Checksum checksum = checksum_of(bytes_of(object));
  stream << llvm::toStringRef(checksum) << llvm::toStringRef(bytes_of(object));
  stream.flush();
  const bool written = !stream.has_error();
  stream.clear_error();
  llvm::Error failure = written ? file->keep(path_of(folder_, key)) : file->discard();
  const bool kept = written && !failure;
  llvm::consumeError(std::move(failure));
  return kept;
}

void ObjectCache::prune() const {
  if (!problem_.empty()) return;
  llvm::CachePruningPolicy policy;
  policy.Interval = std::chrono::seconds(0);
  policy.Expiration = std::chrono::hours(0);
  policy.MaxSizeBytes = static_cast<uint64_t>(folder_.most_bytes);
  llvm::pruneCache(folder_.path.string(), policy);
}

}  // namespace kiln::codegen
