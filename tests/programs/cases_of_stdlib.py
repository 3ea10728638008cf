"""Cases of the programs in stdlib/: each function of the standard library against PyTorch or NumPy."""
import numpy as np
import torch

from cases_of_networks import Regression, filled
from recording import below, case, gradients, real

F = torch.nn.functional
nn = torch.nn


def flags(shape, salt):
    return below(shape, salt, 2).array.astype(bool)


def functions():
    kinks = np.array([-3, -1, 0, 1, 3, 6, 7], np.float32)
    smooth = [lambda x: F.leaky_relu(x, 0.01), F.elu, F.selu, F.softplus, F.logsigmoid, F.softsign, F.silu, F.mish, F.gelu,
              lambda x: F.gelu(x, approximate="tanh"), F.hardtanh, F.hardsigmoid, F.hardswish, torch.square]
    for x in (real(17, 1, 8.0).array, np.array([-30, -5, -0.25, 0.5, 20], np.float32)):
        assert not np.isin(x, kinks).any()
        tx = torch.from_numpy(x.copy()).requires_grad_()
        y = [f(tx) for f in [F.relu6, *smooth]]
        case("stdlib/functions", "activations", dict(x=x), dict(y=torch.stack(y), d=torch.stack([gradients(v.sum(), tx)[0] for v in y])), f"activations {len(x)}")
    x, z, labels = real(9, 2, 3.0), real((4, 5), 3, 3.0), below(4, 4, 5)
    dx, dz = x.torch().double(), z.torch().double()
    case("stdlib/functions", "doubles", dict(x=x, z=z, labels=labels),
         dict(y=(F.gelu(dx) + F.softplus(dx) + F.elu(dx, 0.5)).numpy(), p=F.log_softmax(dz, -1).numpy(), loss=F.cross_entropy(dz, labels.torch(), label_smoothing=0.25).item()))
    for b, t, c in ((1, 1, 1), (2, 3, 4), (5, 7, 13)):
        x, labels, keep = real((b, t, c), 5, 4.0), below((b, t), 6, c), flags((b, t), 7)
        tx = x.torch(True)
        loss = F.cross_entropy(tx.reshape(-1, c), labels.torch().reshape(-1), label_smoothing=0.1)
        case("stdlib/functions", "smoothed", dict(x=x, labels=labels), dict(loss=loss, d=gradients(loss, tx)[0]), f"smoothed {b} {t} {c}")
        chosen = np.where(keep, labels.array, -100)
        if keep.any():
            loss = F.cross_entropy(tx.reshape(-1, c), torch.from_numpy(chosen).reshape(-1))
            slope = gradients(loss, tx)[0]
        else:
            loss, slope = 0.0, torch.zeros(b, t, c)
        case("stdlib/functions", "masked", dict(x=x, labels=chosen, keep=keep), dict(loss=loss, d=slope), f"masked {b} {t} {c}")
        x, labels = real((b, c), 8, 4.0), below(b, 9, c)
        case("stdlib/functions", "nll", dict(x=x, labels=labels), dict(loss=F.cross_entropy(x.torch(), labels.torch())), f"nll {b} {c}")
        p = torch.softmax(real((b, c), 10, 4.0).torch(), -1)
        p[0, 0] = 0
        tx = x.torch(True)
        loss = F.kl_div(F.log_softmax(tx, -1), p, reduction="batchmean")
        case("stdlib/functions", "kl", dict(p=p.numpy(), x=x), dict(loss=loss, d=gradients(loss, tx)[0]), f"kl {b} {c}")
        y = real((b, c), 11, 4.0)
        cosine = F.cosine_similarity(tx, y.torch())
        case("stdlib/functions", "cosine", dict(x=x, y=y), dict(c=cosine, d=gradients(cosine.sum(), tx)[0]), f"cosine {b} {c}")
        unit = F.normalize(tx, dim=-1)
        case("stdlib/functions", "normalize", dict(x=x), dict(y=unit, d=gradients((unit**3).sum(), tx)[0]), f"normalize {b} {c}")
        for name, loss in (("mae", F.l1_loss(tx, y.torch())), ("huber", F.huber_loss(tx, y.torch(), delta=0.4))):
            case("stdlib/functions", name, dict(x=x, y=y), dict(loss=loss, d=gradients(loss, tx)[0]), f"{name} {b} {c}")
        y = real((b, t), 12)
        ty = y.torch(True)
        joined = torch.cat([tx, ty], -1)
        dx, dy = gradients((joined**3).sum(), tx, ty)
        case("stdlib/functions", "concat", dict(x=x, y=y), dict(z=joined, dx=dx, dy=dy), f"concat {b} {c} {t}")
        labels = below((b, t), 13, c)
        case("stdlib/functions", "one_hot", dict(labels=labels), dict(y=F.one_hot(labels.torch(), c)), f"one hot {c}", dims={"C": c})
        x = real((b, 2 * t), 14, 3.0)
        case("stdlib/functions", "glu", dict(x=x), dict(y=F.glu(x.torch())), f"glu {b} {t}")
    p, target = np.abs(real(8, 15).array), np.abs(real(8, 16).array)
    p[0], p[1] = 0, 1
    target[0], target[1] = 0.5, 1
    tp = torch.from_numpy(p.copy()).requires_grad_()
    loss = F.binary_cross_entropy(tp, torch.from_numpy(target))
    case("stdlib/functions", "bce", dict(p=p, target=target), dict(loss=loss))
    p[0] = 0.25
    p[1] = 0.75
    tp = torch.from_numpy(p.copy()).requires_grad_()
    loss = F.binary_cross_entropy(tp, torch.from_numpy(target))
    case("stdlib/functions", "bce", dict(p=p, target=target), dict(loss=loss, d=gradients(loss, tp)[0]), "bce inside")
    x, sign = real(8, 17, 2.0), (1 - 2 * below(8, 18, 2).array).astype(np.float32)
    case("stdlib/functions", "hinge", dict(x=x, sign=sign), dict(loss=np.maximum(0, 1 - x.array * sign).mean()))
    for n, c, h, w in ((1, 1, 3, 3), (2, 3, 7, 6), (3, 2, 8, 11)):
        x = real((n, c, h, w), 19)
        tx = x.torch(True)
        p, q, r = F.max_pool2d(tx, 3, 2, 1), F.avg_pool2d(tx, 3, 1, 1), tx.amax((2, 3))
        case("stdlib/functions", "pools", dict(x=x),
             dict(a=F.max_pool2d(tx, 3, 2), b=F.avg_pool2d(tx, 2), c=p, d=tx.mean((2, 3)), e=r, dx=gradients((p**2).sum() + (q**3).sum() + r.sum(), tx)[0]), f"pools {n} {c} {h} {w}")
        x = real((n, c, h), 20)
        case("stdlib/functions", "pools1d", dict(x=x), dict(a=F.max_pool1d(x.torch(), 3, 2), b=F.avg_pool1d(x.torch(), 2)), f"pools of signals {n} {c} {h}")


def one_layer(name, module, *shapes, salt, wide=False):
    """A layer whose gradients are checked at several shapes."""
    weights = filled(module, salt)
    for shape in shapes:
        x = real(shape, 21)
        tx = x.torch(True)
        y = module(tx)
        loss = (y**3).sum()
        results = dict(y=y, dx=gradients(loss, tx)[0], dw=gradients(loss, module.weight)[0])
        if name == "strided":
            results["db"] = gradients(loss, module.bias)[0]
        case("stdlib/layers", name, dict(**weights, x=x), results, f"{name} {shape}", tolerance=3e-5)


class Attention(nn.Module):
    def __init__(self, other=8):
        super().__init__()
        self.query, self.key, self.value, self.output = nn.Linear(8, 8), nn.Linear(other, 8), nn.Linear(other, 8), nn.Linear(8, 8)

    def forward(self, x, other, causal=False, keep=None):
        split = lambda z: z.reshape(len(z), -1, 2, 4).transpose(1, 2)
        q, k, v = split(self.query(x)), split(self.key(other)), split(self.value(other))
        o = F.scaled_dot_product_attention(q, k, v, is_causal=causal, attn_mask=keep)
        return self.output(torch.nan_to_num(o).transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.attention, self.norm2 = nn.LayerNorm(8), Attention(), nn.LayerNorm(8)
        self.up, self.down = nn.Linear(8, 12), nn.Linear(12, 8)

    def forward(self, x):
        h = self.norm1(x)
        x = x + self.attention(h, h)
        return x + self.down(F.gelu(self.up(self.norm2(x))))


def layers():
    one_layer("strided", nn.Conv2d(3, 4, 3, 2, 1), (2, 3, 1, 1), (1, 3, 6, 5), (3, 3, 9, 8), salt=900)
    one_layer("grouped", nn.Conv2d(4, 6, 3, padding=1, groups=2, bias=False), (2, 4, 1, 2), (3, 4, 7, 5), salt=910)
    one_layer("depthwise", nn.Conv2d(4, 8, 3, padding=2, dilation=2, groups=4), (1, 4, 1, 1), (2, 4, 8, 5), salt=920)
    one_layer("signal", nn.Conv1d(4, 6, 3, 2, 2, dilation=2, groups=2), (1, 4, 1), (2, 4, 12), salt=930)
    one_layer("group", nn.GroupNorm(2, 6), (1, 6, 1, 2), (3, 6, 4, 5), salt=940)
    for shape in ((2, 3, 1, 1), (3, 3, 4, 5)):
        norm = nn.BatchNorm2d(3)
        weights, x = filled(norm, 950), real(shape, 22)
        tx = x.torch(True)
        y = norm(tx)
        dw, dx = gradients((y**3).sum(), norm.weight, tx)
        states = {"m.running_mean": norm.running_mean.numpy().copy(), "m.running_var": norm.running_var.numpy().copy()}
        case("stdlib/layers", "batch", dict(**weights, x=x), dict(y=y, dw=dw, dx=dx, **states), f"batch norm {shape}", tolerance=1e-4)
        case("stdlib/layers", "batch_after", dict(**weights, **states, x=x), dict(y=norm.eval()(tx)), f"batch norm after {shape}", tolerance=2e-5)
    one_layer("transposed", nn.ConvTranspose2d(3, 4, 3, 2, 1), (1, 3, 1, 1), (2, 3, 4, 5), salt=945)
    x = real((2, 3, 2, 4), 91)
    tx = x.torch(True)
    y = F.interpolate(tx, scale_factor=3)
    case("stdlib/layers", "upsampled", dict(x=x), dict(y=y, dx=gradients((y**3).sum(), tx)[0]), tolerance=3e-5)
    norm = nn.BatchNorm1d(3)
    weights, x = filled(norm, 955), real((7, 3), 92)
    y = norm(x.torch())
    states = {"m.running_mean": norm.running_mean.numpy().copy(), "m.running_var": norm.running_var.numpy().copy()}
    case("stdlib/layers", "features", dict(**weights, x=x), dict(y=y, after=norm.eval()(x.torch()), **states), tolerance=3e-5)
    plain = nn.Linear(5, 3, bias=False)
    weights, x = filled(plain, 960), real((2, 4, 5), 23)
    case("stdlib/layers", "plain", dict(**weights, x=x), dict(y=plain(x.torch())))
    wide = nn.Module()
    wide.fc1, wide.fc2 = nn.Linear(5, 7), nn.Linear(7, 2)
    weights, x = filled(wide, 970), real((6, 5), 24)
    case("stdlib/layers", "wide", dict(**weights, x=x), dict(y=wide.fc2(F.relu(wide.fc1(x.torch())))))
    table, ids = nn.Embedding(11, 3), below((4, 5), 25, 11)
    weights = filled(table, 980)
    y = table(ids.torch()).sum(1)
    case("stdlib/layers", "bag", dict(**weights, ids=ids), dict(y=y, scores=y @ table.weight.T))
    attention = Attention()
    weights = filled(attention, 1900)
    for b, t in ((1, 1), (2, 5), (1, 17)):
        x = real((b, t, 8), 26)
        tx = x.torch(True)
        y = attention(tx, tx, causal=True)
        dw, dx = gradients((y**3).sum(), attention.key.weight, tx)
        case("stdlib/layers", "self_attention", dict(**weights, x=x), dict(y=y, dw=dw, dx=dx), f"self attention {b} {t}", tolerance=3e-5)
        length = np.array([t, t // 2][:b])
        inside = torch.arange(t)[None] < torch.from_numpy(length)[:, None]
        tx = x.torch(True)
        # PyTorch gives NaN slopes where a row may see nothing: such rows see everything, and their output is cut off.
        keep = inside[:, None, None, :].expand(b, 1, t, t)
        y = attention(tx, tx, keep=keep)
        y = torch.where(inside[:, :, None], y, attention.output.bias.expand_as(y))
        case("stdlib/layers", "masked_attention", dict(**weights, x=x, len=length), dict(y=y, dx=gradients((y**3).sum(), tx)[0]), f"masked attention {b} {t}", tolerance=3e-5)
    cross = Attention(6)
    weights, x, other = filled(cross, 1920), real((2, 3, 8), 27), real((2, 7, 6), 28)
    case("stdlib/layers", "cross_attention", dict(**weights, x=x, other=other), dict(y=cross(x.torch(), other.torch())), tolerance=2e-5)
    block = Block()
    weights, x = filled(block, 1940), real((2, 6, 8), 29)
    case("stdlib/layers", "block", dict(**weights, x=x), dict(y=block(x.torch())), tolerance=2e-5)
    x = real((2, 5, 6), 30)
    for first in (0, 7):
        angle = np.arange(first, first + 5)[:, None] * 10000.0**(-2 * np.arange(3) / 6)
        c, s, (a, b) = np.cos(angle), np.sin(angle), np.split(x.array, 2, -1)
        turned = np.concatenate([a * c - b * s, b * c + a * s], -1).astype(np.float32)
        angle = np.arange(5)[:, None] * 10000.0**(-2 * np.arange(3) / 6)
        fixed = np.stack([np.sin(angle), np.cos(angle)], -1).reshape(5, 6).astype(np.float32)
        slopes = -(2.0**(-2 * np.arange(1, 5)))[:, None, None] * np.maximum(np.arange(5)[:, None] - np.arange(5), 0)
        case("stdlib/layers", "positions", dict(x=x, first=first), dict(turned=turned, fixed=fixed, slopes=slopes.astype(np.float32)), f"positions from {first}")
    x = np.ones(4000, np.float32)
    case("stdlib/layers", "dropout", dict(rng=3, x=x), dict(kept=0.75, average=1.0, same=True), tolerance=0.05)


class Lion(torch.optim.Optimizer):
    def __init__(self, parameters, lr, decay):
        super().__init__(parameters, dict(lr=lr, decay=decay))

    @torch.no_grad()
    def step(self):
        for p in self.param_groups[0]["params"]:
            v = self.state[p].setdefault("v", torch.zeros_like(p))
            p -= 0.01 * (torch.sign(0.9 * v + 0.1 * p.grad) + 0.1 * p)
            v.mul_(0.99).add_(0.01 * p.grad)


class Lamb(torch.optim.Optimizer):
    def __init__(self, parameters, lr):
        super().__init__(parameters, dict(lr=lr))

    @torch.no_grad()
    def step(self):
        for p in self.param_groups[0]["params"]:
            s = self.state[p]
            if not s:
                s.update(m=torch.zeros_like(p), v=torch.zeros_like(p), t=0)
            s["t"] += 1
            s["m"].mul_(0.9).add_(0.1 * p.grad)
            s["v"].mul_(0.999).add_(0.001 * p.grad**2)
            u = s["m"] / (1 - 0.9**s["t"]) / (torch.sqrt(s["v"] / (1 - 0.999**s["t"])) + 1e-6) + 0.01 * p
            p -= 0.01 * p.norm() / u.norm() * u


def optimizers():
    x, y = real((6, 3), 1), real(6, 2)
    for name, make in (("sgd", lambda m: torch.optim.SGD(m.parameters(), 0.01, weight_decay=0.1)),
                       ("nesterov", lambda m: torch.optim.SGD(m.parameters(), 0.01, momentum=0.8, nesterov=True, weight_decay=0.1)),
                       ("adagrad", lambda m: torch.optim.Adagrad(m.parameters(), 0.01)), ("rmsprop", lambda m: torch.optim.RMSprop(m.parameters(), 0.01, alpha=0.9)),
                       ("lion", lambda m: Lion(m.parameters(), 0.01, 0.1)), ("lamb", lambda m: Lamb(m.parameters(), 0.01)),
                       ("part", lambda m: torch.optim.AdamW([dict(params=[m.out.weight], weight_decay=0.1), dict(params=[m.out.bias], weight_decay=0.0)], 0.01))):
        model = Regression()
        weights = filled(model, 400)
        optimizer = make(model)
        recorded = []
        for _ in range(4):
            loss = F.mse_loss(model(x.torch()), y.torch())
            recorded.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        case("stdlib/optimizers", name, dict(**weights, x=x, y=y, lr=np.float32(0.01)),
             dict(losses=np.array(recorded, np.float32), **{f"m.{path}": p for path, p in model.named_parameters()}), tolerance=3e-5)
    for limit in (0.1, 100.0):
        model = Regression()
        weights = filled(model, 400)
        loss = F.mse_loss(model(x.torch()), y.torch())
        loss.backward()
        cut = model.hidden.weight.grad.clamp(-0.05, 0.05)
        norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
        average = Regression()
        averages = filled(average, 420, "average")
        changed = {f"m.{path}": p - p.grad for path, p in model.named_parameters()}
        moved = {f"average.{path}": 0.75 * p + 0.25 * changed[f"m.{path}"] for path, p in average.named_parameters()}
        case("stdlib/optimizers", "clipped", dict(**weights, **averages, x=x, y=y, limit=np.float32(limit)), dict(norm=norm, cut=cut, **changed, **moved), f"clipped to {limit}")
    i = np.arange(16)
    warm = 0.1 * np.minimum(1, (i + 1) / 5)
    wave = lambda step, total, low: low + 0.5 * (0.1 - low) * (1 + np.cos(np.pi * np.minimum(1, step / total)))
    rows = [warm, wave(i, 12, 0.01), np.where(i < 5, warm, wave(i - 5, 7, 0)), 0.1 - 0.08 * np.minimum(1, i / 12), 0.1 * 0.1**(i // 4), 0.1 * 0.9**i,
            0.1 * np.minimum((i + 1) / 5, np.sqrt(5 / (i + 1)))]
    case("stdlib/optimizers", "schedules", None, dict(y=np.stack(rows).astype(np.float32)), dims={"N": 16}, tolerance=1e-6)


def numbers():
    cut = torch.distributions.Normal(0, 1)
    inside = 2 * cut.cdf(torch.tensor(2.0)).item() - 1
    variance = 0.25 * (1 - 2 * 2 * np.exp(-2) / np.sqrt(2 * np.pi) / inside)
    variances = [4 / 3, 0.25, variance, 1 / 600, 2 / 200, 2 / 300, 2 / 300]
    bounds = [[-1, 3], [-1, 1], [-np.sqrt(1 / 200), np.sqrt(1 / 200)], [-np.sqrt(6 / 300), np.sqrt(6 / 300)]]
    case("stdlib/numbers", "initial_values", dict(rng=2), dict(average=np.array([1, 0, 0, 0, 0, 0, 0], np.float32), ratio=np.ones(7, np.float32), bounds=np.array(bounds, np.float32)),
         tolerance=0.03)
    assert abs(variance - 0.19343) < 1e-4
    case("stdlib/numbers", "orthogonal", dict(rng=4), dict(wide=0.0, tall=0.0, square=0.0))
    u = np.array([0, 1e-6, 0.001, 0.0228, 0.3, 0.5, 0.8413, 0.999, 1], np.float32)
    case("stdlib/numbers", "quantiles", dict(u=u), dict(x=cut.icdf(torch.from_numpy(u).double()).float()), tolerance=2e-4)
    y = np.array([-1, -0.999, -0.5, 0, 1e-4, 0.3, 0.9, 0.99999, 1], np.float32)
    case("stdlib/numbers", "erf_inverse", dict(y=y), dict(x=torch.erfinv(torch.from_numpy(y))))
    case("stdlib/numbers", "draws", dict(rng=6), dict(mean_exponential=1.0, mean_laplace=0.0, spread_laplace=1.0, often=np.array([1, 2, 3], np.float32) / 6, sorted=True, shuffled=1225.0),
         tolerance=0.03)
    for m, k, n in ((1, 1, 1), (3, 4, 2), (9, 5, 8)):
        x, y = real((2, m, k), 31), real((2, k, n), 32)
        case("stdlib/numbers", "products", dict(x=x, y=y), dict(z=x.array @ y.array, t=x.array.transpose(0, 2, 1), o=x.array @ x.array.transpose(0, 2, 1), n=np.linalg.norm(x.array)), f"products {m} {k} {n}")
        a, b = real((n, n), 33), real((2, 3), 34)
        case("stdlib/numbers", "matrices", dict(a=a, b=b),
             dict(tr=np.trace(a.array), d=np.diag(a.array), l=np.tril(a.array), u=np.triu(a.array), k=np.kron(b.array, a.array), e=np.eye(n, dtype=np.float32)), f"matrices {n}")
        x, y = real((m + 1, k), 35), real((n, k), 36)
        case("stdlib/numbers", "statistics", dict(x=x, y=y),
             dict(z=((x.array[:, None] - y.array)**2).sum(-1), c=np.cov(x.array.T).reshape(k, k).astype(np.float32), o=np.outer(x.array[0], y.array[0]), p=x.array[0] @ y.array[0]), f"statistics {m} {k} {n}")
    for n in (1, 5, 16):
        w = [torch.hann_window(n), torch.hamming_window(n), torch.blackman_window(n)]
        if n == 1:
            w = [torch.tensor([v]) for v in (0.0, 0.08, 0.0)]
        case("stdlib/numbers", "windows", None, dict(w=torch.stack(w), grid=np.linspace(-1, 2, n).astype(np.float32)), f"windows {n}", dims={"N": n}, tolerance=1e-6)
        x, y = real(n, 37), real(n, 38)
        z = np.fft.fft(x.array.astype(np.float64) + 1j * y.array)
        j = np.arange(n)
        c = np.where(j == 0, np.sqrt(1 / n), np.sqrt(2 / n)) * (np.cos(np.pi * j[:, None] * (j + 0.5) / n) @ x.array.astype(np.float64))
        case("stdlib/numbers", "transforms", dict(x=x, y=y), dict(re=z.real.astype(np.float32), im=z.imag.astype(np.float32), back=y.array, power=(np.abs(np.fft.rfft(x.array))**2).astype(np.float32), c=c.astype(np.float32)), f"transforms {n}")
        x, h = real(n, 39), real(3, 40)
        case("stdlib/numbers", "convolve", dict(x=x, h=h), dict(y=np.convolve(x.array, h.array)), f"convolve {n}")
    x = real((2, 100), 41)
    hz = lambda f: 2595 * np.log10(1 + f / 700)
    edge, f = hz(4000) * np.arange(10) / 9, hz(4000 * np.arange(33) / 32)
    filters = np.maximum(0, np.minimum((f - edge[:8, None]) / (edge[1:9] - edge[:8])[:, None], (edge[2:, None] - f) / (edge[2:] - edge[1:9])[:, None]))
    frames = np.stack([x.array[:, 16 * i:16 * i + 64] for i in range(3)], 1) * torch.hann_window(64).double().numpy()
    case("stdlib/numbers", "log_mel", dict(x=x), dict(y=np.log(np.maximum(np.abs(np.fft.rfft(frames))**2 @ filters.T, 1e-10)).astype(np.float32)), tolerance=3e-5)
    f = np.array([0, 100, 700, 1000, 8000], np.float32)
    case("stdlib/numbers", "mel", dict(f=f), dict(m=hz(f.astype(np.float64)).astype(np.float32), back=f))
    scores, labels = real((12, 4), 42), below(12, 43, 4)
    best = scores.array.argmax(1)
    count = np.zeros((4, 4), np.int64)
    np.add.at(count, (labels.array, best), 1)
    second = np.argsort(-scores.array, 1)[:, :2]
    case("stdlib/numbers", "classes", dict(scores=scores, labels=labels),
         dict(top=(best == labels.array).mean(), top2=(second == labels.array[:, None]).any(1).mean(), count=count))
    for salt in (44, 46):
        scores, truth = np.round(real(15, salt).array * 4) / 4, flags(15, salt + 1)
        found = scores > 0
        both = (found & truth).sum()
        p, r = both / found.sum(), both / truth.sum()
        a = np.mean([(s > t) + 0.5 * (s == t) for s in scores[truth] for t in scores[~truth]])
        case("stdlib/numbers", "binary", dict(scores=scores, truth=truth), dict(p=p, r=r, f=2 * p * r / (p + r), a=a, u=both / (found | truth).sum()), f"binary {salt}")
    none = np.zeros(3, bool)
    case("stdlib/numbers", "binary", dict(scores=-np.ones(3, np.float32), truth=none), dict(p=0.0, r=0.0, f=0.0, a=np.nan, u=1.0), "binary of nothing")
    x, y = real(9, 48), real(9, 49)
    r2 = 1 - ((x.array - y.array)**2).sum() / ((y.array - y.array.mean())**2).sum()
    case("stdlib/numbers", "regression", dict(x=x, y=y), dict(r2=r2, p=np.exp(x.array[0])))


def loops():
    half = real((5, 5), 80).array.astype(np.float64)
    a, b = (half @ half.T + np.eye(5)).astype(np.float32), real((5, 2), 81)
    ta = torch.from_numpy(a).double().requires_grad_()
    x = torch.linalg.solve(ta, b.torch().double())
    lower = torch.linalg.cholesky(ta)
    slope = gradients((x * x).sum(), ta)[0]
    slope = torch.tril(slope + slope.T) - torch.diag(torch.diag(slope))  # only the lower half is read
    case("stdlib/loops", "positive", dict(a=a, b=b), dict(l=lower.float(), x=x.float(), da=slope.float()), tolerance=5e-5)
    for salt in (82, 84):
        a, b = real((4, 4), salt).array, real((4, 3), salt + 1)
        if salt == 84:
            a = a.copy()
            a[0, 0] = 0
        ta, tb = torch.from_numpy(a.copy()).double(), b.torch().double().requires_grad_()
        x = torch.linalg.solve(ta, tb)
        case("stdlib/loops", "general", dict(a=a, b=b), dict(x=x.float(), i=torch.linalg.inv(ta).float(), db=gradients((x**3).sum(), tb)[0].float()), f"general {salt}", tolerance=1e-4)
    a = real((6, 4), 86)
    q, r = torch.linalg.qr(a.torch().double())
    sign = torch.sign(torch.diagonal(r))
    case("stdlib/loops", "factors", dict(a=a), dict(q=(q * sign).float(), r=(r * sign[:, None]).float(), back=a.array), tolerance=3e-5)
    a = (half @ half.T + np.eye(5)).astype(np.float32)
    b = real(5, 87)
    case("stdlib/loops", "gradients", dict(a=a, b=b), dict(x=np.linalg.solve(a.astype(np.float64), b.array).astype(np.float32)), tolerance=3e-5)
    x, length = real((3, 6, 3), 88), np.array([6, 2, 4])
    for name, module, reverse in (("lstm", nn.LSTM(3, 4, batch_first=True), False), ("gru", nn.GRU(3, 4, batch_first=True), True)):
        weights = filled(module, 2300)
        arguments = {path.replace("m.", "m.cell.").replace("_l0", ""): values for path, values in weights.items()}
        tx = x.torch(True)
        ys = torch.zeros(3, 6, 4)
        rows = []
        for b, t in enumerate(length):
            part = tx[b:b + 1, :t].flip(1) if reverse else tx[b:b + 1, :t]
            y = module(part)[0][0]
            # Beyond the end the state stays: the last one, or on the way back the first, which is 0.
            rest = torch.zeros(6 - t, 4) if reverse else y[-1:].expand(6 - t, 4)
            rows.append(torch.cat([y.flip(0) if reverse else y, rest]))
        ys = torch.stack(rows)
        case("stdlib/loops", name, dict(**arguments, x=x, len=length), dict(y=ys, dx=gradients((ys**3).sum(), tx)[0]), tolerance=3e-5)
    cell = nn.RNNCell(3, 4)
    weights, x, h = filled(cell, 2350), real((5, 3), 89), real((5, 4), 90)
    case("stdlib/loops", "elman", dict(**weights, x=x, h=h), dict(y=cell(x.torch(), h.torch())))


def record():
    for cases in (functions, layers, optimizers, numbers, loops):
        cases()
