"""Random statements that differentiate, loop and branch."""
import torch

from random_grid import Grid, Tensor, fresh_variable, rename


class ControlMaker:
    """Mixed into an ExpressionMaker."""

    def scalar_expression(self, scope, used):
        body = self.expression(scope, 2)
        bound = [(self.fresh("r"), d) for d in used.axes]
        text = f"{body.text} * 0.5 + (sum[{', '.join(f'{n}: {d}' for n, d in bound)}] sin({used.name}[{', '.join(n for n, _ in bound)}]) * (1.5 + {body.text}))"
        return body, text

    def inner_gradient(self):
        """The gradient of a number in the middle of what is differentiated."""
        used = self.random.choice([t for t in self.tensors if not t.is_place and t.axes])
        body, text = self.scalar_expression([], used)
        name = self.fresh("v")

        def run(dims, v):
            inner = dict(v)
            inner[used.name] = fresh_variable(v[used.name])
            g = Grid(dims)
            b = body.evaluate(g, inner).reshape([])
            value = b * 0.5 + (torch.sin(inner[used.name]) * (1.5 + b)).sum()
            found, = torch.autograd.grad(value, inner[used.name], create_graph=True)
            v[name] = torch.tanh(found)

        self.tensors.append(Tensor(name, used.axes))
        g = self.fresh("g")
        return [f"let {g} = grad({used.name}) {{ {text} }}", f"let {name} = tanh({g})"], run

    def point_gradients(self):
        """One gradient for each point of a comprehension."""
        used = self.random.choice([t for t in self.tensors if not t.is_place and t.axes])
        i, d = self.fresh("i"), self.random.choice("NMK")
        if len(used.axes) > 2:
            return self.plain_statement()
        body, text = self.scalar_expression([(i, d)], used)
        name = self.fresh("v")

        def run(dims, v):
            inner = dict(v)
            inner[used.name] = fresh_variable(v[used.name])
            g = Grid(dims)
            g.indices = [(i, d)]
            b = body.evaluate(g, inner).expand(g.shape())
            values = b * 0.5 + torch.sin(inner[used.name]).sum() * (1.5 + b)
            rows = [torch.autograd.grad(value, inner[used.name], create_graph=True)[0] for value in values]
            v[name] = torch.tanh(torch.stack(rows))

        self.tensors.append(Tensor(name, [d] + used.axes))
        g = self.fresh("g")
        return [f"let {g}[{i}: {d}] = grad({used.name}) {{ {text} }}", f"let {name} = tanh({g})"], run

    def loop(self):
        axes = [self.random.choice("NMK") for _ in range(self.random.randint(1, 2))]
        scope = [(self.fresh("i"), d) for d in axes]
        start = self.read(scope)
        name, t = self.fresh("v"), self.fresh("t")
        variable = Tensor(name, axes)
        self.tensors.append(variable)
        body = self.expression(scope, 2)
        second = [(n + "n", d) for n, d in scope]
        binders = lambda list_: ", ".join(f"{n}: {d}" for n, d in list_)

        def run(dims, v):
            g = Grid(dims)
            g.indices = scope
            v[name] = start.evaluate(g, v).expand(g.shape()) * 1.0
            for k in range(3):
                v[name] = v[name] * 0.5 + torch.tanh(body.evaluate(g, v) + k * 0.25).expand(g.shape())

        plain = ", ".join(n for n, _ in second)
        return [f"var {name}: f32[{', '.join(axes)}] = for[{binders(second)}] {rename(start.text, scope, second)}",
                f"for {t} in 0..3 {{ {name}[{binders(scope)}] = {name}[{', '.join(n for n, _ in scope)}] * 0.5 + tanh({body.text} + f32({t}) * 0.25) }}"], run

    def branch(self):
        axes = [self.random.choice("NMK") for _ in range(self.random.randint(1, 2))]
        scopes = [[(self.fresh("i"), d) for d in axes] for _ in range(3)]
        start = self.read(scopes[0])
        decision = self.expression([], 2)
        name = self.fresh("v")
        yes, no = self.expression(scopes[1], 2), self.expression(scopes[2], 2)
        self.tensors.append(Tensor(name, axes))
        binders = lambda list_: ", ".join(f"{n}: {d}" for n, d in list_)

        def run(dims, v):
            g = Grid(dims)
            g.indices = scopes[0]
            value = start.evaluate(g, v).expand(g.shape()) * 1.0
            v[name] = value
            if decision.evaluate(Grid(dims), v).reshape([]) > 0.25:
                g.indices = scopes[1]
                v[name] = value + torch.tanh(yes.evaluate(g, v)).expand(g.shape())
            else:
                g.indices = scopes[2]
                v[name] = torch.tanh(no.evaluate(g, v)).expand(g.shape()) * 1.0

        return [f"var {name}: f32[{', '.join(axes)}] = for[{binders(scopes[0])}] {start.text}",
                f"if {decision.text} > 0.25 {{ {name}[{binders(scopes[1])}] += tanh({yes.text}) }} else {{ {name}[{binders(scopes[2])}] = tanh({no.text}) }}"], run
