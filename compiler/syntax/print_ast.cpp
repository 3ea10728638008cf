#include "syntax/print_ast.h"

#include "syntax/ast_printer.h"

namespace kiln::syntax {

AstPrinter& AstPrinter::put(std::string_view text) {
  out_ += text;
  return *this;
}

void AstPrinter::line() {
  out_ += '\n';
  out_.append(static_cast<size_t>(indent_) * 2, ' ');
}

void AstPrinter::doc(const Doc& doc) {
  for (size_t begin = 0; begin < doc.size();) {
    const size_t end = std::min(doc.find('\n', begin), doc.size());
    put(end == begin ? "///" : "/// ").put(std::string_view(doc).substr(begin, end - begin));
    line();
    begin = end + 1;
  }
}

void AstPrinter::name(const QualifiedName& name) {
  list(
      name.parts, [this](const Name& part) { put(part.text); }, ".");
}

void AstPrinter::quoted(const std::string& value) {
  put("\"");
  for (const char c : value) {
    switch (c) {
      case '\n': put("\\n"); break;
      case '\t': put("\\t"); break;
      case '\r': put("\\r"); break;
      case '\0': put("\\0"); break;
      case '"': put("\\\""); break;
      case '\\': put("\\\\"); break;
      default: out_ += c;
    }
  }
  put("\"");
}

std::string print(const File& file) {
  AstPrinter printer;
  printer.file(file);
  return printer.take();
}

std::string print(const Declaration& declaration) {
  AstPrinter printer;
  printer.declaration(declaration);
  return printer.take();
}

std::string print(const Statement& statement) {
  AstPrinter printer;
  printer.statement(statement);
  return printer.take();
}

std::string print(const Expression& expression) {
  AstPrinter printer;
  printer.expression(expression);
  return printer.take();
}

std::string print(const Type& type) {
  AstPrinter printer;
  printer.type(type);
  return printer.take();
}

}  // namespace kiln::syntax
