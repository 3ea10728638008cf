#include <fmt/format.h>

#include "kernel/contraction_tiles.h"

namespace kiln::kernel {

using dim::Dim;

namespace {

/// Up to here a side that is only known at the call runs the schedule for few rows.
constexpr int64_t few_rows = 4;

std::string describe(const Task& task, const ContractionChoice& choice) {
  const graph::Compute& compute = task.compute(task.group.members[0]);
  const auto name = [&](uint32_t index) {
    return index == UINT32_MAX ? std::string("none") : compute.domain[index].name;
  };
  if (choice.kind == ContractionChoice::Kind::dots)
    return fmt::format("contraction, {} dot products at a time along {}", choice.rows, name(choice.row));
  return fmt::format(
      "contraction {}x{}, rows {}, lanes {}, {}", choice.rows,
      choice.vectors * task.machine.lanes(task.function().type_of(task.group.members[0]).element),
      name(choice.row), name(choice.lane),
      choice.pack ? "lane operand packed" : "operands read where they lie");
}

void run(const Task& task, const ContractionForm& form, const ContractionChoice& choice) {
  std::string& text = task.kernel.explanation.schedule;
  text += (text.empty() ? "" : "; else ") + describe(task, choice);
  if (choice.kind == ContractionChoice::Kind::dots) return contraction_dots(task, form, choice);
  contraction_tiles(task, form, choice);
}

}  // namespace

bool schedule_contraction(const Task& task) {
  const std::optional<ContractionForm> form = contraction_form(task);
  if (!form || form->k.empty()) return false;
  const Dim m = form->extent_of(form->contraction.m), n = form->extent_of(form->contraction.n);
  const int64_t some_m = guess(m), some_n = guess(n);
  const ContractionChoice usual = choose_contraction(*form, some_m, some_n, task.machine);
  if (usual.kind == ContractionChoice::Kind::tiles && usual.lane == UINT32_MAX) return false;
  const bool few_m = !m.constant() && some_n > few_rows, few_n = !n.constant() && some_m > few_rows;
  if (few_m == few_n) {  // both sides known, or none: nothing to tell apart
    run(task, *form, usual);
    return true;
  }
  const ContractionChoice few =
      choose_contraction(*form, few_m ? few_rows : some_m, few_n ? few_rows : some_n, task.machine);
  Builder& builder = task.builder();
  const Value is_few =
      builder.map(ScalarFunction::less_equal, {builder.dim(few_m ? m : n), builder.integer(few_rows)});
  task.kernel.explanation.schedule = fmt::format("if {} <= {}: ", (few_m ? m : n).to_string(), few_rows);
  std::string& text = task.kernel.explanation.schedule;
  builder.branch(
      is_few,
      [&] {
        const std::string condition = text;
        text.clear();
        run(task, *form, few);
        text = condition + text;
      },
      [&] { run(task, *form, usual); });
  return true;
}

}  // namespace kiln::kernel
