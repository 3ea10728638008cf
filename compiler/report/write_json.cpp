#include <nlohmann/json.hpp>

#include "report/report.h"

namespace kiln::report {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Amount& amount) {
  return {{"formula", amount.formula.to_string()}, {"number", amount.number ? Json(*amount.number) : Json()}};
}

Json json_of(const std::optional<double>& number) { return number ? Json(*number) : Json(); }

Json json_of(const Kernel& kernel, const SourceFiles& files) {
  Json lines = Json::array();
  for (const Lines& at : kernel.lines)
    lines.push_back({{"file", files[at.file].path()}, {"first", at.first}, {"last", at.last}});
  return {{"name", kernel.name},
          {"place", kernel.place},
          {"lines", lines},
          {"computes", kernel.values},
          {"schedule", kernel.schedule},
          {"notes", kernel.notes},
          {"one_thread", kernel.is_serial},
          {"flops", json_of(kernel.flops)},
          {"bytes", json_of(kernel.bytes)},
          {"runs", json_of(kernel.runs)},
          {"predicted_seconds", json_of(kernel.predicted)},
          {"bound_by", !kernel.predicted ? Json() : Json(kernel.is_bound_by_flops ? "flops" : "bytes")},
          {"measured_seconds", json_of(kernel.measured)}};
}

Json json_of(const Buffer& buffer) {
  return {{"name", buffer.name},
          {"for_each_thread", buffer.is_for_each_thread},
          {"bytes", json_of(buffer.bytes)},
          {"first_kernel", buffer.first_kernel},
          {"last_kernel", buffer.last_kernel},
          {"offset", buffer.offset < 0 ? Json() : Json(buffer.offset)}};
}

}  // namespace

std::string write_json(const Report& report, const SourceFiles& files) {
  Json json = {{"version", 1},        {"function", report.function},    {"target", report.target},
               {"dims", report.dims}, {"flops", json_of(report.flops)}, {"bytes", json_of(report.bytes)}};
  json["limits"] = !report.limits ? Json()
                                  : Json{{"flops_per_second", report.limits->flops},
                                         {"bytes_per_second", report.limits->bytes},
                                         {"threads", report.limits->threads},
                                         {"source", report.limits->source}};
  json["measurement"] = !report.measurement ? Json()
                                            : Json{{"seconds", report.measurement->seconds},
                                                   {"calls", report.measurement->calls},
                                                   {"threads", report.measurement->threads}};
  json["kernels"] = Json::array();
  for (const Kernel& kernel : report.kernels) json["kernels"].push_back(json_of(kernel, files));
  json["loops"] = Json::array();
  for (const Loop& loop : report.loops)
    json["loops"].push_back({{"first_kernel", loop.first_kernel},
                             {"last_kernel", loop.last_kernel},
                             {"rounds", loop.rounds},
                             {"notes", loop.notes}});
  json["checks"] = report.checks;
  json["work_memory"] = Json::array();
  for (const Buffer& buffer : report.buffers) json["work_memory"].push_back(json_of(buffer));
  json["peak"] = !report.peak ? Json()
                              : Json{{"bytes", report.peak->bytes},
                                     {"for_each_further_thread", report.peak->for_each_thread},
                                     {"kernel", report.peak->kernel},
                                     {"held", report.peak->held},
                                     {"holders", report.peak->holders}};
  json["kept_for_the_way_back"] = Json::array();
  for (const Kept& kept : report.kept)
    json["kept_for_the_way_back"].push_back(
        {{"name", kept.name}, {"type", kept.type}, {"bytes", json_of(kept.bytes)}});
  json["made_again"] = report.made_again;
  return json.dump(1) + "\n";
}

}  // namespace kiln::report
