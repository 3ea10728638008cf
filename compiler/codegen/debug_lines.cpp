#include "codegen/debug_lines.h"

#include <llvm/BinaryFormat/Dwarf.h>
#include <llvm/IR/Module.h>

#include <filesystem>

namespace kiln::codegen {

namespace fs = std::filesystem;

DebugLines::DebugLines(llvm::Module& module, const SourceFiles& sources)
    : sources_(sources), module_(module), builder_(module) {
  module.addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
  module.addModuleFlag(llvm::Module::Warning, "Dwarf Version", 5);
}

/// Under an absolute path where that is known, so that a debugger finds it from any folder.
llvm::DIFile* DebugLines::file(uint32_t number) {
  std::error_code failure;
  const fs::path path = sources_[number].path(), whole = fs::absolute(path, failure);
  const fs::path& found = failure || !fs::exists(whole, failure) ? path : whole;
  return builder_.createFile(found.filename().string(), found.parent_path().string());
}

void DebugLines::begin(llvm::Function& function, const std::string& name, Span span) {
  llvm::DIFile* const where = file(span.file);
  if (module_.debug_compile_units_begin() == module_.debug_compile_units_end())
    builder_.createCompileUnit(llvm::dwarf::DW_LANG_C11, where, "kilnc " KILN_VERSION, /*isOptimized=*/true,
                               /*Flags=*/"", /*RV=*/0, /*SplitName=*/"", llvm::DICompileUnit::FullDebug,
                               /*DWOId=*/0,
                               /*SplitDebugInlining=*/false, /*DebugInfoForProfiling=*/false,
                               llvm::DICompileUnit::DebugNameTableKind::None);
  const auto line = static_cast<unsigned>(sources_[span.file].position_of(span.begin).line);
  llvm::DISubroutineType* const type = builder_.createSubroutineType(builder_.getOrCreateTypeArray({}));
  llvm::DISubprogram* const subprogram = builder_.createFunction(
      where, name, function.getName(), where, line, type, line, llvm::DINode::FlagPrototyped,
      llvm::DISubprogram::SPFlagDefinition | llvm::DISubprogram::SPFlagOptimized);
  function.setSubprogram(subprogram);
  first_ = span;
  blocks_.assign(1, {{span.file, subprogram}});
}

llvm::DILocalScope* DebugLines::scope(uint32_t number) {
  llvm::DILocalScope*& found = blocks_.back()[number];
  if (!found) found = builder_.createLexicalBlockFile(blocks_.back().at(first_.file), file(number));
  return found;
}

void DebugLines::enter(Span span) {
  const llvm::DebugLoc place = at(span);
  llvm::DIFile* const where = file(first_.file);
  llvm::DILexicalBlock* const block =
      builder_.createLexicalBlock(scope(first_.file), where, place.getLine(), place.getCol());
  // LLVM leaves out blocks that declare nothing.
  builder_.createAutoVariable(block, "part", where, place.getLine(),
                              builder_.createBasicType("part", 64, llvm::dwarf::DW_ATE_signed),
                              /*AlwaysPreserve=*/true);
  blocks_.push_back({{first_.file, block}});
}

llvm::DebugLoc DebugLines::at(Span span) {
  if (!span.known()) span = first_;
  const LineColumn place = sources_[span.file].position_of(span.begin);
  return llvm::DILocation::get(module_.getContext(), static_cast<unsigned>(place.line),
                               static_cast<unsigned>(place.column), scope(span.file));
}

}  // namespace kiln::codegen
