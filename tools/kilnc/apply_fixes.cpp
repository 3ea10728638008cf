#include "apply_fixes.h"

#include <fmt/format.h>

#include <algorithm>

#include "package/write_files.h"
#include "source/fix.h"

namespace kiln::tools {
namespace {

namespace fs = std::filesystem;

constexpr int context_lines = 3;

bool lies_in(const fs::path& file, const std::vector<fs::path>& folders) {
  std::error_code ignored;
  const fs::path whole = fs::weakly_canonical(file, ignored);
  return std::any_of(folders.begin(), folders.end(), [&](const fs::path& folder) {
    const fs::path inner = fs::relative(whole, fs::weakly_canonical(folder, ignored), ignored);
    return !inner.empty() && *inner.begin() != "..";
  });
}

/// Old lines [first, last] become `now`, which holds whole lines.
struct Block {
  int first, last;
  std::string now;
};

uint32_t offset_of_line(const SourceFile& file, int number) {
  return number > file.line_count() ? static_cast<uint32_t>(file.text().size())
                                    : static_cast<uint32_t>(file.line(number).data() - file.text().data());
}

std::vector<Block> blocks_of(const SourceFile& file, const std::vector<Edit>& edits) {
  std::vector<Block> blocks;
  for (size_t i = 0; i < edits.size();) {
    const int first = file.position_of(edits[i].span.begin).line;
    int last = first;
    std::vector<Edit> of_block;
    const uint32_t begin = offset_of_line(file, first);
    while (i < edits.size() && file.position_of(edits[i].span.begin).line <= last) {
      last = std::max(last, file.position_of(edits[i].span.end).line);
      of_block.push_back(edits[i++]);
      of_block.back().span.begin -= begin;
      of_block.back().span.end -= begin;
    }
    const std::string_view text = file.text();
    const std::string_view old = text.substr(begin, offset_of_line(file, last + 1) - begin);
    blocks.push_back({first, last, apply_edits(old, of_block)});
  }
  return blocks;
}

std::string signed_lines(char sign, std::string_view text) {
  std::string drawn;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    drawn += sign;
    drawn += text.substr(0, end);
    drawn += end == text.size() ? "\n\\ No newline at end of file\n" : "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return drawn;
}

int lines_in(std::string_view text) {
  const int feeds = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  return feeds + (!text.empty() && text.back() != '\n' ? 1 : 0);
}

std::string_view old_lines(const SourceFile& file, int first, int last) {
  const uint32_t begin = offset_of_line(file, first);
  return std::string_view(file.text()).substr(begin, offset_of_line(file, last + 1) - begin);
}

/// One `@@` piece: the blocks [from, to) with what stands around them. `shift` is how many lines the file has
/// grown by before.
std::string draw_hunk(const SourceFile& file, const std::vector<Block>& blocks, size_t from, size_t to,
                      int shift) {
  const int first = std::max(1, blocks[from].first - context_lines);
  const int last = std::min(file.line_count(), blocks[to - 1].last + context_lines);
  std::string body;
  int at = first;
  for (size_t i = from; i < to; ++i) {
    body += signed_lines(' ', old_lines(file, at, blocks[i].first - 1));
    body += signed_lines('-', old_lines(file, blocks[i].first, blocks[i].last));
    body += signed_lines('+', blocks[i].now);
    at = blocks[i].last + 1;
  }
  body += signed_lines(' ', old_lines(file, at, last));
  int old_count = lines_in(old_lines(file, first, last)), new_count = old_count;
  for (size_t i = from; i < to; ++i)
    new_count += lines_in(blocks[i].now) - lines_in(old_lines(file, blocks[i].first, blocks[i].last));
  return fmt::format("@@ -{},{} +{},{} @@\n{}", first, old_count, first + shift, new_count, body);
}

std::string diff_of(const SourceFile& file, const std::vector<Edit>& edits) {
  const std::vector<Block> blocks = blocks_of(file, edits);
  std::string drawn = fmt::format("--- {}\n+++ {}\n", file.path(), file.path());
  int shift = 0;
  for (size_t from = 0; from < blocks.size();) {
    size_t to = from + 1;
    while (to < blocks.size() && blocks[to].first - blocks[to - 1].last <= 2 * context_lines) ++to;
    drawn += draw_hunk(file, blocks, from, to, shift);
    for (; from < to; ++from)
      shift += lines_in(blocks[from].now) - lines_in(old_lines(file, blocks[from].first, blocks[from].last));
  }
  return drawn;
}

}  // namespace

ChosenFixes choose_fixes(const Diagnostics& diagnostics, const SourceFiles& files,
                         const std::vector<fs::path>& untouched) {
  ChosenFixes chosen;
  std::vector<Edit> all;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    const auto fix = std::find_if(diagnostic.fixes.begin(), diagnostic.fixes.end(),
                                  [](const Fix& candidate) { return candidate.is_certain; });
    if (fix == diagnostic.fixes.end()) continue;
    if (std::any_of(fix->edits.begin(), fix->edits.end(), [&](const Edit& edit) {
          return !edit.span.known() || lies_in(files[edit.span.file].path(), untouched);
        }))
      continue;
    std::vector<Edit> with = all;
    with.insert(with.end(), fix->edits.begin(), fix->edits.end());
    auto ordered = in_order(std::move(with), files);
    if (!ordered) continue;  // the next round may take it
    all = std::move(*ordered);
    chosen.done.push_back(files.describe(fix->edits.front().span) + ": " + title_of(*fix, diagnostic, files));
  }
  for (Edit& edit : all) chosen.edits[edit.span.file].push_back(std::move(edit));
  return chosen;
}

std::string unified_diff(const ChosenFixes& fixes, const SourceFiles& files) {
  std::string drawn;
  for (const auto& [number, edits] : fixes.edits) drawn += diff_of(files[number], edits);
  return drawn;
}

std::string write_fixed(const ChosenFixes& fixes, const SourceFiles& files) {
  package::StagedFiles staged;
  for (const auto& [number, edits] : fixes.edits) {
    std::error_code ignored;
    const fs::path path = fs::weakly_canonical(files[number].path(), ignored);  // a link stays one
    if (const auto problem = staged.add(path, apply_edits(files[number].text(), edits))) return *problem;
  }
  return staged.commit().value_or("");
}

}  // namespace kiln::tools
