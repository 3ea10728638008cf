#include <algorithm>
#include <set>

#include "driver/work_memory.h"
#include "kernel/explain.h"
#include "report/report.h"
#include "source/origin.h"
#include "source/place_for_user.h"

namespace kiln::report {
namespace {

/// A place that is longer than this is a block: its head says what it is.
constexpr int most_lines = 6;

class Maker {
 public:
  Maker(const Subject& subject, const std::map<std::string, int64_t>& dims) : subject_(subject) {
    report_.function = subject.function.name;
    report_.documentation = subject.function.documentation;
    report_.target = subject.target;
    report_.file = subject.root;
    report_.dims = dims;
    for (const std::string& dim : subject.function.graph.dims)
      if (!dims.contains(dim)) report_.unknown_dims.push_back(dim);
  }

  Report run() {
    dim::Dim flops = 0, bytes = 0;
    for (uint32_t i = 0; i < program().kernels.size(); ++i) {
      report_.kernels.push_back(kernel(i));
      flops = flops + report_.kernels.back().all_flops.formula;
      bytes = bytes + report_.kernels.back().all_bytes.formula;
    }
    report_.flops = amount(flops);
    report_.bytes = amount(bytes);
    for (const kernel::ProgramLoop& loop : program().loops) report_.loops.push_back(this->loop(loop));
    for (const kernel::Check& check : program().checks) add_check(check);
    for (const kernel::Buffer& buffer : program().buffers) add_buffer(buffer);
    find_peak();
    if (subject_.kept && subject_.kept->is_there) add_kept(*subject_.kept);
    return std::move(report_);
  }

 private:
  const kernel::Program& program() const { return subject_.program; }

  Amount amount(const dim::Dim& formula) const {
    const auto value = formula.evaluate(report_.dims);
    return {formula, value ? std::optional<double>(static_cast<double>(*value)) : std::nullopt};
  }

  Kernel kernel(uint32_t number) {
    const kernel::Kernel& source = program().kernels[number];
    const kernel::Explanation& about = source.explanation;
    Kernel kernel;
    kernel.name = source.name;
    kernel.values = about.values;
    kernel.notes = about.notes;
    kernel.schedule = about.schedule;
    kernel.is_serial = source.serial;
    kernel.flops = amount(about.flops);
    kernel.bytes = amount(about.bytes);
    kernel.runs = amount(kernel::in_all_rounds(program(), number, 1));
    kernel.all_flops = amount(kernel::in_all_rounds(program(), number, about.flops));
    kernel.all_bytes = amount(kernel::in_all_rounds(program(), number, about.bytes));
    const std::vector<Span> places = places_of(source.span, subject_.function.calls);
    const Span place = place_for_user(places, subject_.function.span.file);
    if (place.known()) kernel.place = place_in_library(subject_.files, place);
    kernel.lines = lines_of(source);
    return kernel;
  }

  std::vector<Lines> lines_of(const kernel::Kernel& kernel) const {
    std::set<Lines> found;
    std::vector<Origin> origins = kernel.explanation.origins;
    origins.push_back(kernel.span);
    for (const Origin& origin : origins)
      for (const Span& span : places_of(origin, subject_.function.calls))
        if (span.known()) found.insert(lines_of(span));
    std::vector<Lines> lines(found.begin(), found.end());
    std::stable_partition(lines.begin(), lines.end(),
                          [&](const Lines& at) { return at.file == subject_.root; });
    return lines;
  }

  Lines lines_of(const Span& span) const {
    const SourceFile& file = subject_.files[span.file];
    const int first = file.position_of(span.begin).line;
    const int last = file.position_of(span.end > span.begin ? span.end - 1 : span.begin).line;
    return {span.file, first, last - first < most_lines ? last : first};
  }

  Loop loop(const kernel::ProgramLoop& source) const {
    Loop loop{source.first_kernel, source.last_kernel, "each round of " + source.counter, {}};
    if (source.limit) loop.rounds += " below " + source.limit->to_string();
    if (source.reversed) loop.rounds += ", from the last to the first";
    if (source.rounds.valid()) loop.rounds += ", as many as data says";
    if (source.go_on.valid()) loop.rounds += ", while a condition holds";
    const auto names = [&](const auto& list, const auto& buffer_of) {
      std::string text;
      for (const auto& item : list)
        text += (text.empty() ? "" : ", ") + program().buffers[buffer_of(item).number].name;
      return text;
    };
    if (!source.carried.empty())
      loop.notes.push_back(names(source.carried, [](const auto& carried) { return carried.current; }) +
                           ": in two memories in turn, since the old value is read at other places than the "
                           "new one is written");
    if (!source.rows.empty())
      loop.notes.push_back(names(source.rows, [](const auto& row) { return row.stack; }) +
                           ": each round writes its row");
    return loop;
  }

  void add_check(const kernel::Check& check) {
    report_.checks.push_back(
        "after kernel " + std::to_string(check.after_kernel) + ": " +
        (check.message.empty() ? check.tensor + " axis " + std::to_string(check.axis) + " at " + check.place
                               : check.message));
  }

  void add_buffer(const kernel::Buffer& buffer) {
    if (buffer.scope != kernel::Scope::arena && buffer.scope != kernel::Scope::worker) return;
    report_.buffers.push_back({buffer.name, buffer.scope == kernel::Scope::worker, amount(buffer.bytes()),
                               buffer.first_kernel, buffer.last_kernel});
  }

  /// Sums of formulas of dims are no peak: that needs numbers.
  void find_peak() {
    const auto alone = driver::place_work_memory({&program()}, report_.dims, 1);
    const auto together = driver::place_work_memory({&program()}, report_.dims, 2);
    if (!alone || !together) return;
    Peak peak{
        alone->bytes(), std::max<int64_t>(0, together->bytes() - alone->bytes()), alone->arena, 0, 0, {}};
    for (size_t i = 0; i < report_.buffers.size(); ++i) {
      report_.buffers[i].offset = alone->places[i].offset;
      report_.buffers[i].placed_bytes = alone->places[i].bytes;
    }
    for (uint32_t kernel = 0; kernel < report_.kernels.size(); ++kernel) {
      int64_t held = 0;
      std::vector<uint32_t> holders;
      for (uint32_t i = 0; i < report_.buffers.size(); ++i) {
        const Buffer& buffer = report_.buffers[i];
        if (buffer.first_kernel > kernel || buffer.last_kernel < kernel || buffer.placed_bytes == 0) continue;
        held += buffer.placed_bytes;
        holders.push_back(i);
      }
      if (held <= peak.held) continue;
      peak.kernel = kernel;
      peak.held = held;
      peak.holders = std::move(holders);
    }
    std::stable_sort(peak.holders.begin(), peak.holders.end(), [&](uint32_t a, uint32_t b) {
      return report_.buffers[a].placed_bytes > report_.buffers[b].placed_bytes;
    });
    report_.peak = std::move(peak);
  }

  void add_kept(const fuse::KeptForBackward& kept) {
    report_.has_reverse_derivative = true;
    dim::Dim sum = 0;
    for (const fuse::KeptValue& value : kept.kept) {
      sum = sum + value.bytes;
      std::string shape;
      for (const dim::Dim& extent : value.type.shape)
        shape += (shape.empty() ? "[" : ", ") + extent.to_string();
      report_.kept.push_back({value.name,
                              std::string(name_of(value.type.element)) + shape + (shape.empty() ? "" : "]"),
                              amount(value.bytes)});
    }
    report_.kept_bytes = amount(sum);
    report_.made_again.assign(kept.made_again.begin(), kept.made_again.end());
  }

  const Subject& subject_;
  Report report_;
};

}  // namespace

Report make_report(const Subject& subject, const std::map<std::string, int64_t>& dims) {
  return Maker(subject, dims).run();
}

void predict(Report& report, const Limits& limits) {
  report.limits = limits;
  for (Kernel& kernel : report.kernels) {
    if (!kernel.all_flops.number || !kernel.all_bytes.number) continue;
    const double by_flops = *kernel.all_flops.number / limits.flops;
    const double by_bytes = *kernel.all_bytes.number / limits.bytes;
    kernel.is_bound_by_flops = by_flops > by_bytes;
    kernel.predicted = std::max(by_flops, by_bytes);
  }
}

double Report::seconds() const {
  double sum = 0;
  for (const Kernel& kernel : kernels) sum += kernel.seconds();
  return sum;
}

}  // namespace kiln::report
