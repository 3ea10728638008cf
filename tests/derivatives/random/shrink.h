#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace kiln::derivatives {

/// The least choices that still fail: bytes are taken away and made smaller as long as `fails` says true, at
/// most `tries` times. Bytes that are missing count as 0, which is the simplest choice.
std::vector<uint8_t> shrink(std::vector<uint8_t> choices, int tries,
                            const std::function<bool(const std::vector<uint8_t>&)>& fails);

}  // namespace kiln::derivatives
