// kilnc run: values from the command line and from files, and results in files that numpy reads.
#include "command.h"

namespace kiln::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Run, TakesNumbersAndLists) {
  EXPECT_EQ(kilnc({"run", model("tables"), "fold", "--arg", "x=[1, 2, 3, 4]", "--arg", "M=2"}).out,
            "y: f32[M] = [4, 6]\n");
  const Outcome scalars = kilnc({"run", model("small_net"), "advance", "--arg", "n=-3", "--arg", "flag=true",
                                 "--arg", "total=0.5", "--arg", "by=5"});
  EXPECT_EQ(scalars.out, "n: i32 = 2\nflag: bool = false\ntotal: f64 = 5.5\n") << scalars.error;
  EXPECT_EQ(kilnc({"run", model("small_net"), "halves", "--arg", "pair.x=[1,2,3]", "--arg", "pair.scale=2"})
                .out.substr(0, 9),
            "parts.low");
}

TEST(Run, SaysWhatIsWrongWithAValue) {
  const auto error = [](const std::string& value, const std::string& name = "x") {
    const Outcome outcome =
        kilnc({"run", model("tables"), "fold", "--arg", name + "=" + value, "--arg", "M=1"});
    EXPECT_EQ(outcome.code, 1) << value;
    return outcome.error;
  };
  EXPECT_THAT(error("[1, [2]]"), HasSubstr("is not a number, a nested list of numbers or @FILE.npy"));
  EXPECT_THAT(error("[[1], [2, 3]]"), HasSubstr("is not a number"));
  EXPECT_THAT(error("hello"), HasSubstr("`hello` is not a number"));
  EXPECT_THAT(error("[\"a\"]"), HasSubstr("is not a number"));
  EXPECT_THAT(error("3"), HasSubstr("`x` is f32[N], but a tensor of rank 0 was given"));
  EXPECT_THAT(error("[1]", "q"), HasSubstr("`fold` has no argument `q`"));
  EXPECT_THAT(error(std::string(20000, '[')), HasSubstr("is not a number"));
  EXPECT_THAT(error(std::string(20000, '[') + std::string(20000, ']')), HasSubstr("is not a number"));
  const auto integer = [](const std::string& value) {
    return kilnc({"run", model("small_net"), "advance", "--arg", "n=" + value, "--arg", "flag=true", "--arg",
                  "total=0", "--arg", "by=0"})
        .error;
  };
  EXPECT_THAT(integer("2147483648"), HasSubstr("does not fit i32"));
  EXPECT_THAT(integer("1.5"), HasSubstr("is not a value of type i32"));
  EXPECT_THAT(integer("18446744073709551615"), HasSubstr("does not fit i32"));
  EXPECT_THAT(kilnc({"run", model("tables"), "fold", "--arg", "M=1"}).error, HasSubstr("--arg x=@FILE.npy"));
  EXPECT_THAT(kilnc({"run", model("tables"), "fold", "--arg", "x=[1]"}).error, HasSubstr("--arg M=N"));
  EXPECT_THAT(kilnc({"run", model("tables"), "fold", "--arg", "x"}).error,
              HasSubstr("--arg takes NAME=VALUE"));
  EXPECT_THAT(kilnc({"run", model("tables"), "fold", "--arg", "x=[1,2,3]", "--arg", "M=2"}).error,
              HasSubstr("N % M == 0"));
  EXPECT_THAT(
      kilnc({"run", model("tables"), "fold", "--arg", "x=[1]", "--arg", "M=1", "--repeat", "0"}).error,
      HasSubstr("--repeat"));
  EXPECT_THAT(
      kilnc({"run", model("tables"), "fold", "--arg", "x=[1]", "--arg", "M=1", "--threads", "1000"}).error,
      HasSubstr("threads is 1000"));
}

TEST(Run, TakesRaggedTensorsPacked) {
  const auto sums = [](const std::string& len, const std::string& x) {
    return kilnc({"run", MODELS "/../programs/ragged.model", "pad", "--arg", "len=" + len, "--arg", "x=" + x,
                  "--arg", "Max=2"});
  };
  EXPECT_EQ(sums("[1, 0, 3]", "[[1], [2], [3], [4]]").out,
            "y: f32[B, Max, D] = [[[1],\n  [0]],\n [[0],\n  [0]],\n [[2],\n  [3]]]\n");
  EXPECT_THAT(sums("[1, 0, 2]", "[[1], [2], [3], [4]]").error,
              HasSubstr("have len_total = 4, but the lengths make 3"));
  EXPECT_THAT(sums("[1, -1]", "[[1]]").error, HasSubstr("len[1] is -1, but a length is at least 0"));
}

TEST(Run, TakesOffsetsForLengths) {
  const Folder folder;
  const std::string file = folder.write("r.model",
                                        "export fn sums(len: i32[B], x: f32[b: B, len[b]]) -> y: f32[B] {\n"
                                        "  y[b] = sum[t] x[b, t]\n"
                                        "}\n");
  const auto with = [&](const std::string& len, const std::string& x = "[1,2,3,4]") {
    return kilnc({"run", file, "sums", "--arg", "len=" + len, "--arg", "x=" + x});
  };
  EXPECT_EQ(with("offsets:[0, 3, 3, 4]").out, "y: f32[B] = [6, 0, 4]\n");
  EXPECT_EQ(with("offsets:[10, 13, 14]").out, "y: f32[B] = [6, 4]\n");
  EXPECT_THAT(with("offsets:[0, 3, 2, 4]").error,
              HasSubstr("`len`[2] is less than [1], but offsets never fall"));
  EXPECT_THAT(with("offsets:[]").error, HasSubstr("one more than there are rows"));
  EXPECT_THAT(with("offsets:[0, 5000000000]").error, HasSubstr("row 0 is longer than 2147483647"));
  EXPECT_THAT(with("[4]", "offsets:[0, 1]").error, HasSubstr("only lengths of rows may be offsets"));
}

TEST(Run, ReadsAndWritesNpy) {
  const Folder folder;
  const std::string table =
      folder.write("table.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
                                    bytes_of<float>({1, 2, 3, 4, 5, 6})));
  const std::string tokens = folder.write(
      "tokens.npy",
      npy("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", bytes_of<int32_t>({1, 0})));
  const Outcome outcome = kilnc({"run", model("tables"), "lookup", "--arg", "table=@" + table, "--arg",
                                 "tokens=@" + tokens, "--out", folder / "a/b"});
  ASSERT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(read(folder / "a/b/rows.npy"), npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
                                               bytes_of<float>({4, 5, 6, 1, 2, 3})));
  ASSERT_EQ(kilnc({"run", model("small_net"), "moments", "--arg", "x=[1,3]", "--out", folder.path()}).code,
            0);
  EXPECT_EQ(read(folder / "average.npy"),
            npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", bytes_of<float>({2})));
  EXPECT_EQ(read(folder / "positive.npy"),
            npy("{'descr': '|b1', 'fortran_order': False, 'shape': (), }", "\x01"));
  EXPECT_EQ(read(folder / "odd.npy"),
            npy("{'descr': '<i8', 'fortran_order': False, 'shape': (), }", bytes_of<int64_t>({7})));
}

TEST(Run, TrainsAndReadsItsOwnWeights) {
  const Folder folder;
  const std::vector<std::string> call = {"run",
                                         model("small_net"),
                                         "train_step",
                                         "--arg",
                                         "x=[[1,2,3,4,5,6,7,8,9,10,11,12,13],[0,0,0,0,0,0,1,0,0,0,0,0,0]]",
                                         "--arg",
                                         "labels=[1,3]",
                                         "--arg",
                                         "lr=0.1"};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> all = call;
    all.insert(all.end(), more.begin(), more.end());
    return kilnc(all);
  };
  // Five calls at once, and three and two over files.
  const Outcome at_once = with({"--repeat", "5", "--out", folder / "five", "--threads", "1"});
  ASSERT_EQ(at_once.code, 0) << at_once.error;
  ASSERT_EQ(with({"--repeat", "3", "--out", folder / "three", "--threads", "1"}).code, 0);
  const Outcome rest =
      with({"--repeat", "2", "--out", folder / "two", "--threads", "1", "--arg",
            "m=@" + folder / "three/m.safetensors", "--arg", "opt=@" + folder / "three/opt.safetensors"});
  ASSERT_EQ(rest.code, 0) << rest.error;
  for (const char* file : {"m.safetensors", "opt.safetensors", "loss.npy"})
    EXPECT_EQ(read(folder / "two/" + file), read(folder / "five/" + file)) << file;
  EXPECT_NE(read(folder / "three/loss.npy"), read(folder / "five/loss.npy"));
  EXPECT_NE(with({"--seed", "2"}).out, with({"--seed", "3"}).out);
}

TEST(Run, InterpretsTheSame) {
  for (const std::vector<std::string>& call : std::vector<std::vector<std::string>>{
           {"run", model("tables"), "product", "--arg", "a=[[1,2],[3,4]]", "--arg", "b=[[5,6],[7,8]]"},
           {"run", model("tables"), "scatter", "--arg", "bins=[0,0,0]", "--arg", "places=[2,0,2]", "--arg",
            "amounts=[1,2,4]", "--repeat", "3"},
           {"run", model("small_net"), "halves", "--arg", "pair.x=[1,2,3]", "--arg", "pair.scale=2"}}) {
    std::vector<std::string> interpreted = call;
    interpreted.push_back("--interpret");
    const Outcome compiled = kilnc(call);
    EXPECT_EQ(compiled.code, 0) << compiled.error;
    EXPECT_EQ(kilnc(interpreted).out, compiled.out);
  }
  const std::vector<std::string> bad = {"run",   model("tables"), "lookup", "--arg", "table=[[1],[2]]",
                                        "--arg", "tokens=[0,9]"};
  std::vector<std::string> interpreted = bad;
  interpreted.push_back("--interpret");
  EXPECT_EQ(kilnc(bad).code, 1);
  EXPECT_THAT(kilnc(bad).error,
              HasSubstr("lookup: index 9 is outside axis 0 of `table`, which has 2 elements"));
  EXPECT_THAT(kilnc(interpreted).error,
              HasSubstr("lookup: index 9 is outside axis 0 of `table`, which has 2 elements"));
}

TEST(Run, AnArgumentLimitsARangeInAReverseDerivative) {
  const Folder folder;
  const std::string file = folder.write(
      "m.model",
      "export fn power(x: f32, n: i32) -> g: f32 where n >= 0 {\n  g = grad(x) {\n    var h = x\n"
      "    for t in 0..n { h = h * x }\n    return h\n  }\n}\n");
  const auto run = [&](const std::string& n, const std::string& how) {
    return kilnc({"run", file, "power", "--arg", "x=2", "--arg", "n=" + n, how});
  };
  for (const std::string how : {"--interpret", "--threads=1"}) {
    EXPECT_EQ(run("5", how).out, "g: f32 = 192\n");
    EXPECT_EQ(run("0", how).out, "g: f32 = 1\n");
    EXPECT_EQ(run("-1", how).code, 1);
  }
}

TEST(Run, SaysWhereItCannotWrite) {
  const Folder folder;
  const std::string file = folder.write("file", "");
  const Outcome outcome =
      kilnc({"run", model("tables"), "fold", "--arg", "x=[1]", "--arg", "M=1", "--out", file});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.error, HasSubstr("cannot make the folder `" + file + "`"));
  const Outcome no_temporary = kilnc({"run", model("tables"), "fold", "--arg", "x=[1]", "--arg", "M=1"},
                                     {"", {"TMPDIR=/nowhere"}, -1});
  EXPECT_EQ(no_temporary.code, 1);
  EXPECT_THAT(no_temporary.error, HasSubstr("TMPDIR"));
}

/// Rounds know that M is at least 1; work memory, gradients and what is moved out of the loop must not.
TEST(Run, ALoopOfNoRoundsHasExtentsThatOnlyRoundsHave) {
  const Folder folder;
  const std::string file = folder.write("rounds.model", R"(
fn in_rounds(x: f64[M], z: f64[N]) -> f64[N] {
  var s = z
  for t in 0..M {
    let a[i: 4 / M] = tanh(z[0 else 0] * s[0 else 0] * f64(i + 1))
    let b[i: M - 1] = sin(z[1 else 0] * f64(i + 1))
    s[n: N] = s[n] + a[t else 0] * x[(n + 2) % M] + b[t else 0] * f64(4 / M) * s[n]
  }
  return s
}
export fn forward(x: f64[M], z: f64[N]) -> y: f64[N] = in_rounds(x, z)
export fn by_x(x: f64[M], z: f64[N]) -> dx: f64[M] = grad(x) { sum(in_rounds(x, z)) }
export fn by_z(x: f64[M], z: f64[N]) -> dz: f64[N] = grad(z) { sum(in_rounds(x, z)) }
)");
  const std::pair<const char*, const char*> results[] = {{"forward", "y: f64[N] = [0.5, 2]\n"},
                                                         {"by_x", "dx: f64[M] = []\n"},
                                                         {"by_z", "dz: f64[N] = [1, 1]\n"}};
  for (const auto& [function, expected] : results) {
    const Outcome compiled = kilnc({"run", file, function, "--arg", "x=[]", "--arg", "z=[0.5, 2]"});
    EXPECT_EQ(compiled.out, expected) << function << ": " << compiled.error;
    const Outcome interpreted =
        kilnc({"run", file, function, "--arg", "x=[]", "--arg", "z=[0.5, 2]", "--interpret"});
    EXPECT_EQ(interpreted.out, expected) << function << ", interpreted: " << interpreted.error;
  }
}

TEST(Run, FrozenModelsGiveTheSame) {
  const Folder folder;
  const std::string file = folder.write(
      "m.model",
      "model Layers { param w: f32[160, 128] = for[o: 160, i: 128] f32((o * 7 + i * 3) % 5) }\n"
      "export type Net = Layers\n"
      "export fn g(m: Net, x: f32[B, 128]) -> y: f32[B, 160] { y[b, o] = sum[i] m.w[o, i] * x[b, i] }\n");
  std::string row = "[1";
  for (int i = 1; i < 128; ++i) row += "," + std::to_string(i % 4);
  const std::string x = "x=[" + row + "]," + row + "]]";
  const Outcome plain = kilnc({"run", file, "g", "--arg", x});
  ASSERT_EQ(plain.code, 0) << plain.error;
  EXPECT_EQ(kilnc({"run", file, "g", "--arg", x, "--freeze", "--repeat", "2"}).out, plain.out);
  EXPECT_THAT(kilnc({"run", file, "g", "--arg", x, "--freeze", "--interpret"}).error,
              HasSubstr("--freeze is of compiled code"));
  EXPECT_THAT(kilnc({"explain", file, "g"}).out, HasSubstr("if the model is frozen: contraction"));
  EXPECT_EQ(kilnc({"bench", file, "g", "--dim", "B=5", "--freeze"}).code, 0);
}

}  // namespace
}  // namespace kiln::tests
