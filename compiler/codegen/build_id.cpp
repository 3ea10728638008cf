#include "codegen/build_id.h"

#include <elf.h>
#include <link.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/BLAKE3.h>

#include <cstring>

namespace kiln::codegen {
namespace {

struct Search {
  const void* code = nullptr;  // an address in the file whose id is wanted
  std::string id;
};

bool holds(const dl_phdr_info& file, const void* address) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  for (int i = 0; i < file.dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = file.dlpi_phdr[i];
    const uintptr_t first = file.dlpi_addr + part.p_vaddr;
    if (part.p_type == PT_LOAD && at >= first && at < first + part.p_memsz) return true;
  }
  return false;
}

/// The id in a list of notes: a head, then the name and the text, each padded to the alignment.
std::string id_in(const char* notes, size_t bytes, size_t alignment) {
  const auto padded = [&](size_t size) { return (size + alignment - 1) / alignment * alignment; };
  for (size_t at = 0; at + sizeof(ElfW(Nhdr)) <= bytes;) {
    ElfW(Nhdr) head;
    std::memcpy(&head, notes + at, sizeof head);
    const char* const name = notes + at + sizeof head;
    const char* const text = name + padded(head.n_namesz);
    if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0)
      return llvm::toHex({text, head.n_descsz}, /*LowerCase=*/true);
    at += sizeof head + padded(head.n_namesz) + padded(head.n_descsz);
  }
  return "";
}

int visit(dl_phdr_info* file, size_t, void* data) {
  Search& search = *static_cast<Search*>(data);
  if (!holds(*file, search.code)) return 0;
  for (int i = 0; i < file->dlpi_phnum && search.id.empty(); ++i) {
    const ElfW(Phdr)& part = file->dlpi_phdr[i];
    if (part.p_type != PT_NOTE) continue;
    const char* const notes = reinterpret_cast<const char*>(file->dlpi_addr + part.p_vaddr);
    search.id = id_in(notes, part.p_memsz, part.p_align == 8 ? 8 : 4);
  }
  return 1;
}

std::string id_of_file_with(const void* code) {
  Search search{code, ""};
  dl_iterate_phdr(visit, &search);
  return search.id;
}

}  // namespace

std::string compiler_build_id() {
  const std::string own = id_of_file_with(reinterpret_cast<const void*>(&compiler_build_id));
  const std::string llvm = id_of_file_with(reinterpret_cast<const void*>(&llvm_blake3_version));
  return own.empty() || llvm.empty() ? "" : own + "." + llvm;
}

}  // namespace kiln::codegen
