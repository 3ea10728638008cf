#include "format/format.h"

#include "format/layout.h"
#include "format/same_program.h"
#include "syntax/parse.h"

namespace kiln::format {

Formatted format(const SourceFiles& files, uint32_t file, Diagnostics& diagnostics) {
  const auto tree = syntax::parse(files, file, diagnostics);
  if (!tree->is_complete) return {};
  const std::string& text = files[file].text();
  Writer writer(pieces_of(text));
  Layout(writer).file(*tree);
  if (writer.has_failed() || !writer.is_done())
    return {std::nullopt, "the layout does not follow the text at `" + std::string(writer.next().text) +
                              "`, byte " + std::to_string(writer.next().begin)};
  std::string result = lay_out(writer.document(), line_width);
  if (std::string difference = difference_between(text, *tree, result); !difference.empty())
    return {std::nullopt, std::move(difference)};
  return {std::move(result), ""};
}

}  // namespace kiln::format
