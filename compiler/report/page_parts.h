#pragma once

#include <string>
#include <string_view>

#include "report/report.h"

/// The parts of the page: each gives well-formed markup, with all text of the user escaped.
namespace kiln::report {

std::string escape(std::string_view text);

extern const std::string_view page_style;   // CSS, light and dark
extern const std::string_view page_script;  // what the page does beyond links and folding; without < and &

/// "file-line", by which kernels and lines know each other.
std::string anchor_of(uint32_t file, int line);

/// The kernels as a list in time order, with bars.
std::string kernel_list(const Report& report, const SourceFiles& files);
/// The user's file as a whole, and of others what kernels come from.
std::string source_pane(const Report& report, const SourceFiles& files);
/// Who holds the arena when.
std::string memory_picture(const Report& report);
/// Each kernel between what memory and arithmetic allow. Only of measured kernels.
std::string roofline_picture(const Report& report);

}  // namespace kiln::report
