# kiln_grammar: the lexer and parser that ANTLR generates from grammar/Kiln.g4, and its C++ runtime.
# Debian's tool (4.7.2) and runtime (4.9) agree once char8_t is off: the generated code holds u8"" literals as char.
find_program(ANTLR4 antlr4 REQUIRED)
find_path(ANTLR4_INCLUDE_DIR antlr4-runtime.h PATH_SUFFIXES antlr4-runtime REQUIRED)
find_library(ANTLR4_LIBRARY NAMES libantlr4-runtime.a antlr4-runtime REQUIRED)  # static: a check is shorter by 1 ms

set(generated ${PROJECT_BINARY_DIR}/grammar)
set(sources KilnLexer.cpp KilnParser.cpp)
list(TRANSFORM sources PREPEND ${generated}/)
set(headers ${generated}/KilnLexer.h ${generated}/KilnParser.h)  # named, so that what includes them is built after them
add_custom_command(
  OUTPUT ${sources} ${headers}
  COMMAND ${ANTLR4} -Dlanguage=Cpp -no-listener -no-visitor -package kiln::grammar -o ${generated} Kiln.g4
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/grammar
  DEPENDS ${PROJECT_SOURCE_DIR}/grammar/Kiln.g4
  COMMENT "Generating the parser from grammar/Kiln.g4")
add_library(kiln_grammar STATIC ${sources})
target_compile_options(kiln_grammar PUBLIC -fno-char8_t PRIVATE -w)
target_include_directories(kiln_grammar SYSTEM PUBLIC ${generated} ${ANTLR4_INCLUDE_DIR})
target_link_libraries(kiln_grammar PUBLIC ${ANTLR4_LIBRARY})
