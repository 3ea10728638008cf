#pragma once

#include <cstdint>

/// The numbers that record.py feeds to PyTorch: a hash of position and salt.
namespace golden {

/// The finaliser of MurmurHash3.
inline std::uint32_t hashed(std::uint32_t position, std::uint32_t salt) {
  std::uint32_t h = position + salt * 0x9E3779B9u;
  h ^= h >> 16;
  h *= 0x85EBCA6Bu;
  h ^= h >> 13;
  h *= 0xC2B2AE35u;
  h ^= h >> 16;
  return h;
}

/// In [-scale, scale).
inline float real(std::uint32_t position, std::uint32_t salt, float scale) {
  return (static_cast<float>(hashed(position, salt) >> 8) * 0x1p-23f - 1.0f) * scale;
}

inline std::uint32_t integer(std::uint32_t position, std::uint32_t salt, std::uint32_t bound) {
  return hashed(position, salt) % bound;
}

}  // namespace golden
