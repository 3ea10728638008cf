#pragma once

#include "context.h"

namespace kiln::runtime {

/// The whole of a call: checks everything, finds or makes the plan, runs it in the context's work memory. The
/// context is in use by the caller.
kiln_status call(Context& context, int32_t function, void* const* arguments);

/// The same with a plan of the host's, in its memory.
kiln_status run_plan(Context& context, const Plan& plan, void* const* arguments, void* workspace,
                     int64_t workspace_bytes);

}  // namespace kiln::runtime
