// What an editor hears of a check: sema/observer.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sema/body.h"
#include "sema/check_expressions.h"
#include "sema/modules.h"
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

/// What is said about a root file, with trees kept from run to run.
std::string said(TreeCache& trees, const std::string& root,
                 const std::map<std::string, std::string>& buffers) {
  SourceFiles files;
  Diagnostics diagnostics;
  Listener listener;
  CheckOptions options;
  options.buffers = &buffers;
  options.observer = &listener;
  options.trees = &trees;
  check(files, files.add("/nowhere/root.model", root), options, diagnostics);
  std::string all;
  for (const Diagnostic& diagnostic : diagnostics.all())
    all += files.describe(diagnostic.span) + " " + diagnostic.message + "\n";
  return all;
}

TEST(TreeCache, SaysTheSameAsWithoutIt) {
  const std::string root = "import a\nfn f(x: f32[N]) -> f32[N] = a.twice(x)\n";
  const std::string changed = "import b\nimport a\nfn f(x: f32[N]) -> f32[N] = a.twice(b.one(x))\n";
  const std::string a = "import b\nfn twice(x: f32) -> f32 = 2 * b.one(x)\n";
  const std::string good = "fn one(x: f32) -> f32 = x\n", bad = "fn one(x: f32) -> f32 = y\n",
                    renamed = "fn uno(x: f32) -> f32 = x\n";
  TreeCache trees;
  for (const std::string& b : {good, good, bad, bad, good, renamed, renamed, good}) {
    for (const std::string& text : {root, changed, root, root}) {
      const std::map<std::string, std::string> buffers{{"/nowhere/a.model", a}, {"/nowhere/b.model", b}};
      TreeCache fresh;
      const std::string expected = said(fresh, text, buffers);
      EXPECT_EQ(said(trees, text, buffers), expected) << text << b;
      EXPECT_EQ(expected.empty(), b == good) << expected;
    }
  }
}

TEST(TreeCache, FindsATreeOfTheSameTextAndNumberAlone) {
  TreeCache trees;
  trees.put("/a", {"text", 2, std::make_shared<syntax::File>(), false});
  EXPECT_NE(trees.find("/a", "text", 2), nullptr);
  EXPECT_EQ(trees.find("/a", "text", 3), nullptr);
  EXPECT_EQ(trees.find("/a", "other", 2), nullptr);
  EXPECT_EQ(trees.find("/b", "text", 2), nullptr);
}

}  // namespace
}  // namespace kiln::sema
