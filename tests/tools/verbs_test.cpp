// The verbs, their help, and what is said to a mistake on the command line.
#include "command.h"

namespace kiln::tests {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* verbs[] = {"build",   "check", "run", "test", "bench",
                                 "explain", "fmt",   "doc", "new",  "repl"};

TEST(Verbs, EachHasHelp) {
  const Outcome all = kilnc({"--help"});
  EXPECT_EQ(all.code, 0);
  for (const char* verb : verbs) {
    EXPECT_THAT(all.out, HasSubstr(std::string("\n  ") + verb + " "));
    const Outcome one = kilnc({verb, "--help"});
    EXPECT_EQ(one.code, 0) << one.error;
    EXPECT_THAT(one.out, StartsWith(std::string("usage: kilnc ") + verb + " "));
    EXPECT_EQ(kilnc({verb, "-h"}).out, one.out);
    EXPECT_EQ(one.error, "");
  }
  EXPECT_THAT(kilnc({"--version"}).out, StartsWith("kilnc "));
}

TEST(Verbs, CheckingLoadsNoLlvm) {
  // The dynamic linker lists what a program would load. LLVM's libraries cost more than most checks.
  const Outcome loaded = kilnc({"check"}, {.environment = {"LD_TRACE_LOADED_OBJECTS=1"}});
  EXPECT_THAT(loaded.out, HasSubstr("libstdc++"));
  EXPECT_THAT(loaded.out, Not(HasSubstr("libLLVM")));
}

TEST(Verbs, UnknownOnesAreNamed) {
  const Outcome unknown = kilnc({"compile", "x.model"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.error, StartsWith("kilnc: there is no verb `compile`"));
  const Outcome nothing = kilnc({});
  EXPECT_EQ(nothing.code, 1);
  EXPECT_THAT(nothing.error, StartsWith("usage: kilnc VERB"));
}

TEST(Verbs, OptionsAreNotGuessed) {
  for (const char* verb : verbs) {
    const Outcome outcome = kilnc({verb, model("tables"), "--nonsense"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.error,
                HasSubstr("unrecognised option '--nonsense'\nusage: kilnc " + std::string(verb)));
  }
  EXPECT_THAT(kilnc({"run", model("tables"), "fold", "--thr", "2"}).error,
              HasSubstr("unrecognised option '--thr'"));
  EXPECT_THAT(kilnc({"run", model("tables"), "fold", "--threads", "two"}).error, HasSubstr("'two'"));
  EXPECT_THAT(kilnc({"build"}).error, HasSubstr("file is missing\nusage: kilnc build"));
  EXPECT_THAT(kilnc({"run", model("tables")}).error, HasSubstr("function is missing"));
  EXPECT_THAT(kilnc({"build", model("tables"), "more.model"}).error,
              HasSubstr("too many positional options"));
}

TEST(Verbs, FilesThatCannotBeReadAreNamed) {
  const Folder folder;
  const std::string unreadable = folder.write("unreadable.model", "\xff\xfe\x01");
  for (const char* verb : verbs) {
    const Outcome missing = kilnc({verb, "/nowhere/net.model", "f"});
    EXPECT_EQ(missing.code, 1);
    if (std::string(verb) != "run" && std::string(verb) != "bench" && std::string(verb) != "explain")
      continue;
    EXPECT_THAT(missing.error, HasSubstr("cannot read `/nowhere/net.model`: there is no such file"));
  }
  EXPECT_THAT(kilnc({"check", "/nowhere/net.model"}).error, HasSubstr("there is no such file"));
  EXPECT_THAT(kilnc({"check", folder.path()}).error, HasSubstr("it is a folder"));
  EXPECT_THAT(kilnc({"check", unreadable}).error, HasSubstr("E0003"));
  EXPECT_EQ(kilnc({"check", unreadable}).code, 1);
}

TEST(Verbs, ExitCodesTellMistakesFromLimits) {
  const Folder folder;
  EXPECT_EQ(kilnc({"check", model("tables")}).code, 0);
  const Outcome mistake =
      kilnc({"check", folder.write("m.model", "export fn f(x: f32[N]) -> y: f32[N] { y[i] = z[i] }")});
  EXPECT_EQ(mistake.code, 1);
  EXPECT_THAT(mistake.error, HasSubstr("error[E0101]"));
  const std::string limited = folder.write("l.model", "fn sharded(x: f32[B @ Data]) -> f32 = sum(x)\n");
  const Outcome limit = kilnc({"check", limited});
  EXPECT_EQ(limit.code, 2) << limit.error;
  EXPECT_THAT(limit.error, HasSubstr("L0001"));
  const Outcome json = kilnc({"check", folder / "m.model", "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.out, HasSubstr("\"E0101\""));
  EXPECT_EQ(json.error, "");
}

TEST(Verbs, TestRunsTheTestBlocks) {
  const Folder folder;
  const std::string file = folder.write("t.model",
                                        "fn twice(x: f32) -> y: f32 = 2 * x\n"
                                        "test \"good\" { assert twice(2) == 4 }\n"
                                        "test \"bad\" { assert twice(2) == 5, \"twice two\" }\n");
  const Outcome all = kilnc({"test", file});
  EXPECT_EQ(all.code, 1);
  EXPECT_THAT(all.out, HasSubstr("ok      good (interpreted)"));
  EXPECT_THAT(all.out, HasSubstr("ok      good (compiled)"));
  EXPECT_THAT(all.out, HasSubstr("FAILED  bad (compiled)"));
  EXPECT_THAT(all.out, HasSubstr("twice two"));
  EXPECT_THAT(all.out, HasSubstr("2 passed, 2 failed\n"));
  const Outcome good = kilnc({"test", file, "--filter", "good"});
  EXPECT_EQ(good.code, 0);
  EXPECT_THAT(good.out, HasSubstr("2 passed, 0 failed\n"));
}

TEST(Verbs, BenchGivesFiguresAsJson) {
  const Outcome outcome = kilnc({"bench", model("tables"), "product", "--dim", "M=8", "--dim", "N=16",
                                 "--dim", "K=4", "--json", "--threads", "1"});
  ASSERT_EQ(outcome.code, 0) << outcome.error;
  for (const char* field : {"\"function\":\"product\"", "\"dims\":{\"K\":4,\"M\":8,\"N\":16}",
                            "\"threads\":1", "\"calls\":", "\"median_ms\":", "\"min_ms\":", "\"p90_ms\":",
                            "\"gflops\":", "\"gbytes_per_s\":", "\"workspace_bytes\":"})
    EXPECT_THAT(outcome.out, HasSubstr(field));
  // A dim that is an argument stays one where it is a constant.
  for (const std::vector<std::string>& constant :
       {std::vector<std::string>{"--static"}, std::vector<std::string>{"--train-memory", "1GiB"}}) {
    std::vector<std::string> arguments = {"bench", model("tables"), "fold",   "--dim",     "M=2",
                                          "--dim", "N=6",           "--json", "--threads", "1"};
    arguments.insert(arguments.end(), constant.begin(), constant.end());
    const Outcome fold = kilnc(arguments);
    EXPECT_EQ(fold.code, 0) << fold.error;
    EXPECT_THAT(fold.out, HasSubstr("\"dims\":{\"M\":2,\"N\":6}"));
  }
  const Outcome open = kilnc({"bench", model("tables"), "product", "--dim", "M=8"});
  EXPECT_EQ(open.code, 1);
  EXPECT_THAT(open.error, HasSubstr("give them with --dim"));
  EXPECT_THAT(kilnc({"bench", model("tables"), "product", "--dim", "Q=8"}).error,
              HasSubstr("has no dim `Q`; it has M, K, N"));
  EXPECT_THAT(kilnc({"bench", model("tables"), "product", "--dim", "M=-8"}).error, HasSubstr("not `-8`"));
  const Outcome huge = kilnc({"bench", model("tables"), "product", "--dim", "M=2000000000", "--dim",
                              "N=2000000000", "--dim", "K=1"});
  EXPECT_EQ(huge.code, 1);
  EXPECT_THAT(huge.error, HasSubstr("the arguments of `product` would take 1.6e+10 GB, this machine has "));
}

TEST(Verbs, ExplainListsWhatDerivativesKeep) {
  const std::string ode = MODELS "/../derivatives/programs/neural_ode.model";
  const Outcome saved = kilnc({"explain", ode, "saved"});
  ASSERT_EQ(saved.code, 0) << saved.error;
  EXPECT_THAT(saved.out, HasSubstr("kept for the way back of reverse derivatives:"));
  EXPECT_THAT(saved.out, HasSubstr("f64[T, B, H]")) << saved.out;
  EXPECT_THAT(saved.out, HasSubstr("8*B*H*T B")) << "as a formula of the dims";
  const Outcome every = kilnc({"explain", ode, "every_eighth"});
  EXPECT_THAT(every.out, testing::Not(HasSubstr("f64[T, B")));
  EXPECT_THAT(every.out, HasSubstr("f64[(T + 7) / 8, B, D]")) << every.out;
  EXPECT_THAT(every.out, HasSubstr("made again on the way back: ")) << every.out;
  EXPECT_THAT(kilnc({"explain", ode, "loss"}).out, testing::Not(HasSubstr("kept for the way back")));
}

/// The peak of work memory that `explain` tells, in bytes.
int64_t peak_in(const Outcome& outcome) {
  const size_t line = outcome.out.find("peak, on one thread");
  if (line == std::string::npos) return -1;
  const size_t bytes = outcome.out.find('(', line);
  return std::stoll(outcome.out.substr(bytes + 1));
}

TEST(Verbs, TrainMemoryBoundsThePeak) {
  const std::string ode = MODELS "/../derivatives/programs/neural_ode.model";
  const std::vector<std::string> dims = {"--dim", "B=16", "--dim", "D=4", "--dim", "H=32", "--dim", "T=64"};
  const auto explained = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"explain", ode, "saved"});
    arguments.insert(arguments.end(), dims.begin(), dims.end());
    return kilnc(arguments);
  };
  const Outcome plain = explained({"--train-memory", "1GiB"});
  EXPECT_THAT(plain.out, HasSubstr("f64[64, 16, 32]")) << "what fits stays as it is";
  const int64_t peak = peak_in(plain);
  ASSERT_GT(peak, 200000);
  for (const int64_t part : {2, 4}) {
    const int64_t bytes = peak / part;
    const Outcome less = explained({"--train-memory", std::to_string(bytes)});
    ASSERT_EQ(less.code, 0) << less.error;
    EXPECT_GT(peak_in(less), 0);
    EXPECT_LE(peak_in(less), bytes);
    EXPECT_THAT(less.out, Not(HasSubstr("f64[64, 16, 32]"))) << less.out;
  }
}

TEST(Verbs, BenchTakesTheMemoryOfTraining) {
  const Folder folder;
  const std::string file = folder.write("chain.model", R"(export fn slope(w: f32[N]) -> d: f32[N] {
  d = grad(w) {
    var z = w
    for t in 0..64 { z = tanh(z * w) }
    return sum(z)
  }
}
)");
  const auto workspace = [&](const std::string& bytes) -> int64_t {
    const Outcome bench = kilnc(
        {"bench", file, "slope", "--dim", "N=1000", "--threads", "1", "--json", "--train-memory", bytes});
    EXPECT_EQ(bench.code, 0) << bench.error;
    const std::string field = "\"workspace_bytes\":";
    const size_t at = bench.out.find(field);
    return at == std::string::npos ? -1 : std::stoll(bench.out.substr(at + field.size()));
  };
  const int64_t all = workspace("1GiB");
  ASSERT_GT(all, 0);
  const int64_t less = workspace(std::to_string(all / 2));
  EXPECT_GT(less, 0);
  EXPECT_LE(less, all / 2) << "the library's own plan of it";
}

TEST(Verbs, TrainMemoryTellsTheLeastThatThereCanBe) {
  const std::string ode = MODELS "/../derivatives/programs/neural_ode.model";
  const auto explained = [&](const std::string& bytes) {
    return kilnc({"explain", ode, "saved", "--train-memory", bytes, "--dim", "B=16", "--dim", "D=4", "--dim",
                  "H=32", "--dim", "T=64"});
  };
  const Outcome less = explained("1KiB");
  EXPECT_EQ(less.code, 1);
  const std::string words = "error[E0611]: `saved` with this derivative needs at least ";
  const size_t at = less.error.find(words);
  ASSERT_NE(at, std::string::npos) << less.error;
  const int64_t least = std::stoll(less.error.substr(at + words.size()));
  EXPECT_GT(least, 1024);
  const Outcome fits = explained(std::to_string(least));
  EXPECT_EQ(fits.code, 0) << "what is said to be the least suffices: " << fits.error;
  EXPECT_EQ(peak_in(fits), least);
  EXPECT_EQ(explained(std::to_string(least - 1)).code, 1);
  EXPECT_EQ(kilnc({"explain", ode, "loss", "--train-memory", "1"}).code, 0) << "no derivative, no bound";
  EXPECT_THAT(kilnc({"explain", ode, "saved", "--train-memory", "1MiB"}).error,
              HasSubstr("`--dim B=… --dim D=… --dim H=… --dim T=…`"));
  EXPECT_THAT(explained("much").error, HasSubstr("takes a number of bytes, such as 2GiB"));
  EXPECT_THAT(explained("-1").error, HasSubstr("takes a number of bytes"));
}

TEST(Verbs, ExplainTellsThePeakThatALibraryNeeds) {
  for (const char* threads : {"1", "2"}) {
    const Outcome bench =
        kilnc({"bench", model("small_net"), "train_step", "--dim", "B=64", "--json", "--threads", threads});
    ASSERT_EQ(bench.code, 0) << bench.error;
    const std::string field = "\"workspace_bytes\":";
    const int64_t bytes = std::stoll(bench.out.substr(bench.out.find(field) + field.size()));
    const Outcome explained = kilnc({"explain", model("small_net"), "train_step", "--dim", "B=64"});
    if (threads == std::string("1"))
      EXPECT_EQ(peak_in(explained), bytes);
    else
      EXPECT_LE(peak_in(explained), bytes);
  }
  EXPECT_EQ(peak_in(kilnc({"explain", model("small_net"), "train_step"})), -1) << "formulas have none";
}

TEST(Verbs, ExplainHasItsSections) {
  const Outcome outcome = kilnc({"explain", model("small_net"), "train_step", "--dim", "B=64"});
  ASSERT_EQ(outcome.code, 0) << outcome.error;
  for (const char* part : {"train_step: ", " kernels\n", "computes  ", "schedule  ", "work      ", "in all ",
                           "checked when it runs", "work memory"})
    EXPECT_THAT(outcome.out, HasSubstr(part));
  EXPECT_THAT(kilnc({"explain", model("tables"), "fold"}).out, HasSubstr("fold: 1 kernel\n"));
  for (const char* target : {"x86-64-v3", "x86-64-v4"})
    EXPECT_EQ(kilnc({"explain", model("tables"), "product", "--target", target}).code, 0);
  EXPECT_THAT(kilnc({"explain", model("tables"), "product", "--target", "sparc"}).error,
              HasSubstr("there is no target `sparc`"));
  EXPECT_THAT(kilnc({"explain", model("tables"), "product", "--dim", "Q=1"}).error,
              HasSubstr("has no dim `Q`"));
  EXPECT_THAT(kilnc({"explain", model("tables"), "nothing"}).error, HasSubstr("there are: lookup, fold"));
}

}  // namespace
}  // namespace kiln::tests
