#pragma once

#include <optional>
#include <string>

#include "report/report.h"

namespace kiln::tools {

/// "270GFLOP/s,12GB/s". Nothing, and a report, for anything else.
std::optional<report::Limits> parse_limits(const std::string& text, int threads);

/// What this machine does in some tens of milliseconds of nothing but f32 multiply-adds in registers as wide
/// as the target's, and of sums over memory that no cache holds. Nothing, and a report, if it cannot run the
/// target.
std::optional<report::Limits> measure_limits(const std::string& target, int threads);

}  // namespace kiln::tools
