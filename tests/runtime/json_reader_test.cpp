#include "json_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using kiln::runtime::JsonReader;
using kiln::runtime::Text;

/// "" if the whole text is one JSON value, else what is wrong and where.
std::string check(std::string text) {
  JsonReader json(text.data(), text.size());
  if (json.skip_value() && json.at_end()) return "";
  return std::string(json.what()) + " at " + std::to_string(json.where());
}

TEST(JsonReader, TakesWhatIsJson) {
  for (const char* text :
       {"{}", "[]", " [ 1 , -2.5e+3 , 0, 1E9 ] ", R"({"a":{"b":[true,false,null]},"c":"d"})",
        R"("\u00e4\ud83d\ude00\n\/")", "\"\xc3\xa4 \xf0\x9f\x98\x80\"", "[[[[]]]]"})
    EXPECT_EQ(check(text), "") << text;
}

TEST(JsonReader, RefusesWhatIsNot) {
  const struct {
    std::string text, what;
  } cases[] = {
      {"", "expected a value at 0"},
      {"{", "expected a string at 1"},
      {R"({"a")", "expected `:` at 4"},
      {R"({"a" 1})", "expected `:` at 5"},
      {R"({"a":1,})", "expected a string at 7"},
      {R"({"a":1 "b":2})", "expected `,` or `}` at 7"},
      {"[1,]", "expected a value at 3"},
      {"[1 2]", "expected `,` or `]` at 3"},
      {"[1]]", "expected nothing more at 3"},
      {"{} {}", "expected nothing more at 3"},
      {"01", "expected nothing more at 1"},
      {"-", "expected a number at 1"},
      {"1.", "expected digits after the point at 2"},
      {"1e+", "expected digits of an exponent at 3"},
      {"tru", "expected a value at 0"},
      {"'a'", "expected a value at 0"},
      {"\"a", "the string does not end at 2"},
      {"\"a\\", "the string does not end at 3"},
      {"\"\\x\"", "an unknown escape in a string at 2"},
      {std::string("\"\\\0\"", 4), "an unknown escape in a string at 2"},
      {"\"\\u12\"", "expected four hexadecimal digits at 5"},
      {"\"\\ud800\"", "a surrogate without its pair at 7"},
      {"\"\\ud800\\u0041\"", "a surrogate without its pair at 13"},
      {"\"\\udc00\"", "a surrogate without its pair at 7"},
      {"\"a\nb\"", "a control character in a string at 2"},
      {"\"\xff\"", "a string that is not UTF-8 at 1"},
      {"\"\xc0\xaf\"", "a string that is not UTF-8 at 1"},
      {"\"\xe0\x80\x80\"", "a string that is not UTF-8 at 1"},
      {"\"\xed\xa0\x80\"", "a string that is not UTF-8 at 1"},
      {"\"\xf4\x90\x80\x80\"", "a string that is not UTF-8 at 1"},
      {"\"\xe2\x82", "a string that is not UTF-8 at 1"},
      {std::string(5000, '['), "nested too deep at 65"},
      {[] {
         std::string deep;
         for (int i = 0; i < 5000; ++i) deep += "{\"a\":";
         return deep;
       }(),
       "nested too deep at 325"},
  };
  for (const auto& one : cases) EXPECT_EQ(check(one.text), one.what) << one.text.substr(0, 40);
}

TEST(JsonReader, DecodesStringsInPlace) {
  std::string text = R"("\u0041\"\\\/\b\f\n\r\t\u00e4\u20ac\ud83d\ude00z")";
  JsonReader json(text.data(), text.size());
  Text value{};
  ASSERT_TRUE(json.read_string(value));
  EXPECT_EQ(std::string(value.data, value.size), "A\"\\/\b\f\n\r\t\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z");
}

TEST(JsonReader, CountsAreWholeNumbersWithinBounds) {
  const auto read = [](std::string text, uint64_t greatest = INT64_MAX) -> std::string {
    JsonReader json(text.data(), text.size());
    uint64_t value = 0;
    if (json.try_read_count(greatest, value)) return std::to_string(value);
    return json.failed() ? "failed" : "not";
  };
  EXPECT_EQ(read("0"), "0");
  EXPECT_EQ(read(" 42,"), "42");
  EXPECT_EQ(read("9223372036854775807"), "9223372036854775807");
  for (const char* text :
       {"9223372036854775808", "99999999999999999999999", "-1", "1.0", "1e2", "007", "\"1\"", "null", ""})
    EXPECT_EQ(read(text), "not") << text;
  EXPECT_EQ(read("11", 10), "not");
}

}  // namespace
