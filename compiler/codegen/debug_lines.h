#pragma once

#include <llvm/IR/DIBuilder.h>
#include <llvm/IR/DebugLoc.h>

#include <map>
#include <string>
#include <vector>

#include "source/source_file.h"

namespace kiln::codegen {

/// Line information of one module (DWARF 5): a subprogram for each kernel, a line for each of its
/// instructions. No variables: a kernel's registers hold tiles of many points.
class DebugLines {
 public:
  DebugLines(llvm::Module& module, const SourceFiles& sources);

  /// `function` begins at `span`; `name` is what a debugger calls it. The span must be known.
  void begin(llvm::Function& function, const std::string& name, Span span);
  /// A place in the function that began last; its first line if the span is unknown.
  llvm::DebugLoc at(Span span);
  /// What comes until `leave` is a block of its own. A debugger breaks on a line once in each block: without
  /// them a line whose code stands several times, for whole tiles and for the rest, would be passed unseen.
  void enter(Span span);
  void leave() { blocks_.pop_back(); }
  /// The module is complete.
  void finish() { builder_.finalize(); }

 private:
  llvm::DIFile* file(uint32_t number);
  llvm::DILocalScope* scope(uint32_t number);
  const SourceFiles& sources_;
  llvm::Module& module_;
  llvm::DIBuilder builder_;
  Span first_;
  /// The subprogram and the blocks that are open, innermost last, by the file of a place.
  std::vector<std::map<uint32_t, llvm::DILocalScope*>> blocks_;
};

}  // namespace kiln::codegen
