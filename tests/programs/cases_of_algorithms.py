"""Cases of algorithms.model and of programs of the design."""
import numpy as np
import torch

from cases_of_networks import filled
from recording import below, case, gradients, real

F = torch.nn.functional


def sequences():
    for b, c, longest in ((1, 3, 1), (4, 6, 3), (3, 11, 2)):
        logits = real((b, 7, c), 1, 2)
        labels = 1 + below((b, longest), 2, c - 1).array
        lengths = 1 + below(b, 3, longest).array
        frames = 7 - below(b, 4, 2).array
        tl = logits.torch(True)
        log_probabilities = F.log_softmax(tl, -1).transpose(0, 1)
        loss = F.ctc_loss(log_probabilities, torch.from_numpy(labels), torch.from_numpy(frames), torch.from_numpy(lengths), reduction="none")
        case("algorithms", "ctc_loss", dict(logits=logits, frames=frames, labels=labels, len=lengths),
             dict(loss=loss, d=gradients(loss.sum(), tl)[0]), f"ctc {b} {c} {longest}", tolerance=2e-5)
    for b in (1, 4):
        x, lengths = real((b, 5, 3), 5), 1 + below(b, 6, 5).array
        cell = torch.nn.LSTM(3, 4, batch_first=True)
        wx, wh, bias = real((4, 4, 3), 7), real((4, 4, 4), 8), real((4, 4), 9)
        cell.weight_ih_l0.data = wx.torch().reshape(16, 3)  # both have the gates i, f, g, o
        cell.weight_hh_l0.data = wh.torch().reshape(16, 4)
        cell.bias_ih_l0.data = bias.torch().reshape(16)
        cell.bias_hh_l0.data = torch.zeros(16)

        def run(sequence, backward):
            rows = []
            for i in range(b):
                n = lengths[i]
                part = sequence[i, :n].flip(0) if backward else sequence[i, :n]
                out = cell(part[None])[0][0]
                zeros = torch.zeros(5 - n, 4)
                rows.append(torch.cat([out.flip(0), zeros]) if backward else torch.cat([out, out[-1:].expand(5 - n, 4)]))
            return torch.stack(rows)

        tx = x.torch(True)
        y = run(tx, False)
        dwx, dwh, db, dx = gradients((y * y).sum(), cell.weight_ih_l0, cell.weight_hh_l0, cell.bias_ih_l0, tx)
        case("algorithms", "lstm", {"m.wx": wx, "m.wh": wh, "m.bias": bias, "x": x, "len": lengths},
             dict(y=y, z=run(tx, True), dwx=dwx.reshape(4, 4, 3), dwh=dwh.reshape(4, 4, 4), dbias=db.reshape(4, 4), dx=dx), f"lstm {b}")


def others():
    for n, k, d in ((1, 1, 1), (20, 3, 2), (50, 5, 7)):
        x, start = real((n, d), 10), real((k, d), 11)
        c = start.array.copy()
        for _ in range(4):
            label = ((x.array[:, None] - c[None])**2).sum(-1).argmin(1)
            c = np.stack([x.array[label == j].mean(0) if (label == j).any() else c[j] for j in range(k)])
        case("algorithms", "kmeans", dict(x=x, start=start), dict(centre=c, label=label), f"k-means {n} {k} {d}")
    x, w = real(32, 12), real(32, 13)
    z = np.fft.fft(x.array.astype(np.float64))
    case("algorithms", "spectrum", dict(x=x), dict(re=z.real.astype(np.float32), im=z.imag.astype(np.float32)))
    tx = x.torch(True)
    power = torch.fft.fft(tx).abs()**2
    case("algorithms", "power_gradient", dict(x=x, w=w), dict(d=gradients((w.torch() * power).sum(), tx)[0]))
    for n in (1, 7, 32):
        x = real(n, 14)
        z = np.fft.fft(x.array.astype(np.float64))
        case("algorithms", "discrete_fourier", dict(x=x), dict(re=z.real.astype(np.float32), im=z.imag.astype(np.float32)), f"Fourier {n}")
    for n, h, w in ((2, 1, 1), (1, 3, 2), (4, 5, 7)):
        x, t = real((n, 3, h, w), 15), real((n, 3, h, w), 16)
        norm = torch.nn.BatchNorm2d(3)
        weights = filled(norm, 500)
        tx = x.torch(True)
        y = norm(tx)
        dx, dw, db = gradients((y * y * t.torch()).sum(), tx, norm.weight, norm.bias)
        case("algorithms", "batch_norm", dict(**weights, x=x, t=t),
             {"y": y, "dx": dx, "dweight": dw, "dbias": db, "m.running_mean": norm.running_mean, "m.running_var": norm.running_var}, f"batch norm {n} {h} {w}", tolerance=3e-5)
        states = {"m.running_mean": norm.running_mean.numpy().copy(), "m.running_var": norm.running_var.numpy().copy()}
        norm.eval()
        case("algorithms", "batch_norm_after", dict(**weights, **states, x=x), dict(y=norm(tx)), f"batch norm after {n} {h} {w}")
    for n in (1, 4, 9):
        a, b = real((n, n), 17, 0.5).array + n * np.eye(n, dtype=np.float32), real(n, 18)
        ta = torch.from_numpy(a).double().requires_grad_()
        x = torch.zeros(n, dtype=torch.float64)
        for _ in range(12):
            off = ta - torch.diag(torch.diag(ta))
            x = (b.torch() - off @ x) / torch.diag(ta)
        case("algorithms", "jacobi", dict(a=a, b=b), dict(x=x, da=gradients((x * x).sum(), ta)[0]), f"Jacobi {n}")
    table = real((32, 3), 19)
    t = 60
    distance = torch.arange(t)[None] - torch.arange(t)[:, None]
    n = distance.abs()
    far = 8 + (torch.log(n.clamp(min=1).float() / 8) / np.float32(np.log(16)) * 8).to(torch.int64)
    bucket = (distance > 0) * 16 + torch.where(n < 8, n, far.clamp(max=15))
    case("algorithms", "relative_bias", dict(table=table), dict(bias=table.array[bucket.numpy()].transpose(2, 0, 1)), dims={"T": t})
    word, context = real((6, 4), 20), real((6, 4), 21)
    centre, target, negative = below(5, 22, 6), below(5, 23, 6), below((5, 3), 24, 6)
    ci, ti, ni = centre.torch(), target.torch(), negative.torch()
    w, p, q = (v.clone().requires_grad_() for v in (word.torch()[ci], context.torch()[ti], context.torch()[ni]))
    loss = -(F.logsigmoid((w * p).sum(1)) + F.logsigmoid(-(w[:, None] * q).sum(2)).sum(1)).mean()
    gw, gp, gq = gradients(loss, w, p, q)
    new_word = word.torch().index_add(0, ci, gw, alpha=-0.5)
    new_context = context.torch().index_add(0, ti, gp, alpha=-0.5).index_add(0, ni.reshape(-1), gq.reshape(-1, 4), alpha=-0.5)
    case("algorithms", "skip_gram", dict(word=word, context=context, centre=centre, target=target, negative=negative, lr=np.float32(0.5)),
         dict(loss=loss, word=new_word, context=new_context))


class LeNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = torch.nn.Conv2d(1, 6, 5), torch.nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = torch.nn.Linear(256, 120), torch.nn.Linear(120, 84), torch.nn.Linear(84, 10)

    def forward(self, x):
        h = F.max_pool2d(F.relu(self.conv1(x)), 2)
        h = F.max_pool2d(F.relu(self.conv2(h)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(h)))))


class Small(torch.nn.Module):
    def __init__(self, sizes):
        super().__init__()
        for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
            setattr(self, f"fc{i + 1}", torch.nn.Linear(a, b))


def small_weights(module, salt):
    """As `filled`, with smaller values in wide layers."""
    arguments = {}
    for i, (path, parameter) in enumerate(module.named_parameters()):
        values = real(tuple(parameter.shape), salt + i, 0.125)
        parameter.data = values.torch()
        arguments[f"m.{path}"] = values
    return arguments


def designs():
    net = LeNet()
    weights = small_weights(net, 600)
    x, y = real((3, 1, 28, 28), 25), below(3, 26, 10)
    out = net(x.torch())
    loss = F.cross_entropy(out, y.torch())
    found = torch.autograd.grad(loss, list(net.parameters()))
    results = {f"m.{path}": p - 0.5 * g for (path, p), g in zip(net.named_parameters(), found)}
    case("design/02_lenet", "train_step", dict(**weights, x=x, y=y, lr=np.float32(0.5)),
         dict(loss=loss, correct=(out.argmax(1) == y.torch()).sum().item(), **results), tolerance=2e-5)

    meta = Small((1, 40, 1))
    weights = small_weights(meta, 700)
    xs, ys, xq, yq = real((3, 5, 1), 27), real((3, 5, 1), 28), real((3, 7, 1), 29), real((3, 7, 1), 30)

    def run(parameters, x):
        w1, b1, w2, b2 = parameters
        return F.relu(x @ w1.T + b1) @ w2.T + b2

    start = list(meta.parameters())
    losses = []
    for t in range(3):
        fast = start
        for _ in range(5):
            inner = F.mse_loss(run(fast, xs.torch()[t]), ys.torch()[t])
            fast = [p - 0.1 * g for p, g in zip(fast, torch.autograd.grad(inner, fast, create_graph=True))]
        losses.append(F.mse_loss(run(fast, xq.torch()[t]), yq.torch()[t]))
    loss = torch.stack(losses).mean()
    optimizer = torch.optim.Adam(start, 0.01)
    for p, g in zip(start, torch.autograd.grad(loss, start)):
        p.grad = g
    optimizer.step()
    case("design/18_maml", "meta_step", dict(**weights, xs=xs, ys=ys, xq=xq, yq=yq, alpha=np.float32(0.1), lr=np.float32(0.01)),
         dict(loss=loss, **{f"m.{path}": p for path, p in meta.named_parameters()}), tolerance=1e-4)

    field = Small((2, 64, 64, 1))
    weights = small_weights(field, 800)

    def u(x, t):
        h = torch.tanh(field.fc1(torch.stack([x, t], -1)))
        return field.fc3(torch.tanh(field.fc2(h)))[..., 0]

    x, t, x0, u0 = real(6, 31), real(6, 32), real(4, 33), real(4, 34)
    tx, tt = x.torch(True), t.torch(True)
    v = u(tx, tt)
    ux, ut = torch.autograd.grad(v.sum(), (tx, tt), create_graph=True)
    uxx, = torch.autograd.grad(ux.sum(), tx, create_graph=True)
    pde = ((ut + v * ux - 0.01 / np.pi * uxx)**2).mean()
    loss = pde + ((u(x0.torch(), torch.zeros(4)) - u0.torch())**2).mean()
    parameters = list(field.parameters())
    optimizer = torch.optim.Adam(parameters, 0.01)
    for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
        p.grad = g
    optimizer.step()
    # Adam's first step is the sign of the gradient: an element whose gradient is about 0 may go either way.
    case("design/16_pinn", "train_step", dict(**weights, x=x, t=t, x0=x0, u0=u0, lr=np.float32(0.01)), dict(loss=loss, **{f"m.{path}": p for path, p in field.named_parameters()}), tolerance=1e-4)


def record():
    sequences()
    others()
    designs()
