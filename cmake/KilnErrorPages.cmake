# Writes OUTPUT, a C++ source with the text of each docs/errors/*.md. Run as a script:
#   cmake -DFOLDER=docs/errors -DOUTPUT=error_pages.cpp -P KilnErrorPages.cmake
# Included, it adds that source to kiln_source.
if(CMAKE_SCRIPT_MODE_FILE)
  file(GLOB pages ${FOLDER}/*.md)
  list(SORT pages)
  set(source "#include \"source/error_pages.h\"\n\n#include <algorithm>\n#include <iterator>\n\nnamespace kiln {\nnamespace {\n\n")
  string(APPEND source "struct Page {\n  std::string_view code, text;\n};\n\nconstexpr Page pages[] = {\n")
  foreach(page IN LISTS pages)
    get_filename_component(code ${page} NAME_WE)
    file(READ ${page} text)
    string(APPEND source "{\"${code}\", R\"KILNPAGE(${text})KILNPAGE\"},\n")
  endforeach()
  string(APPEND source "};\n\n}  // namespace\n\nstd::string_view error_page(std::string_view code) {\n")
  string(APPEND source "  const auto* page = std::find_if(std::begin(pages), std::end(pages), [&](const Page& p) { return p.code == code; });\n")
  string(APPEND source "  return page == std::end(pages) ? std::string_view() : page->text;\n}\n\n}  // namespace kiln\n")
  file(WRITE ${OUTPUT} "${source}")
  return()
endif()

file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/errors/*.md)
set(error_pages ${PROJECT_BINARY_DIR}/error_pages.cpp)
add_custom_command(
  OUTPUT ${error_pages}
  COMMAND ${CMAKE_COMMAND} -DFOLDER=${PROJECT_SOURCE_DIR}/docs/errors -DOUTPUT=${error_pages} -P ${CMAKE_CURRENT_LIST_FILE}
  DEPENDS ${pages} ${CMAKE_CURRENT_LIST_FILE}
  COMMENT "Embedding docs/errors"
  VERBATIM)
target_sources(kiln_source PRIVATE ${error_pages})
