#include "package/make_image.h"

#include <algorithm>

#include "base/internal_check.h"
#include "package/c_names.h"
#include "package/describe.h"
#include "source/place_for_user.h"

namespace kiln::package {
namespace {

using elaborate::Argument;
using elaborate::Direction;

constexpr int64_t leaf_alignment = 64;

/// `first_pack`: where the functions that make panels begin.
codegen::ImageModel make_model(const elaborate::ModelType& model, int32_t initialise,
                               const ModelPanels& panels, int32_t first_pack) {
  codegen::ImageModel image;
  image.name = model.name;
  image.documentation = model.documentation;
  image.initialise = initialise;
  for (const sema::Leaf& leaf : model.leaves) {
    codegen::ImageLeaf row;
    row.path = leaf.path;
    row.role = leaf.role == sema::LeafRole::state ? KILN_LEAF_STATE : KILN_LEAF_PARAM;
    row.element = leaf.type.element;
    row.bytes = size_of(leaf.type.element);
    for (const dim::Dim& extent : leaf.type.shape) {
      const std::optional<int64_t> constant = extent.constant();
      internal_check(constant.has_value(), "package: a leaf of an exported model has an open dim");
      row.extents.push_back(*constant);
      row.bytes *= *constant;
    }
    row.offset = image.bytes;
    image.bytes += (row.bytes + leaf_alignment - 1) / leaf_alignment * leaf_alignment;
    image.leaves.push_back(std::move(row));
  }
  image.panels = panels.panels;
  for (codegen::ImagePanels& row : image.panels) row.pack += first_pack;
  image.panel_bytes = panels.bytes;
  return image;
}

kiln_argument_kind kind_of(const Argument& argument) {
  switch (argument.kind) {
    case sema::ArgumentKind::tensor: return is_scalar(argument) ? KILN_ARGUMENT_SCALAR : KILN_ARGUMENT_TENSOR;
    case sema::ArgumentKind::model: return KILN_ARGUMENT_MODEL;
    case sema::ArgumentKind::rng: return KILN_ARGUMENT_RNG;
    case sema::ArgumentKind::dim: return KILN_ARGUMENT_DIM;
  }
  internal_error("package: an argument of unknown kind");
}

kiln_argument_direction direction_of(const Argument& argument) {
  switch (argument.direction) {
    case Direction::in: return KILN_DIRECTION_IN;
    case Direction::inout: return KILN_DIRECTION_INOUT;
    case Direction::out: return KILN_DIRECTION_OUT;
  }
  internal_error("package: an argument of unknown direction");
}

int32_t position_of(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  internal_check(found != names.end(), "package: the dim " + name + " is not one of the function's");
  return static_cast<int32_t>(found - names.begin());
}

codegen::ImageArgument make_argument(const Argument& argument, const std::vector<std::string>& dims) {
  codegen::ImageArgument image;
  image.name = argument.name;
  image.kind = kind_of(argument);
  image.direction = direction_of(argument);
  image.tensor.element = argument.type.element;
  for (const dim::Dim& extent : argument.type.shape)
    image.tensor.axes.push_back({extent, extent.to_string()});
  image.model = static_cast<int32_t>(argument.model);
  if (argument.kind == sema::ArgumentKind::dim) image.dim = position_of(dims, argument.dim);
  return image;
}

kiln_dim_kind kind_of(graph::DerivedDim::Kind kind) {
  switch (kind) {
    case graph::DerivedDim::Kind::value: return KILN_DIM_VALUE;
    case graph::DerivedDim::Kind::total: return KILN_DIM_TOTAL;
    case graph::DerivedDim::Kind::longest: return KILN_DIM_LONGEST;
  }
  internal_error("package: a dim derived in an unknown way");
}

/// From which arguments a dim is computed.
codegen::ImageDim make_dim(const graph::DerivedDim& derived, const std::vector<Argument>& arguments) {
  codegen::ImageDim image{derived.dim, kind_of(derived.kind), 0, -1, {}};
  for (const uint32_t input : derived.inputs) {
    for (size_t i = 0; i < arguments.size(); ++i)
      if (arguments[i].input_count == 1 && arguments[i].first_input == input)
        image.factors.push_back(static_cast<int64_t>(i));
  }
  internal_check(image.factors.size() == derived.inputs.size(), "package: a dim derived from no argument");
  image.argument = static_cast<int32_t>(image.factors[0]);
  return image;
}

/// The first place where the dim stands bare: an axis of an argument that the caller gives, or a dim
/// argument.
codegen::ImageDim make_dim(const std::string& name, const elaborate::Function& function) {
  const std::vector<Argument>& arguments = function.arguments;
  for (const graph::DerivedDim& derived : function.graph.derived)
    if (derived.dim == name) return make_dim(derived, arguments);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Argument& argument = arguments[i];
    const auto number = static_cast<int32_t>(i);
    if (argument.kind == sema::ArgumentKind::dim && argument.dim == name)
      return {name, KILN_DIM_BOUND, number, -1, {}};
    if (argument.kind != sema::ArgumentKind::tensor || argument.direction == Direction::out) continue;
    for (size_t axis = 0; axis < argument.type.shape.size(); ++axis)
      if (argument.type.shape[axis].bare_symbol() == name)
        return {name, KILN_DIM_BOUND, number, static_cast<int32_t>(axis), {}};
  }
  internal_error("package: no argument says what the dim " + name + " is");
}

struct CallerBuffer {
  kiln_buffer_kind kind;
  int32_t argument;
  int32_t leaf;
};

/// What stands behind each argument buffer, in the order of driver's bindings: the leaves of the arguments in
/// order, then what the models of them have when they are frozen.
std::vector<CallerBuffer> caller_buffers(const std::vector<Argument>& arguments,
                                         const std::vector<FrozenBuffer>& frozen) {
  std::vector<CallerBuffer> buffers;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const uint32_t count = std::max(arguments[i].input_count, arguments[i].output_count);
    for (uint32_t leaf = 0; leaf < count; ++leaf)
      buffers.push_back({KILN_BUFFER_ARGUMENT, static_cast<int32_t>(i), static_cast<int32_t>(leaf)});
  }
  for (const FrozenBuffer& buffer : frozen) buffers.push_back({buffer.kind, buffer.argument, buffer.panels});
  return buffers;
}

codegen::ImageBuffer make_buffer(const kernel::Buffer& buffer, const std::vector<CallerBuffer>& callers) {
  codegen::ImageBuffer image;
  image.first_kernel = static_cast<int32_t>(buffer.first_kernel);
  image.last_kernel = static_cast<int32_t>(buffer.last_kernel);
  switch (buffer.scope) {
    case kernel::Scope::argument:
      image.kind = callers.at(buffer.argument).kind;
      image.argument = callers.at(buffer.argument).argument;
      image.leaf = callers.at(buffer.argument).leaf;
      break;
    case kernel::Scope::constant:
      image.kind = KILN_BUFFER_CONSTANT;
      image.data = buffer.data;
      break;
    case kernel::Scope::view: image.kind = KILN_BUFFER_VIEW; break;
    case kernel::Scope::arena:
      image.kind = KILN_BUFFER_ARENA;
      image.bytes = buffer.bytes();
      break;
    case kernel::Scope::worker:
      image.kind = KILN_BUFFER_WORKER;
      image.bytes = buffer.bytes();
      break;
    case kernel::Scope::stage: internal_error("package: a stage buffer in the image");
  }
  return image;
}

kiln_check_kind kind_of(kernel::Check::Kind kind) {
  switch (kind) {
    case kernel::Check::Kind::index: return KILN_CHECK_INDEX;
    case kernel::Check::Kind::assertion: return KILN_CHECK_ASSERT;
    case kernel::Check::Kind::divisor: return KILN_CHECK_DIVISOR;
  }
  internal_error("package: a check of unknown kind");
}

int32_t position_of(kernel::BufferId buffer) {
  return buffer.valid() ? static_cast<int32_t>(buffer.number) : -1;
}

codegen::ImageLoop make_loop(const kernel::ProgramLoop& loop, const std::vector<std::string>& dims) {
  codegen::ImageLoop image;
  image.first_kernel = static_cast<int32_t>(loop.first_kernel);
  image.last_kernel = static_cast<int32_t>(loop.last_kernel);
  image.counter = position_of(dims, loop.counter);
  image.reversed = loop.reversed;
  image.limit = loop.limit;
  image.rounds = position_of(loop.rounds);
  image.go_on = position_of(loop.go_on);
  image.next_go_on = position_of(loop.next_go_on);
  image.made = position_of(loop.made);
  for (const kernel::ProgramLoop::Carried& carried : loop.carried)
    image.carried.push_back({position_of(carried.current),
                             position_of(carried.next),
                             position_of(carried.initial),
                             {position_of(carried.memory[0]), position_of(carried.memory[1])}});
  for (const kernel::ProgramLoop::Row& row : loop.rows)
    image.rows.push_back(
        {position_of(row.row), position_of(row.stack), row.count * dim::Dim(size_of(row.element))});
  return image;
}

dim::Condition never() { return dim::Condition::equal(0, 1); }

/// When it pays to wake other workers; nothing where that changes from round to round of a loop.
std::optional<dim::Condition> parallel_if(const kernel::Kernel& kernel,
                                          const std::vector<std::string>& dims) {
  if (kernel.serial) return never();
  if (!kernel.points || kernel.points->constant()) return std::nullopt;
  for (const std::string& symbol : kernel.points->symbols())
    if (std::find(dims.begin(), dims.end(), symbol) == dims.end()) return std::nullopt;
  return dim::Condition::less(kernel::serial_points, *kernel.points);
}

/// The dims and counters of the program by their positions in the image, where the caller still gives the
/// dims that were made constants.
std::vector<uint32_t> positions_of(const std::vector<std::string>& program,
                                   const std::vector<std::string>& image) {
  std::vector<uint32_t> places;
  for (const std::string& name : program) places.push_back(static_cast<uint32_t>(position_of(image, name)));
  return places;
}

/// `signature`: the function as callers see it, with all its dims.
codegen::ImageFunction make_function(const CompiledFunction& compiled, const elaborate::Function& signature,
                                     const std::map<std::string, int64_t>& constants,
                                     const SourceFiles* sources) {
  const elaborate::Function& function = *compiled.function;
  const std::vector<std::string>& dims = signature.graph.dims;
  const std::vector<std::string>& open_dims = function.graph.dims;
  codegen::ImageFunction image;
  if (compiled.is_exported) image.name = function.name;
  image.documentation = function.documentation;
  for (const Argument& argument : signature.arguments)
    image.arguments.push_back(make_argument(argument, dims));
  for (const std::string& dim : dims) {
    image.dims.push_back(make_dim(dim, signature));
    if (std::find(open_dims.begin(), open_dims.end(), dim) != open_dims.end()) continue;
    const auto constant = constants.find(dim);
    internal_check(constant != constants.end(), "package: the dim " + dim + " is gone, but no constant");
    const auto is_constant = dim::Condition::equal(dim::Dim::symbol(dim), constant->second);
    image.conditions.push_back({is_constant, is_constant.to_string()});
  }
  for (const dim::Condition& fact : function.graph.facts)
    image.conditions.push_back({fact, fact.to_string()});

  std::vector<const kernel::Program*> programs;
  for (const TargetProgram& program : compiled.programs) programs.push_back(&program.program);
  const kernel::Program& first = *programs.front();
  internal_check(first.dims.size() >= open_dims.size() &&
                     std::equal(open_dims.begin(), open_dims.end(), first.dims.begin()),
                 "package: a program with other dims than its function");
  image.counters.assign(first.dims.begin() + static_cast<std::ptrdiff_t>(open_dims.size()), first.dims.end());
  std::vector<std::string> names = dims;
  names.insert(names.end(), image.counters.begin(), image.counters.end());
  const std::vector<uint32_t> dim_places = positions_of(first.dims, names);
  for (const kernel::ProgramLoop& loop : first.loops) image.loops.push_back(make_loop(loop, names));
  const std::vector<CallerBuffer> callers = caller_buffers(function.arguments, compiled.frozen);
  for (const kernel::Buffer& buffer : kernel::shared_buffers(programs))
    image.buffers.push_back(make_buffer(buffer, callers));
  // On the caller's thread alone: no other is woken, so nothing is waited for.
  const bool is_realtime = function.annotations.count("realtime") != 0;
  for (size_t i = 0; i < first.kernels.size(); ++i) {
    codegen::ImageKernel kernel;
    kernel.name = first.kernels[i].name;
    const std::vector<Span> places = places_of(first.kernels[i].span, function.calls);
    const Span place = place_for_user(places, function.span.file);
    if (sources && place.known()) kernel.place = place_in_library(*sources, place);
    kernel.parallel_if = is_realtime ? never() : parallel_if(first.kernels[i], dims);
    for (const TargetProgram& program : compiled.programs) {
      internal_check(program.program.kernels.size() == first.kernels.size() &&
                         program.program.kernels[i].serial == first.kernels[i].serial,
                     "package: the targets disagree about the kernels of " + function.name);
      codegen::ImageCode& code = kernel.code[static_cast<size_t>(program.target->image_position)];
      code = program.code.at(i);
      for (uint32_t& dim : code.dims) dim = dim_places.at(dim);
    }
    image.kernels.push_back(std::move(kernel));
  }
  for (const kernel::Check& check : first.checks)
    image.checks.push_back(
        {kind_of(check.kind), static_cast<int32_t>(check.after_kernel),
         static_cast<int32_t>(check.subject.number),
         check.kind == kernel::Check::Kind::index ? static_cast<int32_t>(check.greatest.number) : 0,
         check.extent, check.tensor, static_cast<int32_t>(check.axis), check.message, check.place});
  return image;
}

}  // namespace

codegen::Image make_image(const elaborate::Module& module, const std::string& name,
                          const std::vector<CompiledFunction>& functions,
                          const std::vector<ModelPanels>& panels,
                          const std::map<std::string, int64_t>& constants, const SourceFiles* sources) {
  const size_t exports = module.functions.size();
  const size_t first_pack = exports + module.models.size();
  internal_check(functions.size() >= first_pack && panels.size() == module.models.size(),
                 "package: other functions than declared");
  codegen::Image image;
  image.name = name;
  image.json = describe(module, name);
  for (size_t i = 0; i < functions.size(); ++i) {
    const elaborate::Function& signature = i < exports      ? module.functions[i]
                                           : i < first_pack ? module.models[i - exports].initialiser
                                                            : *functions[i].function;
    image.functions.push_back(make_function(functions[i], signature, constants, sources));
  }
  for (size_t i = 0; i < module.models.size(); ++i)
    image.models.push_back(make_model(module.models[i], static_cast<int32_t>(exports + i), panels[i],
                                      static_cast<int32_t>(first_pack)));
  return image;
}

}  // namespace kiln::package
