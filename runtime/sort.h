#pragma once

#include <stddef.h>

namespace kiln::runtime {

/// Heap sort: n log n for every input, since some of what is sorted comes from hostile files; a tenth of
/// std::sort's code. Not stable: `less` must order elements fully where that matters.
template <class Element, class Less>
void sort(Element* elements, size_t count, Less less) {
  const auto sift_down = [&](size_t parent, size_t end) {
    const Element moving = elements[parent];
    for (;;) {
      size_t child = 2 * parent + 1;
      if (child >= end) break;
      if (child + 1 < end && less(elements[child], elements[child + 1])) ++child;
      if (!less(moving, elements[child])) break;
      elements[parent] = elements[child];
      parent = child;
    }
    elements[parent] = moving;
  };
  for (size_t parent = count / 2; parent-- > 0;) sift_down(parent, count);
  for (size_t end = count; end-- > 1;) {
    const Element greatest = elements[0];
    elements[0] = elements[end];
    elements[end] = greatest;
    sift_down(0, end);
  }
}

}  // namespace kiln::runtime
