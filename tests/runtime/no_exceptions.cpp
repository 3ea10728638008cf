// kiln.hpp in a program without exceptions: failures are values.
#include "kiln/kiln.hpp"

#if defined(__cpp_exceptions)
#error "this file is to be compiled without exceptions"
#endif

int use_kiln_without_exceptions(const kiln_module_api* module);

int use_kiln_without_exceptions(const kiln_module_api* module) {
  kiln::expected<kiln::context> context = kiln::context::try_create(module);
  if (!context) return 1;
  if (kiln::model::try_open(*context, 0, "/no/such/file")) return 2;
  if (!kiln::model::try_create(*context, 0, 1)) return 3;
  return context->try_call(0, {}).why().status == KILN_INVALID_ARGUMENT ? 0 : 4;
}
