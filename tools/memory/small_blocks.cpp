// `new` and `delete` of kilnc and kiln-lsp. Checking a program makes and drops millions of small blocks of a
// few sizes: with malloc that is two fifths of the instructions. Here a small block is the head of a list.
//
// Blocks of up to 1 KiB lie in spans of 64 KiB in one range of addresses, each span with blocks of one size,
// which stands at its head. Free blocks of a size are a list, of each thread its own: a block goes to the
// list of the thread that frees it. Spans are not given back. What is larger, or finds no room in the range,
// is malloc's.

#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

constexpr size_t step = 16;  // what `new` promises of the alignment
constexpr size_t sizes = 64;
constexpr size_t largest = sizes * step;
constexpr size_t span_bytes = size_t{64} << 10;
constexpr size_t most_bytes = size_t{32} << 30;  // of addresses, not of memory
constexpr size_t least_bytes = size_t{64} << 20;

struct Block {
  Block* next;
};

/// At the head of a span.
struct Head {
  size_t size_class;
};
static_assert(sizeof(Head) <= step);

/// Of one size in one thread: the blocks that were freed, and the rest of a span that was never used.
struct Size {
  Block* free = nullptr;
  char* rest = nullptr;
  char* end = nullptr;
};

struct Range {
  char* begin = nullptr;
  char* end = nullptr;
};

/// Nothing where addresses are short (`ulimit -v`): then all is malloc's.
Range reserve() {
  for (size_t bytes = most_bytes; bytes >= least_bytes; bytes /= 2) {
    void* found =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (found == MAP_FAILED) continue;
    const auto begin = (reinterpret_cast<uintptr_t>(found) + span_bytes - 1) & ~(span_bytes - 1);
    const auto end = (reinterpret_cast<uintptr_t>(found) + bytes) & ~(span_bytes - 1);
    return {reinterpret_cast<char*>(begin), reinterpret_cast<char*>(end)};
  }
  return {};
}

/// Made at the first `new`, which comes before main and from one thread.
Range range;
bool is_reserved = false;
std::atomic<char*> next_span = nullptr;
thread_local Size by_class[sizes];

bool is_small_block(const void* place) { return place >= range.begin && place < range.end; }

/// A new span for a size; false where there is no more room.
bool add_span(size_t size_class) {
  if (!is_reserved) {
    range = reserve();
    next_span = range.begin;
    is_reserved = true;
  }
  if (next_span.load() >= range.end) return false;
  char* span = next_span.fetch_add(span_bytes);
  if (span >= range.end) return false;
  reinterpret_cast<Head*>(span)->size_class = size_class;
  const size_t bytes = (size_class + 1) * step;
  Size& size = by_class[size_class];
  size.rest = span + step;
  size.end = size.rest + (span_bytes - step) / bytes * bytes;
  return true;
}

void* large(size_t bytes) {
  for (;;) {
    if (void* place = std::malloc(bytes)) return place;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void put_back(void* place, size_t size_class) {
  auto* block = static_cast<Block*>(place);
  block->next = by_class[size_class].free;
  by_class[size_class].free = block;
}

}  // namespace

void* operator new(size_t bytes) {
  if (bytes > largest) return large(bytes);
  const size_t size_class = bytes == 0 ? 0 : (bytes - 1) / step;
  Size& size = by_class[size_class];
  if (Block* block = size.free) {
    size.free = block->next;
    return block;
  }
  if (size.rest == size.end && !add_span(size_class)) return large(bytes == 0 ? 1 : bytes);
  void* block = size.rest;
  size.rest += (size_class + 1) * step;
  return block;
}

void operator delete(void* place) noexcept {
  if (!is_small_block(place)) return std::free(place);
  const auto span = reinterpret_cast<uintptr_t>(place) & ~(span_bytes - 1);
  put_back(place, reinterpret_cast<const Head*>(span)->size_class);
}

void operator delete(void* place, size_t bytes) noexcept {
  if (!is_small_block(place)) return std::free(place);
  put_back(place, bytes == 0 ? 0 : (bytes - 1) / step);
}
