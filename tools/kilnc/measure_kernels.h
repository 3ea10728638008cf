#pragma once

#include <optional>

#include "call_setup.h"
#include "report/report.h"

namespace kiln::tools {

/// Calls the function for some tenths of a second and puts what each kernel took into the report: the median
/// over the calls. The verb's exit code, if something is wrong; it has been reported.
std::optional<ExitCode> measure_kernels(CallSetup& setup, driver::LibraryOptions library_options,
                                        report::Report& report);

}  // namespace kiln::tools
