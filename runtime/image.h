#pragma once

/// What the compiler writes into a library as constant data, and the runtime reads: one `kiln_image_module`.
/// This is the whole contract between generated code and runtime; both sides include this file, nothing else
/// of each other. Counts stand before the pointers they count. All strings are static and end in 0.

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KILN_IMAGE_VERSION 6
#define KILN_TARGET_COUNT 2  // code variants in one library, worst first: x86-64-v3, x86-64-v4

/// An integer expression over the dims of a function, as a program for a stack machine (64 bits, overflow
/// checked): operations of `kiln_program_op`, `push_constant` and `push_dim` followed by their operand, ended
/// by `end`.
typedef const int64_t* kiln_program;

enum kiln_program_op {
  KILN_PROGRAM_END = 0,
  KILN_PROGRAM_CONSTANT,  // value
  KILN_PROGRAM_DIM,       // position in kiln_image_function.dims, then the counters of the loops
  KILN_PROGRAM_ADD,
  KILN_PROGRAM_SUBTRACT,
  KILN_PROGRAM_MULTIPLY,
  KILN_PROGRAM_QUOTIENT,   // floor; a divisor < 1 fails the evaluation
  KILN_PROGRAM_REMAINDER,  // of the same sign as the divisor
  KILN_PROGRAM_MINIMUM,
  KILN_PROGRAM_MAXIMUM,
  KILN_PROGRAM_AT_LEAST_ZERO,  // 1 or 0
  KILN_PROGRAM_EQUAL_ZERO,
  KILN_PROGRAM_AND,
  KILN_PROGRAM_OR,
  KILN_PROGRAM_NOT
};

typedef struct {
  kiln_program extent;
  const char* text;  // as in the source: "H * W"
} kiln_image_axis;

typedef struct {
  int32_t element;  // ElementType, which is kiln_element
  int32_t rank;
  const kiln_image_axis* axes;
} kiln_image_tensor;

enum kiln_leaf_role { KILN_LEAF_PARAM = 0, KILN_LEAF_STATE = 1 };

/// One tensor of a model, at a fixed place of the model's block. Extents are numbers: an exported model has
/// no dims.
typedef struct {
  const char* path;  // "fc1.weight", "blocks.3.attn.wq"
  int32_t role;
  int32_t element;
  int32_t rank;
  const int64_t* extents;
  int64_t offset;  // bytes from the start of the block, a multiple of 64
  int64_t bytes;
} kiln_image_leaf;

/// A leaf in panels (compiler/fuse/panels.h), which a frozen model has beside it: contractions read them in
/// its place.
typedef struct {
  int32_t leaf;
  int32_t pack;    // position in functions: (the leaf as a matrix) -> its panels, of constant extents
  int64_t offset;  // bytes from the start of the model's panels, a multiple of 64
} kiln_image_panels;

typedef struct {
  const char* name;  // of the `export type`
  const char* documentation;
  int32_t leaf_count;
  const kiln_image_leaf* leaves;
  int64_t bytes;       // of the block
  int32_t initialise;  // position in functions: (rng: u64[2]) -> the leaves, one argument each in order;
                       // always there
  int32_t panel_count;
  const kiln_image_panels* panels;
  int64_t panel_bytes;  // of all panels
} kiln_image_model;

enum kiln_argument_kind {
  KILN_ARGUMENT_TENSOR = 0,
  KILN_ARGUMENT_SCALAR,
  KILN_ARGUMENT_MODEL,
  KILN_ARGUMENT_RNG,
  KILN_ARGUMENT_DIM
};
enum kiln_argument_direction { KILN_DIRECTION_IN = 0, KILN_DIRECTION_INOUT, KILN_DIRECTION_OUT };

/// An argument or a result, in the order of the C function. Tuples are flattened to one argument for each
/// leaf, named "cache.k". Scalars are tensors of rank 0 passed by value (results: by address); an Rng is a
/// u64[2] {key, counter}.
typedef struct {
  const char* name;
  int32_t kind;
  int32_t direction;
  kiln_image_tensor tensor;  // tensor, scalar, rng
  int32_t model;             // model: position in kiln_image_module.models
  int32_t dim;               // dim: position in kiln_image_function.dims
} kiln_image_argument;

enum kiln_dim_kind {
  KILN_DIM_BOUND = 0,  // the extent of `axis` of `argument`, the first place where it stands bare
  KILN_DIM_VALUE,      // an integer that is data: the scalar `argument`
  KILN_DIM_TOTAL,      // the sum over all elements of the product of these tensors of integers (i32, rank 1)
  KILN_DIM_LONGEST     // the greatest such product, 0 if there is none
};

/// Where a dim gets its value. The integers of the last three kinds are lengths: one below 0 fails the call.
typedef struct {
  const char* name;
  int32_t argument;  // of the last three kinds: the first of `factors`
  int32_t axis;      // -1: the argument is the dim itself, or the dim is data
  int32_t kind;
  int32_t factor_count;
  const int64_t* factors;  // positions in kiln_image_function.arguments
} kiln_image_dim;

/// A `where` of the function (or an inferred `N >= 1`): must be 1.
typedef struct {
  kiln_program condition;
  const char* text;
} kiln_image_condition;

enum kiln_buffer_kind {
  KILN_BUFFER_ARGUMENT = 0,  // memory of the caller: `argument`, and for models `leaf`
  KILN_BUFFER_ARENA,         // work memory, alive from the first to the last kernel that names it
  KILN_BUFFER_WORKER,        // work memory of each worker during one kernel: worker w has it at base + w *
                             // round_up(bytes, 64)
  KILN_BUFFER_CONSTANT,      // `data`
  KILN_BUFFER_VIEW,          // a place in memory of the others, which a loop sets
  KILN_BUFFER_FROZEN,        // a bool: whether the model `argument` is frozen
  KILN_BUFFER_PANELS         // number `leaf` of that model's panels; null if it is not frozen
};

typedef struct {
  int32_t kind;
  int32_t argument;
  int32_t leaf;
  kiln_program bytes;  // arena and worker; aligned to 64
  int32_t first_kernel;
  int32_t last_kernel;
  const void* data;
} kiln_image_buffer;

/// One kernel: a part of the work for worker `worker` of `workers` (0 <= worker < workers), the parts
/// together the whole. Workers share nothing but the buffers; all finish a kernel before any starts the next.
typedef void (*kiln_kernel_function)(void* const* buffers, const int64_t* dims, int64_t worker,
                                     int64_t workers);

/// What a kernel calls on one target. Kernels that do the same work share a function; what it is given is
/// listed from `first_place` on in kiln_image_function.places: the positions of its buffers, then those of
/// its dims.
typedef struct {
  kiln_kernel_function function;  // null: this library does not carry that target
  int32_t first_place;
  int32_t buffer_count;
  int32_t dim_count;
} kiln_image_code;

typedef struct {
  const char* name;   // "matmul_bias_relu", for traces
  const char* place;  // "mlp.model:12:7": where it stands in the program, for traces; "" if not known
  kiln_image_code code[KILN_TARGET_COUNT];
  kiln_program parallel;  // 0: so small that worker 0 does it alone (called with workers = 1); null: never so
} kiln_image_kernel;

enum kiln_check_kind {
  KILN_CHECK_INDEX =
      0,  // two i64, the least and the greatest index used: 0 <= least, greatest < extent (none: max, min)
  KILN_CHECK_ASSERT,  // a bool
  KILN_CHECK_DIVISOR  // a bool: no integer divisor was 0
};

/// A condition on data, looked at as soon as the kernel before it is done; none writes an `inout` argument
/// earlier.
typedef struct {
  int32_t kind;
  int32_t after_kernel;  // looked at when kernels 0..after_kernel are done
  int32_t buffer;        // index: the least; else the bool
  int32_t greatest;      // index: the buffer of the greatest
  kiln_program extent;   // index
  const char* tensor;    // index: "logits"
  int32_t axis;          // index: from 0
  const char* message;   // assert: the user's text, or the condition as written
  const char* place;     // "mlp.model:41:12"
} kiln_image_check;

/// A carried value of a loop: the buffer `current` is `initial` in the first round; each round writes `next`,
/// which is `memory[0]` and `memory[1]` in turn and becomes `current` when the round is over.
typedef struct {
  int32_t current;
  int32_t next;
  int32_t initial;
  int32_t memory[2];
} kiln_image_carried;

/// A row of a stacked value: in round r, the buffer `row` begins r * bytes after the start of `stack`.
typedef struct {
  int32_t row;
  int32_t stack;
  kiln_program bytes;
} kiln_image_row;

/// Kernels that run round after round. Rounds made: min(limit, what `rounds` holds, less than 0 counting as
/// 0), or fewer: with `go_on`, none if it is false, and else up to the first after which `next_go_on` is
/// false. Rows of the other rounds are set to zero, if there is a limit.
typedef struct {
  int32_t first_kernel;
  int32_t last_kernel;
  int32_t counter;     // position in the dims: the number of the round
  int32_t reversed;    // 1: from the last round down to 0
  kiln_program limit;  // null: none
  int32_t rounds;      // buffer of an i64; -1: none
  int32_t go_on;       // buffer of a bool; -1: none
  int32_t next_go_on;  // buffer of a bool that each round writes
  int32_t made;        // buffer of an i64 that gets the number of rounds made; -1: none
  int32_t carried_count;
  const kiln_image_carried* carried;
  int32_t row_count;
  const kiln_image_row* rows;
} kiln_image_loop;

typedef struct {
  const char* name;  // of the export; null for an initialiser, and for what makes panels
  const char* documentation;
  int32_t argument_count;
  const kiln_image_argument* arguments;
  int32_t dim_count;
  const kiln_image_dim* dims;
  int32_t condition_count;
  const kiln_image_condition* conditions;
  int32_t buffer_count;
  const kiln_image_buffer* buffers;
  int32_t kernel_count;
  const kiln_image_kernel* kernels;
  const int32_t* places;  // of all kernels
  int32_t check_count;
  const kiln_image_check* checks;  // sorted by after_kernel; one in a loop is looked at in each round
  int32_t counter_count;           // dims beyond `dims`: the counters of the loops
  int32_t loop_count;
  const kiln_image_loop* loops;  // sorted by first_kernel, an outer loop before those in it
} kiln_image_function;

typedef struct {
  int32_t version;  // KILN_IMAGE_VERSION
  const char* name;
  const char* json;  // the description of the module
  int32_t model_count;
  const kiln_image_model* models;
  int32_t function_count;
  const kiln_image_function* functions;
} kiln_image_module;

/// The one symbol of generated code that the runtime names; everything else is reached through it.
extern const kiln_image_module kiln_image;

/// The entry points of the runtime, all of hidden visibility. The exported C functions of a library NAME are
/// written by the compiler as a few instructions each that put in the position of the function or model type
/// and call these. Types of kiln.h stand here as void*: options are kiln_context_options, results of type
/// int32_t kiln_status. Only `kiln_module` (defined by the runtime, default visibility) is exported under its
/// own name.

/// NAME_module: the kiln_module_api of this library.
const void* kiln_runtime_module(void);

/// NAME_context_create(options, &context), _destroy(context), _message(context), _trim(context).
int32_t kiln_runtime_context_create(const void* options, void** context);
void kiln_runtime_context_destroy(void* context);
const char* kiln_runtime_context_message(const void* context);
void kiln_runtime_context_trim(void* context);

/// NAME_TYPE_create(context, seed, &model), _create_zero(context, &model), _open(context, path, &model):
/// `type` is the position in kiln_image_module.models.
int32_t kiln_runtime_model_create(int32_t type, void* context, uint64_t seed, void** model);
int32_t kiln_runtime_model_create_zero(int32_t type, void* context, void** model);
int32_t kiln_runtime_model_open(int32_t type, void* context, const char* path, void** model);
/// NAME_TYPE_load(context, model, path), _save(context, model, path), _copy(context, model, &copy),
/// _assign(context, to, from), _freeze(context, model), _free(model), _parameter_count(model),
/// _parameter(model, index, &parameter).
/// The models must be of type `type`.
int32_t kiln_runtime_model_load(int32_t type, void* context, void* model, const char* path);
int32_t kiln_runtime_model_save(int32_t type, void* context, const void* model, const char* path);
int32_t kiln_runtime_model_copy(int32_t type, void* context, const void* model, void** copy);
int32_t kiln_runtime_model_assign(int32_t type, void* context, void* to, const void* from);
int32_t kiln_runtime_model_freeze(int32_t type, void* context, void* model);
void kiln_runtime_model_free(void* model);
int32_t kiln_runtime_model_parameter_count(const void* model);
int32_t kiln_runtime_model_parameter(const void* model, int32_t index, void* parameter);

/// NAME_FN(context, arguments...): arguments in the order of `arguments`, each as a pointer: tensor -> const
/// kiln_tensor*, scalar -> its value, result scalar -> where to put it, model -> kiln_model*, rng ->
/// kiln_rng*, dim -> const int64_t*.
int32_t kiln_runtime_call(int32_t function, void* context, void* const* arguments);

/// NAME_FN_plan(context, dims..., &plan): `dims` in the order of kiln_image_function.dims (any pointer if
/// there are none). NAME_FN_run(plan, context, arguments..., workspace, workspace_bytes); the plan must be of
/// `function`. NAME_plan_workspace(plan) and NAME_plan_free(plan) are the same for all functions.
int32_t kiln_runtime_plan(int32_t function, void* context, const int64_t* dims, void** plan);
int32_t kiln_runtime_plan_run(int32_t function, const void* plan, void* context, void* const* arguments,
                              void* workspace, int64_t workspace_bytes);
int64_t kiln_runtime_plan_workspace(const void* plan);
void kiln_runtime_plan_free(void* plan);

#ifdef __cplusplus
}
#endif
