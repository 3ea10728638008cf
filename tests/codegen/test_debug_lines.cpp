#include <gtest/gtest.h>
#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/Object/ELFObjectFile.h>

#include <functional>
#include <map>
#include <set>

#include "codegen/shared_kernels.h"
#include "fuse/plan.h"
#include "graph/text.h"
#include "kernel/schedule.h"

namespace kiln::codegen::test {
namespace {

/// A contraction on line 2 and its epilogue on line 3 of a file, as kernels.
class DebugLinesOfAProduct : public testing::Test {
 protected:
  DebugLinesOfAProduct() {
    const uint32_t file = sources_.add("/folder/net.model", "export fn f(…)\n  let p\n  c = relu(p)\n");
    graph::Function function = std::get<graph::Function>(graph::read(R"(function f(M, K, N) {
      input %a: f32[M, K]
      input %b: f32[K, N]
      %p: f32[M, N] = compute [i: M, j: N, k: K] write [i, j] sum mul(%a[i, k], %b[k, j])
      %c: f32[M, N] = compute [i: M, j: N] write [i, j] assign max(%p[i, j], 0.0)
      output %c as "c" })"));
    for (size_t i = 2; i < 4; ++i) {
      const std::string& text = sources_[file].text();
      const auto begin = static_cast<uint32_t>(text.find(i == 2 ? "let" : "c ="));
      function.nodes[i].span = Span{file, begin, begin + 1};
    }
    program_ = kernel::schedule(fuse::plan(function, {3, {0, 1}, {2}}), kernel::x86_64_v3());
  }

  std::vector<std::byte> compile(const SourceFiles* sources) {
    const NamedProgram named{&program_, &name_};
    const Target& target = *target_named("x86-64-v3");
    const std::vector<SharedKernel> kernels = share_kernels({&named, 1}, target, sources).different;
    EXPECT_EQ(kernels.size(), 1);
    return compile_shared_kernel(kernels.front(), target, sources);
  }

  SourceFiles sources_;
  kernel::Program program_;
  const std::string name_ = "f";
};

struct OpenedObject {
  std::unique_ptr<llvm::object::ObjectFile> object;
  std::unique_ptr<llvm::DWARFContext> context;
  explicit OpenedObject(const std::vector<std::byte>& bytes) {
    const llvm::StringRef text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    object = llvm::cantFail(llvm::object::ObjectFile::createELFObjectFile({text, "object"}));
    context = llvm::DWARFContext::create(*object);
  }
};

TEST_F(DebugLinesOfAProduct, NameFileAndLineOfEachMember) {
  const std::vector<std::byte> bytes = compile(&sources_);
  const OpenedObject opened(bytes);
  ASSERT_EQ(opened.context->getNumCompileUnits(), 1);
  llvm::DWARFUnit* const unit = opened.context->getUnitAtIndex(0);
  const auto* table = opened.context->getLineTableForUnit(unit);
  ASSERT_NE(table, nullptr);
  std::set<std::string> files;
  std::set<unsigned> lines;
  for (const auto& row : table->Rows) {
    std::string path;
    table->getFileNameByIndex(row.File, unit->getCompilationDir(),
                              llvm::DILineInfoSpecifier::FileLineInfoKind::AbsoluteFilePath, path);
    files.insert(path);
    if (row.Line != 0 && row.IsStmt) lines.insert(row.Line);
  }
  EXPECT_EQ(files, std::set<std::string>{"/folder/net.model"});
  EXPECT_EQ(lines, (std::set<unsigned>{2, 3}));
}

/// A debugger stops on a line once in each block: each of the loops and branches that hold the epilogue needs
/// one.
TEST_F(DebugLinesOfAProduct, MakeABlockOfEachCopyOfTheCode) {
  const std::vector<std::byte> bytes = compile(&sources_);
  const OpenedObject opened(bytes);
  std::map<llvm::dwarf::Tag, int> count;
  for (const auto& entry : opened.context->getUnitAtIndex(0)->dies()) ++count[entry.getTag()];
  EXPECT_EQ(count[llvm::dwarf::DW_TAG_subprogram], 1);
  EXPECT_GE(count[llvm::dwarf::DW_TAG_lexical_block], 4);
}

TEST_F(DebugLinesOfAProduct, AreLeftOutUnlessAskedFor) {
  const std::vector<std::byte> bytes = compile(nullptr);
  const OpenedObject opened(bytes);
  for (const llvm::object::SectionRef& section : opened.object->sections())
    EXPECT_FALSE(llvm::cantFail(section.getName()).starts_with(".debug"));
}

TEST_F(DebugLinesOfAProduct, TellApartEqualKernelsOfDifferentLines) {
  kernel::Program other = program_;
  const std::function<void(kernel::Block&)> move = [&](kernel::Block& block) {
    for (kernel::Instruction& instruction : block.instructions) {
      instruction.span = Span{1, 0, 1};
      if (auto* loop = std::get_if<kernel::Loop>(&instruction.op)) move(loop->body);
    }
  };
  move(other.kernels[0].body);
  const std::string other_name = "g";
  const NamedProgram named[] = {{&program_, &name_}, {&other, &other_name}};
  const Target& target = *target_named("x86-64-v3");
  EXPECT_EQ(share_kernels(named, target).different.size(), 1);
  EXPECT_EQ(share_kernels(named, target, true).different.size(), 2);
}

}  // namespace
}  // namespace kiln::codegen::test
