// The C++17 interface over kiln.h: handles that free themselves, typed views, and failures as exceptions or
// values. Generated NAME.hpp files build on this; it needs nothing but the C++ standard library and kiln.h
// beside it.
//
// Every operation that can fail has two forms. The plain one throws `kiln::error`; `try_...` returns
// `kiln::expected`. Built without exceptions, the plain form ends the program when it fails.
#ifndef KILN_KILN_HPP
#define KILN_KILN_HPP

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "kiln.h"

namespace kiln {
inline namespace abi_1 {

using rng = kiln_rng;

// Elements that C++17 has no type for, as their bits.
struct f16 {
  std::uint16_t bits;
};
struct bf16 {
  std::uint16_t bits;
};
struct f8e4m3 {
  std::uint8_t bits;
};
struct f8e5m2 {
  std::uint8_t bits;
};
struct i4 {
  std::int8_t value;
};  // -8..7
struct u4 {
  std::uint8_t value;
};  // 0..15

template <class T>
struct element_of;
template <>
struct element_of<bool> : std::integral_constant<kiln_element, KILN_BOOL> {};
template <>
struct element_of<std::int8_t> : std::integral_constant<kiln_element, KILN_I8> {};
template <>
struct element_of<std::int16_t> : std::integral_constant<kiln_element, KILN_I16> {};
template <>
struct element_of<std::int32_t> : std::integral_constant<kiln_element, KILN_I32> {};
template <>
struct element_of<std::int64_t> : std::integral_constant<kiln_element, KILN_I64> {};
template <>
struct element_of<std::uint8_t> : std::integral_constant<kiln_element, KILN_U8> {};
template <>
struct element_of<std::uint16_t> : std::integral_constant<kiln_element, KILN_U16> {};
template <>
struct element_of<std::uint32_t> : std::integral_constant<kiln_element, KILN_U32> {};
template <>
struct element_of<std::uint64_t> : std::integral_constant<kiln_element, KILN_U64> {};
template <>
struct element_of<f16> : std::integral_constant<kiln_element, KILN_F16> {};
template <>
struct element_of<bf16> : std::integral_constant<kiln_element, KILN_BF16> {};
template <>
struct element_of<float> : std::integral_constant<kiln_element, KILN_F32> {};
template <>
struct element_of<double> : std::integral_constant<kiln_element, KILN_F64> {};
template <>
struct element_of<f8e4m3> : std::integral_constant<kiln_element, KILN_F8E4M3> {};
template <>
struct element_of<f8e5m2> : std::integral_constant<kiln_element, KILN_F8E5M2> {};
template <>
struct element_of<i4> : std::integral_constant<kiln_element, KILN_I4> {};
template <>
struct element_of<u4> : std::integral_constant<kiln_element, KILN_U4> {};
static_assert(sizeof(bool) == 1, "a bool tensor holds one byte for each element");

// Why something failed: a status and a sentence.
struct failure {
  kiln_status status = KILN_INTERNAL_ERROR;
  std::string message;
};

class error : public std::runtime_error {
 public:
  explicit error(const failure& why) : std::runtime_error(why.message), status_(why.status) {}
  kiln_status status() const noexcept { return status_; }

 private:
  kiln_status status_;
};

[[noreturn]] inline void fail(const failure& why) {
#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
  throw error(why);
#else
  std::fprintf(stderr, "kiln: %s\n", why.message.c_str());
  std::abort();
#endif
}

// A value, or why there is none.
template <class T>
class [[nodiscard]] expected {
 public:
  expected(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  expected(failure why) : content_(std::in_place_index<1>, std::move(why)) {}

  bool has_value() const noexcept { return content_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  // The value; without one, throws kiln::error.
  T& value() & { return checked(), *std::get_if<0>(&content_); }
  const T& value() const& { return checked(), *std::get_if<0>(&content_); }
  T value() && { return checked(), std::move(*std::get_if<0>(&content_)); }
  T& operator*() & { return value(); }
  T* operator->() { return &value(); }
  // Only when there is no value.
  const failure& why() const { return *std::get_if<1>(&content_); }

 private:
  void checked() const {
    if (!has_value()) fail(why());
  }
  std::variant<T, failure> content_;
};

// Success, or why not.
template <>
class [[nodiscard]] expected<void> {
 public:
  expected() = default;
  expected(failure why) : failed_(true), why_(std::move(why)) {}

  bool has_value() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (failed_) fail(why_);
  }
  const failure& why() const { return why_; }

 private:
  bool failed_ = false;
  failure why_;
};

template <class T>
class view;

// What a view can be made of: std::vector, std::array, std::span and the like, but not another view, which
// has axes.
template <class Container, class T>
struct is_container_of {
 private:
  template <class Other>
  static std::true_type is_view(const view<Other>*);
  static std::false_type is_view(const void*);
  template <class C>
  static std::is_convertible<decltype(std::declval<C&>().data()), T*> has_data(int);
  template <class C>
  static std::false_type has_data(long);
  using plain = std::remove_cv_t<std::remove_reference_t<Container>>;

 public:
  static constexpr bool value = decltype(has_data<Container>(0))::value &&
                                !decltype(is_view(static_cast<const plain*>(nullptr)))::value;
};

// A contiguous, row-major tensor in memory of the caller, like std::span with several axes. `view<const
// float>` is what functions take that only read.
template <class T>
class view {
 public:
  static constexpr std::size_t greatest_rank = 16;

  view(T* data, std::initializer_list<std::int64_t> extents) : view(data, extents.begin(), extents.size()) {}
  view(T* data, const std::int64_t* extents, std::size_t rank) : data_(data), rank_(rank) {
    if (rank > greatest_rank) fail({KILN_INVALID_ARGUMENT, "kiln::view has at most 16 axes"});
    for (std::size_t axis = 0; axis < rank; ++axis) extents_[axis] = extents[axis];
  }
  // One axis.
  template <class Container, class = std::enable_if_t<is_container_of<Container, T>::value>>
  view(Container&& container) : view(container.data(), {static_cast<std::int64_t>(container.size())}) {}
  template <class Container, class = std::enable_if_t<is_container_of<Container, T>::value>>
  view(Container&& container, std::initializer_list<std::int64_t> extents) : view(container.data(), extents) {
    if (size() != static_cast<std::int64_t>(container.size()))
      fail({KILN_INVALID_ARGUMENT, "kiln::view: the container holds " + std::to_string(container.size()) +
                                       " elements, the extents ask for " + std::to_string(size())});
  }
  operator view<const T>() const { return view<const T>(data_, extents_.data(), rank_); }

  T* data() const noexcept { return data_; }
  std::size_t rank() const noexcept { return rank_; }
  std::int64_t extent(std::size_t axis) const noexcept { return extents_[axis]; }
  std::int64_t size() const noexcept {
    std::int64_t count = 1;
    for (std::size_t axis = 0; axis < rank_; ++axis) count *= extents_[axis];
    return count;
  }
  T& operator[](std::int64_t position) const noexcept {
    return data_[position];
  }  // row-major, all axes as one
  T* begin() const noexcept { return data_; }
  T* end() const noexcept { return data_ + size(); }

  // For the C functions; points into this view.
  kiln_tensor c() const noexcept {
    kiln_tensor tensor = KILN_TENSOR_INIT(nullptr, element_of<std::remove_const_t<T>>::value,
                                          static_cast<std::int32_t>(rank_), extents_.data());
    tensor.data = const_cast<std::remove_const_t<T>*>(data_);
    return tensor;
  }

 private:
  T* data_;
  std::size_t rank_;
  std::array<std::int64_t, greatest_rank> extents_{};
};

// How long the rows of ragged tensors are: a number for each, or by `of_offsets` where each begins and, one
// more than there are rows, where the last ends (KILN_OFFSETS). A view: what it is made of has to live on.
class lengths {
 public:
  lengths(view<const std::int32_t> of_rows)
      : data_(of_rows.data()), count_(of_rows.size()), element_(KILN_I32), form_(KILN_LENGTHS) {
    if (of_rows.rank() != 1) fail({KILN_INVALID_ARGUMENT, "kiln::lengths: one axis, a number for each row"});
  }
  lengths(const std::int32_t* data, std::initializer_list<std::int64_t> extents)
      : lengths(view<const std::int32_t>(data, extents)) {}
  template <class Container, class = std::enable_if_t<is_container_of<Container, const std::int32_t>::value>>
  lengths(Container&& of_rows) : lengths(view<const std::int32_t>(of_rows)) {}

  static lengths of_offsets(view<const std::int32_t> offsets) {
    return lengths(offsets.data(), offsets.size(), KILN_I32);
  }
  static lengths of_offsets(view<const std::int64_t> offsets) {
    return lengths(offsets.data(), offsets.size(), KILN_I64);
  }

  std::int64_t row_count() const noexcept { return form_ == KILN_OFFSETS ? count_ - 1 : count_; }

  // For the C functions; points into this object.
  kiln_tensor c() const noexcept {
    kiln_tensor tensor = KILN_TENSOR_INIT(data_, element_, 1, &count_);
    tensor.form = form_;
    return tensor;
  }

 private:
  lengths(const void* data, std::int64_t count, kiln_element element)
      : data_(data), count_(count), element_(element), form_(KILN_OFFSETS) {}
  const void* data_;
  std::int64_t count_;
  kiln_element element_;
  std::int32_t form_;
};

// A ragged tensor, `f32[b: B, len[b], D]`: values in memory of the caller, and offsets that say where its
// rows begin, as Arrow lists, CSR matrices and embedding bags have them. Row b has the places offsets[b] to
// offsets[b + 1] - 1 of the values; the last offset is where the last row ends. `inner` are the axes behind
// the ragged one: {D}. A function takes it as two arguments: `x.lengths()` for `len`, `x` for `x`.
template <class T>
class ragged {
 public:
  // The offsets are read here, and have to live on: none less than the one before, the first at least 0. The
  // values have room for as many places as the last says, each of the inner axes.
  ragged(T* values, view<const std::int64_t> offsets, std::initializer_list<std::int64_t> inner = {})
      : ragged(values, offsets.data(), nullptr, offsets.size(), inner) {}
  ragged(T* values, view<const std::int32_t> offsets, std::initializer_list<std::int64_t> inner = {})
      : ragged(values, nullptr, offsets.data(), offsets.size(), inner) {}

  std::int64_t row_count() const noexcept { return count_ - 1; }
  std::int64_t length(std::int64_t row) const noexcept { return offset(row + 1) - offset(row); }
  // Row number `row`, 0 <= row < row_count(): [length(row), inner...]. Not checked; `at` is.
  view<T> operator[](std::int64_t row) const { return part(offset(row), length(row)); }
  view<T> at(std::int64_t row) const {
    if (row < 0 || row >= row_count())
      fail({KILN_INVALID_ARGUMENT,
            "kiln::ragged: row " + std::to_string(row) + " of " + std::to_string(row_count())});
    return (*this)[row];
  }
  // All rows, one after the other: [the sum of the lengths, inner...].
  view<T> packed() const { return part(offset(0), offset(count_ - 1) - offset(0)); }
  template <class Other,
            class = std::enable_if_t<std::is_same<Other, T>::value || std::is_same<Other, const T>::value>>
  operator view<Other>() const {
    return packed();
  }
  kiln::lengths lengths() const {
    return wide_ != nullptr ? kiln::lengths::of_offsets(view<const std::int64_t>(wide_, {count_}))
                            : kiln::lengths::of_offsets(view<const std::int32_t>(narrow_, {count_}));
  }

 private:
  ragged(T* values, const std::int64_t* wide, const std::int32_t* narrow, std::int64_t count,
         std::initializer_list<std::int64_t> inner)
      : values_(values), wide_(wide), narrow_(narrow), count_(count) {
    if (inner.size() >= view<T>::greatest_rank)
      fail({KILN_INVALID_ARGUMENT, "kiln::ragged has at most 15 inner axes"});
    if (count < 1) fail({KILN_INVALID_ARGUMENT, "kiln::ragged: one offset more than there are rows"});
    for (const std::int64_t extent : inner) {
      extents_[rank_++] = extent;
      width_ *= extent;
    }
    if (offset(0) < 0) fail({KILN_INVALID_ARGUMENT, "kiln::ragged: the first offset is below 0"});
    for (std::int64_t row = 0; row < row_count(); ++row)
      if (offset(row + 1) < offset(row))
        fail({KILN_INVALID_ARGUMENT,
              "kiln::ragged: offset " + std::to_string(row + 1) + " is less than the one before"});
  }
  std::int64_t offset(std::int64_t at) const noexcept { return wide_ != nullptr ? wide_[at] : narrow_[at]; }
  view<T> part(std::int64_t first, std::int64_t places) const {
    std::array<std::int64_t, view<T>::greatest_rank> extents = extents_;
    extents[0] = places;
    return view<T>(values_ + first * width_, extents.data(), rank_);
  }

  T* values_;
  const std::int64_t* wide_;
  const std::int32_t* narrow_;
  std::int64_t count_;
  std::int64_t width_ = 1;
  std::size_t rank_ = 1;
  std::array<std::int64_t, view<T>::greatest_rank> extents_{};
};

// Threads, memory, plans; used by one thread at a time. Movable; models and plans outlive it.
class context {
 public:
  explicit context(const kiln_module_api* module, kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT)
      : context(try_create(module, options).value()) {}
  static expected<context> try_create(const kiln_module_api* module,
                                      kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT) {
    if (!kiln_module_fits(module))
      return failure{KILN_INVALID_ARGUMENT, "the library is of another version of the Kiln interface"};
    std::array<char, 512> why{};
    if (options.message == nullptr) {
      options.message = why.data();
      options.message_bytes = why.size();
    }
    kiln_context* handle = nullptr;
    const kiln_status status = module->context_create(&options, &handle);
    if (status != KILN_OK)
      return failure{status, options.message_bytes > 0 ? options.message : module->status_text(status)};
    return context(module, handle);
  }
  context(context&& other) noexcept
      : module_(other.module_), handle_(std::exchange(other.handle_, nullptr)) {}
  context& operator=(context&& other) noexcept {
    std::swap(module_, other.module_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~context() {
    if (handle_ != nullptr) module_->context_destroy(handle_);
  }

  const kiln_module_api* module() const noexcept { return module_; }
  kiln_context* c() const noexcept { return handle_; }
  kiln_target target() const noexcept { return module_->context_target(handle_); }
  void trim() noexcept { module_->context_trim(handle_); }

  // What a C function on this context returned, as a failure, a value or an exception.
  failure why(kiln_status status) const {
    const char* message = module_->context_message(handle_);
    return {status, message[0] != 0 ? message : module_->status_text(status)};
  }
  expected<void> result(kiln_status status) const {
    if (status == KILN_OK) return {};
    return why(status);
  }
  void check(kiln_status status) const {
    if (status != KILN_OK) fail(why(status));
  }

  // A call of any export by its number; arguments as in kiln.h.
  expected<void> try_call(std::int32_t function, const std::vector<void*>& arguments) {
    return result(
        module_->call(handle_, function, arguments.data(), static_cast<std::int32_t>(arguments.size())));
  }
  void call(std::int32_t function, const std::vector<void*>& arguments) {
    try_call(function, arguments).value();
  }

 private:
  context(const kiln_module_api* module, kiln_context* handle) : module_(module), handle_(handle) {}
  const kiln_module_api* module_;
  kiln_context* handle_;
};

// Params and states of an `export type`. Generated classes derive from it and fill in the type.
class model {
 public:
  model(context& on, std::int32_t type, std::uint64_t seed) : model(try_create(on, type, seed).value()) {}
  static expected<model> try_create(context& on, std::int32_t type, std::uint64_t seed) {
    kiln_model* handle = nullptr;
    const kiln_status status = on.module()->model_create(on.c(), type, seed, &handle);
    return made(on, status, handle);
  }
  // All values zero.
  static model zero(context& on, std::int32_t type) { return try_zero(on, type).value(); }
  static expected<model> try_zero(context& on, std::int32_t type) {
    kiln_model* handle = nullptr;
    const kiln_status status = on.module()->model_create_zero(on.c(), type, &handle);
    return made(on, status, handle);
  }
  // From a weights file, without initialising first.
  static model open(context& on, std::int32_t type, const std::string& path) {
    return try_open(on, type, path).value();
  }
  static expected<model> try_open(context& on, std::int32_t type, const std::string& path) {
    kiln_model* handle = nullptr;
    const kiln_status status = on.module()->model_open(on.c(), type, path.c_str(), &handle);
    return made(on, status, handle);
  }
  model(model&& other) noexcept : module_(other.module_), handle_(std::exchange(other.handle_, nullptr)) {}
  model& operator=(model&& other) noexcept {
    std::swap(module_, other.module_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~model() {
    if (handle_ != nullptr) module_->model_free(handle_);
  }

  kiln_model* c() noexcept { return handle_; }
  const kiln_model* c() const noexcept { return handle_; }

  model copy(context& on) const { return try_copy(on).value(); }
  expected<model> try_copy(context& on) const {
    kiln_model* handle = nullptr;
    const kiln_status status = module_->model_copy(on.c(), handle_, &handle);
    return made(on, status, handle);
  }
  void assign(context& on, const model& from) {
    on.check(module_->model_assign(on.c(), handle_, from.handle_));
  }
  void load(context& on, const std::string& path) { try_load(on, path).value(); }
  expected<void> try_load(context& on, const std::string& path) {
    return on.result(module_->model_load(on.c(), handle_, path.c_str()));
  }
  void save(context& on, const std::string& path) const { try_save(on, path).value(); }
  expected<void> try_save(context& on, const std::string& path) const {
    return on.result(module_->model_save(on.c(), handle_, path.c_str()));
  }

  // For calls that only read it; ends with the next change: see kiln_model_freeze.
  void freeze(context& on) { try_freeze(on).value(); }
  expected<void> try_freeze(context& on) { return on.result(module_->model_freeze(on.c(), handle_)); }

  std::vector<kiln_parameter> parameters() const {
    std::vector<kiln_parameter> all(static_cast<std::size_t>(module_->model_parameter_count(handle_)));
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].struct_size = sizeof(kiln_parameter);
      module_->model_parameter(handle_, static_cast<std::int32_t>(i), &all[i]);
    }
    return all;
  }

 protected:
  model(const kiln_module_api* module, kiln_model* handle) : module_(module), handle_(handle) {}

 private:
  static expected<model> made(context& on, kiln_status status, kiln_model* handle) {
    if (status != KILN_OK) return on.why(status);
    return model(on.module(), handle);
  }
  const kiln_module_api* module_;
  kiln_model* handle_;
};

// An export at given dims, checked and laid out; runs in memory of the caller and allocates nothing.
class plan {
 public:
  plan(context& on, std::int32_t function, const std::vector<std::int64_t>& dims)
      : plan(try_create(on, function, dims).value()) {}
  static expected<plan> try_create(context& on, std::int32_t function,
                                   const std::vector<std::int64_t>& dims) {
    kiln_plan* handle = nullptr;
    const kiln_status status = on.module()->plan_create(on.c(), function, dims.data(),
                                                        static_cast<std::int32_t>(dims.size()), &handle);
    if (status != KILN_OK) return on.why(status);
    return plan(on.module(), handle);
  }
  plan(plan&& other) noexcept : module_(other.module_), handle_(std::exchange(other.handle_, nullptr)) {}
  plan& operator=(plan&& other) noexcept {
    std::swap(module_, other.module_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~plan() {
    if (handle_ != nullptr) module_->plan_free(handle_);
  }

  const kiln_plan* c() const noexcept { return handle_; }
  std::int64_t workspace_bytes() const noexcept { return module_->plan_workspace(handle_); }
  // `workspace` is aligned to 64 and has at least workspace_bytes().
  void run(context& on, const std::vector<void*>& arguments, void* workspace, std::int64_t bytes) const {
    try_run(on, arguments, workspace, bytes).value();
  }
  expected<void> try_run(context& on, const std::vector<void*>& arguments, void* workspace,
                         std::int64_t bytes) const {
    return on.result(module_->plan_run(handle_, on.c(), arguments.data(),
                                       static_cast<std::int32_t>(arguments.size()), workspace, bytes));
  }

 private:
  plan(const kiln_module_api* module, kiln_plan* handle) : module_(module), handle_(handle) {}
  const kiln_module_api* module_;
  kiln_plan* handle_;
};

}  // namespace abi_1
}  // namespace kiln

#endif
