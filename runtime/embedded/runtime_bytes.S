// Files as bytes between two symbols each; their paths come from CMake.
.macro embed name, file
  .balign 64
  .global kiln_embedded_\name\()_begin
  .global kiln_embedded_\name\()_end
kiln_embedded_\name\()_begin:
  .incbin "\file"
kiln_embedded_\name\()_end:
  .byte 0
.endm

.section .rodata.kiln_embedded, "a"
embed archive, RUNTIME_ARCHIVE
embed c_header, KILN_H
embed cpp_header, KILN_HPP
.section .note.GNU-stack, "", @progbits
