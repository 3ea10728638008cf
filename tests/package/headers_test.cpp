// The headers and the description of a small module, as they are committed beside this file.
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "compiled.h"
#include "package/c_names.h"
#include "package/describe.h"
#include "package/write_c_header.h"
#include "package/write_cpp_header.h"

namespace kiln::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string committed(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(KILN_SOURCE_DIR "/tests/package/" + name, std::ios::binary).rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

/// The text, kept beside the test's other files if it differs, so that a wanted change is easy to take over.
void expect_committed(const std::string& text, const std::string& name) {
  if (text == committed(name)) return;
  const std::string path = testing::TempDir() + name;
  std::ofstream(path) << text;
  ADD_FAILURE() << name << " is not what is written now: diff tests/package/" << name << " " << path;
}

TEST(Headers, AreAsCommitted) {
  const elaborate::Module module = module_of(committed("counter.model"));
  expect_committed(package::write_c_header(module, "counter"), "counter.h.expected");
  expect_committed(package::write_cpp_header(module, "counter"), "counter.hpp.expected");
}

TEST(Description, IsJsonThatSaysAll) {
  const elaborate::Module module = module_of(committed("counter.model"));
  const auto json = nlohmann::json::parse(package::describe(module, "counter"));
  EXPECT_EQ(json.at("name"), "counter");
  EXPECT_EQ(json.at("kiln").at("abi"), 1);
  EXPECT_EQ(json.at("documentation"), "A module with a little of everything that headers show.");
  const auto& model = json.at("models").at(0);
  EXPECT_EQ(model.at("name"), "Columns");
  EXPECT_EQ(model.at("leaves").at(0),
            nlohmann::json::parse(R"({"path": "factor", "role": "param", "element": "f32", "shape": [3]})"));
  EXPECT_EQ(model.at("leaves").at(1),
            nlohmann::json::parse(R"({"path": "calls", "role": "state", "element": "i64", "shape": []})"));
  const auto& function = json.at("functions").at(0);
  EXPECT_EQ(function.at("dims"), nlohmann::json::array({"B"}));
  EXPECT_EQ(function.at("where"), nlohmann::json::array({"B >= 1"}));
  ASSERT_THAT(function.at("arguments"), SizeIs(4));
  EXPECT_EQ(function.at("arguments").at(0).at("model"), "Columns");
  EXPECT_EQ(function.at("arguments").at(0).at("direction"), "inout");
  EXPECT_EQ(function.at("arguments").at(1),
            nlohmann::json::parse(R"({"name": "x", "kind": "tensor", "direction": "in", "element": "f32",
                                      "shape": ["B", 3], "type": "f32[B, 3]", "documentation": "metres"})"));
  EXPECT_EQ(function.at("arguments").at(3).at("kind"), "scalar");
}

TEST(Description, SurvivesAnyDocumentation) {
  elaborate::Module module = module_of("export fn f(x: f32[N]) -> y: f32[N] { y[i] = x[i] }");
  module.functions[0].documentation = "quotes \" and \\ and \n lines, \x01, and \xff\xfe no UTF-8";
  const auto json = nlohmann::json::parse(package::describe(module, "f"), nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_THAT(std::string(json.at("functions").at(0).at("documentation")),
              HasSubstr("quotes \" and \\ and \n lines"));
}

TEST(Comments, StayComments) {
  EXPECT_EQ(package::comment_lines("a */ b\nc /*/ d\\\n\n  e \\ \\\t", "// "),
            "// a * / b\n// c / * / d\n//\n//   e\n");
  EXPECT_EQ(package::comment_lines("", " * "), "");
}

TEST(Names, DifferWithinAFunction) {
  package::ScopeNames scope;
  EXPECT_EQ(scope.take("x"), "x");
  EXPECT_EQ(scope.take("x"), "x_");
  EXPECT_EQ(scope.take("context"), "context_");
  EXPECT_EQ(scope.take("context_"), "context__");
}

TEST(Names, ThatClashAreFound) {
  const elaborate::Module module = module_of(
      "export fn f(x: f32) -> y: f32 = x\nexport fn f_run(x: f32) -> y: f32 = x\nexport fn try_f(x: f32) -> "
      "y: f32 = x\n"
      "export fn plan_free(x: f32) -> y: f32 = x\nexport fn fine(x: f32) -> y: f32 = x\n");
  std::vector<std::string> found;
  for (const package::NameClash& clash : package::find_name_clashes(module))
    found.push_back(clash.function->name);
  EXPECT_THAT(found, testing::UnorderedElementsAre("f_run", "try_f", "plan_free"));
  EXPECT_THAT(package::find_name_clashes(module_of(committed("counter.model"))), IsEmpty());
}

}  // namespace
}  // namespace kiln::tests
