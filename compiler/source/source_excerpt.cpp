#include "source/source_excerpt.h"

#include <algorithm>
#include <map>

#include "source/display_line.h"

namespace kiln {

namespace {

constexpr int widest_line = 160;    // a longer line is cropped around its marks
constexpr int longest_mark = 6;     // lines of one mark that are all shown
constexpr int columns_before = 40;  // kept on the left when a line is cropped

/// The part of a mark on one line, in columns.
struct LineMark {
  int begin, end;
  bool primary;
  std::string text;  // empty but on the mark's last line
  char sign;
};

using LineMarks = std::map<int, std::vector<LineMark>>;

int last_line_of(const SourceFile& file, Span span) {
  return file.position_of(span.end > span.begin ? span.end - 1 : span.begin).line;
}

void add_line_mark(LineMarks& lines, const SourceFile& file, const Mark& mark, int number, int first,
                   int last) {
  const std::string_view text = file.line(number);
  const DisplayLine shown(text);
  const uint32_t line_begin = static_cast<uint32_t>(text.data() - file.text().data());
  const size_t indent = std::min(text.find_first_not_of(" \t"), text.size());
  const size_t begin = number == first ? mark.span.begin - line_begin : indent;
  const size_t end = number == last ? mark.span.end - line_begin : text.size();
  const int column = shown.column_of(begin);
  lines[number].push_back({column, std::max(column + 1, shown.column_of(end)), mark.primary,
                           number == last ? mark.text : "",
                           mark.sign != '\0' ? mark.sign
                           : mark.primary    ? '^'
                                             : '-'});
}

LineMarks marks_by_line(const SourceFile& file, const std::vector<Mark>& marks) {
  LineMarks lines;
  for (const Mark& mark : marks) {
    const int first = file.position_of(mark.span.begin).line, last = last_line_of(file, mark.span);
    for (int number = first; number <= last; ++number) {
      if (last - first >= longest_mark && number == first + 2) number = last - 1;
      add_line_mark(lines, file, mark, number, first, last);
    }
  }
  return lines;
}

/// Draws what stands under one source line; columns are counted from `left`.
class MarkDrawer {
 public:
  MarkDrawer(std::vector<LineMark> marks, int left, const std::string& gutter, const Palette& palette)
      : marks_(std::move(marks)), gutter_(gutter), palette_(palette) {
    for (LineMark& mark : marks_) mark.begin -= left, mark.end -= left;
    std::stable_sort(marks_.begin(), marks_.end(),
                     [](const LineMark& a, const LineMark& b) { return a.begin < b.begin; });
  }

  std::string draw() {
    const int inline_mark = find_inline();
    Row row = underline();
    if (inline_mark >= 0) {
      row.text += " ";
      row.tail = coloured(marks_[inline_mark].primary, marks_[inline_mark].text);
    }
    std::string drawn = print(row);
    for (int i = static_cast<int>(marks_.size()) - 1; i >= 0; --i)
      if (i != inline_mark && !marks_[i].text.empty()) drawn += print(hanging(i, inline_mark));
    return drawn;
  }

 private:
  /// One character a column, and for each whether it is of the primary mark; then text that is no longer
  /// counted.
  struct Row {
    std::string text;
    std::string kinds;
    std::string tail;
    void put(int column, char c, bool primary) {
      if (static_cast<int>(text.size()) <= column)
        text.resize(column + 1, ' '), kinds.resize(column + 1, ' ');
      text[column] = c;
      kinds[column] = primary ? 'p' : 's';
    }
  };

  /// The text of the rightmost mark stands beside it, unless another mark reaches past it.
  int find_inline() const {
    const int last = static_cast<int>(marks_.size()) - 1;
    if (marks_[last].text.empty()) return -1;
    for (const LineMark& mark : marks_)
      if (mark.end > marks_[last].end || (&mark != &marks_[last] && mark.begin == marks_[last].begin))
        return -1;
    return last;
  }

  Row underline() const {
    std::vector<const LineMark*> order;
    for (const LineMark& mark : marks_) order.push_back(&mark);
    // Narrow marks over wide ones, and the primary over all of its width or more.
    std::stable_sort(order.begin(), order.end(), [](const LineMark* a, const LineMark* b) {
      const int width_a = a->end - a->begin, width_b = b->end - b->begin;
      return width_a != width_b ? width_a > width_b : a->primary < b->primary;
    });
    Row row;
    for (const LineMark* mark : order)
      for (int column = mark->begin; column < mark->end; ++column) row.put(column, mark->sign, mark->primary);
    return row;
  }

  Row hanging(int index, int inline_mark) const {
    Row row;
    for (int i = 0; i < index; ++i)
      if (i != inline_mark && !marks_[i].text.empty() && marks_[i].begin < marks_[index].begin)
        row.put(marks_[i].begin, '|', marks_[i].primary);
    row.text.resize(marks_[index].begin, ' ');
    row.tail = coloured(marks_[index].primary, marks_[index].text);
    return row;
  }

  std::string coloured(bool primary, const std::string& text) const {
    return (primary ? palette_.primary : palette_.secondary) + text + palette_.reset;
  }

  std::string print(const Row& row) const {
    if (row.tail.empty() && row.text.find_first_not_of(' ') == std::string::npos) return "";
    std::string line = gutter_ + " ";
    for (size_t i = 0; i < row.text.size();) {
      const size_t begin = i;
      const char kind = i < row.kinds.size() ? row.kinds[i] : ' ';
      while (i < row.text.size() && (i < row.kinds.size() ? row.kinds[i] : ' ') == kind) ++i;
      const std::string piece = row.text.substr(begin, i - begin);
      line += kind == ' ' ? piece : coloured(kind == 'p', piece);
    }
    return line + row.tail + "\n";
  }

  std::vector<LineMark> marks_;
  const std::string& gutter_;
  const Palette& palette_;
};

std::string draw_line(const SourceFile& file, int number, const std::vector<LineMark>& marks, int gutter,
                      const Palette& palette, int lines_before) {
  const std::string digits = std::to_string(number + lines_before);
  const DisplayLine shown(file.line(number));
  int left = 0, right = shown.width();
  std::vector<LineMark> cropped = marks;
  if (right > widest_line) {
    int first = right;
    for (const LineMark& mark : marks) first = std::min(first, mark.begin);
    left = std::max(0, first - columns_before);
    right = left + widest_line;
    for (LineMark& mark : cropped) {
      mark.begin = std::min(mark.begin, right);
      mark.end = std::min(std::max(mark.end, mark.begin + 1), right + 1);
    }
  }
  const std::string text = shown.text(left, right);
  std::string drawn = std::string(std::max<size_t>(gutter, digits.size()) - digits.size(), ' ') +
                      palette.secondary + digits + " |" + palette.reset;
  if (!text.empty()) drawn += " " + text;
  drawn += "\n";
  const std::string margin = std::string(gutter, ' ') + palette.secondary + " |" + palette.reset;
  if (!cropped.empty()) drawn += MarkDrawer(std::move(cropped), left, margin, palette).draw();
  return drawn;
}

}  // namespace

int gutter_width(const std::vector<Mark>& marks, const SourceFiles& files) {
  int last = 1;
  for (const Mark& mark : marks) last = std::max(last, last_line_of(files[mark.span.file], mark.span));
  return static_cast<int>(std::to_string(last).size());
}

std::string draw_excerpt(const SourceFile& file, const std::vector<Mark>& marks, int gutter,
                         const Palette& palette, int lines_before) {
  std::string drawn;
  int former = 0;
  for (const auto& [number, line_marks] : marks_by_line(file, marks)) {
    if (former != 0 && number == former + 2)
      drawn += draw_line(file, former + 1, {}, gutter, palette, lines_before);
    if (former != 0 && number > former + 2)
      drawn += palette.secondary + std::string("...") + palette.reset + "\n";
    drawn += draw_line(file, number, line_marks, gutter, palette, lines_before);
    former = number;
  }
  return drawn;
}

}  // namespace kiln
