"""Cases of algorithms.model."""
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


def record():
    sequences()
    others()
