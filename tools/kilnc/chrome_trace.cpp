#include "chrome_trace.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace kiln::tools {
namespace {

using Json = nlohmann::ordered_json;

/// "net.model:12" of each run of lines, the user's own first.
Json lines_of(const report::Kernel& kernel, const SourceFiles& files) {
  Json lines = Json::array();
  for (const report::Lines& at : kernel.lines)
    lines.push_back(std::filesystem::path(files[at.file].path()).filename().string() + ":" +
                    std::to_string(at.first));
  return lines;
}

/// Functions that nobody wrote pack the weights of models that are frozen.
constexpr const char* name_of_packing = "pack weights";

Json arguments_of(const kiln_trace_event& event, const report::Report& report, const SourceFiles& files) {
  if (report.function != event.function) return Json::object();
  if (event.kind == KILN_TRACE_CALL) return report.dims;
  const report::Kernel& kernel = report.kernels.at(static_cast<size_t>(event.kernel));
  Json arguments = {{"place", event.place}, {"kernel", event.kernel}};
  if (event.round >= 0) arguments["round"] = event.round;
  if (event.kind == KILN_TRACE_PART) {
    arguments["part"] = event.part;
    arguments["parts"] = event.parts;
    return arguments;
  }
  arguments["lines"] = lines_of(kernel, files);
  arguments["computes"] = kernel.values;
  arguments["schedule"] = kernel.schedule;
  arguments["parts"] = event.parts;
  if (kernel.flops.number) arguments["flops"] = *kernel.flops.number;
  if (kernel.bytes.number) arguments["bytes"] = *kernel.bytes.number;
  return arguments;
}

}  // namespace

std::string chrome_trace(const std::vector<TraceEvent>& events, const report::Report& report,
                         const SourceFiles& files) {
  const int process = getpid();
  uint64_t start = UINT64_MAX;
  int32_t caller = 0;
  for (const auto& [event, thread] : events) {
    start = std::min(start, event.begin);
    if (event.kind == KILN_TRACE_CALL) caller = thread;
  }
  std::vector<int32_t> threads = {caller};
  for (const TraceEvent& item : events)
    if (std::find(threads.begin(), threads.end(), item.thread) == threads.end())
      threads.push_back(item.thread);
  Json list = Json::array();
  list.push_back(
      {{"name", "process_name"}, {"ph", "M"}, {"pid", process}, {"args", {{"name", report.function}}}});
  for (size_t i = 0; i < threads.size(); ++i)
    list.push_back({{"name", "thread_name"},
                    {"ph", "M"},
                    {"pid", process},
                    {"tid", threads[i]},
                    {"args", {{"name", i == 0 ? "caller" : "worker " + std::to_string(i)}}}});
  // Times are in microseconds; what lies around others stands before them.
  std::vector<const TraceEvent*> ordered;
  for (const TraceEvent& item : events) ordered.push_back(&item);
  std::stable_sort(ordered.begin(), ordered.end(), [](const TraceEvent* a, const TraceEvent* b) {
    return a->event.begin != b->event.begin ? a->event.begin < b->event.begin : a->event.kind < b->event.kind;
  });
  constexpr const char* categories[] = {"call", "kernel", "part"};
  for (const TraceEvent* item : ordered) {
    const kiln_trace_event& event = item->event;
    const bool is_call = event.kind == KILN_TRACE_CALL;
    const char* function = *event.function != '\0' ? event.function : name_of_packing;
    list.push_back({{"name", is_call ? function : event.name},
                    {"cat", categories[event.kind]},
                    {"ph", "X"},
                    {"ts", static_cast<double>(event.begin - start) / 1000},
                    {"dur", static_cast<double>(event.end - event.begin) / 1000},
                    {"pid", process},
                    {"tid", item->thread},
                    {"args", arguments_of(event, report, files)}});
  }
  return Json{{"displayTimeUnit", "ns"}, {"traceEvents", list}}.dump() + "\n";
}

}  // namespace kiln::tools
