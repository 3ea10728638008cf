#include "test_image.h"

#include "image.h"
#include "kiln/kiln.h"

#ifndef TEST_LIBRARY_NAME
#define TEST_LIBRARY_NAME "handmade"
#endif

namespace {

// Programs over the dims of a function.
#define DIM(position) KILN_PROGRAM_DIM, position
#define NUMBER(value) KILN_PROGRAM_CONSTANT, value
constexpr int64_t d0[] = {DIM(0), KILN_PROGRAM_END};
constexpr int64_t d1[] = {DIM(1), KILN_PROGRAM_END};
constexpr int64_t d2[] = {DIM(2), KILN_PROGRAM_END};
constexpr int64_t n1[] = {NUMBER(1), KILN_PROGRAM_END};
constexpr int64_t n2[] = {NUMBER(2), KILN_PROGRAM_END};
constexpr int64_t n3[] = {NUMBER(3), KILN_PROGRAM_END};
constexpr int64_t n4[] = {NUMBER(4), KILN_PROGRAM_END};
constexpr int64_t n8[] = {NUMBER(8), KILN_PROGRAM_END};
constexpr int64_t d1_times_d2[] = {DIM(1), DIM(2), KILN_PROGRAM_MULTIPLY, KILN_PROGRAM_END};
constexpr int64_t d0_less_3[] = {DIM(0), NUMBER(3), KILN_PROGRAM_SUBTRACT, KILN_PROGRAM_END};
constexpr int64_t four_d0[] = {DIM(0), NUMBER(4), KILN_PROGRAM_MULTIPLY, KILN_PROGRAM_END};

constexpr kiln_image_axis axis_B = {d0, "B"}, axis_N1 = {d1, "N"}, axis_3 = {n3, "3"}, axis_4 = {n4, "4"};
constexpr kiln_image_axis axes_BN[] = {axis_B, axis_N1};
constexpr kiln_image_axis axes_B4[] = {axis_B, axis_4};
constexpr kiln_image_axis axes_B3[] = {axis_B, axis_3};
constexpr kiln_image_axis axes_34[] = {axis_3, axis_4};
constexpr kiln_image_axis axes_2[] = {{n2, "2"}};
constexpr kiln_image_axis axes_B[] = {axis_B};
constexpr kiln_image_axis axes_N[] = {{d0, "N"}};
constexpr kiln_image_axis axes_N_less_3[] = {{d0_less_3, "N - 3"}};
constexpr kiln_image_axis axes_BHW[] = {axis_B, {d1, "H"}, {d2, "W"}};
constexpr kiln_image_axis axes_B_HW[] = {axis_B, {d1_times_d2, "H * W"}};
constexpr kiln_image_axis axes_VD[] = {{d0, "V"}, {d1, "D"}};
constexpr kiln_image_axis axes_T[] = {{d2, "T"}};
constexpr kiln_image_axis axes_TD[] = {{d2, "T"}, {d1, "D"}};

constexpr kiln_image_argument tensor(const char* name, int32_t direction, int32_t element, int32_t rank,
                                     const kiln_image_axis* axes) {
  return {name, KILN_ARGUMENT_TENSOR, direction, {element, rank, axes}, -1, -1};
}
constexpr kiln_image_argument scalar(const char* name, int32_t direction, int32_t element) {
  return {name, KILN_ARGUMENT_SCALAR, direction, {element, 0, nullptr}, -1, -1};
}
constexpr kiln_image_argument model(const char* name, int32_t direction, int32_t type) {
  return {name, KILN_ARGUMENT_MODEL, direction, {0, 0, nullptr}, type, -1};
}
constexpr kiln_image_argument rng(int32_t direction) {
  return {"rng", KILN_ARGUMENT_RNG, direction, {KILN_U64, 1, axes_2}, -1, -1};
}
constexpr kiln_image_buffer argument(int32_t position, int32_t leaf = 0) {
  return {KILN_BUFFER_ARGUMENT, position, leaf, nullptr, 0, 0, nullptr};
}
constexpr kiln_image_buffer arena(kiln_program bytes, int32_t first, int32_t last) {
  return {KILN_BUFFER_ARENA, 0, 0, bytes, first, last, nullptr};
}
constexpr kiln_image_buffer worker(kiln_program bytes, int32_t kernel) {
  return {KILN_BUFFER_WORKER, 0, 0, bytes, kernel, kernel, nullptr};
}
constexpr int64_t serial[] = {KILN_PROGRAM_CONSTANT, 0, KILN_PROGRAM_END};
// What kernels are given: row n is the first n buffers, then the first three dims; then those of `chain`.
constexpr int32_t places[] = {0, 1, 2,                    //
                              0, 0, 1, 2,                 //
                              0, 1, 0, 1, 2,              //
                              0, 1, 2, 0, 1, 2,           //
                              0, 1, 2, 3, 0, 1, 2,        //
                              0, 1, 2, 3, 4, 0, 1, 2,     //
                              0, 1, 2, 3, 4, 5, 0, 1, 2,  //
                              0, 2, 0,                    //
                              2, 3, 0,                    //
                              3, 4, 0,                    //
                              4, 1, 0};
constexpr int32_t first_chain_place = 42;
constexpr kiln_image_kernel kernel(const char* name, kiln_kernel_function function, int32_t buffers,
                                   int32_t dims, kiln_program parallel = nullptr) {
  const kiln_image_code code = {function, buffers * (buffers - 1) / 2 + buffers * 3, buffers, dims};
  return {name, "net.model:7:3", {code, code}, parallel};
}
constexpr kiln_image_kernel link_of_chain(const char* name, kiln_kernel_function function, int32_t number) {
  const kiln_image_code code = {function, first_chain_place + number * 3, 2, 1};
  return {name, "net.model:9:5", {code, code}, nullptr};
}

constexpr auto in = KILN_DIRECTION_IN, inout = KILN_DIRECTION_INOUT, out = KILN_DIRECTION_OUT;

// Kernels: worker w of n takes the elements from w * count / n on.
struct Share {
  int64_t begin, end;
  Share(int64_t count, int64_t part, int64_t parts)
      : begin(count * part / parts), end(count * (part + 1) / parts) {}
};
template <class T>
T* as(void* memory) {
  return static_cast<T*>(memory);
}

void scale_kernel(void* const* b, const int64_t* d, int64_t part, int64_t parts) {
  const Share share(d[0] * d[1], part, parts);
  for (int64_t i = share.begin; i < share.end; ++i)
    as<float>(b[2])[i] = as<float>(b[0])[i] * *as<float>(b[1]);
}

void widen_kernel(void* const* b, const int64_t* d, int64_t part, int64_t parts) {
  const Share share(d[0], part, parts);
  for (int64_t i = share.begin; i < share.end; ++i)
    as<float>(b[3])[i] = static_cast<float>(as<int32_t>(b[1])[i]);
}
// Goes through memory of its own, which must not be another worker's.
void add_kernel(void* const* b, const int64_t* d, int64_t part, int64_t parts) {
  const Share share(d[0], part, parts);
  float* const own = as<float>(b[4]) + part * 16;
  const int64_t row = d[1] * d[2];
  for (int64_t i = share.begin; i < share.end; ++i) {
    own[0] = as<float>(b[3])[i];
    for (int64_t j = 0; j < row; ++j) as<float>(b[2])[i * row + j] = as<float>(b[0])[i * row + j] + own[0];
  }
}

void range_kernel(void* const* b, const int64_t* d, int64_t, int64_t) {
  int64_t& least = *as<int64_t>(b[3]) = INT64_MAX;
  int64_t& greatest = *as<int64_t>(b[4]) = INT64_MIN;
  for (int64_t i = 0; i < d[2]; ++i) {
    const int64_t token = as<int32_t>(b[1])[i];
    if (token < least) least = token;
    if (token > greatest) greatest = token;
  }
}
void gather_kernel(void* const* b, const int64_t* d, int64_t part, int64_t parts) {
  const Share share(d[2], part, parts);
  for (int64_t t = share.begin; t < share.end; ++t)
    for (int64_t i = 0; i < d[1]; ++i)
      as<float>(b[2])[t * d[1] + i] = as<float>(b[0])[as<int32_t>(b[1])[t] * d[1] + i];
}

void apply_kernel(void* const* b, const int64_t* d, int64_t part, int64_t parts) {
  const Share share(d[0], part, parts);
  for (int64_t i = share.begin; i < share.end; ++i)
    for (int64_t o = 0; o < 3; ++o) {
      float sum = as<float>(b[1])[o];
      for (int64_t k = 0; k < 4; ++k) sum += as<float>(b[2])[i * 4 + k] * as<float>(b[0])[o * 4 + k];
      as<float>(b[3])[i * 3 + o] = sum;
    }
}

void rate_kernel(void* const* b, const int64_t*, int64_t, int64_t) { *as<bool>(b[5]) = *as<float>(b[3]) > 0; }
void train_kernel(void* const* b, const int64_t*, int64_t, int64_t) {
  float norm = 0;
  for (int64_t i = 0; i < 12; ++i) {
    as<float>(b[0])[i] -= *as<float>(b[3]);
    norm += as<float>(b[0])[i] * as<float>(b[0])[i];
  }
  *as<int64_t>(b[1]) += 1;
  *as<float>(b[4]) = norm;
}

void count_kernel(void* const* b, const int64_t* d, int64_t, int64_t) {
  kiln_rng& stream = *as<kiln_rng>(b[0]);
  for (int64_t i = 0; i < d[0]; ++i) as<float>(b[1])[i] = static_cast<float>(stream.counter++);
}

void increment_kernel(void* const* b, const int64_t* d, int64_t part, int64_t parts) {
  const Share share(d[0], part, parts);
  for (int64_t i = share.begin; i < share.end; ++i) as<float>(b[1])[i] = as<float>(b[0])[i] + 1;
}

void copy_kernel(void* const* b, const int64_t* d, int64_t, int64_t) {
  for (int64_t i = 0; i < d[0] - 3; ++i) as<float>(b[1])[i] = as<float>(b[0])[i];
}

void init_net_kernel(void* const* b, const int64_t*, int64_t, int64_t) {
  const kiln_rng& stream = *as<kiln_rng>(b[0]);
  for (int64_t i = 0; i < 12; ++i)
    as<float>(b[1])[i] = static_cast<float>(stream.key * 100 + stream.counter) + static_cast<float>(i);
  for (int64_t i = 0; i < 3; ++i) as<float>(b[2])[i] = 0.5f;
  *as<int64_t>(b[3]) = 7;
  as<bool>(b[4])[0] = true;
  as<bool>(b[4])[1] = false;
}
void init_other_kernel(void* const* b, const int64_t*, int64_t, int64_t) {
  for (int64_t i = 0; i < 3; ++i) as<float>(b[1])[i] = 1;
}

constexpr kiln_image_argument scale_arguments[] = {tensor("x", in, KILN_F32, 2, axes_BN),
                                                   scalar("factor", in, KILN_F32),
                                                   tensor("y", out, KILN_F32, 2, axes_BN)};
constexpr kiln_image_dim scale_dims[] = {{"B", 0, 0}, {"N", 0, 1}};
constexpr kiln_image_buffer three_arguments[] = {argument(0), argument(1), argument(2)};
constexpr kiln_image_kernel scale_kernels[] = {kernel("scale", scale_kernel, 3, 2)};

constexpr kiln_image_argument flatten_arguments[] = {tensor("a", in, KILN_F32, 3, axes_BHW),
                                                     tensor("b", in, KILN_I32, 1, axes_B),
                                                     tensor("out", out, KILN_F32, 2, axes_B_HW)};
constexpr kiln_image_dim flatten_dims[] = {{"B", 0, 0}, {"H", 0, 1}, {"W", 0, 2}};
constexpr int64_t h_at_least_w[] = {DIM(1), DIM(2), KILN_PROGRAM_SUBTRACT, KILN_PROGRAM_AT_LEAST_ZERO,
                                    KILN_PROGRAM_END};
constexpr int64_t quotient_at_most_100[] = {
    NUMBER(100),     DIM(1), DIM(2), KILN_PROGRAM_QUOTIENT, KILN_PROGRAM_SUBTRACT, KILN_PROGRAM_AT_LEAST_ZERO,
    KILN_PROGRAM_END};
constexpr kiln_image_condition flatten_conditions[] = {{h_at_least_w, "H >= W"},
                                                       {quotient_at_most_100, "H / W <= 100"}};
constexpr kiln_image_buffer flatten_buffers[] = {argument(0), argument(1), argument(2), arena(four_d0, 0, 1),
                                                 worker(n4, 1)};
constexpr kiln_image_kernel flatten_kernels[] = {kernel("widen", widen_kernel, 4, 3),
                                                 kernel("add", add_kernel, 5, 3)};

constexpr kiln_image_argument gather_arguments[] = {tensor("table", in, KILN_F32, 2, axes_VD),
                                                    tensor("tokens", in, KILN_I32, 1, axes_T),
                                                    tensor("out", out, KILN_F32, 2, axes_TD)};
constexpr kiln_image_dim gather_dims[] = {{"V", 0, 0}, {"D", 0, 1}, {"T", 1, 0}};
constexpr kiln_image_buffer gather_buffers[] = {argument(0), argument(1), argument(2), arena(n8, 0, 0),
                                                arena(n8, 0, 0)};
constexpr kiln_image_kernel gather_kernels[] = {kernel("range", range_kernel, 5, 3, serial),
                                                kernel("gather", gather_kernel, 5, 3)};
constexpr kiln_image_check gather_checks[] = {
    {KILN_CHECK_INDEX, 0, 3, 4, d0, "table", 0, "", "test.model:41:12"}};

constexpr kiln_image_argument apply_arguments[] = {model("m", in, net), tensor("x", in, KILN_F32, 2, axes_B4),
                                                   tensor("y", out, KILN_F32, 2, axes_B3)};
constexpr kiln_image_dim b_of_second[] = {{"B", 1, 0}};
constexpr kiln_image_buffer apply_buffers[] = {argument(0, 0), argument(0, 1), argument(1), argument(2)};
constexpr int64_t more_than_four_rows[] = {DIM(0), NUMBER(5), KILN_PROGRAM_SUBTRACT,
                                           KILN_PROGRAM_AT_LEAST_ZERO, KILN_PROGRAM_END};
constexpr kiln_image_kernel apply_kernels[] = {kernel("apply", apply_kernel, 4, 1, more_than_four_rows)};

constexpr kiln_image_argument train_arguments[] = {
    model("m", inout, net), tensor("x", in, KILN_F32, 2, axes_B4), scalar("rate", in, KILN_F32),
    scalar("norm", out, KILN_F32)};
constexpr kiln_image_buffer train_buffers[] = {argument(0, 0), argument(0, 2), argument(1),
                                               argument(2),    argument(3),    arena(n1, 0, 0)};
constexpr kiln_image_kernel train_kernels[] = {kernel("check_rate", rate_kernel, 6, 1, serial),
                                               kernel("train", train_kernel, 6, 1, serial)};
constexpr kiln_image_check train_checks[] = {
    {KILN_CHECK_ASSERT, 0, 5, 5, nullptr, nullptr, 0, "the rate must be positive", "test.model:50:3"}};

constexpr kiln_image_argument count_arguments[] = {{"N", KILN_ARGUMENT_DIM, in, {0, 0, nullptr}, -1, 0},
                                                   rng(inout),
                                                   tensor("out", out, KILN_F32, 1, axes_N)};
constexpr kiln_image_dim count_dims[] = {{"N", 0, -1}};
constexpr kiln_image_buffer count_buffers[] = {argument(1), argument(2)};
constexpr kiln_image_kernel count_kernels[] = {kernel("count", count_kernel, 2, 1, serial)};

constexpr kiln_image_argument chain_arguments[] = {tensor("x", in, KILN_F32, 1, axes_N),
                                                   tensor("y", out, KILN_F32, 1, axes_N)};
constexpr kiln_image_dim n_of_first[] = {{"N", 0, 0}};
constexpr kiln_image_buffer chain_buffers[] = {argument(0), argument(1), arena(four_d0, 0, 1),
                                               arena(four_d0, 1, 2), arena(four_d0, 2, 3)};
constexpr kiln_image_kernel chain_kernels[] = {
    link_of_chain("first", increment_kernel, 0), link_of_chain("second", increment_kernel, 1),
    link_of_chain("third", increment_kernel, 2), link_of_chain("fourth", increment_kernel, 3)};

constexpr kiln_image_argument window_arguments[] = {tensor("x", in, KILN_F32, 1, axes_N),
                                                    tensor("y", out, KILN_F32, 1, axes_N_less_3)};
constexpr kiln_image_buffer window_buffers[] = {argument(0), argument(1)};
constexpr kiln_image_kernel window_kernels[] = {kernel("copy", copy_kernel, 2, 1, serial)};

constexpr kiln_image_argument init_net_arguments[] = {
    rng(in), tensor("weight", out, KILN_F32, 2, axes_34), tensor("bias", out, KILN_F32, 1, &axis_3),
    scalar("steps", out, KILN_I64), tensor("mask", out, KILN_BOOL, 1, axes_2)};
constexpr kiln_image_buffer init_net_buffers[] = {argument(0), argument(1), argument(2), argument(3),
                                                  argument(4)};
constexpr kiln_image_kernel init_net_kernels[] = {kernel("init", init_net_kernel, 5, 0, serial)};
constexpr kiln_image_argument init_other_arguments[] = {rng(in), tensor("weight", out, KILN_F32, 1, &axis_3)};
constexpr kiln_image_buffer init_other_buffers[] = {argument(0), argument(1)};
constexpr kiln_image_kernel init_other_kernels[] = {kernel("init", init_other_kernel, 2, 0, serial)};

#define COUNTED(array) static_cast<int32_t>(sizeof(array) / sizeof((array)[0])), array
constexpr kiln_image_function functions[] = {
    {"scale", "", COUNTED(scale_arguments), COUNTED(scale_dims), 0, nullptr, COUNTED(three_arguments),
     COUNTED(scale_kernels), places, 0, nullptr},
    {"flatten", "", COUNTED(flatten_arguments), COUNTED(flatten_dims), COUNTED(flatten_conditions),
     COUNTED(flatten_buffers), COUNTED(flatten_kernels), places, 0, nullptr},
    {"gather", "", COUNTED(gather_arguments), COUNTED(gather_dims), 0, nullptr, COUNTED(gather_buffers),
     COUNTED(gather_kernels), places, COUNTED(gather_checks)},
    {"apply", "", COUNTED(apply_arguments), COUNTED(b_of_second), 0, nullptr, COUNTED(apply_buffers),
     COUNTED(apply_kernels), places, 0, nullptr},
    {"train", "", COUNTED(train_arguments), COUNTED(b_of_second), 0, nullptr, COUNTED(train_buffers),
     COUNTED(train_kernels), places, COUNTED(train_checks)},
    {"count", "", COUNTED(count_arguments), COUNTED(count_dims), 0, nullptr, COUNTED(count_buffers),
     COUNTED(count_kernels), places, 0, nullptr},
    {"chain", "", COUNTED(chain_arguments), COUNTED(n_of_first), 0, nullptr, COUNTED(chain_buffers),
     COUNTED(chain_kernels), places, 0, nullptr},
    {"window", "", COUNTED(window_arguments), COUNTED(n_of_first), 0, nullptr, COUNTED(window_buffers),
     COUNTED(window_kernels), places, 0, nullptr},
    {nullptr, "", COUNTED(init_net_arguments), 0, nullptr, 0, nullptr, COUNTED(init_net_buffers),
     COUNTED(init_net_kernels), places, 0, nullptr},
    {nullptr, "", COUNTED(init_other_arguments), 0, nullptr, 0, nullptr, COUNTED(init_other_buffers),
     COUNTED(init_other_kernels), places, 0, nullptr},
};

constexpr int64_t extents_34[] = {3, 4}, extents_3[] = {3}, extents_2[] = {2};
constexpr kiln_image_leaf net_leaves[] = {{"weight", KILN_LEAF_PARAM, KILN_F32, 2, extents_34, 0, 48},
                                          {"bias", KILN_LEAF_PARAM, KILN_F32, 1, extents_3, 64, 12},
                                          {"steps", KILN_LEAF_STATE, KILN_I64, 0, nullptr, 128, 8},
                                          {"mask", KILN_LEAF_STATE, KILN_BOOL, 1, extents_2, 192, 2}};
constexpr kiln_image_leaf other_leaves[] = {{"weight", KILN_LEAF_PARAM, KILN_F32, 1, extents_3, 0, 12}};
constexpr kiln_image_model models[] = {{"Net", "", COUNTED(net_leaves), 256, init_net},
                                       {"Other", "", COUNTED(other_leaves), 64, init_other}};

}  // namespace

extern "C" const kiln_image_module kiln_image;
extern "C" const kiln_image_module kiln_image = {KILN_IMAGE_VERSION, TEST_LIBRARY_NAME,
                                                 "{\"name\":\"" TEST_LIBRARY_NAME "\"}", COUNTED(models),
                                                 COUNTED(functions)};
