"""Cases of convolutions, attention and other parts of networks."""
import numpy as np
import torch

from recording import below, case, gradients, real

F = torch.nn.functional


def convolution():
    for n, c, h, w, f in ((0, 1, 4, 4, 2), (1, 1, 3, 3, 1), (2, 3, 5, 7, 4), (1, 8, 8, 16, 8), (3, 2, 13, 9, 5)):
        label = f"{n}x{c}x{h}x{w} to {f}"
        a, k, bias = real((n, c, h, w), 1), real((f, c, 3, 3), 2), real(f, 3)
        ta, tk = a.torch(), k.torch()
        case("convolution", "same", dict(a=a, w=k, bias=bias), dict(y=F.conv2d(ta, tk, bias.torch(), padding=1)), f"same {label}")
        y = F.conv2d(ta, tk, stride=2, padding=1)[:, :, :h // 2, :w // 2]
        case("convolution", "strided", dict(a=a, w=k), dict(y=y), f"strided {label}")
        case("convolution", "valid", dict(a=a, w=k), dict(y=F.conv2d(ta, tk)), f"valid {label}")
        d = real((c, 3, 3), 4)
        y = F.conv2d(ta, d.torch()[:, None], padding=1, groups=c)
        case("convolution", "depthwise", dict(a=a, w=d), dict(y=y), f"depthwise {label}")
        t = real((c, f, 2, 2), 5)
        y = torch.einsum("ncij,cfpq->nfipjq", ta, t.torch()).reshape(n, f, 2 * h, 2 * w)
        case("convolution", "transposed", dict(a=a, w=t), dict(y=y), f"transposed {label}")
        if n:
            case("convolution", "max_pool", dict(a=a), dict(y=F.max_pool2d(ta, 2)), f"max pool {label}")
            case("convolution", "average_pool", dict(a=a), dict(y=F.avg_pool2d(ta, 2)), f"average pool {label}")
        case("convolution", "global_pool", dict(a=a), dict(y=ta.mean((2, 3))), f"global pool {label}")
        if h < 4:
            continue
        b1, w2 = real(f, 6, 0.1), real((3, f, 3, 3), 7, 0.5)
        xs = [q.torch(True) for q in (a, k, b1, w2)]
        pooled = F.relu(F.conv2d(xs[0], xs[1], xs[2], padding=1))
        pooled = F.max_pool2d(pooled, 2) if n else pooled[:, :, :h // 2, :w // 2]
        y = F.conv2d(pooled, xs[3], stride=2, padding=1)[:, :, :h // 4, :w // 4]
        loss = (y * y).sum()
        da, dk, db, dw2 = gradients(loss, *xs)
        case("convolution", "gradients", dict(a=a, w1=k, b1=b1, w2=w2), dict(loss=loss, da=da, dw1=dk, db1=db, dw2=dw2), f"gradients {label}", tolerance=2e-5)
        ta, td, tt = a.torch(True), d.torch(True), t.torch(True)
        y = F.conv2d(ta, td[:, None], padding=1, groups=c)
        y = torch.einsum("ncij,cfpq->nfipjq", y, tt).reshape(n, f, 2 * h, 2 * w)
        z = y.reshape(n, f, h, 2, w, 2).mean((3, 5))
        da, dd, dt = gradients((z * z).sum() + y.sum(), ta, td, tt)
        case("convolution", "other_gradients", dict(a=a, w=d, t=t), dict(da=da, dw=dd, dt=dt), f"other gradients {label}", tolerance=2e-5)
    for n, h, w in ((1, 5, 7), (2, 11, 19), (0, 4, 4)):
        arguments = dict(a=real((n, 12, h, w), 1), scale=real(12, 2), w=real((20, 3, 3, 3), 3, 0.3), bias=real(20, 4, 0.1))
        xs = [x.torch(True) for x in arguments.values()]
        hidden = F.relu(xs[0] * xs[1][:, None, None])
        y = torch.tanh(F.conv2d(hidden, xs[2], xs[3], padding=2, dilation=2, groups=4))
        da, dscale, dw = gradients((y * y).sum(), *xs[:3])
        case("convolution", "grouped_gradients", arguments, dict(y=y, da=da, dscale=dscale, dw=dw), f"grouped gradients {n}x{h}x{w}", tolerance=2e-5)
    for n, length in ((2, 1), (1, 9), (3, 32)):
        a, k = real((n, length), 8), real(5, 9)
        ta, tk = a.torch(True), k.torch(True)
        y = F.conv1d(ta[:, None], tk[None, None], padding=4, dilation=2)[:, 0]
        case("convolution", "dilated", dict(a=a, w=k), dict(y=y), f"dilated {n} {length}")
        pooled = F.max_pool1d(y, 3, stride=1, padding=1)
        da, dk = gradients((pooled**2).sum(), ta, tk)
        case("convolution", "dilated_gradient", dict(a=a, w=k), dict(da=da, dw=dk), f"dilated gradient {n} {length}")
        case("convolution", "overlapping_pool", dict(a=a), dict(y=F.max_pool1d(a.torch(), 3, stride=1, padding=1)), f"overlapping pool {n} {length}")


def attention():
    for b, t, d in ((0, 2, 3), (1, 1, 1), (2, 5, 3), (1, 16, 8), (2, 33, 7)):
        arguments = dict(q=real((b, t, d), 1), k=real((b, t, d), 2), v=real((b, t, d), 3))
        q, k, v = (x.torch(True) for x in arguments.values())
        z = q @ k.transpose(1, 2) / d**0.5
        y = torch.softmax(z.masked_fill(torch.ones(t, t).triu(1).bool(), -torch.inf), -1) @ v
        g = real((b, t, d), 4)
        dq, dk, dv = gradients((y * g.torch()).sum(), q, k, v)
        for name, of_gradients in (("causal", "causal_gradients"), ("causal_by_filter", "filter_gradients")):
            case("attention", name, arguments, dict(y=y), f"{name} {b} {t} {d}")
            case("attention", of_gradients, dict(**arguments, g=g), dict(dq=dq, dk=dk, dv=dv), f"{of_gradients} {b} {t} {d}")
    for b, t in ((1, 1), (2, 7), (3, 16)):
        arguments = dict(x=real((b, t, 24), 5), wq=real((24, 24), 6, 0.3), wk=real((24, 24), 7, 0.3), wv=real((24, 24), 8, 0.3), wo=real((24, 24), 9, 0.3))
        lengths = 1 + below(b, 10, t).array
        tensors = [x.torch(True) for x in arguments.values()]
        x, wq, wk, wv, wo = tensors
        q, k, v = ((x @ w.T).reshape(b, t, 4, 6).transpose(1, 2) for w in (wq, wk, wv))
        z = q @ k.transpose(2, 3) / 6**0.5
        hidden = torch.arange(t)[None, None, None] >= torch.from_numpy(lengths)[:, None, None, None]
        y = (torch.softmax(z.masked_fill(hidden, -1e9), -1) @ v).transpose(1, 2).reshape(b, t, 24) @ wo.T
        case("attention", "heads", dict(**arguments, lengths=lengths), dict(y=y), f"heads {b} {t}")
        loss = (y**3).sum()
        names = ("dx", "dq", "dk", "dv", "dout")
        case("attention", "heads_gradients", dict(**arguments, lengths=lengths),
             dict(loss=loss, **dict(zip(names, gradients(loss, *tensors)))), f"heads gradients {b} {t}", tolerance=3e-5)
    for b, t, d in ((0, 3, 4), (2, 1, 1), (3, 5, 16)):
        tokens, table, positions = below((b, t), 11, 10), real((10, d), 12), real((t + 2, d), 13)
        tt, tp = table.torch(True), positions.torch(True)
        y = tt[tokens.torch()] + tp[:t]
        case("attention", "embed", dict(tokens=tokens, table=table, positions=positions), dict(y=y), f"embed {b} {t} {d}")
        dt, dp = gradients((y**3).sum(), tt, tp)
        case("attention", "embed_gradients", dict(tokens=tokens, table=table, positions=positions), dict(dtable=dt, dpositions=dp), f"embed gradients {b} {t} {d}")


def record():
    convolution()
    attention()


class Block(torch.nn.Module):
    def __init__(self, d, hidden):
        super().__init__()
        self.norm, self.up, self.down = torch.nn.LayerNorm(d), torch.nn.Linear(d, hidden), torch.nn.Linear(hidden, d)

    def forward(self, x):
        return x + self.down(F.gelu(self.up(self.norm(x))))


class Root(torch.nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(d))

    def forward(self, x):
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6) * self.weight


class Net(torch.nn.Module):
    """Net of networks.model."""

    def __init__(self, inputs, d, layers, outputs, scaled):
        super().__init__()
        self.embed = torch.nn.Linear(inputs, d)
        self.blocks = torch.nn.ModuleList([Block(d, 2 * d) for _ in range(layers)])
        self.final = Root(d) if scaled else torch.nn.Identity()
        self.head = torch.nn.Linear(d, outputs)

    def features(self, x):
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
        return self.final(x)

    def forward(self, x):
        return self.head(self.features(x))


def filled(module, salt, name="m", scale=0.5):
    """Fills the parameters of a module from a hash; the same as arguments of a case. Wide layers want a smaller scale."""
    arguments = {}
    for i, (path, parameter) in enumerate(module.named_parameters()):
        values = real(tuple(parameter.shape), salt + i, scale)
        parameter.data = values.torch()
        arguments[f"{name}.{path}"] = values
    return arguments


def networks():
    deep, plain = Net(5, 8, 3, 4, True), Net(5, 8, 1, 4, False)
    weights, plain_weights = filled(deep, 100), filled(plain, 200)
    for b in (0, 1, 7, 16):
        x = real((b, 5), 1)
        case("networks", "deep", dict(**weights, x=x), dict(y=deep(x.torch())), f"deep {b}")
        case("networks", "plain", dict(**plain_weights, x=x), dict(y=plain(x.torch())), f"plain {b}")
    x = real(5, 2)
    case("networks", "deep_row", dict(**weights, x=x), dict(y=deep(x.torch()[None])[0]))
    for b in (1, 7):
        x, labels = real((b, 5), 3), below(b, 4, 4)
        loss = F.cross_entropy(deep(x.torch()), labels.torch())
        found = torch.autograd.grad(loss, list(deep.parameters()))
        changed = {f"m.{path}": p - 0.5 * g for (path, p), g in zip(deep.named_parameters(), found)}
        case("networks", "descend", dict(**weights, x=x, labels=labels, lr=np.float32(0.5)), dict(loss=loss, **changed), f"descend {b}", tolerance=2e-5)
        case("networks", "head_gradient", dict(**weights, x=x, labels=labels), dict(dweight=found[-2], dbias=found[-1]), f"head gradient {b}", tolerance=2e-5)
        case("networks", "norm_of_gradient", dict(**weights, x=x, labels=labels), dict(total=sum((g * g).sum() for g in found)), f"norm {b}", tolerance=2e-5)
    x, y = real((4, 3), 5), real((4, 3), 6)
    average = 0.1 * x.torch().mean(0)
    scale = torch.ones(3, requires_grad=True)
    z = (x.torch() - average) * scale
    loss = F.mse_loss(z, y.torch())
    case("networks", "observe", {"x": x, "y": y, "m.seen": 6, "m.scale": np.ones(3, np.float32), "m.unused": np.full(3, 0.5, np.float32), "m.average": np.zeros(3, np.float32)},
         {"loss": loss, "out": z, "m.seen": 7, "m.average": average, "m.scale": scale - gradients(loss, scale)[0], "m.unused": np.full(3, 0.5, np.float32)})
    case("networks", "statistics", {}, dict(average=np.array([1, 0, 0, 0, 0], np.float32), variance=np.array([3, 0.25, 1 / 48, 0.25, 1 / 12], np.float32), inside=True, constant=np.float32(3)), tolerance=0.02)


def losses():
    for b, c in ((1, 1), (2, 3), (7, 10), (16, 33)):
        x, labels = real((b, c), 1, 10), below(b, 2, c)
        tx = x.torch(True)
        loss = F.cross_entropy(tx, labels.torch())
        case("losses", "cross_entropy", dict(logits=x, labels=labels), dict(loss=loss, d=gradients(loss, tx)[0]), f"cross entropy {b} {c}")
        case("losses", "log_softmax", dict(x=x), dict(y=F.log_softmax(x.torch(), -1), total=torch.logsumexp(x.torch(), -1)), f"log softmax {b} {c}")
        target = real((b, c), 3).array > 0
        loss = F.binary_cross_entropy_with_logits(tx, torch.from_numpy(target).float())
        case("losses", "bce", dict(x=x, target=target), dict(loss=loss, d=gradients(loss, tx)[0]), f"bce {b} {c}")
        y = real((b, c), 4)
        loss = F.mse_loss(tx, y.torch())
        case("losses", "mse", dict(x=x, y=y), dict(loss=loss, d=gradients(loss, tx)[0]), f"mse {b} {c}")
    case("losses", "cross_entropy", dict(logits=np.array([[1000, 0], [-1000, 1000]], np.float32), labels=np.array([1, 1])), dict(loss=np.float32(500), d=np.array([[0.5, -0.5], [0, 0]], np.float32)), "cross entropy of large scores")
    for x in (np.array([[0, 1e4, -1e4]], np.float32), np.array([[0, np.inf, -np.inf]], np.float32)):
        tx = torch.from_numpy(x).requires_grad_()
        loss = F.softplus(tx).sum() if np.isinf(x).any() else F.binary_cross_entropy_with_logits(tx, torch.tensor([[1.0, 0.0, 1.0]]))
        if np.isinf(x).any():
            case("losses", "softplus", dict(x=x[0]), dict(y=F.softplus(tx)[0], z=F.logsigmoid(tx)[0]))
        else:
            case("losses", "bce", dict(x=x, target=np.array([[1, 0, 1]], np.float32)), dict(loss=loss, d=gradients(loss, tx)[0]), "bce of corners")
    case("losses", "cross_entropy", dict(logits=real((2, 3), 1), labels=np.array([1, 3])), fails="3", name="a label out of range")
    for b, t in ((0, 2), (1, 1), (3, 5), (8, 9)):
        for name, module, x in (("affine", torch.nn.Linear(6, 4), real((b, t, 6), 5)), ("table", torch.nn.Embedding(10, 5), below((b, t), 6, 10)),
                                ("layer", torch.nn.LayerNorm(9), real((b, 9), 7)), ("root", Root(9), real((b, 9), 8))):
            weights = filled(module, 300)
            tx = x.torch() if name == "table" else x.torch(True)
            y = module(tx)
            inputs = list(module.parameters()) + ([] if name == "table" else [tx])
            names = {"affine": ("dweight", "dbias", "dx"), "table": ("dweight",), "layer": ("dweight", "dbias", "dx"), "root": ("dweight", "dx")}[name]
            case("losses", name, {**weights, "tokens" if name == "table" else "x": x}, dict(y=y, **dict(zip(names, gradients((y**3).sum(), *inputs)))), f"{name} {b} {t}", tolerance=3e-5)
    functions = (F.relu, F.leaky_relu, F.silu, F.softplus, F.logsigmoid, F.gelu, torch.square, lambda v: F.leaky_relu(v, 0.2))
    x = np.array([-100, -20, -3, -1, -0.5, 0, 0.5, 1, 3, 20, 100], np.float32)
    tx = torch.from_numpy(x).requires_grad_()
    case("losses", "activations", dict(x=x), dict(y=torch.stack([f(tx) for f in functions]), d=torch.stack([gradients(f(tx).sum(), tx)[0] for f in functions])))


class Regression(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = torch.nn.Linear(3, 4), torch.nn.Linear(4, 1)

    def forward(self, x):
        return self.out(torch.tanh(self.hidden(x)))[:, 0]


def optimizers():
    x, y = real((6, 3), 1), real(6, 2)
    for name, make in (("sgd", lambda p: torch.optim.SGD(p, 0.1)), ("momentum", lambda p: torch.optim.SGD(p, 0.1, momentum=0.8)),
                       ("adam", lambda p: torch.optim.Adam(p, 0.1)), ("adamw", lambda p: torch.optim.AdamW(p, 0.1, weight_decay=0.1))):
        model = Regression()
        weights = filled(model, 400)
        optimizer = make(model.parameters())
        recorded = []
        for _ in range(5):
            loss = F.mse_loss(model(x.torch()), y.torch())
            recorded.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        case("optimizers", name, dict(**weights, x=x, y=y, lr=np.float32(0.1)),
             dict(losses=np.array(recorded, np.float32), **{f"m.{path}": p for path, p in model.named_parameters()}), tolerance=3e-5)


def record():
    convolution()
    attention()
    networks()
    losses()
    optimizers()
