#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/element_type.h"
#include "dim/dim.h"
#include "runtime/image.h"

/// What a library consists of besides machine code: the structures of runtime/image.h with C++ members. A
/// field means what the field of the same name means there; positions count from 0 in the vectors of this
/// file.
namespace kiln::codegen {

struct ImageAxis {
  dim::Dim extent;
  std::string text;
};

struct ImageTensor {
  ElementType element = ElementType::f32;
  std::vector<ImageAxis> axes;
};

struct ImageLeaf {
  std::string path;
  kiln_leaf_role role = KILN_LEAF_PARAM;
  ElementType element = ElementType::f32;
  std::vector<int64_t> extents;
  int64_t offset = 0;
  int64_t bytes = 0;
};

struct ImagePanels {
  int32_t leaf = 0;
  int32_t pack = 0;
  int64_t offset = 0;
};

struct ImageModel {
  std::string name;
  std::string documentation;
  std::vector<ImageLeaf> leaves;
  int64_t bytes = 0;
  int32_t initialise = 0;
  std::vector<ImagePanels> panels = {};
  int64_t panel_bytes = 0;
};

struct ImageArgument {
  std::string name;
  kiln_argument_kind kind = KILN_ARGUMENT_TENSOR;
  kiln_argument_direction direction = KILN_DIRECTION_IN;
  ImageTensor tensor;
  int32_t model = 0;
  int32_t dim = 0;
};

struct ImageDim {
  std::string name;
  kiln_dim_kind kind = KILN_DIM_BOUND;
  int32_t argument = 0;
  int32_t axis = 0;
  std::vector<int64_t> factors;
};

struct ImageCondition {
  dim::Condition condition;
  std::string text;
};

struct ImageBuffer {
  kiln_buffer_kind kind = KILN_BUFFER_ARGUMENT;
  int32_t argument = 0;
  int32_t leaf = 0;
  dim::Dim bytes;
  int32_t first_kernel = 0;
  int32_t last_kernel = 0;
  std::vector<std::byte> data;  // constant
};

/// The function that a kernel calls on one target, and which of the buffers and dims of the image's function
/// it is given.
struct ImageCode {
  std::string symbol;  // empty: not in this library
  std::vector<uint32_t> buffers, dims;
};

struct ImageKernel {
  std::string name;
  std::string place;
  std::array<ImageCode, KILN_TARGET_COUNT> code;
  std::optional<dim::Condition> parallel_if;  // nothing: always
};

struct ImageCheck {
  kiln_check_kind kind = KILN_CHECK_INDEX;
  int32_t after_kernel = 0;
  int32_t buffer = 0;
  int32_t greatest = 0;
  dim::Dim extent;
  std::string tensor;
  int32_t axis = 0;
  std::string message;
  std::string place;
};

struct ImageRow {
  int32_t row = 0;
  int32_t stack = 0;
  dim::Dim bytes;
};

struct ImageLoop {
  int32_t first_kernel = 0;
  int32_t last_kernel = 0;
  int32_t counter = 0;
  bool reversed = false;
  std::optional<dim::Dim> limit;
  int32_t rounds = -1, go_on = -1, next_go_on = -1, made = -1;
  std::vector<kiln_image_carried> carried;
  std::vector<ImageRow> rows;
};

struct ImageFunction {
  std::optional<std::string> name;  // none: an initialiser, or what else has no C function
  std::string documentation;
  std::vector<ImageArgument> arguments;
  std::vector<ImageDim> dims;  // extents, sizes and conditions name dims by these names
  std::vector<ImageCondition> conditions;
  std::vector<ImageBuffer> buffers;
  std::vector<ImageKernel> kernels;
  std::vector<ImageCheck> checks;
  std::vector<std::string> counters;  // as the dims, behind them
  std::vector<ImageLoop> loops;
};

struct Image {
  std::string name;
  std::string json;
  std::vector<ImageModel> models;
  std::vector<ImageFunction> functions;
};

/// The code of `dim` for the runtime's stack machine (kiln_program), its end included. `dims` are the names
/// by position.
std::vector<int64_t> compile_dim(const dim::Dim& dim, const std::vector<std::string>& dims);
std::vector<int64_t> compile_condition(const dim::Condition& condition, const std::vector<std::string>& dims);

/// The ELF object with `kiln_image` (hidden) and the exported C functions of the library: those that every
/// library and every model type has, and for each function with a name NAME_FN, NAME_FN_plan and NAME_FN_run.
/// Its code runs on any x86-64, so that a machine that none of the kernels suits gets a status and no signal.
std::vector<std::byte> compile_image(const Image& image);

/// All symbols that it exports.
std::vector<std::string> exported_functions(const Image& image);

}  // namespace kiln::codegen
