// kilnc build: its options, and that its files appear whole or not at all.
#include "command.h"

namespace kiln::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Build, WritesALibraryAndFourHeaders) {
  const Folder folder;
  const Outcome outcome = kilnc({"build", model("tables")}, {folder.path(), {}, -1});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_EQ(outcome.out + outcome.error, "");
  EXPECT_THAT(folder.names(), ElementsAre("kiln.h", "kiln.hpp", "libtables.so", "tables.h", "tables.hpp"));
  EXPECT_EQ(kilnc({model("tables"), "-o", folder / "other.so"}).code, 0) << "build is the verb that is meant";
  EXPECT_THAT(folder.names(), testing::Contains("other.so"));
}

TEST(Build, GivesTheSameBytesAgain) {
  const Folder one, two;
  ASSERT_EQ(kilnc({"build", model("tables"), "-o", one / "libtables.so"}).code, 0);
  ASSERT_EQ(kilnc({"build", model("tables"), "-o", two / "libtables.so"}).code, 0);
  EXPECT_TRUE(read(one / "libtables.so") == read(two / "libtables.so"));
}

TEST(Build, GivesTheSameBytesWithAnyNumberOfThreads) {
  const Folder one, four;
  ASSERT_EQ(kilnc({"build", model("tables"), "-o", one / "libtables.so", "--jobs", "1"}).code, 0);
  ASSERT_EQ(kilnc({"build", model("tables"), "-o", four / "libtables.so", "-j4"}).code, 0);
  EXPECT_TRUE(read(one / "libtables.so") == read(four / "libtables.so"));
  const Outcome none = kilnc({"build", model("tables"), "-o", one / "t.so", "--jobs", "0"});
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.error, HasSubstr("--jobs takes a number of threads"));
}

TEST(Build, PutsHeadersInAFolderOfTheirOwn) {
  const Folder folder, headers;
  ASSERT_EQ(kilnc({"build", model("tables"), "-o", folder / "libt.so", "--header-dir", headers.path()}).code,
            0);
  EXPECT_THAT(folder.names(), ElementsAre("libt.so"));
  EXPECT_THAT(headers.names(), ElementsAre("kiln.h", "kiln.hpp", "tables.h", "tables.hpp"));
}

TEST(Build, SaysWhatCannotBeWritten) {
  const Folder folder;
  EXPECT_THAT(kilnc({"build", model("tables"), "-o", folder / "missing/lib.so"}).error,
              HasSubstr("there is no folder `" + folder / "missing" + "`"));
  EXPECT_THAT(kilnc({"build", model("tables"), "-o", folder / "lib.so", "--header-dir", folder / "no"}).error,
              HasSubstr("there is no folder `" + folder / "no" + "`"));
  std::filesystem::create_directory(folder / "lib.so");
  const Outcome taken = kilnc({"build", model("tables"), "-o", folder / "lib.so"});
  EXPECT_EQ(taken.code, 1);
  EXPECT_THAT(taken.error, HasSubstr("cannot write `" + folder / "lib.so" + "`: Is a directory"));
  EXPECT_THAT(folder.names(), ElementsAre("lib.so"));
  const Outcome no_temporary =
      kilnc({"build", model("tables"), "-o", folder / "t.so"}, {"", {"TMPDIR=/nowhere"}, -1});
  EXPECT_EQ(no_temporary.code, 1);
  EXPECT_THAT(no_temporary.error, HasSubstr("TMPDIR is `/nowhere`"));
}

TEST(Build, LeavesTheFormerFilesWhenTheDiskIsFull) {
  const Folder folder;
  ASSERT_EQ(kilnc({"build", model("tables"), "-o", folder / "lib.so"}).code, 0);
  const std::vector<std::string> names = folder.names();
  const std::string library = read(folder / "lib.so"), header = read(folder / "tables.h");
  for (const int64_t limit : {0, 100, 5'000, 20'000, 60'000}) {
    const Outcome outcome = kilnc({"build", model("tables"), "-o", folder / "lib.so", "-g"}, {"", {}, limit});
    EXPECT_EQ(outcome.code, 1) << limit << outcome.error;
    if (limit > 1000) {
      EXPECT_THAT(outcome.error, testing::AnyOf(HasSubstr("cannot write"), HasSubstr("linker failed")))
          << limit;
    }
    EXPECT_EQ(folder.names(), names) << limit;
    EXPECT_TRUE(read(folder / "lib.so") == library && read(folder / "tables.h") == header) << limit;
  }
}

TEST(Build, MakesCodeForEachTarget) {
  const Folder folder;
  std::vector<size_t> sizes;
  for (const char* target : {"x86-64-v3", "x86-64-v4", "native", "portable"}) {
    const std::string file = folder / (std::string(target) + ".so");
    const Outcome outcome = kilnc({"build", model("tables"), "-o", file, "--target", target});
    EXPECT_EQ(outcome.code, 0) << outcome.error;
    sizes.push_back(read(file).size());
  }
  EXPECT_GT(sizes[3], sizes[0]);
  EXPECT_GT(sizes[3], sizes[1]);
  const Outcome unknown = kilnc({"build", model("tables"), "-o", folder / "x.so", "--target", "sparc"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.error, HasSubstr("help: targets: native, portable, x86-64-v3, x86-64-v4"));
}

TEST(Build, ShowsEveryStage) {
  const std::pair<const char*, const char*> stages[] = {{"ast", "product"},   {"typed", "product"},
                                                        {"graph", "compute"}, {"kernels", "contract"},
                                                        {"llvm", "define "},  {"asm", "vfmadd"}};
  for (const auto& [stage, text] : stages) {
    const Outcome outcome = kilnc({"build", model("tables"), "--emit", stage, "--target", "x86-64-v3"});
    EXPECT_EQ(outcome.code, 0) << stage << outcome.error;
    EXPECT_THAT(outcome.out, HasSubstr(text)) << stage;
  }
  EXPECT_THAT(kilnc({"build", model("tables"), "--emit", "soup"}).error, HasSubstr("not `soup`"));
}

TEST(Build, TellsOfItsPasses) {
  const Folder folder;
  const Outcome timed = kilnc({"build", model("tables"), "-o", folder / "a.so", "--time-passes"});
  for (const char* name : {"front-end", "simplify", "schedule", "codegen", "link", "total"})
    EXPECT_THAT(timed.error, HasSubstr(name)) << timed.error;
  const Outcome printed =
      kilnc({"build", model("tables"), "-o", folder / "a.so", "--print-after", "simplify"});
  EXPECT_THAT(printed.error, HasSubstr("// after simplify\n"));
  EXPECT_THAT(printed.error, Not(HasSubstr("// after remove-dead\n")));
  EXPECT_THAT(kilnc({"build", model("tables"), "--print-after", "nothing"}).error,
              HasSubstr("there is no pass `nothing`; there are: all, remove-dead"));
}

TEST(Build, MakesDimsConstant) {
  const Folder folder;
  ASSERT_EQ(kilnc({"build", model("tables"), "-o", folder / "a.so", "--dim", "K=8"}).code, 0);
  EXPECT_THAT(read(folder / "a.so"), Not(IsEmpty()));
  EXPECT_THAT(kilnc({"build", model("tables"), "--dim", "Q=8"}).error,
              HasSubstr("no exported function has a dim `Q`"));
  EXPECT_THAT(kilnc({"build", model("tables"), "--dim", "K"}).error,
              HasSubstr("--dim takes NAME=VALUE, not `K`"));
}

TEST(Build, TellsModelsOfOneNameApart) {
  const Folder folder;
  const std::string call = "  fn call(x: f32[N]) -> y: f32[N] { y[i] = b[i] + x[i] }\n}\n";
  folder.write("left.model", "model Net(N: dim) {\n  param b: f32[N] = 1\n" + call);
  folder.write("right.model",
               "model Net(N: dim) {\n  param w: f32[N, N] = 1\n  param b: f32[N] = 1\n" + call);
  const std::string both = folder.write("both.model",
                                        "import left\nimport right\n"
                                        "export type One = left.Net(3)\nexport type Two = right.Net(3)\n"
                                        "export fn two(m: Two, x: f32[3]) -> y: f32[3] = m(x)\n");
  const Outcome outcome = kilnc({"build", both, "-o", folder / "both.so"});
  ASSERT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(read(folder / "both.h"), HasSubstr("both_two(kiln_context* context, const both_Two* m"));
}

TEST(Build, RefusesNamesThatHeadersCannotHave) {
  const Folder folder;
  const std::string text = "export fn f(x: f32[N]) -> y: f32[N] { y[i] = x[i] }\n";
  for (const char* name : {"double", "kiln", "std"}) {
    const Outcome outcome =
        kilnc({"build", folder.write(std::string(name) + ".model", text), "-o", folder / "l.so"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.error, HasSubstr(std::string("the library would be called `") + name + "`"));
  }
  const Outcome clash =
      kilnc({"build",
             folder.write("c.model", text + "export fn f_plan(x: f32[N]) -> y: f32[N] { y[i] = x[i] }\n"
                                            "export fn module(x: f32[N]) -> y: f32[N] { y[i] = x[i] }\n"),
             "-o", folder / "c.so"});
  EXPECT_EQ(clash.code, 1);
  EXPECT_THAT(clash.error,
              HasSubstr("error[E0702]: `f_plan` needs the name `f_plan` in the headers, which `f` has"));
  EXPECT_THAT(clash.error, HasSubstr("`module` needs the name `module`"));
  EXPECT_EQ(kilnc({"build", folder.write("my-net 2.model", text), "-o", folder / "m.so"}).code, 0);
  EXPECT_THAT(read(folder / "my_net_2.h"), HasSubstr("my_net_2_f("));
}

}  // namespace
}  // namespace kiln::tests
