#include "kernel/machine.h"

namespace kiln::kernel {

Machine x86_64_v3() { return {"x86-64-v3", 32, 16, 2, 32 << 10, 512 << 10}; }
Machine x86_64_v4() { return {"x86-64-v4", 64, 32, 2, 32 << 10, 1 << 20}; }

}  // namespace kiln::kernel
