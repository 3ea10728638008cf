#include "kernel/contraction_form.h"

#include <algorithm>

#include "dim/guess.h"
#include "fuse/collapse.h"
#include "fuse/linear_offset.h"
#include "fuse/shape.h"
#include "kernel/even_parts.h"

namespace kiln::kernel {

using dim::Dim;
using graph::Affine;

namespace {

/// Up to this many rows the other operand is streamed once and not packed.
constexpr int64_t skinny_rows = 4;
/// Packing pays when a panel is read at least this often.
constexpr int64_t packed_uses = 3;
constexpr int64_t page_bytes = 4096;
/// Rows of a block: enough to pay for packing a panel, few enough to share out.
constexpr int64_t least_block = 56, most_block = 256;
/// Panels that a packed block is used for: enough to pay for its packing.
constexpr int64_t panels_of_packed_block = 8;
constexpr int dot_rows = 8;
/// Lines of one set of the first cache that its ways have room for, beside those of a panel.
constexpr int rows_that_may_collide = 7;
/// Rows of a tile on a panel where only the call knows how many there are: batches are often multiples.
constexpr int64_t rows_of_panels = 8;
/// The same for the pixels of an image: 7 x 7 and 14 x 14 leave few.
constexpr int64_t rows_of_image = 12;
/// Vectors of a tile on a panel of a frozen model: the square is the tile with fewest loads.
constexpr int frozen_vectors = 2;
constexpr int most_rows = 14;
/// Cycles of a dependent multiply-add.
constexpr double latency = 4;
/// Code for a last panel of its own has to pay.
constexpr double ragged = 1.02;
/// What loads cost beside the arithmetic that hides them; set so that tiles rank as measured
/// (kernels.md, 2.4).
constexpr double vector_load = 0.4, broadcast = 0.05;

/// Costs for one element, in vector operations for one element of the tile loop's work.
constexpr double copy_cost = 2, transpose_cost = 4, gather_cost = 12, transposed_store_cost = 3;

const Affine& lane_operand(const ContractionForm& form, bool rows_are_n) {
  return rows_are_n ? form.contraction.a.offset : form.contraction.b.offset;
}
/// The index of a side that neighbours in memory for `offset`, else the one with the most points; of equal
/// ones the innermost: a batch, which stands in front, may be of one.
uint32_t best_index(const ContractionForm& form, const std::vector<uint32_t>& side, const Affine& offset) {
  uint32_t best = UINT32_MAX;
  double best_score = -1;
  for (const uint32_t index : side) {
    if (form.extents[index].is_constant(1)) continue;
    const double points = static_cast<double>(some_points(form.extents[index]));
    const double score = points * (offset.coefficient_of(index).is_constant(1) ? 16 : 1);
    if (score >= best_score) {
      best = index;
      best_score = score;
    }
  }
  return best;
}

/// Accumulators leave room for one row of the lane operand and one broadcast.
int rows_for(int vectors, const Machine& machine) {
  return std::clamp((machine.vector_registers - vectors - 1) / vectors, 1, most_rows);
}

}  // namespace

/// Each tile takes max(FMA, loads) for each step.
TileShape best_tile(int64_t rows, int64_t lanes, int width, const Machine& machine) {
  TileShape best{1, 1};
  double best_time = 1e300;
  for (int vectors = 1; vectors <= 8; ++vectors) {
    const auto most = static_cast<int>(std::min<int64_t>(rows_for(vectors, machine), rows));
    for (int count = most; count >= std::max(1, most - 2); --count) {
      const auto time_of = [&](int64_t height, int64_t wide) {
        const auto tall = static_cast<double>(height), across = static_cast<double>(wide);
        return std::max({tall * across / 2, (tall + across) / 2, latency}) + vector_load * across +
               broadcast * tall;
      };
      const auto column = [&](int64_t wide) {
        const double whole = static_cast<double>(rows / count) * time_of(count, wide);
        return rows % count ? whole + time_of(rows % count, wide) : whole;
      };
      const int64_t panels = lanes / (width * vectors), rest = lanes % (width * vectors);
      double time = static_cast<double>(panels) * column(vectors);
      if (rest) time = time * ragged + column((rest + width - 1) / width);
      if (time < best_time * 0.99) {
        best_time = time;
        best = {count, vectors};
      }
    }
  }
  return best;
}

namespace {

/// Whether rows of the operand fall on the same few sets of the first cache: neighbours a multiple of a page
/// apart.
bool rows_collide(const ContractionForm& form, const Affine& rows, const ContractionChoice& choice) {
  if (choice.row == UINT32_MAX || form.k.empty()) return false;
  for (const uint32_t index : {choice.row, form.k.back()}) {
    const std::optional<int64_t> distance = rows.coefficient_of(index).constant();
    if (distance && *distance > 1 && *distance * size_of(form.element) % page_bytes == 0) return true;
  }
  return false;
}

/// Steps of k for which the second cache has room where each lies `distance` elements from the one before:
/// those a power of two apart share few sets.
int64_t steps_in_cache(const ContractionForm& form, const Affine& lanes, const Machine& machine) {
  const std::optional<int64_t> distance = lanes.coefficient_of(form.k.back()).constant();
  const int64_t bytes = distance.value_or(1) * size_of(form.element);
  return bytes == 0 ? INT64_MAX : machine.l2_bytes / (bytes & -bytes);
}

/// As many panels in one step of the grid as in another. `blocks`: of rows.
void share_panels(int64_t blocks, int64_t panels, ContractionChoice& choice) {
  const int64_t parts = shared_parts(divide_up(panels, choice.panels), blocks);
  choice.panels = std::max<int64_t>(1, divide_up(panels, parts));
}

/// Runs of k so that a block of rows stays in the second cache while many panels pass, and each packed panel
/// serves many rows: only one of the two has room with all of k.
/// Where only the call knows the rows (`rows_known` is false) it may have but one block of them.
void cut_steps(int64_t rows, bool rows_known, int64_t lanes, int64_t steps, int64_t steps_ahead,
               int element_bytes, const Machine& machine, ContractionChoice& choice) {
  const int64_t room = machine.l2_bytes * 3 / 8 / element_bytes;
  const int64_t most_rows_of_block = std::max<int64_t>(room / least_steps, choice.rows);
  choice.block = even_part(rows, most_rows_of_block, choice.rows);
  const int64_t most_steps =
      std::clamp<int64_t>(std::min(room / choice.block, steps_ahead), least_steps, 2 * least_steps);
  choice.steps = even_part(steps, most_steps, steps_unit);
  const int64_t panel = int64_t{choice.vectors} * machine.vector_bytes / element_bytes;
  const int64_t blocks = rows_known ? divide_up(rows, choice.block) : 1;
  for (const int64_t most_lanes : {most_lanes_of_block, most_lanes_of_block / 2}) {
    choice.panels = even_part(lanes, most_lanes, panel) / panel;
    if (blocks * divide_up(lanes, choice.panels * panel) >= shared_blocks) break;
  }
  share_panels(blocks, divide_up(lanes, panel), choice);
}

/// A block of rows stays in half of the second cache while the panels pass.
void choose_block(const ContractionForm& form, const Affine& rows, const Affine& lanes, int64_t lane_count,
                  const Machine& machine, ContractionChoice& choice) {
  const int64_t steps = guess_count(form.extent_of(form.k));
  const int element_bytes = size_of(form.element);
  const int64_t fitting = machine.l2_bytes / 2 / std::max<int64_t>(steps * element_bytes, 1);
  const int64_t wanted = std::clamp<int64_t>(fitting, least_block, most_block);
  choice.block = std::max<int64_t>(1, divide_up(wanted, choice.rows)) * choice.rows;
  // 0: only the call knows.
  const int64_t known = choice.row == UINT32_MAX ? 0 : form.extents[choice.row].constant().value_or(0);
  const int64_t row_count = choice.row == UINT32_MAX ? 1 : guess_count(form.extents[choice.row]);
  if (known > 0) choice.block = even_part(known, choice.block, choice.rows);  // for workers to share out
  const int64_t panel = int64_t{choice.vectors} * machine.lanes(form.element);
  const bool collide = rows_collide(form, rows, choice), many = lane_count >= panels_of_packed_block * panel;
  choice.pack_rows = choice.pack && many && collide;
  if (choice.pack_rows) {
    choice.panels = panels_of_packed_block;
    share_panels(known > 0 ? divide_up(known, choice.block) : 1, divide_up(lane_count, panel), choice);
  }
  if (!choice.pack || !many || form.k.size() != 1 || choice.row == UINT32_MAX) return;
  const int64_t ahead = steps_in_cache(form, lanes, machine);
  if (form.is_guarded) return;  // runs of steps and prefetches are laid out for a known number of steps
  choice.prefetch = row_count >= least_block && form.extents[form.k.back()].constant();
  if (row_count >= least_block && (fitting < std::min(row_count, most_block) || ahead < steps))
    cut_steps(row_count, known > 0, lane_count, steps, ahead, element_bytes, machine, choice);
  choice.prefetch = choice.prefetch && ahead >= (choice.steps > 0 ? choice.steps : steps);
}

/// Another index of the rows' side, whose rows may meet a panel once it is packed: where rows are read where
/// they lie and there are panels enough to share out.
uint32_t index_within(const ContractionForm& form, const std::vector<uint32_t>& row_side, int64_t lane_count,
                      int64_t panel, const ContractionChoice& choice) {
  const bool may = choice.pack && !choice.pack_rows && choice.steps == 0 && !form.is_guarded &&
                   !form.is_ragged() && form.contraction.masks.empty();
  if (!may || divide_up(lane_count, panel) < shared_blocks) return UINT32_MAX;
  uint32_t best = UINT32_MAX;
  for (const uint32_t index : row_side)
    if (index != choice.row && !form.extents[index].is_constant(1) &&
        (best == UINT32_MAX || guess_count(form.extents[index]) > guess_count(form.extents[best])))
      best = index;
  return best;
}

struct Oriented {
  ContractionChoice choice;
  double cost = 0;
};

Oriented orient(const ContractionForm& form, bool rows_are_n, int64_t m, int64_t n, const Machine& machine) {
  const int width = machine.lanes(form.element);
  Oriented result;
  ContractionChoice& choice = result.choice;
  choice.rows_are_n = rows_are_n;
  const auto& lane_side = rows_are_n ? form.contraction.m : form.contraction.n;
  const auto& row_side = rows_are_n ? form.contraction.n : form.contraction.m;
  const Affine& lanes = lane_operand(form, rows_are_n);
  choice.lane = best_index(form, lane_side, lanes);
  choice.row = best_index(form, row_side, form.result);
  if (choice.lane == UINT32_MAX) {
    result.cost = 1e300;
    return result;
  }
  const int64_t row_points = rows_are_n ? n : m, lane_points = rows_are_n ? m : n;
  const bool row_known = choice.row != UINT32_MAX;
  const int64_t row_count = row_known ? std::min(row_points, some_points(form.extents[choice.row])) : 1;
  const int64_t lane_count = std::min(lane_points, some_points(form.extents[choice.lane]));
  const TileShape tile = best_tile(row_count, lane_count, width, machine);
  choice.rows = tile.rows;
  choice.vectors = tile.vectors;
  const bool contiguous = lanes.coefficient_of(choice.lane).is_constant(1);
  const bool along_k = !form.k.empty() && lanes.coefficient_of(form.k.back()).is_constant(1);
  choice.pack = !contiguous || row_count >= packed_uses * tile.rows;
  const Affine& row_offset = rows_are_n ? form.contraction.b.offset : form.contraction.a.offset;
  choose_block(form, row_offset, lanes, lane_count, machine, choice);
  const int64_t panel = int64_t{choice.vectors} * width;
  choice.within = index_within(form, row_side, lane_count, panel, choice);
  const int64_t panel_bytes = guess_count(form.extent_of(form.k)) * panel * size_of(form.element);
  if (choice.within == UINT32_MAX && choice.pack_rows && panel_bytes <= machine.l2_bytes / 2) {
    // Few enough rows that collide are all in the first cache; then a panel can meet all there are.
    ContractionChoice few = choice;
    few.pack_rows = few.prefetch = false;
    few.panels = 1;
    few.steps = 0;
    few.rows = std::min(choice.rows, rows_that_may_collide);
    few.block = divide_up(choice.block, few.rows) * few.rows;
    few.within = index_within(form, row_side, lane_count, panel, few);
    if (few.within != UINT32_MAX) choice = few;
  }
  const double k = static_cast<double>(guess_count(form.extent_of(form.k)));
  const double pack = choice.pack ? (contiguous ? copy_cost : along_k ? transpose_cost : gather_cost) : 0;
  const bool stores_well = form.result.coefficient_of(choice.lane).is_constant(1);
  result.cost = static_cast<double>(lane_points) * k * pack;
  if (!stores_well) result.cost += transposed_store_cost * static_cast<double>(m) * static_cast<double>(n);
  const double idle =
      static_cast<double>((lane_count + width - 1) / width * width) / static_cast<double>(lane_count);
  result.cost += (idle - 1) * static_cast<double>(m) * static_cast<double>(n) * k;
  return result;
}

}  // namespace

int64_t guess_count(const Dim& dim) { return std::max<int64_t>(1, dim::guess(dim)); }

int64_t some_points(const Dim& dim) {
  constexpr int64_t enough = 64;
  return dim.constant() ? guess_count(dim) : std::max(enough, guess_count(dim));
}

Dim ContractionForm::extent_of(const std::vector<uint32_t>& indices) const {
  Dim product = 1;
  for (const uint32_t index : indices) product = product * extents[index];
  return product;
}

namespace {

/// Makes indices of the data in the offsets. False if reading it needs a guard.
bool take_data(Evaluation& at, ContractionForm& form) {
  for (Affine* offset : {&form.contraction.a.offset, &form.contraction.b.offset}) {
    for (const auto& [atom, factor] : offset->atoms) {
      if (at.needs_guard(atom)) return false;
      auto found = std::find(form.data.begin(), form.data.end(), atom);
      if (found == form.data.end()) found = form.data.insert(found, atom);
      offset->indices.emplace(
          static_cast<uint32_t>(form.extents.size() + static_cast<size_t>(found - form.data.begin())),
          factor);
    }
    offset->atoms.clear();
  }
  return true;
}

}  // namespace

namespace {

/// Written and summed indices share a subscript, or what is read at one point lies apart, as in a 1 x 1
/// convolution with a stride: plain offsets would keep rows of pixels from being joined.
bool reads_windows(const Task& task, const ContractionForm& form, const fuse::LinearRead& operand,
                   const std::vector<uint32_t>& side) {
  const auto& expressions = task.function().expressions;
  const bool may_be_of_one_point = !form.is_guarded && !form.is_ragged() && form.contraction.masks.empty();
  const auto has = [](const std::vector<uint32_t>& indices, uint32_t index) {
    return std::find(indices.begin(), indices.end(), index) != indices.end();
  };
  for (const graph::ExprId id : expressions[operand.read].operands) {
    const std::optional<Affine> subscript = graph::affine_of(expressions, id);
    bool written = false, summed = false, strided = false;
    size_t mentioned = 0;
    if (!subscript) continue;
    for (const auto& [index, factor] : subscript->indices) {
      if (form.extents[index].is_constant(1)) continue;
      ++mentioned;
      written = written || has(side, index);
      summed = summed || has(form.contraction.k, index);
      strided = strided || !factor.is_constant(1);
    }
    const bool is_one_point = may_be_of_one_point && strided && mentioned == 1;
    if (written && (summed || is_one_point)) return true;
  }
  return false;
}

bool has_windows(const Task& task, const ContractionForm& form) {
  return form.contraction.has_padding() ||
         reads_windows(task, form, form.contraction.a, form.contraction.m) ||
         reads_windows(task, form, form.contraction.b, form.contraction.n);
}

/// Notes which indices before `index` it stands for now, and were not of one point before.
void note_parts(ContractionForm& form, const std::vector<Dim>& before, uint32_t first, uint32_t count) {
  std::vector<IndexPart> parts;
  for (uint32_t index = first; index < count; ++index) {
    if (before[index].is_constant(1)) continue;
    parts.push_back({index, before[index]});
    if (form.extents[index].is_constant(1)) continue;
    if (parts.size() > 1) form.joined[index] = parts;
    parts.clear();
  }
}

void join_around_windows(const Task& task, ContractionForm& form) {
  const graph::ValueId value = task.group.members[0];
  const graph::Compute& compute = task.compute(value);
  const auto rank = task.rank(value);
  const fuse::Contraction& contraction = form.contraction;
  std::set<graph::ExprId> apart = {contraction.a.read, contraction.b.read};
  for (const fuse::LinearRead* operand : {&contraction.a, &contraction.b})
    apart.insert(operand->inside.begin(), operand->inside.end());
  const std::vector<Dim> before = form.extents;
  const auto side_of = [&](uint32_t index) {
    const auto has = [&](const std::vector<uint32_t>& side) {
      return std::find(side.begin(), side.end(), index) != side.end();
    };
    return before[index].is_constant(1) ? 0 : has(contraction.m) ? 1 : has(contraction.n) ? 2 : 3;
  };
  for (uint32_t first = 0, end = 0; first < rank; first = end) {
    for (end = first + 1; end < rank && side_of(end) == side_of(first);) ++end;
    fuse::collapse_indices(task.function(), task.group.members, first, end, form.extents, apart);
    note_parts(form, before, first, end);
  }
  form.result =
      *fuse::linear_offset(task.function().expressions, compute.write, task.function().type_of(value).shape);
  // The steps of k in the order in which they lie in the operand without windows.
  std::vector<IndexPart> steps;
  for (uint32_t index = rank; index < compute.domain.size(); ++index)
    if (!before[index].is_constant(1)) steps.push_back({index, before[index]});
  const Affine& order =
      reads_windows(task, form, contraction.a, contraction.m) ? contraction.b.offset : contraction.a.offset;
  std::stable_sort(steps.begin(), steps.end(), [&](const IndexPart& x, const IndexPart& y) {
    return dim::guess(order.coefficient_of(x.index)) > dim::guess(order.coefficient_of(y.index));
  });
  if (steps.empty()) return;
  Dim all = 1;
  for (const IndexPart& step : steps) {
    all = all * step.extent;
    form.extents[step.index] = 1;
  }
  const uint32_t last = steps.back().index;
  form.extents[last] = all;
  form.k = {last};
  if (steps.size() > 1) form.joined[last] = steps;
}

}  // namespace

std::vector<IndexPart> ContractionForm::parts_of(uint32_t index) const {
  const auto found = joined.find(index);
  return found == joined.end() ? std::vector<IndexPart>{{index, extents[index]}} : found->second;
}

int64_t ContractionForm::number_of(uint32_t index) const {
  const auto found = fixed.find(index);
  return found == fixed.end() ? 0 : found->second;
}

std::vector<std::vector<int64_t>> residues_of(const Task& task) {
  const graph::ValueId value = task.group.members[0];
  const graph::Compute& compute = task.compute(value);
  const auto contraction =
      fuse::match_contraction(task.function(), compute, task.function().type_of(value).shape);
  if (!contraction || contraction->residues.empty()) return {};
  std::vector<std::vector<int64_t>> points = {{}};
  for (const uint32_t index : contraction->residues) {
    std::vector<std::vector<int64_t>> longer;
    for (const std::vector<int64_t>& point : points)
      for (int64_t number = 0; number < *compute.domain[index].extent.constant(); ++number) {
        longer.push_back(point);
        longer.back().push_back(number);
      }
    points = std::move(longer);
  }
  return points;
}

namespace {

/// One point of the residues, and the steps of k that it leaves.
void fix_residues(const Task& task, const std::vector<int64_t>& numbers, ContractionForm& form) {
  const fuse::Contraction& contraction = form.contraction;
  for (size_t i = 0; i < numbers.size(); ++i) {
    form.fixed.emplace(contraction.residues[i], numbers[i]);
    form.extents[contraction.residues[i]] = 1;
  }
  for (const uint32_t index : contraction.k)
    form.extents[index] = fuse::summed_of_residue(task.function().expressions, contraction, numbers, index,
                                                  form.extents[index]);
}

}  // namespace

namespace {

/// The contraction with its indices as they stand.
std::optional<ContractionForm> form_as_written(const Task& task, const std::vector<int64_t>& numbers) {
  const graph::ValueId value = task.group.members[0];
  const graph::Compute& compute = task.compute(value);
  auto contraction = fuse::match_contraction(task.function(), compute, task.function().type_of(value).shape);
  if (!contraction) return std::nullopt;
  ContractionForm form;
  form.contraction = std::move(*contraction);
  form.is_guarded = !form.contraction.summed_guards.empty() || !form.contraction.written_guards.empty();
  Evaluation at(task.context, compute);
  for (const graph::ExprId guard : compute.guard)
    if (at.needs_guard(guard)) return std::nullopt;
  form.element = task.function().type_of(value).element;
  for (const graph::Index& index : compute.domain) form.extents.push_back(index.extent);
  if (!form.contraction.residues.empty()) fix_residues(task, numbers, form);
  if (!take_data(at, form)) return std::nullopt;
  return form;
}

void join_where_all_nests(const Task& task, ContractionForm& form) {
  const graph::ValueId value = task.group.members[0];
  const graph::Compute& compute = task.compute(value);
  const std::vector<Dim>& shape = task.function().type_of(value).shape;
  const auto rank = static_cast<uint32_t>(shape.size()), count = static_cast<uint32_t>(compute.domain.size());
  fuse::collapse_indices(task.function(), task.group.members, 0, rank, form.extents);
  fuse::collapse_indices(task.function(), {value}, rank, count, form.extents);
  form.result = *fuse::linear_offset(task.function().expressions, compute.write, shape);
  for (uint32_t index = rank; index < count; ++index)
    if (!form.extents[index].is_constant(1)) form.k.push_back(index);
}

}  // namespace

std::optional<ContractionForm> contraction_form(const Task& task, const std::vector<int64_t>& numbers) {
  std::optional<ContractionForm> form = form_as_written(task, numbers);
  if (!form) return std::nullopt;
  if (!form->contraction.residues.empty() || has_windows(task, *form)) {
    if (form->is_guarded || form->is_ragged() || !form->contraction.masks.empty()) return std::nullopt;
    form->has_windows = true;
    join_around_windows(task, *form);
    return form;
  }
  join_where_all_nests(task, *form);
  // The inner loop is the summed index that neighbours in memory, where one does; it must be worth unrolling.
  for (const Affine* offset : {&form->contraction.a.offset, &form->contraction.b.offset})
    for (size_t i = 0; i < form->k.size(); ++i)
      if (offset->coefficient_of(form->k[i]).is_constant(1) && guess_count(form->extents[form->k[i]]) >= 8) {
        std::rotate(form->k.begin() + static_cast<std::ptrdiff_t>(i),
                    form->k.begin() + static_cast<std::ptrdiff_t>(i) + 1, form->k.end());
        break;
      }
  return form;
}

std::optional<ContractionForm> form_with_plain_windows(const Task& task) {
  std::optional<ContractionForm> form = form_as_written(task, {});
  if (!form || form->contraction.has_padding() || !form->contraction.residues.empty()) return std::nullopt;
  join_where_all_nests(task, *form);
  return form;
}

ContractionChoice choose_panels(const ContractionForm& form, const Machine& machine) {
  ContractionChoice choice;
  choice.rows_are_n = form.contraction.a.panel != 0;  // the lanes are its m
  const fuse::LinearRead& panels = choice.rows_are_n ? form.contraction.a : form.contraction.b;
  const auto& row_side = choice.rows_are_n ? form.contraction.n : form.contraction.m;
  choice.lane = panels.lanes;
  choice.row = best_index(form, row_side, form.result);
  choice.vectors = static_cast<int>(panels.panel / machine.lanes(form.element));
  const int64_t most = rows_for(choice.vectors, machine);
  choice.rows = static_cast<int>(std::min(most, rows_of_panels));
  if (choice.row == UINT32_MAX) {
    choice.rows = 1;
  } else if (const std::optional<int64_t> rows = form.extents[choice.row].constant(); rows && *rows > 0) {
    choice.rows = static_cast<int>(even_part(*rows, most, 1));
  }
  choice.block = divide_up(most_block, choice.rows) * choice.rows;
  return choice;
}

ContractionChoice choose_frozen_panels(const ContractionForm& form, const Machine& machine) {
  ContractionChoice choice = choose_panels(form, machine);
  const int64_t rows = choice.row == UINT32_MAX ? 1 : some_points(form.extents[choice.row]);
  if (rows <= rows_of_panels) return choice;
  choice.vectors = std::min(choice.vectors, frozen_vectors);
  const int64_t most = rows_for(choice.vectors, machine);
  const bool is_known = form.extents[choice.row].constant().has_value();
  const bool is_image = !form.result.coefficient_of(choice.lane).is_constant(1);
  choice.rows = static_cast<int>(is_known ? even_part(rows, most, 1)
                                          : std::min(most, is_image ? rows_of_image : rows_of_panels));
  if (form.has_windows) return choice;  // choose_windows cuts these
  // Blocks as if it were packed here, since it was.
  choice.pack = true;
  const auto& row_side = choice.rows_are_n ? form.contraction.n : form.contraction.m;
  const Affine& row_offset = choice.rows_are_n ? form.contraction.b.offset : form.contraction.a.offset;
  const int64_t lane_count = guess_count(form.extents[choice.lane]);
  choose_block(form, row_offset, lane_operand(form, choice.rows_are_n), lane_count, machine, choice);
  const int64_t lanes = int64_t{choice.vectors} * machine.lanes(form.element);
  choice.within = index_within(form, row_side, lane_count, lanes, choice);
  choice.pack = false;
  if (is_image) choice.prefetch = form.k.size() == 1 && form.extents[form.k.back()].constant();
  return choice;
}

ContractionChoice choose_contraction(const ContractionForm& form, int64_t m, int64_t n,
                                     const Machine& machine) {
  if (std::min(m, n) <= skinny_rows && !form.is_ragged()) {
    // The long side's operand is read once: along whatever neighbours in it.
    const bool rows_are_n = n < m;  // rows: the short side
    const Affine& stream = lane_operand(form, rows_are_n);
    const auto& long_side = rows_are_n ? form.contraction.m : form.contraction.n;
    const bool along_k = !form.k.empty() && stream.coefficient_of(form.k.back()).is_constant(1);
    bool along_lanes = false;
    for (const uint32_t index : long_side)
      along_lanes =
          along_lanes || (stream.coefficient_of(index).is_constant(1) && !form.extents[index].is_constant(1));
    if (!along_lanes && along_k) {
      ContractionChoice choice;
      choice.kind = ContractionChoice::Kind::dots;
      choice.rows_are_n = !rows_are_n;  // the rows of the dots are the long side
      choice.row = best_index(form, long_side, form.result);
      choice.rows =
          choice.row == UINT32_MAX
              ? 1
              : static_cast<int>(std::min<int64_t>(dot_rows, guess_count(form.extents[choice.row])));
      return choice;
    }
    if (along_lanes) {
      ContractionChoice choice = orient(form, rows_are_n, m, n, machine).choice;
      choice.pack = !stream.coefficient_of(choice.lane).is_constant(1);  // a longer one than the neighbours
      choice.pack_rows = false;
      choice.within = UINT32_MAX;
      choice.panels = 1;
      choice.steps = 0;
      return choice;
    }
  }
  const Oriented straight = orient(form, false, m, n, machine), turned = orient(form, true, m, n, machine);
  return straight.cost <= turned.cost ? straight.choice : turned.choice;
}

Value offset_of(Builder& builder, const Affine& offset, const std::map<uint32_t, Value>& bases) {
  Value sum = builder.dim(offset.constant);
  for (const auto& [index, coefficient] : offset.indices)
    if (const auto base = bases.find(index); base != bases.end())
      sum = builder.add(sum, builder.multiply(base->second, builder.dim(coefficient)));
  return sum;
}

}  // namespace kiln::kernel
