#pragma once

#include "kiln/kiln.h"
#include "plan.h"

namespace kiln::runtime {

/// The arguments of one call, as the host gave them, and what is said when they are wrong. The checks stand
/// in the order in which they are made; each writes a message when it fails, none writes anything else.
struct Arguments {
  const kiln_image_module& image;
  int32_t function_index;
  void* const* values;

  const kiln_image_function& function() const { return image.functions[function_index]; }

  /// What can be seen without dims: null, struct sizes, elements, ranks, extents in range, strides, model
  /// handles.
  kiln_status check_forms(Message& message) const;
  /// The value of each dim, from where it stands bare or from the lengths that it is computed of. After
  /// check_forms.
  kiln_status bind_dims(int64_t* dims, Message& message) const;
  /// Whether lengths fit the plan: their totals exactly, the longest at most.
  kiln_status check_derived_dims(const Plan& plan, const int64_t* dims, Message& message) const;
  /// Every extent against the plan's.
  kiln_status check_extents(const Plan& plan, Message& message) const;
  /// Alignment, missing memory, and results that share memory with another argument or with `workspace`.
  kiln_status check_memory(const Plan& plan, const void* workspace, int64_t workspace_bytes,
                           Message& message) const;

  /// The integers that dims are computed of: `count` of them, i32; as offsets one more, i32 or i64.
  struct Lengths {
    const void* data;
    int64_t count;
    bool are_offsets;
    bool are_wide;
    /// Of offsets: one less the one before, modulo 2^64.
    int64_t at(int64_t row) const;
  };
  kiln_status lengths_of(int32_t argument, Lengths& lengths, Message& message) const;
  kiln_status derive_dim(const kiln_image_dim& dim, int64_t& value, Message& message) const;

  /// Whether an argument is lengths of rows, given as offsets.
  bool are_offsets(int32_t argument) const;
  /// As the function declares it: of offsets, how many rows there are.
  int64_t extent(int32_t argument, int32_t axis) const {
    return tensor(argument).extents[axis] - (are_offsets(argument) ? 1 : 0);
  }
  kiln_status check_offsets(int32_t argument, Message& message) const;
  /// The lengths that offsets say, as the kernels read them: i32. After bind_dims.
  void write_lengths(int32_t argument, void* to) const;

  const kiln_tensor& tensor(int32_t argument) const {
    return *static_cast<const kiln_tensor*>(values[argument]);
  }
};

/// Whether dims are computed of an argument that the call only reads: how long rows are.
bool counts_rows(const kiln_image_function& function, int32_t argument);

}  // namespace kiln::runtime
