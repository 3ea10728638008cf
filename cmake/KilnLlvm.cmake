# kiln_llvm and kiln_lld: LLVM 19 and its linker as libraries.
find_package(LLVM 19.1 REQUIRED CONFIG HINTS /usr/lib/llvm-19/lib/cmake/llvm)
add_library(kiln_llvm INTERFACE)
target_include_directories(kiln_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_link_libraries(kiln_llvm INTERFACE LLVM)
target_link_directories(kiln_llvm INTERFACE ${LLVM_LIBRARY_DIRS})

add_library(kiln_lld INTERFACE)
target_link_libraries(kiln_lld INTERFACE ${LLVM_LIBRARY_DIRS}/liblldELF.a ${LLVM_LIBRARY_DIRS}/liblldCommon.a z zstd)
