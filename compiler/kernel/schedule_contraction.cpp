#include <fmt/format.h>

#include "fuse/frozen_panels.h"
#include "kernel/contraction_tiles.h"
#include "kernel/contraction_windows.h"
#include "kernel/even_parts.h"

namespace kiln::kernel {

using dim::Dim;

namespace {

/// Up to here a side that is only known at the call runs the schedule for few rows.
constexpr int64_t few_rows = 4;
/// The same for the summed indices.
constexpr int64_t most_few_steps = 4;
constexpr int vectors_for_few_steps = 4;
/// Tiles of fewer rows do not keep the multipliers at work; of so many pixels one may be beyond the end.
constexpr int least_tile_of_image = 6;
constexpr int64_t pixels_for_an_idle_one = 8;
/// More pixels of an image fill the lanes, and are stored along them.
constexpr int64_t most_pixels_on_panels = 256;

std::string describe(const Task& task, const ContractionForm& form, const ContractionChoice& choice) {
  const graph::Compute& compute = task.compute(task.group.members[0]);
  const auto name = [&](uint32_t index) {
    if (index == UINT32_MAX) return std::string("none");
    std::string joined;
    for (const IndexPart& part : form.parts_of(index))
      joined += (joined.empty() ? "" : "*") + compute.domain[part.index].name;
    return joined;
  };
  const auto packed = [&] {
    if (form.frozen.valid())
      return !choice.pack_rows  ? "in panels of the model"
             : form.has_windows ? "in panels of the model, windows packed"
                                : "in panels of the model, the other operand packed";
    if (form.has_windows) return choice.pack_rows ? "windows and the other operand packed" : "windows packed";
    if (form.has_panels()) return "in panels made before the loop";
    return choice.pack_rows ? "both operands packed"
           : choice.pack    ? "lane operand packed"
                            : "operands read where they lie";
  };
  if (choice.kind == ContractionChoice::Kind::dots)
    return fmt::format("contraction, {} dot products at a time along {}", choice.rows, name(choice.row));
  return fmt::format(
      "contraction {}x{}, rows {}, lanes {}, {}", choice.rows,
      choice.vectors * task.machine.lanes(task.function().type_of(task.group.members[0]).element),
      name(choice.row), name(choice.lane), packed());
}

void run(const Task& task, const ContractionForm& form, const ContractionChoice& choice) {
  std::string& text = task.kernel.explanation.schedule;
  text += describe(task, form, choice);
  if (choice.kind == ContractionChoice::Kind::dots) return contraction_dots(task, form, choice);
  contraction_tiles(task, form, choice);
}

/// Two schedules, of which `size` chooses at the call.
void run_either(const Task& task, const ContractionForm& form, const Dim& size, int64_t few,
                const ContractionChoice& for_few, const ContractionChoice& for_more) {
  Builder& builder = task.builder();
  const Value is_few = builder.map(ScalarFunction::less_equal, {builder.dim(size), builder.integer(few)});
  std::string& text = task.kernel.explanation.schedule;
  text += fmt::format("if {} <= {}: ", size.to_string(), few);
  builder.branch(
      is_few, [&] { run(task, form, for_few); },
      [&] {
        text += "; else ";
        run(task, form, for_more);
      });
}

/// With few steps of k the results' own traffic decides: long rows of them, nothing packed.
std::optional<ContractionChoice> choice_for_few_steps(const ContractionForm& form,
                                                      const ContractionChoice& usual) {
  if (usual.kind != ContractionChoice::Kind::tiles || usual.row == UINT32_MAX) return std::nullopt;
  const fuse::LinearRead& lanes = usual.rows_are_n ? form.contraction.a : form.contraction.b;
  if (!lanes.offset.coefficient_of(usual.lane).is_constant(1)) return std::nullopt;
  if (!form.result.coefficient_of(usual.lane).is_constant(1)) return std::nullopt;
  ContractionChoice choice = usual;
  choice.rows = 1;
  choice.vectors = vectors_for_few_steps;
  choice.pack = choice.pack_rows = false;
  choice.within = UINT32_MAX;
  choice.panels = 1;
  choice.steps = 0;
  return choice;
}

/// A contraction for each point of the residues: what is written there lies at strides, and what is summed
/// is as much as there is, without conditions.
bool schedule_residues(const Task& task, const std::vector<std::vector<int64_t>>& residues) {
  std::vector<std::pair<ContractionForm, ContractionChoice>> parts;
  for (const std::vector<int64_t>& numbers : residues) {
    const std::optional<ContractionForm> form = contraction_form(task, numbers);
    if (!form || form->k.empty()) return false;
    const std::optional<ContractionChoice> choice = choose_windows(task, *form);
    if (!choice) return false;
    parts.emplace_back(*form, *choice);
  }
  std::string& text = task.kernel.explanation.schedule;
  for (const auto& [form, choice] : parts) {
    const std::string before = text;
    text.clear();
    run(task, form, choice);
    const bool is_same = before == text || before.ends_with("; " + text);
    if (is_same || !before.empty()) text = is_same ? before : before + "; " + text;
  }
  text = fmt::format("{} residues, each a contraction: {}", parts.size(), text);
  return true;
}

/// Windows that stay inside an image are read where they lie if a row of the image is a whole number of
/// tiles, or nearly: only the lanes have to neighbour, and those are in panels.
bool reads_plain_windows(const ContractionForm& plain, const ContractionChoice& choice) {
  if (choice.row == UINT32_MAX) return false;
  const std::optional<int64_t> pixels = plain.extents[choice.row].constant();
  if (!pixels || choice.rows < least_tile_of_image) return false;
  const int64_t idle = divide_up(*pixels, choice.rows) * choice.rows - *pixels;
  return idle * pixels_for_an_idle_one <= *pixels;
}

/// The same with an operand in the panels of a frozen model.
struct OnPanels {
  ContractionForm form;
  ContractionChoice choice;

  /// Results are stored transposed, and their rows are not read where they lie in windows: few of them could
  /// not fill the lanes.
  bool is_for_few_rows() const {
    return Epilogue::turns(form, choice) && (form.has_windows || form.k.size() == 1);
  }
};

/// Nothing where the operand is numbered in another order, or rows are known to be too many.
std::optional<OnPanels> on_panels(const Task& task, const ContractionForm& form) {
  if (!task.group.frozen || form.is_ragged()) return std::nullopt;
  const fuse::FrozenOperand& frozen = *task.group.frozen;
  OnPanels found;
  const auto take = [&](const ContractionForm& from, const auto& choose) {
    found.form = from;
    fuse::read_in_panels(task.plan.panels[frozen.panels], frozen, found.form.contraction);
    found.form.frozen = task.context.buffers.panels(frozen.panels);
    found.choice = choose(found.form);
  };
  const auto choose = [&](const ContractionForm& it) { return choose_frozen_panels(it, task.machine); };
  if (form.has_windows) {
    if (const auto plain = form_with_plain_windows(task)) {
      take(*plain, choose);
      if (reads_plain_windows(found.form, found.choice)) return found;
    }
    if (!lies_as_numbered(form, frozen.is_a ? form.contraction.a : form.contraction.b)) return std::nullopt;
    take(form, [&](const ContractionForm& it) { return choose_windows_on_panels(task, it); });
  } else {
    take(form, choose);
  }
  const bool are_many = found.is_for_few_rows() &&
                        found.form.extents[found.choice.row].constant().value_or(0) > most_pixels_on_panels;
  return are_many ? std::nullopt : std::optional(found);
}

/// Whether the panels serve a call: the model is frozen, and there are not too many rows.
Value takes_panels(const Task& task, const OnPanels& frozen) {
  Builder& builder = task.builder();
  const BufferId flag = task.context.buffers.is_frozen(task.group.frozen->panels);
  const Value is_frozen = builder.load(flag, ElementType::boolean, builder.integer(0));
  if (!frozen.is_for_few_rows()) return is_frozen;
  const Value pixels = builder.dim(frozen.form.extents[frozen.choice.row]);
  return builder.both(
      is_frozen, builder.map(ScalarFunction::less_equal, {pixels, builder.integer(most_pixels_on_panels)}));
}

/// `usual`: for as many rows as there may be. Fewer, and few steps, have schedules of their own.
void run_for_any_size(const Task& task, const ContractionForm& form, const ContractionChoice& usual) {
  const Dim m = form.extent_of(form.contraction.m), n = form.extent_of(form.contraction.n);
  const int64_t some_m = some_points(m), some_n = some_points(n);
  const Dim k = form.extent_of(form.k);
  const bool few_m = !m.constant() && some_n > few_rows, few_n = !n.constant() && some_m > few_rows;
  if (few_m != few_n) {
    const ContractionChoice few =
        choose_contraction(form, few_m ? few_rows : some_m, few_n ? few_rows : some_n, task.machine);
    return run_either(task, form, few_m ? m : n, few_rows, few, usual);
  }
  const auto few_steps = choice_for_few_steps(form, usual);
  if (few_steps && k.constant().value_or(INT64_MAX) <= most_few_steps)
    run(task, form, *few_steps);
  else if (few_steps && !k.constant())
    run_either(task, form, k, most_few_steps, *few_steps, usual);
  else
    run(task, form, usual);
}

/// The schedule where no operand is in panels; nothing if no side can serve the lanes.
std::optional<ContractionChoice> usual_choice(const Task& task, const ContractionForm& form) {
  if (form.has_windows) return choose_windows(task, form);
  const int64_t m = some_points(form.extent_of(form.contraction.m)),
                n = some_points(form.extent_of(form.contraction.n));
  const ContractionChoice choice = choose_contraction(form, m, n, task.machine);
  if (choice.kind == ContractionChoice::Kind::tiles && choice.lane == UINT32_MAX) return std::nullopt;
  return choice;
}

}  // namespace

bool schedule_contraction(const Task& task) {
  if (const auto residues = residues_of(task); !residues.empty()) return schedule_residues(task, residues);
  const std::optional<ContractionForm> form = contraction_form(task);
  if (!form || form->k.empty()) return false;
  if (form->has_panels()) {
    run(task, *form, choose_panels(*form, task.machine));
    return true;
  }
  const std::optional<ContractionChoice> usual = usual_choice(task, *form);
  if (!usual) return false;
  const auto run_usual = [&] {
    form->has_windows || form->is_ragged() ? run(task, *form, *usual) : run_for_any_size(task, *form, *usual);
  };
  std::string& text = task.kernel.explanation.schedule;
  const std::optional<OnPanels> frozen = on_panels(task, *form);
  if (!frozen) {
    run_usual();
    if (form->is_ragged()) text += ", up to the end of each row";
    return true;
  }
  text += "if the model is frozen: ";
  task.builder().branch(
      takes_panels(task, *frozen), [&] { run(task, frozen->form, frozen->choice); },
      [&] {
        text += "; else ";
        run_usual();
      });
  return true;
}

}  // namespace kiln::kernel
