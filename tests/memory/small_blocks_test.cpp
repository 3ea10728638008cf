#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace {

/// Blocks of many sizes, each full of a byte of its own.
struct Block {
  std::unique_ptr<unsigned char[]> bytes;
  size_t size = 0;
  unsigned char mark = 0;

  bool is_whole() const {
    for (size_t i = 0; i < size; ++i)
      if (bytes[i] != mark) return false;
    return true;
  }
};

Block make(size_t size, unsigned char mark) {
  Block block{std::unique_ptr<unsigned char[]>(new unsigned char[size]), size, mark};
  if (size > 0) std::memset(block.bytes.get(), mark, size);
  return block;
}

/// Makes and drops blocks at random; false if one was written to by another.
bool stay_whole(unsigned seed, int rounds) {
  std::mt19937 random(seed);
  std::vector<Block> blocks;
  bool good = true;
  for (int round = 0; round < rounds; ++round) {
    if (blocks.size() < 2000 && random() % 2 == 0) {
      const size_t size = random() % (random() % 10 == 0 ? 5000 : 200);
      blocks.push_back(make(size, static_cast<unsigned char>(random())));
    } else if (!blocks.empty()) {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      good = good && blocks.back().is_whole();
      blocks.pop_back();
    }
  }
  for (const Block& block : blocks) good = good && block.is_whole();
  return good;
}

TEST(SmallBlocks, DoNotOverlap) { EXPECT_TRUE(stay_whole(1, 200'000)); }

TEST(SmallBlocks, DoNotOverlapBetweenThreads) {
  bool good[4] = {};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) threads.emplace_back([&, i] { good[i] = stay_whole(i + 2, 50'000); });
  for (std::thread& thread : threads) thread.join();
  for (bool each : good) EXPECT_TRUE(each);
}

TEST(SmallBlocks, AreAlignedAtAllSizes) {
  for (size_t size = 0; size <= 3000; ++size) {
    std::vector<void*> blocks;
    for (int i = 0; i < 3; ++i) blocks.push_back(::operator new(size));
    for (void* block : blocks) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % __STDCPP_DEFAULT_NEW_ALIGNMENT__, 0U) << size;
      ::operator delete(block);
    }
  }
}

TEST(SmallBlocks, MayBeFreedByAnotherThreadAndWithoutTheirSize) {
  std::vector<void*> blocks;
  for (size_t size = 0; size < 2000; ++size) blocks.push_back(::operator new(size));
  std::thread([&] {
    for (void* block : blocks) ::operator delete(block);
    EXPECT_TRUE(stay_whole(9, 20'000));
  }).join();
  EXPECT_TRUE(stay_whole(10, 20'000));
}

TEST(SmallBlocks, AreUsedAgain) {
  void* first = ::operator new(40);
  ::operator delete(first, 40);
  void* second = ::operator new(48);  // of the same size class
  ::operator delete(second);
#ifdef KILN_SMALL_BLOCKS
  EXPECT_EQ(first, second);
#endif
}

}  // namespace
