#include "markdown.h"

#include <fmt/format.h>

#include <sstream>
#include <stdexcept>

#include "checked_program.h"

namespace kiln::docs {
namespace {

struct Line {
  size_t begin, end;  // without the line feed
  std::string text;
};

std::vector<Line> lines_of(const std::string& text) {
  std::vector<Line> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back({begin, end, text.substr(begin, end - begin)});
    begin = end + 1;
  }
  return lines;
}

bool starts_with(const std::string& text, const std::string& begin) { return text.rfind(begin, 0) == 0; }

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \n"), last = text.find_last_not_of(" \n");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

struct Context {
  enum { none, with, in } kind = none;
  std::string text;
};

class Reader {
 public:
  explicit Reader(Document& document) : document_(document), lines_(lines_of(document.text)) {}

  void read() {
    while (at_ < lines_.size()) {
      const std::string& line = lines_[at_].text;
      if (starts_with(line, "<!-- kiln ")) {
        context();
      } else if (starts_with(line, "```")) {
        fence();
      } else {
        if (!trimmed(line).empty()) forget();
        ++at_;
      }
    }
    if (context_.kind != Context::none) fail("a comment for no block");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(fmt::format("{}:{}: {}", document_.file.filename().string(), at_ + 1, what));
  }

  /// A paragraph lies between what stood above and what comes.
  void forget() {
    if (context_.kind != Context::none) fail("a comment for no block");
    may_say_ = false;
  }

  void context() {
    forget();
    const size_t begin = lines_[at_].begin, end = document_.text.find("-->", begin);
    if (end == std::string::npos) fail("a comment without an end");
    const std::string comment = document_.text.substr(begin, end - begin);
    const size_t colon = comment.find(':');
    const std::string head = comment.substr(0, colon);
    if (head != "<!-- kiln with" && head != "<!-- kiln in") fail("`kiln with:` or `kiln in:` expected");
    context_ = {head == "<!-- kiln in" ? Context::in : Context::with, trimmed(comment.substr(colon + 1))};
    while (at_ < lines_.size() && lines_[at_].begin <= end) ++at_;
  }

  void fence() {
    const size_t opening = at_++;
    const std::string info = lines_[opening].text.substr(3);
    while (at_ < lines_.size() && lines_[at_].text != "```") ++at_;
    if (at_ == lines_.size()) fail("a block without an end");
    const size_t begin = lines_[opening].end + 1, end = lines_[at_].begin;
    const std::string body = document_.text.substr(begin, end - begin);
    if (info == "text says") {
      if (!may_say_) fail("`says` belongs below a kiln block");
      Block& block = document_.blocks.back();
      block.has_says = true;
      block.says = body;
      block.says_begin = begin;
      block.says_end = end;
      may_say_ = false;
    } else if (info == "kiln" || starts_with(info, "kiln ")) {
      document_.blocks.push_back(
          {static_cast<int>(opening) + 1, claim_of(info), program(body), false, "", 0, 0});
      context_ = {};
      may_say_ = true;
    } else {
      forget();
    }
    ++at_;
  }

  Claim claim_of(const std::string& info) const {
    if (info == "kiln") return Claim::compiles;
    if (info == "kiln fragment") return Claim::fragment;
    if (info == "kiln error") return Claim::error;
    if (info == "kiln limit") return Claim::limit;
    fail("unknown kind of block `" + info + "`");
  }

  std::string program(const std::string& body) const {
    switch (context_.kind) {
      case Context::with: return context_.text + "\n" + body;
      case Context::in: return context_.text + " {\n" + body + "}\n";
      case Context::none: break;
    }
    return body;
  }

  Document& document_;
  std::vector<Line> lines_;
  size_t at_ = 0;
  Context context_;
  bool may_say_ = false;  // the last thing was a kiln block
};

}  // namespace

Document read_document(const std::filesystem::path& file) {
  Document document{file, read_text(file), {}};
  Reader(document).read();
  return document;
}

std::string as_briefly_as(const std::string& expectation, const std::string& said) {
  const bool whole = expectation.find("--> ") != std::string::npos;
  std::string text;
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) {
    const bool first_line =
        line.rfind("error[", 0) == 0 || line.rfind("limit[", 0) == 0 || line.rfind("warning[", 0) == 0;
    if (whole || first_line) text += line + "\n";
  }
  if (!whole) return text;
  const size_t count = text.rfind("\n\n");  // the last line counts the messages
  return count == std::string::npos ? text : text.substr(0, count + 1);
}

}  // namespace kiln::docs
