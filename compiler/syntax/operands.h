#pragma once

#include <optional>
#include <string_view>

#include "source/diagnostic.h"

namespace kiln::syntax {

/// `pow(a, b)` in place of a sign and its operands, where both are names or numbers, perhaps with brackets
/// behind them, or brackets alone. Nothing where they are more than that.
std::optional<Edit> power_of_operands(std::string_view text, Span sign);

/// `for[i, j] sum[k] a[i, k] * b[k, j]`, likewise.
std::optional<Edit> product_of_operands(std::string_view text, Span sign);

}  // namespace kiln::syntax
