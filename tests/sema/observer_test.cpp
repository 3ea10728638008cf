// What an editor hears of a check: sema/observer.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sema/body.h"
#include "sema/check_expressions.h"
#include "sema/observer.h"

namespace kiln::sema {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

/// Notes what is said of the root file in bodies that are checked generically, as "text: type".
class Listener : public Observer {
 public:
  void checked(const Body& body, const syntax::Expression& expression, const Value& value) override {
    if (!body.is_muted && body.root.is_generic)
      heard.insert(text(body, expression.span) + ": " + to_string(value.type));
  }
  void defined(const Body& body, const Entity& entity) override {
    if (!body.is_muted && body.root.is_generic)
      names.insert(text(body, entity.span) + ": " + to_string(entity.type));
  }
  void ended(const Body& body) override {
    for (const Index& index : body.indices) {
      if (index.has_range && index.extent)
        ranges.insert(text(body, index.span) + " < " + to_string(*index.extent));
    }
  }
  void finished(Session& session) override { modules = session.modules.size(); }

  std::set<std::string> heard, names, ranges;
  size_t modules = 0;

 private:
  static std::string text(const Body& body, Span span) {
    return std::string(body.session.files.text_of(span));
  }
};

Listener listen(const std::string& text, Diagnostics& diagnostics,
                const std::map<std::string, std::string>& buffers = {}) {
  SourceFiles files;
  Listener listener;
  CheckOptions options;
  options.buffers = &buffers;
  options.observer = &listener;
  check(files, files.add("/nowhere/root.model", text), options, diagnostics);
  return listener;
}

constexpr const char* product = R"(
fn product(x: f32[N, K], w: f32[M, K]) -> y: f32[N, M] {
  let scaled[i, j] = 2 * x[i, j]
  y[n, m] = sum[k] scaled[n, k] * w[m, k]
)";

TEST(Observer, HearsOfTypesNamesAndRanges) {
  Diagnostics diagnostics;
  const Listener listener = listen(std::string(product) + "}\n", diagnostics);
  EXPECT_THAT(diagnostics.all(), IsEmpty());
  EXPECT_THAT(listener.heard, Contains("scaled[n, k] * w[m, k]: f32"));
  EXPECT_THAT(listener.names, Contains("scaled: f32[N, K]"));
  EXPECT_THAT(listener.names, Contains("w: f32[M, K]"));
  EXPECT_THAT(listener.ranges, testing::IsSupersetOf({"i < N", "j < K", "n < N", "m < M", "k < K"}));
  EXPECT_EQ(listener.modules, 1u);
}

TEST(Observer, HearsOfWhatIsLeftOfABrokenBodyAndOfNoFollowUps) {
  Diagnostics diagnostics;
  const Listener listener =
      listen(std::string(product) + "  let half = scaled[\n  let more = scaled\n}\n", diagnostics);
  ASSERT_EQ(diagnostics.all().size(), 1u);
  EXPECT_STREQ(diagnostics.all()[0].kind->code, "E0002");
  EXPECT_THAT(listener.names, Contains("scaled: f32[N, K]"));
  EXPECT_THAT(listener.names, Contains("more: f32[N, K]"));
}

TEST(Observer, TextsThatAreNotSavedStandForFiles) {
  Diagnostics diagnostics;
  const std::string root = "import other\nfn f(x: f32[N]) -> f32[N] = other.twice(x)\n";
  EXPECT_EQ(listen(root, diagnostics).modules, 1u);
  EXPECT_TRUE(diagnostics.has_errors()) << "there is no such file";
  Diagnostics good;
  const Listener listener =
      listen(root, good, {{"/nowhere/other.model", "fn twice(x: f32) -> f32 = 2 * x\n"}});
  EXPECT_THAT(good.all(), IsEmpty());
  EXPECT_EQ(listener.modules, 2u);
  EXPECT_THAT(listener.heard, Contains("other.twice(x): f32[N]"));
}

}  // namespace
}  // namespace kiln::sema
