#include <fmt/format.h>

#include "graph/derive_dims.h"
#include "graph/read_expression.h"
#include "graph/reducer.h"
#include "graph/text.h"
#include "graph/text_cursor.h"

namespace kiln::graph {
namespace {

using Kind = TextToken::Kind;

constexpr int deepest_function = 20;

class FunctionReader {
 public:
  FunctionReader(TextCursor& cursor, int depth)
      : cursor_(cursor), dims_(cursor, function_.dims), depth_(depth) {}

  Function run() {
    if (depth_ > deepest_function) cursor_.fail("functions nest too deeply");
    cursor_.expect_word("function");
    function_.name = cursor_.at(Kind::string) ? cursor_.string() : cursor_.word("a name");
    cursor_.expect("(");
    if (!cursor_.at_mark(")")) {
      do function_.dims.push_back(cursor_.word("the name of a dim"));
      while (cursor_.accept(","));
    }
    cursor_.expect(")");
    cursor_.expect("{");
    while (!cursor_.accept("}") && !cursor_.error()) statement();
    return std::move(function_);
  }

 private:
  void statement() {
    if (ValueNames::is_value(cursor_)) return definition();
    const std::string keyword = cursor_.word("a statement");
    if (keyword == "fact") return function_.facts.push_back(dims_.condition());
    if (keyword == "derive") return derive();
    if (keyword == "input") return input();
    if (keyword == "output") return output();
    if (keyword == "check") return check();
    if (keyword == "print") return print();
    if (keyword == "loop") return add_node(loop(), {});  // one with checks alone
    cursor_.fail(fmt::format("`{}` does not begin a statement", keyword));
  }

  /// `derive len_total = total 1`: from the input at position 1.
  void derive() {
    DerivedDim derived;
    derived.dim = cursor_.word("the name of a dim");
    cursor_.expect("=");
    const std::string kind = cursor_.word("what is computed");
    const auto found = derived_kind_named(kind);
    if (!found) return cursor_.fail(fmt::format("`{}` is no way to compute a dim", kind));
    derived.kind = *found;
    do {
      const auto position = dims_.dim().constant();
      if (!position || *position < 0 || *position > INT32_MAX)
        return cursor_.fail("the position of an input expected");
      derived.inputs.push_back(static_cast<uint32_t>(*position));
    } while (cursor_.accept(","));
    function_.derived.push_back(std::move(derived));
  }

  struct Result {
    TextToken token;
    Value value;
  };

  Result result() {
    Result result;
    if (!ValueNames::is_value(cursor_)) cursor_.fail_here("a value expected");
    result.token = cursor_.take();
    const bool unnamed = result.token.kind == Kind::value &&
                         result.token.text.find_first_not_of("0123456789") == std::string::npos;
    if (!unnamed) result.value.name = result.token.text;
    cursor_.expect(":");
    result.value.type = dims_.type();
    if (cursor_.accept_word("in")) {
      ElementRange range;
      range.low = dims_.dim();
      cursor_.expect("..");
      range.high = dims_.dim();
      result.value.range = range;
    }
    return result;
  }

  void add_node(Op op, std::vector<Result> results) {
    if (cursor_.error()) return;
    Node node;
    node.op = std::move(op);
    for (Result& result : results) {
      const ValueId id{static_cast<uint32_t>(function_.values.size())};
      result.value.node = static_cast<uint32_t>(function_.nodes.size());
      result.value.result = static_cast<uint32_t>(node.results.size());
      if (!values_.define(result.token, id))
        cursor_.fail(fmt::format("`%{}` is defined twice", result.token.text));
      function_.values.push_back(std::move(result.value));
      node.results.push_back(id);
    }
    function_.nodes.push_back(std::move(node));
  }

  void input() {
    Result parameter = result();
    Input input{parameter.value.name};
    if (cursor_.accept_word("named")) input.name = cursor_.string();
    add_node(std::move(input), {std::move(parameter)});
    if (!cursor_.error()) function_.inputs.push_back(function_.nodes.back().results[0]);
  }

  void output() {
    function_.outputs.push_back(values_.find(cursor_));
    cursor_.expect_word("as");
    function_.output_names.push_back(cursor_.string());
  }

  void check() {
    Check check;
    const std::string kind = cursor_.word("the kind of check");
    if (kind != "index" && kind != "assertion" && kind != "divisor")
      cursor_.fail(fmt::format("`{}` is not a kind of check", kind));
    check.subject = values_.find(cursor_);
    if (kind == "index") {
      cursor_.expect(",");
      check.greatest = values_.find(cursor_);
      cursor_.expect("<");
      check.extent = dims_.dim();
      cursor_.expect_word("of");
      check.tensor = cursor_.string();
      cursor_.expect_word("axis");
      check.axis = cursor_.small_number();
    } else {
      check.kind = kind == "divisor" ? Check::Kind::divisor : Check::Kind::assertion;
    }
    if (cursor_.accept_word("message")) check.message = cursor_.string();
    if (cursor_.accept_word("at")) check.place = cursor_.string();
    add_node(std::move(check), {});
  }

  void print() {
    Print print;
    print.text = cursor_.string();
    print.operand = values_.find(cursor_);
    add_node(std::move(print), {});
  }

  void definition() {
    std::vector<Result> results;
    do results.push_back(result());
    while (cursor_.accept(","));
    cursor_.expect("=");
    const std::string keyword = cursor_.word("an operation");
    std::optional<Op> op;
    if (keyword == "constant") op = constant(results[0].value.type);
    if (keyword == "compute") op = compute();
    if (keyword == "stop_gradient") op = StopGradient{values_.find(cursor_)};
    if (keyword == "sort") op = sort();
    if (keyword == "derivative") op = derivative();
    if (keyword == "ruled") op = ruled_call();
    if (keyword == "loop") op = loop();
    if (!op) return cursor_.fail(fmt::format("`{}` is not an operation", keyword));
    add_node(std::move(*op), std::move(results));
  }

  Constant constant(const Type& type) {
    if (cursor_.accept_word("hex")) return hex_constant(cursor_.string());
    Constant constant;
    cursor_.expect("[");
    if (cursor_.accept("]")) return constant;
    do {
      const Scalar value = read_scalar(cursor_, type.element);
      const size_t end = constant.data.size();
      if (cursor_.error()) return constant;
      constant.data.resize(end + static_cast<size_t>(size_of(type.element)));
      store(constant.data.data() + end, type.element, value);
    } while (cursor_.accept(","));
    cursor_.expect("]");
    return constant;
  }

  Constant hex_constant(const std::string& digits) {
    Constant constant;
    const std::string_view known = "0123456789abcdef";
    if (digits.size() % 2 != 0 || digits.find_first_not_of(known) != std::string::npos)
      cursor_.fail("not a string of bytes in hex");
    for (size_t i = 0; i + 1 < digits.size(); i += 2)
      constant.data.push_back(static_cast<std::byte>(16 * known.find(digits[i]) + known.find(digits[i + 1])));
    return constant;
  }

  Compute compute() {
    Compute compute;
    cursor_.expect("[");
    while (cursor_.at(Kind::word)) {
      Index index;
      index.name = cursor_.word("an index");
      for (const Index& other : compute.domain)
        if (other.name == index.name) cursor_.fail(fmt::format("the index `{}` stands twice", index.name));
      cursor_.expect(":");
      index.extent = dims_.dim();
      compute.domain.push_back(index);
      if (!cursor_.accept(",")) break;
    }
    cursor_.expect("]");
    ExpressionReader expressions(cursor_, dims_, function_, values_, compute.domain);
    while (cursor_.at(Kind::definition)) expressions.definition();
    cursor_.expect_word("write");
    cursor_.expect("[");
    if (!cursor_.at_mark("]")) compute.write = expressions.list();
    cursor_.expect("]");
    if (cursor_.accept_word("where")) compute.guard = expressions.list();
    const std::string name = cursor_.word("a reducer");
    const std::optional<Reducer> reducer = reducer_named(name);
    if (!reducer) cursor_.fail(fmt::format("`{}` is not a reducer", name));
    compute.reducer = reducer.value_or(Reducer::assign);
    if (row_of(compute.reducer).reports_index) {
      cursor_.expect("[");
      compute.reported = expressions.index_named(cursor_.word("an index"));
      cursor_.expect("]");
    }
    compute.body = expressions.expression();
    return compute;
  }

  Sort sort() {
    Sort sort;
    sort.operand = values_.find(cursor_);
    sort.descending = cursor_.accept_word("descending");
    if (cursor_.accept_word("count")) sort.count = dims_.dim();
    return sort;
  }

  Derivative derivative() {
    Derivative derivative;
    const std::string mode = cursor_.word("`reverse` or `forward`");
    if (mode != "reverse" && mode != "forward") cursor_.fail("`reverse` or `forward` expected");
    derivative.mode = mode == "reverse" ? Derivative::Mode::reverse : Derivative::Mode::forward;
    cursor_.expect_word("wrt");
    derivative.wrt_count = cursor_.small_number();
    derivative.seeded = positions("seeded");
    derivative.operands = operands();
    derivative.body = body();
    return derivative;
  }

  RuledCall ruled_call() {
    RuledCall call;
    const std::string mode = cursor_.word("`reverse` or `forward`");
    if (mode != "reverse" && mode != "forward") cursor_.fail("`reverse` or `forward` expected");
    call.mode = mode == "reverse" ? Derivative::Mode::reverse : Derivative::Mode::forward;
    call.active = positions("active");
    call.seeded = positions("seeded");
    cursor_.expect_word("arguments");
    call.argument_count = cursor_.small_number();
    call.operands = operands();
    call.body = body();
    call.rule = body();
    return call;
  }

  std::vector<uint32_t> positions(const std::string& word) {
    std::vector<uint32_t> list;
    cursor_.expect_word(word);
    cursor_.expect("[");
    while (cursor_.at(Kind::number)) {
      list.push_back(cursor_.small_number());
      if (!cursor_.accept(",")) break;
    }
    cursor_.expect("]");
    return list;
  }

  std::vector<ValueId> operands() {
    std::vector<ValueId> list;
    cursor_.expect("(");
    while (ValueNames::is_value(cursor_)) {
      list.push_back(values_.find(cursor_));
      if (!cursor_.accept(",")) break;
    }
    cursor_.expect(")");
    return list;
  }

  std::shared_ptr<const Function> body() {
    if (cursor_.error()) return nullptr;
    return std::make_shared<const Function>(FunctionReader(cursor_, depth_ + 1).run());
  }

  Loop loop() {
    Loop loop;
    loop.counter = cursor_.word("the counter of a loop");
    if (cursor_.accept_word("below")) loop.limit = dims_.dim();
    loop.reversed = cursor_.accept_word("reversed");
    loop.recompute = cursor_.accept_word("recompute");
    if (cursor_.accept_word("every")) {
      do loop.checkpoints.push_back(dims_.dim());
      while (cursor_.accept(","));
    }
    if (cursor_.accept_word("rounds")) loop.rounds = values_.find(cursor_);
    if (cursor_.accept_word("while")) loop.go_on = values_.find(cursor_);
    cursor_.expect_word("carried");
    loop.carried_count = cursor_.small_number();
    loop.operands = operands();
    loop.body = body();
    return loop;
  }

  TextCursor& cursor_;
  Function function_;
  DimReader dims_;
  ValueNames values_;
  int depth_;
};

}  // namespace

std::variant<Function, ReadError> read(std::string_view text) {
  TextCursor cursor(text);
  Function function = FunctionReader(cursor, 0).run();
  if (!cursor.error() && !cursor.at(Kind::end)) cursor.fail_here("text after the end of the function");
  if (cursor.error()) return *cursor.error();
  return function;
}

}  // namespace kiln::graph
