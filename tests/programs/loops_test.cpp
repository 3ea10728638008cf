// Loops of graphs in a library: the interpreter's results, with any number of threads, call after call.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "graph/text.h"
#include "ways.h"

namespace kiln::tests {
namespace {

/// A library whose one export has the signature of the source and the meaning of the graph.
class GraphLibrary {
 public:
  GraphLibrary(const std::string& source, const std::string& graph) {
    std::string folder = testing::TempDir() + "kilnXXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    const std::filesystem::path file = folder + "/given.model";
    std::ofstream(file) << source;
    front_end_ = driver::run_front_end(file, library_folders());
    std::filesystem::remove_all(folder);
    EXPECT_TRUE(front_end_.module) << text_of(front_end_.diagnostics, front_end_.files);
    if (!front_end_.module) return;
    auto read = graph::read(graph);
    if (const auto* error = std::get_if<graph::ReadError>(&read)) {
      ADD_FAILURE() << error->line << ": " << error->message;
      return;
    }
    function().graph = std::get<graph::Function>(std::move(read));
    EXPECT_EQ(graph::verify(function().graph).value_or(""), "");
    Diagnostics diagnostics;
    std::string problem;
    driver::LibraryOptions options;
    options.target = "native";
    library_ = tools::LoadedLibrary::build(*front_end_.module, options, diagnostics, problem);
    EXPECT_TRUE(library_) << problem << text_of(diagnostics, front_end_.files);
  }
  bool is_there() const { return library_ != nullptr; }
  elaborate::Function& function() { return front_end_.module->functions[0]; }

  tools::CallValues values(const std::map<std::string, int64_t>& dims,
                           const std::vector<std::pair<std::string, std::string>>& given) {
    tools::CallRequest request;
    request.random_tensors = true;
    request.dims = dims;
    request.arguments = given;
    tools::CallValues values;
    EXPECT_EQ(tools::make_call_values(*front_end_.module, function(), request, values), "");
    return values;
  }

  /// Two calls one after the other, each held against the interpreter; the messages they end with agree.
  void expect_same(const tools::CallValues& before) {
    std::vector<std::vector<std::byte>> bits;  // of the first number of threads
    for (const int threads : {1, 2, 3}) {
      tools::CallValues compiled = before, interpreted = before;
      tools::CompiledCall call(library_->api(), *front_end_.module, function(), compiled, threads);
      ASSERT_EQ(call.problem(), "");
      std::vector<std::vector<std::byte>> now;
      for (int round = 0; round < 2; ++round) {
        const std::string expected = tools::call_interpreted(function(), interpreted);
        const std::string message = call.run();
        call.fetch();
        EXPECT_EQ(message.empty(), expected.empty()) << message << " / " << expected;
        for (size_t i = 0; i < compiled.arguments.size(); ++i)
          for (size_t leaf = 0; leaf < compiled.arguments[i].size(); ++leaf) {
            const bool is_result = function().arguments[i].direction == elaborate::Direction::out;
            if (!message.empty() && is_result) continue;
            expect_close(compiled.arguments[i][leaf], interpreted.arguments[i][leaf]);
            now.push_back(compiled.arguments[i][leaf].data);
          }
      }
      if (bits.empty()) bits = now;
      EXPECT_EQ(bits, now) << threads << " threads give other bits";
    }
  }

 private:
  static void expect_close(const graph::Tensor& a, const graph::Tensor& b) {
    ASSERT_EQ(a.count(), b.count());
    for (int64_t i = 0; i < a.count(); ++i) {
      ASSERT_EQ(a.at(i).integer, b.at(i).integer) << i;
      ASSERT_LE(std::fabs(a.at(i).real - b.at(i).real), 1e-4 * (1 + std::fabs(b.at(i).real))) << i;
    }
  }

  driver::FrontEnd front_end_;
  std::unique_ptr<tools::LoadedLibrary> library_;
};

TEST(Loops, CarryAndStackInALibrary) {
  GraphLibrary library(R"(export fn f(x: f32[T, B, D], w: f32[D, D], n: i64)
      -> h: f32[B, D], hs: f32[T, B, D], made: i64 {
    h = 0
    hs = x
    made = n
  })",
                       R"(function f(T, B, D) {
  input %x: f32[T, B, D]
  input %w: f32[D, D]
  input %n: i64
  %h0: f32[B, D] = compute [b: B, d: D] write [b, d] assign 0.0
  %h: f32[B, D], %hs: f32[T, B, D], %made: i64 = loop t below T rounds %n carried 1 (%h0, %x, %w) function body(T, B, D, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %h: f32[B, D]
    input %x: f32[T, B, D]
    input %w: f32[D, D]
    %z: f32[B, D] = compute [b: B, d: D, k: D] write [b, d] sum mul(%h[b, k], %w[k, d])
    %n: f32[B, D] = compute [b: B, d: D] write [b, d] assign tanh(add(%z[b, d], %x[t, b, d]))
    output %n as "h"
    output %n as "hs"
  }
  output %h as "h"
  output %hs as "hs"
  output %made as "made"
})");
  ASSERT_TRUE(library.is_there());
  for (const int64_t rounds : {0, 1, 2, 7})
    for (const char* wanted : {"3", "100", "-2"})
      library.expect_same(library.values({{"T", rounds}, {"B", 40}, {"D", 33}}, {{"n", wanted}}));
}

/// Fails in round 2 if x[2, 0] is not below the limit.
TEST(Loops, LeaveAnInoutArgumentAsItWasWhereACheckFails) {
  GraphLibrary library(
      R"(export fn f(inout y: f32[N], x: f32[T, N], limit: f32) { y[i] += x[0, i] * limit })",
      R"(function f(N, T) {
  input %y: f32[N]
  input %x: f32[T, N]
  input %limit: f32
  %z: f32[N] = loop t below T carried 1 (%y, %x, %limit) function body(N, T, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %y: f32[N]
    input %x: f32[T, N]
    input %limit: f32
    %n: f32[N] = compute [i: N] write [i] assign add(%y[i], %x[t, i])
    %top: f32 = compute [i: N] write [] max %n[i]
    %fine: bool = compute [] write [] assign or(lt(t, 2), lt(%top, %limit))
    check assertion %fine message "y stays small" at "a.model:1:1"
    output %n as "y"
  }
  output %z as "y"
})");
  ASSERT_TRUE(library.is_there());
  for (const char* limit : {"1000", "-1000"})
    library.expect_same(library.values({{"T", 4}, {"N", 500}}, {{"limit", limit}}));
}

TEST(Loops, NestGoOnWhileAndGrow) {
  GraphLibrary library(R"(export fn f(y: f32[N], x: f32[T, N]) -> z: f32[N], tops: f32[T, N], made: i64 {
    z = y
    tops = x
    made = 0
  })",
                       R"(function f(N, T) {
  input %y: f32[N]
  input %x: f32[T, N]
  %z: f32[N], %tops: f32[T, N] = loop t below T carried 1 (%y, %x) function outer(N, T, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %y: f32[N]
    input %x: f32[T, N]
    %past: f32[t + 1, N] = compute [k: t + 1, i: N] write [k, i] assign exp(%x[k, i])
    %top: f32[N] = compute [i: N, k: t + 1] write [i] max %past[k, sub(N, add(i, 1))]
    %first: bool = compute [] write [] assign true
    %g: f32[N], %inner: i64 = loop s below 5 while %first carried 1 (%y, %top) function inner(N, T, t, s) {
      input %y: f32[N]
      input %top: f32[N]
      %n: f32[N] = compute [i: N] write [i] assign add(mul(0.5, %y[sub(N, add(i, 1))]), %top[i])
      %more: bool = compute [] write [] assign lt(s, t)
      output %n as "y"
      output %more as "more"
    }
    output %g as "y"
    output %top as "tops"
  }
  %first: bool = compute [] write [] assign true
  %half: f32[N], %made: i64 = loop k while %first carried 1 (%z) function halve(N, T, k) {
    input %y: f32[N]
    %n: f32[N] = compute [i: N] write [i] assign mul(0.5, %y[i])
    %more: bool = compute [i: N] write [] any lt(0.1, %n[i])
    output %n as "y"
    output %more as "more"
  }
  output %half as "z"
  output %tops as "tops"
  output %made as "made"
})");
  ASSERT_TRUE(library.is_there());
  for (const int64_t rounds : {0, 1, 4}) library.expect_same(library.values({{"T", rounds}, {"N", 70}}, {}));
}

}  // namespace
}  // namespace kiln::tests
