#pragma once

#include <string>
#include <vector>

#include "report/report.h"
#include "trace_events.h"

namespace kiln::tools {

/// Events of one function as a Chrome trace (JSON), which ui.perfetto.dev and chrome://tracing show: calls,
/// within them kernels, and on each thread the parts of kernels that are cut. Kernels carry where they stand
/// in the program, what they compute and how much work it is.
std::string chrome_trace(const std::vector<TraceEvent>& events, const report::Report& report,
                         const SourceFiles& files);

}  // namespace kiln::tools
