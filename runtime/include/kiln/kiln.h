/* The C interface (C11) of every library that Kiln makes.
 *
 * A library NAME exports functions that begin with NAME_ (see the generated NAME.h) and one of a fixed name,
 * `kiln_module`, through which a program that opened the library with dlopen reaches all of it. Nothing else
 * is exported, so libraries of different versions of Kiln live side by side in one process.
 *
 * Rules that hold everywhere:
 *  - A function that can fail returns a `kiln_status`; `kiln_context_message` then says what was wrong, with
 * names.
 *  - A call checks all of its arguments before it writes anything. When it fails, `inout` arguments and
 * models are as they were before (unless the export is marked `@inplace`).
 *  - A context is used by one thread at a time; different contexts run at the same time. A model that no call
 *    changes may be shared by any number of contexts and threads.
 *  - No thread, allocation or log line that the host did not ask for. Handles of one library do not fit
 * another.
 *  - A struct is led by its size: set `struct_size` to `sizeof` of it, the rest to zero (or use the _INIT
 * macro).
 */
#ifndef KILN_KILN_H
#define KILN_KILN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes only when a library and a program built with another version can no longer talk. New members are
 * added at the end of structs, under the same version: compare `struct_size` before using one. */
#define KILN_ABI_VERSION 1

typedef int32_t kiln_status;
enum {
  KILN_OK = 0,
  KILN_INVALID_ARGUMENT = 1, /* wrong shape, type, null, misaligned, overlapping, dims that break a `where` */
  KILN_CHECK_FAILED = 2,     /* a condition on data: index out of range, `assert`, division by zero */
  KILN_OUT_OF_MEMORY = 3,
  KILN_NOT_SUPPORTED = 4,  /* a known limit of this version, such as strided views */
  KILN_NO_TARGET = 5,      /* this processor cannot run the code in the library */
  KILN_FILE_ERROR = 6,     /* opening, reading, writing or renaming failed */
  KILN_BAD_WEIGHTS = 7,    /* the weights file is damaged or does not fit the model */
  KILN_BUSY = 8,           /* another thread is using the context */
  KILN_NOT_FOUND = 9,      /* no export of this name */
  KILN_HOST_ERROR = 10,    /* a thread could not be started, or the host's parallel_for skipped work */
  KILN_INTERNAL_ERROR = 11 /* the library contradicts itself: please report it */
};

/* The element of a tensor. The 4-bit ones take a byte each. */
typedef enum kiln_element {
  KILN_BOOL = 0, /* a byte, 0 or 1 */
  KILN_I8,
  KILN_I16,
  KILN_I32,
  KILN_I64,
  KILN_U8,
  KILN_U16,
  KILN_U32,
  KILN_U64,
  KILN_F16,
  KILN_BF16,
  KILN_F32,
  KILN_F64,
  KILN_F8E4M3,
  KILN_F8E5M2,
  KILN_I4,
  KILN_U4
} kiln_element;

enum { KILN_DEVICE_CPU = 0 };

/* How an argument says how long the rows of ragged tensors are (`len` of `x: f32[b: B, len[b]]`). */
enum {
  KILN_LENGTHS = 0, /* one i32 for each row */
  /* B + 1 offsets for B rows, i32 or i64, none less than the one before: row b has offsets[b + 1] -
   * offsets[b] places. So Arrow lists, CSR matrices and embedding bags have it. The first may be any number;
   * packed tensors begin with row 0 all the same. */
  KILN_OFFSETS = 1
};

/* A view of memory that belongs to the caller. `data` is aligned to its element; it may be null if there are
 * no elements. An `in` argument is never written through. */
typedef struct kiln_tensor {
  size_t struct_size;
  void* data;
  int32_t element; /* kiln_element */
  int32_t rank;
  const int64_t* extents; /* [rank], each 0 <= extent < 2^31; may be null for rank 0 */
  const int64_t*
      strides; /* [rank], in elements; null: contiguous, row-major (all that this version can use) */
  int32_t device;
  int32_t form; /* KILN_OFFSETS for lengths of rows that are given so; else 0 */
} kiln_tensor;

/* `KILN_TENSOR_INIT(values, KILN_F32, 2, extents)` for static or automatic variables. */
#define KILN_TENSOR_INIT(data_, element_, rank_, extents_) \
  { sizeof(kiln_tensor), (void*)(data_), (element_), (rank_), (extents_), NULL, KILN_DEVICE_CPU, 0 }

/* A stream of random numbers: the same on every machine and with any number of threads. `Rng(seed)` is {seed,
 * 0}. */
typedef struct kiln_rng {
  uint64_t key;
  uint64_t counter;
} kiln_rng;

/* Memory from the host. `allocate` gives `bytes` (> 0) aligned to `alignment` (a power of two, at most 4096),
 * or null; `release` takes it back with the same size. Calls come from the thread that uses the context or
 * frees the model. */
typedef struct kiln_allocator {
  size_t struct_size;
  void* user;
  void* (*allocate)(void* user, size_t bytes, size_t alignment);
  void (*release)(void* user, void* memory, size_t bytes);
} kiln_allocator;

/* Threads from the host. `parallel_for` calls task(task_data, i) once for each 0 <= i < count, on any threads
 * and in any order, and returns when all are done. It must not let an exception out. */
typedef struct kiln_executor {
  size_t struct_size;
  void* user;
  void (*parallel_for)(void* user, int64_t count, void (*task)(void* task_data, int64_t index),
                       void* task_data);
} kiln_executor;

/* What a context that is traced did. A kernel that is cut into parts also tells of each part; all that a call
 * does lies within its own time, and parts within that of their kernel. Strings are static. */
typedef enum kiln_trace_kind {
  KILN_TRACE_CALL = 0,
  KILN_TRACE_KERNEL = 1,
  KILN_TRACE_PART = 2
} kiln_trace_kind;

typedef struct kiln_trace_event {
  size_t struct_size;
  int32_t kind;         /* kiln_trace_kind */
  int32_t kernel;       /* its position in the function; -1 for a call */
  const char* function; /* the export; of initial values the model type */
  const char* name;     /* of the kernel; "" for a call */
  const char* place;    /* of the kernel in the program, "net.model:12:7"; "" if not known */
  int32_t part;         /* which of the parts; -1 for the others */
  int32_t parts;        /* into how many the kernel is cut */
  int64_t round;        /* of the innermost loop around the kernel, from 0; -1: there is none */
  uint64_t begin, end;  /* as `now` told */
} kiln_trace_event;

/* Tells the host what its calls do. `event` comes from the thread that did the work, as soon as it is done:
 * parts of one kernel come from several threads at a time. `now` is the host's clock, in units of its choice.
 * Neither may call the library or let an exception out. */
typedef struct kiln_tracer {
  size_t struct_size;
  void* user;
  uint64_t (*now)(void* user);
  void (*event)(void* user, const kiln_trace_event* event);
} kiln_tracer;

typedef enum kiln_target {
  KILN_TARGET_BEST = 0, /* the best that both the processor and the library have */
  KILN_TARGET_X86_64_V3 = 1,
  KILN_TARGET_X86_64_V4 = 2
} kiln_target;

typedef struct kiln_context_options {
  size_t struct_size;
  int32_t threads; /* how many parts work is cut into; 0 means 1, at most 256. Without an executor the context
                      starts threads - 1 of its own at the first call that has work for them */
  int32_t target;  /* kiln_target; one that the processor cannot run is refused */
  int32_t never_spin; /* 1: idle threads sleep at once instead of looking for work for some microseconds */
  int32_t reserved;
  const kiln_allocator* allocator; /* null: posix_memalign and free, large blocks in huge pages; copied */
  const kiln_executor* executor;   /* null: threads of its own; copied */
  char* message;                   /* where to write why kiln_context_create failed, or null */
  size_t message_bytes;
  const kiln_tracer* tracer; /* null: nothing is traced, and it costs nothing; copied */
} kiln_context_options;

#define KILN_CONTEXT_OPTIONS_INIT \
  { sizeof(kiln_context_options), 0, KILN_TARGET_BEST, 0, 0, NULL, NULL, NULL, 0, NULL }

typedef struct kiln_context kiln_context; /* threads, memory, plans and the message of the last failure */
typedef struct kiln_model kiln_model;     /* params and states of an `export type` */
typedef struct kiln_plan kiln_plan; /* an export at given dims: checked, with its work memory laid out */

typedef enum kiln_role { KILN_PARAM = 0, KILN_STATE = 1 } kiln_role;

/* One tensor of a model. `name`, `extents` live as long as the library, `data` as long as the model. */
typedef struct kiln_parameter {
  size_t struct_size;
  const char* name; /* "fc1.weight", "blocks.3.attn.wq" */
  int32_t role;     /* kiln_role */
  int32_t element;  /* kiln_element */
  int32_t rank;
  int32_t reserved;
  const int64_t* extents;
  void* data; /* contiguous, aligned to 64; write only to a model of your own; freeze it again afterwards */
  int64_t bytes;
} kiln_parameter;

/* Everything a library can do, by position or name. The inline functions below call these. Arguments of an
 * export are pointers in the order of its declaration, results last: a tensor -> kiln_tensor*, a scalar ->
 * its value, a scalar result -> where to put it, a model -> kiln_model*, an Rng -> kiln_rng*, a dim ->
 * int64_t*. Tuples are flattened. */
typedef struct kiln_module_api {
  size_t struct_size;
  int32_t abi_version; /* KILN_ABI_VERSION */
  int32_t reserved;
  const char* (*name)(void);
  const char* (*describe)(void);
  const char* (*status_text)(kiln_status status);

  kiln_status (*context_create)(const kiln_context_options* options, kiln_context** context);
  void (*context_destroy)(kiln_context* context);
  const char* (*context_message)(const kiln_context* context);
  kiln_target (*context_target)(const kiln_context* context);
  void (*context_trim)(kiln_context* context);

  int32_t (*model_type_count)(void);
  const char* (*model_type_name)(int32_t type);
  int32_t (*model_type_find)(const char* name);
  kiln_status (*model_create)(kiln_context* context, int32_t type, uint64_t seed, kiln_model** model);
  kiln_status (*model_create_zero)(kiln_context* context, int32_t type, kiln_model** model);
  kiln_status (*model_open)(kiln_context* context, int32_t type, const char* path, kiln_model** model);
  kiln_status (*model_load)(kiln_context* context, kiln_model* model, const char* path);
  kiln_status (*model_save)(kiln_context* context, const kiln_model* model, const char* path);
  kiln_status (*model_copy)(kiln_context* context, const kiln_model* model, kiln_model** copy);
  kiln_status (*model_assign)(kiln_context* context, kiln_model* to, const kiln_model* from);
  void (*model_free)(kiln_model* model);
  int32_t (*model_type)(const kiln_model* model);
  int32_t (*model_parameter_count)(const kiln_model* model);
  kiln_status (*model_parameter)(const kiln_model* model, int32_t index, kiln_parameter* parameter);

  int32_t (*function_count)(void);
  const char* (*function_name)(int32_t function);
  int32_t (*function_find)(const char* name);
  int32_t (*function_argument_count)(int32_t function);
  int32_t (*function_dim_count)(int32_t function);
  kiln_status (*call)(kiln_context* context, int32_t function, void* const* arguments,
                      int32_t argument_count);

  kiln_status (*plan_create)(kiln_context* context, int32_t function, const int64_t* dims, int32_t dim_count,
                             kiln_plan** plan);
  int64_t (*plan_workspace)(const kiln_plan* plan);
  kiln_status (*plan_run)(const kiln_plan* plan, kiln_context* context, void* const* arguments,
                          int32_t argument_count, void* workspace, int64_t workspace_bytes);
  void (*plan_free)(kiln_plan* plan);

  kiln_status (*model_freeze)(kiln_context* context, kiln_model* model);
} kiln_module_api;

/* `kiln_module_function get = (kiln_module_function)dlsym(library, KILN_MODULE_SYMBOL);` */
#define KILN_MODULE_SYMBOL "kiln_module"
typedef const kiln_module_api* (*kiln_module_function)(void);

/* Whether this header can talk to the library: 1 or 0. Ask before anything else after dlsym. */
static inline int kiln_module_fits(const kiln_module_api* module) {
  return module != NULL && module->struct_size >= sizeof(kiln_module_api) &&
         module->abi_version == KILN_ABI_VERSION;
}

/* The name of the library; static. */
static inline const char* kiln_module_name(const kiln_module_api* module) { return module->name(); }

/* The signatures, dims, models, parameter names and documentation of the library as JSON; static. */
static inline const char* kiln_describe(const kiln_module_api* module) { return module->describe(); }

/* A few words for a status; static. */
static inline const char* kiln_status_text(const kiln_module_api* module, kiln_status status) {
  return module->status_text(status);
}

/* `options` may be null. On failure *context is null. */
static inline kiln_status kiln_context_create(const kiln_module_api* module,
                                              const kiln_context_options* options, kiln_context** context) {
  return module->context_create(options, context);
}
/* Ends the context's threads and gives back its memory. Models and plans outlive it. Null is allowed. */
static inline void kiln_context_destroy(const kiln_module_api* module, kiln_context* context) {
  module->context_destroy(context);
}
/* What was wrong in the last call on this context that failed; valid until the next one. "" after a success.
 */
static inline const char* kiln_context_message(const kiln_module_api* module, const kiln_context* context) {
  return module->context_message(context);
}
/* The code that the context chose for this processor. */
static inline kiln_target kiln_context_target(const kiln_module_api* module, const kiln_context* context) {
  return module->context_target(context);
}
/* Gives back the plans and work memory that calls have left for the next ones. */
static inline void kiln_context_trim(const kiln_module_api* module, kiln_context* context) {
  module->context_trim(context);
}

/* Model types are numbered from 0; `find` gives -1 and `name` null for what is not there. */
static inline int32_t kiln_model_type_count(const kiln_module_api* module) {
  return module->model_type_count();
}
static inline const char* kiln_model_type_name(const kiln_module_api* module, int32_t type) {
  return module->model_type_name(type);
}
static inline int32_t kiln_model_type_find(const kiln_module_api* module, const char* name) {
  return module->model_type_find(name);
}
/* A model with the initial values that `Rng(seed)` gives. It keeps the context's allocator, not the context.
 */
static inline kiln_status kiln_model_create(const kiln_module_api* module, kiln_context* context,
                                            int32_t type, uint64_t seed, kiln_model** model) {
  return module->model_create(context, type, seed, model);
}
/* A model of zeros. */
static inline kiln_status kiln_model_create_zero(const kiln_module_api* module, kiln_context* context,
                                                 int32_t type, kiln_model** model) {
  return module->model_create_zero(context, type, model);
}
/* A model from a safetensors file, without initialising it first. */
static inline kiln_status kiln_model_open(const kiln_module_api* module, kiln_context* context, int32_t type,
                                          const char* path, kiln_model** model) {
  return module->model_open(context, type, path, model);
}
/* Fills a model from a safetensors file that holds exactly its tensors. On failure the message lists all that
 * is wrong with the file, and the model is unchanged. Pointers to its parameters stay valid. */
static inline kiln_status kiln_model_load(const kiln_module_api* module, kiln_context* context,
                                          kiln_model* model, const char* path) {
  return module->model_load(context, model, path);
}
/* Writes all tensors as safetensors. The file appears at once and whole (written beside, synced, renamed); on
 * failure the former file stays. */
static inline kiln_status kiln_model_save(const kiln_module_api* module, kiln_context* context,
                                          const kiln_model* model, const char* path) {
  return module->model_save(context, model, path);
}
/* A new model with the same values; not frozen. */
static inline kiln_status kiln_model_copy(const kiln_module_api* module, kiln_context* context,
                                          const kiln_model* model, kiln_model** copy) {
  return module->model_copy(context, model, copy);
}
/* Gives `to` the values of `from`; both are of one type. */
static inline kiln_status kiln_model_assign(const kiln_module_api* module, kiln_context* context,
                                            kiln_model* to, const kiln_model* from) {
  return module->model_assign(context, to, from);
}
/* For models that are done changing: makes panels of large weights, the form in which matrix products read
 * them fastest, beside the weights. Calls that take the model `in` then need not bring them into that form
 * each time; their results are the same but for the order of sums. Freezing again makes the panels again.
 * A load, an assign and a call that takes the model `inout` end it: they give the panels back before they
 * change anything. Who writes through kiln_parameter.data must freeze again before the next call. A copy is
 * not frozen. Freezing counts as a change of the model: no other thread may use it meanwhile; after that any
 * number may. The panels come from the model's allocator. If there is no memory for them, the model is as it
 * was and not frozen. */
static inline kiln_status kiln_model_freeze(const kiln_module_api* module, kiln_context* context,
                                            kiln_model* model) {
  return module->model_freeze(context, model);
}
/* Null is allowed. */
static inline void kiln_model_free(const kiln_module_api* module, kiln_model* model) {
  module->model_free(model);
}
/* The number of its type, or -1 if it is not a model of this library. */
static inline int32_t kiln_model_type(const kiln_module_api* module, const kiln_model* model) {
  return module->model_type(model);
}
static inline int32_t kiln_model_parameter_count(const kiln_module_api* module, const kiln_model* model) {
  return module->model_parameter_count(model);
}
/* Set parameter->struct_size before the call. */
static inline kiln_status kiln_model_parameter(const kiln_module_api* module, const kiln_model* model,
                                               int32_t index, kiln_parameter* parameter) {
  return module->model_parameter(model, index, parameter);
}

/* Functions are numbered from 0; `find` gives -1 and `name` null for what is not there. Some numbers are
 * taken by functions that are no exports (initialisers of models, ...): their name is null too. */
static inline int32_t kiln_function_count(const kiln_module_api* module) { return module->function_count(); }
static inline const char* kiln_function_name(const kiln_module_api* module, int32_t function) {
  return module->function_name(function);
}
static inline int32_t kiln_function_find(const kiln_module_api* module, const char* name) {
  return module->function_find(name);
}
static inline int32_t kiln_function_argument_count(const kiln_module_api* module, int32_t function) {
  return module->function_argument_count(function);
}
static inline int32_t kiln_function_dim_count(const kiln_module_api* module, int32_t function) {
  return module->function_dim_count(function);
}
/* Checks the arguments, plans for their dims unless that was done before, and runs. The plan and its work
 * memory stay in the context: a second call with the same dims allocates nothing. */
static inline kiln_status kiln_call(const kiln_module_api* module, kiln_context* context, int32_t function,
                                    void* const* arguments, int32_t argument_count) {
  return module->call(context, function, arguments, argument_count);
}

/* Checks every condition on the dims (in the order of the description) and lays out the work memory for the
 * threads of the context. The plan may be run on any context of the library, by several threads at a time. */
static inline kiln_status kiln_plan_create(const kiln_module_api* module, kiln_context* context,
                                           int32_t function, const int64_t* dims, int32_t dim_count,
                                           kiln_plan** plan) {
  return module->plan_create(context, function, dims, dim_count, plan);
}
/* The exact number of bytes that a run needs, a multiple of 64. */
static inline int64_t kiln_plan_workspace(const kiln_module_api* module, const kiln_plan* plan) {
  return module->plan_workspace(plan);
}
/* As kiln_call, for arguments of exactly these dims, in memory of the caller aligned to 64. Allocates
 * nothing. */
static inline kiln_status kiln_plan_run(const kiln_module_api* module, const kiln_plan* plan,
                                        kiln_context* context, void* const* arguments, int32_t argument_count,
                                        void* workspace, int64_t workspace_bytes) {
  return module->plan_run(plan, context, arguments, argument_count, workspace, workspace_bytes);
}
/* Null is allowed. */
static inline void kiln_plan_free(const kiln_module_api* module, kiln_plan* plan) { module->plan_free(plan); }

#ifdef __cplusplus
}
#endif

#endif
