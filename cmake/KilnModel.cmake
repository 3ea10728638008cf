# kiln_model_library(TARGET FILE.model [OPTIONS kilnc-option...])
#   Compiles a .model file to the shared library lib<name>.so with its headers <name>.h and <name>.hpp, and makes it the
#   imported target TARGET. Rebuilt when the file, the standard library or kilnc changes.
function(kiln_model_library target file)
  cmake_parse_arguments(MODEL "" "" "OPTIONS" ${ARGN})
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  cmake_path(GET file STEM LAST_ONLY name)
  string(MAKE_C_IDENTIFIER "${name}" name)  # as kilnc calls the library
  set(library ${CMAKE_CURRENT_BINARY_DIR}/lib${name}.so)
  file(GLOB standard_library CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/stdlib/*.model)
  add_custom_command(
    OUTPUT ${library}
    BYPRODUCTS ${CMAKE_CURRENT_BINARY_DIR}/${name}.h ${CMAKE_CURRENT_BINARY_DIR}/${name}.hpp
    COMMAND kilnc build ${file} -o ${library} --header-dir ${CMAKE_CURRENT_BINARY_DIR} ${MODEL_OPTIONS}
    DEPENDS ${file} ${standard_library} kilnc kilnc-compile
    COMMENT "Compiling ${name}.model"
    VERBATIM)
  add_custom_target(${target}_build DEPENDS ${library})
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${library}
                                             INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_CURRENT_BINARY_DIR})
  add_dependencies(${target} ${target}_build)
endfunction()
