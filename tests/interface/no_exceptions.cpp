// The C++ headers in a program that is built without exceptions.
#include "small_net.hpp"
#include "tables.hpp"

int use_libraries_without_exceptions();
int use_libraries_without_exceptions() {
  kiln::expected<tables::context> context = tables::context::try_create();
  if (!context) return __LINE__;
  std::vector<float> x = {1, 2, 3, 4}, y(2);
  if (!tables::try_fold(*context, x, 2, y) || y[0] != 4 || y[1] != 6) return __LINE__;
  const kiln::expected<void> failed = tables::try_fold(*context, x, 3, y);
  if (failed || failed.why().status != KILN_INVALID_ARGUMENT) return __LINE__;
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.threads = -1;
  if (small_net::context::try_create(options)) return __LINE__;
  return 0;
}
