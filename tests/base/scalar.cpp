#include "base/scalar.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "base/float_format.h"

namespace kiln {
namespace {

using E = ElementType;

TEST(FloatFormat, EveryPatternOfASmallTypeComesBack) {
  for (E type : {E::f16, E::bf16, E::f8e4m3, E::f8e5m2}) {
    const uint64_t patterns = uint64_t{1} << row_of(type).bits;
    for (uint64_t bits = 0; bits < patterns; ++bits) {
      const double value = decode_float(bits, type);
      if (std::isnan(value)) {
        EXPECT_TRUE(std::isnan(decode_float(encode_float(value, type), type)));
      } else {
        EXPECT_EQ(encode_float(value, type), bits) << name_of(type);
      }
    }
  }
}

TEST(FloatFormat, HalfwayBetweenNeighboursGoesToTheEvenPattern) {
  for (E type : {E::f16, E::bf16, E::f8e4m3, E::f8e5m2})
    for (uint64_t bits = 0; std::isfinite(decode_float(bits + 1, type)); ++bits) {
      const double low = decode_float(bits, type), high = decode_float(bits + 1, type);
      const double middle = low + (high - low) / 2;
      EXPECT_EQ(encode_float(middle, type), bits + bits % 2);
      EXPECT_EQ(encode_float(std::nextafter(middle, low), type), bits);
      EXPECT_EQ(encode_float(std::nextafter(middle, high), type), bits + 1);
    }
}

TEST(FloatFormat, RoundsToF16AsTheMachineDoes) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (std::isnan(value)) continue;
    EXPECT_EQ(round_to(value, E::f16), static_cast<double>(static_cast<_Float16>(value))) << value;
  }
}

TEST(FloatFormat, TooGreatIsInfinityOrNanWhereThereIsNone) {
  EXPECT_EQ(round_to(65519.9, E::f16), 65504);
  EXPECT_EQ(round_to(65520, E::f16), HUGE_VAL);
  EXPECT_EQ(round_to(-1e39, E::bf16), -HUGE_VAL);
  EXPECT_EQ(round_to(464, E::f8e4m3), 448);
  EXPECT_TRUE(std::isnan(round_to(465, E::f8e4m3)));
  EXPECT_EQ(round_to(1e9, E::f8e5m2), HUGE_VAL);
  EXPECT_EQ(encode_float(-0.0, E::f16), 0x8000u);
}

TEST(Convert, FloatToIntegerTruncatesAndSaturates) {
  const auto to = [](double value, E type) { return convert(Scalar::of_real(value), E::f64, type).integer; };
  EXPECT_EQ(to(-2.9, E::i32), -2);
  EXPECT_EQ(to(1e30, E::i32), INT32_MAX);
  EXPECT_EQ(to(-1e30, E::i64), INT64_MIN);
  EXPECT_EQ(to(1e30, E::i64), INT64_MAX);
  EXPECT_EQ(to(300, E::u8), 255);
  EXPECT_EQ(to(-0.5, E::u8), 0);
  EXPECT_EQ(to(-3, E::u64), 0);
  EXPECT_EQ(static_cast<uint64_t>(to(1e30, E::u64)), UINT64_MAX);
  EXPECT_EQ(static_cast<uint64_t>(to(0x1p63, E::u64)), uint64_t{1} << 63);
  EXPECT_EQ(to(-9, E::i4), -8);
  EXPECT_EQ(to(std::numeric_limits<double>::quiet_NaN(), E::i32), 0);
  EXPECT_EQ(to(0.5, E::boolean), 1);
}

TEST(Convert, IntegersWrapAndRoundOnce) {
  const auto wrapped = [](int64_t value, E type) {
    return convert(Scalar::of_integer(value), E::i64, type).integer;
  };
  EXPECT_EQ(wrapped(200, E::i8), -56);
  EXPECT_EQ(wrapped(-1, E::u16), 65535);
  EXPECT_EQ(wrapped(7, E::boolean), 1);
  // Just above halfway between two f32; through f64 it would be exactly halfway, and round down.
  const int64_t value = (int64_t{1} << 62) + (int64_t{1} << 38) + 1;
  EXPECT_EQ(convert(Scalar::of_integer(value), E::i64, E::f32).real,
            static_cast<double>(static_cast<float>(value)));
  EXPECT_GT(convert(Scalar::of_integer(value), E::i64, E::f32).real, 0x1p62);
  EXPECT_EQ(convert(Scalar::of_integer(-1), E::u64, E::f64).real, 0x1p64);
}

TEST(LoadStore, AnElementComesBackFromMemory) {
  for (E type : {E::boolean, E::i8, E::i16, E::i32, E::i64, E::u8, E::u16, E::u32, E::u64}) {
    for (int64_t value : {int64_t{0}, int64_t{1}, wrap(-1, type), lowest_of(type).integer}) {
      uint64_t memory = 0;
      store(&memory, type, Scalar::of_integer(value));
      EXPECT_EQ(load(&memory, type), Scalar::of_integer(value)) << name_of(type);
    }
  }
  for (E type : {E::f16, E::bf16, E::f32, E::f64, E::f8e4m3, E::f8e5m2}) {
    uint64_t memory = 0;
    store(&memory, type, Scalar::of_real(-1.5));
    EXPECT_EQ(load(&memory, type), Scalar::of_real(-1.5)) << name_of(type);
  }
}

TEST(Scalar, EqualityIsBitwise) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(Scalar::of_real(nan), Scalar::of_real(nan));
  EXPECT_FALSE(Scalar::of_real(0.0) == Scalar::of_real(-0.0));
}

}  // namespace
}  // namespace kiln
