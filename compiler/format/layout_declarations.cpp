#include "format/layout.h"

namespace kiln::format {

using namespace syntax;

/// What comes before the closing bracket of a list, and the bracket.
void Layout::close(LastComma last_comma) {
  if (last_comma == LastComma::needed) {
    out_.piece(",");
  } else if (out_.is_next(",")) {
    out_.drop_comma();
  }
  if (last_comma == LastComma::allowed) out_.if_broken(",");
  out_.before_closing();
  out_.dedent();
  out_.soft_line();
  out_.piece();
}

void Layout::name(const QualifiedName& name) {
  for (size_t i = 0; i < name.parts.size(); ++i) {
    if (i > 0) out_.piece(".");
    out_.piece(name.parts[i].text);
  }
}

void Layout::file(const File& file) {
  bool is_first = true;
  for (const Import& item : file.imports) {
    if (!is_first) out_.end_line();
    out_.begin_item(is_first);
    import(item);
    out_.end_item();
    is_first = false;
  }
  bool is_first_declaration = true;
  for (const DeclarationPtr& item : file.declarations) {
    if (!is_first) is_first_declaration ? out_.empty_line() : out_.end_line();
    out_.begin_item(is_first);
    declaration(*item);
    out_.end_item();
    is_first = is_first_declaration = false;
  }
  if (!is_first) out_.end_line();
  out_.end_of_file();
}

void Layout::import(const Import& import) {
  out_.piece("import");
  out_.space();
  name(import.module);
  if (!import.alias.present()) return;
  out_.space();
  out_.piece("as");
  out_.space();
  out_.piece(import.alias.text);
}

void Layout::annotations(const std::vector<Annotation>& annotations) {
  for (const Annotation& annotation : annotations) {
    out_.piece("@");
    out_.piece(annotation.name.text);
    if (out_.is_next("(")) arguments(annotation.arguments);
    out_.hard_line();
  }
}

void Layout::declaration(const Declaration& declaration) {
  annotations(declaration.annotations);
  switch (declaration.kind) {
    case DeclarationKind::function: return function(as<Function>(declaration));
    case DeclarationKind::model: return model(as<Model>(declaration));
    case DeclarationKind::rule: return rule(as<Rule>(declaration));
    case DeclarationKind::type: return type_declaration(as<TypeDeclaration>(declaration));
    case DeclarationKind::test: return test(as<Test>(declaration));
    case DeclarationKind::function_alias:
      out_.piece("export");
      out_.space();
      out_.piece("fn");
      out_.space();
      out_.piece(declaration.name.text);
      out_.space();
      out_.piece("=");
      out_.space();
      return name(as<FunctionAlias>(declaration).target);
    case DeclarationKind::constant: {
      const auto& constant = as<Constant>(declaration);
      out_.piece("const");
      out_.space();
      out_.piece(constant.name.text);
      if (constant.type != nullptr) out_.piece(":"), out_.space(), type(*constant.type);
      out_.space();
      out_.piece("=");
      return value(*constant.value, 4);
    }
    case DeclarationKind::mesh: {
      const auto& mesh = as<Mesh>(declaration);
      out_.piece("mesh");
      out_.space();
      out_.begin();
      separated(mesh.axes, [this](const Name& axis) { out_.piece(axis.text); });
      return out_.end();
    }
  }
}

void Layout::function(const Function& function) {
  const size_t first = out_.document().commands().size();
  if (function.is_exported) out_.piece("export"), out_.space();
  out_.piece("fn");
  out_.space();
  out_.piece(function.name.text);
  if (!function.generics.empty()) {
    bracketed(function.generics, LastComma::not_allowed, [this](const Generic& generic) {
      out_.piece(generic.name.text);
      if (generic.bound != nullptr) out_.piece(":"), out_.space(), type(*generic.bound);
    });
  }
  signature(function, first);
  function_body(function.body, function.is_one_line, !out_.fits_on_line(first));
}

/// Parameters, results and conditions: all on one line; or the parameters there, and below them the results
/// and the conditions; or each parameter on its line, and the others behind the bracket that closes them.
void Layout::signature(const Function& function, size_t first) {
  parameters(function.parameters);
  const bool are_on_one_line = out_.fits_on_line(first);
  out_.begin();
  out_.indent(4);
  if (!function.results.empty()) {
    are_on_one_line ? out_.line() : out_.space();
    out_.piece("->");
    out_.space();
    out_.begin();
    out_.indent(3);
    separated(function.results, [this](const Result& result) {
      out_.begin();
      if (result.name.present()) out_.piece(result.name.text), out_.piece(":"), out_.space();
      type(*result.type);
      out_.end();
    });
    out_.dedent(3);
    out_.end();
  }
  if (!function.where.empty()) {
    out_.line();
    where(function.where);
  }
  out_.dedent(4);
  out_.end();
}

void Layout::where(const std::vector<ExpressionPtr>& conditions) {
  out_.piece("where");
  out_.space();
  out_.begin();
  separated(conditions, [this](const ExpressionPtr& condition) { expression(*condition); });
  out_.end();
}

void Layout::parameters(const std::vector<Parameter>& parameters) {
  bracketed(parameters, LastComma::allowed, [this](const Parameter& item) { parameter(item); });
}

void Layout::parameter(const Parameter& parameter) {
  out_.begin();
  if (parameter.is_inout) out_.piece("inout"), out_.space();
  out_.piece(parameter.name.text);
  if (parameter.type != nullptr) out_.piece(":"), out_.space(), type(*parameter.type);
  if (parameter.condition.present()) {
    out_.space();
    out_.piece("if");
    out_.space();
    out_.piece(parameter.condition.text);
  }
  if (parameter.default_value != nullptr) {
    out_.space();
    out_.piece("=");
    out_.space();
    expression(*parameter.default_value);
  }
  out_.end();
}

/// What is `= e` begins a line behind a signature that takes several.
void Layout::function_body(const Block& body, bool is_one_line, bool is_after_lines) {
  out_.space();
  if (!is_one_line) return block(body);
  out_.piece("=");
  if (!is_after_lines) return value(*body.result, 2);
  out_.indent();
  out_.hard_line();
  chain(*body.result, 0);
  out_.dedent();
}

void Layout::model(const Model& model) {
  out_.piece("model");
  out_.space();
  out_.piece(model.name.text);
  if (out_.is_next("(")) parameters(model.parameters);
  if (!model.where.empty()) {
    out_.begin();
    out_.indent(4);
    out_.line();
    where(model.where);
    out_.dedent(4);
    out_.end();
  }
  out_.space();
  out_.piece("{");
  out_.after_opening();
  if (out_.is_next("}") && !out_.is_comment_next()) return out_.piece();
  out_.indent();
  out_.hard_line();
  // In the order of the file, which the tree does not keep between fields and methods.
  size_t next_field = 0, next_method = 0;
  while (next_field + next_method < model.fields.size() + model.methods.size()) {
    const bool is_field =
        next_field < model.fields.size() &&
        (next_method == model.methods.size() ||
         model.fields[next_field].name.span.begin < model.methods[next_method]->name.span.begin);
    const bool is_first = next_field + next_method == 0;
    if (!is_first) out_.end_line();
    out_.begin_item(is_first);
    if (is_field) {
      field(model.fields[next_field++]);
    } else {
      annotations(model.methods[next_method]->annotations);
      function(*model.methods[next_method++]);
    }
    out_.end_item();
  }
  out_.before_closing();
  out_.dedent();
  out_.hard_line();
  out_.piece("}");
}

void Layout::field(const Field& field) {
  annotations(field.annotations);
  if (field.kind != FieldKind::submodel) {
    out_.piece(field.kind == FieldKind::param ? "param" : "state");
    out_.space();
  }
  out_.piece(field.name.text);
  out_.piece(":");
  out_.space();
  type(*field.type);
  if (field.initial != nullptr) {
    out_.space();
    out_.piece("=");
    value(*field.initial, 4);
  }
  if (field.condition != nullptr) {
    out_.space();
    out_.piece("if");
    out_.space();
    expression(*field.condition);
  }
}

void Layout::rule_parameter(const RuleParameter& parameter) {
  out_.piece(parameter.name.text);
  if (parameter.tangent.present()) out_.piece(":"), out_.space(), out_.piece(parameter.tangent.text);
}

void Layout::rule(const Rule& rule) {
  out_.piece(rule.is_adjoint ? "adjoint" : "derivative");
  out_.space();
  out_.piece("of");
  out_.space();
  name(rule.function);
  const auto item = [this](const RuleParameter& parameter) { rule_parameter(parameter); };
  bracketed(rule.parameters, LastComma::not_allowed, item);
  if (!rule.results.empty()) {
    out_.space();
    out_.piece("->");
    out_.space();
    out_.begin();
    separated(rule.results, item);
    out_.end();
  }
  function_body(rule.body, rule.is_one_line, false);
}

void Layout::type_declaration(const TypeDeclaration& declaration) {
  if (declaration.is_exported) out_.piece("export"), out_.space();
  out_.piece("type");
  out_.space();
  out_.piece(declaration.name.text);
  if (out_.is_next("(")) parameters(declaration.parameters);
  out_.space();
  out_.piece("=");
  out_.space();
  type(*declaration.type);
}

void Layout::test(const Test& test) {
  out_.piece("test");
  out_.space();
  out_.piece();
  if (test.property != nullptr) {
    const Function& property = *test.property;
    out_.begin();
    out_.indent(4);
    out_.line();
    out_.piece("for");
    out_.space();
    separated(property.parameters, [this](const Parameter& item) { parameter(item); });
    if (out_.is_next(",")) out_.drop_comma();
    if (!property.where.empty()) out_.line(), where(property.where);
    out_.dedent(4);
    out_.end();
  }
  out_.space();
  block(test.property != nullptr ? test.property->body : test.body);
}

}  // namespace kiln::format
