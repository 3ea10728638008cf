#include "sema/product_advice.h"

#include <algorithm>

#include <fmt/format.h>

#include "sema/proofs.h"

namespace kiln::sema {

namespace {

/// The names of the axes of both factors and of the result; the last letter is summed.
struct ProductIndices {
  std::string left, right, result;
  char summed = 'k';
};

std::string listed(const std::string& letters) {
  std::string text;
  for (const char letter : letters) {
    if (!text.empty()) text += ", ";
    text += letter;
  }
  return text;
}

std::optional<ProductIndices> product_of(const Body& body, const Shape& a, const Shape& b) {
  const auto is_pack = [](const Axis& axis) { return axis.is_pack() || axis.is_ragged; };
  if (a.empty() || b.empty() || std::any_of(a.begin(), a.end(), is_pack) ||
      std::any_of(b.begin(), b.end(), is_pack) || a.size() + b.size() < 3 || std::max(a.size(), b.size()) > 4)
    return std::nullopt;
  const auto same = [&](const Axis& x, const Axis& y) { return same_dim(body, x.extent, y.extent); };
  // Axes in front: of a batch of matrices, on one side or the same on both.
  const size_t a_batch = a.size() - std::min<size_t>(2, a.size());
  const size_t b_batch = b.size() - std::min<size_t>(2, b.size());
  if (a_batch > 0 && b_batch > 0 &&
      (a_batch != b_batch ||
       !same_shape(Shape(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(a_batch)),
                   Shape(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(b_batch)), same_dims(body))))
    return std::nullopt;
  const bool b_is_vector = b.size() == 1, a_is_vector = a.size() == 1;
  const bool is_product = same(a.back(), b_is_vector ? b.back() : b[b.size() - 2]);
  const bool is_transposed = !is_product && !b_is_vector && !a_is_vector && same(a.back(), b.back());
  if (!is_product && !is_transposed) return std::nullopt;
  const std::string letters = "ijklmn";
  size_t next = 0;
  const std::string batch = letters.substr(0, std::max(a_batch, b_batch));
  next += batch.size();
  const std::string row = a_is_vector ? "" : letters.substr(next++, 1);
  const std::string column = b_is_vector ? "" : letters.substr(next++, 1);
  const std::string summed = letters.substr(next, 1);
  ProductIndices indices;
  indices.left = (a_batch > 0 ? batch : "") + row + summed;
  indices.right = (b_batch > 0 ? batch : "") + (is_transposed ? column + summed : summed + column);
  indices.result = batch + row + column;
  indices.summed = summed[0];
  return indices;
}

}  // namespace

void advise_on_product(Body& body, const Value& a, const Value& b, Span span, Diagnostic& diagnostic) {
  const Value& left = a.span.begin < b.span.begin ? a : b;
  const Value& right = &left == &a ? b : a;
  if (left.span.end > right.span.begin || left.span.file != right.span.file) return;
  std::string between(body.session.files.text_of({left.span.file, left.span.end, right.span.begin}));
  std::erase_if(between, [](char c) { return c == ' ' || c == '\n' || c == ')' || c == '('; });
  if (between != "*") return;
  const auto indices = product_of(body, left.type.shape, right.type.shape);
  if (!indices) return;
  const auto name_of = [&](const Value& value, const char* otherwise) {
    const std::string text(body.session.files.text_of(value.span));
    const bool is_name = !text.empty() && text.find_first_of(" ()[]+-*/\n") == std::string::npos;
    return is_name ? text : std::string(otherwise);
  };
  const std::string x = name_of(left, "a"), y = name_of(right, "b");
  const std::string sum = fmt::format("for[{}] sum[{}] {}[{}] * {}[{}]", listed(indices->result),
                                      indices->summed, x, listed(indices->left), y, listed(indices->right));
  const bool has_other = diagnostic.help.starts_with("write the indices");  // of what goes element by element
  diagnostic.help = has_other
                        ? fmt::format("{}; a product of matrices is `{}`", diagnostic.help, sum)
                        : fmt::format("`*` goes element by element; a product of matrices is `{}`", sum);
  const bool has_names =
      x == body.session.files.text_of(left.span) && y == body.session.files.text_of(right.span);
  if (has_names) diagnostic.offer(span, fmt::format("({})", sum));
}

}  // namespace kiln::sema
