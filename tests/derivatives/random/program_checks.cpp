#include "program_checks.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <random>

#include "../../fuzz/targets.h"
#include "call_values.h"
#include "compiled_call.h"
#include "driver/pipeline.h"
#include "elaborate/elaborate.h"
#include "kernel/execute.h"
#include "sema/check.h"
#include "source/render_diagnostic.h"
#include "transform/expand_derivatives.h"
#include "transform/remove_dead.h"

namespace kiln::derivatives {
namespace {

using Numbers = std::vector<double>;
using Results = std::map<std::string, Numbers>;

/// Of derivatives at one point, relative to the sum of the absolute terms: only rounding lies between them.
constexpr double rounding = 1e-9;
/// Of a derivative and a difference quotient of the fourth order with this step.
constexpr double step = 3e-4, against_differences = 1e-6;

struct Stop {
  Complaint complaint;
};

graph::Function expanded(const graph::Function& function) {
  constexpr std::array passes = {driver::Pass{"remove-dead", transform::remove_dead},
                                 driver::Pass{"expand-derivatives", transform::expand_derivatives}};
  return driver::run_passes(passes, function, {});
}

/// The function with these results alone.
graph::Function only(graph::Function function, const std::vector<std::string>& results) {
  std::vector<graph::ValueId> outputs;
  for (const std::string& result : results)
    for (size_t i = 0; i < function.outputs.size(); ++i)
      if (function.output_names[i] == result) outputs.push_back(function.outputs[i]);
  function.outputs = outputs;
  function.output_names = results;
  return transform::remove_dead(function);
}

Numbers numbers_of(const graph::Tensor& tensor) {
  Numbers numbers;
  for (int64_t i = 0; i < tensor.count(); ++i) numbers.push_back(tensor.at(i).real);
  return numbers;
}

/// a . b, and how large the terms are.
struct Dot {
  double value = 0, size = 0;
  void add(const Numbers& a, const Numbers& b) {
    for (size_t i = 0; i < a.size(); ++i) {
      value += a[i] * b[i];
      size += std::abs(a[i] * b[i]);
    }
  }
};

/// A function of a number at 0, +-step and +-2 step.
struct Line {
  double step;
  std::array<double, 5> at = {};
  double slope() const { return (8 * (at[3] - at[1]) - (at[4] - at[0])) / (12 * step); }
  /// Second differences of both widths agree: no corner and no jump between. Only values are asked.
  bool is_smooth() const {
    const double near = (at[3] - 2 * at[2] + at[1]) / (step * step),
                 far = (at[4] - 2 * at[2] + at[0]) / (4 * step * step);
    return std::abs(near - far) <= 1e-3 * (1 + std::abs(near));
  }
};

class ProgramCheck {
 public:
  ProgramCheck(const RandomProgram& program, const elaborate::Module& module,
               const tools::LoadedLibrary* library, Way way, Tally& tally)
      : program_(program), module_(module), library_(library), way_(way), tally_(tally) {}

  /// Throws Stop, or what internal_error throws.
  void run() {
    tally_.programs += 1;
    tally_.compiled += way_ == Way::machine_code;
    all();
    if (program_.is_batched) batched();
  }

 private:
  int64_t extent(const char* dim) const { return program_.dims.at(dim); }

  [[noreturn]] void stop(const std::string& kind, const std::string& what) const { throw Stop{{kind, what}}; }

  Numbers reals(int64_t count, unsigned salt) const {
    std::mt19937_64 random(program_.points * 16 + salt);
    Numbers numbers;
    for (int64_t i = 0; i < count; ++i)
      numbers.push_back(static_cast<double>(random() >> 11) * 0x1p-53 * 3 - 1.5);
    return numbers;
  }

  graph::Tensor tensor(std::vector<int64_t> extents, const Numbers& numbers) const {
    graph::Tensor made(ElementType::f64, std::move(extents));
    for (size_t i = 0; i < numbers.size(); ++i)
      made.set(static_cast<int64_t>(i), Scalar::of_real(numbers[i]));
    return made;
  }

  graph::Tensor places(const char* over, const char* on, unsigned salt) const {
    std::mt19937_64 random(program_.points * 16 + salt);
    graph::Tensor made(ElementType::i32, {extent(over)});
    for (int64_t i = 0; i < made.count(); ++i)
      made.set(i, Scalar::of_integer(static_cast<int64_t>(
                      random() % static_cast<uint64_t>(std::max<int64_t>(1, extent(on))))));
    return made;
  }

  std::map<std::string, std::vector<int64_t>> shapes() const {
    const int64_t n = extent("N"), m = extent("M"), k = extent("K");
    return {{"x", {n, m}}, {"y", {m, k}}, {"z", {n}}};
  }

  /// x, y, z, moved by that much along v; the directions; the cotangent.
  std::map<std::string, graph::Tensor> arguments(double moved) const {
    std::map<std::string, graph::Tensor> list;
    unsigned salt = 0;
    for (const auto& [name, shape] : shapes()) {
      const int64_t count = graph::Tensor(ElementType::f64, shape).count();
      Numbers at = reals(count, ++salt);
      const Numbers v = reals(count, ++salt), u = reals(count, ++salt);
      for (size_t i = 0; i < at.size(); ++i) at[i] += moved * v[i];
      list[name] = tensor(shape, at);
      list["v" + name] = tensor(shape, v);
      list["u" + name] = tensor(shape, u);
    }
    list["c"] = tensor({3}, reals(3, ++salt));
    list["p"] = places("N", "M", ++salt);
    list["q"] = places("K", "N", ++salt);
    return list;
  }

  std::vector<graph::Tensor> inputs_of(const graph::Function& function,
                                       const std::map<std::string, graph::Tensor>& given) const {
    std::vector<graph::Tensor> inputs;
    for (const graph::ValueId input : function.inputs) inputs.push_back(given.at(function[input].name));
    return inputs;
  }

  Results interpreted(const graph::Function& function, const std::map<std::string, int64_t>& dims,
                      const std::map<std::string, graph::Tensor>& given) const {
    auto result = graph::interpret(function, dims, inputs_of(function, given));
    if (const auto* failure = std::get_if<graph::RuntimeFailure>(&result))
      stop("interpreted: a check failed", failure->message);
    Results results;
    for (size_t i = 0; i < function.output_names.size(); ++i)
      results[function.output_names[i]] = numbers_of(std::get<0>(result)[i]);
    return results;
  }

  /// The kernels and the library on the same arguments.
  void against_compiled(const elaborate::Function& function, const std::map<std::string, int64_t>& dims,
                        const std::map<std::string, graph::Tensor>& given, const Results& expected) const {
    if (way_ == Way::interpreted) return;
    const fuse::Bindings bindings = driver::bindings_of(function);
    Diagnostics diagnostics;
    const auto kernels =
        driver::kernels_of(function, program_.points % 2 ? "x86-64-v3" : "x86-64-v4", {}, diagnostics);
    if (!kernels) stop("no kernels", diagnostics.all().empty() ? "" : diagnostics.all()[0].message);
    std::vector<std::vector<std::byte>> buffers(bindings.argument_count);
    const std::vector<graph::Tensor> inputs = inputs_of(function.graph, given);
    for (size_t i = 0; i < inputs.size(); ++i) buffers[bindings.inputs[i]] = inputs[i].data;
    for (size_t i = 0; i < function.graph.outputs.size(); ++i)
      buffers[bindings.outputs[i]].resize(expected.at(function.graph.output_names[i]).size() * sizeof(double),
                                          std::byte{0x5b});
    const int workers = program_.points % 3 == 0 ? 3 : 1;
    if (const std::string failure = kernel::execute(*kernels, dims, buffers, workers); !failure.empty())
      stop("kernels: a check failed", failure);
    for (size_t i = 0; i < function.graph.outputs.size(); ++i) {
      const std::string& name = function.graph.output_names[i];
      Numbers numbers(expected.at(name).size());
      if (!numbers.empty())
        std::memcpy(numbers.data(), buffers[bindings.outputs[i]].data(), numbers.size() * sizeof(double));
      same("kernels give another", name, numbers, expected.at(name));
    }
    if (way_ == Way::machine_code) against_machine_code(function, given, expected);
  }

  void against_machine_code(const elaborate::Function& function,
                            const std::map<std::string, graph::Tensor>& given,
                            const Results& expected) const {
    tools::CallRequest request;
    request.tensors = given;
    for (const auto& [name, tensor] : given) {
      const bool is_used = std::any_of(
          function.arguments.begin(), function.arguments.end(),
          [&, wanted = name](const elaborate::Argument& argument) { return argument.name == wanted; });
      if (!is_used) request.tensors.erase(name);
    }
    request.dims = program_.dims;
    if (given.count("xs")) request.dims["B"] = given.at("xs").extents[0];
    tools::CallValues values;
    if (const std::string problem = tools::make_call_values(module_, function, request, values);
        !problem.empty())
      stop("machine code: cannot be called", problem);
    for (size_t i = 0; i < function.arguments.size(); ++i)
      if (function.arguments[i].direction == elaborate::Direction::out)
        for (graph::Tensor& leaf : values.arguments[i])
          std::fill(leaf.data.begin(), leaf.data.end(), std::byte{0x5b});
    tools::CompiledCall call(library_->api(), module_, function, values, program_.points % 4 == 0 ? 3 : 1);
    if (!call.problem().empty()) stop("machine code: cannot be called", call.problem());
    if (const std::string failure = call.run(); !failure.empty())
      stop("machine code: a check failed", failure);
    call.fetch();
    for (size_t i = 0; i < function.arguments.size(); ++i)
      if (function.arguments[i].direction == elaborate::Direction::out)
        same("machine code gives another", function.arguments[i].name, numbers_of(values.arguments[i].at(0)),
             expected.at(function.arguments[i].name));
  }

  void same(const std::string& kind, const std::string& name, const Numbers& a, const Numbers& b) const {
    double scale = 1, most = 0;
    for (const double number : b) scale = std::max(scale, std::abs(number));
    if (a.size() != b.size())
      stop(kind + " shape of " + name, fmt::format("{} against {}", a.size(), b.size()));
    for (size_t i = 0; i < a.size(); ++i)
      if (const double apart = std::abs(a[i] - b[i]); !(apart <= most)) most = apart;  // NaN too
    if (!(most <= rounding * scale))
      stop(kind + " " + name, fmt::format("off by {:.3g} of {:.3g}", most, scale));
  }

  static bool is_near(const Dot& a, const Dot& b, double tolerance) {
    return std::abs(a.value - b.value) <= tolerance * (1 + a.size + b.size);
  }

  void equal(const std::string& kind, const Dot& a, const Dot& b, double tolerance) const {
    if (!is_near(a, b, tolerance)) stop(kind, fmt::format("{:.15g} against {:.15g}", a.value, b.value));
  }

  void all() {
    const elaborate::Function* function = tools::find_function(module_, "all_" + program_.name);
    const graph::Function meaning = expanded(function->graph);
    const auto given = arguments(0);
    const Results r = interpreted(meaning, program_.dims, given);
    for (const auto& [name, numbers] : r)
      for (const double number : numbers)
        if (!std::isfinite(number)) stop("not finite: " + name, fmt::format("{}", number));
    std::map<std::string, Numbers> at;
    for (const auto& [name, value] : given)
      if (value.element == ElementType::f64) at[name] = numbers_of(value);
    Dot reverse, forward, again, forward_over_reverse, reverse_over_forward, reverse_over_reverse;
    forward.add(at["c"], r.at("dr"));
    forward_over_reverse.add({1}, r.at("uhv"));
    for (const std::string name : {"x", "y", "z"}) {
      reverse.add(r.at("g" + name), at["v" + name]);
      again.add(r.at("a" + name), at["v" + name]);
      reverse_over_forward.add(r.at("h" + name), at["u" + name]);
      reverse_over_reverse.add(r.at("r" + name), at["v" + name]);
    }
    equal("reverse against forward", reverse, forward, rounding);
    for (const std::string name : {"x", "y", "z"})
      same("recomputed against saved:", name, r.at("a" + name), r.at("g" + name));
    equal("forward over reverse against reverse over forward", forward_over_reverse, reverse_over_forward,
          rounding);
    equal("reverse over reverse against reverse over forward", reverse_over_reverse, reverse_over_forward,
          rounding);
    differences(meaning, r);
    against_compiled(*function, program_.dims, given, r);
  }

  /// Along v: the value by the cotangent, and the gradient by u. `first` gives both.
  std::pair<Line, Line> lines(const graph::Function& first, double width) const {
    const auto given = arguments(0);
    const Numbers c = numbers_of(given.at("c"));
    Line value{width}, gradient{width};
    for (int k = 0; k < 5; ++k) {
      const Results moved = interpreted(first, program_.dims, arguments((k - 2) * width));
      Dot f, g;
      f.add(moved.at("r"), c);
      for (const std::string name : {"x", "y", "z"})
        g.add(moved.at("g" + name), numbers_of(given.at("u" + name)));
      value.at[static_cast<size_t>(k)] = f.value;
      gradient.at[static_cast<size_t>(k)] = g.value;
    }
    return {value, gradient};
  }

  void differences(const graph::Function& meaning, const Results& r) {
    const graph::Function first = only(meaning, {"r", "gx", "gy", "gz"});
    const auto [value, gradient] = lines(first, step);
    if (program_.has_stopped) return;
    if (!value.is_smooth()) {
      ++tally_.at_corners;
      return;
    }
    Dot slope, curvature;
    slope.add(r.at("dr"), numbers_of(arguments(0).at("c")));
    ++tally_.slopes;
    // Where loops have made a function wild, the step is too wide for its differences: a finer one decides.
    const bool is_fine = is_near(slope, {value.slope(), 0}, against_differences);
    equal("forward against differences", slope,
          {is_fine ? value.slope() : lines(first, step / 8).first.slope(), 0}, against_differences);
    if (!gradient.is_smooth()) {
      ++tally_.at_corners;
      return;
    }
    curvature.add({1}, r.at("uhv"));
    ++tally_.curvatures;
    const bool curvature_is_fine = is_near(curvature, {gradient.slope(), 0}, against_differences);
    equal("second order against differences", curvature,
          {curvature_is_fine ? gradient.slope() : lines(first, step / 8).second.slope(), 0},
          against_differences);
  }

  /// A batch of two against each alone, one of none, and the symmetry of the second derivative.
  void batched() {
    ++tally_.batched;
    const elaborate::Function* function = tools::find_function(module_, "batched_" + program_.name);
    const graph::Function meaning = expanded(function->graph);
    auto given = arguments(0);
    given["v"] = given.at("vx");
    const auto call = [&](std::vector<double> moved) {
      Numbers xs;
      for (const double by : moved) {
        const Numbers x = numbers_of(arguments(by).at("x"));
        xs.insert(xs.end(), x.begin(), x.end());
      }
      given["xs"] = tensor({static_cast<int64_t>(moved.size()), extent("N"), extent("M")}, xs);
      auto dims = program_.dims;
      dims["B"] = static_cast<int64_t>(moved.size());
      const Results results = interpreted(meaning, dims, given);
      against_compiled(*function, dims, given, results);
      return results;
    };
    Results both = call({0, 0.375}), first = call({0});
    const Results second = call({0.375});
    call({});
    for (const std::string name : {"gs", "hs"}) {
      Numbers looped = first.at(name);
      looped.insert(looped.end(), second.at(name).begin(), second.at(name).end());
      same("batched against looped:", name, both.at(name), looped);
    }
    Dot one, other;
    one.add(first.at("hs"), numbers_of(given.at("ux")));
    given["v"] = given.at("ux");
    other.add(call({0}).at("hs"), numbers_of(given.at("vx")));
    equal("symmetry in a batch", one, other, rounding);
  }

  const RandomProgram& program_;
  const elaborate::Module& module_;
  const tools::LoadedLibrary* library_;
  Way way_;
  Tally& tally_;
};

std::vector<std::optional<Complaint>> one_by_one(std::span<const RandomProgram> programs, Way way,
                                                 Tally& tally, const Complaint& of_all) {
  if (programs.size() == 1) return {of_all};
  std::vector<std::optional<Complaint>> complaints;
  for (const RandomProgram& program : programs)
    complaints.push_back(check_programs({&program, 1}, way, tally)[0]);
  return complaints;
}

}  // namespace

std::string Tally::text() const {
  return fmt::format(
      "{} programs, {} of them to machine code, {} batched; against differences {} slopes and {} curvatures, "
      "{} at "
      "corners",
      programs, compiled, batched, slopes, curvatures, at_corners);
}

std::vector<std::optional<Complaint>> check_programs(std::span<const RandomProgram> programs, Way way,
                                                     Tally& tally) {
  std::string text = shared_functions;
  for (const RandomProgram& program : programs) text += program.text;
  SourceFiles files;
  Diagnostics diagnostics;
  std::optional<elaborate::Module> module;
  std::unique_ptr<tools::LoadedLibrary> library;
  try {
    const auto typed =
        sema::check(files, files.add("random.model", text), {{KILN_SOURCE_DIR "/stdlib"}}, diagnostics);
    if (typed) module = elaborate::elaborate(*typed, files, diagnostics);
    if (!module) return one_by_one(programs, way, tally, {"refused", render(diagnostics, files, false)});
    if (way == Way::machine_code) {
      driver::LibraryOptions options;
      options.target = "native";
      std::string problem;
      library = tools::LoadedLibrary::build(*module, options, diagnostics, problem);
      if (!library)
        return one_by_one(programs, way, tally, {"no library", problem + render(diagnostics, files, false)});
    }
  } catch (const fuzz::InternalError& error) {
    return one_by_one(programs, way, tally, {"internal error", error.what()});
  }
  std::vector<std::optional<Complaint>> complaints;
  for (const RandomProgram& program : programs) {
    std::optional<Complaint> complaint;
    try {
      ProgramCheck(program, *module, library.get(), way, tally).run();
    } catch (const Stop& stop) {
      complaint = stop.complaint;
    } catch (const fuzz::InternalError& error) {
      complaint = Complaint{"internal error", error.what()};
    }
    complaints.push_back(complaint);
  }
  return complaints;
}

}  // namespace kiln::derivatives
